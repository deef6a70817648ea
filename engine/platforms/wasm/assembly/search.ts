/**
 * The search for clusters within range: columns around a column in all images of the cell, then, for one cluster of it, ranges of their clusters, whose
 * boxes are copied side by side so that the particles of the cluster can look through them (clusters.ts).
 */
import { columnAt, columnX, columnY, firstOfStrip } from './columns';
import { clusterBlock, recordBytes } from './layout';
import { allocate, Region, region } from '../../../threads/assembly/memory';
import { coordinate } from './records';
import { frameOf, PairPart, PairSet } from './set';
import { ax, bx, by, cx, cy, cz, particles, periodic } from './state';

/** Boxes are read in eights. */
const boundsSpare = 8;

/** Bounding boxes of clusters in the wrapped cell: six arrays of f32, low x, y, z, high x, y, z. Returns the address of one. */
// @ts-ignore: decorator
@inline
export function bound(set: PairSet, d: usize): usize {
  return set.bounds.at + d * (<usize>set.clusters + boundsSpare) * 4;
}

export function boundsBytes(clusters: usize): usize {
  return 6 * (clusters + boundsSpare) * 4;
}

export function computeBounds(set: PairSet, part: PairPart): void {
  for (let k = <usize>part.first; k < <usize>part.end; k++) {
    const frame = frameOf(set, <i32>k);
    // Padding takes the place of the first particle.
    let real = i32x4.lt_u(load<v128>(set.order.at + k * 16), i32x4.splat(particles));
    for (let d: usize = 0; d < 3; d++) {
      const all = coordinate(set, <i32>k, d);
      const x = v128.bitselect(all, i32x4.shuffle(all, all, 0, 0, 0, 0), real);
      const swapped = i32x4.shuffle(x, x, 2, 3, 0, 1);
      const low = f32x4.pmin(x, swapped);
      const high = f32x4.pmax(x, swapped);
      const origin = load<f64>(frame + d * 8);
      const lowest = f32x4.extract_lane(f32x4.pmin(low, i32x4.shuffle(low, low, 1, 0, 3, 2)), 0);
      const highest = f32x4.extract_lane(f32x4.pmax(high, i32x4.shuffle(high, high, 1, 0, 3, 2)), 0);
      store<f32>(bound(set, d) + k * 4, <f32>(<f64>lowest + origin));
      store<f32>(bound(set, d + 3) + k * 4, <f32>(<f64>highest + origin));
    }
  }
}

/** An image of the cell with columns within range. */
// @ts-ignore: decorator
@unmanaged
export class Image {
  x: f64;
  y: f64;
  z: f64;
  /** Its columns within range: bytes among the neighbours; the end is a multiple of four neighbours from the start. */
  first: usize;
  end: usize;
  /** Whether it is the cell itself; whether a cluster meets itself in it: in half of the images. */
  home: bool;
  ahead: bool;
}

/** Work space of this thread. */
// @ts-ignore: decorator
@unmanaged
export class Search {
  images: Region;
  imageCount: i32;
  /** Columns within range of the one at hand, neighbourBytes each four: x and y of their middles (f32), numbers. */
  neighbours: Region;
  neighbourEnd: usize;
  /** Of four neighbours: the lowest and the highest bin that is reached. */
  reached: usize;
  /** Clusters found for a segment: their boxes, six arrays of f32, then their entries; each array of `room` bytes. */
  boxes: Region;
  room: usize;
  found: i32;
  /** The first of them. */
  first: i32;
  /** Ranges of clusters (i32 x 2) of other frames than theirs, which wait for a segment of their own: so many bytes. */
  pieces: Region;
  waiting: usize;
  /** For each four of those found a byte: who is within range. */
  bits: Region;
  /** Entries within range of a segment's cluster, and those that are not common to its particles (clusters.ts). */
  selected: Region;
  special: Region;
  /** By four bits: a shuffle that brings these lanes of a vector of i32 to its front, then the bytes that they take. */
  packs: usize;
  /** The particles that look: vectors of x, y, z and squared range of each of the four; then x of all, y, z. */
  pins: usize;
}

