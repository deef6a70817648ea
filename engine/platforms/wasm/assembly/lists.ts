/**
 * The two lists of a set. The cluster list holds pairs of clusters within cutoff + outer and is built rarely; the pruned list holds,
 * a particle, the clusters with a member within cutoff + inner, and is made from it every few steps.
 *
 * Pairs within cutoff + inner at a prune were within cutoff + outer at the build if nothing has moved more than (outer - inner)/2 in
 * between, and pairs within the cutoff now were within cutoff + inner at the prune if nothing has moved more than inner/2 since:
 * both are checked before every use, so that no list is ever late.
 */
import { clusterBlock, statusDone, statusMovedFar, statusNotFinite, sumLists, taskList } from './layout';
import { adaptBuffers } from './buffers';
import { startRare, tookRare } from './clock';
import { allocate, Region, region } from './memory';
import { enter, mostMoved, movedSinceBuild, moveRecords, nextMoved, start } from './records';
import { blocks, boundless, PairPart, PairSet, partOf } from './set';
import { sortClusters } from './sort';
import { ax, bx, by, cx, cy, cz, partEnd, partFirst, particleParts, particles, periodic, positions, sumsOf } from './state';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from './threads';
import { Single } from './vector';

/** Rounding of positions in f32 as a part of the cut-off, taken off the room for each of two particles. */
const slack: f64 = 2e-5;

/** Different shifts among the entries of one cluster. */
const maxShifts: i32 = 256;

/**
 * Brings records and lists up to date with the positions; all threads together. Returns a status. `counts` is false where the positions have been seen before, so that observing a run does not change it.
 */
export function updateLists(set: PairSet, counts: bool): i32 {
  if (thread == 0 && counts) set.evaluations++;
  if (!set.built) return buildLists(set) ? statusDone : statusNotFinite;
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) moveRecords(set, partOf(set, p));
  barrier();
  start();
  let lost = false;
  for (let p = 0; p < set.parts; p++) {
    const part = partOf(set, p);
    enter(part.largest);
    enter(part.second);
    lost = lost || part.lost;
  }
  if (lost || mostMoved == Infinity) return statusNotFinite;
  if (set.infinite) return statusDone;
  // Lists are looked at in every step, and so far no particle of a sound run goes in one.
  if (Math.sqrt(mostMoved) > set.cutoff + set.inner) return statusMovedFar;
  // Two particles come nearer by the sum of their displacements at most.
  const moved = Math.sqrt(mostMoved) + Math.sqrt(nextMoved);
  const blind = set.blind > 0;
  if (moved <= set.inner - slack * set.cutoff || blind) {
    if (thread == 0) set.usedInner = Math.max(set.usedInner, moved);
    if (blind) {
      barrier();
      if (thread == 0) set.blind--;
    }
    return statusDone;
  }
  startRare();
  const status = renew(set);
  tookRare(taskList);
  return status;
}

/** Prunes, or builds where that does not suffice. */
function renew(set: PairSet): i32 {
  const away = sinceBuild(set);
  if (away > set.outer - set.inner - slack * set.cutoff) return build(set, true) ? statusDone : statusNotFinite;
  if (thread == 0) {
    countLate(set);
    set.usedOuter = away;
    set.prunes++;
    set.allPrunes++;
  }
  pruneLists(set);
  return statusDone;
}

/** The sum of the two largest displacements since the build. */
function sinceBuild(set: PairSet): f64 {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) movedSinceBuild(set, p);
  barrier();
  start();
  for (let p = 0; p < particleParts; p++) {
    enter(load<f64>(sumsOf(p) + sumLists * 8));
    enter(load<f64>(sumsOf(p) + sumLists * 8, 8));
  }
  return Math.sqrt(mostMoved) + Math.sqrt(nextMoved);
}

/**
 * Counts lists that promised less than what the displacements asked for when they were last used: the pruned list pairs that come
 * `inner` nearer to each other, the cluster list what the prunes needed of it.
 */
function countLate(set: PairSet): void {
  if (set.usedInner > set.inner) set.dangerous++;
  set.usedInner = 0;
}

