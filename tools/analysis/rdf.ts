/** Radial distribution functions between molecules: by pair of site types, and of the molecules' centres. */
import type { Box, Structure, Trajectory } from '../../engine/index.ts';
import { InputError, smallestWidth, volume } from '../../engine/index.ts';
import { moleculeCentres, moleculeCount } from './frames.ts';
import { countPairs, type PointKinds, pairIndex } from './pair-histogram.ts';
import { blockEdges, curveOfBlocks } from './statistics.ts';

/** Name of the pair of molecules' centres of mass. */
export const centrePair = 'centre-centre';

export interface RdfOptions {
  /** Largest distance (length units); at most half the smallest width of the box. */
  readonly rmax: number;
  readonly bins: number;
  readonly blocks?: number;
}

export interface Rdf {
  /** `A-B` of site types in alphabetical order, or `centre-centre`. */
  readonly pair: string;
  /** Middle of each bin (length units). */
  readonly r: Float64Array;
  readonly g: Float64Array;
  /** Block standard error of `g`; null if there was only one frame. */
  readonly error: Float64Array | null;
}

/**
 * The largest distance up to which g(r) can be compared: `wanted`, or half the smallest width of the box.
 * Throws InputError for open boundaries, which have no density.
 */
export function largestDistance(box: Box, wanted: number): number {
  if (!box.vectors) throw new InputError('', 'g(r) needs a periodic box: open boundaries have no density');
  return Math.min(wanted, smallestWidth(box) / 2);
}

/**
 * g(r) of every pair of site types, over pairs of sites in different molecules.
 *
 * g = n(bin) V / (N_pairs shell), with the exact shell volume 4 pi/3 (r2^3 - r1^3) and N_pairs the number of pairs of different
 * molecules, so that it is 1 for an ideal gas of any size (Allen & Tildesley, section 8.2).
 */
export function siteRdfs(trajectory: Trajectory, options: RdfOptions): Rdf[] {
  const { structure } = trajectory;
  const kinds: PointKinds = { kind: structure.type, kinds: structure.typeNames.length, group: structure.molecule };
  return rdfs(trajectory, kinds, structure.typeNames, (positions) => positions, options);
}

/** g(r) of the molecules' centres of mass; needs at least two molecules. */
export function centreRdf(trajectory: Trajectory, options: RdfOptions): Rdf | undefined {
  const { structure } = trajectory;
  const count = moleculeCount(structure);
  const kinds: PointKinds = {
    kind: new Int32Array(count),
    kinds: 1,
    group: Int32Array.from({ length: count }, (_, m) => m),
  };
  return rdfs(trajectory, kinds, ['centre'], (positions) => moleculeCentres(structure, positions), options)[0];
}

/** Both kinds: sites first, then centres. */
export function allRdfs(trajectory: Trajectory, options: RdfOptions): Rdf[] {
  const centre = centreRdf(trajectory, options);
  return [...siteRdfs(trajectory, options), ...(centre ? [centre] : [])];
}

function rdfs(
  trajectory: Trajectory,
  kinds: PointKinds,
  names: readonly string[],
  points: (positions: Float64Array) => Float64Array,
  { rmax, bins, blocks }: RdfOptions,
): Rdf[] {
  const pairs = numbersOfPairs(kinds);
  const edges = blockEdges(trajectory.length, blocks);
  const width = pairs.length * bins;
  const ofBlocks: Float64Array[] = [];
  for (let b = 0; b + 1 < edges.length; b++) {
    const sum = new Float64Array(width);
    for (let f = edges[b]; f < edges[b + 1]; f++) {
      const { positions, box } = trajectory.frame(f);
      const counts = new Float64Array(width);
      countPairs(points(positions), box, kinds, rmax, bins, counts);
      const cell = volume(box);
      for (let k = 0; k < width; k++) sum[k] += counts[k] * cell;
    }
    const frames = edges[b + 1] - edges[b];
    for (let k = 0; k < width; k++) sum[k] /= frames * pairs[Math.floor(k / bins)] * shellVolume(k % bins, rmax / bins);
    ofBlocks.push(sum);
  }
  const weights = ofBlocks.map((_, b) => edges[b + 1] - edges[b]);
  const r = Float64Array.from({ length: bins }, (_, k) => ((k + 0.5) * rmax) / bins);
  const found: Rdf[] = [];
  for (let a = 0; a < kinds.kinds; a++) {
    for (let b = a; b < kinds.kinds; b++) {
      const row = pairIndex(a, b, kinds.kinds);
      if (pairs[row] === 0) continue;
      const curves = ofBlocks.map((block) => block.subarray(row * bins, (row + 1) * bins));
      const { mean, error } = curveOfBlocks(curves, weights);
      found.push({ pair: pairName(names[a], names[b]), r, g: mean, error });
    }
  }
  return found.sort((one, other) => (one.pair < other.pair ? -1 : 1));
}

