/**
 * The append-only journal that keeps a running simulation's frames through a kill; the H5MD file is finished from it.
 *
 * HDF5 promises nothing about a file whose writer dies, so frames first go to a file of our own whose every record can be
 * checked. A run that goes on cuts the journal back to the frames its checkpoint knows.
 *
 *     header   8 bytes  "MDFRAMES"
 *              u32      length of the JSON that follows, padded with spaces so that the records start on 8 bytes
 *              u32      CRC-32 of the JSON
 *              JSON     JournalContents, with "journal": 1 (the version of this layout)
 *     record   f64      step, time, box (9, row-major; zeros for open boundaries)
 *              f32|f64  positions (3N), velocities (3N, if stored), forces (3N, if stored)
 *              u32      index of the record, 0, 1, ... (on a multiple of 8 bytes minus 8)
 *              u32      CRC-32 of everything in the record before it
 *
 * All little-endian, as every machine that Node runs on.
 */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { InputError, SimulationError } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { readFully, syncFolderOf, writeFully } from './files.ts';
import type { Frame, FrameSink } from './trajectory.ts';

/** What every frame of a journal or trajectory file holds. */
export interface FrameContents {
  readonly particles: number;
  /** Whether the frames have a box. */
  readonly periodic: boolean;
  readonly velocities: boolean;
  readonly forces: boolean;
  /** Stored width of positions, velocities and forces; step, time and box are always f64. */
  readonly precision: 'f32' | 'f64';
  readonly units: UnitSystem;
}

export type StoredArray = Float32Array | Float64Array;

/** One frame as stored. The arrays are views that the next read overwrites. */
export interface FrameRecord {
  readonly step: number;
  readonly time: number;
  /** 9 numbers, row-major; zeros for open boundaries. */
  readonly box: Float64Array;
  readonly positions: StoredArray;
  readonly velocities: StoredArray | null;
  readonly forces: StoredArray | null;
}

/** Random access to stored frames, as `writeH5md` wants it. */
export interface FrameSource {
  readonly contents: FrameContents;
  readonly length: number;
  read(index: number): FrameRecord;
}

const magic = 'MDFRAMES';
const fixedHeader = 16;
const headDoubles = 11;

/** One record's buffer and the typed views into it: allocated once, used for every frame. */
class RecordBuffer {
  readonly bytes: Uint8Array;
  readonly head: Float64Array;
  readonly positions: StoredArray;
  readonly velocities: StoredArray | null;
  readonly forces: StoredArray | null;
  readonly trailer: Uint32Array;

  constructor(contents: FrameContents) {
    const width = contents.precision === 'f32' ? 4 : 8;
    const arrays = 1 + Number(contents.velocities) + Number(contents.forces);
    const values = 3 * contents.particles;
    const body = headDoubles * 8 + arrays * values * width;
    const padded = Math.ceil(body / 8) * 8;
    const buffer = new ArrayBuffer(padded + 8);
    let offset = headDoubles * 8;
    const next = (): StoredArray => {
      const view = width === 4 ? new Float32Array(buffer, offset, values) : new Float64Array(buffer, offset, values);
      offset += values * width;
      return view;
    };
    this.bytes = new Uint8Array(buffer);
    this.head = new Float64Array(buffer, 0, headDoubles);
    this.positions = next();
    this.velocities = contents.velocities ? next() : null;
    this.forces = contents.forces ? next() : null;
    this.trailer = new Uint32Array(buffer, padded, 2);
  }

  /** CRC of all but the CRC itself. */
  checksum(): number {
    return crc32(this.bytes.subarray(0, this.bytes.length - 4));
  }
}

/** Appends frames; each is one write, and `flush` brings them to the disk. */
export class JournalWriter implements FrameSink {
  readonly path: string;
  readonly contents: FrameContents;
  private readonly record: RecordBuffer;
  private descriptor: number | null;
  private count: number;
  private end: number;
  private lastStep: number;