/** Sorts, builds and prunes at the present positions, with the buffers that there are; all threads together. */
export function buildLists(set: PairSet): bool {
  return build(set, false);
}

function build(set: PairSet, adapts: bool): bool {
  barrier(); // the buffers that others have just looked at may change
  if (thread == 0) {
    if (set.built) {
      countLate(set);
      if (set.usedOuter > set.outer - set.inner) set.dangerous++;
      if (adapts) adaptBuffers(set);
    }
    set.usedInner = 0;
    set.usedOuter = 0;
  }
  if (!sortClusters(set)) return false;
  barrier();
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    const from = <usize>partFirst(p) * 24;
    memory.copy(set.builtAt + from, positions + from, <usize>partEnd(p) * 24 - from);
  }
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) computeBounds(set, partOf(set, p));
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) buildClusterList(set, partOf(set, p));
  barrier();
  pruneLists(set);
  if (thread == 0) {
    set.built = true;
    set.builds++;
    set.evaluations = 0;
    set.prunes = 1;
  }
  return true;
}

/** Makes the pruned lists of all parts from the cluster lists; all threads together. */
export function pruneLists(set: PairSet): void {
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) pruneList(set, partOf(set, p));
  barrier();
}

function computeBounds(set: PairSet, part: PairPart): void {
  const bounds = set.bounds.at;
  for (let k = part.first; k < part.end; k++) {
    const frame = set.frames.at + <usize>k * 24;
    const record = set.records.at + <usize>k * 48;
    const at = bounds + <usize>k * 32;
    for (let d: usize = 0; d < 3; d++) {
      let low: f32 = Infinity;
      let high: f32 = -Infinity;
      for (let a: usize = 0; a < 4; a++) {
        if (load<i32>(set.order.at + <usize>k * 16 + a * 4) >= particles) break;
        const x = load<f32>(record + d * 16 + a * 4);
        low = min(low, x);
        high = max(high, x);
      }
      const origin = load<f64>(frame + d * 8);
      store<f32>(at + d * 4, <f32>(<f64>low + origin));
      store<f32>(at + d * 4, <f32>(<f64>high + origin), 16);
    }
    store<f32>(at, 0, 12);
    store<f32>(at, 0, 28);
  }
}

/** Work space of this thread's searches: clusters found for a group, their images, those selected for one, and its entries. */
// @ts-ignore: decorator
@unmanaged
class Search {
  candidates: Region;
  images: Region;
  selected: Region;
  entries: Region;
  /** i32 a cluster: the cluster that last marked it as holding an excluded partner. */
  marks: Region;
  shifts: usize;
}

let work: usize = 0;

function search(): Search {
  if (work != 0) return changetype<Search>(work);
  work = allocate(offsetof<Search>());
  const made = changetype<Search>(work);
  made.candidates = region();
  made.images = region();
  made.selected = region();
  made.entries = region();
  made.marks = region();
  made.shifts = allocate(<usize>maxShifts * shiftBytes);
  return made;
}

let shiftCount: i32 = 0;
let entryCount: i32 = 0;

