/**
 * Reciprocal space of particle-mesh Ewald (engine/forces/coulomb-pme.ts) in phases, each a function of a part that writes what belongs to
 * the part alone: ranges of particles, planes of the mesh along x, or rows of it along y. Between phases everybody waits.
 *
 *   countParticles   which plane each particle begins in, and how many of the part begin in each
 *   orderParticles   their order by planes
 *   placeParticles   weights of the particles, as records in that order
 *   spreadPlanes     charges of a plane, from the records that touch it; its transform along z and y
 *   convolveRows     transform along x, product with the influence function, and back
 *   potentialPlanes  back along y and z
 *   gatherForces     forces of the part's records
 *   collectForces    and of its particles
 *
 * A plane fits the first-level cache, and so does a line along x: the mesh is read from memory three times a step.
 * Essmann et al., J. Chem. Phys. 103, 8577 (1995).
 */
import { createTransform, elementBytes, Transform, transformLine } from './fft';
import { exp } from './math';
import { allocate } from './memory';
import { addVirial, ax, bx, by, cx, cy, cz, doublePrecision, forces, particles, positions } from './state';
import { Double, Single } from './vector';

/** Bytes of a record of order 4 in f32: u32 row offset, then after 16 vectors of weights z, slopes z, and four of x, y, slopes x, y. */
// @ts-ignore: decorator
@inline
const cubicBytes: usize = 112;

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
  /** f64, 9. */
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
  pme.virial = allocate(72);
  return pme;
}

export function pmeCharge(pme: Pme): usize { return pme.charge; }
export function pmeModuli(pme: Pme, axis: i32): usize { return axis == 0 ? pme.moduliX : axis == 1 ? pme.moduliY : pme.moduliZ; }
export function pmeEnergy(pme: Pme): f64 { return pme.energy; }
export function pmeVirial(pme: Pme): usize { return pme.virial; }

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
function begin(k: i32, parts: i32, n: i32): i32 {
  return <i32>((<i64>k * <i64>n) / <i64>parts);
}

/** Coordinates along the box vectors in mesh points, wrapped: 0 <= at < n. */
let atX: f64 = 0;
let atY: f64 = 0;
let atZ: f64 = 0;

// @ts-ignore: decorator
@inline
function locate(pme: Pme, i: i32, inverseX: f64, inverseY: f64, inverseZ: f64): void {
  const from = positions + <usize>i * 24;
  const uz = load<f64>(from, 16) * inverseZ;
  const uy = (load<f64>(from, 8) - uz * cy) * inverseY;
  const ux = (load<f64>(from) - uy * bx - uz * cx) * inverseX;
  atX = (ux - Math.floor(ux)) * <f64>pme.nx;
  atY = (uy - Math.floor(uy)) * <f64>pme.ny;
  atZ = (uz - Math.floor(uz)) * <f64>pme.nz;
}

/** The point before `at`, which rounding may have made n; the last one for NaN, which is found in the forces. */
// @ts-ignore: decorator
@inline
function pointBefore(at: f64, n: i32): i32 {
  return at < <f64>n ? <i32>at : n - 1;
}

export function countParticles(pme: Pme, part: i32): void {
  const nx = pme.nx;
  const counts = pme.counts + <usize>(part * nx) * 4;
  memory.fill(counts, 0, <usize>nx * 4);
  const end = begin(part + 1, pme.parts, particles);
  const inverseX = 1 / ax;
  const inverseY = 1 / by;
  const inverseZ = 1 / cz;
  for (let i = begin(part, pme.parts, particles); i < end; i++) {
    let plane = -1;
    if (load<f64>(pme.charge + <usize>i * 8) != 0) {
      locate(pme, i, inverseX, inverseY, inverseZ);
      plane = pointBefore(atX, nx);
      const at = counts + <usize>plane * 4;
      store<i32>(at, load<i32>(at) + 1);
    }
    store<i32>(pme.numbers + <usize>i * 4, plane);
  }
}

/** Numbers of the records in the order of planes, and within a plane in the order of particles. */
export function orderParticles(pme: Pme, part: i32): void {
  const nx = pme.nx;
  const parts = pme.parts;
  const cursors = pme.work + pme.workBytes * <usize>part;
  let sum = 0;
  for (let x = 0; x < nx; x++) {
    if (part == 0) store<i32>(pme.planeStart + <usize>x * 4, sum);
    for (let k = 0; k < parts; k++) {
      if (k == part) store<i32>(cursors + <usize>x * 4, sum);
      sum += load<i32>(pme.counts + <usize>(k * nx + x) * 4);
    }
  }
  if (part == 0) store<i32>(pme.planeStart + <usize>nx * 4, sum);
  const end = begin(part + 1, parts, particles);
  for (let i = begin(part, parts, particles); i < end; i++) {
    const at = pme.numbers + <usize>i * 4;
    const plane = load<i32>(at);
    if (plane < 0) continue;
    const cursor = cursors + <usize>plane * 4;
    const number = load<i32>(cursor);
    store<i32>(cursor, number + 1);
    store<i32>(at, number);
    store<i32>(pme.sorted + <usize>number * 4, i);
  }
}

/** The part's records. */
export function placeParticles(pme: Pme, part: i32): void {
  if (doublePrecision) place<Double>(pme, part);
  else place<Single>(pme, part);
}

