/**
 * The cluster list of a part: for each of its clusters those within cutoff + outer with a number that is not lower, in all images of the
 * cell. Clusters of a column are sorted by z, so that neighbours are ranges of consecutive clusters in the columns around.
 */
import { clusterBlock } from './layout';
import { allocate, Region, region } from './memory';
import { binStarts, blocks, PairPart, PairSet } from './set';
import { ax, bx, by, cx, cy, cz, particles, periodic } from './state';

/** Bounding boxes of clusters in the wrapped cell: six arrays of f32, low x, y, z, high x, y, z. Returns the address of one. */
// @ts-ignore: decorator
@inline
function bound(set: PairSet, d: usize): usize {
  return set.bounds.at + d * (<usize>set.clusters + 4) * 4;
}

export function boundsBytes(clusters: usize): usize {
  return 6 * (clusters + 4) * 4;
}

export function computeBounds(set: PairSet, part: PairPart): void {
  for (let k = <usize>part.first; k < <usize>part.end; k++) {
    const frame = set.frames.at + k * 24;
    const record = set.records.at + k * 48;
    for (let d: usize = 0; d < 3; d++) {
      let low: f32 = Infinity;
      let high: f32 = -Infinity;
      for (let a: usize = 0; a < 4; a++) {
        if (load<i32>(set.order.at + k * 16 + a * 4) >= particles) break;
        const x = load<f32>(record + d * 16 + a * 4);
        low = min(low, x);
        high = max(high, x);
      }
      const origin = load<f64>(frame + d * 8);
      store<f32>(bound(set, d) + k * 4, <f32>(<f64>low + origin));
      store<f32>(bound(set, d + 3) + k * 4, <f32>(<f64>high + origin));
    }
  }
}

/** Consecutive clusters of a column that share a search; each then looks through what was found for all. */
const groupSize: i32 = 4;

/** Bytes of an image of the cell among those found: shift (f64 x 3), home, ahead, first and last range (i32 each). */
const imageBytes: usize = 40;

/** Work space of this thread: ranges of clusters found for a group, the images they are in, clusters selected for one, masked entries. */
// @ts-ignore: decorator
@unmanaged
class Search {
  ranges: Region;
  images: Region;
  selected: Region;
  masked: Region;
  /** i32 a cluster: the cluster that last marked it as holding an excluded partner. */
  marks: Region;
}

let work: usize = 0;
let imageCount: i32 = 0;
let rangeCount: i32 = 0;
let candidateCount: i32 = 0;

function search(): Search {
  if (work != 0) return changetype<Search>(work);
  const made = changetype<Search>(allocate(offsetof<Search>()));
  made.ranges = region();
  made.images = region();
  made.selected = region();
  made.masked = region();
  made.marks = region();
  work = changetype<usize>(made);
  return made;
}

/** Makes the cluster list of a part, and notes which blocks of clusters it reaches. */
export function buildClusterList(set: PairSet, part: PairPart): void {
  const space = search();
  const marks = space.marks.reserve(<usize>set.clusters * 4, 0);
  memory.fill(marks, 0xff, <usize>set.clusters * 4);
  memory.fill(part.touched.at, 0, <usize>blocks(set));
  part.clusterListEnd = part.clusterList.at;
  part.listedClusters = 0;
  part.candidates = 0;
  // Room for what is expected, so that lists need not move; what is not used costs nothing but addresses.
  const spare = <usize>(part.end - part.first) * bytesPerCluster(set);
  for (let c = columnOf(set, part.first); c < set.columnsX * set.columnsY; c++) {
    let first = max(part.first, load<i32>(set.columnStart.at + <usize>c * 4));
    if (first >= part.end) break;
    const last = min(part.end, load<i32>(set.columnStart.at + <usize>c * 4, 4));
    for (; first < last; first += groupSize) {
      const groupEnd = min(last, first + groupSize);
      findCandidates(set, first, groupEnd, c);
      part.candidates += <f64>(candidateCount * (groupEnd - first));
      space.selected.reserve(<usize>candidateCount * 4 + 16, 0);
      space.masked.reserve(<usize>candidateCount * 8, 0);
      for (let k = first; k < groupEnd; k++) {
        const length = part.clusterListEnd - part.clusterList.at;
        // Every entry may be masked, and be the only one of its image and frame.
        const most = <usize>candidateCount * 8 + <usize>(imageCount + min(candidateCount, imageCount * set.frameCount)) * 56;
        part.clusterListEnd = part.clusterList.reserve(length + most, length, spare) + length;
        markExclusions(set, k);
        listCluster(set, part, k);
        store<u8>(part.touched.at + <usize>(k / clusterBlock), 1);
      }
    }
  }
}

