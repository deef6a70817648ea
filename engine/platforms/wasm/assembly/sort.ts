/** Sorts particles into columns along z and these into clusters of four. All threads run it together. */
import { columnX, columnY, divideIntoStrips } from './columns';
import { divideIntoFrames, offsetOf, startOffsets } from './frames';
import { coulombNone, pairLennardJonesUniform, pairNone, pairWcaUniform, recordBytes, rowWidth, sumLists } from './layout';
import { countShare, placeShare, prepareCounting, sortColumn, sortedParticles, startColumns } from './counting';
import { nearBytes } from './near';
import { divide, weigh } from './partition';
import { placeReaches } from './reaches';
import { updateRecords } from './records';
import { boundsBytes } from './search';
import { binStarts, blocks, frameOf, PairPart, PairSet, partOf, resultBytes } from './set';
import {
  ax, bx, by, cx, cy, cz, doublePrecision, forces, inverseX, inverseY, inverseZ, partEnd, partFirst, particleParts, particles, periodic, positions,
  sumsOf,
} from './state';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

/** Extent of the wrapped positions; every thread finds the same. */
let lowX: f64 = 0;
let lowY: f64 = 0;
let lowZ: f64 = 0;
let highX: f64 = 0;
let highY: f64 = 0;
let highZ: f64 = 0;

/**
 * Sorts into clusters at the present positions, with all that depends on the order: types, charges, records. The forces are lost: their
 * place serves for wrapped positions. Returns false where a position is not finite.
 */
export function sortClusters(set: PairSet): bool {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) wrap(set, p);
  barrier();
  if (!findExtent()) return false;
  if (thread == 0) {
    grid(set);
    prepareCounting(set);
  }
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) countShare(set, p);
  barrier();
  if (thread == 0) {
    startColumns(set);
    divideIntoFrames(set);
    reserveSlots(set);
  }
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) placeShare(set, p);
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) placeColumns(set, p);
  barrier();
  if (thread == 0) divide(set);
  barrier();
  let farthest: f64 = 0;
  for (let p = 0; p < set.parts; p++) farthest = Math.max(farthest, partOf(set, p).farthest);
  const farAway = set.infinite ? 1e15 : 40 * set.cutoff + 4 * farthest;
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) fillSlots(set, partOf(set, p), farAway);
  return true;
}

/** Wrapped positions of a range of particles, and their extent. */
function wrap(set: PairSet, part: i32): void {
  const wrapping = periodic && !set.infinite;
  let lowX = Infinity;
  let lowY = Infinity;
  let lowZ = Infinity;
  let highX = -Infinity;
  let highY = -Infinity;
  let highZ = -Infinity;
  let sound = true;
  for (let i = partFirst(part); i < partEnd(part); i++) {
    const at = positions + <usize>i * 24;
    let x = load<f64>(at);
    let y = load<f64>(at, 8);
    let z = load<f64>(at, 16);
    if (wrapping) {
      const nz = Math.floor(z * inverseZ);
      const ny = Math.floor((y - nz * cy) * inverseY);
      const nx = Math.floor((x - nz * cx - ny * bx) * inverseX);
      z -= nz * cz;
      y -= nz * cy + ny * by;
      x -= nz * cx + ny * bx + nx * ax;
      // Too far out for f64 to tell where in the cell.
      sound = sound && Math.abs(x * inverseX) < 3 && Math.abs(y * inverseY) < 3 && Math.abs(z * inverseZ) < 3;
    }
    sound = sound && x - x == 0 && y - y == 0 && z - z == 0;
    const w = forces + <usize>i * 24;
    store<f64>(w, x);
    store<f64>(w, y, 8);
    store<f64>(w, z, 16);
    lowX = Math.min(lowX, x);
    lowY = Math.min(lowY, y);
    lowZ = Math.min(lowZ, z);
    highX = Math.max(highX, x);
    highY = Math.max(highY, y);
    highZ = Math.max(highZ, z);
  }
  const to = sumsOf(part) + sumLists * 8;
  store<f64>(to, lowX);
  store<f64>(to, lowY, 8);
  store<f64>(to, lowZ, 16);
  store<f64>(to, highX, 24);
  store<f64>(to, highY, 32);
  store<f64>(to, highZ, 40);
  store<f64>(to, sound ? 0 : 1, 48);
}

