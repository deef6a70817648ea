/** A run folder as the report sees it: its stages in order, with what each left behind. */
import { basename, join } from 'node:path';
import { filesIn, has, isObject, type Json, list, number, object, readJsonObject, text } from './read.ts';

export interface StageView {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly folder: string;
  readonly settings: Json;
  /** Names of the stages it was made from, by property. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly units: 'md' | 'lj';
  readonly seed: number | null;
  readonly threads: number | null;
  readonly wallSeconds: number | null;
  readonly version: string | null;
  readonly error: string | null;
  readonly summary: Json | null;
  readonly record: Json;
}

export interface RunView {
  readonly name: string;
  readonly folder: string;
  readonly status: string;
  readonly manifest: Json;
  readonly stages: readonly StageView[];
}

/** Looks at a run folder. Works without `run.json`: every subfolder with results is then a stage of unknown kind. */
export function readRun(folder: string): RunView {
  const manifest = readJsonObject(join(folder, 'run.json')) ?? {};
  const records = list(manifest.stages).filter(isObject);
  const units = manifest.units === 'lj' ? 'lj' : 'md';
  const named =
    records.length > 0
      ? records
      : filesIn(folder)
          .filter((name) => looksLikeStage(join(folder, name)))
          .map((name) => ({ name }));
  return {
    name: text(manifest.name) ?? basename(folder),
    folder,
    status: text(manifest.status) ?? 'unknown',
    manifest,
    stages: named.map((record) => readStage(folder, record, units)),
  };
}

function looksLikeStage(folder: string): boolean {
  return ['summary.json', 'log.csv', 'compare.json', 'mapping.json', 'model.json'].some((file) => has(folder, file));
}

function readStage(runFolder: string, record: Json, units: 'md' | 'lj'): StageView {
  const name = text(record.name) ?? 'stage';
  const folder = join(runFolder, name);
  const inputs: Record<string, string> = {};
  for (const [property, where] of Object.entries(object(record.inputs))) {
    const location = object(where);
    const found = text(location.stage) ?? text(location.folder) ?? text(where);
    if (found) inputs[property] = found;
  }
  return {
    name,
    kind: text(record.do) ?? kindFromFiles(folder),
    status: text(record.status) ?? 'unknown',
    folder,
    settings: object(record.settings),
    inputs,
    units: record.units === 'lj' || record.units === 'md' ? record.units : units,
    seed: number(record.seed),
    threads: number(record.threads),
    wallSeconds: number(record.wallSeconds),
    version: text(record.version),
    error: text(record.error),
    summary: readJsonObject(join(folder, 'summary.json')),
    record,
  };
}

function kindFromFiles(folder: string): string {
  if (has(folder, 'compare.json')) return 'compare';
  if (has(folder, 'mapping.json')) return 'train-mapping';
  if (has(folder, 'model.json')) return 'train-potential';
  return has(folder, 'log.csv') || has(folder, 'summary.json') ? 'simulate' : 'unknown';
}

/** A short description of the model behind a simulation, such as `graph model`; null for atoms. */
export function modelBehind(run: RunView, stage: StageView): string | null {
  const source = stage.inputs['system.from'] ?? text(object(stage.settings.system).from);
  const from = run.stages.find((one) => one.name === source);
  if (!from) return null;
  const type = text(object(from.settings.model).type);
  return type ?? modelBehind(run, from);
}