/** Makes the cluster list of a part, and notes which blocks of clusters it reaches. */
function buildClusterList(set: PairSet, part: PairPart): void {
  const marks = search().marks.reserve(<usize>set.clusters * 4, 0);
  memory.fill(marks, 0xff, <usize>set.clusters * 4);
  const touched = part.touched.at;
  memory.fill(touched, 0, <usize>blocks(set));
  let end: usize = 0;
  let listed: f64 = 0;
  let looked: f64 = 0;
  // Room for what is expected, so that lists need not move; what is not used costs nothing but addresses.
  const spare = <usize>(part.end - part.first) * clusterListBytes(set);
  for (let c = columnOf(set, part.first); c < set.columnsX * set.columnsY; c++) {
    let first = max(part.first, load<i32>(set.columnStart.at + <usize>c * 4));
    if (first >= part.end) break;
    const last = min(part.end, load<i32>(set.columnStart.at + <usize>c * 4, 4));
    for (; first < last; first += groupSize) {
      const groupEnd = min(last, first + groupSize);
      findCandidates(set, first, groupEnd, c);
      looked += <f64>(candidateCount * (groupEnd - first));
      for (let k = first; k < groupEnd; k++) {
        markExclusions(set, k);
        shiftCount = 0;
        entryCount = 0;
        selectCandidates(set, k);
        end = emitCluster(set, part, k, end, spare);
        store<u8>(touched + <usize>(k / clusterBlock), 1);
        listed += <f64>entryCount;
      }
    }
  }
  part.clusterListEnd = part.clusterList.at + end;
  part.listedClusters = listed;
  part.candidates = looked;
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
function clusterListBytes(set: PairSet): usize {
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  const reach = set.infinite ? 1e9 : set.cutoff + set.outer + Math.cbrt(volume / <f64>set.clusters);
  const around = Math.min(<f64>set.clusters, (4.19 * reach * reach * reach * <f64>set.clusters) / volume);
  return <usize>(80 + 4 * around);
}

function markExclusions(set: PairSet, k: i32): void {
  for (let a = 0; a < 4; a++) {
    const i = load<i32>(set.order.at + <usize>k * 16 + <usize>a * 4);
    if (i >= particles) return;
    const last = load<i32>(set.excludedStart + <usize>i * 4, 4);
    for (let e = load<i32>(set.excludedStart + <usize>i * 4); e < last; e++) {
      const partner = load<i32>(set.excluded + <usize>e * 4);
      const cluster = load<i32>(set.slot + <usize>partner * 4) >> 2;
      store<i32>(search().marks.at + <usize>cluster * 4, k);
    }
  }
}

/** Bits 4 a + b: particle a of cluster k may interact with b of cluster j. */
function allowedPairs(set: PairSet, k: i32, j: i32, home: bool): i32 {
  let bits = home && k == j ? 0b0000_1000_1100_1110 : 0xffff;
  if (load<i32>(search().marks.at + <usize>j * 4) != k) return bits;
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

/** Consecutive clusters of a column that share a search; each then looks through what was found for all. */
const groupSize: i32 = 4;

/** Images of the cell among the candidates, and bytes of each: shift (f64 x 3), home, ahead, first and last candidate (i32 each). */
let imageCount: i32 = 0;
const imageBytes: usize = 40;
let candidateCount: i32 = 0;

/** Range of the cluster list with a margin for bounds in f32. */
function searchRange(set: PairSet): f64 {
  return set.infinite ? 1e12 : (set.cutoff + set.outer) * (1 + 1e-6) + 1e-6 * (Math.abs(set.highX) + Math.abs(set.highY));
}

/** Finds the clusters, in all images of the cell, that can be neighbours of the clusters `first` ... `end` - 1 of a column. */
function findCandidates(set: PairSet, first: i32, end: i32, column: i32): void {
  imageCount = 0;
  candidateCount = 0;
  let low = load<v128>(set.bounds.at + <usize>first * 32);
  let high = load<v128>(set.bounds.at + <usize>first * 32, 16);
  for (let k = first + 1; k < end; k++) {
    low = f32x4.pmin(low, load<v128>(set.bounds.at + <usize>k * 32));
    high = f32x4.pmax(high, load<v128>(set.bounds.at + <usize>k * 32, 16));
  }
  const range = searchRange(set);
  if (!periodic || set.infinite) {
    searchImage(set, first, column, low, high, 0, 0, 0, range);
    return;
  }
  const lowX = <f64>f32x4.extract_lane(low, 0) - range;
  const lowY = <f64>f32x4.extract_lane(low, 1) - range;
  const lowZ = <f64>f32x4.extract_lane(low, 2) - range;
  const highX = <f64>f32x4.extract_lane(high, 0) + range;
  const highY = <f64>f32x4.extract_lane(high, 1) + range;
  const highZ = <f64>f32x4.extract_lane(high, 2) + range;
  const lastZ = <i32>Math.floor(highZ / cz);
  for (let z = <i32>Math.floor(lowZ / cz); z <= lastZ; z++) {
    const shiftY = <f64>z * cy;
    const lastY = <i32>Math.floor((highY - shiftY) / by);
    for (let y = <i32>Math.floor((lowY - shiftY) / by); y <= lastY; y++) {
      const shiftX = <f64>z * cx + <f64>y * bx;
      const lastX = <i32>Math.floor((highX - shiftX) / ax);
      for (let x = <i32>Math.floor((lowX - shiftX) / ax); x <= lastX; x++) {
        searchImage(set, first, column, low, high, x, y, z, range);
      }
    }
  }
}

/** Adds the clusters j >= first of the image (x, y, z) of the cell whose columns and heights are within range of the bounds. */
function searchImage(set: PairSet, first: i32, column: i32, low0: v128, high0: v128, x: i32, y: i32, z: i32, range: f64): void {
  const sx = <f64>x * ax + <f64>y * bx + <f64>z * cx;
  const sy = <f64>y * by + <f64>z * cy;
  const sz = <f64>z * cz;
  const shift = f32x4(<f32>sx, <f32>sy, <f32>sz, 0);
  const low = f32x4.sub(low0, shift);
  const high = f32x4.sub(high0, shift);
  const lowX = <f64>f32x4.extract_lane(low, 0);
  const lowY = <f64>f32x4.extract_lane(low, 1);
  const highX = <f64>f32x4.extract_lane(high, 0);
  const highY = <f64>f32x4.extract_lane(high, 1);
  const lowZ = f32x4.extract_lane(low, 2);
  const highZ = f32x4.extract_lane(high, 2);
  const firstX = <i32>Math.max(0, Math.floor((lowX - range - set.lowX) / set.columnWidthX));
  const lastX = <i32>Math.min(<f64>(set.columnsX - 1), Math.floor((highX + range - set.lowX) / set.columnWidthX));
  const firstY = <i32>Math.max(<f64>(column / set.columnsX), Math.floor((lowY - range - set.lowY) / set.columnWidthY));
  const lastY = <i32>Math.min(<f64>(set.columnsY - 1), Math.floor((highY + range - set.lowY) / set.columnWidthY));
  const range2 = range * range;
  const before = candidateCount;
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
      const reach = <f32>(Math.sqrt(left2) * (1 + 1e-6));
      let from = load<i32>(set.columnStart.at + <usize>c * 4);
      const end = load<i32>(set.columnStart.at + <usize>(c + 1) * 4);
      // The first cluster whose top reaches the range; clusters of a column are sorted by z.
      let to = end;
      while (from < to) {
        const middle = (from + to) >> 1;
        if (load<f32>(set.bounds.at + <usize>middle * 32, 24) < lowZ - reach) from = middle + 1;
        else to = middle;
      }
      if (from < first) from = first;
      if (from >= end) continue;
      const list = search().candidates.reserve(<usize>(candidateCount + end - from) * 4, <usize>candidateCount * 4);
      for (let j = from; j < end; j++) {
        if (load<f32>(set.bounds.at + <usize>j * 32, 8) > highZ + reach) break;
        store<i32>(list + <usize>candidateCount * 4, j);
        candidateCount++;
      }
    }
  }
  if (candidateCount == before) return;
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
  store<i32>(image, candidateCount, 36);
}

