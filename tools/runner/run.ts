/** Runs a scenario: decides for each stage whether to reuse, resume or start it, runs it in a process, keeps `run.json` true. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError, Interrupted } from '../../engine/errors.ts';
import type { Registry } from '../../engine/index.ts';
import { changes, changesByStage, fingerprint, isFinished, stageInputs, stagesBefore } from './cache.ts';
import type { Display } from './display.ts';
import { type StageReference, toReference } from './job.ts';
import {
  type InputLocation,
  identify,
  isAlive,
  type RunManifest,
  readManifest,
  type StageRecord,
  type StageStatus,
  writeManifest,
} from './manifest.ts';
import { newManifest, newRecord } from './new-manifest.ts';
import { findRecord, loadRecord, loadStageFolder, storedFolder } from './references.ts';
import type { Plan, PlannedInput, PlannedStage } from './scenario-file.ts';
import { type KeepThreads, schedule } from './scheduler.ts';
import { type RunningStage, startStage } from './stage-process.ts';
import { usedEntries } from './used-entries.ts';

export interface RunOptions {
  /** Absolute path of the run folder. */
  readonly folder: string;
  /** Go on with unfinished stages from where they stopped. */
  readonly resume: boolean;
  /** Cores to use. */
  readonly threads: number;
  readonly display: Display;
  /** Aborted with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  /** Aborted when the user will not wait for stages to save. */
  readonly kill?: AbortSignal;
  /** The command line's main module, which is forked for each stage. */
  readonly entry: string;
}

export interface RunOutcome {
  readonly status: StageStatus;
  readonly manifest: RunManifest;
  /** Names of stages whose earlier results were used. */
  readonly reused: readonly string[];
  /** By stage, in order of failure. */
  readonly errors: ReadonlyMap<string, Error>;
}

/** The state of one run. */
interface Session {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly manifest: RunManifest;
  readonly previous: RunManifest | null;
  readonly running: Map<string, RunningStage>;
  readonly reused: string[];
}

/**
 * Runs every stage that is not finished with the inputs it has now.
 * @throws InputError before anything is touched if the folder cannot be used or `resume` is asked for with changed inputs
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunOutcome> {
  const previous = readManifest(options.folder);
  await checkFolder(plan, options.folder, previous);
  const changed = previous ? await changesByStage(plan, previous) : new Map<string, readonly string[]>();
  if (options.resume && previous) checkResumable(plan, previous, changed);
  const manifest = newManifest(plan, previous);
  for (const record of manifest.stages) record.outdated = record.status === 'done' && changed.has(record.name);
  const session: Session = { plan, options, manifest, previous, running: new Map(), reused: [] };
  writeManifest(options.folder, manifest);
  const abort = () => {
    for (const stage of session.running.values()) stage.abort(abortReason(options.signal));
  };
  const kill = () => {
    for (const stage of session.running.values()) stage.kill();
  };
  options.signal.addEventListener('abort', abort);
  options.kill?.addEventListener('abort', kill);
  const began = performance.now();
  const tasks = plan.stages.map((stage) => ({
    name: stage.name,
    after: stagesBefore(stage),
    parallel: plan.registry.get('stage', stage.do).parallel === true,
    stage,
  }));
  try {
    const errors = await schedule(
      tasks,
      options.threads,
      (task, threads, keep) => runStage(session, task.stage, threads, keep),
      () => options.signal.aborted,
    );
    manifest.status = overallStatus(manifest, errors);
    return { status: manifest.status, manifest, reused: session.reused, errors };
  } finally {
    options.signal.removeEventListener('abort', abort);
    options.kill?.removeEventListener('abort', kill);
    manifest.finishedAt = new Date().toISOString();
    manifest.wallSeconds = (performance.now() - began) / 1000;
    manifest.process = null;
    writeManifest(options.folder, manifest);
  }
}

function overallStatus(manifest: RunManifest, errors: ReadonlyMap<string, Error>): StageStatus {
  if ([...errors.values()].some((error) => !(error instanceof Interrupted))) return 'failed';
  return manifest.stages.every((record) => record.status === 'done' && !record.outdated) ? 'done' : 'interrupted';
}

function abortReason(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : 'interrupted';
}

/** Milliseconds for which the stages of a killed run are given time to save and end. */
const grace = 15_000;

