/** The structural part of a comparison: g(r) and the distributions of bonds, angles and dihedrals of two trajectories. */
import type { Trajectory } from '../../engine/index.ts';
import type { ComparedCurve, ComparedDistribution, ComparedRdf } from './comparison.ts';
import {
  coordinateRanges,
  type Distribution,
  distributions,
  jensenShannon,
  overlap,
  type Range,
  union,
} from './distributions.ts';
import type { CoordinateKind } from './internal-coordinates.ts';
import { allRdfs, firstPeak, largestDistance, type Rdf } from './rdf.ts';

/** g(r) of all pairs that both runs have, to half the smaller box; none, with a note, in open boundaries. */
export function compareRdfs(
  a: Trajectory,
  b: Trajectory,
  wanted: number,
  bins: number,
  notes: string[],
): { rdf: ComparedRdf[]; rmax: number | null } {
  const boxes = [a.frame(0).box, b.frame(0).box];
  if (boxes.some((box) => !box.vectors)) {
    notes.push('no g(r): at least one run has open boundaries, and so no density');
    return { rdf: [], rmax: null };
  }
  const rmax = Math.min(...boxes.map((box) => largestDistance(box, wanted)));
  const [here, there] = relativeToDensity(a, b, notes);
  const left = allRdfs(a, { rmax, bins }).map((one) => scaled(one, here));
  const right = new Map(allRdfs(b, { rmax, bins }).map((one) => [one.pair, scaled(one, there)]));
  noteMissing(
    left.map((one) => one.pair),
    [...right.keys()],
    'g(r)',
    notes,
  );
  const rdf = left.flatMap((one) => {
    const other = right.get(one.pair);
    return other ? [compareRdf(one, other)] : [];
  });
  return { rdf, rmax };
}

/**
 * Factors of the two g(r), 1 for runs of equally many molecules. g(r) counts other molecules and is 1 on average over the box: where few chains fill it
 * the place that a molecule takes up itself raises all the rest by 1/M. What does not depend on the size in a liquid, which is hardly compressible, is the
 * density of other molecules around a site in units of the density of all (the rest is S(0)/M; Lebowitz & Percus, Phys. Rev. 122, 1675, 1961):
 * 1 - 1/M times that.
 */
function relativeToDensity(a: Trajectory, b: Trajectory, notes: string[]): [number, number] {
  const [m, n] = [a, b].map(({ structure }) => new Set(structure.molecule).size);
  if (m === n || m < 2 || n < 2) return [1, 1];
  notes.push(`g(r) relative to the density of all sites, since the runs hold ${m} and ${n} molecules`);
  return [1 - 1 / m, 1 - 1 / n];
}

function scaled(one: Rdf, factor: number): Rdf {
  return factor === 1 ? one : { ...one, g: one.g.map((x) => factor * x), error: one.error?.map((x) => factor * x) ?? null };
}

function compareRdf(a: Rdf, b: Rdf): ComparedRdf {
  let difference = 0;
  let noise = 0;
  for (let k = 0; k < a.g.length; k++) {
    difference += Math.abs(a.g[k] - b.g[k]) / a.g.length;
    // mean |x| of a normal deviate is sqrt(2/pi) of its standard deviation
    if (a.error && b.error) noise += (Math.sqrt(2 / Math.PI) * Math.hypot(a.error[k], b.error[k])) / a.g.length;
  }
  return {
    pair: a.pair,
    r: rounded(a.r),
    ...curves(a.g, b.g, a.error, b.error),
    meanAbsoluteError: difference,
    expectedFromNoise: a.error && b.error ? noise : null,
    firstPeak: { reference: firstPeak(a.r, a.g, a.error), candidate: firstPeak(b.r, b.g, b.error) },
  };
}

/** Distributions of one kind of coordinate, on grids that hold the values of both runs. */
export function compareDistributions(
  a: Trajectory,
  b: Trajectory,
  kind: CoordinateKind,
  bins: number,
  notes: string[],
): ComparedDistribution[] {
  const left = coordinateRanges(a, kind);
  const right = coordinateRanges(b, kind);
  noteMissing([...left.keys()], [...right.keys()], kind, notes);
  const ranges = new Map<string, Range>();
  for (const [name, range] of left) {
    const other = right.get(name);
    if (other) ranges.set(name, union(range, other));
  }
  const ofB = new Map(distributions(b, kind, ranges, bins).map((one) => [one.name, one]));
  return distributions(a, kind, ranges, bins).map((one) => compareDistribution(one, ofB.get(one.name) as Distribution));
}

function compareDistribution(a: Distribution, b: Distribution): ComparedDistribution {
  const width = a.x[1] - a.x[0];
  return {
    name: a.name,
    x: rounded(a.x),
    ...curves(a.density, b.density, a.error, b.error),
    overlap: overlap(a.density, b.density, width),
    overlapFromNoise: overlapFromNoise(a, b, width),
    jensenShannon: jensenShannon(a.density, b.density, width),
    mean: { reference: a.mean, candidate: b.mean },
  };
}

/** The overlap of two densities of one integral is 1 - the integral of |p - q|/2. */
function overlapFromNoise(a: Distribution, b: Distribution, width: number): number | null {
  if (!a.error || !b.error) return null;
  let sum = 0;
  for (let k = 0; k < a.x.length; k++) sum += Math.hypot(a.error[k], b.error[k]) * width;
  return 1 - 0.5 * Math.sqrt(2 / Math.PI) * sum;
}

function noteMissing(left: readonly string[], right: readonly string[], what: string, notes: string[]): void {
  const missing = [...left.filter((name) => !right.includes(name)), ...right.filter((name) => !left.includes(name))];
  if (missing.length > 0) notes.push(`${what} of ${missing.join(', ')} exists in one of the two runs only and is not compared`);
}

function curves(
  reference: Float64Array,
  candidate: Float64Array,
  referenceError: Float64Array | null,
  candidateError: Float64Array | null,
): ComparedCurve {
  return {
    reference: rounded(reference),
    candidate: rounded(candidate),
    referenceError: referenceError && rounded(referenceError),
    candidateError: candidateError && rounded(candidateError),
  };
}

/** Seven digits: what curves need in a file that people open. */
export function rounded(values: ArrayLike<number>): number[] {
  return Array.from(values, (x) => Number(x.toPrecision(7)));
}
