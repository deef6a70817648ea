/** Threads of Node; the one file of the platform that knows how they are made. A browser's loader would do the same with its workers. */
import { Worker } from 'node:worker_threads';
import { SimulationError } from '../../errors.ts';
import type { Kernel } from './module.ts';
import { endWork, type Workers } from './team.ts';

/** What a worker is given. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly index: number;
  readonly threads: number;
}

/** What ends the threads that are alive. */
const ends = new Set<() => void>();
process.on('exit', () => {
  for (const end of ends) end();
});

/**
 * Threads end by themselves, never by `terminate()`: that keeps the process alive until Node has torn the thread down, which waits for whatever
 * else the process compiles at the time. They keep no process from ending, and are told to end when it does.
 */
export async function startWorkers(kernel: Kernel, module: WebAssembly.Module, count: number): Promise<Workers> {
  const started = Array.from({ length: count }, (_, k) => {
    const workerData: WorkerData = { module, memory: kernel.memory, index: k + 1, threads: count + 1 };
    return new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [] });
  });
  const end = () => {
    ends.delete(end);
    endWork(kernel);
  };
  ends.add(end);
  try {
    await Promise.all(started.map(ready));
  } catch (error) {
    end();
    throw new SimulationError(`a thread of the wasm platform could not be started: ${(error as Error).message}`);
  } finally {
    for (const worker of started) worker.unref();
  }
  return { count, stop: end };
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('it ended before it was ready')));
  });
}
