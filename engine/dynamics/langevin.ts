/** Langevin dynamics by the BAOAB splitting: kick, drift, noise, drift, kick. */
import { InputError } from '../errors.ts';
import { exp } from '../math/functions.ts';
import { Noise } from '../random/noise.ts';
import type { DynamicState, IntegratorKind } from './dynamics.ts';
import { drift, kick, kineticEnergy, projectVelocities, velocitiesBefore } from './primitives.ts';
import { number, removeCenterOfMass, temperature, timestep } from './settings.ts';

/**
 * Leimkuhler & Matthews, Appl. Math. Res. Express 2013, 34: configurational averages with errors of fourth order in dt at high friction.
 * With constraints it is g-BAOAB: Leimkuhler & Matthews, Proc. R. Soc. A 472, 20160138 (2016).
 * Velocities at the end of a step are colder than the bath by (omega dt)^2/4 in a mode of frequency omega. Those in the middle of it, after
 * the noise, have its temperature (Zhang, Liu, Yan, Tuckerman & Liu, J. Phys. Chem. A 123, 6056 (2019)): they are reported.
 * Conserved: kinetic (at the end of the step) + potential - heat taken in by the noise (Bussi & Parrinello, Phys. Rev. E 75, 056707 (2007)).
 */
export const langevin: IntegratorKind = {
  name: 'langevin',
  summary: 'Langevin dynamics (BAOAB): constant temperature with friction and noise.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['timestep', 'temperature', 'friction'],
    properties: {
      timestep,
      temperature,
      friction: { quantity: 'rate', minimum: 0, description: 'Friction coefficient gamma, for example "1 /ps".' },
      removeCenterOfMass: { ...removeCenterOfMass, default: 0 },
    },
  },
  conservesMomentum: false,
  keepsConstraints: true,
  temperature: (settings) => number(settings, 'temperature'),
  create(description, thermostat) {
    if (thermostat)
      throw new InputError('dynamics.thermostat', 'Langevin dynamics keeps the temperature itself; remove the thermostat.');
    const dt = description.timestep;
    const decay = exp(-number(description.settings, 'friction') * dt);
    const noise = new Noise(description.seed, 'langevin');
    const deviates = new Float64Array(3);
    const bath = number(description.settings, 'temperature');
    let heat = 0;

    /** The exact Ornstein-Uhlenbeck step: v = c v + sqrt((1 - c^2) kT/m) xi. */
    function ornsteinUhlenbeck(state: DynamicState): void {
      const { velocities, mass, dimensions = 3 } = state;
      const variance = (1 - decay * decay) * state.boltzmann * bath;
      heat -= kineticEnergy(state);
      for (let i = 0; i < mass.length; i++) {
        if (mass[i] === 0) continue; // a virtual site
        noise.normals(state.step, i, deviates, 0);
        const width = Math.sqrt(variance / mass[i]);
        for (let a = 0; a < dimensions; a++) velocities[3 * i + a] = decay * velocities[3 * i + a] + width * deviates[a];
      }
      projectVelocities(state);
      heat += kineticEnergy(state);
    }

    return {
      step(state, updateForces) {
        kick(state, 0.5 * dt);
        drift(state, 0.5 * dt);
        projectVelocities(state);
        ornsteinUhlenbeck(state);
        drift(state, 0.5 * dt);
        updateForces();
        kick(state, 0.5 * dt);
        projectVelocities(state);
      },
      reportedVelocities: (state) => (state.step === 0 ? state.velocities : velocitiesBefore(state, 0.5 * dt)),
      reservoirEnergy: () => -heat,
      save: () => Float64Array.of(heat),
      load(variables) {
        heat = variables[0];
      },
    };
  },
};
