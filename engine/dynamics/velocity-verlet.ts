/** Velocity Verlet: half kick, drift, half kick; with a thermostat object around it where one is given. */
import type { IntegratorKind } from './dynamics.ts';
import { drift, kick, projectVelocities } from './primitives.ts';
import { removeCenterOfMass, timestep } from './settings.ts';

/**
 * Swope, Andersen, Berens & Wilson, J. Chem. Phys. 76, 637 (1982). Conserves kinetic + potential (+ the thermostat's energy).
 * With constraints it is RATTLE: Andersen, J. Comput. Phys. 52, 24 (1983). The first half kick needs no projection of its own: the
 * constraint forces of the drift act along the same sides.
 */
export const velocityVerlet: IntegratorKind = {
  name: 'velocity-verlet',
  summary: 'Velocity Verlet: constant energy, or constant temperature with a thermostat.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['timestep'],
    properties: {
      timestep,
      thermostat: {
        registered: { kind: 'thermostat', key: 'type' },
        description: 'Keeps the temperature; without one the energy is constant.',
      },
      removeCenterOfMass: { ...removeCenterOfMass, default: 100 },
    },
  },
  conservesMomentum: true,
  keepsConstraints: true,
  temperature: () => null,
  create(description, thermostat) {
    const dt = description.timestep;
    return {
      step(state, updateForces) {
        thermostat?.apply(state, dt, 0);
        kick(state, 0.5 * dt);
        drift(state, dt);
        updateForces();
        kick(state, 0.5 * dt);
        projectVelocities(state);
        thermostat?.apply(state, dt, 1);
      },
      reservoirEnergy: (state) => thermostat?.reservoirEnergy(state) ?? 0,
      save: () => thermostat?.save() ?? new Float64Array(0),
      load: (variables) => thermostat?.load(variables),
    };
  },
};
