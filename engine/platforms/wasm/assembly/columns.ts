/**
 * How the columns of a set are numbered: strip by strip along x, in a strip row by row along y. Clusters, and all that is kept in their order, lie in
 * memory in the order of columns; where rows of the whole cell would take more than the nearest caches hold, rows of a strip are short enough that
 * columns which meet lie near each other.
 */
import { recordBytes } from './layout';
import { PairSet } from './set';
import { particles } from './state';

/** Bytes of a row of a strip, coordinates and results, at most: the four or so rows that meet are to stay in the half of a megabyte. */
const rowBytes: f64 = 131072;
/** Columns of a strip at least: those at its sides meet columns of other strips. */
const leastColumns: i32 = 4;

/** Divides the columns of the grid into strips of (nearly) equal width. */
export function divideIntoStrips(set: PairSet): void {
  const columns = set.columnsX * set.columnsY;
  const columnBytes = (<f64>particles / <f64>columns / 4) * (2 * <f64>recordBytes);
  const most = max(leastColumns, <i32>Math.min(<f64>set.columnsX, rowBytes / columnBytes));
  const strips = (set.columnsX + most - 1) / most;
  set.stripColumns = (set.columnsX + strips - 1) / strips;
}

// @ts-ignore: decorator
@inline
export function columnAt(set: PairSet, x: i32, y: i32): i32 {
  const first = firstOfStrip(set, x);
  return first * set.columnsY + y * (stripEnd(set, first) - first) + x - first;
}

/** Of the strip that holds the columns at x: the x where it begins. */
// @ts-ignore: decorator
@inline
export function firstOfStrip(set: PairSet, x: i32): i32 {
  return x < set.stripColumns ? 0 : x - (x % set.stripColumns);
}

/** The end of the strip that begins at `first`. */
// @ts-ignore: decorator
@inline
function stripEnd(set: PairSet, first: i32): i32 {
  return min(set.columnsX, first + set.stripColumns);
}

/** x and y of a column. */
export function columnX(set: PairSet, column: i32): i32 {
  const first = stripOf(set, column);
  return first + (column - first * set.columnsY) % (stripEnd(set, first) - first);
}
export function columnY(set: PairSet, column: i32): i32 {
  const first = stripOf(set, column);
  return (column - first * set.columnsY) / (stripEnd(set, first) - first);
}

/** Where the strip that holds a column begins. */
function stripOf(set: PairSet, column: i32): i32 {
  return (column / (set.stripColumns * set.columnsY)) * set.stripColumns;
}
