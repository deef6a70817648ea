/** Brings a benchmark from its built structure to the typical state that all programs then start from. */
import { bathTemperature, type Context, type DynamicsDescription, type Registry, type Settings } from '../../engine/index.ts';
import { buildCase, compileOn, equilibrationOf, type PlatformChoice } from './build.ts';
import type { Size } from './case.ts';
import { findCase } from './cases.ts';
import { writeStartState } from './start-state.ts';

export interface PrepareJob extends PlatformChoice {
  readonly do: 'prepare';
  readonly case: string;
  readonly size: Size;
  /** The file to write the state to. */
  readonly state: string;
}

export interface Prepared {
  readonly particles: number;
  readonly seconds: number;
}

/** Minimises, draws velocities, equilibrates, and writes the state. */
export async function prepare(job: PrepareJob): Promise<Prepared> {
  const started = performance.now();
  const benchmark = findCase(job.case);
  const built = await buildCase(benchmark, job.size);
  let { system } = built;
  let first = true;
  for (const { steps, dynamics } of await equilibrationOf(benchmark, job.size, built.registry)) {
    const context = await compileOn(job, { ...built, system, dynamics });
    if (first) start(system.velocities !== null, context, built.run, dynamics, built.registry);
    first = false;
    context.advance(steps);
    system = { ...system, positions: context.positions.slice(), velocities: context.velocities.slice(), box: context.box };
    context.close?.();
  }
  writeStartState(job.state, system);
  return { particles: system.structure.mass.length, seconds: (performance.now() - started) / 1000 };
}

/** Minimisation and starting velocities, as the `run` section says. */
function start(hasVelocities: boolean, context: Context, run: Settings, dynamics: DynamicsDescription, registry: Registry): void {
  if (run.minimise) {
    const wish = (typeof run.minimise === 'object' ? run.minimise : {}) as { tolerance?: number; maxSteps?: number };
    context.minimise({ tolerance: wish.tolerance ?? 10, maxSteps: wish.maxSteps ?? 1000 });
  }
  if (hasVelocities) return;
  const temperature = (run.temperature as number | undefined) ?? bathTemperature(dynamics, registry) ?? 0;
  context.drawVelocities(temperature);
  const drawn = context.observe().temperature;
  if (!run.rescaleVelocities || !(drawn > 0)) return;
  const factor = Math.sqrt(temperature / drawn);
  const { velocities } = context;
  for (let k = 0; k < velocities.length; k++) velocities[k] *= factor;
}
