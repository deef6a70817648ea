/**
 * Checkpoints: a snapshot of the state and what the run's files held at that moment, in one checked binary file.
 *
 * The newest is `checkpoint.bin`, the one before `checkpoint.previous.bin`. A new one is written beside, flushed and renamed,
 * so that a kill at any moment leaves at least one that is whole. Layout, little-endian:
 *
 *     8 bytes  "MDCHECKP"
 *     u32      length of the JSON, padded with spaces so that the payload starts on 8 bytes
 *     u32      CRC-32 of everything after these 16 bytes
 *     JSON     { checkpoint: 1, metadata, entries: [[name, length | null], ...] }; null marks a single number
 *     f64      the values of the entries, one after the other (NaN payloads, -0 and infinities survive)
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { InputError } from '../errors.ts';
import type { Snapshot } from '../platforms/platform.ts';
import { reason, syncFolderOf, writeFully } from './files.ts';

export const checkpointFile = 'checkpoint.bin';
export const previousCheckpointFile = 'checkpoint.previous.bin';

/** What a checkpoint says besides the state. Anything JSON-able may be added. */
export interface CheckpointMetadata {
  /** Version of md that wrote it. */
  readonly version: string;
  readonly particles: number;
  readonly step: number;
  /** What the run was doing: `equilibrate`, `production`, ... */
  readonly phase: string;
  /** Frames in the journal when it was written. */
  readonly frames: number;
  /** Rows in the log when it was written. */
  readonly logRows: number;
  readonly [other: string]: unknown;
}

export interface Checkpoint {
  readonly snapshot: Snapshot;
  readonly metadata: CheckpointMetadata;
  /** Why the checkpoint before the newest was taken, in a sentence for the user; null if the newest is whole. */
  readonly fallback: string | null;
}

const magic = 'MDCHECKP';

/**
 * Writes a checkpoint into `folder`; the newest so far becomes the one before.
 * Flush journal and log first: a checkpoint must not know frames that the disk does not.
 */
export function writeCheckpoint(folder: string, snapshot: Snapshot, metadata: CheckpointMetadata): void {
  const path = join(folder, checkpointFile);
  const temporary = `${path}.tmp`;
  const descriptor = fs.openSync(temporary, 'w');
  try {
    writeFully(descriptor, encode(snapshot, metadata), 0, path);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  if (fs.existsSync(path)) fs.renameSync(path, join(folder, previousCheckpointFile));
  fs.renameSync(temporary, path);
  syncFolderOf(path);
}

/**
 * The newest whole checkpoint in `folder`, or null if there is none at all.
 * InputError if all that exist are damaged, or if it belongs to a system with another number of particles than is expected (null: any).
 */
export function readCheckpoint(folder: string, expected: { readonly particles: number } | null): Checkpoint | null {
  const troubles: string[] = [];
  for (const name of [checkpointFile, previousCheckpointFile]) {
    const path = join(folder, name);
    if (!fs.existsSync(path)) continue;
    let decoded: { snapshot: Snapshot; metadata: CheckpointMetadata };
    try {
      decoded = decode(fs.readFileSync(path));
    } catch (thrown) {
      troubles.push(`${name} ${reason(thrown)}`);
      continue;
    }
    const { snapshot, metadata } = decoded;
    if (expected && metadata.particles !== expected.particles) {
      throw new InputError(
        path,
        `checkpoint of ${metadata.particles} particles, but the system has ${expected.particles}; it belongs to another run: give another folder or start anew`,
      );
    }
    const fallback = troubles.length ? `${troubles.join('; ')}: going on from ${name} at step ${metadata.step}` : null;
    return { snapshot, metadata, fallback };
  }
  if (troubles.length === 0) return null;
  throw new InputError(folder, `no checkpoint can be read (${troubles.join('; ')}); start the run anew`);
}

/** Deletes the checkpoints of a stage that is done, or about to start anew. */
export function removeCheckpoints(folder: string): void {
  for (const name of [checkpointFile, previousCheckpointFile, `${checkpointFile}.tmp`])
    fs.rmSync(join(folder, name), { force: true });
}

function encode(snapshot: Snapshot, metadata: CheckpointMetadata): Uint8Array {
  const entries = Object.entries(snapshot).map(
    ([name, value]) => [name, typeof value === 'number' ? null : value.length] as const,
  );
  const values = entries.reduce((sum, [, length]) => sum + (length ?? 1), 0);
  const encoder = new TextEncoder();
  const text = encoder.encode(JSON.stringify({ checkpoint: 1, metadata, entries }));
  const jsonLength = Math.ceil(text.length / 8) * 8;
  const buffer = new ArrayBuffer(16 + jsonLength + values * 8);
  const bytes = new Uint8Array(buffer);
  bytes.set(encoder.encode(magic));
  bytes.fill(0x20, 16, 16 + jsonLength);
  bytes.set(text, 16);
  const payload = new Float64Array(buffer, 16 + jsonLength, values);
  let offset = 0;
  for (const value of Object.values(snapshot)) {
    if (typeof value === 'number') payload[offset++] = value;
    else {
      payload.set(value, offset);
      offset += value.length;
    }
  }
  const view = new DataView(buffer);
  view.setUint32(8, jsonLength, true);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

function decode(file: Uint8Array): { snapshot: Snapshot; metadata: CheckpointMetadata } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 16 || new TextDecoder().decode(file.subarray(0, 8)) !== magic) throw new Error('is not a checkpoint');
  const jsonLength = view.getUint32(8, true);
  if (crc32(file.subarray(16)) !== view.getUint32(12, true)) throw new Error('is torn or damaged (its checksum does not fit)');
  const header = JSON.parse(new TextDecoder().decode(file.subarray(16, 16 + jsonLength))) as {
    checkpoint: number;
    metadata: CheckpointMetadata;
    entries: [string, number | null][];
  };
  if (header.checkpoint !== 1) throw new Error(`has layout ${header.checkpoint}, and this version of md reads layout 1`);
  // Copied, because Node may have read the file into a pool at any offset, and because slice() of a Buffer is no copy.
  const payload = new Float64Array(Uint8Array.from(file.subarray(16 + jsonLength)).buffer);
  const snapshot: Record<string, number | Float64Array> = {};
  let offset = 0;
  for (const [name, length] of header.entries) {
    snapshot[name] = length === null ? payload[offset] : payload.slice(offset, offset + length);
    offset += length ?? 1;
  }
  return { snapshot, metadata: header.metadata };
}
