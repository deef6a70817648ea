/**
 * The list of pairs of points within reach, by linked cells; made anew when a point has moved half of what the list reaches beyond the cut-off.
 * Partners are in ascending order whenever the list was made: sums over them do not depend on that.
 */
import { allocate, Region, region } from '../../../engine/threads/assembly/memory';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from '../../../engine/threads/assembly/threads';
import { ax, box, bx, by, cx, cy, cz, ix, iy, iz, kind, reach } from './box';
import { createTiles, points, rangeFirst, ranges, Tile, tileOf } from './tiles';

/** f64 x, y, z of a point every so many bytes. */
export let coordinates: usize = 0;
export let coordinateBytes: usize = 24;
export let cutoff: f64 = 0;
/** i32: the partners of a point with higher numbers that are not listed, ascending; 0: none. */
export let excludedFirst: usize = 0;
export let excluded: usize = 0;
/** What all threads know of the list; the address that `createList` has returned. */
export let list: usize = 0;

const mostCells: i32 = 1 << 15;
const mostCellsAlong: i32 = 64;

// @ts-ignore: decorator
@unmanaged
class List {
  builds: i32;
  /** Cells along the axes. */
  nx: i32;
  ny: i32;
  nz: i32;
  /** f64: where the points were, 3 a point; the box and the reach; 7 a range: greatest square of a move, extremes of the coordinates. */
  madeAt: usize;
  madeIn: usize;
  moves: usize;
  /** i32: cells' first members, members, and the cell of each point. */
  cellFirst: usize;
  members: usize;
  cellOf: usize;
  /** f32: x, y, z, 0 of each point, wrapped into the box; then x, y and z of the members. */
  wrapped: usize;
  x: usize;
  y: usize;
  z: usize;
  /** The square of a distance that is surely more than the reach, for coordinates in single precision. */
  limit: f32;
}

// @ts-ignore: decorator
@inline
function shared(): List {
  return changetype<List>(list);
}

export function createList(): usize {
  createTiles();
  const it = changetype<List>(allocate(offsetof<List>()));
  it.madeAt = allocate(<usize>points * 24);
  it.madeIn = allocate(88);
  it.moves = allocate(<usize>ranges * 64);
  it.cellFirst = allocate(<usize>(mostCells + 2) << 2);
  it.cellOf = allocate(<usize>points << 2);
  it.wrapped = allocate(<usize>points << 4);
  // Four are read at a time.
  const room = <usize>(points + 3) << 2;
  it.members = allocate(room);
  it.x = allocate(room);
  it.y = allocate(room);
  it.z = allocate(room);
  list = changetype<usize>(it);
  return list;
}

export function listBuilds(): i32 {
  return shared().builds;
}

/** Makes the list anew where it is due. To be called by all threads once all coordinates are there. */
export function updateList(): void {
  for (let a = staticFirst(ranges); a < staticEnd(ranges); a++) measureRange(a);
  barrier();
  if (isGood()) return;
  for (let a = staticFirst(ranges); a < staticEnd(ranges); a++) findCells(a);
  barrier(); // everybody has seen that the list is bad before that is changed
  if (thread == 0) sortIntoCells();
  barrier();
  for (let a = staticFirst(ranges); a < staticEnd(ranges); a++) copyMembers(rangeFirst(a), rangeFirst(a + 1));
  barrier();
  beginParts(ranges);
  for (let a = nextPart(); a >= 0; a = nextPart()) searchAround(a);
  barrier();
}

/** The largest square of a distance that a point of the range has moved (not a number where one is not); in an open box where the points are. */
function measureRange(a: i32): void {
  const madeAt = shared().madeAt;
  let most: f64 = 0;
  let lowX = f64.MAX_VALUE, lowY = lowX, lowZ = lowX, highX = -lowX, highY = -lowX, highZ = -lowX;
  for (let i = rangeFirst(a); i < rangeFirst(a + 1); i++) {
    const p = coordinates + <usize>i * coordinateBytes, m = madeAt + <usize>i * 24;
    const px = load<f64>(p), py = load<f64>(p, 8), pz = load<f64>(p, 16);
    const x = px - load<f64>(m), y = py - load<f64>(m, 8), z = pz - load<f64>(m, 16);
    most = max<f64>(most, x * x + y * y + z * z);
    if (kind != 0) continue;
    lowX = min<f64>(lowX, px);
    lowY = min<f64>(lowY, py);
    lowZ = min<f64>(lowZ, pz);
    highX = max<f64>(highX, px);
    highY = max<f64>(highY, py);
    highZ = max<f64>(highZ, pz);
  }
  const to = shared().moves + (<usize>a << 6);
  store<f64>(to, most);
  store<f64>(to, lowX, 8);
  store<f64>(to, lowY, 16);
  store<f64>(to, lowZ, 24);
  store<f64>(to, highX, 32);
  store<f64>(to, highY, 40);
  store<f64>(to, highZ, 48);
}

