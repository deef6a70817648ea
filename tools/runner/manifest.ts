/** `run.json`: what a run folder holds, from which inputs it came and how far it got. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import type { Settings, UnitSystem } from '../../engine/index.ts';
import { reason } from './stage-folder.ts';

export type StageStatus = 'pending' | 'running' | 'done' | 'failed' | 'interrupted';

/** A process, told apart from a later one with the same number by its start time (clock ticks since boot; null where unknown). */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  readonly started: string | null;
}

/** Where a stage's input is: another stage of this run, or the folder of a finished stage (relative to the run folder). */
export type InputLocation = { readonly stage: string } | { readonly folder: string };

export interface StageRecord {
  readonly name: string;
  readonly do: string;
  readonly where: string;
  status: StageStatus;
  readonly units: UnitSystem;
  readonly seed: number;
  readonly settings: Settings;
  readonly inputs: Readonly<Record<string, InputLocation>>;
  /** Version of md that ran it. */
  version: string;
  /** Fingerprints of the stages in `inputs` when this one was started. */
  upstream: Record<string, string>;
  /** SHA-256 of each file that was read, by the name used in the scenario. */
  files: Record<string, string>;
  /** Done with other inputs than the scenario has now, and not run again yet. */
  outdated: boolean;
  /** SHA-256 of everything that decides the result; set when the stage is done. */
  fingerprint: string | null;
  threads: number;
  startedAt: string | null;
  finishedAt: string | null;
  /** Seconds of wall time, summed over continuations. */
  wallSeconds: number;
  /** The tfjs backend that was used, if one was. */
  tensorflowBackend: string | null;
  error: string | null;
  process: ProcessIdentity | null;
}

export interface RunManifest {
  readonly format: 1;
  readonly name: string;
  status: StageStatus;
  readonly seed: number;
  readonly units: UnitSystem;
  /** The scenario as resolved: quantities in the unit system, defaults filled in. */
  readonly scenario: unknown;
  /** The scenario as it was given, after `--set`. */
  readonly given: unknown;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGiB: number };
  startedAt: string;
  finishedAt: string | null;
  wallSeconds: number;
  process: ProcessIdentity | null;
  stages: StageRecord[];
  /** Stages that an earlier version of the scenario had; their folders are still there. */
  formerStages: StageRecord[];
}

export const manifestName = 'run.json';

/** Reads a run folder's `run.json`; null if there is none. @throws InputError if it is not one. */
export function readManifest(runFolder: string): RunManifest | null {
  const path = join(runFolder, manifestName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  let manifest: RunManifest;
  try {
    manifest = JSON.parse(text) as RunManifest;
  } catch (error) {
    throw new InputError(path, `is not JSON (${(error as Error).message}); remove it, or give another folder with --out`);
  }
  if (manifest.format !== 1 || !Array.isArray(manifest.stages))
    throw new InputError(path, 'was not written by this version of md; give another folder with --out');
  return manifest;
}

/** Writes `run.json` atomically. Synchronous, so that changes of status reach the disk in order. @throws InputError if it cannot be written */
export function writeManifest(runFolder: string, manifest: RunManifest): void {
  const path = join(runFolder, manifestName);
  const beside = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(runFolder, { recursive: true });
    writeFileSync(beside, `${JSON.stringify(manifest, null, 2)}\n`);
    renameSync(beside, path);
  } catch (cause) {
    throw new InputError(
      runFolder,
      `this folder cannot be written (${reason(cause)}); is a file in its place, is the disk full, may you write there? Give another folder with --out`,
      { cause },
    );
  }
}

/** Identifies a process of this machine (this one by default). */
export function identify(pid: number = process.pid): ProcessIdentity {
  return { host: hostname(), pid, started: startTime(pid) };
}

/** Whether a recorded process is still at work. One of another machine is taken as gone. */
export function isAlive(identity: ProcessIdentity | null): boolean {
  if (!identity || identity.host !== hostname() || identity.pid === process.pid) return false;
  try {
    process.kill(identity.pid, 0);
  } catch {
    return false;
  }
  return identity.started === startTime(identity.pid);
}

/** Field 22 of /proc/PID/stat (after the command in brackets, which may hold blanks); null where there is no /proc. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
