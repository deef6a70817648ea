/** The stage `simulate`: a system, its dynamics, a run, and the files of a run folder. */
import { describeDynamics } from '../dynamics/describe.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import { InputError, Interrupted, placedIn, SimulationError } from '../errors.ts';
import { motionNotFinite } from '../platforms/blow-up.ts';
import type { Context } from '../platforms/platform.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { join } from '../scenario/validate.ts';
import { type SimulationPlan, simulate } from '../simulation.ts';
import { buildSystem } from '../system/assemble.ts';
import { openBox } from '../system/box.ts';
import type { BuildContext } from '../system/builder.ts';
import { structureFromJson } from '../system/structure.ts';
import type { Assembly } from '../system/system.ts';
import { type Checkpoint, readCheckpoint, removeCheckpoints, writeCheckpoint } from '../trajectory/checkpoint.ts';
import { logFile, readLog } from '../trajectory/log.ts';
import { structureFile } from '../trajectory/open.ts';
import { addBiases, type BiasedSystem } from '../variables/compile-biases.ts';
import { version } from '../version.ts';
import { endOfRun } from './end-of-run.ts';
import { atMeanBox } from './mean-box.ts';
import { openOutputs } from './outputs.ts';
import { scheduleOf } from './schedule.ts';
import { simulateSchema } from './simulate-schema.ts';
import type { AssemblyStart, FinishedStage, StageContext, StageKind } from './stage.ts';
import { start } from './start.ts';
import { type RunTiming, remarksOf, summarise } from './summary.ts';

export const simulateStage: StageKind = {
  name: 'simulate',
  summary: 'Runs molecular dynamics on a system and records its trajectory.',
  status: 'validated',
  schema: simulateSchema,
  parallel: true,
  run,
  check(settings, where, registry) {
    scheduleOf(settings, (settings.dynamics as Settings).timestep as number, where);
    registry.get('platform', platformOf(settings).name, join(where, 'platform'));
  },
  assemble,
};

/** The setting `platform`, a name or an object, as an object. */
function platformOf(settings: Settings): { readonly name: string } & Settings {
  const { platform } = settings as { platform: string | ({ name: string } & Settings) };
  return typeof platform === 'string' ? { name: platform } : platform;
}

/** A system as it runs; the positions that it was built with have been let go. */
interface Prepared extends Omit<BiasedSystem, 'system'> {
  readonly hasVelocities: boolean;
  readonly dynamics: DynamicsDescription;
  readonly context: Context;
}

/**
 * Builds and compiles the system of a simulate stage with its biases, without moving anything.
 * @param threads most that the platform may use; it uses fewer where its settings say so or the system is small
 */
export async function prepareSimulation(
  settings: Settings,
  build: BuildContext,
  seed: number,
  registry: Registry,
  threads = 1,
): Promise<Prepared> {
  const dynamics = describeDynamics(settings.dynamics as Settings, seed);
  const biased = await addBiases(await buildSystem(settings.system as Settings, build, registry), settings, dynamics, {
    where: '',
    registry,
    equilibration: settings.biases === undefined ? 0 : scheduleOf(settings, dynamics.timestep, '').equilibration,
    readText: (path) => build.readText(path),
    input: (property) => build.input?.(property) ?? null,
  });
  const { name, ...platformSettings } = platformOf(settings);
  const platform = registry.get('platform', name, 'platform');
  const wish = (platformSettings.threads as number | undefined) ?? threads;
  const given =
    'threads' in (platform.schema.properties ?? {})
      ? { ...platformSettings, threads: Math.min(wish, threads) }
      : platformSettings;
  const { system, ...rest } = biased;
  const context = await platform.compile(system, dynamics, registry, given);
  return { ...rest, hasVelocities: system.velocities !== null, dynamics, context };
}

