/**
 * Pairs of bonds in f64 (AssemblyScript, compiled by tools/build/assembly.mjs): what `bonds.ts` and `pair-splines.ts` do, for open and
 * orthorhombic boxes and angular functions up to degree 4, on several threads. Addresses of all regions are exported globals, set by `kernel.ts`.
 */
import { allocate, arenaAddress, catchUp } from '../../../../engine/threads/assembly/memory';
import { barrier, joinTeam, staticEnd, staticFirst, thread } from '../../../../engine/threads/assembly/threads';
import { ax, box, by, cz, enter, ix, iy, iz } from '../../assembly/box';
import { coordinateBytes, coordinates, createList, cutoff, list } from '../../assembly/cells';
import { listBuilds, updateList } from '../../assembly/list';
import { eachTile, points, rangeFirst, ranges, Tile, tiles, totalOfTiles } from '../../assembly/tiles';
export {
  allocate, arenaAddress, catchUp, box, coordinateBytes, coordinates, createList, cutoff, enter, joinTeam, list, listBuilds, points, ranges, tiles,
};

/** i32, two a bond. */
export let sites: usize = 0;
/** f64, three a site. */
export let positions: usize = 0;
export let forces: usize = 0;
/** f64, eight a bond: middle (a point of the list), length, direction, nothing. */
export let records: usize = 0;
/** f64, eight a bond: force on the middle, nothing, dE/dn, nothing. */
export let pulls: usize = 0;
/** f64: sixteen coefficients a knot, of the angular functions of degree 4 in order. */
export let table: usize = 0;
/** f64, nine; and nine a range, of the turning of bonds. */
export let virial: usize = 0;
export let turns: usize = 0;
export let start: f64 = 0;
export let intervals: i32 = 0;

/** f64, 32: of each thread its own. */
let scratch: usize = 0;

/** Sets the forces on all sites and the virial; returns the energy (to the first thread). */
export function compute(): f64 {
  if (scratch == 0) scratch = allocate(256);
  for (let a = staticFirst(ranges); a < staticEnd(ranges); a++) place(a);
  barrier();
  updateList();
  eachTile(addPairs);
  for (let a = staticFirst(ranges); a < staticEnd(ranges); a++) spread(a);
  barrier();
  if (thread != 0) return 0;
  for (let k = 0; k < 9; k++) {
    let sum = totalOfTiles(k + 1);
    for (let a = 0; a < ranges; a++) sum += load<f64>(turns + <usize>(9 * a + k) * 8);
    store<f64>(virial + <usize>k * 8, sum);
  }
  return totalOfTiles(0);
}

/** Middles, directions and lengths of the bonds of a range; forces become zero. */
function place(range: i32): void {
  for (let b = rangeFirst(range); b < rangeFirst(range + 1); b++) {
    const p = positions + <usize>load<i32>(sites + (<usize>b << 3)) * 24;
    const q = positions + <usize>load<i32>(sites + (<usize>b << 3), 4) * 24;
    const x = load<f64>(p), y = load<f64>(p, 8), z = load<f64>(p, 16);
    let dx = load<f64>(q) - x, dy = load<f64>(q, 8) - y, dz = load<f64>(q, 16) - z;
    dx -= nearest<f64>(dx * ix) * ax;
    dy -= nearest<f64>(dy * iy) * by;
    dz -= nearest<f64>(dz * iz) * cz;
    const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
    const r = records + (<usize>b << 6);
    store<f64>(r, x + 0.5 * dx);
    store<f64>(r, y + 0.5 * dy, 8);
    store<f64>(r, z + 0.5 * dz, 16);
    store<f64>(r, length, 24);
    const one = 1 / length;
    store<f64>(r, dx * one, 32);
    store<f64>(r, dy * one, 40);
    store<f64>(r, dz * one, 48);
  }
  const from = pulls + (<usize>rangeFirst(range) << 6);
  memory.fill(from, 0, <usize>(rangeFirst(range + 1) - rangeFirst(range)) << 6);
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(a, f64x2.mul(b, c));
}