function place<V>(pme: Pme, part: i32): void {
  const v = changetype<V>(0);
  const weights = pme.work + pme.workBytes * <usize>part;
  const charged = load<i32>(pme.planeStart + <usize>pme.nx * 4);
  const end = begin(part + 1, pme.parts, charged);
  const inverseX = 1 / ax;
  const inverseY = 1 / by;
  const inverseZ = 1 / cz;
  let plane = 0;
  for (let k = begin(part, pme.parts, charged); k < end; k++) {
    while (load<i32>(pme.planeStart + <usize>plane * 4, 4) <= k) plane++;
    const i = load<i32>(pme.sorted + <usize>k * 4);
    const record = pme.records + <usize>k * pme.recordBytes;
    locate(pme, i, inverseX, inverseY, inverseZ);
    const y = pointBefore(atY, pme.ny);
    const z = pointBefore(atZ, pme.nz);
    store<u32>(record, <u32>(<usize>y * pme.rowStep + (<usize>z << (v.isDouble() ? 3 : 2))));
    const q = load<f64>(pme.charge + <usize>i * 8);
    if (!v.isDouble() && pme.order == 4) {
      fillCubic(record, f32x4(<f32>(atX - <f64>plane), <f32>(atY - <f64>y), <f32>(atZ - <f64>z), 0), <f32>q);
      continue;
    }
    if (v.isDouble()) {
      splines<V>(f64x2(atX - <f64>plane, atY - <f64>y), pme.order, weights, 64);
      splines<V>(f64x2(atZ - <f64>z, 0), pme.order, weights + 32, 64);
    } else {
      splines<V>(f32x4(<f32>(atX - <f64>plane), <f32>(atY - <f64>y), <f32>(atZ - <f64>z), 0), pme.order, weights, 32);
    }
    fillRecord<V>(pme, record, weights, q);
  }
}

/**
 * Weights and slopes of the order's points for each lane of u, as in splineWeights of engine/forces/pme-mesh.ts: vectors at `to`, slopes
 * at `to` + 16, the next point `step` bytes on.
 */
// @ts-ignore: decorator
@inline
function splines<V>(u: v128, order: i32, to: usize, step: usize): void {
  const v = changetype<V>(0);
  const one = v.splat(1);
  store<v128>(to, v.sub(one, u));
  store<v128>(to + step, u);
  for (let k = 3; k <= order; k++) {
    const last = <usize>(k - 1) * step;
    store<v128>(to + last, v.splat(0));
    if (k == order) {
      let before = v.splat(0);
      for (let at = to; at <= to + last; at += step) {
        const here = load<v128>(at);
        store<v128>(at, v.sub(before, here), 16);
        before = here;
      }
    }
    const scale = v.splat(1 / <f64>(k - 1));
    let x = u; // u + k - 1 - j
    for (let at = to + last; at > to; at -= step) {
      const next = v.madd(x, load<v128>(at - step), v.mul(v.sub(v.splat(<f64>k), x), load<v128>(at)));
      store<v128>(at, v.mul(scale, next));
      x = v.add(x, one);
    }
    store<v128>(to, v.mul(scale, v.mul(v.sub(v.splat(<f64>k), x), load<v128>(to))));
  }
}

// @ts-ignore: decorator
@inline
function fillRecord<V>(pme: Pme, record: usize, weights: usize, q: f64): void {
  const order = <usize>pme.order;
  if (changetype<V>(0).isDouble()) {
    for (let j: usize = 0; j < <usize>pme.zVectors * 2; j++) {
      const from = weights + 64 * j;
      store<f64>(record + 16 + 8 * j, j < order ? q * load<f64>(from, 32) : 0);
      store<f64>(record + pme.slopesZ + 8 * j, j < order ? q * load<f64>(from, 48) : 0);
    }
    for (let j: usize = 0; j < order; j++) {
      const to = record + pme.weightsXY + 32 * j;
      store<v128>(to, load<v128>(weights + 64 * j));
      store<v128>(to, load<v128>(weights + 64 * j, 16), 16);
    }
    return;
  }
  const single = <f32>q;
  for (let j: usize = 0; j < <usize>pme.zVectors * 4; j++) {
    const from = weights + 32 * j;
    store<f32>(record + 16 + 4 * j, j < order ? single * load<f32>(from, 8) : 0);
    store<f32>(record + pme.slopesZ + 4 * j, j < order ? single * load<f32>(from, 24) : 0);
  }
  for (let j: usize = 0; j < order; j++) {
    const to = record + pme.weightsXY + 16 * j;
    store<v128>(to, i64x2.shuffle(load<v128>(weights + 32 * j), load<v128>(weights + 32 * j, 16), 0, 2));
  }
}

