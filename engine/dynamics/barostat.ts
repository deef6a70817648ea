/** Barostats: what changes the box so that the pressure is constant, apart from any integrator or thermostat. */
import { InputError, SimulationError } from '../errors.ts';
import type { Described } from '../registry.ts';
import type { Schema, Settings } from '../scenario/schema.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { type Box, smallestWidth } from '../system/box.ts';
import type { Molecules } from './pressure.ts';

/** Factors by which the three axes of the box are stretched. */
export type Stretch = readonly [number, number, number];

/** What a barostat may ask of a platform: energies in energy units, pressures in energy/length^3. */
export interface BarostatState {
  readonly box: Box;
  /** Steps done so far: with the seed, all that noise depends on. */
  readonly step: number;
  readonly molecules: number;
  /** Whether the motion of the centre of mass is taken out, so that molecular kinetic energy lacks its three degrees of freedom. */
  readonly momentumRemoved: boolean;
  /** The pressure tensor over molecules, row-major, 9 (`molecularPressureOf`). */
  pressureTensor(): Float64Array;
  /** Stretches the box, the molecules' centres and, inversely, the velocities of these. */
  stretch(factors: Stretch): void;
  /** Stretches the box and the molecules' centres, asks `accept` with the change of the potential energy, and takes it back if not. */
  attempt(factors: Stretch, accept: (energyChange: number) => boolean): void;
}

export interface Barostat {
  /** Steps between applications. */
  readonly every: number;
  /** Called after each `every`-th step. */
  apply(state: BarostatState): void;
  /** What a conserved quantity has beside kinetic, potential and thermostat's energy. */
  reservoirEnergy(state: BarostatState): number;
  save(): Float64Array;
  load(variables: Float64Array): void;
}

export interface BarostatEnvironment {
  readonly units: UnitSystem;
  /** kB T of the heat bath, energy units. */
  readonly kT: number;
  readonly timestep: number;
  readonly seed: number;
  /** The box at the start. */
  readonly box: Box;
}

export interface BarostatKind extends Described {
  create(settings: Settings, environment: BarostatEnvironment): Barostat;
}

/** Which axes are stretched together, each group by itself. */
const couplings = {
  isotropic: [[0, 1, 2]],
  'semi-isotropic': [[0, 1], [2]],
  anisotropic: [[0], [1], [2]],
} as const;
export type Coupling = keyof typeof couplings;

export function axisGroups(settings: Settings): readonly (readonly number[])[] {
  return couplings[(settings.coupling as Coupling | undefined) ?? 'isotropic'];
}

/** Settings that every barostat has. */
export const barostatProperties: Readonly<Record<string, Schema>> = {
  pressure: { quantity: 'pressure', description: 'Pressure of the surroundings, for example "1 bar".' },
  coupling: {
    enum: ['isotropic', 'semi-isotropic', 'anisotropic'],
    default: 'isotropic',
    description: 'Whether all edges of the box are stretched alike, x and y alike and z by itself, or each by itself.',
  },
};

/** Product of the edges of a group: volume, area or length. */
export function extent(box: Box, group: readonly number[]): number {
  const { vectors } = box;
  if (!vectors)
    throw new InputError('dynamics.barostat', 'needs a periodic box, but the boundaries are open; give the system a box');
  return group.reduce((product, axis) => product * vectors[4 * axis], 1);
}

/** Stretches the cell and moves every molecule as a whole so that its centre of mass is stretched too; velocities of centres inversely. */
export function stretchMolecules(
  positions: Float64Array,
  velocities: Float64Array | null,
  mass: Float64Array,
  molecules: Molecules,
  box: Box,
  factors: Stretch,
): void {
  const { vectors } = box;
  if (vectors) for (let k = 0; k < 9; k++) vectors[k] *= factors[k % 3];
  const { start } = molecules;
  for (let m = 0; m + 1 < start.length; m++) {
    const total = molecules.mass[m];
    for (let k = 0; k < 3; k++) {
      let [centre, velocity] = [0, 0];
      for (let i = start[m]; i < start[m + 1]; i++) {
        centre += mass[i] * positions[3 * i + k];
        if (velocities) velocity += mass[i] * velocities[3 * i + k];
      }
      const shift = (centre / total) * (factors[k] - 1);
      const change = (velocity / total) * (1 / factors[k] - 1);
      for (let i = start[m]; i < start[m + 1]; i++) {
        positions[3 * i + k] += shift;
        if (velocities && mass[i] > 0) velocities[3 * i + k] += change;
      }
    }
  }
}

/** @throws SimulationError for a box that has shrunk below twice a cut-off (`range`, which may include a buffer) */
export function checkWidth(range: number, box: Box, step: number): void {
  const width = smallestWidth(box);
  if (range <= 0.5 * width || range === Number.POSITIVE_INFINITY) return;
  throw new SimulationError(
    `At step ${step} the barostat has shrunk the box to a width of ${width.toPrecision(6)}, less than twice the cut-off of ${range}: a particle ` +
      'would meet two images of another one. Start from a larger box or at a higher density, use a smaller cut-off, or more molecules.',
  );
}
