/**
 * The threads of a context: each an instance of the module on the one memory. A job is a function of the kernel that all of them call with
 * the same arguments; the thread that gives it out takes part. `jobs` are the functions that are written for that (assembly/threads.ts).
 */
import { SimulationError } from '../../errors.ts';
import * as layout from './assembly/layout.ts';
import type { Kernel } from './module.ts';

/** Their order is their number in the memory. */
export const jobs = [
  'run',
  'computeForces',
  'placeSites',
  'spreadSites',
  'beginStep',
  'endStep',
  'kick',
  'drift',
  'kineticEnergy',
  'scaleVelocities',
  'removeCenterOfMassMotion',
  'buildLists',
  'pruneLists',
  'useForces',
] as const satisfies readonly (keyof Kernel)[];

export type Job = (typeof jobs)[number];

/** Threads beside the first. */
export interface Workers {
  readonly count: number;
  /** Lets them end; returns at once. */
  stop(): void;
}

/** Starts so many threads, each of which calls `work` (worker.ts) with its number; resolves when all are ready, rejects if one cannot be. */
export type StartWorkers = (kernel: Kernel, module: WebAssembly.Module, count: number) => Promise<Workers>;

/** Whole numbers and numbers of the arena as both sides see them. */
export function arenaViews(kernel: Kernel): { readonly words: Int32Array; readonly job: Float64Array } {
  const at = kernel.arenaAddress();
  const { buffer } = kernel.memory;
  return {
    words: new Int32Array(buffer, at, layout.arenaBytes / 4),
    job: new Float64Array(buffer, at + layout.arenaJob, 1 + layout.mostArguments),
  };
}

export class Team {
  readonly kernel: Kernel;
  private readonly workers: Workers | null;
  private readonly words: Int32Array;
  private readonly job: Float64Array;

  constructor(kernel: Kernel, workers: Workers | null) {
    this.kernel = kernel;
    this.workers = workers;
    const { words, job } = arenaViews(kernel);
    this.words = words;
    this.job = job;
    if (workers) kernel.joinTeam(0, workers.count + 1);
  }

  get threads(): number {
    return 1 + (this.workers?.count ?? 0);
  }

  /**
   * Has all threads call a function of the kernel, and waits for them. Returns what the first thread's call returned.
   * @throws SimulationError where a thread stopped, by lack of memory or otherwise; nothing can be computed afterwards
   */
  all(name: Job, ...args: readonly (number | boolean)[]): number {
    const { kernel, workers, words } = this;
    const call = kernel[name] as (...args: readonly (number | boolean)[]) => number;
    return this.guard(() => {
      if (workers) this.give(name, args);
      try {
        kernel.enter();
        const result = call(...args);
        if (workers) this.join(workers.count);
        return result;
      } catch (error) {
        // Whatever it was: the others must not wait for this thread.
        giveUp(words);
        throw error;
      }
    });
  }

  /** Calls what calls the kernel. @throws SimulationError where the kernel stops, or a thread has stopped before */
  guard<T>(calls: () => T): T {
    const { words } = this;
    if (Atomics.load(words, layout.arenaFailed / 4) !== 0) this.explain();
    try {
      return calls();
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      giveUp(words);
      this.explain(error);
    }
  }

  private give(name: Job, args: readonly (number | boolean)[]): void {
    const { job, words } = this;
    job[0] = jobs.indexOf(name);
    args.forEach((value, k) => {
      job[1 + k] = Number(value);
    });
    Atomics.store(words, layout.arenaDone / 4, 0);
    nextJob(words);
  }

  private join(count: number): void {
    const { kernel, words } = this;
    const at = kernel.arenaAddress() + layout.arenaDone;
    for (;;) {
      const done = Atomics.load(words, layout.arenaDone / 4);
      if (done === count) return;
      kernel.waitWhile(at, done);
    }
  }

  private explain(cause?: Error): never {
    if (Atomics.load(this.words, layout.arenaFull / 4) !== 0) {
      const megabytes = Math.round(this.kernel.memory.buffer.byteLength / 2 ** 20);
      throw new SimulationError(
        `the wasm platform has no more memory: it holds ${megabytes} MB. The setting "memory" of the platform says how much it may have ` +
          '(at most 4096 MB); a shorter cut-off or fewer particles need less.',
      );
    }
    throw new SimulationError(
      `a kernel of the wasm platform stopped (${cause?.message ?? 'in an earlier call'}). ` +
        'This is an error in the program unless the configuration has blown up: look at the last frames, or try the platform "reference".',
    );
  }

  stop(): void {
    this.workers?.stop();
  }
}

function nextJob(words: Int32Array): void {
  Atomics.add(words, layout.arenaSequence / 4, 1);
  Atomics.notify(words, layout.arenaSequence / 4);
}

/** Says that a thread has stopped in the middle of a job: whoever waits for it stops too. */
function giveUp(words: Int32Array): void {
  Atomics.store(words, layout.arenaFailed / 4, 1);
  for (const at of [layout.arenaGeneration, layout.arenaDone]) Atomics.notify(words, at / 4);
}

/** Lets the threads of a kernel's memory return from `work` once they have done their job. */
export function endWork(kernel: Kernel): void {
  const { words } = arenaViews(kernel);
  Atomics.store(words, layout.arenaEnd / 4, 1);
  nextJob(words);
}

/** What a thread does all its life, until `endWork`: waits for jobs and does them. */
export function work(kernel: Kernel, index: number, threads: number, ready: () => void): void {
  const { words, job } = arenaViews(kernel);
  const sequence = layout.arenaSequence / 4;
  let seen = Atomics.load(words, sequence);
  kernel.joinTeam(index, threads);
  ready();
  for (;;) {
    // A look for some ten microseconds: the next job often comes at once.
    kernel.lookForWork(seen, looks);
    // The call that wakes for a job may come after the job has been seen and done: then there is no other one yet.
    while (Atomics.load(words, sequence) === seen) Atomics.wait(words, sequence, seen);
    seen = Atomics.load(words, sequence);
    if (Atomics.load(words, layout.arenaEnd / 4) !== 0) return;
    const call = kernel[jobs[job[0]]] as (...args: readonly number[]) => number;
    try {
      kernel.enter();
      call(...job.subarray(1));
    } catch {
      giveUp(words);
    }
    Atomics.add(words, layout.arenaDone / 4, 1);
    Atomics.notify(words, layout.arenaDone / 4);
  }
}

const looks = 50_000;
