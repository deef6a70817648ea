/** Builds the system of a benchmark, and compiles it with the state and on the platform that are asked for. */
import type { Context, DynamicsDescription, PlatformKind, Registry, Settings, System } from '../../engine/index.ts';
import { applySet, describeDynamics, InputError } from '../../engine/index.ts';
import { packageRoot } from '../runner/package-root.ts';
import { loadRegistry } from '../runner/plugins.ts';
import { type Plan, planScenario } from '../runner/scenario-file.ts';
import { startingSystem } from '../runner/starting-system.ts';
import type { BenchCase, Size } from './case.ts';

/** A benchmark's system as built, before anything has moved. */
export interface Built {
  readonly system: System;
  readonly dynamics: DynamicsDescription;
  /** The resolved `run` section. */
  readonly run: Settings;
  readonly registry: Registry;
}

/** Where and how a benchmark is run; the same for every repetition. */
export interface PlatformChoice {
  readonly platform: string;
  readonly threads: number;
  /** Settings of the platform as `name=value`. */
  readonly set: readonly string[];
}

/** The fastest platform that is registered. */
export function defaultPlatform(registry: Registry): string {
  return registry.has('platform', 'wasm') ? 'wasm' : 'reference';
}

export async function buildCase(benchmark: BenchCase, size: Size): Promise<Built> {
  const plan = await planScenario({ json: benchmark.scenario(size), folder: packageRoot });
  const [stage] = plan.stages;
  const system = await startingSystem(plan, stage, packageRoot);
  return { system, dynamics: dynamicsOf(plan), run: stage.settings.run as Settings, registry: plan.registry };
}

/** The dynamics of each stretch of a benchmark's equilibration, with its steps. */
export async function equilibrationOf(
  benchmark: BenchCase,
  size: Size,
  registry: Registry,
): Promise<{ readonly steps: number; readonly dynamics: DynamicsDescription }[]> {
  const given = benchmark.scenario(size);
  return Promise.all(
    benchmark.equilibration.map(async ({ steps, dynamics = given.dynamics }) => ({
      steps: shortened(steps, size),
      dynamics: dynamicsOf(await planScenario({ json: { ...given, dynamics }, folder: packageRoot }, registry)),
    })),
  );
}

/** Small systems are for trying the harness: they equilibrate and warm up for a tenth of the steps. */
export function shortened(steps: number, size: Size): number {
  return size === 'full' ? steps : Math.ceil(steps / 10);
}

function dynamicsOf({ stages: [stage] }: Plan): DynamicsDescription {
  return describeDynamics(stage.settings.dynamics as Settings, stage.seed);
}

/** @throws InputError for a platform or a setting that there is not, and for what the platform cannot compute */
export function compileOn(
  { platform, threads, set }: PlatformChoice,
  { system, dynamics, registry }: Pick<Built, 'system' | 'dynamics' | 'registry'>,
): Promise<Context> {
  const kind = registry.get('platform', platform, '--platform');
  const settings = platformSettings(kind, set);
  return kind.compile(system, dynamics, registry, hasThreads(kind) ? { ...settings, threads } : settings);
}

/** Whether a platform can use more than one thread: it then has a setting for their number. */
export function hasThreads(kind: PlatformKind): boolean {
  return 'threads' in (kind.schema.properties ?? {});
}

function platformSettings(kind: PlatformKind, set: readonly string[]): Settings {
  const known = Object.keys(kind.schema.properties ?? {});
  let settings: unknown = {};
  for (const assignment of set) {
    settings = applySet(settings, assignment);
    const name = assignment.split('=')[0];
    if (!known.includes(name))
      throw new InputError('--set', `the platform ${kind.name} has no setting "${name}"; it has ${known.join(', ') || 'none'}`);
  }
  return settings as Settings;
}

/** The platform that a user named, or the default; known to be registered, with valid settings. */
export async function choosePlatform(
  wish: { readonly platform: string | undefined; readonly threads: number; readonly set: readonly string[] },
  registry?: Registry,
): Promise<PlatformChoice> {
  const filled = registry ?? (await loadRegistry());
  const kind = filled.get('platform', wish.platform ?? defaultPlatform(filled), '--platform');
  platformSettings(kind, wish.set);
  return { platform: kind.name, threads: hasThreads(kind) ? wish.threads : 1, set: wish.set };
}
