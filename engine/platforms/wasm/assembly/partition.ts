/** Divides the clusters of a set into its parts, so that each has about as many pairs. */
import { columnAt, columnX, columnY } from './columns';
import { PairSet, partOf } from './set';
import { periodic } from './state';

/** What a particle costs beside its pairs, in clusters within range: partners fill fours incompletely, and loops begin. */
const idle: f64 = 0.4;
/** How much of the outer buffer the inner list reaches beyond the cut-off, about; it alone is used in every step. */
const innerOfOuter: f64 = 0.3;

/**
 * Cuts where the expected number of pairs in the inner list says. A pair of clusters belongs to the one with the lower number, so that the first
 * clusters have the most.
 */
export function divide(set: PairSet): void {
  const parts = set.parts;
  if (parts == 1 || set.infinite) {
    // Without a cut-off cluster k meets all behind it.
    let first = 0;
    for (let p = 0; p < parts; p++) {
      const part = partOf(set, p);
      part.first = first;
      const left = 1 - <f64>(p + 1) / <f64>parts;
      part.end = p == parts - 1 ? set.clusters : <i32>(<f64>set.clusters * (1 - Math.sqrt(left)));
      first = part.end;
    }
    return;
  }
  const columns = set.columnsX * set.columnsY;
  const weights = set.weights.at;
  let all: f64 = 0;
  for (let c = 0; c < columns; c++) all += load<f64>(weights + <usize>c * 8) * <f64>clustersOf(set, c);
  let done: f64 = 0;
  let p = 0;
  partOf(set, 0).first = 0;
  for (let c = 0; c < columns; c++) {
    const weight = load<f64>(weights + <usize>c * 8);
    const count = clustersOf(set, c);
    const start = load<i32>(set.columnStart.at + <usize>c * 4);
    while (p < parts - 1) {
      const until = (all * <f64>(p + 1)) / <f64>parts;
      if (done + weight * <f64>count < until) break;
      const cut = start + min(count, <i32>Math.ceil((until - done) / weight));
      partOf(set, p).end = cut;
      p++;
      partOf(set, p).first = cut;
    }
    done += weight * <f64>count;
  }
  for (; p < parts - 1; p++) {
    partOf(set, p).end = set.clusters;
    partOf(set, p + 1).first = set.clusters;
  }
  partOf(set, parts - 1).end = set.clusters;
}

// @ts-ignore: decorator
@inline
function clustersOf(set: PairSet, c: i32): i32 {
  return load<i32>(set.columnStart.at + <usize>c * 4, 4) - load<i32>(set.columnStart.at + <usize>c * 4);
}

/** Finds what a cluster of column c costs, once the columns are known. */
export function weigh(set: PairSet, c: i32): void {
  store<f64>(set.weights.at + <usize>c * 8, set.parts == 1 || set.infinite ? 1 : weightOf(set, c));
}

/** The clusters of higher numbers within range of one of column c, as if the cell were orthorhombic and columns were filled evenly. Never 0. */
function weightOf(set: PairSet, c: i32): f64 {
  const range = set.cutoff + innerOfOuter * set.outer;
  const reachX = <i32>Math.ceil(range / set.columnWidthX);
  const reachY = <i32>Math.ceil(range / set.columnWidthY);
  const cellX = columnX(set, c);
  const cellY = columnY(set, c);
  let within: f64 = 0;
  for (let y = -reachY; y <= reachY; y++) {
    let otherY = cellY + y;
    if (periodic) otherY = wrapped(otherY, set.columnsY);
    if (otherY < 0 || otherY >= set.columnsY) continue;
    for (let x = -reachX; x <= reachX; x++) {
      let otherX = cellX + x;
      if (periodic) otherX = wrapped(otherX, set.columnsX);
      if (otherX < 0 || otherX >= set.columnsX) continue;
      const other = columnAt(set, otherX, otherY);
      if (other < c) continue;
      const left2 = range * range - meanSquare(x, set.columnWidthX) - meanSquare(y, set.columnWidthY);
      if (left2 <= 0) continue;
      const part = Math.min(1, (2 * Math.sqrt(left2)) / set.extentZ);
      within += (other == c ? 0.5 : 1) * part * <f64>clustersOf(set, other);
    }
  }
  return within + idle;
}

/** Of the difference between points of two columns that are `count` widths apart. */
// @ts-ignore: decorator
@inline
function meanSquare(count: i32, width: f64): f64 {
  return (<f64>(count * count) + 1 / 6.) * width * width;
}

function wrapped(k: i32, count: i32): i32 {
  const left = k % count;
  return left < 0 ? left + count : left;
}