function isGood(): bool {
  const it = shared();
  if (it.builds == 0) return false;
  for (let k: usize = 0; k < 88; k += 8) if (load<f64>(box + k) != load<f64>(it.madeIn + k)) return false;
  let most: f64 = 0;
  for (let a = 0; a < ranges; a++) most = max<f64>(most, load<f64>(it.moves + (<usize>a << 6)));
  const half = 0.5 * (reach - cutoff);
  return most <= half * half;
}

/** The least (`sign` 1) or greatest (-1) of number k of the ranges. */
function extreme(k: usize, sign: f64): f64 {
  let value = f64.MAX_VALUE;
  for (let a = 0; a < ranges; a++) value = min<f64>(value, sign * load<f64>(shared().moves + (<usize>a << 6) + k));
  return sign * value;
}

/** Cells at least `reach` wide; one if there are fewer than three, for then all are neighbours. */
function cellsAlong(width: f64): i32 {
  const cells = <i32>min<f64>(width / reach, <f64>mostCellsAlong);
  return cells < 3 ? 1 : cells;
}

let lowX: f64 = 0;
let lowY: f64 = 0;
let lowZ: f64 = 0;
let wideX: f64 = 0;
let wideY: f64 = 0;
let wideZ: f64 = 0;
let nx: i32 = 1;
let ny: i32 = 1;
let nz: i32 = 1;

/** How many cells there are along each axis: the same on all threads. */
function divide(): void {
  if (kind == 0) {
    lowX = extreme(8, 1);
    lowY = extreme(16, 1);
    lowZ = extreme(24, 1);
    wideX = max<f64>(extreme(32, -1) - lowX, 1e-9);
    wideY = max<f64>(extreme(40, -1) - lowY, 1e-9);
    wideZ = max<f64>(extreme(48, -1) - lowZ, 1e-9);
    nx = cellsAlong(wideX);
    ny = cellsAlong(wideY);
    nz = cellsAlong(wideZ);
  } else {
    // Distances of opposite faces.
    const slant = bx * cy - by * cx;
    nx = cellsAlong((ax * by * cz) / Math.sqrt(by * by * cz * cz + bx * bx * cz * cz + slant * slant));
    ny = cellsAlong((by * cz) / Math.sqrt(cz * cz + cy * cy));
    nz = cellsAlong(cz);
  }
  while (nx * ny * nz > mostCells) {
    nx = nx > 4 ? (3 * nx) / 4 : nx;
    ny = ny > 4 ? (3 * ny) / 4 : ny;
    nz = nz > 4 ? (3 * nz) / 4 : nz;
  }
}

// @ts-ignore: decorator
@inline
function place(fraction: f64, cells: i32): i32 {
  return max<i32>(0, min<i32>(cells - 1, <i32>((fraction - (kind == 0 ? 0 : Math.floor(fraction))) * <f64>cells)));
}

/** The cell of every point of a range, and where it is now. */
function findCells(a: i32): void {
  divide();
  const it = shared();
  for (let i = rangeFirst(a); i < rangeFirst(a + 1); i++) {
    const p = coordinates + <usize>i * coordinateBytes;
    const x = load<f64>(p), y = load<f64>(p, 8), z = load<f64>(p, 16);
    let fx: f64, fy: f64, fz: f64;
    if (kind == 0) {
      fx = (x - lowX) / wideX;
      fy = (y - lowY) / wideY;
      fz = (z - lowZ) / wideZ;
    } else {
      fz = z * iz;
      fy = (y - fz * cy) * iy;
      fx = (x - fy * bx - fz * cx) * ix;
    }
    const cell = (place(fx, nx) * ny + place(fy, ny)) * nz + place(fz, nz);
    const w = it.wrapped + (<usize>i << 4);
    if (kind == 0) {
      store<f32>(w, <f32>(x - lowX));
      store<f32>(w, <f32>(y - lowY), 4);
      store<f32>(w, <f32>(z - lowZ), 8);
    } else {
      const kx = Math.floor(fx), ky = Math.floor(fy), kz = Math.floor(fz);
      store<f32>(w, <f32>(x - kx * ax - ky * bx - kz * cx));
      store<f32>(w, <f32>(y - ky * by - kz * cy), 4);
      store<f32>(w, <f32>(z - kz * cz), 8);
    }
    store<i32>(it.cellOf + (<usize>i << 2), cell);
    memory.copy(it.madeAt + <usize>i * 24, p, 24);
  }
}

