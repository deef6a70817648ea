/**
 * The list of pairs of points within reach, by linked cells; made anew when a point has moved half of what the list reaches beyond the cut-off.
 * Partners are in ascending order whenever the list was made: sums over them do not depend on that.
 */
import { Region, region } from '../../../engine/threads/assembly/memory';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from '../../../engine/threads/assembly/threads';
import { ax, box, bx, by, cx, cy, cz, ix, iy, iz, kind, reach } from './box';
import { coordinateBytes, coordinates, copyMembers, cutoff, excluded, excludedFirst, findCells, shared, sortIntoCells } from './cells';
import { rangeFirst, ranges, tileOf } from './tiles';

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

/** The partners found for a point, and how many cells there are: of each thread its own. */
let scratch: usize = 0;
let nx: i32 = 1;
let ny: i32 = 1;
let nz: i32 = 1;

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