/** Refuses a folder that another run is writing, or in which a stage would overwrite what no run has made. */
async function checkFolder(plan: Plan, folder: string, previous: RunManifest | null): Promise<void> {
  const processes = [previous?.process ?? null, ...(previous?.stages ?? []).map((record) => record.process)];
  const deadline = performance.now() + grace;
  while (!isAlive(processes[0]) && processes.some(isAlive) && performance.now() < deadline) await setTimeout(100);
  const busy = processes.find(isAlive);
  if (busy)
    throw new InputError(
      folder,
      `process ${busy.pid} is still running in this folder; wait for it, stop it, or give another --out`,
    );
  for (const { name, where } of plan.stages) {
    const path = join(folder, name);
    const foreign = !previous || !findRecord(previous, name);
    if (foreign && existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0))
      throw new InputError(where, `${path} exists and was not made by md run; remove it or give another --out`);
  }
}

/** Refuses before anything is overwritten for a continuation that cannot be. @throws InputError that names what changed */
function checkResumable(plan: Plan, previous: RunManifest, changed: ReadonlyMap<string, readonly string[]>): void {
  for (const stage of plan.stages) {
    const record = previous.stages.find((stored) => stored.name === stage.name);
    if (record && isUnfinished(record)) refuseChanges(stage, changed.get(stage.name) ?? []);
  }
}

function isUnfinished(record: StageRecord): boolean {
  return record.status !== 'pending' && record.status !== 'done';
}

function refuseChanges(stage: PlannedStage, changed: readonly string[]): void {
  if (changed.length === 0) return;
  throw new InputError(
    stage.where,
    `the stage "${stage.name}" cannot be continued, because its inputs changed since it was stopped:\n` +
      `${changed.map((line) => `  ${line}`).join('\n')}\n` +
      'Undo the change to continue, or run without --continue to start the stage anew.',
  );
}

/** Finished inputs by property, and their fingerprints. */
function loadInputs(
  session: Session,
  stage: PlannedStage,
): { stages: Record<string, StageReference>; prints: Record<string, string> } {
  const stages: Record<string, StageReference> = {};
  const prints: Record<string, string> = {};
  for (const [property, input] of Object.entries(stage.inputs)) {
    const { reference, print } = loadInput(session, input);
    stages[property] = reference;
    prints[property] = print;
  }
  return { stages, prints };
}

function loadInput(session: Session, input: PlannedInput): { reference: StageReference; print: string } {
  const { location, where } = input;
  if ('folder' in location) {
    const { stage, fingerprint: print } = loadStageFolder(location.folder, where);
    return { reference: toReference(stage), print };
  }
  const record = recordOf(session, location.stage);
  return { reference: toReference(loadRecord(session.options.folder, record, where)), print: record.fingerprint ?? '' };
}

function recordOf(session: Session, name: string): StageRecord {
  const record = session.manifest.stages.find((stage) => stage.name === name);
  if (!record) throw new Error(`the run has no stage ${name}`);
  return record;
}

/** Reuses, resumes or starts one stage, and keeps its record. */
async function runStage(session: Session, stage: PlannedStage, threads: number, keep: KeepThreads): Promise<void> {
  const { options, manifest, plan } = session;
  const { display, folder } = options;
  const { stages: inputs, prints } = loadInputs(session, stage);
  const wanted = stageInputs(stage, prints);
  const before = session.previous && findRecord(session.previous, stage.name);
  const changed = before ? await changes(before, wanted, plan.folder) : [];
  const place = manifest.stages.findIndex((record) => record.name === stage.name);
  if (before && isFinished(folder, before) && changed.length === 0) {
    manifest.stages[place] = { ...before, outdated: false };
    session.reused.push(stage.name);
    writeManifest(folder, manifest);
    display.line(`${stage.name}: finished earlier with the same inputs, not run again`);
    return;
  }
  const unfinished = before && isUnfinished(before) && existsSync(join(folder, stage.name));
  const resume = Boolean(unfinished && options.resume);
  if (resume) refuseChanges(stage, changed);
  explain(display, stage, before, resume, changed);
  sayStatus(display, stage, plan.registry);

  const record = newRecord(stage, storedInputs(folder, stage), before ?? null, resume);
  Object.assign(record, { status: 'running', upstream: prints, threads, startedAt: new Date().toISOString() });
  manifest.stages[place] = record;
  const path = join(folder, stage.name);
  // The record says `running` before the old results go: a kill in between must not leave an empty stage that counts as done.
  writeManifest(folder, manifest);
  if (!resume) await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  await work(session, stage, record, { inputs, threads, keep, path, resume });
}

