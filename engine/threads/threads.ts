/**
 * Threads that work together: all run the same functions of WebAssembly modules, each in an instance of its own on a memory that they share.
 * The thread that has them (JavaScript's own) gives out one job at a time and takes part in it. How a kernel divides its work is said in
 * assembly/threads.ts; how threads are made, in workers.ts.
 */
import { SimulationError } from '../errors.ts';
import * as layout from './assembly/layout.ts';
import { pause, type SharedKernel } from './module.ts';

/** Threads beside the first. */
export interface Workers {
  readonly count: number;
  /** Hands a module and its memory to all of them, before the job that says so. */
  send(program: SentProgram): void;
}

export interface SentProgram {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Threads that run it. */
  readonly threads: number;
}

type Functions = Readonly<Record<string, (...args: readonly (number | boolean)[]) => number>>;

/** Words of the board on which jobs are given out, in cache lines of their own: jobs so far, threads that are done, whether to end, and whether one cannot work. */
const sequence = 0;
const done = 16;
const end = 32;
const broken = 33;
/** The job from byte 192 on: program, function, number of arguments, arguments. */
const jobAt = 192;
const mostArguments = 64;
export const boardBytes = jobAt + 8 * (3 + mostArguments);

/** In place of a program's function: a new program is to be instantiated; globals are to be set. */
const loadProgram = -1;
const setGlobals = -2;

/** Looks at the board before a thread lets go of its core: some ten microseconds. */
const looks = 50_000;

export class Threads {
  private readonly words: Int32Array;
  private readonly job: Float64Array;
  private readonly workers: Workers | null;
  private programs = 0;

  /** @param board shared memory of `boardBytes` on which the workers wait for jobs (`work`) */
  constructor(workers: Workers | null = null, board = new SharedArrayBuffer(boardBytes)) {
    this.workers = workers;
    this.words = new Int32Array(board);
    this.job = new Float64Array(board, jobAt);
  }

  get count(): number {
    return 1 + (this.workers?.count ?? 0);
  }

  /**
   * Has threads run a module.
   * @param kernel the instance of the calling thread
   * @param threads how many at most; the result is to be the same for any number
   */
  load<K extends SharedKernel>(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    kernel: K,
    threads = this.count,
  ): Program<K> {
    const used = Math.max(1, Math.min(threads, this.count));
    const number = this.programs;
    kernel.joinTeam(0, used);
    if (used > 1) {
      this.programs++;
      this.workers?.send({ module, memory, threads: used });
      this.give(number, loadProgram, []);
      this.join();
      if (Atomics.load(this.words, broken) !== 0) throw new SimulationError('a thread could not load a WebAssembly kernel');
    }
    return new Program(this, used > 1 ? number : null, module, memory, kernel, used);
  }

  /** Lets the threads end; returns at once. Programs that they run can no longer be called. */
  stop(): void {
    Atomics.store(this.words, end, 1);
    nextJob(this.words);
  }

  /** For `Program` alone. */
  give(program: number, name: number, args: readonly (number | boolean)[]): void {
    const { job, words } = this;
    if (Atomics.load(words, end) !== 0) throw new SimulationError('the threads of this kernel have been ended');
    // After a failure threads may still be on their way out of the last job.
    this.join();
    job[0] = program;
    job[1] = name;
    job[2] = args.length;
    args.forEach((value, k) => {
      job[3 + k] = Number(value);
    });
    Atomics.store(words, done, 0);
    nextJob(words);
  }

  /** Waits until all threads have done the last job. */
  join(): void {
    const { words } = this;
    const count = this.count - 1;
    if (Atomics.load(words, sequence) === 0) return;
    for (let k = 0; ; k++) {
      const have = Atomics.load(words, done);
      if (have === count) return;
      if (k > looks) pause(words, done, have);
    }
  }
}

function nextJob(words: Int32Array): void {
  Atomics.add(words, sequence, 1);
  Atomics.notify(words, sequence);
}

/** A module on a memory, run by several threads. */
export class Program<K extends SharedKernel = SharedKernel> {
  /** The instance of the calling thread. */
  readonly kernel: K;
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  private readonly team: Threads;
  /** Its number among the team's programs; null where the calling thread is the only one. */
  private readonly number: number | null;
  private readonly words: Int32Array;
  /** The number of each export. */
  private readonly exports: ReadonlyMap<string, number>;

  constructor(
    team: Threads,
    number: number | null,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    kernel: K,
    threads: number,
  ) {
    this.team = team;
    this.number = number;
    this.memory = memory;
    this.kernel = kernel;
    this.threads = threads;
    this.words = arenaOf(kernel, memory);
    this.exports = new Map(WebAssembly.Module.exports(module).map(({ name }, k) => [name, k]));
  }

