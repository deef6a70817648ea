/** The master state in f64, in the order of the system's particles, and the cell. */
import { allocate } from './memory';

export let particles: i32 = 0;
/** f64: 3 a particle; as all arrays of particles with room for a multiple of four. */
export let positions: usize = 0;
export let velocities: usize = 0;
export let forces: usize = 0;
/** f64: 1 a particle. */
export let mass: usize = 0;
/** f64: 9, row-major, lower-triangular. */
export let box: usize = 0;
export let periodic: bool = false;
export let doublePrecision: bool = false;

/** Sum of r_ij . f_ij over all interactions, of the last call with energies. */
export let virial: f64 = 0;
export let inverseX: f64 = 0;
export let inverseY: f64 = 0;
export let inverseZ: f64 = 0;
export let ax: f64 = 0;
export let bx: f64 = 0;
export let by: f64 = 0;
export let cx: f64 = 0;
export let cy: f64 = 0;
export let cz: f64 = 0;

export function createState(count: i32, isPeriodic: bool, inDouble: bool): void {
  particles = count;
  periodic = isPeriodic;
  doublePrecision = inDouble;
  const room = <usize>((count + 3) & ~3);
  positions = allocate(room * 24);
  velocities = allocate(room * 24);
  forces = allocate(room * 24);
  mass = allocate(room * 8);
  box = allocate(72);
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
  virial = 0;
}

export function addVirial(amount: f64): void {
  virial += amount;
}