/** The stage's process from start to end, with its record. */
async function work(
  session: Session,
  stage: PlannedStage,
  record: StageRecord,
  given: { inputs: Record<string, StageReference>; threads: number; keep: KeepThreads; path: string; resume: boolean },
): Promise<void> {
  const { options, manifest, plan } = session;
  const { display, folder } = options;
  const earlier = record.wallSeconds;
  const began = performance.now();
  const { name, where, units, settings, seed } = stage;
  const { inputs, threads, keep, path, resume } = given;
  const { plugins } = plan;
  const job = {
    name,
    do: stage.do,
    where,
    units,
    settings,
    seed,
    threads,
    folder: path,
    resume,
    inputs,
    plugins,
    scenarioFolder: plan.folder,
  };
  display.stageStarted(name);
  const running = startStage(options.entry, job, (message) => {
    if (message.type === 'progress') display.progress(name, message.done, message.total, message.text);
    else if (message.type === 'note') display.note(name, message.line);
    else if (message.type === 'file') record.files[message.path] = message.hash;
    else if (message.type === 'threads') {
      record.threads = message.count;
      keep(message.count);
    }
  });
  session.running.set(name, running);
  if (running.pid !== undefined) record.process = identify(running.pid);
  writeManifest(folder, manifest);
  if (options.signal.aborted) running.abort(abortReason(options.signal));
  try {
    record.tensorflowBackend = await running.finished;
    record.status = 'done';
    record.fingerprint = fingerprint(record, record.files);
  } catch (error) {
    record.status = error instanceof Interrupted || options.kill?.aborted ? 'interrupted' : 'failed';
    record.error = error instanceof Error ? error.message : String(error);
    throw options.kill?.aborted ? new Interrupted('stopped without saving') : error;
  } finally {
    session.running.delete(name);
    record.process = null;
    record.finishedAt = new Date().toISOString();
    record.wallSeconds = earlier + (performance.now() - began) / 1000;
    writeManifest(folder, manifest);
    display.stageEnded(name, record.status, record.wallSeconds);
  }
}

function storedInputs(runFolder: string, stage: PlannedStage): Record<string, InputLocation> {
  return Object.fromEntries(
    Object.entries(stage.inputs).map(([property, { location }]) => [
      property,
      'folder' in location ? storedFolder(runFolder, location.folder) : location,
    ]),
  );
}

/** One line on why a stage that has been run before is run again. */
function explain(
  display: Display,
  stage: PlannedStage,
  before: StageRecord | null | undefined,
  resume: boolean,
  changed: readonly string[],
): void {
  if (!before || before.status === 'pending') return;
  if (resume) display.line(`${stage.name}: going on from where it stopped`);
  else if (changed.length > 0) display.line(`${stage.name}: started anew, because its inputs changed (${abridged(changed)})`);
  else if (before.status === 'done') display.line(`${stage.name}: started anew, because its folder is gone`);
  else display.line(`${stage.name}: ${before.status} earlier, started anew (--continue would go on from where it stopped)`);
}

function abridged(changed: readonly string[]): string {
  const most = 4;
  return changed.length <= most ? changed.join('; ') : `${changed.slice(0, most).join('; ')}; and ${changed.length - most} more`;
}

/** Names what a stage uses that has not been validated yet. */
function sayStatus(display: Display, stage: PlannedStage, registry: Registry): void {
  const kind = registry.get('stage', stage.do);
  const used = [{ kind: 'stage', entry: kind }, ...usedEntries(kind.schema, stage.settings, registry)];
  const doubtful = used.filter(({ entry }) => entry.status !== 'validated');
  if (doubtful.length > 0)
    display.note(
      stage.name,
      `not validated yet: ${doubtful.map(({ kind: k, entry }) => `${k} ${entry.name} (${entry.status})`).join(', ')}`,
    );
}