export const neighbourBytes: usize = 48;

let work: usize = 0;

export function search(): Search {
  if (work != 0) return changetype<Search>(work);
  const made = changetype<Search>(allocate(offsetof<Search>()));
  made.images = region();
  made.neighbours = region();
  made.boxes = region();
  made.bits = region();
  made.selected = region();
  made.special = region();
  made.pieces = region();
  made.reached = allocate(32);
  made.pins = allocate(4 * 64 + 48);
  made.packs = allocate(16 * 17);
  for (let bits: usize = 0; bits < 16; bits++) {
    let to: usize = 0;
    for (let lane: usize = 0; lane < 4; lane++) {
      if (!((bits >> lane) & 1)) continue;
      for (let b: usize = 0; b < 4; b++) store<u8>(made.packs + bits * 16 + to + b, <u8>(lane * 4 + b));
      to += 4;
    }
    store<u8>(made.packs + 256 + bits, <u8>to);
  }
  work = changetype<usize>(made);
  return made;
}

/** Range of the outer list with a margin for bounds in f32. */
export function searchRange(set: PairSet): f64 {
  if (set.infinite) return 1e12;
  return (set.cutoff + set.outer) * (1 + 1e-6) + 1e-6 * (Math.abs(set.highX) + Math.abs(set.highY) + Math.abs(set.lowZ) + set.extentZ);
}

/** Finds the columns with clusters from `column` on, in all images of the cell, that are within range of it. */
export function findNeighbours(set: PairSet, column: i32): void {
  const space = search();
  space.imageCount = 0;
  space.neighbourEnd = 0;
  space.found = 0;
  const range = searchRange(set);
  if (!periodic || set.infinite) {
    findInImage(set, column, 0, 0, 0, range);
    return;
  }
  const lowX = set.lowX + <f64>columnX(set, column) * set.columnWidthX - range;
  const lowY = set.lowY + <f64>columnY(set, column) * set.columnWidthY - range;
  const highX = lowX + set.columnWidthX + 2 * range;
  const highY = lowY + set.columnWidthY + 2 * range;
  const lastZ = <i32>Math.floor((set.lowZ + set.extentZ + range) / cz);
  for (let z = <i32>Math.floor((set.lowZ - range) / cz); z <= lastZ; z++) {
    const shiftY = <f64>z * cy;
    const lastY = <i32>Math.floor((highY - shiftY) / by);
    for (let y = <i32>Math.floor((lowY - shiftY) / by); y <= lastY; y++) {
      const shiftX = <f64>z * cx + <f64>y * bx;
      const lastX = <i32>Math.floor((highX - shiftX) / ax);
      for (let x = <i32>Math.floor((lowX - shiftX) / ax); x <= lastX; x++) findInImage(set, column, x, y, z, range);
    }
  }
}