  /** Whether memory was asked for in vain. */
  get full(): boolean {
    return Atomics.load(this.words, layout.arenaFull / 4) !== 0;
  }

  /** Sets globals of the module in the instances of all threads. */
  setGlobals(values: Readonly<Record<string, number>>): void {
    const globals = this.kernel as unknown as Readonly<Record<string, WebAssembly.Global>>;
    const entries = Object.entries(values);
    for (const [name, value] of entries) globals[name].value = value;
    if (this.number === null) return;
    const perJob = mostArguments / 2;
    for (let k = 0; k < entries.length; k += perJob) {
      const args = entries.slice(k, k + perJob).flatMap(([name, value]) => [this.exports.get(name) ?? -1, value]);
      this.team.give(this.number, setGlobals, args);
      this.team.join();
    }
  }

  /**
   * Has all threads call a function of the kernel, and waits for them. Returns what the calling thread's call returned.
   * @throws SimulationError where a thread stopped, by lack of memory or otherwise; nothing can be computed afterwards
   */
  all(name: string, ...args: readonly (number | boolean)[]): number {
    const { kernel, words, team, number } = this;
    if (Atomics.load(words, layout.arenaFailed / 4) !== 0) this.explain();
    const call = (kernel as unknown as Functions)[name];
    try {
      if (number !== null) team.give(number, this.exports.get(name) ?? -1, args);
      kernel.enter?.();
      const result = call(...args);
      if (number !== null) {
        team.join();
        kernel.catchUp();
      }
      return result;
    } catch (error) {
      // Whatever it was: the others must not wait for this thread.
      giveUp(words);
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.explain(error);
    }
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

  private explain(cause?: Error): never {
    throw new KernelStopped(cause?.message ?? 'in an earlier call', this.full);
  }
}

/** A kernel stopped: on which thread does not matter. */
export class KernelStopped extends SimulationError {
  readonly why: string;

  constructor(why: string, full: boolean) {
    super(
      full
        ? 'a WebAssembly kernel has no more memory than the 4096 MB that it can have; use fewer particles or a shorter cut-off'
        : `a WebAssembly kernel stopped (${why}). This is an error in the program unless the configuration has blown up: look at the last frames`,
    );
    this.why = why;
  }
}

function arenaOf(kernel: SharedKernel, memory: WebAssembly.Memory): Int32Array {
  return new Int32Array(memory.buffer, kernel.arenaAddress(), layout.arenaBytes / 4);
}

/** Says that a thread has stopped in the middle of a job: whoever waits for it stops too. */
function giveUp(words: Int32Array): void {
  Atomics.store(words, layout.arenaFailed / 4, 1);
  Atomics.notify(words, layout.arenaGeneration / 4);
}

interface Joined {
  readonly kernel: SharedKernel;
  readonly names: readonly string[];
  readonly words: Int32Array;
  readonly threads: number;
}

/**
 * What a thread does all its life, until the team is stopped: waits for jobs and does them.
 * @param receive the next program that the team has sent, instantiated
 */
export function work(
  board: SharedArrayBuffer,
  index: number,
  receive: () => SentProgram & { readonly kernel: SharedKernel },
  ready: () => void,
): void {
  const words = new Int32Array(board);
  const job = new Float64Array(board, jobAt);
  const programs: Joined[] = [];
  let seen = Atomics.load(words, sequence);
  ready();
  for (;;) {
    for (let k = 0; k < looks && Atomics.load(words, sequence) === seen; k++);
    // The call that wakes for a job may come after the job has been seen and done: then there is no other one yet.
    while (Atomics.load(words, sequence) === seen) Atomics.wait(words, sequence, seen);
    seen = Atomics.load(words, sequence);
    if (Atomics.load(words, end) !== 0) return;
    if (job[1] === loadProgram) {
      try {
        programs[job[0]] = join(receive(), index);
      } catch {
        Atomics.store(words, broken, 1);
      }
    } else if (index < programs[job[0]].threads) perform(programs[job[0]], job);
    Atomics.add(words, done, 1);
    Atomics.notify(words, done);
  }
}

function join({ module, memory, threads, kernel }: SentProgram & { readonly kernel: SharedKernel }, index: number): Joined {
  kernel.joinTeam(index, threads);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return { kernel, names, words: arenaOf(kernel, memory), threads };
}

function perform({ kernel, names, words }: Joined, job: Float64Array): void {
  const args = job.subarray(3, 3 + job[2]);
  if (job[1] === setGlobals) {
    const globals = kernel as unknown as Readonly<Record<string, WebAssembly.Global>>;
    for (let k = 0; k < args.length; k += 2) globals[names[args[k]]].value = args[k + 1];
    return;
  }
  try {
    kernel.catchUp();
    kernel.enter?.();
    (kernel as unknown as Functions)[names[job[1]]](...args);
  } catch {
    giveUp(words);
  }
}