/** Name of a pair of types, the same whichever comes first. */
export function pairName(a: string, b: string): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

function shellVolume(bin: number, width: number): number {
  return ((4 * Math.PI) / 3) * width ** 3 * ((bin + 1) ** 3 - bin ** 3);
}

/** Number of unordered pairs of different groups for each pair of kinds. */
function numbersOfPairs({ kind, kinds, group }: PointKinds): Float64Array {
  const total = new Float64Array(kinds);
  const groups = new Map<number, Float64Array>();
  for (let i = 0; i < kind.length; i++) {
    total[kind[i]]++;
    const own = groups.get(group[i]) ?? new Float64Array(kinds);
    own[kind[i]]++;
    groups.set(group[i], own);
  }
  const pairs = new Float64Array((kinds * (kinds + 1)) / 2);
  const add = (counts: Float64Array, sign: number): void => {
    for (let a = 0; a < kinds; a++) {
      pairs[pairIndex(a, a, kinds)] += (sign * counts[a] * (counts[a] - 1)) / 2;
      for (let b = a + 1; b < kinds; b++) pairs[pairIndex(a, b, kinds)] += sign * counts[a] * counts[b];
    }
  };
  add(total, 1);
  for (const own of groups.values()) add(own, -1);
  return pairs;
}

/** The structure's particles are all molecules of their own, so that sites and centres are the same points. */
export function isMonatomic(structure: Structure): boolean {
  return moleculeCount(structure) === structure.mass.length;
}

export interface Peak {
  readonly r: number;
  readonly height: number;
}

/** A height whose error is a larger part of it than this is noise: near r = 0 one pair of molecules in a tiny shell is a peak of any height. */
const largestPeakError = 0.25;

/**
 * The first peak of g(r): the first maximum above 1 that nothing within 5% of the range exceeds, refined by a parabola through its
 * neighbours; the highest point if there is none. Where `error` (of each point) is given, points that are mostly noise are no peaks.
 */
export function firstPeak(r: ArrayLike<number>, g: ArrayLike<number>, error: ArrayLike<number> | null = null): Peak {
  const reach = Math.max(2, Math.round(0.05 * g.length));
  const known = (k: number): boolean => !error || error[k] <= largestPeakError * g[k];
  let top = 0;
  for (let k = 0; k < g.length; k++) if (g[k] > g[top] && known(k)) top = k;
  for (let k = 1; k + 1 < g.length; k++) {
    if (g[k] <= 1 || !known(k)) continue;
    let highest = true;
    for (let j = Math.max(0, k - reach); j <= Math.min(g.length - 1, k + reach); j++)
      if (g[j] > g[k] && known(j)) highest = false;
    if (highest) {
      top = k;
      break;
    }
  }
  if (top === 0 || top === g.length - 1) return { r: r[top], height: g[top] };
  const curvature = g[top - 1] - 2 * g[top] + g[top + 1];
  const shift = curvature < 0 ? (0.5 * (g[top - 1] - g[top + 1])) / curvature : 0;
  return {
    r: r[top] + shift * (r[top + 1] - r[top]),
    height: g[top] - 0.25 * (g[top - 1] - g[top + 1]) * shift,
  };
}
