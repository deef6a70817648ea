/** Divides the clusters of a set into its parts, so that each has about as many pairs. */
import { columnAt, columnX, columnY } from './columns';
import { PairSet, partOf } from './set';
import { periodic } from './state';

/**
 * Cuts where the expected number of list entries says. A pair of clusters belongs to the one with the lower number, so that the first
 * clusters have the most; the estimate counts the columns around each column that have higher numbers.
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
  const weights = set.weights.reserve(<usize>columns * 8, 0);
  let all: f64 = 0;
  for (let c = 0; c < columns; c++) {
    const weight = weightOf(set, c);
    store<f64>(weights + <usize>c * 8, weight);
    all += weight * <f64>clustersOf(set, c);
  }
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

/** Columns of higher numbers within range of column c, as if the cell were orthorhombic; its own counts half. Never 0. */
function weightOf(set: PairSet, c: i32): f64 {
  const range = set.cutoff + set.outer;
  const reachX = <i32>Math.ceil(range / set.columnWidthX);
  const reachY = <i32>Math.ceil(range / set.columnWidthY);
  const cellX = columnX(set, c);
  const cellY = columnY(set, c);
  let weight: f64 = 0.5;
  for (let y = -reachY; y <= reachY; y++) {
    const dy = Math.max(0, <f64>(y < 0 ? -y : y) - 0.5) * set.columnWidthY;
    let otherY = cellY + y;
    if (periodic) otherY = wrapped(otherY, set.columnsY);
    if (otherY < 0 || otherY >= set.columnsY) continue;
    for (let x = -reachX; x <= reachX; x++) {
      const dx = Math.max(0, <f64>(x < 0 ? -x : x) - 0.5) * set.columnWidthX;
      const left2 = range * range - dx * dx - dy * dy;
      if (left2 <= 0) continue;
      let otherX = cellX + x;
      if (periodic) otherX = wrapped(otherX, set.columnsX);
      if (otherX < 0 || otherX >= set.columnsX) continue;
      const other = columnAt(set, otherX, otherY);
      if (other > c) weight += Math.sqrt(left2) / range;
      else if (other == c) weight += 0.5 * (Math.sqrt(left2) / range);
    }
  }
  return weight;
}

function wrapped(k: i32, count: i32): i32 {
  const left = k % count;
  return left < 0 ? left + count : left;
}
