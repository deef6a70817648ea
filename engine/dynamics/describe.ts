/** From a resolved `dynamics` section to a DynamicsDescription. */
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import type { DynamicsDescription } from './dynamics.ts';

/** @param settings the resolved section, with `integrator` naming the entry; @param seed the seed of all noise of the run */
export function describeDynamics(settings: Settings, seed: number): DynamicsDescription {
  const thermostat = settings.thermostat as Settings | undefined;
  return {
    integrator: settings.integrator as string,
    timestep: settings.timestep as number,
    settings,
    thermostat: thermostat ? { type: thermostat.type as string, settings: thermostat } : null,
    removeCenterOfMass: (settings.removeCenterOfMass as number | undefined) ?? 0,
    seed,
  };
}

/** The temperature of the integrator's or the thermostat's bath; null at constant energy. */
export function bathTemperature(dynamics: DynamicsDescription, registry: Registry): number | null {
  const own = registry.get('integrator', dynamics.integrator).temperature(dynamics.settings);
  if (own !== null || !dynamics.thermostat) return own;
  return registry.get('thermostat', dynamics.thermostat.type).temperature(dynamics.thermostat.settings);
}
