/** Reads H5MD trajectories frame by frame through h5wasm, a block at a time. */
import type { Dataset, Group, File as Hdf5File } from 'h5wasm/node';
import { InputError } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { openBox } from '../system/box.ts';
import type { Structure } from '../system/system.ts';
import { frameUnits } from './h5md.ts';
import { closeQuietly, hdf5Reason, loadHdf5 } from './hdf5.ts';
import type { StoredArray } from './journal.ts';
import type { Frame, Trajectory } from './trajectory.ts';

/**
 * Opens an H5MD file. Without a `given` structure the file must say what its particles are, as those that md wrote do.
 * InputError if the file is not there, is not H5MD, lacks positions, or has another number of particles than the structure.
 */
export async function openH5md(path: string, given: Structure | null): Promise<Trajectory> {
  const hdf5 = await loadHdf5();
  let file: Hdf5File;
  try {
    file = new hdf5.File(path, 'r');
  } catch (cause) {
    throw new InputError(path, `cannot be opened as HDF5: ${hdf5Reason(cause)}`, { cause });
  }
  try {
    return new H5mdTrajectory(path, file, given);
  } catch (cause) {
    closeQuietly(file);
    if (cause instanceof InputError) throw cause;
    throw new InputError(path, `cannot be read as H5MD: ${hdf5Reason(cause)}`, { cause });
  }
}

class H5mdTrajectory implements Trajectory {
  readonly structure: Structure;
  readonly length: number;
  private readonly path: string;
  private file: Hdf5File | null;
  private readonly steps: Float64Array;
  private readonly times: Float64Array;
  private readonly positions: FrameBlocks;
  private readonly velocities: FrameBlocks | null;
  private readonly forces: FrameBlocks | null;
  private readonly edges: FrameBlocks | null;

  constructor(path: string, file: Hdf5File, given: Structure | null) {
    this.path = path;
    this.file = file;
    const groupName = group(file, 'particles', path).keys()[0];
    const all = group(file, `particles/${groupName}`, path);
    this.positions = new FrameBlocks(dataset(all, 'position/value', path));
    const blocks = (name: string): FrameBlocks | null =>
      all.get(name) === null ? null : new FrameBlocks(dataset(all, `${name}/value`, path));
    this.velocities = blocks('velocity');
    this.forces = blocks('force');
    const hasBox = all.get('box') !== null && all.get('box/edges') !== null;
    this.edges = hasBox ? new FrameBlocks(dataset(all, 'box/edges/value', path)) : null;
    this.length = this.positions.length;
    this.steps = instants(dataset(all, 'position/step', path), this.length);
    this.times = all.get('position/time') === null ? this.steps : instants(dataset(all, 'position/time', path), this.length);
    const structure = given ?? readStructure(file, all, path);
    if (!structure)
      throw new InputError(path, 'the file does not say what its particles are, and no structure.json lies beside it');
    const particles = structure.mass.length;
    if (3 * particles !== this.positions.width) {
      throw new InputError(path, `${this.positions.width / 3} particles in the trajectory, ${particles} in the structure`);
    }
    this.structure = structure;
    checkUnits(all, structure.units, path);
  }

  frame(index: number): Frame {
    if (!this.file) throw new RangeError(`${this.path}: the trajectory has been closed`);
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`${this.path}: frame ${index} asked for, there are ${this.length}`);
    }
    return {
      step: this.steps[index],
      time: this.times[index],
      positions: this.positions.copy(index),
      velocities: this.velocities?.copy(index) ?? null,
      forces: this.forces?.copy(index) ?? null,
      box: this.edges ? { vectors: boxVectors(this.edges.copy(index)) } : openBox,
    };
  }

  close(): void {
    this.file?.close();
    this.file = null;
  }
}