/** Makes entries of the candidates j >= k whose bounds are within range of those of cluster k. */
function selectCandidates(set: PairSet, k: i32): void {
  const range = searchRange(set);
  const range2 = <f32>Math.min(range * range, 1e30);
  const own = set.bounds.at + <usize>k * 32;
  const selected = search().selected.reserve(<usize>candidateCount * 4, 0);
  search().entries.reserve(<usize>(candidateCount + 1) * 12, 0);
  for (let i = 0; i < imageCount; i++) {
    const image = search().images.at + <usize>i * imageBytes;
    const sx = load<f64>(image);
    const sy = load<f64>(image, 8);
    const sz = load<f64>(image, 16);
    const shift = f32x4(<f32>sx, <f32>sy, <f32>sz, 0);
    const low = f32x4.sub(load<v128>(own), shift);
    const high = f32x4.sub(load<v128>(own, 16), shift);
    const ahead = load<i32>(image, 28) != 0;
    let at = search().candidates.at + <usize>load<i32>(image, 32) * 4;
    const end = search().candidates.at + <usize>load<i32>(image, 36) * 4;
    let to = selected;
    for (; at < end; at += 4) {
      const j = load<i32>(at);
      const other = set.bounds.at + <usize>j * 32;
      const gap = f32x4.pmax(f32x4.splat(0), f32x4.pmax(f32x4.sub(load<v128>(other), high), f32x4.sub(low, load<v128>(other, 16))));
      const square = f32x4.mul(gap, gap);
      const d2 = f32x4.extract_lane(square, 0) + f32x4.extract_lane(square, 1) + f32x4.extract_lane(square, 2);
      store<i32>(to, j);
      to += (<usize>(d2 <= range2) & <usize>(j >= k)) << 2;
    }
    const home = load<i32>(image, 24) != 0;
    for (let from = selected; from < to; from += 4) {
      const j = load<i32>(from);
      if (j == k && !ahead) continue;
      addEntry(set, k, j, i, sx, sy, sz, home);
    }
  }
}

