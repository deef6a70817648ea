/** The platform's own kernels on the threads of a context. */
import { SimulationError } from '../../errors.ts';
import { KernelStopped, type Program, type Threads } from '../../threads/threads.ts';
import type { Kernel } from './module.ts';

/** The functions that are written for all threads to call with the same arguments (threads/assembly/threads.ts). */
export type Job =
  | 'run'
  | 'computeForces'
  | 'placeSites'
  | 'spreadSites'
  | 'beginStep'
  | 'endStep'
  | 'kick'
  | 'drift'
  | 'kineticEnergy'
  | 'scaleVelocities'
  | 'removeCenterOfMassMotion'
  | 'buildLists'
  | 'pruneLists'
  | 'useForces';

export class Team {
  readonly kernel: Kernel;
  /** The threads of the context; kernels of plugins run on them too. */
  readonly workers: Threads;
  private readonly program: Program<Kernel>;

  /** @param threads that the platform's kernels use, of those that there are */
  constructor(workers: Threads, module: WebAssembly.Module, kernel: Kernel, threads: number) {
    this.kernel = kernel;
    this.workers = workers;
    this.program = workers.load(module, kernel.memory, kernel, threads);
  }

  /** Of the platform's kernels. */
  get threads(): number {
    return this.program.threads;
  }

  /**
   * Has all threads call a function of the kernel, and waits for them. Returns what the first thread's call returned.
   * @throws SimulationError where a thread stopped, by lack of memory or otherwise; nothing can be computed afterwards
   */
  all(name: Job, ...args: readonly (number | boolean)[]): number {
    try {
      return this.program.all(name, ...args);
    } catch (error) {
      this.explain(error);
    }
  }

  /** Calls what calls the kernel. @throws SimulationError where the kernel stops, or a thread has stopped before */
  guard<T>(calls: () => T): T {
    try {
      return this.program.guard(calls);
    } catch (error) {
      this.explain(error);
    }
  }

  private explain(error: unknown): never {
    if (!(error instanceof KernelStopped)) throw error;
    if (this.program.full) {
      const megabytes = Math.round(this.kernel.memory.buffer.byteLength / 2 ** 20);
      throw new SimulationError(
        `the wasm platform has no more memory: it holds ${megabytes} MB. The setting "memory" of the platform says how much it may have ` +
          '(at most 4096 MB); a shorter cut-off or fewer particles need less.',
      );
    }
    throw new SimulationError(
      `a kernel of the wasm platform stopped (${error.why}). ` +
        'This is an error in the program unless the configuration has blown up: look at the last frames, or try the platform "reference".',
    );
  }

  stop(): void {
    this.workers.stop();
  }
}