/** The record of order 4 in f32: splines in closed form, x, y and z in the lanes of u. */
// @ts-ignore: decorator
@inline
function fillCubic(record: usize, u: v128, q: f32): void {
  const v = changetype<Single>(0);
  const sixth = f32x4.splat(1.0 / 6.0);
  const half = f32x4.splat(0.5);
  const t = f32x4.sub(f32x4.splat(1), u);
  const u2 = f32x4.mul(u, u);
  const t2 = f32x4.mul(t, t);
  const u3 = f32x4.mul(u2, u);
  const t3 = f32x4.mul(t2, t);
  const w0 = f32x4.mul(sixth, t3);
  const w3 = f32x4.mul(sixth, u3);
  const w1 = v.madd(half, u3, f32x4.sub(f32x4.splat(2.0 / 3.0), u2));
  const w2 = v.madd(half, t3, f32x4.sub(f32x4.splat(2.0 / 3.0), t2));
  const d0 = f32x4.mul(f32x4.splat(-0.5), t2);
  const d3 = f32x4.mul(half, u2);
  const d1 = f32x4.sub(f32x4.mul(f32x4.splat(1.5), u2), f32x4.add(u, u));
  const d2 = f32x4.sub(f32x4.add(t, t), f32x4.mul(f32x4.splat(1.5), t2));
  const charge = f32x4.splat(q);
  const wz = i64x2.shuffle(i32x4.shuffle(w0, w1, 2, 6, 2, 6), i32x4.shuffle(w2, w3, 2, 6, 2, 6), 0, 2);
  const dz = i64x2.shuffle(i32x4.shuffle(d0, d1, 2, 6, 2, 6), i32x4.shuffle(d2, d3, 2, 6, 2, 6), 0, 2);
  store<v128>(record, f32x4.mul(charge, wz), 16);
  store<v128>(record, f32x4.mul(charge, dz), 32);
  store<v128>(record, i64x2.shuffle(w0, d0, 0, 2), 48);
  store<v128>(record, i64x2.shuffle(w1, d1, 0, 2), 64);
  store<v128>(record, i64x2.shuffle(w2, d2, 0, 2), 80);
  store<v128>(record, i64x2.shuffle(w3, d3, 0, 2), 96);
}

/** Two vectors of weights along z, or three. */
// @ts-ignore: decorator
@unmanaged
class Two {
  // @ts-ignore: decorator
  @inline count(): i32 { return 2; }
}
// @ts-ignore: decorator
@unmanaged
class Three {
  // @ts-ignore: decorator
  @inline count(): i32 { return 3; }
}

// @ts-ignore: decorator
@inline
function splatAt<V>(at: usize): v128 {
  return changetype<V>(0).isDouble() ? v128.load_splat<f64>(at) : v128.load_splat<f32>(at);
}

/** Charges and their transform along z and y, of the planes of the part. */
export function spreadPlanes(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, pme.nx);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let x = begin(part, pme.parts, pme.nx); x < end; x++) {
    const plane = pme.grid + pme.planeStep * <usize>x;
    if (doublePrecision) {
      if (pme.zVectors == 2) spread<Double, Two>(pme, x, plane);
      else spread<Double, Three>(pme, x, plane);
      fold<Double>(pme, plane);
      forwardPlane<Double>(pme, plane, work);
    } else {
      if (pme.order == 4) spreadCubic(pme, x, plane);
      else spread<Single, Two>(pme, x, plane);
      fold<Single>(pme, plane);
      forwardPlane<Single>(pme, plane, work);
    }
  }
}

function spread<V, N>(pme: Pme, x: i32, plane: usize): void {
  const v = changetype<V>(0);
  const vectors = changetype<N>(0).count();
  memory.fill(plane, 0, <usize>pme.rows * pme.rowStep);
  const order = pme.order;
  const bytes = pme.recordBytes;
  const rowStep = pme.rowStep;
  const each: usize = v.isDouble() ? 32 : 16;
  const real: usize = v.isDouble() ? 8 : 4;
  for (let a = 0; a < order; a++) {
    let from = x - a;
    if (from < 0) from += pme.nx;
    let record = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4) * bytes;
    const end = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4, 4) * bytes;
    const weightX = pme.weightsXY + each * <usize>a;
    for (; record < end; record += bytes) {
      const w = splatAt<V>(record + weightX);
      const z0 = v.mul(w, load<v128>(record, 16));
      let z2 = z0;
      const z1 = v.mul(w, load<v128>(record, 32));
      if (vectors > 2) z2 = v.mul(w, load<v128>(record, 48));
      let to = plane + <usize>load<u32>(record);
      let weightY = record + pme.weightsXY + real;
      for (let b = 0; b < order; b++) {
        const y = splatAt<V>(weightY);
        store<v128>(to, v.madd(y, z0, load<v128>(to)));
        store<v128>(to, v.madd(y, z1, load<v128>(to, 16)), 16);
        if (vectors > 2) store<v128>(to, v.madd(y, z2, load<v128>(to, 32)), 32);
        to += rowStep;
        weightY += each;
      }
    }
  }
}

/** Order 4 in f32: a particle's row of the plane is one vector. */
function spreadCubic(pme: Pme, x: i32, plane: usize): void {
  const v = changetype<Single>(0);
  memory.fill(plane, 0, <usize>pme.rows * pme.rowStep);
  const rowStep = pme.rowStep;
  for (let a = 0; a < 4; a++) {
    let from = x - a;
    if (from < 0) from += pme.nx;
    let record = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4) * cubicBytes;
    const end = pme.records + <usize>load<i32>(pme.planeStart + <usize>from * 4, 4) * cubicBytes;
    const weightX = 48 + 16 * <usize>a;
    for (; record < end; record += cubicBytes) {
      const z = f32x4.mul(v128.load_splat<f32>(record + weightX), load<v128>(record, 16));
      const r0 = plane + <usize>load<u32>(record);
      const r1 = r0 + rowStep;
      const r2 = r1 + rowStep;
      const r3 = r2 + rowStep;
      store<v128>(r0, v.madd(v128.load_splat<f32>(record, 52), z, load<v128>(r0)));
      store<v128>(r1, v.madd(v128.load_splat<f32>(record, 68), z, load<v128>(r1)));
      store<v128>(r2, v.madd(v128.load_splat<f32>(record, 84), z, load<v128>(r2)));
      store<v128>(r3, v.madd(v128.load_splat<f32>(record, 100), z, load<v128>(r3)));
    }
  }
}

