/** The heat bath of a finished simulation. */
import type { FinishedStage, Registry, Settings } from '../../../../engine/index.ts';

/** K or reduced; NaN if it had none. */
export function temperatureOf(run: FinishedStage, registry: Registry): number {
  const dynamics = run.settings.dynamics as Settings | undefined;
  const name = dynamics?.integrator;
  const bath = typeof name === 'string' ? registry.get('integrator', name).temperature(dynamics as Settings) : null;
  const thermostat = dynamics?.thermostat as Settings | undefined;
  const found = bath ?? thermostat?.temperature ?? dynamics?.temperature;
  return typeof found === 'number' && found > 0 ? found : Number.NaN;
}

export function frictionOf(run: FinishedStage): number | null {
  const friction = (run.settings.dynamics as Settings | undefined)?.friction;
  return typeof friction === 'number' && friction > 0 ? friction : null;
}
