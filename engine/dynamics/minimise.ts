/** Energy minimisation by FIRE with a limit on the displacement a step, so that overlapping starts do not explode. */
import { SimulationError } from '../errors.ts';
import type { ConstraintSolver } from './constraints/solver.ts';

export interface MinimiseOptions {
  /** Stop when the rms force component (energy/length) is below this. */
  readonly tolerance: number;
  readonly maxSteps: number;
  /** No coordinate moves further than this in one step (length). */
  readonly maxDisplacement: number;
  /** Fixed distances, compiled with unit masses; positions must fulfil them. */
  readonly constraints?: ConstraintSolver | null;
}

/**
 * Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), with unit masses and the semi-implicit Euler step of Guénolé et al. 2020.
 * Constraints are kept: forces and velocities are projected, and each step goes back onto them.
 *
 * @param updateForces recomputes `forces` at `positions` and returns the energy
 * @returns the steps taken; positions are changed in place
 */
export function minimise(
  positions: Float64Array,
  forces: Float64Array,
  updateForces: () => number,
  options: MinimiseOptions,
): number {
  const { tolerance, maxSteps, maxDisplacement, constraints } = options;
  const velocities = new Float64Array(positions.length);
  const update = () => {
    const energy = updateForces();
    if (constraints && Number.isFinite(energy)) constraints.projectVelocities(positions, forces);
    return energy;
  };
  let energy = update();
  let timestep = 0;
  let alpha = 0.1;
  let downhill = 0;
  for (let step = 0; step < maxSteps; step++) {
    let square = 0;
    for (const f of forces) square += f * f;
    const norm = Math.sqrt(square);
    if (!Number.isFinite(norm)) {
      throw new SimulationError(
        `Minimisation met a force that is not finite after ${step} steps: particles lie on top of each other.`,
      );
    }
    if (norm <= tolerance * Math.sqrt(forces.length)) return step;
    // The natural scale: the largest component moves a tenth of the limit in the first step.
    if (timestep === 0) timestep = Math.sqrt((0.1 * maxDisplacement) / largest(forces));
    let power = 0;
    let speed = 0;
    for (let k = 0; k < forces.length; k++) {
      power += forces[k] * velocities[k];
      speed += velocities[k] * velocities[k];
    }
    if (power > 0) {
      if (++downhill > 5) {
        timestep *= 1.1;
        alpha *= 0.99;
      }
      const mix = (alpha * Math.sqrt(speed)) / norm;
      for (let k = 0; k < forces.length; k++) velocities[k] = (1 - alpha) * velocities[k] + mix * forces[k];
    } else {
      downhill = 0;
      if (step > 0) timestep *= 0.5;
      alpha = 0.1;
      velocities.fill(0);
    }
    for (let k = 0; k < forces.length; k++) velocities[k] += timestep * forces[k];
    constraints?.remember(positions);
    const limit = maxDisplacement / Math.max(maxDisplacement, timestep * largest(velocities));
    for (let k = 0; k < forces.length; k++) {
      velocities[k] *= limit;
      positions[k] += timestep * velocities[k];
    }
    if (constraints) {
      constraints.constrainMove(positions, velocities, timestep, 0);
      constraints.projectVelocities(positions, velocities);
    }
    energy = update();
  }
  if (!Number.isFinite(energy)) throw new SimulationError('Minimisation ended with an energy that is not finite.');
  return maxSteps;
}

function largest(values: Float64Array): number {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
}
