/** The stage `simulate`: a system, its dynamics, a run, and the files of a run folder. */
import { bathTemperature, describeDynamics } from '../dynamics/describe.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import { scaleVelocities } from '../dynamics/primitives.ts';
import { InputError, Interrupted, SimulationError } from '../errors.ts';
import type { Context } from '../platforms/platform.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { type SimulationPlan, simulate } from '../simulation.ts';
import { buildSystem } from '../system/assemble.ts';
import { openBox } from '../system/box.ts';
import type { BuildContext } from '../system/builder.ts';
import { structureFromJson } from '../system/structure.ts';
import type { Assembly, System } from '../system/system.ts';
import { type Checkpoint, readCheckpoint, removeCheckpoints, writeCheckpoint } from '../trajectory/checkpoint.ts';
import { LogWriter, logFile, readLog } from '../trajectory/log.ts';
import { structureFile } from '../trajectory/open.ts';
import { TrajectoryRecorder } from '../trajectory/recorder.ts';
import { version } from '../version.ts';
import { simulateSchema } from './simulate-schema.ts';
import type { FinishedStage, StageContext, StageKind } from './stage.ts';
import { type RunTiming, summarise } from './summary.ts';

export const simulateStage: StageKind = {
  name: 'simulate',
  summary: 'Runs molecular dynamics on a system and records its trajectory.',
  status: 'validated',
  schema: simulateSchema,
  run,
  assemble,
};

/** Builds and compiles the system of a simulate stage, without moving anything; also what `md check` and `md energy` do. */
export async function prepareSimulation(
  settings: Settings,
  build: BuildContext,
  seed: number,
  registry: Registry,
): Promise<{ system: System; dynamics: DynamicsDescription; context: Context }> {
  const system = await buildSystem(settings.system as Settings, build, registry);
  const dynamics = describeDynamics(settings.dynamics as Settings, seed);
  const platform = registry.get('platform', settings.platform as string, 'platform');
  return { system, dynamics, context: await platform.compile(system, dynamics, registry) };
}

/** Step counts of a run, from times or from numbers of steps. */
interface Schedule {
  readonly equilibration: number;
  readonly steps: number;
  readonly frames: number;
  readonly rows: number;
}

async function run(stage: StageContext): Promise<void> {
  const { settings, registry, progress, folder } = stage;
  const prepared = await prepareSimulation(settings, buildContext(stage), stage.seed, registry);
  const { system, dynamics, context } = prepared;
  const schedule = scheduleOf(settings, dynamics.timestep, stage.where);
  const particles = system.structure.mass.length;
  const checkpoint = stage.resume ? readCheckpoint(folder.path, { particles }) : null;
  if (checkpoint) resume(checkpoint, context, stage);
  else {
    removeCheckpoints(folder.path);
    start(prepared, stage);
  }
  const { recorder, log } = await openFiles(stage, system, context, checkpoint);
  const timing: RunTiming = {
    seconds: (checkpoint?.metadata.seconds as number | undefined) ?? 0,
    fromStep: context.step,
    started: performance.now(),
  };
  const speed = () => (context.step - timing.fromStep) / ((performance.now() - timing.started) / 1000) || 0;
  const perDay = (stepsPerSecond: number) => (stepsPerSecond * dynamics.timestep * 86400) / (stage.units === 'md' ? 1000 : 1);
  const observed = () => {
    const now = context.observe();
    const step = now.step - schedule.equilibration;
    return { ...now, step, time: step * dynamics.timestep };
  };
  const save = () => {
    recorder.flush();
    log.flush();
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
        observe: (step) =>
          recorder.append({
            step,
            time: step * dynamics.timestep,
            positions: context.positions,
            velocities: velocities ? context.velocities : null,
            forces: context.forces,
            box: context.box,
          }),
      },
      { every: schedule.rows, observe: () => log.append(observed(), perDay(speed())) },
    ],
    checkpoint: save,
    checkpointSeconds: (settings.output as Settings).checkpointSeconds as number,
    signal: stage.signal,
    report: (done, total) => progress.update(done, total, speedText(perDay(speed()), stage.units)),
  };
  try {
    await simulate(context, plan, checkpoint !== null && recorder.frames > 0);
  } catch (error) {
    log.close();
    if (error instanceof Interrupted) await recorder.finish({ complete: false, version });
    else recorder.close();
    throw error;
  }
  save();
  log.close();
  await recorder.finish({ complete: true, version });
  const summary = summarise(readLog(`${folder.path}/${logFile}`), prepared, timing, registry);
  await folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
}

function buildContext(stage: StageContext): BuildContext {
  return {
    units: stage.units,
    seed: stage.seed,
    where: `${stage.where}.system`,
    readText: (path) => stage.readText(path),
    async stage(name) {
      const found = stage.inputs['system.from'];
      if (!found) throw new InputError(`${stage.where}.system.from`, `the stage "${name}" has no result to start from`);
      return found;
    },
  };
}

