/** Nosé-Hoover chain thermostat: deterministic, canonical, with a conserved energy. */
import { InputError } from '../errors.ts';
import { exp } from '../math/functions.ts';
import type { DynamicState, ThermostatKind } from './dynamics.ts';
import { kineticEnergy, scaleVelocities } from './primitives.ts';
import { number, temperature } from './settings.ts';

/**
 * Weights of the fourth-order Suzuki-Yoshida splitting with three parts: 1/(2 - 2^(1/3)) and 1 - 2 of it. A chain for every
 * coordinate makes do with one part, second order in dt/time.
 */
const suzukiYoshida = [1.3512071919596578, -1.7024143839193155, 1.3512071919596578];

/**
 * Martyna, Tuckerman, Tobias & Klein, Mol. Phys. 87, 1117 (1996). Chain masses Q_1 = N_dof kT time^2, Q_k = kT time^2, with
 * `time` the period of the thermostat divided by 2 pi. Conserved: H + sum p_k^2/(2 Q_k) + N_dof kT eta_1 + kT sum eta_k.
 *
 * One chain scales all velocities alike, and so leaves the angular momentum of an isolated molecule nearly as it is: a ring
 * polymer that starts with none stays too compact, one that starts as a wide circle spins and stays too wide. `massive` gives
 * every coordinate a chain of its own (Tobias, Martyna & Klein, J. Phys. Chem. 97, 12959 (1993)), which is ergodic there, at the
 * price of momenta that mean nothing.
 */
export const noseHoover: ThermostatKind = {
  name: 'nose-hoover',
  summary: 'Nosé-Hoover chain thermostat (deterministic).',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['temperature', 'time'],
    properties: {
      temperature,
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Time constant; about 50 timesteps or more.' },
      chain: { type: 'integer', minimum: 1, default: 3, description: 'Length of the chain.' },
      massive: {
        type: 'boolean',
        default: false,
        description:
          'A chain for every coordinate instead of one for all: ergodic for single molecules, whose angular momentum one chain leaves ' +
          'as it is. Momentum is not conserved: needs "removeCenterOfMass": 0.',
      },
    },
  },
  temperature: (settings) => number(settings, 'temperature'),
  create(settings) {
    const massive = settings.massive === true;
    const length = (settings.chain as number | undefined) ?? 3;
    const weights = massive ? [1] : suzukiYoshida;
    const chains = new Chains(length, number(settings, 'temperature'), number(settings, 'time'), weights);
    return {
      apply(state, dt) {
        if (!massive) {
          chains.reserve(1);
          scaleVelocities(state, chains.halfStep(0, 2 * kineticEnergy(state), state.degreesOfFreedom, state.boltzmann, dt));
          return;
        }
        const { velocities, mass } = state;
        requireAllDegrees(state);
        chains.reserve(velocities.length);
        for (let c = 0; c < velocities.length; c++) {
          const twiceKinetic = mass[Math.floor(c / 3)] * velocities[c] * velocities[c];
          velocities[c] *= chains.halfStep(c, twiceKinetic, 1, state.boltzmann, dt);
        }
      },
      reservoirEnergy: (state) => chains.energy(state, massive ? 1 : state.degreesOfFreedom),
      save: () => chains.save(),
      load: (variables) => chains.load(variables),
    };
  },
};

/** @throws InputError unless every coordinate counts: a chain for each does not conserve the momentum */
export function requireAllDegrees(state: Pick<DynamicState, 'degreesOfFreedom' | 'mass' | 'constraints'>): void {
  if (state.constraints || state.mass.includes(0))
    throw new InputError(
      'dynamics.thermostat.massive',
      'a chain for every coordinate needs coordinates that are independent: it cannot go with constraints or virtual sites; use "massive": false.',
    );
  if (state.degreesOfFreedom === 3 * state.mass.length) return;
  throw new InputError(
    'dynamics.removeCenterOfMass',
    'must be 0 with a massive Nosé-Hoover thermostat, which does not conserve the momentum: add "removeCenterOfMass": 0 to dynamics.',
  );
}

/** Thermostat chains of equal length, each coupled to the kinetic energy that its caller says; `eta` and velocity, chain by chain. */
class Chains {
  private readonly length: number;
  private readonly bath: number;
  private readonly time: number;
  private readonly weights: readonly number[];
  private eta = new Float64Array(0);
  private velocity = new Float64Array(0);

  constructor(length: number, bath: number, time: number, weights: readonly number[]) {
    this.length = length;
    this.bath = bath;
    this.time = time;
    this.weights = weights;
  }

  reserve(chains: number): void {
    if (this.eta.length === chains * this.length) return;
    this.eta = new Float64Array(chains * this.length);
    this.velocity = new Float64Array(chains * this.length);
  }

  /** Advances a chain by half a step of length dt; returns the factor by which its velocities are to be scaled. */
  halfStep(chain: number, twiceKineticBefore: number, degrees: number, boltzmann: number, dt: number): number {
    const { eta, velocity, length } = this;
    const o = chain * length;
    const kT = boltzmann * this.bath;
    let twiceKinetic = twiceKineticBefore;
    let scale = 1;
    for (const weight of this.weights) {
      const h = weight * dt; // a half step in all: the pieces below use h/2, h/4, h/8
      for (let k = length - 1; k >= 0; k--) this.push(o, k, twiceKinetic, degrees, kT, h);
      const factor = exp(-0.5 * h * velocity[o]);
      scale *= factor;
      twiceKinetic *= factor * factor;
      for (let k = 0; k < length; k++) eta[o + k] += 0.5 * h * velocity[o + k];
      for (let k = 0; k < length; k++) this.push(o, k, twiceKinetic, degrees, kT, h);
    }
    return scale;
  }

  private mass(k: number, degrees: number, kT: number): number {
    return (k === 0 ? degrees : 1) * kT * this.time * this.time;
  }

  private push(o: number, k: number, twiceKinetic: number, degrees: number, kT: number, h: number): void {
    const { velocity } = this;
    const before = k > 0 ? velocity[o + k - 1] : 0;
    const drive = k === 0 ? twiceKinetic - degrees * kT : this.mass(k - 1, degrees, kT) * before * before - kT;
    // The coupling to the next link is a friction, split symmetrically around the kick.
    const friction = k + 1 < this.length ? exp(-0.125 * h * velocity[o + k + 1]) : 1;
    velocity[o + k] = (velocity[o + k] * friction + (0.25 * h * drive) / this.mass(k, degrees, kT)) * friction;
  }

  energy(state: DynamicState, degrees: number): number {
    const kT = state.boltzmann * this.bath;
    let energy = 0;
    for (let o = 0; o < this.eta.length; o += this.length) {
      energy += degrees * kT * this.eta[o];
      for (let k = 0; k < this.length; k++) {
        const v = this.velocity[o + k];
        energy += 0.5 * this.mass(k, degrees, kT) * v * v + (k > 0 ? kT * this.eta[o + k] : 0);
      }
    }
    return energy;
  }

  save(): Float64Array {
    const variables = new Float64Array(2 * this.eta.length);
    variables.set(this.eta);
    variables.set(this.velocity, this.eta.length);
    return variables;
  }

  load(variables: Float64Array): void {
    this.eta = variables.slice(0, variables.length / 2);
    this.velocity = variables.slice(variables.length / 2);
  }
}
