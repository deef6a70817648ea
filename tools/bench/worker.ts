/** The process of one timed run: takes a job, does it, reports and exits. A process of its own, so that runs do not warm each other. */
import { errorKind } from '../runner/error-kind.ts';
import type { toError } from '../runner/job.ts';
import { type MeasureJob, type Measurement, measure } from './measure.ts';
import { type Prepared, type PrepareJob, prepare } from './prepare.ts';

export type Job = PrepareJob | MeasureJob;
export type Answer = { readonly type: 'done'; readonly result: Prepared | Measurement } | Parameters<typeof toError>[0];

process.once('message', async (job: Job) => {
  let answer: Answer;
  try {
    answer = { type: 'done', result: job.do === 'prepare' ? await prepare(job) : await measure(job) };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    answer = { type: 'error', kind: errorKind(error), message, stack };
  }
  process.send?.(answer, () => process.exit(0));
});