/** Adds the columns of the image (x, y, z) of the cell. */
function findInImage(set: PairSet, column: i32, x: i32, y: i32, z: i32, range: f64): void {
  const space = search();
  const sx = <f64>x * ax + <f64>y * bx + <f64>z * cx;
  const sy = <f64>y * by + <f64>z * cy;
  const cellX = columnX(set, column);
  const cellY = columnY(set, column);
  const width = set.columnWidthX;
  const depth = set.columnWidthY;
  const before = space.neighbourEnd;
  const firstX = firstWithin(<f64>cellX - sx / width, range / width, set.columnsX);
  const endX = endWithin(<f64>cellX - sx / width, range / width, set.columnsX);
  const firstY = firstWithin(<f64>cellY - sy / depth, range / depth, set.columnsY);
  const endY = endWithin(<f64>cellY - sy / depth, range / depth, set.columnsY);
  const home = firstOfStrip(set, cellX);
  let count: usize = 0;
  // Strips and rows before those of the column hold lower numbers.
  for (let strip = max(home, firstOfStrip(set, firstX)); strip < endX; strip += set.stripColumns) {
    const fromX = max(firstX, strip);
    const toX = min(endX, strip + set.stripColumns);
    for (let otherY = strip == home ? max(cellY, firstY) : firstY; otherY < endY; otherY++) {
      const dy = Math.max(0, Math.abs(sy + <f64>(otherY - cellY) * depth) - depth);
      for (let otherX = strip == home && otherY == cellY ? max(cellX, fromX) : fromX; otherX < toX; otherX++) {
        const dx = Math.max(0, Math.abs(sx + <f64>(otherX - cellX) * width) - width);
        if (dx * dx + dy * dy > range * range) continue;
        addNeighbour(set, before, count, otherX, otherY, sx, sy);
        count++;
      }
    }
  }
  if (count == 0) return;
  space.neighbourEnd = before + ((count + 3) >> 2) * neighbourBytes;
  const bytes = <usize>space.imageCount * offsetof<Image>();
  space.imageCount++;
  const image = changetype<Image>(space.images.reserve(bytes + offsetof<Image>(), bytes) + bytes);
  image.x = sx;
  image.y = sy;
  image.z = <f64>z * cz;
  image.first = before;
  image.end = space.neighbourEnd;
  image.home = x == 0 && y == 0 && z == 0;
  image.ahead = image.home || z > 0 || (z == 0 && (y > 0 || (y == 0 && x > 0)));
}

/** Puts the image, shifted by sx and sy, of the column at x and y behind the `count` neighbours that begin at `before`. */
// @ts-ignore: decorator
@inline
function addNeighbour(set: PairSet, before: usize, count: usize, x: i32, y: i32, sx: f64, sy: f64): void {
  const space = search();
  const four = before + (count >> 2) * neighbourBytes;
  const at = space.neighbours.reserve(four + neighbourBytes, four) + four;
  // Lanes that are not filled stay out of reach.
  if ((count & 3) == 0) store<v128>(at, f32x4.splat(1e18));
  const lane = 4 * (count & 3);
  store<f32>(at + lane, <f32>(sx + set.lowX + (<f64>x + 0.5) * set.columnWidthX));
  store<f32>(at + lane, <f32>(sy + set.lowY + (<f64>y + 0.5) * set.columnWidthY), 16);
  store<i32>(at + lane, columnAt(set, x, y), 32);
}

/** The first of `count` columns that are within `reach` columns of place `at`, or one before it; and the end of them. */
// @ts-ignore: decorator
@inline
function firstWithin(at: f64, reach: f64, count: i32): i32 {
  return <i32>Math.max(0, Math.min(<f64>count, Math.floor(at - reach - 1.001)));
}
// @ts-ignore: decorator
@inline
function endWithin(at: f64, reach: f64, count: i32): i32 {
  return <i32>Math.max(0, Math.min(<f64>count, Math.ceil(at + reach + 2.001)));
}

