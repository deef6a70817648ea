/** Sorts particles into columns along z and these into clusters of four, and keeps the clusters' records up to date. */
import { pairLennardJonesUniform, pairNone, pairWcaUniform, rowWidth, coulombNone } from './layout';
import { PairSet } from './set';
import { ax, bx, by, cx, cy, cz, doublePrecision, inverseX, inverseY, inverseZ, particles, periodic, positions } from './state';

/** Sorts into clusters at the present positions. Returns false where a position is not finite. */
export function sortClusters(set: PairSet): bool {
  const n = particles;
  let lowX = Infinity;
  let lowY = Infinity;
  let lowZ = Infinity;
  let highX = -Infinity;
  let highY = -Infinity;
  let highZ = -Infinity;
  // Wrapped positions; the prune that follows every build writes there what it remembers.
  const scratch = set.prunedAt;
  for (let i = 0; i < n; i++) {
    const at = positions + <usize>i * 24;
    const x0 = load<f64>(at);
    const y0 = load<f64>(at, 8);
    const z0 = load<f64>(at, 16);
    let sx: f64 = 0;
    let sy: f64 = 0;
    let sz: f64 = 0;
    if (periodic && !set.infinite) {
      const nz = Math.floor(z0 * inverseZ);
      const ny = Math.floor((y0 - nz * cy) * inverseY);
      const nx = Math.floor((x0 - nz * cx - ny * bx) * inverseX);
      sz = nz * cz;
      sy = nz * cy + ny * by;
      sx = nz * cx + ny * bx + nx * ax;
    }
    const x = x0 - sx;
    const y = y0 - sy;
    const z = z0 - sz;
    if (!(x - x == 0 && y - y == 0 && z - z == 0)) return false;
    const to = set.offset + <usize>i * 24;
    store<f64>(to, sx);
    store<f64>(to, sy, 8);
    store<f64>(to, sz, 16);
    const w = scratch + <usize>i * 24;
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
  grid(set, lowX, lowY, lowZ, highX, highY, highZ);
  const columns = set.columnsX * set.columnsY;
  const extentZ = Math.max(highZ - lowZ, 1e-9);
  const bins = max(1, min(4096, (2 * n) / columns));
  const binScale = <f64>bins / extentZ;
  countingSort(set, lowZ, bins, binScale);
  placeInSlots(set, bins);
  setFrames(set, lowZ, extentZ);
  return true;
}

function grid(set: PairSet, lowX: f64, lowY: f64, lowZ: f64, highX: f64, highY: f64, highZ: f64): void {
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
  set.highX = highX;
  set.highY = highY;
  set.columnWidthX = eX / <f64>set.columnsX;
  set.columnWidthY = eY / <f64>set.columnsY;
}

/** Fills `keys`: particles in the order of columns and z-bins; `columnStart` gets first particle of each (column, bin) behind the columns. */
function countingSort(set: PairSet, lowZ: f64, bins: i32, binScale: f64): void {
  const n = particles;
  const columns = set.columnsX * set.columnsY;
  const cells = columns * bins;
  const starts = set.columnStart.reserve(<usize>(columns + 1 + cells + 1) * 4, 0) + <usize>(columns + 1) * 4;
  memory.fill(starts, 0, <usize>(cells + 1) * 4);
  const keys = set.keys.reserve(<usize>n * 8, 0); // keys, then the sorted particles
  const sorted = keys + <usize>n * 4;
  const scaleX = 1 / set.columnWidthX;
  const scaleY = 1 / set.columnWidthY;
  for (let i = 0; i < n; i++) {
    const w = set.prunedAt + <usize>i * 24;
    const cellX = min(set.columnsX - 1, <i32>((load<f64>(w) - set.lowX) * scaleX));
    const cellY = min(set.columnsY - 1, <i32>((load<f64>(w, 8) - set.lowY) * scaleY));
    const bin = min(bins - 1, <i32>((load<f64>(w, 16) - lowZ) * binScale));
    const key = (cellY * set.columnsX + cellX) * bins + bin;
    store<i32>(keys + <usize>i * 4, key);
    const at = starts + <usize>key * 4;
    store<i32>(at, load<i32>(at, 4) + 1, 4);
  }
  for (let c = 0; c < cells; c++) {
    const at = starts + <usize>c * 4;
    store<i32>(at, load<i32>(at) + load<i32>(at, 4), 4);
  }
  // Filling from the back with the starts of the next cells keeps the starts of the cells.
  for (let i = n - 1; i >= 0; i--) {
    const at = starts + <usize>load<i32>(keys + <usize>i * 4) * 4;
    const place = load<i32>(at, 4) - 1;
    store<i32>(at, place, 4);
    store<i32>(sorted + <usize>place * 4, i);
  }
  // Now start[c + 1] is the first of c; the first of c + 1 ends it. Move them down by one.
  for (let c = 0; c < cells; c++) store<i32>(starts + <usize>c * 4, load<i32>(starts + <usize>c * 4, 4));
  store<i32>(starts + <usize>cells * 4, n);
}

/** Sorts each column exactly by z (ties by number), and gives each four a cluster. */
function placeInSlots(set: PairSet, bins: i32): void {
  const columns = set.columnsX * set.columnsY;
  const columnStart = set.columnStart.at;
  const starts = columnStart + <usize>(columns + 1) * 4;
  const sorted = set.keys.at + <usize>particles * 4;
  const scratch = set.prunedAt;
  let clusters = 0;
  for (let c = 0; c < columns; c++) {
    store<i32>(columnStart + <usize>c * 4, clusters);
    const from = load<i32>(starts + <usize>(c * bins) * 4);
    const to = load<i32>(starts + <usize>((c + 1) * bins) * 4);
    for (let k = from + 1; k < to; k++) {
      const i = load<i32>(sorted + <usize>k * 4);
      const z = load<f64>(scratch + <usize>i * 24, 16);
      let m = k - 1;
      while (m >= from) {
        const j = load<i32>(sorted + <usize>m * 4);
        const zj = load<f64>(scratch + <usize>j * 24, 16);
        if (!(zj > z)) break;
        store<i32>(sorted + <usize>m * 4, j, 4);
        m--;
      }
      store<i32>(sorted + <usize>m * 4, i, 4);
    }
    clusters += (to - from + 3) >> 2;
  }
  store<i32>(columnStart + <usize>columns * 4, clusters);
  set.clusters = clusters;
  const order = set.order.reserve(<usize>clusters * 16, 0);
  memory.fill(order, 0xff, <usize>clusters * 16);
  for (let c = 0; c < columns; c++) {
    const from = load<i32>(starts + <usize>(c * bins) * 4);
    const to = load<i32>(starts + <usize>((c + 1) * bins) * 4);
    const first = load<i32>(columnStart + <usize>c * 4) * 4;
    for (let k = from; k < to; k++) {
      const i = load<i32>(sorted + <usize>k * 4);
      store<i32>(order + <usize>(first + k - from) * 4, i);
      store<i32>(set.slot + <usize>i * 4, first + k - from);
    }
  }
}

/**
 * Coordinates in records are relative to the middle of a frame of about fourteen cut-offs, so that f32 resolves them equally well
 * in a box of any size; a list entry carries the difference of two frames together with the periodic shift.
 */
function setFrames(set: PairSet, lowZ: f64, extentZ: f64): void {
  const columns = set.columnsX * set.columnsY;
  const frames = set.frames.reserve(<usize>set.clusters * 24, 0);
  const eX = set.columnWidthX * <f64>set.columnsX;
  const eY = set.columnWidthY * <f64>set.columnsY;
  const reach = set.infinite ? Infinity : 14 * set.cutoff;
  const countX = Math.max(1, Math.floor(eX / reach));
  const countY = Math.max(1, Math.floor(eY / reach));
  const countZ = Math.max(1, Math.floor(extentZ / reach));
  const numbers = set.frameNumbers.reserve(<usize>set.clusters * 4, 0);
  set.frameCount = <i32>(countX * countY * countZ);
  let largest: f64 = 0;
  for (let c = 0; c < columns; c++) {
    const middleX = (<f64>(c % set.columnsX) + 0.5) / <f64>set.columnsX;
    const middleY = (<f64>(c / set.columnsX) + 0.5) / <f64>set.columnsY;
    const cellX = Math.floor(middleX * countX);
    const cellY = Math.floor(middleY * countY);
    const frameX = set.lowX + ((cellX + 0.5) * eX) / countX;
    const frameY = set.lowY + ((cellY + 0.5) * eY) / countY;
    const last = load<i32>(set.columnStart.at + <usize>(c + 1) * 4);
    for (let k = load<i32>(set.columnStart.at + <usize>c * 4); k < last; k++) {
      const first = load<i32>(set.order.at + <usize>k * 16);
      const z = load<f64>(set.prunedAt + <usize>first * 24, 16);
      const layer = Math.min(countZ - 1, Math.floor(((z - lowZ) / extentZ) * countZ));
      const frameZ = lowZ + ((layer + 0.5) * extentZ) / countZ;
      store<i32>(numbers + <usize>k * 4, <i32>((layer * countY + cellY) * countX + cellX));
      const at = frames + <usize>k * 24;
      store<f64>(at, frameX);
      store<f64>(at, frameY, 8);
      store<f64>(at, frameZ, 16);
      for (let a = 0; a < 4; a++) {
        const i = load<i32>(set.order.at + <usize>k * 16 + <usize>a * 4);
        if (i < 0) break;
        const to = set.offset + <usize>i * 24;
        const from = set.prunedAt + <usize>i * 24;
        largest = Math.max(largest, Math.abs(load<f64>(from) - frameX));
        largest = Math.max(largest, Math.abs(load<f64>(from, 8) - frameY));
        largest = Math.max(largest, Math.abs(load<f64>(from, 16) - frameZ));
        store<f64>(to, load<f64>(to) + frameX);
        store<f64>(to, load<f64>(to, 8) + frameY, 8);
        store<f64>(to, load<f64>(to, 16) + frameZ, 16);
      }
    }
  }
  set.farAway = set.infinite ? 1e15 : 40 * set.cutoff + 4 * largest;
}

/** Allocates the arrays over slots and fills what does not change between builds: padding, types, charges, parameter rows. */
export function fillSlots(set: PairSet): void {
  const clusters = <usize>set.clusters;
  const bytes: usize = 48 * clusters;
  const records = set.records.reserve(bytes, 0);
  set.recordsAtPrune.reserve(bytes, 0);
  set.recordsAtBuild.reserve(bytes, 0);
  set.results.reserve(bytes, 0);
  const far = f32x4.splat(<f32>set.farAway);
  for (let k: usize = 0; k < bytes; k += 16) store<v128>(records + k, far);
  if (doublePrecision) {
    const doubles = set.doubleRecords.reserve(2 * bytes, 0);
    set.doubleResults.reserve(2 * bytes, 0);
    const farDouble = f64x2.splat(set.farAway);
    for (let k: usize = 0; k < 2 * bytes; k += 16) store<v128>(doubles + k, farDouble);
  }
  const slots = set.clusters * 4;
  const real: usize = doublePrecision ? 8 : 4;
  if (set.coulomb != coulombNone) {
    const charges = set.charges.reserve(<usize>slots * real, 0);
    for (let s = 0; s < slots; s++) {
      const i = load<i32>(set.order.at + <usize>s * 4);
      const q = i < 0 ? 0 : load<f64>(set.charge + <usize>i * 8);
      if (doublePrecision) store<f64>(charges + <usize>s * 8, q);
      else store<f32>(charges + <usize>s * 4, <f32>q);
    }
  }
  if (set.pair != pairNone && set.pair != pairLennardJonesUniform && set.pair != pairWcaUniform) fillRows(set, slots, real);
}

function fillRows(set: PairSet, slots: i32, real: usize): void {
  const types = set.types;
  const slotTypes = set.slotTypes.reserve(<usize>slots * 4, 0);
  set.rowStride = <usize>slots * rowWidth * real;
  const rows = set.rows.reserve(set.rowStride * <usize>types, 0);
  for (let s = 0; s < slots; s++) {
    const i = load<i32>(set.order.at + <usize>s * 4);
    store<i32>(slotTypes + <usize>s * 4, i < 0 ? 0 : load<i32>(set.type + <usize>i * 4));
  }
  for (let t = 0; t < types; t++) {
    for (let s = 0; s < slots; s++) {
      const u = load<i32>(slotTypes + <usize>s * 4);
      const from = set.matrix + <usize>((t * types + u) * rowWidth) * 8;
      const to = rows + <usize>t * set.rowStride + (<usize>(s >> 2) * 4 * rowWidth + <usize>(s & 3)) * real;
      for (let k: usize = 0; k < <usize>rowWidth; k++) {
        const value = load<f64>(from + k * 8);
        if (doublePrecision) store<f64>(to + k * 32, value);
        else store<f32>(to + k * 16, <f32>value);
      }
    }
  }
}

/** Writes the present positions into the records. */
export function updateRecords(set: PairSet): void {
  const records = set.records.at;
  const doubles = set.doubleRecords.at;
  const n = <usize>particles;
  const slotOf = set.slot;
  const offset = set.offset;
  for (let i: usize = 0; i < n; i++) {
    const slot = <usize>load<u32>(slotOf + i * 4);
    const at = positions + i * 24;
    const off = offset + i * 24;
    const x = load<f64>(at) - load<f64>(off);
    const y = load<f64>(at, 8) - load<f64>(off, 8);
    const z = load<f64>(at, 16) - load<f64>(off, 16);
    const to = records + (slot >> 2) * 48 + (slot & 3) * 4;
    store<f32>(to, <f32>x);
    store<f32>(to, <f32>y, 16);
    store<f32>(to, <f32>z, 32);
    if (doublePrecision) {
      const toDouble = doubles + (slot >> 2) * 96 + (slot & 3) * 8;
      store<f64>(toDouble, x);
      store<f64>(toDouble, y, 32);
      store<f64>(toDouble, z, 64);
    }
  }
}

/** The largest squared displacement between two sets of records; NaN where one is not a number. */
export function largestDisplacement2(set: PairSet, from: usize): f64 {
  const end = set.records.at + <usize>set.clusters * 48;
  let largest = f32x4.splat(0);
  let wrong = f32x4.splat(0);
  let before = from;
  for (let at = set.records.at; at < end; at += 48, before += 48) {
    const dx = f32x4.sub(load<v128>(at), load<v128>(before));
    const dy = f32x4.sub(load<v128>(at, 16), load<v128>(before, 16));
    const dz = f32x4.sub(load<v128>(at, 32), load<v128>(before, 32));
    const d2 = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
    largest = f32x4.pmax(largest, d2); // keeps `largest` where d2 is NaN
    wrong = v128.or(wrong, f32x4.ne(d2, d2));
  }
  if (v128.any_true(wrong)) return NaN;
  return <f64>Mathf.max(
    Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}
