/** Records of the particles in the order of the planes they begin in: weights of the mesh points that each touches. */
import { begin, Pme } from './mesh';
import { ax, bx, by, cx, cy, cz, doublePrecision, particles, positions } from './state';
import { Double, Single } from './vector';

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
