/** A thread in Node: works for its team until it is ended. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { functionTable, importsOf, type SharedKernel } from './module.ts';
import { type SentProgram, work } from './threads.ts';
import type { WorkerData } from './workers.ts';

const { board, index } = workerData as WorkerData;

/** The program that was sent before the job that asks for it; a thread that works serves no events, and looks itself. */
function receive(): SentProgram & { readonly kernel: SharedKernel } {
  for (;;) {
    const found = parentPort && receiveMessageOnPort(parentPort);
    if (!found) continue;
    const program = found.message as SentProgram;
    // What only the first thread does.
    const none = () => undefined;
    const imports = importsOf(program.memory, { script: none, attend: none, table: functionTable() });
    const { exports } = new WebAssembly.Instance(program.module, imports);
    return { ...program, kernel: exports as unknown as SharedKernel };
  }
}

work(board, index, receive, () => parentPort?.postMessage('ready'));
