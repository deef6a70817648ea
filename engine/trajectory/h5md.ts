/**
 * Writes trajectories as H5MD 1.1 (de Buyl, Colberg & Hoefling, Comput. Phys. Commun. 185, 1546, 2014), through h5wasm.
 *
 *     /h5md                       version [1, 1]; author, creator; modules/units
 *     /particles/all              position, velocity, force: value [frames][N][3], step and time shared by hard links
 *                   /box          dimension 3, boundary "periodic" or "none" three times; edges/value [frames][3][3]
 *                   /mass /charge /species /id   [N], fixed in time
 *     /connectivity/bonds         [bonds][2], ids of bonded particles
 *     /parameters/structure       what H5MD has no place for: names, elements, molecules, residues, type names
 *
 * The box is written as three vectors (rows) also when it is orthorhombic: H5MD allows three edge lengths instead, but
 * MDAnalysis (2.4) reads those as an empty box.
 * Units are those of the engine, as `unit` attributes that MDAnalysis knows: nm, ps, nm ps-1, kJ mol-1 nm-1, Da, e. In `lj`
 * units the attributes are left out, which is how H5MD says "unspecified"; MDAnalysis then wants `convert_units=False`.
 */
import * as fs from 'node:fs';
import type { Dataset, Group, File as Hdf5File } from 'h5wasm/node';
import { InputError, SimulationError } from '../errors.ts';
import type { Structure } from '../system/system.ts';
import { commitFile } from './files.ts';
import { closeQuietly, hdf5Reason, loadHdf5 } from './hdf5.ts';
import type { FrameSource, StoredArray } from './journal.ts';

/** Who and what made the file. */
export interface H5mdMetadata {
  /** Version of md. */
  readonly version: string;
  /** The author's name, which H5MD wants; `md` knows nobody's name, so the default is "unknown". */
  readonly author?: string;
  readonly email?: string;
}

type QuantityName = 'position' | 'velocity' | 'force';

const unitOf = {
  time: 'ps',
  position: 'nm',
  velocity: 'nm ps-1',
  force: 'kJ mol-1 nm-1',
  mass: 'Da',
  charge: 'e',
} as const;

/** The unit of each time-dependent dataset of a file in `md` units, by its path in the group of particles. */
export const frameUnits: Readonly<Record<string, string>> = {
  'position/value': unitOf.position,
  'position/time': unitOf.time,
  'velocity/value': unitOf.velocity,
  'force/value': unitOf.force,
  'box/edges/value': unitOf.position,
};

/** Bytes of a chunk, and so of the blocks that are read and written: enough to be fast, little enough for a laptop. */
const chunkBytes = 1 << 20;

/**
 * Writes all frames of `source` to `path`, block by block (memory does not grow with the number of frames), and gives the file
 * its name when it is complete. `progress` hears how many frames are done. SimulationError if the disk refuses.
 */
export async function writeH5md(
  path: string,
  source: FrameSource,
  structure: Structure,
  metadata: H5mdMetadata,
  progress?: (done: number, total: number) => void,
): Promise<void> {
  const particles = structure.mass.length;
  if (particles !== source.contents.particles) {
    throw new InputError(path, `the frames have ${source.contents.particles} particles, the structure ${particles}`);
  }
  const hdf5 = await loadHdf5();
  const temporary = `${path}.tmp`;
  let file: Hdf5File;
  try {
    file = new hdf5.File(temporary, 'w');
  } catch (cause) {
    throw new SimulationError(`${path}: cannot be written: ${hdf5Reason(cause)}`, { cause });
  }
  try {
    writeHeader(file, metadata);
    const all = file.create_group('particles').create_group('all');
    writeParticles(all, structure);
    writeConnectivity(file, all, structure);
    writeStructure(file, structure);
    writeFrames(file, all, source, progress);
    file.close();
    commitFile(temporary, path);
  } catch (cause) {
    closeQuietly(file);
    fs.rmSync(temporary, { force: true });
    if (cause instanceof SimulationError) throw cause;
    throw new SimulationError(`${path}: cannot be written: ${hdf5Reason(cause)}`, { cause });
  }
}

function writeHeader(file: Hdf5File, metadata: H5mdMetadata): void {
  const h5md = file.create_group('h5md');
  h5md.create_attribute('version', Int32Array.of(1, 1));
  const author = h5md.create_group('author');
  author.create_attribute('name', metadata.author ?? 'unknown');
  if (metadata.email !== undefined) author.create_attribute('email', metadata.email);
  const creator = h5md.create_group('creator');
  creator.create_attribute('name', 'md');
  creator.create_attribute('version', metadata.version);
  h5md.create_group('modules').create_group('units').create_attribute('version', Int32Array.of(1, 0));
}

function writeParticles(all: Group, structure: Structure): void {
  const n = structure.mass.length;
  const mass = all.create_dataset({ name: 'mass', data: structure.mass, shape: [n] });
  const charge = all.create_dataset({ name: 'charge', data: structure.charge, shape: [n] });
  if (structure.units === 'md') {
    mass.create_attribute('unit', unitOf.mass);
    charge.create_attribute('unit', unitOf.charge);
  }
  all.create_dataset({ name: 'species', data: structure.type, shape: [n] });
  all.create_dataset({ name: 'id', data: Int32Array.from({ length: n }, (_, i) => i), shape: [n] });
}

