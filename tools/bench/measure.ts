/** One timed run of a benchmark: how fast, what the time went to, and whether the lists and the energy behaved. */
import { createHash } from 'node:crypto';
import { type Context, type DynamicsDescription, linearFit, type PlatformStatistics } from '../../engine/index.ts';
import { buildCase, compileOn, type PlatformChoice, shortened } from './build.ts';
import type { BenchCase, Size } from './case.ts';
import { findCase } from './cases.ts';
import { atStartState } from './start-state.ts';

export interface MeasureJob extends PlatformChoice {
  readonly do: 'measure';
  readonly case: string;
  readonly size: Size;
  /** The file with the state to start from. */
  readonly state: string;
  /** Steps to time; as many as take `seconds` if null. */
  readonly steps: number | null;
  readonly seconds: number;
}

export interface Measurement {
  readonly particles: number;
  readonly platform: string;
  /** Threads really used. */
  readonly threads: number;
  readonly timestep: number;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly matomStepsPerSecond: number;
  /** Simulated ns (md units) or tau (lj units) a day. */
  readonly perDay: number;
  /** CPU time a thread, as a share of the wall time: below 1 others had the cores. */
  readonly cpuShare: number;
  /** Of the timed steps alone, like the list builds. */
  readonly secondsByTask: Readonly<Record<string, number>>;
  readonly neighboursPerParticle: number;
  readonly listBuilds: number;
  readonly dangerousBuilds: number;
  /** Bytes. `peak`: most that the process ever held; `heapGrowth`: of JavaScript's heap during the timed steps. */
  readonly memory: { readonly peak: number; readonly heapGrowth: number | null };
  /** Energy of the state that all programs start from. */
  readonly startPotential: number;
  readonly temperature: number;
  /** Slope of the conserved energy, energy units a time unit and particle. */
  readonly drift: number | null;
  /** SHA-256 of positions and velocities at the end: the same for any number of threads. */
  readonly stateHash: string;
}

/** Parts that the timed steps are run in; the conserved energy is looked at between them. */
const parts = 20;
/** So many steps at least: more than the interval from one list to the next. */
const leastSteps = 100;

export async function measure(job: MeasureJob): Promise<Measurement> {
  const benchmark = findCase(job.case);
  const { context, dynamics } = await compileAtStart(benchmark, job);
  collectGarbage();
  const { structure } = context.system;
  const startPotential = context.observe().potential;
  const warmUpSteps = shortened(benchmark.warmUp, job.size);
  const rate = warmUp(context, warmUpSteps);
  const steps = job.steps ?? Math.max(leastSteps, Math.round(rate * job.seconds));
  const timed = time(context, steps);
  const particles = structure.mass.length;
  const { threads } = context.statistics();
  const stepsPerSecond = steps / timed.seconds;
  return {
    particles,
    platform: job.platform,
    threads,
    timestep: dynamics.timestep,
    warmUpSteps,
    steps,
    stepsPerSecond,
    matomStepsPerSecond: (stepsPerSecond * particles) / 1e6,
    perDay: (stepsPerSecond * dynamics.timestep * 86400) / (structure.units === 'md' ? 1000 : 1),
    seconds: timed.seconds,
    cpuShare: timed.cpuSeconds / (timed.seconds * threads),
    secondsByTask: timed.secondsByTask,
    neighboursPerParticle: timed.last.neighboursPerParticle,
    listBuilds: timed.listBuilds,
    dangerousBuilds: timed.last.dangerousBuilds,
    memory: { peak: process.resourceUsage().maxRSS * 1024, heapGrowth: timed.heapGrowth },
    startPotential,
    temperature: timed.temperature,
    drift: timed.drift === null ? null : timed.drift / particles,
    stateHash: hash(context),
  };
}

/** The case at the state to start from. What it was built and read from is let go: it would count for the memory of the run. */
async function compileAtStart(
  benchmark: BenchCase,
  job: MeasureJob,
): Promise<{ context: Context; dynamics: DynamicsDescription }> {
  const { system, dynamics, registry } = await buildCase(benchmark, job.size);
  const context = await compileOn(job, { system: atStartState(system, job.state), dynamics, registry });
  return { context, dynamics };
}

/** Advances and returns the steps a second of the second half. */
function warmUp(context: Context, steps: number): number {
  const half = Math.ceil(steps / 2);
  context.advance(half);
  const from = performance.now();
  context.advance(steps - half);
  return (1000 * (steps - half)) / (performance.now() - from);
}

/** Advances in parts; what happens between them (energies) is not timed. */
function time(context: Context, steps: number) {
  const heapBefore = heapUsed();
  let [seconds, cpuSeconds, listBuilds] = [0, 0, 0];
  const secondsByTask: Record<string, number> = {};
  let last: PlatformStatistics = context.statistics();
  let observed = context.observe();
  const times = [observed.time];
  const energies = [observed.conserved];
  const first = context.step;
  for (let part = 0; part < parts; part++) {
    const due = Math.round(((part + 1) * steps) / parts) - (context.step - first);
    if (due === 0) continue;
    const before = context.statistics();
    const cpuBefore = process.cpuUsage();
    const from = performance.now();
    context.advance(due);
    seconds += (performance.now() - from) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    cpuSeconds += (cpu.user + cpu.system) / 1e6;
    last = context.statistics();
    listBuilds += last.listBuilds - before.listBuilds;
    for (const [task, value] of Object.entries(last.secondsByTask))
      secondsByTask[task] = (secondsByTask[task] ?? 0) + value - (before.secondsByTask[task] ?? 0);
    observed = context.observe();
    times.push(observed.time);
    energies.push(observed.conserved);
  }
  const heapAfter = heapUsed();
  const { slope } = linearFit(times, energies);
  return {
    seconds,
    cpuSeconds,
    listBuilds,
    secondsByTask,
    last,
    temperature: observed.temperature,
    drift: Number.isFinite(slope) ? slope : null,
    heapGrowth: heapBefore === null || heapAfter === null ? null : heapAfter - heapBefore,
  };
}

/** Bytes of JavaScript's heap and of its buffers after a collection; null where the process was started without `--expose-gc`. */
function heapUsed(): number | null {
  if (!collectGarbage()) return null;
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage();
  return heap + arrayBuffers;
}

/** Whether the process was started so that this can be asked for. */
function collectGarbage(): boolean {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  return collect !== undefined;
}

function hash(context: Context): string {
  const sum = createHash('sha256');
  // Piece by piece: a copy of all would count for the memory of the run. The arrays' memory is shared, which hashes do not take.
  for (const values of [context.positions, context.velocities])
    for (let from = 0; from < values.length; from += 1 << 16)
      sum.update(new Uint8Array(values.slice(from, from + (1 << 16)).buffer));
  return sum.digest('hex');
}
