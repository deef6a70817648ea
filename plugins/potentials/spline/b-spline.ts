/** Uniform cubic B-splines: their weights, those of a potential along one coordinate as columns of force matching, and back to a table. */
import type { Table } from '../../../engine/index.ts';

/** How a spline ends: freely, smoothly at zero on the right (value, slope and curvature vanish at the cut-off), or periodically. */
export type SplineEnd = 'free' | 'zero' | 'periodic';

/** Intervals on [start, start + intervals * spacing]. */
export interface SplineGrid {
  readonly start: number;
  readonly spacing: number;
  readonly intervals: number;
  readonly end: SplineEnd;
}

/** A grid on [low, high] with spacing as near to `spacing` as fits, at least four intervals. */
export function splineGrid(low: number, high: number, spacing: number, end: SplineEnd): SplineGrid {
  const intervals = Math.max(4, Math.round((high - low) / spacing));
  return { start: low, spacing: (high - low) / intervals, intervals, end };
}

/** Number of free coefficients. */
export function splineColumns({ intervals, end }: SplineGrid): number {
  return end === 'free' ? intervals + 3 : intervals;
}

/**
 * Derivatives of the four basis functions that are not zero at x, into `out`; returns the first one's index m. Function m + k is to be
 * taken modulo the number of columns for a periodic spline, and is absent if beyond them for one that ends at zero.
 * Outside the grid the derivative is that at the end: the potential goes on as a straight line.
 */
export function splineDerivatives(grid: SplineGrid, x: number, out: Float64Array): number {
  let u = (x - grid.start) / grid.spacing;
  if (grid.end === 'periodic') u -= Math.floor(u / grid.intervals) * grid.intervals;
  const m = Math.max(0, Math.min(grid.intervals - 1, Math.floor(u)));
  const t = Math.max(0, Math.min(1, u - m));
  const s = 1 - t;
  const h = 0.5 / grid.spacing;
  out[0] = -s * s * h;
  out[1] = t * (3 * t - 4) * h;
  out[2] = (1 + t * (2 - 3 * t)) * h;
  out[3] = t * t * h;
  return m;
}

/**
 * The uniform cubic B-spline: weights of four consecutive coefficients at the place t (0 to 1) of an interval in `out[0..3]`,
 * their derivatives with respect to t in `out[4..7]`. Twice continuously differentiable across intervals.
 */
export function splineWeights(t: number, out: Float64Array): void {
  const s = 1 - t;
  out[0] = (s * s * s) / 6;
  out[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  out[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
  out[3] = (t * t * t) / 6;
  out[4] = -0.5 * s * s;
  out[5] = 1.5 * t * t - 2 * t;
  out[6] = -1.5 * s * s + 2 * s;
  out[7] = 0.5 * t * t;
}

/** The spline as a table with a node a knot: between two knots both are the same cubic, so nothing is lost. */
export function splineTable(grid: SplineGrid, coefficients: ArrayLike<number>): Table {
  const columns = splineColumns(grid);
  const c = (k: number): number => (grid.end === 'periodic' ? coefficients[k % columns] : k < columns ? coefficients[k] : 0);
  const nodes = Array.from({ length: grid.intervals + 1 }, (_, m) => m);
  return {
    start: grid.start,
    spacing: grid.spacing,
    values: Float64Array.from(nodes, (m) => (c(m) + 4 * c(m + 1) + c(m + 2)) / 6),
    derivatives: Float64Array.from(nodes, (m) => (c(m + 2) - c(m)) / (2 * grid.spacing)),
  };
}