/** Which of four neighbours are within range of cluster k (bits), and to `reached` the bins that its range begins and ends in. */
// @ts-ignore: decorator
@inline
export function reachOfFour(set: PairSet, k: i32, four: usize, low: f64, high: f64, range: f64, reached: usize): i32 {
  const own = <usize>k * 4;
  const half = f32x4.splat(0.5);
  const zero = f32x4.splat(0);
  const lowX = v128.load32_splat(bound(set, 0) + own);
  const lowY = v128.load32_splat(bound(set, 1) + own);
  const highX = v128.load32_splat(bound(set, 3) + own);
  const highY = v128.load32_splat(bound(set, 4) + own);
  // Distance of the middles less half the extent of both.
  const wideX = f32x4.add(f32x4.mul(half, f32x4.sub(highX, lowX)), f32x4.splat(<f32>(0.5 * set.columnWidthX)));
  const wideY = f32x4.add(f32x4.mul(half, f32x4.sub(highY, lowY)), f32x4.splat(<f32>(0.5 * set.columnWidthY)));
  const dx = f32x4.pmax(zero, f32x4.sub(f32x4.abs(f32x4.sub(load<v128>(four), f32x4.mul(half, f32x4.add(highX, lowX)))), wideX));
  const dy = f32x4.pmax(zero, f32x4.sub(f32x4.abs(f32x4.sub(load<v128>(four, 16), f32x4.mul(half, f32x4.add(highY, lowY)))), wideY));
  const left2 = f32x4.sub(f32x4.splat(<f32>(range * range)), f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)));
  const reach = f32x4.sqrt(f32x4.pmax(zero, left2));
  const scale = f32x4.splat(<f32>set.binScale);
  const last = f32x4.splat(<f32>(set.bins - 1));
  const from = f32x4.mul(f32x4.sub(f32x4.splat(<f32>(low - set.lowZ)), reach), scale);
  const to = f32x4.mul(f32x4.add(f32x4.splat(<f32>(high - set.lowZ)), reach), scale);
  store<v128>(reached, i32x4.trunc_sat_f32x4_s(f32x4.pmax(zero, f32x4.pmin(last, from))));
  store<v128>(reached, i32x4.trunc_sat_f32x4_s(f32x4.pmax(zero, f32x4.pmin(last, to))), 16);
  return i32x4.bitmask(f32x4.ge(left2, zero));
}

/** Takes the clusters `from` ... `to` - 1 among those found. */
// @ts-ignore: decorator
@inline
export function takeBoxes(set: PairSet, part: PairPart, space: Search, from: i32, to: i32): void {
  const count = <usize>space.found * 4;
  const more = <usize>(to - from) * 4;
  if (count + more + 64 > space.room) makeRoom(space, count, count + more + 64);
  const out = space.boxes.at + count;
  const at = set.bounds.at + <usize>from * 4;
  const stride = <usize>(set.clusters + boundsSpare) * 4;
  // Eight at once, whether or not there are so many, cost less than to foresee it wrongly.
  takeFour(out, at, space.room, stride, from);
  takeFour(out + 16, at + 16, space.room, stride, from + 4);
  for (let done: usize = 32; done < more; done += 16) takeFour(out + done, at + done, space.room, stride, from + <i32>(done >> 2));
  space.found += to - from;
  const touched = part.touched.at;
  const first = <u32>from / clusterBlock;
  const last = <u32>(to - 1) / clusterBlock;
  store<u8>(touched + <usize>first, 1);
  store<u8>(touched + <usize>last, 1);
  for (let b = first + 1; b < last; b++) store<u8>(touched + <usize>b, 1);
}

// @ts-ignore: decorator
@inline
function takeFour(out: usize, at: usize, room: usize, stride: usize, k: i32): void {
  store<v128>(out, load<v128>(at));
  store<v128>(out + room, load<v128>(at + stride));
  store<v128>(out + 2 * room, load<v128>(at + 2 * stride));
  store<v128>(out + 3 * room, load<v128>(at + 3 * stride));
  store<v128>(out + 4 * room, load<v128>(at + 4 * stride));
  store<v128>(out + 5 * room, load<v128>(at + 5 * stride));
  store<v128>(out + 6 * room, i32x4.add(i32x4.splat(k * recordBytes), i32x4(15, recordBytes + 15, 2 * recordBytes + 15, 3 * recordBytes + 15)));
}

/** Makes the arrays of boxes longer; the first `keep` bytes of each survive. */
function makeRoom(space: Search, keep: usize, bytes: usize): void {
  const before = space.room;
  const room = (bytes + bytes / 2 + 4096) & ~15;
  const boxes = space.boxes.reserve(7 * room, 7 * before);
  for (let d: usize = 6; d > 0; d--) memory.copy(boxes + d * room, boxes + d * before, keep);
  space.room = room;
}
