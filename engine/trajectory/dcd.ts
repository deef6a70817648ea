/**
 * DCD trajectories as CHARMM, NAMD and VMD know them: f32 positions and a unit cell, nothing else. Written and read.
 *
 * Fortran records, each between two i32 that hold its length; little-endian here.
 *
 *     84 bytes   "CORD", 20 x i32: [0] frames, [1] first step, [2] steps between frames, [3] steps in all, [8] fixed atoms,
 *                [9] timestep as f32 in AKMA units, [10] 1 if there are unit cells, [11] 1 for a fourth dimension, [19] 24
 *     titles     i32 count, 80 characters each
 *     4 bytes    i32 number of atoms
 *     a frame    48 bytes of f64: A, cos gamma, B, cos beta, cos alpha, C (with a unit cell); then x, y, z, each N x f32
 *
 * By convention lengths are in Angstrom: `md` units are multiplied by ten, `lj` units are written as they are. Angles are
 * written as cosines, as NAMD and VMD do, and read as either.
 */
import * as fs from 'node:fs';
import { InputError, SimulationError } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { type Box, openBox } from '../system/box.ts';
import type { Structure } from '../system/system.ts';
import { readFully, writeFully } from './files.ts';
import type { Frame, FrameSink, Trajectory } from './trajectory.ts';

/** One AKMA unit of time in ps: sqrt(Da A^2 / (kcal/mol)). */
const akmaTime = 0.04888821290839616;
const angstrom = { md: 10, lj: 1 } as const;
const version24 = 24;

export interface DcdContents {
  readonly particles: number;
  readonly periodic: boolean;
  readonly units: UnitSystem;
}

export class DcdWriter implements FrameSink {
  private readonly path: string;
  private readonly contents: DcdContents;
  private readonly record: ArrayBuffer;
  private readonly cell: Float64Array | null;
  private readonly axes: readonly Float32Array[];
  private descriptor: number | null;
  private end: number;
  private frames = 0;
  private readonly steps: number[] = [];
  private readonly times: number[] = [];

  private constructor(path: string, contents: DcdContents) {
    this.path = path;
    this.contents = contents;
    this.descriptor = fs.openSync(path, 'w');
    this.end = this.writeHeader();
    const { particles, periodic } = contents;
    // The cell's numbers would lie on a multiple of 4 only, so they are kept apart and copied in byte by byte.
    const cellBytes = periodic ? 56 : 0;
    this.record = new ArrayBuffer(cellBytes + 3 * (4 * particles + 8));
    this.cell = periodic ? new Float64Array(6) : null;
    const view = new DataView(this.record);
    if (periodic) frameRecord(view, 0, 48);
    this.axes = [0, 1, 2].map((axis) => {
      const start = cellBytes + axis * (4 * particles + 8);
      frameRecord(view, start, 4 * particles);
      return new Float32Array(this.record, start + 4, particles);
    });
  }

  static create(path: string, contents: DcdContents): DcdWriter {
    return new DcdWriter(path, contents);
  }

  append(frame: Frame): void {
    const { contents, cell, axes } = this;
    if (this.descriptor === null) throw new SimulationError(`${this.path}: the file is closed; no frame can be appended`);
    if (frame.positions.length !== 3 * contents.particles || (frame.box.vectors !== null) !== contents.periodic) {
      throw new SimulationError(
        `${this.path}: the frame of step ${frame.step} has another number of particles or another kind of box`,
      );
    }
    const scale = angstrom[contents.units];
    if (cell && frame.box.vectors) {
      unitCell(frame.box.vectors, scale, cell);
      new Uint8Array(this.record).set(new Uint8Array(cell.buffer), 4);
    }
    for (let i = 0; i < contents.particles; i++) {
      for (let axis = 0; axis < 3; axis++) axes[axis][i] = frame.positions[3 * i + axis] * scale;
    }
    writeFully(this.descriptor, new Uint8Array(this.record), this.end, this.path);
    this.end += this.record.byteLength;
    this.frames++;
    if (this.steps.length === 2) {
      this.steps.pop();
      this.times.pop();
    }
    this.steps.push(frame.step);
    this.times.push(frame.time);
  }

