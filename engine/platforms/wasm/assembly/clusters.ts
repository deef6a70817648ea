/**
 * The outer list of a part: for each of its clusters those with a number that is not lower than its own whose boxes are within cutoff + outer of
 * one of its particles, in all images of the cell. Clusters of a column are sorted by z, so that neighbours are ranges of consecutive
 * clusters in the columns around. Both lists (lists.ts) are made of segments: the neighbours of one cluster in one image and frame,
 *
 *     place of the cluster's record, bytes to the next segment, entries of each of the four particles (4 bytes each), shift (f64 x 3),
 *     in the outer list: the first common place and how many there are, a bit for each of the four that is no padding (4 bytes each), and how many
 *     clusters each is behind the one before (2 bytes each, the first 0; filled up to 4),
 *     the entries of the first particle, of the second, ... (4 bytes each; filled up to 8)
 *
 * where an entry is the place of a record (bytes) plus four bits, one for each of its particles that the first may interact with. Common are the clusters of
 * which all four may interact with all four: most. The others, where partners are excluded and the cluster itself, are in the rows of the four particles.
 */
import { clusterBlock, recordBytes } from './layout';
import { coordinate } from './records';
import { bound, findNeighbours, Image, neighbourBytes, reachOfFour, Search, search, searchRange, takeBoxes } from './search';
import { binStarts, blocks, frameOf, PairPart, PairSet } from './set';
import { particles } from './state';

/** Bytes of a segment before its entries: of the inner list, of the outer one. */
export const segmentHead: usize = 48;
export const outerHead: usize = 64;