/** Sorts the points by cell, ascending within each, and takes note of what the list is made for. */
function sortIntoCells(): void {
  const it = shared();
  divide();
  it.builds++;
  it.nx = nx;
  it.ny = ny;
  it.nz = nz;
  memory.copy(it.madeIn, box, 88);
  // Coordinates and differences of single precision are off by a ten-millionth of the largest of them.
  const widest = kind == 0 ? max<f64>(wideX, max<f64>(wideY, wideZ)) : ax + Math.abs(bx) + by + Math.abs(cx) + Math.abs(cy) + cz;
  const limit = reach + 1e-6 * (widest + reach);
  it.limit = <f32>(limit * limit);
  const cells = nx * ny * nz;
  // One place to the right, and one more: what is counted there becomes beginnings, which filling turns into ends.
  const first = it.cellFirst;
  memory.fill(first, 0, <usize>(cells + 2) << 2);
  for (let i = 0; i < points; i++) {
    const count = first + (<usize>(load<i32>(it.cellOf + (<usize>i << 2)) + 2) << 2);
    store<i32>(count, load<i32>(count) + 1);
  }
  for (let c = 1; c <= cells; c++) {
    const at = first + (<usize>c << 2);
    store<i32>(at, load<i32>(at) + load<i32>(at, 4), 4);
  }
  for (let i = 0; i < points; i++) {
    const next = first + (<usize>(load<i32>(it.cellOf + (<usize>i << 2)) + 1) << 2);
    store<i32>(it.members + (<usize>load<i32>(next) << 2), i);
    store<i32>(next, load<i32>(next) + 1);
  }
}

/** Coordinates of the members from one to another, side by side. */
function copyMembers(from: i32, to: i32): void {
  const it = shared();
  for (let k = from; k < to; k++) {
    const w = it.wrapped + (<usize>load<i32>(it.members + (<usize>k << 2)) << 4);
    store<f32>(it.x + (<usize>k << 2), load<f32>(w));
    store<f32>(it.y + (<usize>k << 2), load<f32>(w, 4));
    store<f32>(it.z + (<usize>k << 2), load<f32>(w, 8));
  }
}

/** The partners found for a point: of each thread its own. */
let scratch: usize = 0;

/** Lists the partners of all points of a range. */
function searchAround(a: i32): void {
  const it = shared();
  nx = it.nx;
  ny = it.ny;
  nz = it.nz;
  if (scratch == 0) scratch = changetype<usize>(region());
  for (let b = a; b < ranges; b++) tileOf(a, b).count = 0;
  const from = rangeFirst(a), to = rangeFirst(a + 1);
  for (let i = from; i < to; i++) {
    for (let b = a; b < ranges; b++) store<i32>(tileOf(a, b).first + (<usize>(i - from) << 2), tileOf(a, b).count);
    distribute(a, without(i, sort(findPartners(i))));
  }
  for (let b = a; b < ranges; b++) store<i32>(tileOf(a, b).first + (<usize>(to - from) << 2), tileOf(a, b).count);
}

/** Collects the points with higher numbers within reach; returns how many there are. */
function findPartners(i: i32): i32 {
  const home = load<i32>(shared().cellOf + (<usize>i << 2));
  const hx = home / (ny * nz), hy = (home / nz) % ny, hz = home % nz;
  const sx = nx > 1 ? 1 : 0, sy = ny > 1 ? 1 : 0, sz = nz > 1 ? 1 : 0;
  let count = 0;
  for (let kx = hx - sx; kx <= hx + sx; kx++) {
    if (kind == 0 && (kx < 0 || kx >= nx)) continue;
    const x = kx < 0 ? kx + nx : kx >= nx ? kx - nx : kx;
    for (let ky = hy - sy; ky <= hy + sy; ky++) {
      if (kind == 0 && (ky < 0 || ky >= ny)) continue;
      const column = (x * ny + (ky < 0 ? ky + ny : ky >= ny ? ky - ny : ky)) * nz;
      // Neighbours along the last axis lie side by side, but across the border of the box.
      count = look(i, column + max<i32>(0, hz - sz), column + min<i32>(nz - 1, hz + sz), count);
      if (kind == 0) continue;
      if (hz - sz < 0) count = look(i, column + nz - 1, column + nz - 1, count);
      if (hz + sz >= nz) count = look(i, column, column, count);
    }
  }
  return count;
}