/** First start of a stage: minimisation and Maxwell-Boltzmann velocities. */
function start(prepared: { system: System; dynamics: DynamicsDescription; context: Context }, stage: StageContext): void {
  const { system, dynamics, context } = prepared;
  const run = stage.settings.run as Settings;
  if (run.minimise) {
    const wish = (typeof run.minimise === 'object' ? run.minimise : {}) as { tolerance?: number; maxSteps?: number };
    const before = context.observe().potential;
    const steps = context.minimise({ tolerance: wish.tolerance ?? 10, maxSteps: wish.maxSteps ?? 1000 });
    stage.progress.note(
      `minimised from ${before.toPrecision(6)} to ${context.observe().potential.toPrecision(6)} in ${steps} steps`,
    );
  }
  if (system.velocities) return;
  const temperature = (run.temperature as number | undefined) ?? bathTemperature(dynamics, stage.registry);
  if (temperature === null) {
    throw new InputError(
      `${stage.where}.run.temperature`,
      'needed: the system has no velocities and the dynamics no heat bath; give 0 for a start at rest',
    );
  }
  context.drawVelocities(temperature);
  const drawn = context.observe().temperature;
  if (run.rescaleVelocities && drawn > 0) scaleVelocities(context, Math.sqrt(temperature / drawn));
}

function resume(checkpoint: Checkpoint, context: Context, stage: StageContext): void {
  if (checkpoint.fallback) stage.progress.note(checkpoint.fallback);
  context.load(checkpoint.snapshot);
  stage.progress.note(`continuing from step ${checkpoint.metadata.step}, ${checkpoint.metadata.frames} frames kept`);
}

async function openFiles(
  stage: StageContext,
  system: System,
  context: Context,
  checkpoint: Checkpoint | null,
): Promise<{ recorder: TrajectoryRecorder; log: LogWriter }> {
  const output = stage.settings.output as Settings;
  const options = {
    periodic: system.box.vectors !== null,
    velocities: output.velocities === true,
    forces: output.forces !== false,
    precision: output.precision === 'double' ? ('f64' as const) : ('f32' as const),
    formats: output.formats as ('dcd' | 'extxyz')[],
  };
  const contents = {
    units: stage.units,
    terms: context.observe().terms.map((term) => term.label),
    totalMass: system.structure.mass.reduce((sum, m) => sum + m, 0),
  };
  const logPath = `${stage.folder.path}/${logFile}`;
  if (!checkpoint) {
    return {
      recorder: TrajectoryRecorder.create(stage.folder.path, system.structure, options),
      log: LogWriter.create(logPath, contents),
    };
  }
  return {
    recorder: await TrajectoryRecorder.openForContinue(stage.folder.path, system.structure, options, checkpoint.metadata.frames),
    log: LogWriter.openForContinue(logPath, contents, checkpoint.metadata.logRows),
  };
}

function scheduleOf(settings: Settings, timestep: number, where: string): Schedule {
  const run = settings.run as Settings;
  const output = settings.output as Settings;
  const either = (section: Settings, time: string, steps: string, path: string): number | undefined => {
    const [t, n] = [section[time] as number | undefined, section[steps] as number | undefined];
    if (t !== undefined && n !== undefined)
      throw new InputError(`${where}.${path}`, `give either "${time}" or "${steps}", not both`);
    if (t === undefined) return n;
    const exact = t / timestep;
    const rounded = Math.round(exact);
    if (Math.abs(exact - rounded) > 1e-6 * Math.max(1, exact)) {
      throw new InputError(`${where}.${path}.${time}`, `${t} is not a whole number of timesteps of ${timestep}`);
    }
    return rounded;
  };
  const steps = either(run, 'time', 'steps', 'run');
  if (steps === undefined) throw new InputError(`${where}.run`, 'say how long: "time": "100 ps" or "steps": 100000');
  const frames = either(output, 'every', 'everySteps', 'output') ?? Math.max(1, Math.floor(steps / 1000));
  if (frames < 1) throw new InputError(`${where}.output.every`, `is shorter than the timestep of ${timestep}`);
  return {
    equilibration: either(run, 'equilibrate', 'equilibrateSteps', 'run') ?? 0,
    steps,
    frames,
    rows: Math.max(1, either(output, 'logEvery', 'logEverySteps', 'output') ?? frames),
  };
}

function speedText(perDay: number, units: 'md' | 'lj'): string {
  return `${perDay.toPrecision(3)} ${units === 'md' ? 'ns' : 'tau'}/day`;
}

/** The state at the end of a finished simulation, as a start for another one; forces are named anew there. */
async function assemble(stage: FinishedStage): Promise<Assembly> {
  const text = await stage.folder.readText(structureFile);
  const structure = structureFromJson(JSON.parse(text), `${stage.name}/${structureFile}`);
  const checkpoint = readCheckpoint(stage.folder.path, { particles: structure.mass.length });
  if (!checkpoint) throw new SimulationError(`stage "${stage.name}" left no checkpoint to start from; run it again`);
  const { positions, velocities, box } = checkpoint.snapshot as Record<string, Float64Array>;
  return { structure, positions, velocities, box: box.length ? { vectors: box } : openBox };
}
