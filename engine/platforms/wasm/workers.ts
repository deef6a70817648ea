/** Threads of Node; the one file of the platform that knows how they are made. A browser's loader would do the same with its workers. */
import { Worker } from 'node:worker_threads';
import type { Kernel } from './module.ts';
import type { Workers } from './team.ts';

/** What a worker is given. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly index: number;
  readonly threads: number;
}

/** They keep no process from ending. */
export async function startWorkers(kernel: Kernel, module: WebAssembly.Module, count: number): Promise<Workers> {
  const started = Array.from({ length: count }, (_, k) => {
    const workerData: WorkerData = { module, memory: kernel.memory, index: k + 1, threads: count + 1 };
    return new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [] });
  });
  await Promise.all(
    started.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.once('message', () => resolve());
          worker.once('error', reject);
        }),
    ),
  );
  for (const worker of started) worker.unref();
  return {
    count,
    stop() {
      for (const worker of started) void worker.terminate();
    },
  };
}