// @ts-ignore: decorator
@inline
function lessImage(u: v128, n: v128, edge: f64): v128 {
  return f32x4.sub(u, f32x4.mul(n, f32x4.splat(<f32>edge)));
}

/** Adds what cells side by side have to the partners of i. */
function look(i: i32, firstCell: i32, lastCell: i32, count: i32): i32 {
  const it = shared();
  const begin = load<i32>(it.cellFirst + (<usize>firstCell << 2)), end = load<i32>(it.cellFirst + (<usize>lastCell << 2), 4);
  const found = changetype<Region>(scratch).reserve(<usize>(count + end - begin) << 2, <usize>count << 2);
  const w = it.wrapped + (<usize>i << 4);
  const x = v128.load32_splat(w), y = v128.load32_splat(w, 4), z = v128.load32_splat(w, 8);
  const kx = f32x4.splat(<f32>ix), ky = f32x4.splat(<f32>iy), kz = f32x4.splat(<f32>iz);
  const limit = f32x4.splat(it.limit), own = i32x4.splat(i);
  for (let k = begin; k < end; k += 4) {
    const at = <usize>k << 2;
    let ux = f32x4.sub(x, v128.load(it.x + at)), uy = f32x4.sub(y, v128.load(it.y + at)), uz = f32x4.sub(z, v128.load(it.z + at));
    const nz = f32x4.nearest(f32x4.mul(uz, kz));
    uz = lessImage(uz, nz, cz);
    if (kind == 2) {
      uy = lessImage(uy, nz, cy);
      ux = lessImage(ux, nz, cx);
    }
    const ny = f32x4.nearest(f32x4.mul(uy, ky));
    uy = lessImage(uy, ny, by);
    if (kind == 2) ux = lessImage(ux, ny, bx);
    ux = lessImage(ux, f32x4.nearest(f32x4.mul(ux, kx)), ax);
    const r2 = f32x4.add(f32x4.mul(ux, ux), f32x4.add(f32x4.mul(uy, uy), f32x4.mul(uz, uz)));
    const near = v128.and(f32x4.lt(r2, limit), i32x4.gt_s(v128.load(it.members + at), own));
    let lanes = i32x4.bitmask(near) & (end - k < 4 ? (1 << (end - k)) - 1 : 15);
    for (; lanes != 0; lanes &= lanes - 1) {
      store<i32>(found + (<usize>count << 2), load<i32>(it.members + at + (<usize>ctz<i32>(lanes) << 2)));
      count++;
    }
  }
  return count;
}

/** Insertion: the lists are short. */
function sort(count: i32): i32 {
  const found = changetype<Region>(scratch).at;
  for (let k = 1; k < count; k++) {
    const value = load<i32>(found + (<usize>k << 2));
    let at = k - 1;
    while (at >= 0 && load<i32>(found + (<usize>at << 2)) > value) {
      store<i32>(found + (<usize>at << 2), load<i32>(found + (<usize>at << 2)), 4);
      at--;
    }
    store<i32>(found + (<usize>(at + 1) << 2), value);
  }
  return count;
}

/** Takes out what is excluded; returns how many are left. */
function without(i: i32, count: i32): i32 {
  if (excludedFirst == 0) return count;
  const found = changetype<Region>(scratch).at;
  let e = load<i32>(excludedFirst + (<usize>i << 2));
  const end = load<i32>(excludedFirst + (<usize>i << 2), 4);
  if (e == end) return count;
  let left = 0;
  for (let k = 0; k < count; k++) {
    const j = load<i32>(found + (<usize>k << 2));
    while (e < end && load<i32>(excluded + (<usize>e << 2)) < j) e++;
    if (e < end && load<i32>(excluded + (<usize>e << 2)) == j) continue;
    store<i32>(found + (<usize>left << 2), j);
    left++;
  }
  return left;
}

/** Appends the partners to the tiles of range a that they belong to. */
function distribute(a: i32, count: i32): void {
  const found = changetype<Region>(scratch).at;
  let k = 0;
  for (let b = a; b < ranges && k < count; b++) {
    const end = rangeFirst(b + 1);
    let n = k;
    while (n < count && load<i32>(found + (<usize>n << 2)) < end) n++;
    if (n == k) continue;
    const tile = tileOf(a, b);
    const at = tile.pairs.reserve(<usize>(tile.count + n - k) << 2, <usize>tile.count << 2);
    memory.copy(at + (<usize>tile.count << 2), found + (<usize>k << 2), <usize>(n - k) << 2);
    tile.count += n - k;
    k = n;
  }
}