function findExtent(): bool {
  lowX = lowY = lowZ = Infinity;
  highX = highY = highZ = -Infinity;
  for (let part = 0; part < particleParts; part++) {
    const from = sumsOf(part) + sumLists * 8;
    if (load<f64>(from, 48) != 0) return false;
    lowX = Math.min(lowX, load<f64>(from));
    lowY = Math.min(lowY, load<f64>(from, 8));
    lowZ = Math.min(lowZ, load<f64>(from, 16));
    highX = Math.max(highX, load<f64>(from, 24));
    highY = Math.max(highY, load<f64>(from, 32));
    highZ = Math.max(highZ, load<f64>(from, 40));
  }
  return true;
}

function grid(set: PairSet): void {
  // A cluster of four is nearly a cube where columns are as wide as the cube that holds four particles on average.
  const eX = Math.max(highX - lowX, 1e-6);
  const eY = Math.max(highY - lowY, 1e-6);
  const eZ = Math.max(highZ - lowZ, 1e-6);
  const least = 0.2 * (set.infinite ? Math.max(eX, Math.max(eY, eZ)) : set.cutoff);
  const volume = Math.max(eX, least) * Math.max(eY, least) * Math.max(eZ, least);
  const width = Math.cbrt((4 * volume) / <f64>particles);
  const most = Math.max(1, Math.sqrt(<f64>particles));
  set.columnsX = <i32>Math.max(1, Math.min(most, Math.floor(eX / width + 0.5)));
  set.columnsY = <i32>Math.max(1, Math.min(most, Math.floor(eY / width + 0.5)));
  set.lowX = lowX;
  set.lowY = lowY;
  set.lowZ = lowZ;
  set.highX = highX;
  set.highY = highY;
  set.extentZ = Math.max(highZ - lowZ, 1e-9);
  set.columnWidthX = eX / <f64>set.columnsX;
  set.columnWidthY = eY / <f64>set.columnsY;
  divideIntoStrips(set);
}

/** Room for all arrays over slots; `recordsAtPrune` has it. */
function reserveSlots(set: PairSet): void {
  const clusters = <usize>set.clusters;
  set.order.reserve(16 * clusters, 0);
  set.offsetAt.reserve(16 * clusters, 0);
  if (!set.gathers) set.records.reserve(recordBytes * clusters, 0);
  set.frameNumbers.reserve(4 * clusters, 0);
  set.bounds.reserve(max(boundsBytes(clusters), nearBytes * clusters), 0);
  set.weights.reserve(<usize>(set.columnsX * set.columnsY) * 8, 0);
  // A point behind the last, far from all others, fills up lists.
  if (set.gathers) store<v128>(set.points.reserve(recordBytes * (clusters + 1), 0) + recordBytes * clusters, f32x4.splat(1e15));
  if (doublePrecision) set.doubleRecords.reserve(2 * recordBytes * clusters, 0);
  const real: usize = doublePrecision ? 8 : 4;
  if (hasRows(set)) {
    set.slotTypes.reserve(16 * clusters, 0);
    set.rowStride = 4 * clusters * rowWidth * real;
    set.rows.reserve(set.rowStride * <usize>set.types, 0);
  }
  for (let p = 0; p < set.parts; p++) {
    partOf(set, p).results.reserve(resultBytes() * (clusters + 1), 0);
    partOf(set, p).touched.reserve(<usize>blocks(set), 0);
  }
}

function hasRows(set: PairSet): bool {
  return set.pair != pairNone && set.pair != pairLennardJonesUniform && set.pair != pairWcaUniform;
}

/** Sorts a share of the columns, gives their particles clusters, and weighs them. */
function placeColumns(set: PairSet, share: i32): void {
  const columns = set.columnsX * set.columnsY;
  const first = <i32>((<i64>columns * share) / set.parts);
  const end = <i32>((<i64>columns * (share + 1)) / set.parts);
  const part = partOf(set, share);
  startOffsets(part, 4 * (load<i32>(set.columnStart.at + <usize>end * 4) - load<i32>(set.columnStart.at + <usize>first * 4)));
  part.farthest = 0;
  for (let c = first; c < end; c++) {
    sortColumn(set, c);
    part.farthest = Math.max(part.farthest, placeColumn(set, part, c));
    weigh(set, c);
  }
}