/** Values and slopes (by the place in the grid) of all sixteen splines at a distance, into the scratch. */
// @ts-ignore: decorator
@inline
function splines(r: f64, inverseSpacing: f64): void {
  const x = (r - start) * inverseSpacing;
  const m = max<i32>(0, min<i32>(intervals - 1, <i32>x));
  const t = max<f64>(0, x - <f64>m);
  const beyond = f64x2.splat(min<f64>(0, x));
  const s = 1 - t;
  const w0 = f64x2.splat(s * s * s * (1.0 / 6.0)), w1 = f64x2.splat((t * t * (3 * t - 6) + 4) * (1.0 / 6.0));
  const w2 = f64x2.splat((s * s * (3 * s - 6) + 4) * (1.0 / 6.0)), w3 = f64x2.splat(t * t * t * (1.0 / 6.0));
  const v0 = f64x2.splat(-0.5 * s * s), v1 = f64x2.splat(t * (1.5 * t - 2));
  const v2 = f64x2.splat(s * (2 - 1.5 * s)), v3 = f64x2.splat(0.5 * t * t);
  const row = table + (<usize>m << 7);
  for (let q: usize = 0; q < 112; q += 16) {
    const c0 = v128.load(row + q), c1 = v128.load(row + q, 128), c2 = v128.load(row + q, 256), c3 = v128.load(row + q, 384);
    const slope = f64x2.add(madd(f64x2.mul(v0, c0), v1, c1), madd(f64x2.mul(v2, c2), v3, c3));
    const value = f64x2.add(madd(f64x2.mul(w0, c0), w1, c1), madd(f64x2.mul(w2, c2), w3, c3));
    v128.store(scratch + q, madd(value, beyond, slope));
    v128.store(scratch + q, slope, 128);
  }
}

/** Adds the forces of the pairs of a tile that are within the cut-off; their energy and virial become its sums. */
function addPairs(tile: Tile): void {
  const lx = ax, ly = by, lz = cz, kx = ix, ky = iy, kz = iz;
  const second = tile.pairs.at;
  const from = rangeFirst(tile.a), end = rangeFirst(tile.a + 1);
  const reach2 = cutoff * cutoff;
  const inverseSpacing = <f64>intervals / (cutoff - start);
  let energy: f64 = 0;
  let xx: f64 = 0, xy: f64 = 0, xz: f64 = 0, yx: f64 = 0, yy: f64 = 0, yz: f64 = 0, zx: f64 = 0, zy: f64 = 0, zz: f64 = 0;
  for (let i = from; i < end; i++) {
    const span = tile.first + (<usize>(i - from) << 2);
    const last = load<i32>(span, 4);
    if (load<i32>(span) == last) continue;
    const p = records + (<usize>i << 6);
    const x = load<f64>(p), y = load<f64>(p, 8), z = load<f64>(p, 16);
    const px = load<f64>(p, 32), py = load<f64>(p, 40), pz = load<f64>(p, 48);
    let ox: f64 = 0, oy: f64 = 0, oz: f64 = 0, tx: f64 = 0, ty: f64 = 0, tz: f64 = 0;
    for (let k = load<i32>(span); k < last; k++) {
      const j = <usize>load<i32>(second + (<usize>k << 2)) << 6;
      const q = records + j;
      let dx = x - load<f64>(q), dy = y - load<f64>(q, 8), dz = z - load<f64>(q, 16);
      dx -= nearest<f64>(dx * kx) * lx;
      dy -= nearest<f64>(dy * ky) * ly;
      dz -= nearest<f64>(dz * kz) * lz;
      const r2 = dx * dx + dy * dy + dz * dz;
      if (!(r2 < reach2)) continue;
      const r = Math.sqrt(r2);
      const one = 1 / r;
      const ux = dx * one, uy = dy * one, uz = dz * one;
      const qx = load<f64>(q, 32), qy = load<f64>(q, 40), qz = load<f64>(q, 48);
      const a = px * ux + py * uy + pz * uz;
      const b = qx * ux + qy * uy + qz * uz;
      const c = px * qx + py * qy + pz * qz;
      splines(r, inverseSpacing);
      // With s = a^2 + b^2, w = a b and g = w^2 every function is a polynomial of s, w, g and c.
      const w = a * b, g = w * w, s = a * a + b * b, f = s * s - 2 * g;
      const k0 = load<f64>(scratch), k1 = load<f64>(scratch, 8), k2 = load<f64>(scratch, 16), k3 = load<f64>(scratch, 24);
      const k4 = load<f64>(scratch, 32), k5 = load<f64>(scratch, 40), k6 = load<f64>(scratch, 48), k7 = load<f64>(scratch, 56);
      const k8 = load<f64>(scratch, 64), k9 = load<f64>(scratch, 72), k10 = load<f64>(scratch, 80), k11 = load<f64>(scratch, 88);
      const k12 = load<f64>(scratch, 96), k13 = load<f64>(scratch, 104);
      const e0 = k0 + s * k1 + g * (k2 + s * k4 + g * k5) + f * k3;
      const e1 = k6 + s * k7 + g * k8, e2 = k9 + s * k10 + g * k11;
      energy += e0 + c * (w * e1 + c * (e2 + c * (w * k12 + c * k13)));
      const byS = k1 + 2 * s * k3 + g * k4 + c * (w * k7 + c * k10);
      const byG = k2 - 2 * k3 + s * k4 + 2 * g * k5 + c * (w * k8 + c * k11);
      const byW = c * (e1 + c * c * k12) + 2 * w * byG;
      const fc = w * e1 + c * (2 * e2 + c * (3 * w * k12 + 4 * c * k13));
      const fa = 2 * a * byS + b * byW, fb = 2 * b * byS + a * byW;
      const l = scratch + 128;
      const slope =
        load<f64>(l) + s * load<f64>(l, 8) + g * (load<f64>(l, 16) + s * load<f64>(l, 32) + g * load<f64>(l, 40)) + f * load<f64>(l, 24) +
        c * (w * (load<f64>(l, 48) + s * load<f64>(l, 56) + g * load<f64>(l, 64)) +
          c * (load<f64>(l, 72) + s * load<f64>(l, 80) + g * load<f64>(l, 88) + c * (w * load<f64>(l, 96) + c * load<f64>(l, 104))));
      const ofI = fa * one, ofJ = fb * one;
      const radial = slope * inverseSpacing - (ofI * a + ofJ * b);
      const fx = -(radial * ux + ofI * px + ofJ * qx);
      const fy = -(radial * uy + ofI * py + ofJ * qy);
      const fz = -(radial * uz + ofI * pz + ofJ * qz);
      ox += fx;
      oy += fy;
      oz += fz;
      tx += fa * ux + fc * qx;
      ty += fa * uy + fc * qy;
      tz += fa * uz + fc * qz;
      const o = pulls + j;
      store<f64>(o, load<f64>(o) - fx);
      store<f64>(o, load<f64>(o, 8) - fy, 8);
      store<f64>(o, load<f64>(o, 16) - fz, 16);
      store<f64>(o, load<f64>(o, 32) + (fb * ux + fc * px), 32);
      store<f64>(o, load<f64>(o, 40) + (fb * uy + fc * py), 40);
      store<f64>(o, load<f64>(o, 48) + (fb * uz + fc * pz), 48);
      xx += dx * fx;
      xy += dx * fy;
      xz += dx * fz;
      yx += dy * fx;
      yy += dy * fy;
      yz += dy * fz;
      zx += dz * fx;
      zy += dz * fy;
      zz += dz * fz;
    }
    const o = pulls + (<usize>i << 6);
    store<f64>(o, load<f64>(o) + ox);
    store<f64>(o, load<f64>(o, 8) + oy, 8);
    store<f64>(o, load<f64>(o, 16) + oz, 16);
    store<f64>(o, load<f64>(o, 32) + tx, 32);
    store<f64>(o, load<f64>(o, 40) + ty, 40);
    store<f64>(o, load<f64>(o, 48) + tz, 48);
  }
  const sums = tile.sums;
  store<f64>(sums, energy);
  store<f64>(sums, xx, 8);
  store<f64>(sums, xy, 16);
  store<f64>(sums, xz, 24);
  store<f64>(sums, yx, 32);
  store<f64>(sums, yy, 40);
  store<f64>(sums, yz, 48);
  store<f64>(sums, zx, 56);
  store<f64>(sums, zy, 64);
  store<f64>(sums, zz, 72);
}

