/** Threads of Node; the one file that knows how they are made. A browser's loader would do the same with its workers. */
import { Worker } from 'node:worker_threads';
import { SimulationError } from '../errors.ts';
import { boardBytes, type SentProgram, Threads } from './threads.ts';

/** What a worker is given. */
export interface WorkerData {
  readonly board: SharedArrayBuffer;
  readonly index: number;
}

/** What ends the threads that are alive. */
const alive = new Set<Team>();
process.on('exit', () => {
  for (const team of alive) team.stop();
});

class Team extends Threads {
  override stop(): void {
    alive.delete(this);
    super.stop();
  }
}

/**
 * So many threads, the calling one included; resolves when all are ready.
 *
 * Threads end by themselves, never by `terminate()`: that keeps the process alive until Node has torn the thread down, which waits for whatever
 * else the process compiles at the time. They keep no process from ending, and are told to end when it does.
 * @throws SimulationError if one cannot be started
 */
export async function startWorkers(count: number): Promise<Threads> {
  const board = new SharedArrayBuffer(boardBytes);
  const started = Array.from({ length: count - 1 }, (_, k) => {
    const workerData: WorkerData = { board, index: k + 1 };
    return new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [] });
  });
  const send = (program: SentProgram) => {
    for (const worker of started) worker.postMessage(program);
  };
  const team = new Team({ count: count - 1, send }, board);
  alive.add(team);
  try {
    await Promise.all(started.map(ready));
  } catch (error) {
    team.stop();
    throw new SimulationError(`a thread could not be started: ${(error as Error).message}`);
  } finally {
    for (const worker of started) worker.unref();
  }
  return team;
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('it ended before it was ready')));
  });
}
