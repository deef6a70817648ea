/** File handling that survives a kill: writes that are complete or absent, and bytes that have reached the disk. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { SimulationError } from '../errors.ts';

/** Writes all of `bytes` at `position` (or at the end of an append-only file); throws SimulationError when the disk refuses. */
export function writeFully(descriptor: number, bytes: Uint8Array, position: number | null, path: string): void {
  let done = 0;
  try {
    while (done < bytes.length) {
      done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position === null ? null : position + done);
    }
  } catch (cause) {
    throw new SimulationError(
      `${path}: cannot write (${reason(cause)}). Free some space or give another folder, then continue the run.`,
      {
        cause,
      },
    );
  }
}

/** Reads exactly `bytes.length` bytes from `position` and returns how many there were. */
export function readFully(descriptor: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = fs.readSync(descriptor, bytes, done, bytes.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Makes renames and new names in the folder of `path` durable, where the operating system can. */
export function syncFolderOf(path: string): void {
  try {
    const descriptor = fs.openSync(dirname(path), 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Windows cannot open a folder; its renames are journalled by the file system.
  }
}

/** Flushes the file at `path`, written by a library, to the disk and gives it its final name. */
export function commitFile(temporary: string, path: string): void {
  const descriptor = fs.openSync(temporary, 'r+');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(temporary, path);
  syncFolderOf(path);
}

/** Writes `bytes` beside `path`, flushes and renames, so that `path` holds the old content or the new, never a part. */
export function writeAtomically(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`;
  const descriptor = fs.openSync(temporary, 'w');
  try {
    writeFully(descriptor, bytes, 0, path);
  } finally {
    fs.closeSync(descriptor);
  }
  commitFile(temporary, path);
}

/** The message of anything that was thrown. */
export function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