async function run(stage: StageContext): Promise<void> {
  const { settings, registry, progress, folder } = stage;
  const prepared = await prepareSimulation(settings, buildContext(stage), stage.seed, registry, stage.threads).catch(
    (error: unknown) => {
      throw placedIn(stage.where, error);
    },
  );
  const { hasVelocities, dynamics, context, biases } = prepared;
  stage.uses?.(context.statistics().threads);
  const schedule = scheduleOf(settings, dynamics.timestep, stage.where);
  const particles = context.system.structure.mass.length;
  const checkpoint = stage.resume ? readCheckpoint(folder.path, { particles }) : null;
  if (checkpoint) resume(checkpoint, context, stage);
  else {
    removeCheckpoints(folder.path);
    start(hasVelocities, dynamics, context, stage);
  }
  const { recorder, log, row } = await openOutputs(stage, prepared, checkpoint);
  for (const line of biases.notes.splice(0)) progress.note(line);
  const timing: RunTiming = {
    seconds: (checkpoint?.metadata.seconds as number | undefined) ?? 0,
    fromStep: context.step,
    started: performance.now(),
  };
  const speed = () => (context.step - timing.fromStep) / ((performance.now() - timing.started) / 1000) || 0;
  const perDay = (stepsPerSecond: number) => (stepsPerSecond * dynamics.timestep * 86400) / (stage.units === 'md' ? 1000 : 1);
  /** Observables with steps and time of production. A state that is not finite goes into no file: it must not look like a result. */
  const observed = () => {
    const now = context.observe();
    if (!Number.isFinite(now.conserved)) throw new SimulationError(motionNotFinite(now.step, now.potential, now.kinetic));
    const step = now.step - schedule.equilibration;
    return { ...now, step, time: step * dynamics.timestep };
  };
  const save = () => {
    observed();
    recorder.flush();
    log.flush();
    const appended = biases.files.flush();
    const phase = context.step < schedule.equilibration ? 'equilibrate' : 'production';
    const seconds = timing.seconds + (performance.now() - timing.started) / 1000;
    const { frames } = recorder;
    writeCheckpoint(folder.path, context.save(), {
      version,
      particles,
      step: context.step,
      phase,
      frames,
      logRows: log.rows,
      appended,
      seconds,
    });
  };
  const velocities = (settings.output as Settings).velocities === true;
  const plan: SimulationPlan = {
    equilibration: schedule.equilibration,
    steps: schedule.steps,
    observers: [
      {
        every: schedule.frames,
        observe: (step) => {
          observed();
          recorder.append({
            step,
            time: step * dynamics.timestep,
            positions: context.positions,
            velocities: velocities ? context.velocities : null,
            forces: context.forces,
            box: context.box,
          });
        },
      },
      {
        every: schedule.rows,
        observe: () => row(observed(), perDay(speed())),
      },
    ],
    checkpoint: save,
    checkpointSeconds: (settings.output as Settings).checkpointSeconds as number,
    signal: stage.signal,
    report: (done, total) => {
      for (const line of biases.notes.splice(0)) progress.note(line);
      progress.update(done, total, speedText(perDay(speed()), stage.units));
    },
  };
  try {
    await simulate(context, plan, checkpoint !== null && recorder.frames > 0);
  } catch (error) {
    log.close();
    biases.files.close();
    if (error instanceof Interrupted || error instanceof SimulationError) await recorder.finish({ complete: false, version });
    else recorder.close();
    throw error instanceof SimulationError ? withRemarks(error, prepared, recorder.frames) : error;
  }
  save();
  log.close();
  biases.files.close();
  for (const [file, text] of Object.entries(biases.force?.results() ?? {})) await folder.write(file, text);
  await recorder.finish({ complete: true, version });
  const summary = summarise(readLog(`${folder.path}/${logFile}`), prepared, timing, registry);
  await folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  for (const line of summary.remarks) progress.note(line);
  for (const line of endOfRun(summary, summary.wallSeconds - timing.seconds, stage.units)) progress.note(line);
  context.close?.();
}

function buildContext(stage: StageContext): BuildContext {
  return {
    units: stage.units,
    seed: stage.seed,
    where: join(stage.where, 'system'),
    readText: (path) => stage.readText(path),
    input: (property) => stage.inputs[property] ?? null,
    async stage(name) {
      const found = stage.inputs['system.from'];
      if (!found)
        throw new InputError(join(join(stage.where, 'system'), 'from'), `the stage "${name}" has no result to start from`);
      return found;
    },
  };
}

function resume(checkpoint: Checkpoint, context: Context, stage: StageContext): void {
  if (checkpoint.fallback) stage.progress.note(checkpoint.fallback);
  context.load(checkpoint.snapshot);
  stage.progress.note(`continuing from step ${checkpoint.metadata.step}, ${checkpoint.metadata.frames} frames kept`);
}

/** What a run that broke off leaves, and what its variables and biases have to say of how they were used: it may be why. */
function withRemarks(error: SimulationError, prepared: Prepared, frames: number): SimulationError {
  const kept = frames > 0 ? ` What was written before stays: ${frames} frames, and the log.` : '';
  const remarks = remarksOf(prepared).map((line) => ` ${line[0].toUpperCase()}${line.slice(1)}.`);
  return new SimulationError(`${error.message}${kept}${remarks.join('')}`, { cause: error });
}

function speedText(perDay: number, units: 'md' | 'lj'): string {
  return `${perDay.toPrecision(3)} ${units === 'md' ? 'ns' : 'tau'}/day`;
}

/** The state at the end of a finished simulation, as a start for another one; forces are named anew there. */
async function assemble(stage: FinishedStage, _registry: Registry, at: AssemblyStart): Promise<Assembly> {
  const text = await stage.folder.readText(structureFile);
  const structure = structureFromJson(JSON.parse(text), `${stage.name}/${structureFile}`);
  const checkpoint = readCheckpoint(stage.folder.path, { particles: structure.mass.length });
  if (!checkpoint) throw new SimulationError(`stage "${stage.name}" left no checkpoint to start from; run it again`);
  const { positions, velocities, box } = checkpoint.snapshot as Record<string, Float64Array>;
  const dimensions = dimensionsOf(stage);
  const last: Assembly = {
    structure,
    positions,
    velocities,
    box: box.length ? { vectors: box } : openBox,
    ...(dimensions === undefined ? {} : { dimensions }),
  };
  return at.box === 'mean' ? atMeanBox(last, stage.folder.path, at.where) : last;
}

/** Of a model system, also where it came from a stage before; undefined for others. */
function dimensionsOf(stage: FinishedStage): number | undefined {
  const { dimensions } = stage.settings.system as { readonly dimensions?: number };
  const from = stage.inputs['system.from'];
  return dimensions ?? (from?.settings.system ? dimensionsOf(from) : undefined);
}