/** Gives each four particles of a column a cluster and a frame. Returns the farthest that a coordinate is from its frame's middle. */
function placeColumn(set: PairSet, part: PairPart, c: i32): f64 {
  const n = particles;
  const bins = set.bins;
  let from = load<i32>(binStarts(set) + <usize>(c * bins) * 4);
  const to = load<i32>(binStarts(set) + <usize>((c + 1) * bins) * 4);
  const sorted = sortedParticles(set);
  const framesX = <f64>set.framesX;
  const framesY = <f64>set.framesY;
  const framesZ = <f64>set.framesZ;
  const cellX = Math.floor(((<f64>columnX(set, c) + 0.5) / <f64>set.columnsX) * framesX);
  const cellY = Math.floor(((<f64>columnY(set, c) + 0.5) / <f64>set.columnsY) * framesY);
  const excludes = load<i32>(set.excludedStart + <usize>n * 4) > 0;
  let farthest: f64 = 0;
  const last = load<i32>(set.columnStart.at + <usize>(c + 1) * 4);
  for (let k = load<i32>(set.columnStart.at + <usize>c * 4); k < last; k++, from += 4) {
    const first = load<i32>(sorted + <usize>from * 4);
    const layer = Math.min(framesZ - 1, Math.floor(((load<f64>(forces + <usize>first * 24, 16) - set.lowZ) / set.extentZ) * framesZ));
    const frameNumber = <i32>((layer * framesY + cellY) * framesX + cellX);
    store<i32>(set.frameNumbers.at + <usize>k * 4, frameNumber);
    const frame = frameOf(set, k);
    const frameX = load<f64>(frame);
    const frameY = load<f64>(frame, 8);
    const frameZ = load<f64>(frame, 16);
    for (let a = 0; a < 4; a++) {
      const at = set.order.at + <usize>k * 16 + <usize>a * 4;
      const offsetAt = set.offsetAt.at + <usize>k * 16 + <usize>a * 4;
      if (from + a >= to) {
        store<i32>(at, n);
        store<u32>(offsetAt, <u32>set.padding);
        continue;
      }
      const i = load<i32>(sorted + <usize>(from + a) * 4);
      store<i32>(at, i);
      if (excludes) store<i32>(set.slot + <usize>i * 4, 4 * k + a);
      const w = forces + <usize>i * 24;
      store<u32>(offsetAt, <u32>offsetOf(set, part, positions + <usize>i * 24, w, frameNumber));
      farthest = Math.max(farthest, Math.abs(load<f64>(w) - frameX));
      farthest = Math.max(farthest, Math.abs(load<f64>(w, 8) - frameY));
      farthest = Math.max(farthest, Math.abs(load<f64>(w, 16) - frameZ));
    }
  }
  return farthest;
}

/** What the clusters of a part hold that does not change between builds: padding, types, charges, parameter rows; and their records. */
function fillSlots(set: PairSet, part: PairPart, farAway: f64): void {
  // The particle behind the last is at 0. All threads write the same.
  for (let d: usize = 0; d < 24; d += 8) store<f64>(set.padding + d, -farAway);
  const real: usize = doublePrecision ? 8 : 4;
  for (let s = 4 * part.first; s < 4 * part.end; s++) {
    const i = load<i32>(set.order.at + <usize>s * 4);
    const padding = i >= particles;
    if (set.coulomb != coulombNone) {
      const q = padding ? 0 : load<f64>(set.charge + <usize>i * 8);
      const at = <usize>(s >> 2) * recordBytes + <usize>(s & 3) * 4;
      store<f32>(set.records.at + at, <f32>q, 48);
      if (doublePrecision) store<f64>(set.doubleRecords.at + 2 * at, q, 96);
    }
    if (hasRows(set)) fillRows(set, s, padding ? 0 : load<i32>(set.type + <usize>i * 4), real);
  }
  updateRecords(set, part);
  placeReaches(set, part);
}

/** Parameters of a slot's particle in the rows of all types. */
function fillRows(set: PairSet, s: i32, type: i32, real: usize): void {
  const types = set.types;
  store<i32>(set.slotTypes.at + <usize>s * 4, type);
  for (let t = 0; t < types; t++) {
    const from = set.matrix + <usize>((t * types + type) * rowWidth) * 8;
    const to = set.rows.at + <usize>t * set.rowStride + (<usize>(s >> 2) * 4 * rowWidth + <usize>(s & 3)) * real;
    for (let k: usize = 0; k < <usize>rowWidth; k++) {
      const value = load<f64>(from + k * 8);
      if (doublePrecision) store<f64>(to + k * 32, value);
      else store<f32>(to + k * 16, <f32>value);
    }
  }
}
