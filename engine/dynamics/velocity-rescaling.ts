/** Stochastic velocity rescaling: one random factor a step gives the canonical distribution of the kinetic energy. */
import { exp } from '../math/functions.ts';
import { Noise } from '../random/noise.ts';
import type { ThermostatKind } from './dynamics.ts';
import { kineticEnergy, scaleVelocities } from './primitives.ts';
import { number, temperature } from './settings.ts';

/** Bussi, Donadio & Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7. Conserved: total energy - heat taken in. */
export const velocityRescaling: ThermostatKind = {
  name: 'velocity-rescaling',
  summary: 'Stochastic velocity rescaling (Bussi-Donadio-Parrinello): canonical, disturbs the dynamics little.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['temperature', 'time'],
    properties: {
      temperature,
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Relaxation time of the kinetic energy.' },
    },
  },
  temperature: (settings) => number(settings, 'temperature'),
  create(settings, seed) {
    const noise = new Noise(seed, 'velocity-rescaling');
    const rest = new Noise(seed, 'velocity-rescaling-rest');
    const time = number(settings, 'time');
    const bath = number(settings, 'temperature');
    let heat = 0;
    return {
      apply(state, dt, half) {
        if (half === 0) return;
        const kinetic = kineticEnergy(state);
        if (kinetic === 0) return;
        const degrees = state.degreesOfFreedom;
        const target = 0.5 * degrees * state.boltzmann * bath;
        const c = exp(-dt / time);
        const ratio = ((1 - c) * target) / (degrees * kinetic);
        const r = noise.normal(state.step);
        const sum = rest.chiSquare(state.step, degrees - 1);
        const factor2 = c + ratio * (r * r + sum) + 2 * r * Math.sqrt(c * ratio);
        const sign = r + Math.sqrt(c / ratio) >= 0 ? 1 : -1;
        scaleVelocities(state, sign * Math.sqrt(factor2));
        heat += (factor2 - 1) * kinetic;
      },
      reservoirEnergy: () => -heat,
      save: () => Float64Array.of(heat),
      load(variables) {
        heat = variables[0];
      },
    };
  },
};