function writeConnectivity(file: Hdf5File, all: Group, structure: Structure): void {
  const bonds = file
    .create_group('connectivity')
    .create_dataset({ name: 'bonds', data: structure.bonds, shape: [structure.bonds.length / 2, 2] });
  bonds.create_attribute('particles_group', [all.create_reference()], []);
}

function writeStructure(file: Hdf5File, structure: Structure): void {
  const group = file.create_group('parameters').create_group('structure');
  group.create_attribute('units', structure.units);
  const strings = {
    name: structure.name,
    element: structure.element,
    typeNames: structure.typeNames,
    residueNames: structure.residueNames,
  };
  for (const [name, data] of Object.entries(strings)) {
    // An empty list has no type that the library could guess.
    if (data.length) group.create_dataset({ name, data: [...data] });
  }
  group.create_dataset({ name: 'molecule', data: structure.molecule });
  group.create_dataset({ name: 'residue', data: structure.residue });
}

/** A time-dependent dataset, a buffer of one block, and where in the frame record its numbers are. */
interface Target {
  readonly dataset: Dataset;
  readonly block: StoredArray;
  readonly width: number;
  readonly pick: (frame: ReturnType<FrameSource['read']>) => StoredArray;
}

function writeFrames(file: Hdf5File, all: Group, source: FrameSource, progress?: (done: number, total: number) => void): void {
  const { length, contents } = source;
  const perBlock = framesPerBlock(contents.particles, contents.precision === 'f32' ? 4 : 8, length);
  const targets: Target[] = [];
  const position = createElement(all, 'position', source, perBlock);
  targets.push({ ...position, pick: (frame) => frame.positions });
  if (contents.velocities) {
    targets.push({ ...createElement(all, 'velocity', source, perBlock), pick: (frame) => must(frame.velocities) });
  }
  if (contents.forces) targets.push({ ...createElement(all, 'force', source, perBlock), pick: (frame) => must(frame.forces) });
  const box = all.create_group('box');
  box.create_attribute('dimension', 3);
  box.create_attribute('boundary', Array(3).fill(contents.periodic ? 'periodic' : 'none'));
  if (contents.periodic) targets.push({ ...createEdges(box, source, perBlock), pick: (frame) => frame.box });

  const steps = new BigInt64Array(length);
  const times = new Float64Array(length);
  for (let start = 0; start < length; start += perBlock) {
    const end = Math.min(start + perBlock, length);
    for (let i = start; i < end; i++) {
      const frame = source.read(i);
      steps[i] = BigInt(frame.step);
      times[i] = frame.time;
      for (const { block, width, pick } of targets) block.set(pick(frame), (i - start) * width);
    }
    for (const { dataset, block, width } of targets) {
      const used = end - start === perBlock ? block : block.subarray(0, (end - start) * width);
      dataset.write_slice([[start, end]], used);
    }
    progress?.(end, length);
  }
  const first = all.get('position') as Group;
  first.create_dataset({ name: 'step', data: steps, shape: [length] });
  const time = first.create_dataset({ name: 'time', data: times, shape: [length] });
  if (contents.units === 'md') time.create_attribute('unit', unitOf.time);
  const others = [
    ...(contents.velocities ? ['velocity'] : []),
    ...(contents.forces ? ['force'] : []),
    ...(contents.periodic ? ['box/edges'] : []),
  ];
  for (const other of others) {
    for (const name of ['step', 'time'])
      file.create_hard_link(`/particles/all/position/${name}`, `particles/all/${other}/${name}`);
  }
}

function createElement(all: Group, name: QuantityName, source: FrameSource, perBlock: number): Omit<Target, 'pick'> {
  const { particles, precision, units } = source.contents;
  const width = 3 * particles;
  const block = precision === 'f32' ? new Float32Array(perBlock * width) : new Float64Array(perBlock * width);
  const shape = [particles, 3];
  const dataset = createResizable(all.create_group(name), shape, precision === 'f32' ? '<f' : '<d', source.length, perBlock);
  if (units === 'md') dataset.create_attribute('unit', unitOf[name]);
  return { dataset, block, width };
}

function createEdges(box: Group, source: FrameSource, perBlock: number): Omit<Target, 'pick'> {
  const dataset = createResizable(box.create_group('edges'), [3, 3], '<d', source.length, perBlock);
  if (source.contents.units === 'md') dataset.create_attribute('unit', unitOf.position);
  return { dataset, block: new Float64Array(perBlock * 9), width: 9 };
}

/** A chunked dataset `value` of `length` frames that is allocated as it is written. */
function createResizable(group: Group, shape: number[], dtype: string, length: number, perBlock: number): Dataset {
  const data = dtype === '<f' ? new Float32Array(0) : new Float64Array(0);
  const dataset = group.create_dataset({
    name: 'value',
    data,
    dtype,
    shape: [0, ...shape],
    maxshape: [null, ...shape],
    chunks: [perBlock, ...shape],
  });
  dataset.resize([length, ...shape]);
  return dataset;
}

/** Frames in a block of about a megabyte of one quantity; at least one, at most all. */
function framesPerBlock(particles: number, width: number, length: number): number {
  return Math.max(1, Math.min(length, Math.floor(chunkBytes / (3 * particles * width))));
}

function must(array: StoredArray | null): StoredArray {
  if (array === null) throw new SimulationError('a frame lacks an array that its journal should store');
  return array;
}