/** Adds what lies beyond the cell along z and y to where it belongs; rows beyond become zero. */
function fold<V>(pme: Pme, plane: usize): void {
  const v = changetype<V>(0);
  const shift: usize = v.isDouble() ? 3 : 2;
  const extra = pme.order - 1;
  const rowStep = pme.rowStep;
  const beyond = <usize>pme.nz << shift;
  const bytes = beyond + ((<usize>extra) << shift);
  let row = plane;
  for (let y = 0; y < pme.ny + extra; y++, row += rowStep) {
    for (let c: usize = 0; c < (<usize>extra) << shift; c += (<usize>1) << shift) {
      if (v.isDouble()) store<f64>(row + c, load<f64>(row + c) + load<f64>(row + beyond + c));
      else store<f32>(row + c, load<f32>(row + c) + load<f32>(row + beyond + c));
    }
  }
  for (let y = 0; y < extra; y++) {
    const to = plane + <usize>y * rowStep;
    const from = plane + <usize>(pme.ny + y) * rowStep;
    for (let c: usize = 0; c < bytes; c += 16) store<v128>(to + c, v.add(load<v128>(to + c), load<v128>(from + c)));
  }
  memory.fill(plane + <usize>pme.ny * rowStep, 0, <usize>(pme.rows - pme.ny) * rowStep);
}

/** Four vectors of f32 at `from`, `step` bytes apart, with rows and columns exchanged, to `to`, `toStep` bytes apart; two of f64. */
// @ts-ignore: decorator
@inline
function transpose<V>(from: usize, step: usize, to: usize, toStep: usize): void {
  if (changetype<V>(0).isDouble()) {
    const a = load<v128>(from);
    const b = load<v128>(from + step);
    store<v128>(to, i64x2.shuffle(a, b, 0, 2));
    store<v128>(to + toStep, i64x2.shuffle(a, b, 1, 3));
    return;
  }
  const a = load<v128>(from);
  const b = load<v128>(from + step);
  const c = load<v128>(from + 2 * step);
  const d = load<v128>(from + 3 * step);
  const e = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const f = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const g = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const h = i32x4.shuffle(c, d, 2, 6, 3, 7);
  store<v128>(to, i64x2.shuffle(e, f, 0, 2));
  store<v128>(to + toStep, i64x2.shuffle(e, f, 1, 3));
  store<v128>(to + 2 * toStep, i64x2.shuffle(g, h, 0, 2));
  store<v128>(to + 3 * toStep, i64x2.shuffle(g, h, 1, 3));
}

/**
 * Real rows to half their complex transform, then along y. Rows are transformed in pairs, one as the real and one as the imaginary part, and
 * taken apart by symmetry: A = Z(k) + Z*(-k) and B = -i (Z(k) - Z*(-k)), both twice the transform; the influence function makes up for it.
 */
function forwardPlane<V>(pme: Pme, plane: usize, work: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  const nz = pme.nz;
  const rowStep = pme.rowStep;
  const line = work + <usize>(2 * nz) * elementBytes;
  const vectorsIn = (nz + lanes - 1) / lanes;
  const half = <usize>lanes * rowStep;
  for (let y = 0; y < pme.ny; y += 2 * lanes) {
    const row = plane + <usize>y * rowStep;
    for (let k = 0; k < vectorsIn; k++) {
      // The last vector reaches beyond nz: room of the line behind, or of the work space of the transform before, takes it.
      const to = line + <usize>(k * lanes) * elementBytes;
      transpose<V>(row + <usize>k * 16, rowStep, to, elementBytes);
      transpose<V>(row + half + <usize>k * 16, rowStep, to + 16, elementBytes);
    }
    transformLine<V>(pme.alongZ, line, elementBytes, line, elementBytes, work, 0, 16);
    for (let block = 0; block < pme.blocks; block++) {
      for (let c = 0; c < lanes; c++) {
        const k = min(block * lanes + c, nz / 2);
        const forth = line + <usize>k * elementBytes;
        const back = line + <usize>(k == 0 ? 0 : nz - k) * elementBytes;
        const fr = load<v128>(forth);
        const fi = load<v128>(forth, 16);
        const br = load<v128>(back);
        const bi = load<v128>(back, 16);
        const to = work + <usize>c * 64;
        store<v128>(to, v.add(fr, br));
        store<v128>(to, v.sub(fi, bi), 16);
        store<v128>(to, v.add(fi, bi), 32);
        store<v128>(to, v.sub(br, fr), 48);
      }
      const to = row + <usize>block * elementBytes;
      transpose<V>(work, 64, to, rowStep);
      transpose<V>(work + 16, 64, to + 16, rowStep);
      transpose<V>(work + 32, 64, to + half, rowStep);
      transpose<V>(work + 48, 64, to + half + 16, rowStep);
    }
  }
  for (let block = 0; block < pme.blocks; block++) {
    const at = plane + <usize>block * elementBytes;
    transformLine<V>(pme.alongY, at, rowStep, at, rowStep, work, 0, 16);
  }
}

