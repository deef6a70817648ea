/** Two trajectories side by side: the numbers and curves of `compare.json`. */
import type { Structure, Trajectory, UnitSystem } from '../../engine/index.ts';
import { InputError } from '../../engine/index.ts';
import { type Diffusion, diffusion } from './diffusion.ts';
import {
  coordinateRanges,
  type Distribution,
  distributions,
  jensenShannon,
  overlap,
  type Range,
  union,
} from './distributions.ts';
import { chooseFrames, type FrameChoice, moleculeCount } from './frames.ts';
import { gyration } from './gyration.ts';
import type { CoordinateKind } from './internal-coordinates.ts';
import { allRdfs, firstPeak, largestDistance, type Peak, type Rdf } from './rdf.ts';
import { verdict } from './verdict.ts';

export interface ComparedCurve {
  readonly reference: readonly number[];
  readonly candidate: readonly number[];
  /** Block standard errors of the two curves; null where a run is too short for blocks. */
  readonly referenceError: readonly number[] | null;
  readonly candidateError: readonly number[] | null;
}

export interface ComparedRdf extends ComparedCurve {
  /** `A-B` of site types, or `centre-centre`. */
  readonly pair: string;
  /** Middle of each bin (length units). */
  readonly r: readonly number[];
  /** Mean of |g_ref - g_cand| over 0 < r <= rmax. */
  readonly meanAbsoluteError: number;
  /** What `meanAbsoluteError` would be for two equal models: the counting noise of the two curves. */
  readonly expectedFromNoise: number | null;
  readonly firstPeak: { readonly reference: Peak; readonly candidate: Peak };
}

export interface ComparedDistribution extends ComparedCurve {
  readonly name: string;
  /** Middle of each bin (length units, or rad). */
  readonly x: readonly number[];
  /** Integral of min(p_ref, p_cand). */
  readonly overlap: number;
  /** Nats; 0 for equal, ln 2 for disjoint distributions. */
  readonly jensenShannon: number;
  readonly mean: { readonly reference: number; readonly candidate: number };
}

/** A number of both runs and candidate / reference; null where a run does not yield it. */
export interface ComparedNumber {
  readonly reference: number | null;
  readonly candidate: number | null;
  readonly ratio: number | null;
  readonly referenceError?: number | null;
  readonly candidateError?: number | null;
  readonly unit: string;
  readonly description: string;
}

/** The content of `compare.json`. */
export interface Comparison {
  readonly reference: string;
  readonly candidate: string;
  /** Name of the mapping through which the reference was seen; null if both were compared as they are. */
  readonly mapping: string | null;
  readonly units: UnitSystem;
  readonly verdict: string;
  readonly molecules: { readonly reference: number; readonly candidate: number };
  readonly frames: { readonly reference: number; readonly candidate: number };
  /** Largest distance of g(r); null where there is no g(r) (open boundaries, a single molecule). */
  readonly rmax: number | null;
  readonly rdf: readonly ComparedRdf[];
  readonly bonds: readonly ComparedDistribution[];
  readonly angles: readonly ComparedDistribution[];
  readonly dihedrals: readonly ComparedDistribution[];
  /** <Rg^2> of molecules (length^2), for molecules of more than two particles. */
  readonly gyration: ComparedNumber | null;
  readonly diffusion: ComparedNumber & {
    readonly curves: { readonly reference: MsdCurve | null; readonly candidate: MsdCurve | null };
  };
  readonly speed: ComparedNumber;
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

export interface MsdCurve {
  readonly time: readonly number[];
  readonly displacement: readonly number[];
  readonly fit: readonly [number, number];
}

export interface CompareOptions extends FrameChoice {
  /** Largest distance of g(r); 1.2 nm, or 3.5 in reduced units. Half the smallest box width bounds it. */
  readonly rmax?: number | undefined;
  readonly bins?: number | undefined;
}

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  readonly trajectory: Trajectory;
  /** Simulated time x molecules per wall time, if the run told. */
  readonly speed: number | null;
}

/** Frames of each run that are used when a scenario does not say: more of small systems, which have little to average over in each. */
export function defaultFrames(particles: number): number {
  return Math.max(500, Math.min(5000, Math.floor(5e5 / particles)));
}
export const defaultBins = 120;
const defaultRmax: Readonly<Record<UnitSystem, number>> = { md: 1.2, lj: 3.5 };

/**
 * Compares two trajectories of the same kinds of particles; boxes and numbers of molecules may differ.
 * Throws InputError if they have no kind of particle in common or use different units.
 */
