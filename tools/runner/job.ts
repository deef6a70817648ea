/** One stage as a piece of work for a process of its own: what it is told, and what it reports back. */
import { InputError, Interrupted, SimulationError } from '../../engine/errors.ts';
import type { FinishedStage, Registry, Settings, UnitSystem } from '../../engine/index.ts';
import type { ErrorKind } from './error-kind.ts';
import { fileReader } from './files.ts';
import { openStageFolder } from './stage-folder.ts';

/** A finished stage as plain data; `folder` is a path. */
export interface StageReference {
  readonly name: string;
  readonly kind: string;
  readonly units: UnitSystem;
  readonly settings: Settings;
  readonly folder: string;
  readonly inputs: Readonly<Record<string, StageReference>>;
}

/** Everything a process needs to run a stage. */
export interface StageJob {
  readonly name: string;
  readonly do: string;
  readonly where: string;
  readonly units: UnitSystem;
  readonly settings: Settings;
  readonly seed: number;
  readonly threads: number;
  readonly folder: string;
  readonly resume: boolean;
  readonly inputs: Readonly<Record<string, StageReference>>;
  readonly scenarioFolder: string;
  readonly plugins: readonly string[];
}

/** What a stage's process says while it works. */
export type StageMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly text: string }
  | { readonly type: 'note'; readonly line: string }
  | { readonly type: 'file'; readonly path: string; readonly hash: string }
  /** Of the threads that it was given it uses so many. */
  | { readonly type: 'threads'; readonly count: number }
  | { readonly type: 'done'; readonly tensorflowBackend: string | null }
  | { readonly type: 'error'; readonly kind: ErrorKind; readonly message: string; readonly stack: string };

/** What it is told. */
export type JobMessage = { readonly type: 'start'; readonly job: StageJob } | { readonly type: 'abort'; readonly reason: string };

/** Milliseconds between progress reports, so that a stage may call `update` as often as it likes. */
const progressInterval = 100;

/** Runs a stage in this process. Throws what the stage throws. */
export async function executeStage(
  job: StageJob,
  registry: Registry,
  signal: AbortSignal,
  report: (message: StageMessage) => void,
): Promise<void> {
  let last = 0;
  await registry.get('stage', job.do, job.where).run({
    name: job.name,
    where: job.where,
    units: job.units,
    settings: job.settings,
    seed: job.seed,
    threads: job.threads,
    resume: job.resume,
    folder: openStageFolder(job.folder),
    inputs: mapValues(job.inputs, fromReference),
    registry,
    scenario: { folder: job.scenarioFolder, plugins: job.plugins },
    signal,
    progress: {
      update(done, total, text = '') {
        const now = performance.now();
        if (now - last < progressInterval && done < total) return;
        last = now;
        report({ type: 'progress', done, total, text });
      },
      note: (line) => report({ type: 'note', line }),
    },
    uses: (count) => report({ type: 'threads', count }),
    readText: fileReader(job.scenarioFolder, (path, hash) => report({ type: 'file', path, hash })),
  });
}

export function toReference(stage: FinishedStage): StageReference {
  const { name, kind, units, settings, folder, inputs } = stage;
  return { name, kind, units, settings, folder: folder.path, inputs: mapValues(inputs, toReference) };
}

export function fromReference(reference: StageReference): FinishedStage {
  const { name, kind, units, settings, folder, inputs } = reference;
  return { name, kind, units, settings, folder: openStageFolder(folder), inputs: mapValues(inputs, fromReference) };
}

export function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}

/** An unexpected error in a stage: a fault of the program, not of its user. Carries the stack of the process it happened in. */
export class StageBug extends Error {
  override readonly name = 'StageBug';
  constructor(message: string, stack: string) {
    super(message);
    this.stack = stack;
  }
}

/** The error that a message describes, as it was thrown. */
export function toError(message: Extract<StageMessage, { type: 'error' }>): Error {
  switch (message.kind) {
    case 'input':
      return new InputError('', message.message);
    case 'simulation':
      return new SimulationError(message.message);
    case 'interrupted':
      return new Interrupted(message.message);
    case 'bug':
      return new StageBug(message.message, message.stack);
    default:
      return message.kind satisfies never;
  }
}
