/** What the particle-mesh Ewald method needs beside positions: splitting, mesh, and the splines that tie charges to the mesh. */
import { InputError } from '../errors.ts';
import { primeFactors } from '../math/fourier.ts';
import { pow, sincos } from '../math/functions.ts';
import type { Box } from '../system/box.ts';
import { defaultTolerance, ewaldSplitting } from './coulomb-ewald.ts';
import type { CoulombDescription } from './description.ts';

export interface PmeMesh {
  /** alpha, 1/length. */
  readonly splitting: number;
  /** Points along each box vector; products of 2, 3, 5 and 7. */
  readonly grid: readonly [number, number, number];
  readonly order: number;
}

/** Splines of order 4 on this mesh err less than the tolerance down to 1e-4, of order 5 also below. */
function defaultOrder(tolerance: number): number {
  return tolerance < 1e-4 ? 5 : 4;
}
const orders = [4, 5, 6];
const where = 'system.nonbonded.coulomb';

/**
 * The splitting and the mesh for a box, which keep their values when the box changes.
 *
 * As in OpenMM (user guide, theory): alpha = sqrt(-ln(2 tolerance))/cutoff, and 2 alpha length/(3 tolerance^(1/5)) points along each box
 * vector. The larger part of the error is then that of the pairs cut off, which is about the tolerance.
 * @throws InputError for an open box, and for a mesh that is too coarse or that the fast transforms have no factors for
 */
export function pmeMesh(description: CoulombDescription, cutoff: number, box: Box): PmeMesh {
  const v = box.vectors;
  if (!v)
    throw new InputError(
      where,
      'method "pme" needs a periodic box, and this one is open; use "cutoff" (with "cutoff": "none" all pairs)',
    );
  const splitting = ewaldSplitting(description, cutoff);
  const tolerance = description.tolerance ?? defaultTolerance.pme;
  const order = description.order ?? defaultOrder(tolerance);
  if (!orders.includes(order))
    throw new InputError(`${where}.order`, `splines of order ${order} are not available; allowed: ${orders.join(', ')}`);
  const { grid, spacing } = description;
  if (grid && spacing !== undefined)
    throw new InputError(`${where}.grid`, 'both "grid" and "spacing" are given; one follows from the other, give one');
  if (grid) return { splitting, grid: checkGrid(grid, order), order };
  const finest = spacing ?? (3 * pow(tolerance, 0.2)) / (2 * splitting);
  // A wave of index n along a box vector has |k| >= 2 pi n/length: the length, not the height, bounds what is left out.
  const points = [0, 3, 6].map((d) => {
    const length = Math.hypot(v[d], v[d + 1], v[d + 2]);
    return suitableSize(Math.max(2 * order, Math.ceil(length / finest - 1e-9)));
  });
  return { splitting, grid: [points[0], points[1], points[2]], order };
}

/** The smallest product of 2, 3, 5 and 7 that is at least n. */
function suitableSize(n: number): number {
  while (primeFactors(n).some((p) => p > 7)) n++;
  return n;
}

function checkGrid(grid: readonly number[], order: number): [number, number, number] {
  for (const n of grid) {
    if (n < order)
      throw new InputError(
        `${where}.grid`,
        `${n} points are fewer than the ${order} that a charge is spread over; use more points`,
      );
    if (suitableSize(n) !== n)
      throw new InputError(`${where}.grid`, `${n} is not a product of 2, 3, 5 and 7; the next that is: ${suitableSize(n)}`);
  }
  const [a, b, c] = grid;
  return [a, b, c];
}

/**
 * Values of the cardinal B-spline M_n at u + n - 1, ..., u + 1, u for 0 <= u < 1, and its derivatives there: the weights of the mesh
 * points floor(x), floor(x) + 1, ... for a charge at x = floor(x) + u (a shift of the mesh by n - 1 points changes no energy).
 * M_n(x) = [x M_(n-1)(x) + (n - x) M_(n-1)(x - 1)]/(n - 1).
 */
export function splineWeights(u: number, order: number, weights: Float64Array, slopes: Float64Array): void {
  // weights[j] = M_k(u + k - 1 - j) as k grows from 2.
  weights.fill(0, 0, order);
  weights[0] = 1 - u;
  weights[1] = u;
  for (let k = 3; k <= order; k++) {
    if (k === order) differences(weights, order, slopes);
    for (let j = k - 1; j >= 0; j--) {
      const x = u + k - 1 - j;
      const lower = j < k - 1 ? weights[j] : 0; // M_(k-1)(x - 1)
      const upper = j > 0 ? weights[j - 1] : 0; // M_(k-1)(x)
      weights[j] = (x * upper + (k - x) * lower) / (k - 1);
    }
  }
}

/** M_n'(x) = M_(n-1)(x) - M_(n-1)(x - 1), from the weights of order n - 1. */
function differences(lower: Float64Array, order: number, slopes: Float64Array): void {
  for (let j = 0; j < order; j++) slopes[j] = (j > 0 ? lower[j - 1] : 0) - (j < order - 1 ? lower[j] : 0);
}

/**
 * |b(m)|^2 for m = 0 ... n - 1: what makes up for the splines' Fourier transform (Essmann et al., eq. 4.4).
 * Where that vanishes, in the middle of the range for odd orders, the mean of both neighbours serves.
 */
export function splineModuli(n: number, order: number): Float64Array {
  const weights = new Float64Array(order);
  splineWeights(0, order, weights, new Float64Array(order));
  const sc = new Float64Array(2);
  const squares = Float64Array.from({ length: n }, (_, m) => {
    let [re, im] = [0, 0];
    for (let j = 0; j < order; j++) {
      sincos((2 * Math.PI * ((m * j) % n)) / n, sc);
      im += weights[j] * sc[0];
      re += weights[j] * sc[1];
    }
    return re * re + im * im;
  });
  return squares.map((s, m) => 1 / (s > 1e-7 ? s : (squares[(m + n - 1) % n] + squares[(m + 1) % n]) / 2));
}
