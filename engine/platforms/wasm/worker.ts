/** A thread of the platform in Node: joins the memory and works until it is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiateOn } from './module.ts';
import { work } from './team.ts';
import type { WorkerData } from './workers.ts';

const { module, memory, index, threads } = workerData as WorkerData;
const kernel = await instantiateOn(module, memory);
work(kernel, index, threads, () => parentPort?.postMessage('ready'));
