/** The master state in f64, in the order of the system's particles, and the cell; and the ranges of particles that threads work on. */
import { arenaBytes, mostParts } from '../../../threads/assembly/layout';
import { allocate, arena } from '../../../threads/assembly/memory';
import { sumWidth, virialBytes } from './layout';

/** What all threads know; each copies it into globals when it enters a job. It is the first region of the memory. */
// @ts-ignore: decorator
@unmanaged
class Common {
  particles: i32;
  parts: i32;
  dimensions: i32;
  periodic: bool;
  doublePrecision: bool;
  positions: usize;
  velocities: usize;
  forces: usize;
  mass: usize;
  box: usize;
  starts: usize;
  sums: usize;
  virial: usize;
  /** What dynamics.ts keeps. */
  dynamics: usize;
}

export let particles: i32 = 0;
/** Coordinates of a particle that noise moves: the first of x, y, z. */
export let dimensions: i32 = 3;
/** f64: 3 a particle, filled up to whole fours with at least one more, which stays at 0 and on which padding lanes work. */
export let positions: usize = 0;
export let velocities: usize = 0;
export let forces: usize = 0;
/** f64: 1 a particle. */
export let mass: usize = 0;
/** f64: 9, row-major, lower-triangular. */
export let box: usize = 0;
export let periodic: bool = false;
export let doublePrecision: bool = false;
/** Ranges of particles: multiples of four (but the last), ends of molecules where that is possible. */
export let particleParts: i32 = 1;
/** i32: first particle of each range, and the end. */
export let particleStarts: usize = 0;
/** f64: sumWidth a range, for sums that are then added in the order of the ranges. */
export let particleSums: usize = 0;
/** What dynamics.ts keeps for all threads. */
export let dynamicsAt: usize = 0;

/** f64: xx, yy, zz, xy, xz, yz of the sum of r_ij (x) f_ij over all interactions, of the last call with energies; by the first thread. */
export let virial: usize = 0;
export let inverseX: f64 = 0;
export let inverseY: f64 = 0;
export let inverseZ: f64 = 0;
export let ax: f64 = 0;
export let bx: f64 = 0;
export let by: f64 = 0;
export let cx: f64 = 0;
export let cy: f64 = 0;
export let cz: f64 = 0;

function common(): Common {
  return changetype<Common>(arena() + arenaBytes);
}

/** @param parts ranges of particles; their bounds are written to `particleStarts` afterwards */
export function createState(count: i32, isPeriodic: bool, inDouble: bool, parts: i32): void {
  if (parts > mostParts) unreachable();
  const all = changetype<Common>(allocate(offsetof<Common>()));
  all.particles = count;
  all.periodic = isPeriodic;
  all.doublePrecision = inDouble;
  all.parts = parts;
  all.dimensions = 3;
  const room = <usize>((count + 4) & ~3);
  all.positions = allocate(room * 24);
  all.velocities = allocate(room * 24);
  all.forces = allocate(room * 24);
  all.mass = allocate(room * 8);
  all.box = allocate(72);
  all.starts = allocate(<usize>parts * 4 + 4);
  all.sums = allocate(<usize>parts * sumWidth * 8);
  all.virial = allocate(virialBytes);
  enterState();
}

/** Every thread's first act in a job: takes over what has been set up, and the cell as it is now. */
export function enterState(): void {
  const all = common();
  particles = all.particles;
  dimensions = all.dimensions;
  periodic = all.periodic;
  doublePrecision = all.doublePrecision;
  particleParts = all.parts;
  positions = all.positions;
  velocities = all.velocities;
  forces = all.forces;
  mass = all.mass;
  box = all.box;
  particleStarts = all.starts;
  particleSums = all.sums;
  virial = all.virial;
  dynamicsAt = all.dynamics;
  updateBox();
}

/** After `createState`. */
export function setDimensions(count: i32): void {
  common().dimensions = count;
  dimensions = count;
}

export function keepDynamics(address: usize): void {
  common().dynamics = address;
  dynamicsAt = address;
}

// @ts-ignore: decorator
@inline
export function partFirst(part: i32): i32 {
  return load<i32>(particleStarts + <usize>part * 4);
}

// @ts-ignore: decorator
@inline
export function partEnd(part: i32): i32 {
  return load<i32>(particleStarts + <usize>part * 4, 4);
}

/** Where range `part` keeps its sums: sumWidth numbers. */
// @ts-ignore: decorator
@inline
export function sumsOf(part: i32): usize {
  return particleSums + <usize>part * (sumWidth * 8);
}

// @ts-ignore: decorator
@inline
export function setSum(part: i32, k: i32, value: f64): void {
  store<f64>(sumsOf(part) + <usize>k * 8, value);
}

/** The sum of number k of all ranges, in their order. */
export function total(k: i32): f64 {
  let sum: f64 = 0;
  for (let part = 0; part < particleParts; part++) sum += load<f64>(sumsOf(part) + <usize>k * 8);
  return sum;
}

/** Reads the cell anew; call after writing to `box`. All zero for open boundaries, which makes every image shift zero. */
export function updateBox(): void {
  if (!periodic) return;
  ax = load<f64>(box);
  bx = load<f64>(box, 24);
  by = load<f64>(box, 32);
  cx = load<f64>(box, 48);
  cy = load<f64>(box, 56);
  cz = load<f64>(box, 64);
  inverseX = 1 / ax;
  inverseY = 1 / by;
  inverseZ = 1 / cz;
}

export function clearVirial(): void {
  memory.fill(virial, 0, virialBytes);
}

/** Adds the six numbers at an address. */
export function addVirial(from: usize): void {
  for (let k: usize = 0; k < <usize>virialBytes; k += 8) store<f64>(virial + k, load<f64>(virial + k) + load<f64>(from + k));
}