/** The column that holds cluster k. */
function columnOf(set: PairSet, k: i32): i32 {
  let from = 0;
  let to = set.columnsX * set.columnsY - 1;
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (load<i32>(set.columnStart.at + <usize>middle * 4) <= k) from = middle;
    else to = middle - 1;
  }
  return from;
}

/** More bytes of a cluster list than a cluster of a homogeneous system fills. */
function bytesPerCluster(set: PairSet): usize {
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  const reach = set.infinite ? 1e9 : set.cutoff + set.outer + Math.cbrt(volume / <f64>set.clusters);
  const around = Math.min(<f64>set.clusters, (4.19 * reach * reach * reach * <f64>set.clusters) / volume);
  return <usize>(80 + 4 * around);
}

/** Range of the cluster list with a margin for bounds in f32. */
function searchRange(set: PairSet): f64 {
  return set.infinite ? 1e12 : (set.cutoff + set.outer) * (1 + 1e-6) + 1e-6 * (Math.abs(set.highX) + Math.abs(set.highY));
}

/** Box around the clusters of a group. */
let groupLowX: f64 = 0;
let groupLowY: f64 = 0;
let groupLowZ: f64 = 0;
let groupHighX: f64 = 0;
let groupHighY: f64 = 0;
let groupHighZ: f64 = 0;

/** Finds the clusters, in all images of the cell, that can be neighbours of the clusters `first` ... `end` - 1 of a column. */
function findCandidates(set: PairSet, first: i32, end: i32, column: i32): void {
  imageCount = 0;
  rangeCount = 0;
  candidateCount = 0;
  groupLowX = groupLowY = groupLowZ = Infinity;
  groupHighX = groupHighY = groupHighZ = -Infinity;
  for (let k = <usize>first; k < <usize>end; k++) {
    groupLowX = Math.min(groupLowX, <f64>load<f32>(bound(set, 0) + k * 4));
    groupLowY = Math.min(groupLowY, <f64>load<f32>(bound(set, 1) + k * 4));
    groupLowZ = Math.min(groupLowZ, <f64>load<f32>(bound(set, 2) + k * 4));
    groupHighX = Math.max(groupHighX, <f64>load<f32>(bound(set, 3) + k * 4));
    groupHighY = Math.max(groupHighY, <f64>load<f32>(bound(set, 4) + k * 4));
    groupHighZ = Math.max(groupHighZ, <f64>load<f32>(bound(set, 5) + k * 4));
  }
  const range = searchRange(set);
  if (!periodic || set.infinite) {
    searchImage(set, first, column, 0, 0, 0, range);
    return;
  }
  const lastZ = <i32>Math.floor((groupHighZ + range) / cz);
  for (let z = <i32>Math.floor((groupLowZ - range) / cz); z <= lastZ; z++) {
    const shiftY = <f64>z * cy;
    const lastY = <i32>Math.floor((groupHighY + range - shiftY) / by);
    for (let y = <i32>Math.floor((groupLowY - range - shiftY) / by); y <= lastY; y++) {
      const shiftX = <f64>z * cx + <f64>y * bx;
      const lastX = <i32>Math.floor((groupHighX + range - shiftX) / ax);
      for (let x = <i32>Math.floor((groupLowX - range - shiftX) / ax); x <= lastX; x++) searchImage(set, first, column, x, y, z, range);
    }
  }
}