  private constructor(path: string, contents: FrameContents, descriptor: number, start: number, count: number) {
    this.path = path;
    this.contents = contents;
    this.descriptor = descriptor;
    this.record = new RecordBuffer(contents);
    this.count = count;
    this.end = start + count * this.record.bytes.length;
    this.lastStep = Number.NEGATIVE_INFINITY;
  }

  /** Starts an empty journal, replacing any that is there. */
  static create(path: string, contents: FrameContents): JournalWriter {
    const header = encodeHeader(contents);
    const descriptor = fs.openSync(path, 'w');
    writeFully(descriptor, header, 0, path);
    fs.fsyncSync(descriptor);
    syncFolderOf(path);
    return new JournalWriter(path, contents, descriptor, header.length, 0);
  }

  /**
   * Opens the journal of an interrupted run and cuts it back to its first `frames` frames: what came after the checkpoint,
   * whole or torn, is written again by the continued run. InputError if the journal holds other contents or fewer frames.
   */
  static openForContinue(path: string, contents: FrameContents, frames: number): JournalWriter {
    const reader = JournalReader.open(path);
    let start: number;
    let lastStep = Number.NEGATIVE_INFINITY;
    try {
      const found = describe(reader.contents);
      if (found !== describe(contents)) {
        throw new InputError(path, `the journal holds ${found}, but the run stores ${describe(contents)}; start the run anew`);
      }
      if (reader.length < frames) {
        throw new InputError(
          path,
          `the journal holds ${reader.length} whole frames, but the checkpoint was written after ${frames}; the file was damaged or replaced: start the run anew`,
        );
      }
      start = reader.start;
      if (frames > 0) lastStep = reader.read(frames - 1).step;
    } finally {
      reader.close();
    }
    const descriptor = fs.openSync(path, 'r+');
    const writer = new JournalWriter(path, contents, descriptor, start, frames);
    writer.lastStep = lastStep;
    fs.ftruncateSync(descriptor, writer.end);
    fs.fsyncSync(descriptor);
    return writer;
  }

  /** Frames in the journal. */
  get frames(): number {
    return this.count;
  }

  /** Stores a frame; arrays that the journal does not keep are ignored, those it keeps must be there. Steps must increase. */
  append(frame: Frame): void {
    if (this.descriptor === null) throw new SimulationError(`${this.path}: the journal is closed; no frame can be appended`);
    if (!(frame.step > this.lastStep)) {
      throw new SimulationError(
        `${this.path}: frame of step ${frame.step} after one of step ${this.lastStep}; steps must increase`,
      );
    }
    const { record, contents } = this;
    record.head[0] = frame.step;
    record.head[1] = frame.time;
    if (contents.periodic !== (frame.box.vectors !== null)) {
      throw new SimulationError(`${this.path}: the frame of step ${frame.step} ${contents.periodic ? 'lacks' : 'has'} a box`);
    }
    if (frame.box.vectors) record.head.set(frame.box.vectors, 2);
    else record.head.fill(0, 2);
    this.copy('positions', frame.positions, record.positions);
    if (record.velocities) this.copy('velocities', frame.velocities, record.velocities);
    if (record.forces) this.copy('forces', frame.forces, record.forces);
    record.trailer[0] = this.count;
    record.trailer[1] = record.checksum();
    writeFully(this.descriptor, record.bytes, this.end, this.path);
    this.end += record.bytes.length;
    this.count++;
    this.lastStep = frame.step;
  }

  flush(): void {
    if (this.descriptor !== null) fs.fsyncSync(this.descriptor);
  }

  close(): void {
    if (this.descriptor === null) return;
    this.flush();
    fs.closeSync(this.descriptor);
    this.descriptor = null;
  }

  private copy(what: string, from: Float64Array | null, to: StoredArray): void {
    if (from?.length !== to.length) {
      throw new SimulationError(`${this.path}: ${what} have ${from?.length ?? 'no'} values, the journal stores ${to.length}`);
    }
    to.set(from);
  }
}

/** Reads a journal, also while it is being written: whole records only, torn ones at the end are left out. */
export class JournalReader implements FrameSource {
  readonly path: string;
  readonly contents: FrameContents;
  readonly length: number;
  /** Byte at which the records start. */
  readonly start: number;
  private readonly record: RecordBuffer;
  private readonly box: Float64Array;
  private descriptor: number | null;