/** The potential from its transform, of the planes of the part, with its halo. */
export function potentialPlanes(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, pme.nx);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let x = begin(part, pme.parts, pme.nx); x < end; x++) {
    const plane = pme.grid + pme.planeStep * <usize>x;
    if (doublePrecision) backwardPlane<Double>(pme, plane, work);
    else backwardPlane<Single>(pme, plane, work);
    unfold(pme, plane);
  }
}

function backwardPlane<V>(pme: Pme, plane: usize, work: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  const nz = pme.nz;
  const rowStep = pme.rowStep;
  const line = work + <usize>(2 * nz) * elementBytes;
  const vectorsOut = (nz + lanes - 1) / lanes;
  const half = <usize>lanes * rowStep;
  for (let block = 0; block < pme.blocks; block++) {
    const at = plane + <usize>block * elementBytes;
    transformLine<V>(pme.alongY, at, rowStep, at, rowStep, work, 16, 0);
  }
  for (let y = 0; y < pme.ny; y += 2 * lanes) {
    const row = plane + <usize>y * rowStep;
    for (let block = 0; block < pme.blocks; block++) {
      const from = row + <usize>block * elementBytes;
      transpose<V>(from, rowStep, work, 64);
      transpose<V>(from + 16, rowStep, work + 16, 64);
      transpose<V>(from + half, rowStep, work + 32, 64);
      transpose<V>(from + half + 16, rowStep, work + 48, 64);
      for (let c = 0; c < lanes; c++) {
        const k = block * lanes + c;
        if (2 * k > nz) break;
        const forth = line + <usize>k * elementBytes;
        const at = work + <usize>c * 64;
        const ar = load<v128>(at);
        const ai = load<v128>(at, 16);
        const br = load<v128>(at, 32);
        const bi = load<v128>(at, 48);
        if (k == 0 || 2 * k == nz) {
          // Waves that are their own conjugates: an imaginary part would be that of a potential which is not real.
          store<v128>(forth, ar);
          store<v128>(forth, br, 16);
          continue;
        }
        const back = line + <usize>(nz - k) * elementBytes;
        store<v128>(back, v.add(ar, bi));
        store<v128>(back, v.sub(br, ai), 16);
        store<v128>(forth, v.sub(ar, bi));
        store<v128>(forth, v.add(ai, br), 16);
      }
    }
    transformLine<V>(pme.alongZ, line, elementBytes, line, elementBytes, work, 16, 0);
    for (let k = 0; k < vectorsOut; k++) {
      const from = line + <usize>(k * lanes) * elementBytes;
      transpose<V>(from, elementBytes, row + <usize>k * 16, rowStep);
      transpose<V>(from + 16, elementBytes, row + half + <usize>k * 16, rowStep);
    }
  }
}

/** Copies the beginning of the cell behind its end, along z and y. */
function unfold(pme: Pme, plane: usize): void {
  const shift: usize = doublePrecision ? 3 : 2;
  const extra = <usize>(pme.order - 1);
  const rowStep = pme.rowStep;
  let row = plane;
  for (let y = 0; y < pme.ny; y++, row += rowStep) memory.copy(row + ((<usize>pme.nz) << shift), row, extra << shift);
  memory.copy(plane + <usize>pme.ny * rowStep, plane, extra * rowStep);
}

/** Transform along x, influence function, and back, of the rows of the part; energy and virial of the part if asked for. */
export function convolveRows(pme: Pme, part: i32, energies: bool): void {
  const first = begin(part, pme.parts, pme.ny);
  const end = begin(part + 1, pme.parts, pme.ny);
  const cell = pme.influenceBoxes + <usize>part * 72;
  if (load<f64>(cell) != ax || load<f64>(cell, 8) != bx || load<f64>(cell, 16) != by || load<f64>(cell, 24) != cx ||
    load<f64>(cell, 32) != cy || load<f64>(cell, 40) != cz) {
    for (let y = first; y < end; y++) setInfluence(pme, y);
    store<f64>(cell, ax);
    store<f64>(cell, bx, 8);
    store<f64>(cell, by, 16);
    store<f64>(cell, cx, 24);
    store<f64>(cell, cy, 32);
    store<f64>(cell, cz, 40);
  }
  const sums = pme.sums + <usize>part * 128;
  if (energies) memory.fill(sums, 0, 80);
  const work = pme.work + pme.workBytes * <usize>part;
  for (let y = first; y < end; y++) {
    if (doublePrecision) convolve<Double>(pme, y, work, energies, sums);
    else convolve<Single>(pme, y, work, energies, sums);
  }
}

function convolve<V>(pme: Pme, y: i32, work: usize, energies: bool, sums: usize): void {
  const v = changetype<V>(0);
  const nx = pme.nx;
  const line = work + <usize>(2 * nx) * elementBytes;
  const bytes = <usize>nx * 16;
  let influence = pme.influence + <usize>(y * pme.blocks) * bytes;
  for (let block = 0; block < pme.blocks; block++, influence += bytes) {
    const at = pme.grid + <usize>y * pme.rowStep + <usize>block * elementBytes;
    transformLine<V>(pme.alongX, at, pme.planeStep, line, elementBytes, work, 0, 16);
    if (energies) measure<V>(pme, y, block, line, influence, sums);
    let to = line;
    for (let x: usize = 0; x < bytes; x += 16, to += elementBytes) {
      const w = load<v128>(influence + x);
      store<v128>(to, v.mul(w, load<v128>(to)));
      store<v128>(to, v.mul(w, load<v128>(to, 16)), 16);
    }
    transformLine<V>(pme.alongX, line, elementBytes, at, pme.planeStep, work, 16, 0);
  }
}

