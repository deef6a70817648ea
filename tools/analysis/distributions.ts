/** Normalised distributions of bond lengths, angles and dihedrals by type, with block errors, and how alike two of them are. */
import type { Trajectory } from '../../engine/index.ts';
import { arity, type CoordinateKind, coordinatesByType, coordinateValue } from './internal-coordinates.ts';
import { blockEdges, curveOfBlocks, standardErrorOfBlocks } from './statistics.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Distribution {
  /** Type names such as `CH3-CH3`. */
  readonly name: string;
  /** Middle of each bin (length units, or rad). */
  readonly x: Float64Array;
  /** Probability density; its integral is the part of the values within the range (1 where the range holds all). */
  readonly density: Float64Array;
  readonly error: Float64Array | null;
  /** Mean of all values, within the range or not, and its block error. */
  readonly mean: number;
  readonly meanError: number | null;
}

/** Frames read to find the range of a coordinate. */
const rangeFrames = 50;

/**
 * For each type tuple, the range that its values take in up to fifty frames, widened by one standard deviation and cut at six from
 * the mean, so that one broken bond does not stretch the axis. Dihedrals always have (-pi, pi).
 */
export function coordinateRanges(trajectory: Trajectory, kind: CoordinateKind): Map<string, Range> {
  const ranges = new Map<string, Range>();
  const stride = Math.max(1, Math.floor(trajectory.length / rangeFrames));
  for (const [name, particles] of coordinatesByType(trajectory.structure, kind)) {
    if (kind === 'dihedrals') {
      ranges.set(name, { from: -Math.PI, to: Math.PI });
      continue;
    }
    let count = 0;
    let sum = 0;
    let squares = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let f = 0; f < trajectory.length; f += stride) {
      const { positions, box } = trajectory.frame(f);
      for (let t = 0; t < particles.length; t += arity[kind]) {
        const value = coordinateValue(kind, positions, box, particles, t);
        count++;
        sum += value;
        squares += value * value;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    const centre = sum / count;
    // a rigid coordinate has no spread: give its single peak a width that can be drawn
    const sd = Math.max(Math.sqrt(Math.max(0, squares / count - centre * centre)), 1e-6 * Math.abs(centre), 1e-9);
    ranges.set(name, {
      from: Math.max(0, low - sd, centre - 6 * sd),
      to: Math.min(high + sd, centre + 6 * sd, kind === 'angles' ? Math.PI : Number.POSITIVE_INFINITY),
    });
  }
  return ranges;
}

/** The smallest range that holds both. */
export function union(a: Range, b: Range): Range {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** Distributions of all type tuples named in `ranges`, in `bins` bins each. */
export function distributions(
  trajectory: Trajectory,
  kind: CoordinateKind,
  ranges: ReadonlyMap<string, Range>,
  bins: number,
): Distribution[] {
  const tuples = coordinatesByType(trajectory.structure, kind);
  const edges = blockEdges(trajectory.length);
  const found: Distribution[] = [];
  for (const [name, range] of ranges) {
    const particles = tuples.get(name);
    if (!particles) continue;
    const width = (range.to - range.from) / bins;
    const ofBlocks: Float64Array[] = [];
    const means: number[] = [];
    for (let b = 0; b + 1 < edges.length; b++) {
      const { histogram, mean, count } = histogramOf(trajectory, kind, particles, edges[b], edges[b + 1], range, bins);
      ofBlocks.push(histogram.map((n) => n / (count * width)));
      means.push(mean);
    }
    const weights = means.map((_, b) => edges[b + 1] - edges[b]);
    const { mean: density, error } = curveOfBlocks(ofBlocks, weights);
    found.push({
      name,
      x: Float64Array.from({ length: bins }, (_, k) => range.from + (k + 0.5) * width),
      density,
      error,
      mean: curveOfBlocks(
        means.map((m) => [m]),
        weights,
      ).mean[0],
      meanError: standardErrorOfBlocks(means),
    });
  }
  return found;
}

function histogramOf(
  trajectory: Trajectory,
  kind: CoordinateKind,
  particles: Int32Array,
  first: number,
  end: number,
  range: Range,
  bins: number,
): { histogram: Float64Array; mean: number; count: number } {
  const histogram = new Float64Array(bins);
  const perUnit = bins / (range.to - range.from);
  let sum = 0;
  let count = 0;
  for (let f = first; f < end; f++) {
    const { positions, box } = trajectory.frame(f);
    for (let t = 0; t < particles.length; t += arity[kind]) {
      const value = coordinateValue(kind, positions, box, particles, t);
      sum += value;
      count++;
      // a value on the upper edge belongs to the last bin
      const bin = value === range.to ? bins - 1 : Math.floor((value - range.from) * perUnit);
      if (bin >= 0 && bin < bins) histogram[bin]++;
    }
  }
  return { histogram, mean: sum / count, count };
}

/** Integral of min(p, q) for densities on the same grid of spacing `width`: 1 for equal distributions, 0 for disjoint ones. */
export function overlap(p: ArrayLike<number>, q: ArrayLike<number>, width: number): number {
  let sum = 0;
  for (let k = 0; k < p.length; k++) sum += Math.min(p[k], q[k]) * width;
  return Math.min(1, sum);
}

/** Jensen-Shannon divergence in nats: 0 for equal distributions, ln 2 for disjoint ones (Lin, IEEE Trans. Inf. Theory 37, 145, 1991). */
export function jensenShannon(p: ArrayLike<number>, q: ArrayLike<number>, width: number): number {
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    const middle = (p[k] + q[k]) / 2;
    if (p[k] > 0) sum += 0.5 * p[k] * Math.log(p[k] / middle) * width;
    if (q[k] > 0) sum += 0.5 * q[k] * Math.log(q[k] / middle) * width;
  }
  return Math.max(0, sum);
}