  flush(): void {
    if (this.descriptor === null) return;
    this.writeHeader();
    fs.fsyncSync(this.descriptor);
  }

  close(): void {
    if (this.descriptor === null) return;
    this.flush();
    fs.closeSync(this.descriptor);
    this.descriptor = null;
  }

  /** Writes the header for the frames so far and returns its length. `steps` holds the first and the last one. */
  private writeHeader(): number {
    const titles = ['Created by md; lengths in Angstrom unless the run was in reduced units'];
    const titleBytes = 4 + 80 * titles.length;
    const buffer = new ArrayBuffer(92 + titleBytes + 8 + 12);
    const view = new DataView(buffer);
    const bytes = new Uint8Array(buffer);
    const encoder = new TextEncoder();
    const [first = 0, last = first] = this.steps;
    const [firstTime = 0, lastTime = firstTime] = this.times;
    const interval = this.frames > 1 ? Math.round((last - first) / (this.frames - 1)) : 1;
    const timestep = last > first ? (lastTime - firstTime) / (last - first) : 0;
    frameRecord(view, 0, 84);
    bytes.set(encoder.encode('CORD'), 4);
    const control = (index: number, value: number): void => view.setInt32(8 + 4 * index, value, true);
    control(0, this.frames);
    control(1, first);
    control(2, interval);
    control(3, last);
    view.setFloat32(8 + 36, this.contents.units === 'md' ? timestep / akmaTime : timestep, true);
    control(10, this.contents.periodic ? 1 : 0);
    control(19, version24);
    frameRecord(view, 92, titleBytes);
    view.setInt32(96, titles.length, true);
    titles.forEach((title, i) => {
      bytes.set(encoder.encode(title.padEnd(80)), 100 + 80 * i);
    });
    frameRecord(view, 100 + titleBytes, 4);
    view.setInt32(104 + titleBytes, this.contents.particles, true);
    if (this.descriptor !== null) writeFully(this.descriptor, bytes, 0, this.path);
    return bytes.length;
  }
}

/**
 * Opens a DCD file as a trajectory of `structure`, in the structure's units; velocities and forces are null.
 * Steps and times follow from the header, which knows equal intervals only. InputError for a file that is not DCD, is
 * big-endian, has fixed atoms or a fourth dimension, or another number of atoms; a torn last frame is left out.
 */
export function openDcd(path: string, structure: Structure): Trajectory {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, 'r');
  } catch (cause) {
    throw new InputError(path, 'cannot be opened', { cause });
  }
  try {
    return new DcdTrajectory(path, descriptor, structure);
  } catch (thrown) {
    fs.closeSync(descriptor);
    throw thrown;
  }
}

class DcdTrajectory implements Trajectory {
  readonly structure: Structure;
  readonly length: number;
  private readonly path: string;
  private descriptor: number | null;
  private readonly start: number;
  private readonly hasCell: boolean;
  private readonly record: Uint8Array;
  private readonly firstStep: number;
  private readonly interval: number;
  private readonly timestep: number;

  constructor(path: string, descriptor: number, structure: Structure) {
    this.path = path;
    this.descriptor = descriptor;
    this.structure = structure;
    const head = new DataView(this.bytes(0, 100).buffer);
    if (head.getUint32(0, false) === 84)
      throw new InputError(path, 'big-endian DCD; convert it (catdcd, mdconvert) to little-endian');
    if (head.getInt32(0, true) !== 84 || head.getUint32(4, false) !== 0x434f5244)
      throw new InputError(path, 'is not a DCD trajectory');
    const control = (index: number): number => head.getInt32(8 + 4 * index, true);
    if (control(8) !== 0) throw new InputError(path, `DCD with ${control(8)} fixed atoms, which md does not read`);
    if (control(11) !== 0) throw new InputError(path, 'DCD with a fourth dimension, which md does not read');
    if (control(19) === 0) throw new InputError(path, 'DCD of the X-PLOR flavour, which md does not read; convert it to CHARMM');
    const atomsAt = 100 + head.getInt32(92, true);
    const atoms = new DataView(this.bytes(atomsAt, 12).buffer).getInt32(4, true);
    const particles = structure.mass.length;
    if (atoms !== particles) throw new InputError(path, `${atoms} atoms in the trajectory, ${particles} in the structure`);
    this.start = atomsAt + 12;
    this.hasCell = control(10) !== 0;
    this.record = new Uint8Array((this.hasCell ? 56 : 0) + 3 * (4 * atoms + 8));
    this.length = Math.floor((fs.fstatSync(descriptor).size - this.start) / this.record.length);
    this.firstStep = control(1);
    this.interval = Math.max(1, control(2));
    this.timestep = head.getFloat32(8 + 36, true) * (structure.units === 'md' ? akmaTime : 1);
  }

