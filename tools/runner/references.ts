/** Finished stages, found by name in a run or by the path of their folder. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { InputError, nearest } from '../../engine/errors.ts';
import type { FinishedStage } from '../../engine/index.ts';
import { type InputLocation, manifestName, type RunManifest, readManifest, type StageRecord } from './manifest.ts';
import { openStageFolder } from './stage-folder.ts';

/** A finished stage with what a cache needs to know of it. */
export interface LoadedStage {
  readonly stage: FinishedStage;
  /** SHA-256 of everything that decided its result. */
  readonly fingerprint: string;
}

/**
 * The stage folder that a path in a scenario means: relative to the scenario's folder, else to the current folder.
 * @throws InputError at `where` that says what may stand there
 */
export function locateStageFolder(path: string, scenarioFolder: string, where: string, stageNames: readonly string[]): string {
  const candidates = isAbsolute(path) ? [path] : [resolve(scenarioFolder, path), resolve(path)];
  const found = candidates.find((candidate) => existsSync(join(dirname(candidate), manifestName)) && existsSync(candidate));
  if (found) return found;
  const near = nearest(path, stageNames);
  throw new InputError(
    where,
    `"${path}" is neither an earlier stage${near ? ` (did you mean "${near}"?)` : ''} nor the folder of a finished one; ` +
      `earlier stages: ${stageNames.length ? stageNames.join(', ') : 'none'}`,
  );
}

/** Loads the finished stage in a folder through the `run.json` above it. @throws InputError if it is not finished. */
export function loadStageFolder(folder: string, where: string): LoadedStage {
  const runFolder = dirname(folder);
  const manifest = readManifest(runFolder);
  const record = manifest && findRecord(manifest, basename(folder));
  if (!record) throw new InputError(where, `${join(runFolder, manifestName)} knows no stage "${basename(folder)}"`);
  return { stage: loadRecord(runFolder, record, where), fingerprint: record.fingerprint ?? '' };
}

/** The finished form of a stage of a run. @throws InputError if it is not finished. */
export function loadRecord(runFolder: string, record: StageRecord, where: string): FinishedStage {
  const folder = join(runFolder, record.name);
  if (record.status !== 'done' || !existsSync(folder))
    throw new InputError(where, `the stage in ${folder} is not finished (${record.status}); finish it with md run --continue`);
  return {
    name: record.name,
    kind: record.do,
    units: record.units,
    settings: record.settings,
    folder: openStageFolder(folder),
    inputs: loadInputs(runFolder, record.inputs),
  };
}

/** What a finished stage was made from, as far as it is still there: a trained model may have been copied without its training data. */
function loadInputs(runFolder: string, inputs: Readonly<Record<string, InputLocation>>): Record<string, FinishedStage> {
  const loaded: Record<string, FinishedStage> = {};
  const manifest = readManifest(runFolder);
  for (const [property, location] of Object.entries(inputs)) {
    if ('folder' in location) {
      const folder = resolve(runFolder, location.folder);
      if (existsSync(folder) && readManifest(dirname(folder))) loaded[property] = loadStageFolder(folder, folder).stage;
      continue;
    }
    const record = manifest && findRecord(manifest, location.stage);
    if (record?.status === 'done' && existsSync(join(runFolder, record.name)))
      loaded[property] = loadRecord(runFolder, record, record.name);
  }
  return loaded;
}

export function findRecord(manifest: RunManifest, name: string): StageRecord | undefined {
  return manifest.stages.find((record) => record.name === name) ?? manifest.formerStages.find((record) => record.name === name);
}

/** A folder as `run.json` stores it: relative to the run folder, so that a tree of runs can be moved. */
export function storedFolder(runFolder: string, folder: string): InputLocation {
  return { folder: relative(runFolder, folder) };
}
