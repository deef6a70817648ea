/** From a resolved `dynamics` section to a DynamicsDescription. */
import { InputError } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { unitConstants } from '../scenario/units.ts';
import type { System } from '../system/system.ts';
import type { Barostat } from './barostat.ts';
import type { DynamicsDescription } from './dynamics.ts';

/** @param settings the resolved section, with `integrator` naming the entry; @param seed the seed of all noise of the run */
export function describeDynamics(settings: Settings, seed: number): DynamicsDescription {
  const thermostat = settings.thermostat as Settings | undefined;
  const barostat = settings.barostat as Settings | undefined;
  return {
    integrator: settings.integrator as string,
    timestep: settings.timestep as number,
    settings,
    thermostat: thermostat ? { type: thermostat.type as string, settings: thermostat } : null,
    barostat: barostat ? { type: barostat.type as string, settings: barostat } : null,
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

/**
 * The barostat of a description, compiled; null at constant volume.
 * @throws InputError for open boundaries, and where there is no heat bath: constant pressure needs a temperature
 */
export function compileBarostat(system: System, dynamics: DynamicsDescription, registry: Registry): Barostat | null {
  if (!dynamics.barostat) return null;
  const { type, settings } = dynamics.barostat;
  const kind = registry.get('barostat', type, 'dynamics.barostat.type');
  if (!system.box.vectors)
    throw new InputError(
      'dynamics.barostat',
      'needs a periodic box, but the boundaries of this system are open; give it a box, or remove the barostat',
    );
  if (dynamics.integrator === 'overdamped-langevin')
    throw new InputError('dynamics.barostat', 'overdamped dynamics has no velocities that carry a pressure; use "langevin"');
  const temperature = bathTemperature(dynamics, registry);
  if (temperature === null)
    throw new InputError(
      'dynamics.barostat',
      'needs constant temperature: add a thermostat, such as "thermostat": { "type": "velocity-rescaling", ... }, or use "langevin"',
    );
  const { units } = system.structure;
  const kT = unitConstants(units).boltzmann * temperature;
  const { timestep, seed } = dynamics;
  return kind.create(settings, { units, kT, timestep, seed, box: { vectors: system.box.vectors.slice() } });
}