/** Makes the outer list of a part, and notes which blocks of clusters it reaches. */
export function buildOuterList(set: PairSet, part: PairPart): void {
  memory.fill(part.touched.at, 0, <usize>blocks(set));
  part.outerListEnd = part.outerList.at;
  part.outerEntries = 0;
  part.segments = 0;
  part.candidates = 0;
  const columns = set.columnsX * set.columnsY;
  for (let c = columnOf(set, part.first); c < columns; c++) {
    let k = max(part.first, load<i32>(set.columnStart.at + <usize>c * 4));
    if (k >= part.end) break;
    const last = min(part.end, load<i32>(set.columnStart.at + <usize>c * 4, 4));
    if (k == last) continue;
    findNeighbours(set, c);
    for (; k < last; k++) {
      store<u8>(part.touched.at + <usize>(k / clusterBlock), 1);
      listCluster(set, part, k);
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

/** More than a part's outer list takes in a homogeneous system: so it need not move; what is not used costs only addresses. */
function expectedBytes(set: PairSet, part: PairPart): usize {
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  const reach = set.infinite ? 1e9 : set.cutoff + set.outer + 0.7 * Math.cbrt(volume / <f64>set.clusters);
  const around = Math.min(<f64>set.clusters, (4.19 * reach * reach * reach * <f64>set.clusters) / volume);
  return <usize>(<f64>(part.end - part.first) * (120 + 6 * around));
}

/** Appends the segments of cluster k. */
function listCluster(set: PairSet, part: PairPart, k: i32): void {
  const space = search();
  const reached = space.reached;
  const range = searchRange(set);
  const own = <usize>k * 4;
  const top = set.lowZ + set.extentZ;
  const bins = set.bins;
  const starts = binStarts(set);
  const columnStart = set.columnStart.at;
  const frames = set.frameCount == 1 ? 0 : set.frameNumbers.at;
  for (let i = 0; i < space.imageCount; i++) {
    const image = changetype<Image>(space.images.at + <usize>i * offsetof<Image>());
    const low = <f64>load<f32>(bound(set, 2) + own) - image.z;
    const high = <f64>load<f32>(bound(set, 5) + own) - image.z;
    if (low - range > top || high + range < set.lowZ) continue;
    for (let n = image.first; n < image.end; n += neighbourBytes) {
      const four = space.neighbours.at + n;
      let within = reachOfFour(set, k, four, low, high, range, reached);
      for (; within != 0; within &= within - 1) {
        const lane = 4 * <usize>ctz(within);
        const c = load<i32>(four + lane, 32);
        const start = load<i32>(columnStart + <usize>c * 4);
        const binsOf = starts + <usize>(c * bins) * 4;
        const before = load<i32>(binsOf);
        // From the cluster of the first particle in the lowest bin that is reached to that of the last one in the highest.
        const lowest = load<i32>(binsOf + 4 * <usize>load<i32>(reached + lane)) - before;
        const beyond = load<i32>(binsOf + 4 * <usize>load<i32>(reached + lane, 16), 4) - before;
        let from = max(image.ahead ? k : k + 1, start + (lowest >> 2));
        const to = start + ((beyond + 3) >> 2);
        if (from >= to) continue;
        takeRange(set, part, space, frames, from, to);
      }
    }
    closeSegment(set, part, k, image);
    while (space.waiting > 0) {
      takeWaiting(set, part, space, frames);
      closeSegment(set, part, k, image);
    }
  }
}

/** Takes those of the clusters `from` ... `to` - 1 that lie in the frame of those found before; the others wait. `frames` is 0 where there is one frame. */
// @ts-ignore: decorator
@inline
function takeRange(set: PairSet, part: PairPart, space: Search, frames: usize, from: i32, to: i32): void {
  if (space.found == 0) space.first = from;
  if (frames == 0) {
    takeBoxes(set, part, space, from, to);
    return;
  }
  // Clusters of a column are sorted by z, and so are their frames.
  const last = load<i32>(frames + <usize>(to - 1) * 4);
  for (let end = from; from < to; from = end) {
    const frame = load<i32>(frames + <usize>from * 4);
    if (frame == last) end = to;
    else while (load<i32>(frames + <usize>end * 4) == frame) end++;
    if (frame == load<i32>(frames + <usize>space.first * 4)) {
      takeBoxes(set, part, space, from, end);
      continue;
    }
    const piece = space.pieces.reserve(space.waiting + 8, space.waiting) + space.waiting;
    store<i32>(piece, from);
    store<i32>(piece, end, 4);
    space.waiting += 8;
  }
}

/** Takes the first piece that waits and all others of its frame. */
function takeWaiting(set: PairSet, part: PairPart, space: Search, frames: usize): void {
  const pieces = space.pieces.at;
  space.first = load<i32>(pieces);
  const frame = load<i32>(frames + <usize>space.first * 4);
  let left = pieces;
  for (let at = pieces; at < pieces + space.waiting; at += 8) {
    if (load<i32>(frames + <usize>load<i32>(at) * 4) == frame) {
      takeBoxes(set, part, space, load<i32>(at), load<i32>(at, 4));
    } else {
      store<u64>(left, load<u64>(at));
      left += 8;
    }
  }
  space.waiting = left - pieces;
}

/** Entries from `selected` to `selectedEnd` are common to the particles of the cluster at hand, those from `special` to `specialEnd` are not. */
let selected: usize = 0;
let selectedEnd: usize = 0;
let special: usize = 0;
let specialEnd: usize = 0;

/** Appends a segment with those of the clusters found that are within range, if there are any. */
function closeSegment(set: PairSet, part: PairPart, k: i32, image: Image): void {
  const space = search();
  const found = space.found;
  if (found == 0) return;
  space.found = 0;
  part.candidates += <f64>found;
  const length = part.outerListEnd - part.outerList.at;
  // Were each of them in four rows.
  const most = outerHead + 18 * <usize>found + 64;
  const expected = length + most > part.outerList.bytes ? expectedBytes(set, part) : 0;
  const segment = part.outerList.reserve(length + most, length, expected) + length;
  const meetsItself = select(set, k, image, found);
  store<u32>(segment, load<u32>(selected) & ~15, 48);
  const common = segment + outerHead;
  const count = writeDistances(selected, selectedEnd, common);
  // Those that are too far behind one another.
  for (let at = selected + 4 * count; at < selectedEnd; at += 4, specialEnd += 4) store<u32>(specialEnd, load<u32>(at));
  const rows = common + ((2 * count + 3) & ~3);
  const end = writeRows(set, k, segment, rows, meetsItself);
  part.outerListEnd = segment;
  if (end == common) return;
  const bytes = (end - segment + 7) & ~7;
  store<u32>(segment, <u32>k * recordBytes);
  store<u32>(segment, <u32>bytes, 4);
  store<u32>(segment, <u32>count, 52);
  const mine = frameOf(set, k);
  const theirs = frameOf(set, space.first);
  store<f64>(segment, load<f64>(mine) - load<f64>(theirs) - image.x, 24);
  store<f64>(segment, load<f64>(mine, 8) - load<f64>(theirs, 8) - image.y, 32);
  store<f64>(segment, load<f64>(mine, 16) - load<f64>(theirs, 16) - image.z, 40);
  part.outerEntries += <f64>(4 * count + ((end - rows) >> 2));
  part.outerListEnd = segment + bytes;
  part.segments++;
}

/** Finds common and special entries of cluster k among those found; says whether the cluster meets itself, as the first special one. */
function select(set: PairSet, k: i32, image: Image, found: i32): bool {
  const space = search();
  // A box that is nowhere ends those found.
  store<v128>(space.boxes.at + <usize>found * 4, f32x4.splat(1e18));
  pinCluster(set, k, image);
  selected = space.selected.reserve(4 * <usize>found + 32, 0);
  selectedEnd = selectEntries(set, found, selected);
  special = specialEnd = space.special.reserve(4 * <usize>found + 16, 0);
  const meetsItself = image.home && selectedEnd > selected && load<u32>(selected) >> 6 == <u32>k;
  if (meetsItself) {
    store<u32>(special, load<u32>(selected));
    specialEnd += 4;
    selected += 4;
  }
  for (let a: usize = 0; a < 4; a++) {
    const i = load<i32>(set.order.at + <usize>k * 16 + a * 4);
    if (i < particles) takeExcluded(set, i, k);
  }
  return meetsItself;
}

/** Writes the rows of the four particles of a segment from `to` on, and which of the four are no padding; returns the end. */
function writeRows(set: PairSet, k: i32, segment: usize, to: usize, meetsItself: bool): usize {
  let real: u32 = 0;
  for (let a: usize = 0; a < 4; a++) {
    const i = load<i32>(set.order.at + <usize>k * 16 + a * 4);
    const row = to;
    if (i < particles) {
      real |= 1 << <u32>a;
      for (let at = special; at < specialEnd; at += 4, to += 4) store<u32>(to, load<u32>(at));
      if (meetsItself) store<u32>(row, <u32>(k * recordBytes) | ((14 << <i32>a) & 15));
      excludePartners(set, i, k, row, to);
    }
    store<u32>(segment + 4 * a, <u32>(to - row) >> 2, 8);
  }
  store<u32>(segment, real, 56);
  return to;
}

/** Puts the particles of cluster k, as they are in the wrapped cell less the image, at `pins`: a vector for each x, y, z and squared range. Padding has none. */
function pinCluster(set: PairSet, k: i32, image: Image): void {
  const pins = search().pins;
  const range = searchRange(set);
  const range2 = <f32>Math.min(range * range, 1e30);
  const frame = frameOf(set, k);
  const own = pins + 4 * 64;
  for (let d: usize = 0; d < 3; d++) store<v128>(own + 16 * d, coordinate(set, k, d));
  for (let a: usize = 0; a < 4; a++) {
    const pin = pins + 64 * a;
    const real = load<i32>(set.order.at + <usize>k * 16 + a * 4) < particles;
    store<v128>(pin, f32x4.splat(<f32>(<f64>load<f32>(own + 4 * a) + load<f64>(frame) - image.x)));
    store<v128>(pin, f32x4.splat(<f32>(<f64>load<f32>(own + 4 * a, 16) + load<f64>(frame, 8) - image.y)), 16);
    store<v128>(pin, f32x4.splat(<f32>(<f64>load<f32>(own + 4 * a, 32) + load<f64>(frame, 16) - image.z)), 32);
    store<v128>(pin, f32x4.splat(real ? range2 : -1), 48);
  }
}

/** Which of four boxes, of which the first begins at `at`, are within range of the particle at `pin`: lanes of bits. */
// @ts-ignore: decorator
@inline
function boxesWithin(at: usize, room: usize, pin: usize): v128 {
  const zero = f32x4.splat(0);
  const x = load<v128>(pin);
  const y = load<v128>(pin, 16);
  const z = load<v128>(pin, 32);
  const dx = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(at), x), f32x4.sub(x, load<v128>(at + 3 * room))));
  const dy = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(at + room), y), f32x4.sub(y, load<v128>(at + 4 * room))));
  const dz = f32x4.pmax(zero, f32x4.pmax(f32x4.sub(load<v128>(at + 2 * room), z), f32x4.sub(z, load<v128>(at + 5 * room))));
  const d2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
  return f32x4.le(d2, load<v128>(pin, 48));
}

