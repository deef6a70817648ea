/** How `run.json` looks when a run or a stage starts. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type InputLocation, identify, type RunManifest, type StageRecord } from './manifest.ts';
import { packageVersion } from './package-root.ts';
import type { Plan, PlannedStage } from './scenario-file.ts';

/** A manifest for a run that starts now; records of an earlier run in the folder are kept until their stage starts anew. */
export function newManifest(plan: Plan, previous: RunManifest | null): RunManifest {
  const stored = [...(previous?.stages ?? []), ...(previous?.formerStages ?? [])].map(
    (record): StageRecord => (record.status === 'running' ? { ...record, status: 'interrupted', process: null } : record),
  );
  const wanted = new Set(plan.stages.map((stage) => stage.name));
  return {
    format: 1,
    name: plan.name,
    status: 'running',
    seed: plan.seed,
    units: plan.units,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    wallSeconds: 0,
    process: identify(),
    versions: versions(),
    machine: { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 27) / 8 },
    stages: plan.stages.map((stage) => stored.find((record) => record.name === stage.name) ?? newRecord(stage, {}, null, false)),
    formerStages: stored.filter((record) => !wanted.has(record.name)),
    scenario: plan.resolved,
    given: plan.given,
  };
}

/** The record of a stage that is about to start; a continued one keeps the files it has read and its wall time. */
export function newRecord(
  stage: PlannedStage,
  inputs: Record<string, InputLocation>,
  before: StageRecord | null,
  resume: boolean,
): StageRecord {
  return {
    name: stage.name,
    do: stage.do,
    where: stage.where,
    status: 'pending',
    units: stage.units,
    seed: stage.seed,
    settings: stage.settings,
    inputs,
    version: packageVersion,
    upstream: {},
    files: resume && before ? { ...before.files } : {},
    outdated: false,
    fingerprint: null,
    threads: 1,
    startedAt: null,
    finishedAt: null,
    wallSeconds: resume && before ? before.wallSeconds : 0,
    tensorflowBackend: null,
    error: null,
    process: null,
  };
}

function versions(): Record<string, string> {
  const found: Record<string, string> = { md: packageVersion, node: process.versions.node, v8: process.versions.v8 };
  found.platform = `${process.platform} ${process.arch}`;
  const tfjs = installedVersion('@tensorflow/tfjs-core');
  if (tfjs) found.tfjs = tfjs;
  return found;
}

/** Version of an installed package, or null. */
export function installedVersion(name: string): string | null {
  try {
    // Not every package lets its package.json be resolved, but its folder is on the way to its main module.
    const main = fileURLToPath(import.meta.resolve(name));
    const folder = main.slice(0, main.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length);
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}