  frame(index: number): Frame {
    const { record, path } = this;
    if (this.descriptor === null) throw new RangeError(`${path}: the trajectory has been closed`);
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`${path}: frame ${index} asked for, there are ${this.length}`);
    }
    readFully(this.descriptor, record, this.start + index * record.length);
    const particles = this.structure.mass.length;
    const scale = angstrom[this.structure.units];
    const view = new DataView(record.buffer);
    const positions = new Float64Array(3 * particles);
    for (let axis = 0; axis < 3; axis++) {
      const start = (this.hasCell ? 56 : 0) + axis * (4 * particles + 8) + 4;
      for (let i = 0; i < particles; i++) positions[3 * i + axis] = view.getFloat32(start + 4 * i, true) / scale;
    }
    const step = this.firstStep + index * this.interval;
    const box = this.hasCell ? boxOfCell(view, scale) : openBox;
    return { step, time: step * this.timestep, positions, velocities: null, forces: null, box };
  }

  close(): void {
    if (this.descriptor !== null) fs.closeSync(this.descriptor);
    this.descriptor = null;
  }

  private bytes(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (this.descriptor === null || readFully(this.descriptor, bytes, position) < length) {
      throw new InputError(this.path, 'is not a DCD trajectory: it ends within its header');
    }
    return bytes;
  }
}

/** Marks a Fortran record of `length` bytes whose leading length is at `start`. */
function frameRecord(view: DataView, start: number, length: number): void {
  view.setInt32(start, length, true);
  view.setInt32(start + 4 + length, length, true);
}

/** A, cos gamma, B, cos beta, cos alpha, C of a box. */
function unitCell(v: Float64Array, scale: number, cell: Float64Array): void {
  const a = v.subarray(0, 3);
  const b = v.subarray(3, 6);
  const c = v.subarray(6, 9);
  const dot = (p: Float64Array, q: Float64Array): number => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const [la, lb, lc] = [a, b, c].map((p) => Math.sqrt(dot(p, p)));
  cell.set([la * scale, dot(a, b) / (la * lb), lb * scale, dot(a, c) / (la * lc), dot(b, c) / (lb * lc), lc * scale]);
}

/** The lower-triangular box of a unit cell; an empty cell means open boundaries. */
function boxOfCell(view: DataView, scale: number): Box {
  const cell = Array.from({ length: 6 }, (_, i) => view.getFloat64(4 + 8 * i, true));
  const [la, lb, lc] = [cell[0] / scale, cell[2] / scale, cell[5] / scale];
  if (la === 0 && lb === 0 && lc === 0) return openBox;
  const cosine = (value: number): number => {
    if (Math.abs(value) <= 1) return value;
    return value === 90 ? 0 : Math.cos((value * Math.PI) / 180);
  };
  const [gamma, beta, alpha] = [cosine(cell[1]), cosine(cell[3]), cosine(cell[4])];
  const bx = lb * gamma;
  const by = Math.sqrt(lb * lb - bx * bx);
  const cx = lc * beta;
  const cy = (lb * lc * alpha - bx * cx) / by;
  const cz = Math.sqrt(lc * lc - cx * cx - cy * cy);
  return { vectors: Float64Array.of(la, 0, 0, bx, by, 0, cx, cy, cz) };
}