/** Writes the entries of those found whose boxes are within range of a particle at `pins`; returns their end. */
function selectEntries(set: PairSet, found: i32, to: usize): usize {
  const space = search();
  const pins = space.pins;
  const packs = space.packs;
  const room = space.room;
  const lowX = space.boxes.at;
  const end = lowX + <usize>found * 4;
  let bitAt = space.bits.reserve(<usize>found + 16, 0);
  for (let at = lowX; at < end; at += 16) {
    const two = v128.or(boxesWithin(at, room, pins), boxesWithin(at, room, pins + 64));
    const four = v128.or(two, v128.or(boxesWithin(at, room, pins + 128), boxesWithin(at, room, pins + 192)));
    store<u8>(bitAt, <u8>i32x4.bitmask(four));
    bitAt++;
  }
  // In a pass of its own: see `pairLoop`.
  bitAt = space.bits.at;
  for (let at = lowX + 6 * room; at < end + 6 * room; at += 16) {
    const bits = <usize>load<u8>(bitAt);
    store<v128>(to, i8x16.swizzle(load<v128>(at), load<v128>(packs + bits * 16)));
    to += <usize>load<u8>(packs + bits, 256);
    bitAt++;
  }
  return to;
}

/**
 * Writes how many clusters each of the entries from `at` to `end` is behind the one before, and returns how many it could: up to the first that is too far
 * behind, as where columns hold tens of thousands of clusters.
 */
