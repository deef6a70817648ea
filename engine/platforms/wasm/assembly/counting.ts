/**
 * Sorts particles by columns and, within these, by bins along z. A share of the particles is counted by column and, once all counts are known, put in its
 * places behind those of the shares before; then each column is sorted by itself. So the order does not depend on who does what.
 */
import { columnAt } from './columns';
import { recordBytes } from './layout';
import { binStarts, PairSet } from './set';
import { forces, particles } from './state';
import { allocate } from '../../../threads/assembly/memory';

/** Bins of a column at most. */
const mostBins = 4096;

/** First places of the bins of the column at hand, i32; of this thread alone. */
let places: usize = 0;

/** Where records will be, and at least as long as they will need: the columns of all particles, i32, later particles in their order. */
// @ts-ignore: decorator
@inline
export function sortedParticles(set: PairSet): usize {
  return set.recordsAtPrune.at;
}

/** Behind them: particles by column. */
// @ts-ignore: decorator
@inline
function particlesByColumn(set: PairSet): usize {
  return set.recordsAtPrune.at + <usize>particles * 4;
}

// @ts-ignore: decorator
@inline
function countsOf(set: PairSet, share: i32): usize {
  return set.counts.at + <usize>(share * set.columnsX * set.columnsY) * 4;
}

// @ts-ignore: decorator
@inline
function firstOfShare(set: PairSet, share: i32): i32 {
  return <i32>((<i64>particles * share) / set.parts);
}

/** By one thread, once the grid is known. */
export function prepareCounting(set: PairSet): void {
  const columns = set.columnsX * set.columnsY;
  set.bins = max(1, min(mostBins, (2 * particles) / columns));
  set.binScale = <f64>set.bins / set.extentZ;
  set.columnStart.reserve(<usize>(columns + 1 + columns * set.bins + 1) * 4, 0);
  set.recordsAtPrune.reserve(<usize>recordBytes * <usize>(particles / 4 + columns + 1), 0);
  set.counts.reserve(<usize>(set.parts * columns) * 4, 0);
}

/** Finds the columns of a share of the particles, and counts them. */
export function countShare(set: PairSet, share: i32): void {
  const columnsX = set.columnsX;
  const columnsY = set.columnsY;
  const counts = countsOf(set, share);
  const columnOf = sortedParticles(set);
  memory.fill(counts, 0, <usize>(columnsX * columnsY) * 4);
  const scaleX = 1 / set.columnWidthX;
  const scaleY = 1 / set.columnWidthY;
  const end = firstOfShare(set, share + 1);
  for (let i = firstOfShare(set, share); i < end; i++) {
    const w = forces + <usize>i * 24;
    const cellX = min(columnsX - 1, <i32>((load<f64>(w) - set.lowX) * scaleX));
    const cellY = min(columnsY - 1, <i32>((load<f64>(w, 8) - set.lowY) * scaleY));
    const column = columnAt(set, cellX, cellY);
    store<i32>(columnOf + <usize>i * 4, column);
    const count = counts + <usize>column * 4;
    store<i32>(count, load<i32>(count) + 1);
  }
}

/**
 * From the counts to places, by one thread: counts become the place of the first particle of a share in a column; `columnStart` gets the first cluster of
 * each column, and behind these, for the first bin of each column, the first particle.
 */
export function startColumns(set: PairSet): void {
  const columns = set.columnsX * set.columnsY;
  const columnStart = set.columnStart.at;
  const starts = binStarts(set);
  let place = 0;
  let clusters = 0;
  for (let c = 0; c < columns; c++) {
    const first = place;
    store<i32>(columnStart + <usize>c * 4, clusters);
    store<i32>(starts + <usize>(c * set.bins) * 4, first);
    for (let share = 0; share < set.parts; share++) {
      const at = countsOf(set, share) + <usize>c * 4;
      const count = load<i32>(at);
      store<i32>(at, place);
      place += count;
    }
    clusters += (place - first + 3) >> 2;
  }
  store<i32>(starts + <usize>(columns * set.bins) * 4, place);
  store<i32>(columnStart + <usize>columns * 4, clusters);
  set.clusters = clusters;
}

/** Puts a share of the particles in their places. */
export function placeShare(set: PairSet, share: i32): void {
  const counts = countsOf(set, share);
  const columnOf = sortedParticles(set);
  const placed = particlesByColumn(set);
  const end = firstOfShare(set, share + 1);
  for (let i = firstOfShare(set, share); i < end; i++) {
    const at = counts + <usize>load<i32>(columnOf + <usize>i * 4) * 4;
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<i32>(placed + <usize>place * 4, i);
  }
}

// @ts-ignore: decorator
@inline
function binOf(set: PairSet, i: i32): i32 {
  return min(set.bins - 1, <i32>((load<f64>(forces + <usize>i * 24, 16) - set.lowZ) * set.binScale));
}

/** Sorts the particles of column c by z (ties by number), and notes the first of each bin: behind the first, whose is known. */
export function sortColumn(set: PairSet, c: i32): void {
  if (places == 0) places = allocate(4 * mostBins + 4);
  const bins = set.bins;
  const starts = binStarts(set) + <usize>(c * bins) * 4;
  const from = load<i32>(starts);
  const to = load<i32>(starts + <usize>bins * 4);
  const placed = particlesByColumn(set);
  const sorted = sortedParticles(set);
  memory.fill(places, 0, <usize>bins * 4 + 4);
  for (let k = from; k < to; k++) {
    const at = places + <usize>binOf(set, load<i32>(placed + <usize>k * 4)) * 4;
    store<i32>(at, load<i32>(at, 4) + 1, 4);
  }
  store<i32>(places, from);
  for (let b = 1; b < bins; b++) {
    const at = places + <usize>b * 4;
    const first = load<i32>(at) + load<i32>(places + <usize>(b - 1) * 4);
    store<i32>(at, first);
    store<i32>(starts + <usize>b * 4, first);
  }
  for (let k = from; k < to; k++) {
    const i = load<i32>(placed + <usize>k * 4);
    const at = places + <usize>binOf(set, i) * 4;
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<i32>(sorted + <usize>place * 4, i);
  }
  sortByHeight(sorted, from, to);
}

/** By insertion: bins leave little to do. */
function sortByHeight(sorted: usize, from: i32, to: i32): void {
  for (let k = from + 1; k < to; k++) {
    const i = load<i32>(sorted + <usize>k * 4);
    const z = load<f64>(forces + <usize>i * 24, 16);
    let m = k - 1;
    while (m >= from) {
      const j = load<i32>(sorted + <usize>m * 4);
      if (!(load<f64>(forces + <usize>j * 24, 16) > z)) break;
      store<i32>(sorted + <usize>m * 4, j, 4);
      m--;
    }
    store<i32>(sorted + <usize>m * 4, i, 4);
  }
}