/** InputError if the file says it is in units other than the structure's: nothing is converted silently, and nothing misread. */
function checkUnits(all: Group, units: UnitSystem, path: string): void {
  for (const [name, expected] of Object.entries(frameUnits)) {
    const found = all.get(name);
    if (!found || !('attrs' in found) || !('unit' in found.attrs)) continue;
    const unit = String(found.attrs.unit.value);
    if (units === 'lj') throw new InputError(path, `${name} is in ${unit}, but the structure is in reduced (lj) units`);
    if (unit !== expected) throw new InputError(path, `${name} is in ${unit}; md reads ${expected}: convert the file first`);
  }
}

/** One dataset [frames][...] with the block that was read last. */
class FrameBlocks {
  readonly length: number;
  readonly width: number;
  private readonly source: Dataset;
  private readonly perBlock: number;
  private start = -1;
  private block: StoredArray = new Float64Array(0);

  constructor(source: Dataset) {
    const { shape, chunks } = source.metadata;
    this.source = source;
    this.length = shape?.[0] ?? 0;
    this.width = (shape ?? []).slice(1).reduce((product, size) => product * size, 1);
    this.perBlock = Number(chunks?.[0] ?? 1);
  }

  copy(index: number): Float64Array {
    const start = index - (index % this.perBlock);
    if (start !== this.start) {
      this.block = this.source.slice([[start, Math.min(start + this.perBlock, this.length)]]) as StoredArray;
      this.start = start;
    }
    const offset = (index - start) * this.width;
    return Float64Array.from(this.block.subarray(offset, offset + this.width));
  }
}

/** Three vectors, from three vectors or three edge lengths. */
function boxVectors(edges: Float64Array): Float64Array {
  return edges.length === 9 ? edges : Float64Array.of(edges[0], 0, 0, 0, edges[1], 0, 0, 0, edges[2]);
}

/** The structure that md stored, or null in a file from elsewhere. */
function readStructure(file: Hdf5File, all: Group, path: string): Structure | null {
  if (!file.keys().includes('parameters')) return null;
  const parameters = group(file, 'parameters', path);
  if (!parameters.keys().includes('structure')) return null;
  const own = group(file, 'parameters/structure', path);
  const names = own.keys();
  const strings = (name: string): string[] => (names.includes(name) ? (dataset(own, name, path).value as string[]) : []);
  const integers = (from: Group, name: string): Int32Array => Int32Array.from(numbers(dataset(from, name, path)));
  return {
    units: own.get_attribute('units', true) as UnitSystem,
    mass: numbers(dataset(all, 'mass', path)),
    charge: numbers(dataset(all, 'charge', path)),
    type: integers(all, 'species'),
    typeNames: strings('typeNames'),
    name: strings('name'),
    element: strings('element'),
    molecule: integers(own, 'molecule'),
    residue: integers(own, 'residue'),
    residueNames: strings('residueNames'),
    bonds: integers(group(file, 'connectivity', path), 'bonds'),
  };
}

/** One value a frame; H5MD also allows a single one, the interval, with the first as the attribute `offset`. */
function instants(source: Dataset, length: number): Float64Array {
  if (source.shape?.length !== 0) return numbers(source);
  const offset = 'offset' in source.attrs ? Number(source.attrs.offset.value) : 0;
  return Float64Array.from({ length }, (_, i) => offset + i * Number(source.value));
}

function numbers(source: Dataset): Float64Array {
  return Float64Array.from(source.value as Iterable<number | bigint>, Number);
}

function group(parent: Group, name: string, path: string): Group {
  const found = parent.get(name);
  if (!found || !('type' in found) || found.type !== 'Group')
    throw new InputError(path, `no group "${name}": not H5MD as md or MDAnalysis know it`);
  return found as Group;
}

function dataset(parent: Group, name: string, path: string): Dataset {
  const found = parent.get(name);
  if (!found || !('type' in found) || found.type !== 'Dataset')
    throw new InputError(path, `no dataset "${parent.path}/${name}": not H5MD as md or MDAnalysis know it`);
  return found as Dataset;
}