/** Bytes of a shift: vector (f64 x 3), masked and plain entries (i32 each), where their next go (usize each), key. */
const shiftBytes: usize = 48;

/**
 * Adds to the entries of the cluster at hand: j, allowed pairs, number of its shift. Entries of the same image and frame have the same
 * key and share a shift.
 */
function addEntry(set: PairSet, k: i32, j: i32, image: i32, sx: f64, sy: f64, sz: f64, home: bool): void {
  const bits = allowedPairs(set, k, j, home);
  if (bits == 0) return;
  const shifts = search().shifts;
  const key = image * set.frameCount + load<i32>(set.frameNumbers.at + <usize>j * 4);
  let s = shiftCount - 1;
  while (s >= 0 && load<i32>(shifts + <usize>s * shiftBytes, 40) != key) s--;
  if (s < 0) {
    if (shiftCount == maxShifts) unreachable();
    s = shiftCount++;
    const mine = set.frames.at + <usize>k * 24;
    const theirs = set.frames.at + <usize>j * 24;
    const at = shifts + <usize>s * shiftBytes;
    store<f64>(at, load<f64>(mine) - load<f64>(theirs) - sx);
    store<f64>(at, load<f64>(mine, 8) - load<f64>(theirs, 8) - sy, 8);
    store<f64>(at, load<f64>(mine, 16) - load<f64>(theirs, 16) - sz, 16);
    store<i64>(at, 0, 24);
    store<i64>(at, 0, 32);
    store<i32>(at, key, 40);
  }
  const count = shifts + <usize>s * shiftBytes + (bits == 0xffff ? 28 : 24);
  store<i32>(count, load<i32>(count) + 1);
  const at = search().entries.at + <usize>entryCount * 12;
  entryCount++;
  store<i32>(at, j);
  store<i32>(at, bits, 4);
  store<i32>(at, s, 8);
}

/**
 * Appends the segments of a cluster, one a shift: cluster, masked entries, plain entries, padding (4 each), shift (f64 x 3), then
 * masked entries (16 j, allowed pairs), then plain ones (16 j), filled up to 8 bytes. Returns the new length of the list.
 */
function emitCluster(set: PairSet, part: PairPart, k: i32, end: usize, spare: usize): usize {
  const most = <usize>shiftCount * 48 + <usize>entryCount * 8;
  const list = part.clusterList.reserve(end + most, end, spare);
  const touched = part.touched.at;
  const shifts = search().shifts;
  for (let s = 0; s < shiftCount; s++) {
    const from = shifts + <usize>s * shiftBytes;
    const masked = load<i32>(from, 24);
    const plain = load<i32>(from, 28);
    const at = list + end;
    store<i32>(at, k);
    store<i32>(at, masked, 4);
    store<i32>(at, plain, 8);
    memory.copy(at + 16, from, 24);
    // Where the next entries of this shift go.
    store<usize>(from, at + 40, 32);
    store<usize>(from, at + 40 + <usize>masked * 8, 36);
    end += (40 + <usize>masked * 8 + <usize>plain * 4 + 7) & ~7;
  }
  for (let e = 0; e < entryCount; e++) {
    const entry = search().entries.at + <usize>e * 12;
    const bits = load<i32>(entry, 4);
    const from = shifts + <usize>load<i32>(entry, 8) * shiftBytes;
    store<u8>(touched + <usize>(load<i32>(entry) / clusterBlock), 1);
    if (bits == 0xffff) {
      const to = load<usize>(from, 36);
      store<i32>(to, load<i32>(entry) * 16);
      store<usize>(from, to + 4, 36);
    } else {
      const to = load<usize>(from, 32);
      store<i32>(to, load<i32>(entry) * 16);
      store<i32>(to, bits, 4);
      store<usize>(from, to + 8, 32);
    }
  }
  return end;
}