/** Adds the ranges of clusters j >= first of the image (x, y, z) of the cell whose columns and heights are within range of the group. */
function searchImage(set: PairSet, first: i32, column: i32, x: i32, y: i32, z: i32, range: f64): void {
  const sx = <f64>x * ax + <f64>y * bx + <f64>z * cx;
  const sy = <f64>y * by + <f64>z * cy;
  const sz = <f64>z * cz;
  const lowX = groupLowX - sx;
  const lowY = groupLowY - sy;
  const lowZ = groupLowZ - sz;
  const highX = groupHighX - sx;
  const highY = groupHighY - sy;
  const highZ = groupHighZ - sz;
  const firstX = <i32>Math.max(0, Math.floor((lowX - range - set.lowX) / set.columnWidthX));
  const lastX = <i32>Math.min(<f64>(set.columnsX - 1), Math.floor((highX + range - set.lowX) / set.columnWidthX));
  const firstY = <i32>Math.max(<f64>(column / set.columnsX), Math.floor((lowY - range - set.lowY) / set.columnWidthY));
  const lastY = <i32>Math.min(<f64>(set.columnsY - 1), Math.floor((highY + range - set.lowY) / set.columnWidthY));
  const range2 = range * range;
  const before = rangeCount;
  for (let cellY = firstY; cellY <= lastY; cellY++) {
    const edgeY = set.lowY + <f64>cellY * set.columnWidthY;
    const dy = Math.max(0, Math.max(edgeY - highY, lowY - edgeY - set.columnWidthY));
    for (let cellX = firstX; cellX <= lastX; cellX++) {
      const c = cellY * set.columnsX + cellX;
      if (c < column) continue;
      const edgeX = set.lowX + <f64>cellX * set.columnWidthX;
      const dx = Math.max(0, Math.max(edgeX - highX, lowX - edgeX - set.columnWidthX));
      const left2 = range2 - dx * dx - dy * dy;
      if (left2 < 0) continue;
      const reach = Math.sqrt(left2) * (1 + 1e-6);
      const start = load<i32>(set.columnStart.at + <usize>c * 4);
      // From the cluster of the first particle in the lowest bin that is reached to that of the last one in the highest.
      const from = max(first, start + clusterAt(set, c, lowZ - reach, 0));
      const to = min(load<i32>(set.columnStart.at + <usize>(c + 1) * 4), start + clusterAt(set, c, highZ + reach, 1));
      if (from >= to) continue;
      const at = search().ranges.reserve(<usize>(rangeCount + 1) * 8, <usize>rangeCount * 8) + <usize>rangeCount * 8;
      store<i32>(at, from);
      store<i32>(at, to, 4);
      rangeCount++;
      candidateCount += to - from;
    }
  }
  if (rangeCount == before) return;
  const image = search().images.reserve(<usize>(imageCount + 1) * imageBytes, <usize>imageCount * imageBytes) + <usize>imageCount * imageBytes;
  imageCount++;
  store<f64>(image, sx);
  store<f64>(image, sy, 8);
  store<f64>(image, sz, 16);
  const home = x == 0 && y == 0 && z == 0;
  // A cluster meets its own images once: in half of the directions.
  const ahead = home || z > 0 || (z == 0 && (y > 0 || (y == 0 && x > 0)));
  store<i32>(image, home ? 1 : 0, 24);
  store<i32>(image, ahead ? 1 : 0, 28);
  store<i32>(image, before, 32);
  store<i32>(image, rangeCount, 36);
}

/** In a column, the number of the cluster that the first particle of the bin at height z belongs to; with `next` 1 the end of the bin's. */
// @ts-ignore: decorator
@inline
function clusterAt(set: PairSet, c: i32, z: f64, next: i32): i32 {
  const bins = set.bins;
  const bin = <i32>Math.max(0, Math.min(<f64>(bins - 1), Math.floor((z - set.lowZ) * set.binScale)));
  const starts = binStarts(set) + <usize>(c * bins) * 4;
  return (load<i32>(starts + <usize>(bin + next) * 4) - load<i32>(starts) + 3 * next) >> 2;
}

function markExclusions(set: PairSet, k: i32): void {
  const marks = search().marks.at;
  for (let a = 0; a < 4; a++) {
    const i = load<i32>(set.order.at + <usize>k * 16 + <usize>a * 4);
    if (i >= particles) return;
    const last = load<i32>(set.excludedStart + <usize>i * 4, 4);
    for (let e = load<i32>(set.excludedStart + <usize>i * 4); e < last; e++) {
      const partner = load<i32>(set.excluded + <usize>e * 4);
      store<i32>(marks + <usize>(load<i32>(set.slot + <usize>partner * 4) >> 2) * 4, k);
    }
  }
}

/** Bits 4 a + b: particle a of cluster k may interact with b of cluster j. */
function allowedPairs(set: PairSet, k: i32, j: i32, home: bool): i32 {
  let bits = home && k == j ? 0b0000_1000_1100_1110 : 0xffff;
  for (let a = 0; a < 4; a++) {
    const i = load<i32>(set.order.at + <usize>k * 16 + <usize>a * 4);
    if (i >= particles) break;
    const last = load<i32>(set.excludedStart + <usize>i * 4, 4);
    for (let e = load<i32>(set.excludedStart + <usize>i * 4); e < last; e++) {
      const slot = load<i32>(set.slot + <usize>load<i32>(set.excluded + <usize>e * 4) * 4);
      if (slot >> 2 == j) bits &= ~(1 << (4 * a + (slot & 3)));
    }
  }
  return bits;
}

/**
 * Appends the segments of cluster k, one for its neighbours in each image and frame: cluster, masked entries, plain entries, padding
 * (4 bytes each), shift (f64 x 3), then plain entries (16 j), then masked ones (16 j, allowed pairs), filled up to 8 bytes.
 */