/** Wave vector and its square. */
let kx: f64 = 0;
let ky: f64 = 0;
let kz: f64 = 0;
let k2: f64 = 0;

function waveOf(mx: i32, my: i32, mz: i32): void {
  const turn = 2 * Math.PI;
  kx = (turn * <f64>mx) / ax;
  ky = (turn * <f64>my - bx * kx) / by;
  kz = (turn * <f64>mz - cx * kx - cy * ky) / cz;
  k2 = kx * kx + ky * ky + kz * kz;
}

/** Of a point of the transformed mesh, 0 <= z <= nz/2. */
// @ts-ignore: decorator
@inline
function wave(pme: Pme, x: i32, y: i32, z: i32): void {
  waveOf(2 * x > pme.nx ? x - pme.nx : x, 2 * y > pme.ny ? y - pme.ny : y, z);
}

/**
 * Of its conjugate, which is not here. The middle of the range is taken as positive in both, so that there the conjugate is not -k, and
 * has another length in a sheared cell.
 */
function conjugateWave(pme: Pme, x: i32, y: i32, z: i32): void {
  waveOf(2 * x >= pme.nx ? pme.nx - x : -x, 2 * y >= pme.ny ? pme.ny - y : -y, 2 * z == pme.nz ? z : -z);
}

// @ts-ignore: decorator
@inline
function inTheMiddle(pme: Pme, x: i32, y: i32, z: i32): bool {
  return 2 * x == pme.nx || 2 * y == pme.ny || 2 * z == pme.nz;
}

/** exp(-k^2/4 alpha^2)/k^2 of the last wave. */
// @ts-ignore: decorator
@inline
function gaussian(pme: Pme): f64 {
  return k2 > 0 ? exp((-0.25 * k2) / (pme.alpha * pme.alpha)) / k2 : 0;
}

/** exp(-k^2/4 alpha^2)/k^2, the mean of a wave and its conjugate, times 2 pi/V and the moduli of the splines, of a row along y. */
function setInfluence(pme: Pme, y: i32): void {
  const lanes = doublePrecision ? 2 : 4;
  const scale = (2 * Math.PI) / (ax * by * cz);
  let at = pme.influence + <usize>(y * pme.blocks * pme.nx) * 16;
  for (let block = 0; block < pme.blocks; block++) {
    for (let x = 0; x < pme.nx; x++) {
      const modulus = load<f64>(pme.moduliX + <usize>x * 8) * load<f64>(pme.moduliY + <usize>y * 8);
      for (let c = 0; c < lanes; c++) {
        const z = block * lanes + c;
        let weight: f64 = 0;
        if (2 * z <= pme.nz) {
          wave(pme, x, y, z);
          weight = gaussian(pme);
          if (inTheMiddle(pme, x, y, z)) {
            conjugateWave(pme, x, y, z);
            weight = 0.5 * (weight + gaussian(pme));
          }
          weight *= scale * modulus * load<f64>(pme.moduliZ + <usize>z * 8);
        }
        if (doublePrecision) {
          store<f64>(at, weight);
          at += 8;
        } else {
          store<f32>(at, <f32>weight);
          at += 4;
        }
      }
    }
  }
}

/** Adds energy and virial of a line's waves to the sums. */
function measure<V>(pme: Pme, y: i32, block: i32, line: usize, influence: usize, sums: usize): void {
  const v = changetype<V>(0);
  const lanes = v.isDouble() ? 2 : 4;
  for (let c = 0; c < lanes; c++) {
    const z = block * lanes + c;
    if (2 * z > pme.nz) break;
    // The transforms are twice the true ones; of k and -k only one is here.
    const count: f64 = z == 0 || 2 * z == pme.nz ? 0.25 : 0.5;
    for (let x = 0; x < pme.nx; x++) {
      const at = line + <usize>x * elementBytes + (<usize>c << (v.isDouble() ? 3 : 2));
      let re: f64;
      let im: f64;
      let weight: f64;
      if (v.isDouble()) {
        re = load<f64>(at);
        im = load<f64>(at, 16);
        weight = load<f64>(influence + <usize>x * 16 + <usize>c * 8);
      } else {
        re = <f64>load<f32>(at);
        im = <f64>load<f32>(at, 16);
        weight = <f64>load<f32>(influence + <usize>x * 16 + <usize>c * 4);
      }
      const energy = count * weight * (re * re + im * im);
      if (inTheMiddle(pme, x, y, z)) {
        // Half of the mean weight's energy is the conjugate's, in proportion to its own weight.
        wave(pme, x, y, z);
        const here = gaussian(pme);
        conjugateWave(pme, x, y, z);
        const there = gaussian(pme);
        if (here + there == 0) continue;
        addWave(pme, sums, (energy * there) / (here + there));
        wave(pme, x, y, z);
        addWave(pme, sums, (energy * here) / (here + there));
      } else {
        wave(pme, x, y, z);
        addWave(pme, sums, energy);
      }
    }
  }
}