/** Room for numbers that are to stay in registers: see `pinned`. */
let pins: usize = 0;

/**
 * Makes the pruned list: units of one particle and one shift: slot, entries (4 each), shift (f64 x 3), then the entries, 16 j plus the
 * four bits of the particles that the first may interact with, filled up to 8 bytes.
 */
function pruneList(set: PairSet, part: PairPart): void {
  const clusterList = part.clusterList.at;
  const length = part.clusterListEnd - clusterList;
  const radius = set.cutoff + set.inner;
  const single = changetype<Single>(0);
  if (pins == 0) pins = allocate(16);
  const range2 = single.pinned(set.infinite ? boundless : radius * radius * (1 + 1e-6), pins);
  let end: usize = 0;
  let listed: f64 = 0;
  const spare = (length * 3) / 2;
  let from = clusterList;
  const fromEnd = clusterList + length;
  const records = set.records.at;
  while (from < fromEnd) {
    const cluster = <usize>load<u32>(from);
    const masked = <usize>load<u32>(from, 4);
    const plain = <usize>load<u32>(from, 8);
    const maskedEnd = from + 40 + masked * 8;
    const plainEnd = maskedEnd + plain * 4;
    const list = part.list.reserve(end + 4 * (40 + (masked + plain) * 4), end, spare);
    for (let a: usize = 0; a < 4; a++) {
      if (load<i32>(set.order.at + cluster * 16 + a * 4) >= particles) break;
      const own = records + cluster * 48 + a * 4;
      const x = single.pinned(<f64>load<f32>(own) + load<f64>(from, 16), pins + 4);
      const y = single.pinned(<f64>load<f32>(own, 16) + load<f64>(from, 24), pins + 8);
      const z = single.pinned(<f64>load<f32>(own, 32) + load<f64>(from, 32), pins + 12);
      const unit = list + end;
      let to = unit + 32;
      for (let at = from + 40; at < maskedEnd; at += 8) {
        const j = load<u32>(at);
        const allowed = (load<i32>(at, 4) >> (4 * <i32>a)) & 15;
        store<u32>(to, j | allowed);
        to += <usize>((i32x4.bitmask(within(records, j, x, y, z, range2)) & allowed) != 0) << 2;
      }
      for (let at = maskedEnd; at < plainEnd; at += 4) {
        const j = load<u32>(at);
        store<u32>(to, j | 15);
        // Without a branch: half of the tests succeed, and no processor can guess which.
        to += <usize>v128.any_true(within(records, j, x, y, z, range2)) << 2;
      }
      const count = (to - unit - 32) >> 2;
      if (count == 0) continue;
      store<u32>(unit, 4 * <u32>cluster + <u32>a);
      store<u32>(unit, <u32>count, 4);
      memory.copy(unit + 8, from + 16, 24);
      listed += <f64>(4 * count);
      end += (to - unit + 7) & ~7;
    }
    from += (plainEnd - from + 7) & ~7;
  }
  part.listEnd = part.list.at + end;
  part.listed = listed;
  const own = <usize>part.first * 48;
  memory.copy(set.recordsAtPrune.at + own, records + own, <usize>part.end * 48 - own);
}

// @ts-ignore: decorator
@inline
function within(records: usize, j: u32, x: v128, y: v128, z: v128, range2: v128): v128 {
  const other = records + <usize>(j * 3);
  const dx = f32x4.sub(x, load<v128>(other));
  const dy = f32x4.sub(y, load<v128>(other, 16));
  const dz = f32x4.sub(z, load<v128>(other, 32));
  return f32x4.le(f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz)), range2);
}
