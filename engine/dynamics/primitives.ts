/** The pieces that integrators are made of: kick, drift, kinetic energy, centre-of-mass motion, Maxwell-Boltzmann velocities. */
import { Noise } from '../random/noise.ts';
import type { DynamicState } from './dynamics.ts';

/** v += dt f/m */
export function kick(state: DynamicState, dt: number): void {
  if (state.primitives) {
    state.primitives.kick(dt);
    return;
  }
  const { velocities, forces, mass } = state;
  for (let i = 0; i < mass.length; i++) {
    if (mass[i] === 0) continue; // a virtual site
    const scale = dt / mass[i];
    velocities[3 * i] += scale * forces[3 * i];
    velocities[3 * i + 1] += scale * forces[3 * i + 1];
    velocities[3 * i + 2] += scale * forces[3 * i + 2];
  }
}

/** x += dt v, and back onto the constraints, with velocities that fit the corrected move. */
export function drift(state: DynamicState, dt: number): void {
  if (state.primitives) {
    state.primitives.drift(dt);
    return;
  }
  const { positions, velocities, constraints } = state;
  constraints?.remember(positions);
  for (let k = 0; k < positions.length; k++) positions[k] += dt * velocities[k];
  constraints?.constrainMove(positions, velocities, dt, state.step);
}

/** Takes off the velocities what would change a constrained length; nothing where there are no constraints. */
export function projectVelocities(state: DynamicState): void {
  if (state.primitives) state.primitives.projectVelocities();
  else state.constraints?.projectVelocities(state.positions, state.velocities);
}

/** Sum of m v^2/2, energy units. */
export function kineticEnergy(state: Pick<DynamicState, 'velocities' | 'mass' | 'primitives'>): number {
  if (state.primitives) return state.primitives.kineticEnergy();
  const { velocities, mass } = state;
  let twice = 0;
  for (let i = 0; i < mass.length; i++) {
    const [x, y, z] = [velocities[3 * i], velocities[3 * i + 1], velocities[3 * i + 2]];
    twice += mass[i] * (x * x + y * y + z * z);
  }
  return 0.5 * twice;
}

/** The velocities before the last kick of length dt, with the forces that it was made with: v - dt f/m, within the constraints. */
export function velocitiesBefore({ positions, velocities, forces, mass, constraints }: DynamicState, dt: number): Float64Array {
  const before = velocities.slice();
  for (let k = 0; k < before.length; k++) {
    const m = mass[Math.floor(k / 3)];
    if (m > 0) before[k] -= (dt / m) * forces[k];
  }
  constraints?.projectVelocities(positions, before);
  return before;
}

/** Multiplies all velocities by a factor. */
export function scaleVelocities(state: Pick<DynamicState, 'velocities' | 'primitives'>, factor: number): void {
  if (state.primitives) {
    state.primitives.scaleVelocities(factor);
    return;
  }
  const { velocities } = state;
  for (let k = 0; k < velocities.length; k++) velocities[k] *= factor;
}

/** Takes the velocity of the centre of mass off every particle. */
export function removeCenterOfMassMotion(velocities: Float64Array, mass: Float64Array): void {
  let total = 0;
  const momentum = [0, 0, 0];
  for (let i = 0; i < mass.length; i++) {
    total += mass[i];
    for (let a = 0; a < 3; a++) momentum[a] += mass[i] * velocities[3 * i + a];
  }
  for (let k = 0; k < velocities.length; k++) if (mass[Math.floor(k / 3)] > 0) velocities[k] -= momentum[k % 3] / total;
}

/**
 * Draws velocities from the Maxwell-Boltzmann distribution at kT (energy units), reproducibly from the seed; in the first `dimensions`
 * coordinates of each particle, 0 in the others.
 */
export function drawVelocities(velocities: Float64Array, mass: Float64Array, kT: number, seed: number, dimensions = 3): void {
  const noise = new Noise(seed, 'velocities');
  for (let i = 0; i < mass.length; i++) {
    noise.normals(0, i, velocities, 3 * i);
    const width = mass[i] > 0 ? Math.sqrt(kT / mass[i]) : 0;
    for (let a = 0; a < 3; a++) velocities[3 * i + a] *= a < dimensions ? width : 0;
  }
}