/** Adds energy and virial of the last wave. */
function addWave(pme: Pme, sums: usize, energy: f64): void {
  if (k2 == 0) return;
  const stretch = 2 * (1 / k2 + 0.25 / (pme.alpha * pme.alpha)) * energy;
  store<f64>(sums, load<f64>(sums) + energy);
  store<f64>(sums, load<f64>(sums, 8) + energy - stretch * kx * kx, 8);
  store<f64>(sums, load<f64>(sums, 16) - stretch * kx * ky, 16);
  store<f64>(sums, load<f64>(sums, 24) - stretch * kx * kz, 24);
  store<f64>(sums, load<f64>(sums, 32) + energy - stretch * ky * ky, 32);
  store<f64>(sums, load<f64>(sums, 40) - stretch * ky * kz, 40);
  store<f64>(sums, load<f64>(sums, 48) + energy - stretch * kz * kz, 48);
}

/** Energy and virial of all parts, with self energy and background. For one thread, after `convolveRows`. */
export function sumPme(pme: Pme): void {
  const volume = ax * by * cz;
  const background = (Math.PI * pme.chargeSum * pme.chargeSum) / (2 * volume * pme.alpha * pme.alpha);
  let energy = (-pme.alpha * pme.chargeSquares) / Math.sqrt(Math.PI) - background;
  let xx = -background;
  let yy = -background;
  let zz = -background;
  let xy: f64 = 0;
  let xz: f64 = 0;
  let yz: f64 = 0;
  for (let part = 0; part < pme.parts; part++) {
    const sums = pme.sums + <usize>part * 128;
    energy += load<f64>(sums);
    xx += load<f64>(sums, 8);
    xy += load<f64>(sums, 16);
    xz += load<f64>(sums, 24);
    yy += load<f64>(sums, 32);
    yz += load<f64>(sums, 40);
    zz += load<f64>(sums, 48);
  }
  pme.energy = energy;
  const to = pme.virial;
  store<f64>(to, xx);
  store<f64>(to, xy, 8);
  store<f64>(to, xz, 16);
  store<f64>(to, xy, 24);
  store<f64>(to, yy, 32);
  store<f64>(to, yz, 40);
  store<f64>(to, xz, 48);
  store<f64>(to, yz, 56);
  store<f64>(to, zz, 64);
}

/** Forces of the part's records, which take the place of weights that are needed no more: stores to particles all over would be slow. */
export function gatherForces(pme: Pme, part: i32): void {
  if (doublePrecision) {
    if (pme.zVectors == 2) gather<Double, Two>(pme, part);
    else gather<Double, Three>(pme, part);
  } else {
    if (pme.order == 4) gatherCubic(pme, part);
    else gather<Single, Two>(pme, part);
  }
}

/** Order 4 in f32, unrolled. */
function gatherCubic(pme: Pme, part: i32): void {
  const v = changetype<Single>(0);
  const nx = pme.nx;
  const rowStep = pme.rowStep;
  const charged = load<i32>(pme.planeStart + <usize>nx * 4);
  const end = begin(part + 1, pme.parts, charged);
  const scaleX = <f64>nx / ax;
  const scaleY = <f64>pme.ny / by;
  const scaleZ = <f64>pme.nz / cz;
  const shearB = bx / by;
  const shearX = cx / cz;
  const shearY = cy / cz;
  let plane = 0;
  let record = pme.records + <usize>begin(part, pme.parts, charged) * cubicBytes;
  for (let k = begin(part, pme.parts, charged); k < end; k++, record += cubicBytes) {
    while (load<i32>(pme.planeStart + <usize>plane * 4, 4) <= k) plane++;
    const offset = pme.grid + <usize>load<u32>(record);
    const w0 = v128.load_splat<f32>(record, 52);
    const w1 = v128.load_splat<f32>(record, 68);
    const w2 = v128.load_splat<f32>(record, 84);
    const w3 = v128.load_splat<f32>(record, 100);
    const d0 = v128.load_splat<f32>(record, 60);
    const d1 = v128.load_splat<f32>(record, 76);
    const d2 = v128.load_splat<f32>(record, 92);
    const d3 = v128.load_splat<f32>(record, 108);
    let x = f32x4.splat(0);
    let y = x;
    let s = x;
    let weight = record + 48;
    for (let a = 0; a < 4; a++, weight += 16) {
      let at = plane + a;
      if (at >= nx) at -= nx;
      const r0 = offset + pme.planeStep * <usize>at;
      const r1 = r0 + rowStep;
      const r2 = r1 + rowStep;
      const u0 = load<v128>(r0);
      const u1 = load<v128>(r1);
      const u2 = load<v128>(r2);
      const u3 = load<v128>(r2 + rowStep);
      const p = v.madd(w3, u3, v.madd(w2, u2, v.madd(w1, u1, f32x4.mul(w0, u0))));
      const d = v.madd(d3, u3, v.madd(d2, u2, v.madd(d1, u1, f32x4.mul(d0, u0))));
      const wx = v128.load_splat<f32>(weight);
      x = v.madd(v128.load_splat<f32>(weight, 8), p, x);
      y = v.madd(wx, d, y);
      s = v.madd(wx, p, s);
    }
    const z = load<v128>(record, 16);
    const fx = -v.sum(f32x4.mul(x, z)) * scaleX;
    const fy = -v.sum(f32x4.mul(y, z)) * scaleY - fx * shearB;
    const fz = -v.sum(f32x4.mul(s, load<v128>(record, 32))) * scaleZ - (fx * shearX + fy * shearY);
    store<f64>(record, fx, 8);
    store<f64>(record, fy, 16);
    store<f64>(record, fz, 24);
  }
}

