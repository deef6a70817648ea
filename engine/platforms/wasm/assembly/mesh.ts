/** What particle-mesh Ewald keeps in memory: the mesh, the records of the particles, and the work space of each part (pme.ts has the phases). */
import { createTransform, elementBytes, Transform } from './fft';
import { virialBytes } from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { doublePrecision, particles } from './state';

/** Bytes of a record of order 4 in f32: u32 row offset, then after 16 vectors of weights z, slopes z, and four of x, y, slopes x, y. */
// @ts-ignore: decorator
@inline
export const cubicBytes: usize = 112;

// @ts-ignore: decorator
@unmanaged
export class Pme {
  alpha: f64;
  order: i32;
  nx: i32;
  ny: i32;
  nz: i32;
  parts: i32;
  /** f64 a particle: charge times the root of the Coulomb constant. */
  charge: usize;
  chargeSquares: f64;
  chargeSum: f64;

  alongX: Transform;
  alongY: Transform;
  alongZ: Transform;
  /** f64 a point along each axis: what makes up for the splines. */
  moduliX: usize;
  moduliY: usize;
  moduliZ: usize;
  /** Bytes from row to row and from plane to plane; rows with their halo. */
  grid: usize;
  rowStep: usize;
  planeStep: usize;
  rows: i32;
  /** Vectors of complex numbers in half a row, and vectors of weights along z. */
  blocks: i32;
  zVectors: i32;

  /** i32 a particle: plane it begins in, then its record, or -1 without charge; i32 a record: its particle. */
  numbers: usize;
  sorted: usize;
  /** i32 a part and plane; i32 a plane: its first record. */
  counts: usize;
  planeStart: usize;
  records: usize;
  recordBytes: usize;
  /** Offsets in a record, after the row offset (u32) and the weights along z. */
  slopesZ: usize;
  weightsXY: usize;

  /** [row y][block][x] vectors, with the cells (9 f64 a part) that they are of. */
  influence: usize;
  influenceBoxes: usize;
  /** Work space a part. */
  work: usize;
  workBytes: usize;
  /** f64, 10 a part: energy and virial. */
  sums: usize;

  energy: f64;
  /** As in state.ts. */
  virial: usize;
}

export function createPme(alpha: f64, order: i32, nx: i32, ny: i32, nz: i32): Pme {
  const pme = changetype<Pme>(allocate(offsetof<Pme>()));
  const lanes = doublePrecision ? 2 : 4;
  const real = doublePrecision ? 8 : 4;
  pme.alpha = alpha;
  pme.order = order;
  pme.nx = nx;
  pme.ny = ny;
  pme.nz = nz;
  // A function of the system alone, so that sums are the same for any number of threads.
  pme.parts = max(1, min(16, min(nx / 2, 1 + particles / 256)));
  pme.alongX = createTransform(nx);
  pme.alongY = createTransform(ny);
  pme.alongZ = createTransform(nz);
  pme.moduliX = allocate(<usize>nx * 8);
  pme.moduliY = allocate(<usize>ny * 8);
  pme.moduliZ = allocate(<usize>nz * 8);
  pme.zVectors = (order + lanes - 1) / lanes;
  pme.blocks = (nz / 2 + lanes) / lanes;
  const reals = (nz - 1 + pme.zVectors * lanes) * real;
  pme.rowStep = <usize>((max(reals, pme.blocks * <i32>elementBytes) + 31) & ~31);
  const pairs = 2 * lanes;
  pme.rows = max(ny + order - 1, ((ny + pairs - 1) / pairs) * pairs);
  // An odd number of cache lines, so that lines along x do not meet in few sets of the cache.
  pme.planeStep = ((((<usize>pme.rows * pme.rowStep + 63) >> 6) | 1) << 6);
  pme.grid = allocate(pme.planeStep * <usize>nx);
  const n = <usize>particles;
  pme.charge = allocate(n * 8);
  pme.numbers = allocate(n * 4);
  pme.sorted = allocate(n * 4);
  pme.counts = allocate(<usize>(pme.parts * nx) * 4);
  pme.planeStart = allocate(<usize>(nx + 1) * 4);
  pme.slopesZ = 16 + 16 * <usize>pme.zVectors;
  pme.weightsXY = 16 + 32 * <usize>pme.zVectors;
  pme.recordBytes = pme.weightsXY + <usize>(4 * real * order);
  pme.records = allocate(n * pme.recordBytes);
  pme.influence = allocate(<usize>(ny * pme.blocks * nx) * 16);
  pme.influenceBoxes = allocate(<usize>pme.parts * 72);
  pme.workBytes = (<usize>(3 * max(nx, max(ny, nz)) + 8) * elementBytes + 63) & ~63;
  pme.work = allocate(pme.workBytes * <usize>pme.parts);
  pme.sums = allocate(<usize>pme.parts * 128);
  pme.virial = allocate(virialBytes);
  return pme;
}

export function pmeCharge(pme: Pme): usize { return pme.charge; }
export function pmeModuli(pme: Pme, axis: i32): usize { return axis == 0 ? pme.moduliX : axis == 1 ? pme.moduliY : pme.moduliZ; }
export function pmeEnergy(pme: Pme): f64 { return pme.energy; }

/** Call when the charges have been written. */
export function finishPme(pme: Pme): void {
  pme.chargeSquares = 0;
  pme.chargeSum = 0;
  for (let i = 0; i < particles; i++) {
    const q = load<f64>(pme.charge + <usize>i * 8);
    pme.chargeSquares += q * q;
    pme.chargeSum += q;
  }
}

/** Where part `k` of `parts` begins among `n`. */
// @ts-ignore: decorator
@inline
export function begin(k: i32, parts: i32, n: i32): i32 {
  return <i32>((<i64>k * <i64>n) / <i64>parts);
}

/** Two vectors of weights along z, or three. */
// @ts-ignore: decorator
@unmanaged
export class Two {
  // @ts-ignore: decorator
  @inline count(): i32 { return 2; }
}
// @ts-ignore: decorator
@unmanaged
export class Three {
  // @ts-ignore: decorator
  @inline count(): i32 { return 3; }
}

// @ts-ignore: decorator
@inline
export function splatAt<V>(at: usize): v128 {
  return changetype<V>(0).isDouble() ? v128.load_splat<f64>(at) : v128.load_splat<f32>(at);
}
