/**
 * A stage in a process of its own: the runner's side (`startStage`) and the process' side (`serveStage`).
 * The runner imports the engine's small modules one by one, so that a process loads the whole engine only where it computes.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Interrupted, SimulationError } from '../../engine/errors.ts';
import { errorKind } from './error-kind.ts';
import { executeStage, type JobMessage, type StageJob, type StageMessage, toError } from './job.ts';
import { loadRegistry } from './plugins.ts';

/** A stage at work. */
export interface RunningStage {
  readonly pid: number | undefined;
  /** Resolves when the stage is done, with the tfjs backend it used; rejects with what it threw. */
  readonly finished: Promise<string | null>;
  /** Asks the stage to save and stop. */
  abort(reason: string): void;
  /** Ends the process at once. */
  kill(): void;
}

/** Forks `entry` (the command line's main module) as `md stage` and gives it the job. */
export function startStage(entry: string, job: StageJob, listen: (message: StageMessage) => void): RunningStage {
  const child = fork(entry, ['stage'], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let aborted: string | null = null;
  let ready = false;
  const send = (message: JobMessage) => {
    if (child.connected) child.send(message, () => {}); // a child that is gone is reported by its exit
  };
  forwardLines(child, listen);
  const finished = new Promise<string | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message: StageMessage) => {
      if (message.type === 'ready') {
        ready = true;
        send({ type: 'start', job });
        if (aborted !== null) send({ type: 'abort', reason: aborted });
      } else if (message.type === 'done') resolve(message.tensorflowBackend);
      else if (message.type === 'error') reject(toError(message));
      else listen(message);
    });
    child.on('close', (code, signal) => {
      // A signal for the whole process group can come before the child handles signals.
      const stopped = signal === 'SIGINT' || signal === 'SIGTERM' || (aborted !== null && !ready);
      if (stopped) reject(new Interrupted(aborted ?? 'interrupted'));
      else reject(new SimulationError(unexpectedEnd(job.name, code, signal)));
    });
  });
  return {
    pid: child.pid,
    finished,
    abort(reason) {
      aborted ??= reason;
      if (ready) send({ type: 'abort', reason });
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function unexpectedEnd(name: string, code: number | null, signal: string | null): string {
  const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
  const hint = signal === 'SIGKILL' || signal === 'SIGABRT' || code === 134 ? '; often the memory ran out' : '';
  return `the process of stage "${name}" ${how} before the stage was done${hint}`;
}

/** What libraries print in the child becomes notes, so that it does not tear the progress bars. */
function forwardLines(child: ChildProcess, listen: (message: StageMessage) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream as Readable }).on('line', (line) => listen({ type: 'note', line }));
  }
}

/**
 * The body of the hidden command `md stage`: waits for a job, runs it, reports, exits.
 * `load` fills the registry. A lost connection means that the runner was killed: the stage is asked to save and stop.
 */
export async function serveStage(load: typeof loadRegistry = loadRegistry): Promise<void> {
  const controller = new AbortController();
  const abort = (reason: string) => controller.abort(new Interrupted(reason));
  process.on('SIGINT', () => abort('interrupted'));
  process.on('SIGTERM', () => abort('terminated'));
  process.on('disconnect', () => abort('the process that started this stage has ended'));
  const report = (message: StageMessage) => {
    if (process.connected) process.send?.(message);
  };
  const job = await new Promise<StageJob>((resolve) => {
    process.on('message', (message: JobMessage) => {
      if (message.type === 'start') resolve(message.job);
      else abort(message.reason);
    });
    report({ type: 'ready' });
  });
  let last: StageMessage;
  try {
    const registry = await load(job.plugins, job.scenarioFolder);
    await executeStage(job, registry, controller.signal, report);
    last = { type: 'done', tensorflowBackend: tensorflowBackend() };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    last = { type: 'error', kind: errorKind(error), message, stack };
  }
  // Exit only when the last word is on its way, and then in spite of timers or workers that a library left behind.
  if (process.connected && process.send) process.send(last, () => process.exit(0));
  else process.exit(0);
}

/** The backend that tfjs works on, if something in this process has loaded tfjs (it keeps its engine in a global). */
function tensorflowBackend(): string | null {
  const engine = (globalThis as { _tfengine?: { backendName?: string } })._tfengine;
  return engine?.backendName ?? null;
}
