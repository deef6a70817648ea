/** Nosé-Hoover chain thermostat: deterministic, canonical, with a conserved energy. */
import { exp } from '../math/functions.ts';
import type { DynamicState, ThermostatKind } from './dynamics.ts';
import { kineticEnergy, scaleVelocities } from './primitives.ts';
import { number, temperature } from './settings.ts';

/** Weights of the fourth-order Suzuki-Yoshida splitting with three parts: 1/(2 - 2^(1/3)) and 1 - 2 of it. */
const suzukiYoshida = [1.3512071919596578, -1.7024143839193155, 1.3512071919596578];

/**
 * Martyna, Tuckerman, Tobias & Klein, Mol. Phys. 87, 1117 (1996). Chain masses Q_1 = N_dof kT time^2, Q_k = kT time^2, with
 * `time` the period of the thermostat divided by 2 pi. Conserved: H + sum p_k^2/(2 Q_k) + N_dof kT eta_1 + kT sum eta_k.
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
    },
  },
  temperature: (settings) => number(settings, 'temperature'),
  create(settings) {
    const length = (settings.chain as number | undefined) ?? 3;
    const time = number(settings, 'time');
    const bath = number(settings, 'temperature');
    const eta = new Float64Array(length);
    const velocity = new Float64Array(length);

    function mass(k: number, state: DynamicState): number {
      return (k === 0 ? state.degreesOfFreedom : 1) * state.boltzmann * bath * time * time;
    }

    function push(k: number, twiceKinetic: number, state: DynamicState, dt: number): void {
      const kT = state.boltzmann * bath;
      const drive = k === 0 ? twiceKinetic - state.degreesOfFreedom * kT : mass(k - 1, state) * velocity[k - 1] * velocity[k - 1] - kT;
      // The coupling to the next link is a friction, split symmetrically around the kick.
      const friction = k + 1 < length ? exp(-0.125 * dt * velocity[k + 1]) : 1;
      velocity[k] = (velocity[k] * friction + (0.25 * dt * drive) / mass(k, state)) * friction;
    }

    return {
      apply(state, dt) {
        let twiceKinetic = 2 * kineticEnergy(state);
        let scale = 1;
        for (const weight of suzukiYoshida) {
          const h = weight * dt; // a half step in all: the pieces below use h/2, h/4, h/8
          for (let k = length - 1; k >= 0; k--) push(k, twiceKinetic, state, h);
          const factor = exp(-0.5 * h * velocity[0]);
          scale *= factor;
          twiceKinetic *= factor * factor;
          for (let k = 0; k < length; k++) eta[k] += 0.5 * h * velocity[k];
          for (let k = 0; k < length; k++) push(k, twiceKinetic, state, h);
        }
        scaleVelocities(state, scale);
      },
      reservoirEnergy(state) {
        const kT = state.boltzmann * bath;
        let energy = state.degreesOfFreedom * kT * eta[0];
        for (let k = 0; k < length; k++) energy += 0.5 * mass(k, state) * velocity[k] * velocity[k] + (k > 0 ? kT * eta[k] : 0);
        return energy;
      },
      save: () => Float64Array.of(...eta, ...velocity),
      load(variables) {
        eta.set(variables.subarray(0, length));
        velocity.set(variables.subarray(length));
      },
    };
  },
};
