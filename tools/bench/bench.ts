/** Runs benchmarks: a typical state for each case, then our runs and those of other programs by turns, from that same state. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bathTemperature } from '../../engine/index.ts';
import { median } from '../analysis/statistics.ts';
import { buildCase, type PlatformChoice } from './build.ts';
import type { BenchCase, Size } from './case.ts';
import type { Measurement } from './measure.ts';
import { CannotRun, type InstalledPeer, type Peer, type PeerInput, type PeerRun, type PreparedPeer } from './peers/peer.ts';
import { measureInProcess, prepareInProcess } from './process.ts';
import { atStartState } from './start-state.ts';

export interface BenchOptions {
  readonly size: Size;
  /** Where and how our runs are made. */
  readonly choice: PlatformChoice;
  /** What the starting states are made with: quickly. */
  readonly preparing: PlatformChoice;
  /** Threads that the peers get. */
  readonly threads: number;
  /** Steps of each run; as many as take `seconds` if null. */
  readonly steps: number | null;
  readonly seconds: number;
  readonly repeat: number;
  readonly peers: readonly FoundPeer[];
  /** Says what is going on. */
  note(line: string): void;
}

/** A peer of this machine; `installed` is null if it is not there. */
export interface FoundPeer {
  readonly name: string;
  readonly installed: InstalledPeer | null;
}

export interface PeerOutcome {
  readonly name: string;
  /** Null if it is not installed. */
  readonly version: string | null;
  readonly runs: readonly PeerRun[];
  /** Median; null if it could not be run. */
  readonly stepsPerSecond: number | null;
  /** Our speed over its speed. */
  readonly ratio: number | null;
  /** The same for speeds a second of CPU time, which other work on the machine disturbs less; null where one of them is not known. */
  readonly ratioByCpuTime: number | null;
  readonly differences: readonly string[];
  /** Why it was not run. */
  readonly problem: string | null;
}

export interface CaseOutcome {
  readonly case: string;
  readonly summary: string;
  readonly size: Size;
  readonly units: 'md' | 'lj';
  /** The case of the same system that this one is to be seen beside, if there is one. */
  readonly beside: string | null;
  /** Settings of the platform that are not its defaults, as `name=value`. */
  readonly set: readonly string[];
  /** The run of median speed. */
  readonly ours: Measurement;
  /** Speeds of all our runs. */
  readonly speeds: readonly number[];
  readonly peers: readonly PeerOutcome[];
}

/** A peer at work on one case. */
interface Contender {
  readonly peer: InstalledPeer;
  readonly prepared: PreparedPeer;
  steps: number;
  readonly runs: PeerRun[];
  problem: string | null;
}

/** Steps of a peer's first, uncounted run, from which the length of the others follows, as a share of ours. */
const trialShare = 1 / 30;

export function findPeers(peers: readonly Peer[]): Promise<FoundPeer[]> {
  return Promise.all(peers.map(async (peer) => ({ name: peer.name, installed: await peer.find() })));
}

export async function benchCase(benchmark: BenchCase, options: BenchOptions): Promise<CaseOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'md-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await runIn(folder, benchmark, options);
  } finally {
    remove();
    process.off('exit', remove);
  }
}

async function runIn(folder: string, benchmark: BenchCase, options: BenchOptions): Promise<CaseOutcome> {
  const { size, choice, note } = options;
  const state = join(folder, 'state.f64');
  note(`${benchmark.name}: bringing it into a typical state`);
  const { particles, seconds } = await prepareInProcess({
    do: 'prepare',
    case: benchmark.name,
    size,
    state,
    ...options.preparing,
  });
  note(`${benchmark.name}: ${particles} particles equilibrated in ${seconds.toFixed(1)} s`);
  const { input, units } = await peerInput(benchmark, size, state);
  const ours: Measurement[] = [];
  const measure = async () => {
    const length = { steps: options.steps, seconds: options.seconds };
    ours.push(await measureInProcess({ do: 'measure', case: benchmark.name, size, state, ...choice, ...length }));
    note(`${benchmark.name}: md ${ours[ours.length - 1].stepsPerSecond.toPrecision(4)} steps/s`);
  };
  await measure();
  const { contenders, absent } = await enter(folder, benchmark, input, ours[0].steps, options);
  for (let turn = 0; turn < options.repeat; turn++) {
    if (turn > 0) await measure();
    for (const contender of contenders) await takeTurn(contender, benchmark, options);
  }
  const middle = [...ours].sort((a, b) => a.stepsPerSecond - b.stepsPerSecond)[Math.floor(ours.length / 2)];
  return {
    case: benchmark.name,
    summary: benchmark.summary,
    size,
    units,
    beside: benchmark.beside ?? null,
    set: choice.set,
    ours: middle,
    speeds: ours.map((run) => run.stepsPerSecond),
    peers: [...contenders.map((contender) => outcomeOf(contender, ours)), ...absent],
  };
}