function writeDistances(at: usize, end: usize, to: usize): usize {
  const start = to;
  if (at == end) return 0;
  let before = load<u32>(at);
  for (; at < end; at += 4, to += 2) {
    const entry = load<u32>(at);
    const behind = (entry - before) / recordBytes;
    if (behind > 0xffff) break;
    store<u16>(to, <u16>behind);
    before = entry;
  }
  return (to - start) >> 1;
}

/** Where the entry of a cluster is among those from `at` to `end`; 0 if it is not. What follows them is read, and does not count. */
// @ts-ignore: decorator
@inline
function findEntry(at: usize, end: usize, cluster: i32): usize {
  const wanted = i32x4.splat(cluster * recordBytes);
  for (; at < end; at += 16) {
    const bits = i32x4.bitmask(i32x4.eq(v128.and(load<v128>(at), i32x4.splat(~15)), wanted));
    if (bits == 0) continue;
    const entry = at + 4 * <usize>ctz(bits);
    return entry < end ? entry : 0;
  }
  return 0;
}

/** Moves the entries of clusters that hold excluded partners of particle i, which is in cluster k, from the common to the special ones. */
function takeExcluded(set: PairSet, i: i32, k: i32): void {
  const last = load<i32>(set.excludedStart + <usize>i * 4, 4);
  for (let e = load<i32>(set.excludedStart + <usize>i * 4); e < last; e++) {
    const cluster = load<i32>(set.slot + <usize>load<i32>(set.excluded + <usize>e * 4) * 4) >> 2;
    if (cluster < k) continue;
    const entry = findEntry(selected, selectedEnd, cluster);
    if (entry == 0) continue;
    store<u32>(specialEnd, load<u32>(entry));
    specialEnd += 4;
    selectedEnd -= 4;
    for (let later = entry; later < selectedEnd; later += 4) store<u32>(later, load<u32>(later, 4));
  }
}

/** Takes the excluded partners of particle i, which is in cluster k, out of its entries. */
function excludePartners(set: PairSet, i: i32, k: i32, row: usize, rowEnd: usize): void {
  const last = load<i32>(set.excludedStart + <usize>i * 4, 4);
  for (let e = load<i32>(set.excludedStart + <usize>i * 4); e < last; e++) {
    const slot = load<i32>(set.slot + <usize>load<i32>(set.excluded + <usize>e * 4) * 4);
    if (slot >> 2 < k) continue;
    const entry = findEntry(row, rowEnd, slot >> 2);
    if (entry != 0) store<u32>(entry, load<u32>(entry) & ~(1 << (slot & 3)));
  }
}