  private constructor(path: string, descriptor: number, contents: FrameContents, start: number) {
    this.path = path;
    this.descriptor = descriptor;
    this.contents = contents;
    this.start = start;
    this.record = new RecordBuffer(contents);
    this.box = this.record.head.subarray(2);
    let count = Math.max(0, Math.floor((fs.fstatSync(descriptor).size - start) / this.record.bytes.length));
    while (count > 0 && !this.load(count - 1)) count--;
    this.length = count;
  }

  /** InputError if there is no such file or its header cannot be read. */
  static open(path: string): JournalReader {
    let descriptor: number;
    try {
      descriptor = fs.openSync(path, 'r');
    } catch (cause) {
      throw new InputError(path, 'cannot be opened; is this the folder of a run?', { cause });
    }
    try {
      const { contents, start } = decodeHeader(descriptor, path);
      return new JournalReader(path, descriptor, contents, start);
    } catch (thrown) {
      fs.closeSync(descriptor);
      throw thrown;
    }
  }

  /** The frame; its arrays are valid until the next read. SimulationError if the record is damaged. */
  read(index: number): FrameRecord {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`${this.path}: frame ${index} asked for, there are ${this.length}`);
    }
    if (!this.load(index)) throw new SimulationError(`${this.path}: frame ${index} is damaged (its checksum does not fit)`);
    const { head, positions, velocities, forces } = this.record;
    return { step: head[0], time: head[1], box: this.box, positions, velocities, forces };
  }

  close(): void {
    if (this.descriptor !== null) fs.closeSync(this.descriptor);
    this.descriptor = null;
  }

  private load(index: number): boolean {
    const { bytes, trailer } = this.record;
    if (this.descriptor === null) throw new RangeError(`${this.path}: the journal has been closed`);
    const read = readFully(this.descriptor, bytes, this.start + index * bytes.length);
    return read === bytes.length && trailer[0] === index && trailer[1] === this.record.checksum();
  }
}

/** What a journal stores, in words, for messages and for telling two apart. */
function describe(contents: FrameContents): string {
  const arrays = ['positions', ...(contents.velocities ? ['velocities'] : []), ...(contents.forces ? ['forces'] : [])];
  const { particles, precision, units, periodic } = contents;
  return `${arrays.join(', ')} of ${particles} particles in ${precision}, ${units} units, ${periodic ? 'periodic' : 'open'}`;
}

function encodeHeader(contents: FrameContents): Uint8Array {
  const { particles, periodic, velocities, forces, precision, units } = contents;
  let json = JSON.stringify({ journal: 1, particles, periodic, velocities, forces, precision, units });
  while ((fixedHeader + json.length) % 8) json += ' ';
  const bytes = new Uint8Array(fixedHeader + json.length);
  const text = new TextEncoder().encode(json);
  bytes.set(new TextEncoder().encode(magic));
  bytes.set(text, fixedHeader);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, text.length, true);
  view.setUint32(12, crc32(text), true);
  return bytes;
}

function decodeHeader(descriptor: number, path: string): { contents: FrameContents; start: number } {
  const fixed = new Uint8Array(fixedHeader);
  const damaged = (): InputError => new InputError(path, 'is not a frame journal, or its header is damaged; start the run anew');
  if (readFully(descriptor, fixed, 0) < fixedHeader || new TextDecoder().decode(fixed.subarray(0, 8)) !== magic) throw damaged();
  const view = new DataView(fixed.buffer);
  const length = view.getUint32(8, true);
  if (length > fs.fstatSync(descriptor).size) throw damaged();
  const text = new Uint8Array(length);
  if (readFully(descriptor, text, fixedHeader) < length || crc32(text) !== view.getUint32(12, true)) throw damaged();
  const header = JSON.parse(new TextDecoder().decode(text)) as FrameContents & { journal: number };
  if (header.journal !== 1) throw new InputError(path, `journal layout ${header.journal}; this version of md reads layout 1`);
  return { contents: header, start: fixedHeader + length };
}
