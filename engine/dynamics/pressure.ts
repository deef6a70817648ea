/** The pressure tensor at an instant: kinetic part, virial of all conservative forces, and that of the constraints. */
import type { DynamicState } from './dynamics.ts';

type InstantState = Pick<DynamicState, 'positions' | 'velocities' | 'forces' | 'mass' | 'constraints'>;

/**
 * Over atoms. Where lengths are constrained, the forces that keep them are those of this instant (they follow from positions,
 * velocities and forces), so that nothing of the integrator enters.
 *
 * @param virial 9, of the conservative forces: sum over pairs r_ij (x) f_ij, row-major
 * @returns 9, energy/length^3; the trace over 3 is the pressure. Not finite for open boundaries.
 */
export function pressureOf(state: InstantState, virial: Float64Array, volume: number): Float64Array {
  const { positions, velocities, forces, mass, constraints } = state;
  const tensor = virial.slice();
  constraints?.addVirial(positions, velocities, forces, tensor);
  for (let i = 0; i < mass.length; i++)
    for (let k = 0; k < 9; k++) tensor[k] += mass[i] * velocities[3 * i + Math.floor(k / 3)] * velocities[3 * i + (k % 3)];
  return tensor.map((sum) => sum / volume);
}

/** Molecules as the pressure and barostats see them: contiguous particles that move together. */
export interface Molecules {
  /** First particle of each, and the number of particles at the end. */
  readonly start: Int32Array;
  readonly mass: Float64Array;
}

/** @param molecule index of each particle's molecule, ascending */
export function moleculesOf(molecule: Int32Array, mass: Float64Array): Molecules {
  const begins = (i: number) => i === 0 || molecule[i] !== molecule[i - 1];
  let count = 0;
  for (let i = 0; i < molecule.length; i++) if (begins(i)) count++;
  const start = new Int32Array(count + 1);
  if (count === molecule.length) {
    for (let i = 0; i <= count; i++) start[i] = i;
    return { start, mass };
  }
  const masses = new Float64Array(count);
  let last = -1;
  for (let i = 0; i < molecule.length; i++) {
    if (begins(i)) start[++last] = i;
    masses[last] += mass[i];
  }
  start[count] = molecule.length;
  return { start, mass: masses };
}

/**
 * Over molecules: centres of mass and the forces between molecules alone, (sum M V (x) V + sum over molecules R (x) F)/V. It is what the energy
 * says when the box is scaled with the molecules' centres, and needs no constraint forces: these act within molecules.
 * Its mean is that of `pressureOf`. Arguments and result as there.
 */
export function molecularPressureOf(
  state: Pick<DynamicState, 'positions' | 'velocities' | 'forces' | 'mass'>,
  molecules: Molecules,
  virial: Float64Array,
  volume: number,
): Float64Array {
  const { positions, velocities, forces, mass } = state;
  const { start } = molecules;
  const tensor = virial.slice();
  const centre = new Float64Array(3);
  const momentum = new Float64Array(3);
  for (let m = 0; m + 1 < start.length; m++) {
    const total = molecules.mass[m];
    centre.fill(0);
    momentum.fill(0);
    for (let i = start[m]; i < start[m + 1]; i++)
      for (let k = 0; k < 3; k++) {
        centre[k] += (mass[i] / total) * positions[3 * i + k];
        momentum[k] += mass[i] * velocities[3 * i + k];
      }
    for (let k = 0; k < 9; k++) tensor[k] += (momentum[Math.floor(k / 3)] * momentum[k % 3]) / total;
    for (let i = start[m]; i < start[m + 1]; i++)
      for (let k = 0; k < 9; k++) {
        const row = Math.floor(k / 3);
        tensor[k] -= (positions[3 * i + row] - centre[row]) * forces[3 * i + (k % 3)];
      }
  }
  return tensor.map((sum) => sum / volume);
}