/** Forces on the sites (written, not added; each has one bond), and what the turning of the range's bonds adds to the virial. */
function spread(range: i32): void {
  const turn = turns + <usize>range * 72;
  memory.fill(turn, 0, 72);
  for (let b = rangeFirst(range); b < rangeFirst(range + 1); b++) {
    const o = pulls + (<usize>b << 6), r = records + (<usize>b << 6);
    const nx = load<f64>(r, 32), ny = load<f64>(r, 40), nz = load<f64>(r, 48);
    const length = load<f64>(r, 24);
    const tx = load<f64>(o, 32), ty = load<f64>(o, 40), tz = load<f64>(o, 48);
    const along = tx * nx + ty * ny + tz * nz;
    const x = (along * nx - tx) / length, y = (along * ny - ty) / length, z = (along * nz - tz) / length;
    const p = forces + <usize>load<i32>(sites + (<usize>b << 3)) * 24;
    const q = forces + <usize>load<i32>(sites + (<usize>b << 3), 4) * 24;
    const hx = 0.5 * load<f64>(o), hy = 0.5 * load<f64>(o, 8), hz = 0.5 * load<f64>(o, 16);
    store<f64>(p, hx - x);
    store<f64>(p, hy - y, 8);
    store<f64>(p, hz - z, 16);
    store<f64>(q, hx + x);
    store<f64>(q, hy + y, 8);
    store<f64>(q, hz + z, 16);
    addVirial(turn, length * nx, x, y, z);
    addVirial(turn + 24, length * ny, x, y, z);
    addVirial(turn + 48, length * nz, x, y, z);
  }
}

// @ts-ignore: decorator
@inline
function addVirial(at: usize, d: f64, x: f64, y: f64, z: f64): void {
  store<f64>(at, load<f64>(at) + d * x);
  store<f64>(at, load<f64>(at, 8) + d * y, 8);
  store<f64>(at, load<f64>(at, 16) + d * z, 16);
}