export function compareTrajectories(
  reference: Side,
  candidate: Side,
  options: CompareOptions = {},
  mapping: string | null = null,
  progress: (done: number, total: number, text: string) => void = () => {},
): Comparison {
  checkComparable(reference, candidate);
  const choose = ({ trajectory }: Side): Trajectory => {
    const most = options.stride ? undefined : defaultFrames(trajectory.structure.mass.length);
    return chooseFrames(trajectory, { stride: options.stride, frames: options.frames ?? most });
  };
  const [a, b] = [choose(reference), choose(candidate)];
  const { units } = a.structure;
  const bins = options.bins ?? defaultBins;
  const notes: string[] = [];
  progress(0, 4, 'radial distribution functions');
  const { rdf, rmax } = compareRdfs(a, b, options.rmax ?? defaultRmax[units], bins, notes);
  progress(1, 4, 'bonds, angles and dihedrals');
  const bonded = (kind: CoordinateKind): ComparedDistribution[] => compareDistributions(a, b, kind, Math.ceil(bins / 2), notes);
  const [bonds, angles, dihedrals] = [bonded('bonds'), bonded('angles'), bonded('dihedrals')];
  progress(2, 4, 'diffusion');
  const moved = compareDiffusion(a, b, notes);
  progress(3, 4, 'radius of gyration');
  const result: Comparison = {
    reference: reference.name,
    candidate: candidate.name,
    mapping,
    units,
    verdict: '',
    molecules: { reference: moleculeCount(a.structure), candidate: moleculeCount(b.structure) },
    frames: { reference: a.length, candidate: b.length },
    rmax,
    rdf,
    bonds,
    angles,
    dihedrals,
    gyration: compareGyration(a, b),
    diffusion: moved,
    speed: {
      ...ratioOf(reference.speed, candidate.speed),
      unit: units === 'md' ? 'ns/day x molecules' : 'tau/day x molecules',
      description: 'simulated time per wall time, times the number of molecules',
    },
    notes,
  };
  progress(4, 4, 'done');
  return { ...result, verdict: verdict(result) };
}

function checkComparable(reference: Side, candidate: Side): void {
  const a = reference.trajectory.structure;
  const b = candidate.trajectory.structure;
  if (a.units !== b.units)
    throw new InputError(
      '',
      `cannot compare "${reference.name}" in ${a.units} units with "${candidate.name}" in ${b.units} units`,
    );
  for (const side of [reference, candidate])
    if (side.trajectory.length === 0)
      throw new InputError(
        '',
        `"${side.name}" holds no frames to compare; let it run longer or store frames more often (output.every)`,
      );
  const used = (s: Structure): Set<string> => new Set(Array.from(s.type, (t) => s.typeNames[t]));
  const ofB = used(b);
  if (![...used(a)].some((name) => ofB.has(name)))
    throw new InputError(
      '',
      `"${reference.name}" (${[...used(a)].join(', ')}) and "${candidate.name}" (${[...ofB].join(', ')}) have no type of particle ` +
        "in common; give the `mapping` that turns the reference into the candidate's sites",
    );
}

function compareRdfs(
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
  const left = allRdfs(a, { rmax, bins });
  const right = new Map(allRdfs(b, { rmax, bins }).map((one) => [one.pair, one]));
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
    firstPeak: { reference: firstPeak(a.r, a.g), candidate: firstPeak(b.r, b.g) },
  };
}

function compareDistributions(
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
    jensenShannon: jensenShannon(a.density, b.density, width),
    mean: { reference: a.mean, candidate: b.mean },
  };
}

function compareDiffusion(a: Trajectory, b: Trajectory, notes: string[]): Comparison['diffusion'] {
  let [left, right] = [diffusion(a), diffusion(b)];
  if (left && right) {
    // a slope depends on the lags it is fitted over while motion is not yet diffusive: the same for both
    const longestTime = Math.min(left.fit[1], right.fit[1]);
    [left, right] = [diffusion(a, { longestTime }), diffusion(b, { longestTime })];
  }
  if (!left || !right)
    notes.push('no diffusion coefficient of both runs over the same lags: one is too short, or its frames too far apart');
  const curve = (found: Diffusion | undefined): MsdCurve | null =>
    found ? { time: rounded(found.time), displacement: rounded(found.displacement), fit: found.fit } : null;
  return {
    ...ratioOf(left?.coefficient ?? null, right?.coefficient ?? null),
    referenceError: left?.error ?? null,
    candidateError: right?.error ?? null,
    unit: a.structure.units === 'md' ? 'nm2/ps' : 'sigma2/tau',
    description: "self-diffusion of the molecules' centres of mass, from the mean-square displacement",
    curves: { reference: curve(left), candidate: curve(right) },
  };
}

function compareGyration(a: Trajectory, b: Trajectory): ComparedNumber | null {
  if (a.structure.mass.length < 3 * moleculeCount(a.structure)) return null;
  const [left, right] = [gyration(a), gyration(b)];
  return {
    ...ratioOf(left.mean, right.mean),
    referenceError: left.error,
    candidateError: right.error,
    unit: a.structure.units === 'md' ? 'nm2' : 'sigma2',
    description: 'mean square radius of gyration of a molecule',
  };
}

function ratioOf(reference: number | null, candidate: number | null) {
  const finite = (x: number | null): number | null => (x !== null && Number.isFinite(x) ? x : null);
  const [a, b] = [finite(reference), finite(candidate)];
  return { reference: a, candidate: b, ratio: a !== null && b !== null && a > 0 ? b / a : null };
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
function rounded(values: ArrayLike<number>): number[] {
  return Array.from(values, (x) => Number(x.toPrecision(7)));
}
