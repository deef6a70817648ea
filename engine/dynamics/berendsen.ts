/** Berendsen weak coupling: relaxes the temperature, but not to the canonical ensemble. For equilibration, and as a negative control. */
import type { ThermostatKind } from './dynamics.ts';
import { kineticEnergy, scaleVelocities } from './primitives.ts';
import { number, temperature } from './settings.ts';

/** Berendsen et al., J. Chem. Phys. 81, 3684 (1984). Conserved: total energy - heat taken in. */
export const berendsen: ThermostatKind = {
  name: 'berendsen',
  summary: 'Berendsen weak coupling: for equilibration only, its kinetic-energy distribution is too narrow.',
  status: 'experimental',
  schema: {
    type: 'object',
    required: ['temperature', 'time'],
    properties: {
      temperature,
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Relaxation time of the temperature.' },
    },
  },
  temperature: (settings) => number(settings, 'temperature'),
  create(settings) {
    const time = number(settings, 'time');
    const bath = number(settings, 'temperature');
    let heat = 0;
    return {
      apply(state, dt, half) {
        if (half === 0) return;
        const kinetic = kineticEnergy(state);
        if (kinetic === 0) return;
        const target = 0.5 * state.degreesOfFreedom * state.boltzmann * bath;
        const factor2 = Math.max(0.64, Math.min(1.5625, 1 + (dt / time) * (target / kinetic - 1)));
        scaleVelocities(state, Math.sqrt(factor2));
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
