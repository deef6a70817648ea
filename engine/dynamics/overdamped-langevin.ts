/** Overdamped (Brownian) dynamics: x += dt D/kT f + sqrt(2 D dt) xi with D = kT/(m gamma). */
import { InputError } from '../errors.ts';
import { Noise } from '../random/noise.ts';
import type { IntegratorKind } from './dynamics.ts';
import { number, temperature, timestep } from './settings.ts';

/**
 * Euler-Maruyama (Ermak & Yeh 1974). Velocities play no part in the motion and are left as they are drawn.
 * Conserved: potential - kT ln[P(forward)/P(backward)] summed over steps, which drifts only by the discretisation error
 * (Bussi & Parrinello, Phys. Rev. E 75, 056707 (2007)).
 */
export const overdampedLangevin: IntegratorKind = {
  name: 'overdamped-langevin',
  summary: 'Overdamped Langevin (Brownian) dynamics, Euler-Maruyama.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['timestep', 'temperature', 'friction'],
    properties: {
      timestep,
      temperature,
      friction: { quantity: 'rate', exclusiveMinimum: 0, description: 'Friction coefficient gamma: mobility 1/(m gamma).' },
    },
  },
  conservesMomentum: false,
  temperature: (settings) => number(settings, 'temperature'),
  create(description, thermostat) {
    if (thermostat)
      throw new InputError('dynamics.thermostat', 'overdamped dynamics keeps the temperature itself; remove the thermostat.');
    const dt = description.timestep;
    const friction = number(description.settings, 'friction');
    const bath = number(description.settings, 'temperature');
    const noise = new Noise(description.seed, 'overdamped-langevin');
    const deviates = new Float64Array(3);
    let before = new Float64Array(0);
    let heat = 0;
    return {
      step(state, updateForces) {
        const { positions, forces, mass, dimensions = 3 } = state;
        if (before.length !== forces.length) before = new Float64Array(forces.length);
        before.set(forces);
        // With b = sqrt(2 kT/(m gamma) dt), step d = a f + b xi and reverse noise xi' = -(d + a f')/b, a = dt/(m gamma):
        // kT ln[P(backward)/P(forward)] = kT (xi^2 - xi'^2)/2 = -(f + f') d/2 - a (f'^2 - f^2)/4.
        const kT = state.boltzmann * bath;
        let work = 0;
        for (let i = 0; i < mass.length; i++) {
          noise.normals(state.step, i, deviates, 0);
          const mobility = dt / (mass[i] * friction);
          const width = Math.sqrt(2 * kT * mobility);
          for (let a = 0; a < dimensions; a++) {
            const f = forces[3 * i + a];
            deviates[a] = mobility * f + width * deviates[a];
            positions[3 * i + a] += deviates[a];
            work += 0.5 * f * deviates[a] - 0.25 * mobility * f * f;
          }
        }
        updateForces();
        for (let i = 0; i < mass.length; i++) {
          noise.normals(state.step, i, deviates, 0);
          const mobility = dt / (mass[i] * friction);
          const width = Math.sqrt(2 * kT * mobility);
          for (let a = 0; a < dimensions; a++) {
            const f = forces[3 * i + a];
            work += 0.5 * f * (mobility * before[3 * i + a] + width * deviates[a]) + 0.25 * mobility * f * f;
          }
        }
        heat += work;
      },
      reservoirEnergy: () => heat,
      save: () => Float64Array.of(heat),
      load(variables) {
        heat = variables[0];
      },
    };
  },
};
