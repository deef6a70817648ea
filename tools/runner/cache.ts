/** Whether a stored stage still is what the scenario asks for, and if not, what changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { currentHash } from './files.ts';
import { hashOf } from './hash.ts';
import type { RunManifest, StageRecord } from './manifest.ts';
import { packageVersion } from './package-root.ts';
import { findRecord, loadStageFolder } from './references.ts';
import type { Plan, PlannedStage } from './scenario-file.ts';

/** Everything that decides the result of a stage, except the content of the files it will read. */
export type StageInputs = Pick<StageRecord, 'do' | 'units' | 'seed' | 'settings' | 'version' | 'upstream'>;

/** SHA-256 over the inputs and the files read. */
export function fingerprint(inputs: StageInputs, files: Readonly<Record<string, string>>): string {
  const { settings, units, seed, version, upstream } = inputs;
  return hashOf({ do: inputs.do, settings, units, seed, version, upstream, files });
}

export function stageInputs(stage: PlannedStage, upstream: Record<string, string>): StageInputs {
  const { units, seed, settings } = stage;
  return { do: stage.do, units, seed, settings, upstream, version: packageVersion };
}

/** Names of the stages of the same scenario that a stage builds on. */
export function stagesBefore(stage: PlannedStage): string[] {
  return Object.values(stage.inputs).flatMap(({ location }) => ('stage' in location ? [location.stage] : []));
}

/** For each stage that a run has stored with other inputs than it has now, or that builds on such a stage: what changed. */
export async function changesByStage(plan: Plan, previous: RunManifest): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const stage of plan.stages) {
    const record = findRecord(previous, stage.name);
    const own = record ? await changes(record, stageInputs(stage, elsewhere(stage)), plan.folder) : [];
    const below = stagesBefore(stage).flatMap((name) => (found.get(name) ?? []).map((line) => `${name}: ${line}`));
    if (own.length + below.length > 0) found.set(stage.name, [...own, ...below]);
  }
  return found;
}

/** Fingerprints of the inputs that are not of the same scenario. */
function elsewhere(stage: PlannedStage): Record<string, string> {
  const prints: Record<string, string> = {};
  for (const [property, { location, where }] of Object.entries(stage.inputs)) {
    if ('folder' in location) prints[property] = loadStageFolder(location.folder, where).fingerprint;
  }
  return prints;
}

/**
 * What differs between a stored stage and what is wanted now, one line a difference; empty if nothing does.
 * Upstream stages missing from `inputs.upstream` are not compared (not yet known).
 */
export async function changes(record: StageRecord, inputs: StageInputs, scenarioFolder: string): Promise<string[]> {
  const found: string[] = [];
  if (record.do !== inputs.do) found.push(`do: was ${show(record.do)}, is ${show(inputs.do)}`);
  if (record.units !== inputs.units) found.push(`units: was ${show(record.units)}, is ${show(inputs.units)}`);
  if (record.seed !== inputs.seed) found.push('the scenario seed');
  if (record.version !== inputs.version) found.push(`the version of md: was ${record.version}, is ${inputs.version}`);
  found.push(...differences(record.settings, inputs.settings, ''));
  for (const [property, now] of Object.entries(inputs.upstream)) {
    if (record.upstream[property] !== now) found.push(`the stage that \`${property}\` names has another content`);
  }
  for (const [path, hash] of Object.entries(record.files)) {
    const now = await currentHash(path, scenarioFolder);
    if (now === null) found.push(`the file ${path} is gone`);
    else if (now !== hash) found.push(`the file ${path} has another content`);
  }
  return found;
}

/** Whether a stored stage is finished, with its folder in place. */
export function isFinished(runFolder: string, record: StageRecord | undefined): record is StageRecord {
  return record?.status === 'done' && existsSync(join(runFolder, record.name));
}

/** The settings in which two JSON values differ, as `path: was A, is B`. */
export function differences(before: unknown, now: unknown, path: string): string[] {
  if (hashOf(before) === hashOf(now)) return [];
  if (isObject(before) && isObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(before[key], now[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length)
    return before.flatMap((item, i) => differences(item, now[i], `${path}[${i}]`));
  return [`${path}: was ${show(before)}, is ${show(now)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return 'not given';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