async function peerInput(
  benchmark: BenchCase,
  size: Size,
  state: string,
): Promise<{ readonly input: PeerInput; readonly units: 'md' | 'lj' }> {
  const built = await buildCase(benchmark, size);
  const { dynamics, registry } = built;
  const system = atStartState(built.system, state);
  const temperature = bathTemperature(dynamics, registry);
  return { input: { benchmark, system, dynamics, registry, temperature }, units: system.structure.units };
}

/** Writes the input of each peer that is installed, and finds out with a short run how many steps it does in the time. */
async function enter(folder: string, benchmark: BenchCase, input: PeerInput, ourSteps: number, options: BenchOptions) {
  const contenders: Contender[] = [];
  const absent: PeerOutcome[] = [];
  for (const peer of options.peers) {
    const { installed } = peer;
    if (!installed) {
      absent.push(notRun(peer.name, null, 'not installed'));
      continue;
    }
    const own = join(folder, installed.name);
    mkdirSync(own);
    try {
      const prepared = await installed.prepare(own, input);
      const contender: Contender = { peer: installed, prepared, steps: options.steps ?? 0, runs: [], problem: null };
      if (options.steps === null) {
        const steps = Math.max(100, Math.ceil(ourSteps * trialShare));
        const { stepsPerSecond } = await prepared.run({ threads: options.threads, warmUp: 20, steps });
        contender.steps = Math.max(100, Math.round(stepsPerSecond * options.seconds));
      }
      contenders.push(contender);
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      absent.push(notRun(installed.name, installed.version, error.message));
      options.note(`${benchmark.name}: ${installed.name} not run: ${error.message}`);
    }
  }
  return { contenders, absent };
}

async function takeTurn(contender: Contender, benchmark: BenchCase, options: BenchOptions): Promise<void> {
  const { peer, prepared, steps } = contender;
  if (contender.problem !== null) return;
  try {
    const warmUp = Math.min(benchmark.warmUp, Math.ceil(steps / 2));
    const run = await prepared.run({ threads: options.threads, warmUp, steps });
    contender.runs.push(run);
    options.note(`${benchmark.name}: ${peer.name} ${run.stepsPerSecond.toPrecision(4)} steps/s`);
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    contender.problem = error.message;
  }
}

function outcomeOf({ peer, prepared, runs, problem }: Contender, ours: readonly Measurement[]): PeerOutcome {
  const { name, version } = peer;
  if (problem !== null || runs.length === 0) return notRun(name, version, problem ?? 'it was not run');
  const stepsPerSecond = median(runs.map((run) => run.stepsPerSecond));
  const perCpu = runs.flatMap((run) => (run.cpuShare ? [run.stepsPerSecond / run.cpuShare] : []));
  const ourPerCpu = median(ours.map((run) => run.stepsPerSecond / run.cpuShare));
  return {
    name,
    version,
    runs,
    stepsPerSecond,
    ratio: median(ours.map((run) => run.stepsPerSecond)) / stepsPerSecond,
    ratioByCpuTime: perCpu.length === runs.length ? ourPerCpu / median(perCpu) : null,
    differences: prepared.differences,
    problem: null,
  };
}

function notRun(name: string, version: string | null, problem: string): PeerOutcome {
  return { name, version, runs: [], stepsPerSecond: null, ratio: null, ratioByCpuTime: null, differences: [], problem };
}
