/** Threads where there can be some: the one way to get them that loads nowhere else what only Node has. */
import { InputError } from '../errors.ts';
import { Threads } from './threads.ts';

/**
 * So many threads, the calling one included. `stop()` them when they are no longer needed.
 * @param path of the setting that asked for them, for the message
 * @throws InputError where there are none
 */
export async function startThreads(count: number, path: string): Promise<Threads> {
  if (count <= 1) return new Threads();
  const loader = await import('./workers.ts').catch(() => null);
  if (!loader) throw new InputError(path, `is ${count}, but there are no threads here: this needs Node; leave it out`);
  return loader.startWorkers(count);
}