function listCluster(set: PairSet, part: PairPart, k: i32): void {
  const space = search();
  const marks = space.marks.at;
  const selected = space.selected.at;
  const masked = space.masked.at;
  const numbers = set.frameNumbers.at;
  const touched = part.touched.at;
  const oneFrame = set.frameCount == 1;
  let segment = part.clusterListEnd;
  for (let i = 0; i < imageCount; i++) {
    const image = space.images.at + <usize>i * imageBytes;
    const home = load<i32>(image, 24) != 0;
    let to = selectClusters(set, k, image);
    while (to > selected) {
      // One frame at a time; clusters of others move to the front and wait for their turn.
      const frame = load<i32>(numbers + <usize>load<i32>(selected) * 4);
      let waiting = selected;
      let plain = segment + 40;
      let maskedEnd = masked;
      for (let from = selected; from < to; from += 4) {
        const j = load<i32>(from);
        if (!oneFrame && load<i32>(numbers + <usize>j * 4) != frame) {
          store<i32>(waiting, j);
          waiting += 4;
          continue;
        }
        store<u8>(touched + <usize>(j / clusterBlock), 1);
        if (load<i32>(marks + <usize>j * 4) == k || (home && j == k)) {
          const bits = allowedPairs(set, k, j, home);
          store<i32>(maskedEnd, j * 16);
          store<i32>(maskedEnd, bits, 4);
          maskedEnd += bits != 0 ? 8 : 0;
        } else {
          store<i32>(plain, j * 16);
          plain += 4;
        }
      }
      segment = closeSegment(set, part, k, segment, plain, maskedEnd, image);
      to = waiting;
    }
  }
  part.clusterListEnd = segment;
}

/** Writes the head of a segment and its masked entries; nothing where it is empty. Returns where the next one begins. */
function closeSegment(set: PairSet, part: PairPart, k: i32, segment: usize, plainEnd: usize, maskedEnd: usize, image: usize): usize {
  const masked = search().masked.at;
  const plain = (plainEnd - segment - 40) >> 2;
  const maskedCount = (maskedEnd - masked) >> 3;
  if (plain + maskedCount == 0) return segment;
  store<i32>(segment, k);
  store<i32>(segment, <i32>maskedCount, 4);
  store<i32>(segment, <i32>plain, 8);
  const j = plain > 0 ? load<i32>(segment, 40) >> 4 : load<i32>(masked) >> 4;
  const mine = set.frames.at + <usize>k * 24;
  const theirs = set.frames.at + <usize>j * 24;
  for (let d: usize = 0; d < 24; d += 8) store<f64>(segment + d, load<f64>(mine + d) - load<f64>(theirs + d) - load<f64>(image + d), 16);
  memory.copy(plainEnd, masked, maskedEnd - masked);
  part.listedClusters += <f64>(plain + maskedCount);
  return segment + ((40 + plain * 4 + maskedCount * 8 + 7) & ~7);
}

/** Writes the clusters of an image whose boxes are within range of that of cluster k to `selected`, and returns their end. */
function selectClusters(set: PairSet, k: i32, image: usize): usize {
  const space = search();
  const range = searchRange(set);
  const range2 = f32x4.splat(<f32>Math.min(range * range, 1e30));
  const own = <usize>k * 4;
  const lowX = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 0) + own) - load<f64>(image)));
  const lowY = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 1) + own) - load<f64>(image, 8)));
  const lowZ = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 2) + own) - load<f64>(image, 16)));
  const highX = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 3) + own) - load<f64>(image)));
  const highY = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 4) + own) - load<f64>(image, 8)));
  const highZ = f32x4.splat(<f32>(<f64>load<f32>(bound(set, 5) + own) - load<f64>(image, 16)));
  const stride = (<usize>set.clusters + 4) * 4;
  const zero = f32x4.splat(0);
  const least = load<i32>(image, 28) != 0 ? k : k + 1;
  let to = space.selected.at;
  const rangeEnd = space.ranges.at + <usize>load<i32>(image, 36) * 8;
  for (let at = space.ranges.at + <usize>load<i32>(image, 32) * 8; at < rangeEnd; at += 8) {
    const end = load<i32>(at, 4);
    for (let j = max(least, load<i32>(at)); j < end; j += 4) {
      const x = set.bounds.at + <usize>j * 4;
      const y = x + stride;
      const z = y + stride;
      const dx = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(x), highX), f32x4.sub(lowX, load<v128>(x + 3 * stride))));
      const dy = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(y), highY), f32x4.sub(lowY, load<v128>(y + 3 * stride))));
      const dz = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(z), highZ), f32x4.sub(lowZ, load<v128>(z + 3 * stride))));
      const d2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
      const bits = i32x4.bitmask(f32x4.le(d2, range2)) & (0xf >> max(0, j + 4 - end));
      store<i32>(to, j);
      to += <usize>(bits & 1) << 2;
      store<i32>(to, j + 1);
      to += <usize>(bits & 2) << 1;
      store<i32>(to, j + 2);
      to += <usize>(bits & 4);
      store<i32>(to, j + 3);
      to += <usize>(bits & 8) >> 1;
    }
  }
  return to;
}
