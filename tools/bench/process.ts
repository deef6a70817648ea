/** Runs the jobs of a benchmark in processes of their own, one after the other. */
import { fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SimulationError } from '../../engine/index.ts';
import { toError } from '../runner/job.ts';
import type { MeasureJob, Measurement } from './measure.ts';
import type { Prepared, PrepareJob } from './prepare.ts';
import type { Answer, Job } from './worker.ts';

const entry = join(dirname(fileURLToPath(import.meta.url)), 'worker.js');

export const prepareInProcess = (job: PrepareJob): Promise<Prepared> => inProcess(job) as Promise<Prepared>;
export const measureInProcess = (job: MeasureJob): Promise<Measurement> => inProcess(job) as Promise<Measurement>;

function inProcess(job: Job): Promise<Prepared | Measurement> {
  const child = fork(entry, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (answer: Answer) => {
      if (answer.type === 'done') resolve(answer.result);
      else reject(toError(answer));
    });
    child.on('close', (code, signal) =>
      reject(new SimulationError(`the process of ${job.case} ended with ${signal ?? `code ${code}`} before it was done`)),
    );
    child.send(job);
  });
}