function gather<V, N>(pme: Pme, part: i32): void {
  const v = changetype<V>(0);
  const vectors = changetype<N>(0).count();
  const order = pme.order;
  const nx = pme.nx;
  const each: usize = v.isDouble() ? 32 : 16;
  const real: usize = v.isDouble() ? 8 : 4;
  const zero = v.splat(0);
  const rowStep = pme.rowStep;
  const charged = load<i32>(pme.planeStart + <usize>nx * 4);
  const end = begin(part + 1, pme.parts, charged);
  const scaleX = <f64>nx / ax;
  const scaleY = <f64>pme.ny / by;
  const scaleZ = <f64>pme.nz / cz;
  const shearB = bx / by;
  let plane = 0;
  for (let k = begin(part, pme.parts, charged); k < end; k++) {
    while (load<i32>(pme.planeStart + <usize>plane * 4, 4) <= k) plane++;
    const record = pme.records + <usize>k * pme.recordBytes;
    const offset = <usize>load<u32>(record);
    const weights = record + pme.weightsXY;
    let x0 = zero;
    let x1 = zero;
    let x2 = zero;
    let y0 = zero;
    let y1 = zero;
    let y2 = zero;
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    for (let a = 0; a < order; a++) {
      let x = plane + a;
      if (x >= nx) x -= nx;
      let from = pme.grid + pme.planeStep * <usize>x + offset;
      let p0 = zero;
      let p1 = zero;
      let p2 = zero;
      let d0 = zero;
      let d1 = zero;
      let d2 = zero;
      let at = weights + real;
      for (let b = 0; b < order; b++) {
        const w = splatAt<V>(at);
        const d = splatAt<V>(at + 2 * real);
        const u0 = load<v128>(from);
        p0 = v.madd(w, u0, p0);
        d0 = v.madd(d, u0, d0);
        const u1 = load<v128>(from, 16);
        p1 = v.madd(w, u1, p1);
        d1 = v.madd(d, u1, d1);
        if (vectors > 2) {
          const u2 = load<v128>(from, 32);
          p2 = v.madd(w, u2, p2);
          d2 = v.madd(d, u2, d2);
        }
        from += rowStep;
        at += each;
      }
      const w = splatAt<V>(weights + each * <usize>a);
      const d = splatAt<V>(weights + each * <usize>a + 2 * real);
      x0 = v.madd(d, p0, x0);
      y0 = v.madd(w, d0, y0);
      s0 = v.madd(w, p0, s0);
      x1 = v.madd(d, p1, x1);
      y1 = v.madd(w, d1, y1);
      s1 = v.madd(w, p1, s1);
      if (vectors > 2) {
        x2 = v.madd(d, p2, x2);
        y2 = v.madd(w, d2, y2);
        s2 = v.madd(w, p2, s2);
      }
    }
    let gx = v.mul(x0, load<v128>(record, 16));
    let gy = v.mul(y0, load<v128>(record, 16));
    let gz = v.mul(s0, load<v128>(record + pme.slopesZ));
    gx = v.madd(x1, load<v128>(record, 32), gx);
    gy = v.madd(y1, load<v128>(record, 32), gy);
    gz = v.madd(s1, load<v128>(record + pme.slopesZ, 16), gz);
    if (vectors > 2) {
      gx = v.madd(x2, load<v128>(record, 48), gx);
      gy = v.madd(y2, load<v128>(record, 48), gy);
      gz = v.madd(s2, load<v128>(record + pme.slopesZ, 32), gz);
    }
    const fx = -v.sum(gx) * scaleX;
    const fy = -v.sum(gy) * scaleY - fx * shearB;
    const fz = -v.sum(gz) * scaleZ - (fx * cx + fy * cy) / cz;
    store<f64>(record, fx, 8);
    store<f64>(record, fy, 16);
    store<f64>(record, fz, 24);
  }
}

/** Adds the forces on the part's particles. */
export function collectForces(pme: Pme, part: i32): void {
  const end = begin(part + 1, pme.parts, particles);
  for (let i = begin(part, pme.parts, particles); i < end; i++) {
    const number = load<i32>(pme.numbers + <usize>i * 4);
    if (number < 0) continue;
    const record = pme.records + <usize>number * pme.recordBytes;
    const to = forces + <usize>i * 24;
    store<f64>(to, load<f64>(to) + load<f64>(record, 8));
    store<f64>(to, load<f64>(to, 8) + load<f64>(record, 16), 8);
    store<f64>(to, load<f64>(to, 16) + load<f64>(record, 24), 16);
  }
}

/** All phases, for one thread; forces are added, the trace of the virial too where energies are asked for. */
export function computePme(pme: Pme, energies: bool): void {
  const parts = pme.parts;
  for (let k = 0; k < parts; k++) countParticles(pme, k);
  for (let k = 0; k < parts; k++) orderParticles(pme, k);
  for (let k = 0; k < parts; k++) placeParticles(pme, k);
  for (let k = 0; k < parts; k++) spreadPlanes(pme, k);
  for (let k = 0; k < parts; k++) convolveRows(pme, k, energies);
  for (let k = 0; k < parts; k++) potentialPlanes(pme, k);
  for (let k = 0; k < parts; k++) gatherForces(pme, k);
  for (let k = 0; k < parts; k++) collectForces(pme, k);
  if (!energies) return;
  sumPme(pme);
  addVirial(load<f64>(pme.virial) + load<f64>(pme.virial, 32) + load<f64>(pme.virial, 64));
}
