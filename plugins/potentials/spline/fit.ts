/** Force matching of splines: accumulating the normal equations by time blocks, choosing the smoothness, and judging the noise. */
import { InputError, Interrupted, type Progress, type Settings } from '../../../engine/index.ts';
import type { NoiseFloor, TrainingSet } from '../model.ts';
import { emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import { angularFunctions } from '../oriented/angular.ts';
import { Bonds, loneBonds } from '../oriented/bonds.ts';
import { compilePriors, fitPriors, type Priors } from '../priors.ts';
import { measureTrainingRange, straightens } from '../training-range.ts';
import { largestCutoff, timeBlocks } from '../training-set.ts';
import { whiten } from '../whitening.ts';
import { splineGrid } from './b-spline.ts';
import { type Channel, Design, mixedRanges } from './design.ts';
import { NormalEquations, solve } from './normal-equations.ts';

/** Numbers that fix the splines; lengths in the units of the set. */
export interface SplineOptions {
  /** Largest distance of a non-bonded pair. */
  readonly cutoff: number;
  /** Distance of knots of the pair splines. */
  readonly pairSpacing: number;
  /** Knot intervals over the observed range of a bond or angle. */
  readonly bondIntervals: number;
  readonly angleIntervals: number;
  /** Knot intervals over the full turn of a dihedral. */
  readonly dihedralIntervals: number;
  readonly excludedBonds: number;
  /** Degree of the angular functions of pairs of bonds, which then stand in place of pairs of sites; 0: pairs of sites. */
  readonly orientation: number;
}

/** Knots of pairs of bonds are so much wider apart: there are many splines, and middles come less close than sites. */
const orientedSpacing = 5 / 3;

/** Frames that pairs of bonds are matched on, at most: their normal equations are large, and neighbouring frames are alike. */
const orientedFrames = 600;

/** Options from the settings of a scenario; what is absent follows from the set: a cut-off of 1 nm (3 sigma) or what the box allows. */
export function splineOptions(set: TrainingSet, settings: Settings = {}): SplineOptions {
  const lj = set.structure.units === 'lj';
  const number = (key: string, otherwise: number): number =>
    typeof settings[key] === 'number' ? (settings[key] as number) : otherwise;
  const orientation = number('orientation', 0);
  const pairSpacing = (lj ? 0.04 : 0.012) * (orientation > 0 ? orientedSpacing : 1);
  return {
    cutoff: number('cutoff', Math.min(lj ? 3 : 1, largestCutoff(set))),
    pairSpacing: number('pairSpacing', pairSpacing),
    bondIntervals: number('bondIntervals', 12),
    angleIntervals: number('angleIntervals', 16),
    dihedralIntervals: number('dihedralIntervals', 24),
    excludedBonds: number('excludedBonds', 2),
    orientation,
  };
}

/** A least-squares problem on top of the priors, kept by time block. */
export interface ForceMatch {
  readonly priors: Priors;
  readonly design: Design;
  readonly training: readonly NormalEquations[];
  readonly validation: readonly NormalEquations[];
}

const known = new WeakMap<TrainingSet, Map<string, ForceMatch>>();

/** What a long computation listens and reports to. */
export interface Attention {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** Goes once through the frames of a set; remembered for each set and options. Stops with `Interrupted` when the signal is aborted. */
export async function matchForces(set: TrainingSet, options: SplineOptions, attention: Attention = {}): Promise<ForceMatch> {
  const ofSet = known.get(set) ?? new Map<string, ForceMatch>();
  known.set(set, ofSet);
  const key = JSON.stringify(options);
  const match = ofSet.get(key) ?? (await accumulate(set, options, attention));
  ofSet.set(key, match);
  return match;
}

/** The splines that the data of a set call for: one a bonded group and one a pair of types; no dihedrals where chains straighten. */
export function channelsFor(set: TrainingSet, options: SplineOptions): Channel[] {
  const range = measureTrainingRange(set, options.excludedBonds);
  const straight = straightens(range);
  const kept = range.bonded.filter(({ coordinate }) => coordinate !== 'dihedral' || !straight);
  const bonded = kept.map(({ coordinate, types, minimum, maximum }): Channel => {
    if (coordinate === 'dihedral')
      return { coordinate, types, grid: splineGrid(-Math.PI, Math.PI, (2 * Math.PI) / options.dihedralIntervals, 'periodic') };
    const intervals = coordinate === 'bond' ? options.bondIntervals : options.angleIntervals;
    const width = Math.max(maximum - minimum, 1e-6 * maximum);
    return { coordinate, types, grid: splineGrid(minimum, minimum + width, width / intervals, 'free') };
  });
  const pairs = range.pairs
    .filter(({ minimum }) => minimum < options.cutoff - 4 * options.pairSpacing)
    .map(({ types, minimum }): Channel => {
      return { coordinate: 'pair', types, grid: splineGrid(minimum, options.cutoff, options.pairSpacing, 'zero') };
    });
  return [...bonded, ...(options.orientation > 0 ? bondPairChannels(set, options) : pairs)];
}

function bondPairChannels(set: TrainingSet, { cutoff, pairSpacing, orientation: degree }: SplineOptions): Channel[] {
  const sites = loneBonds(set.structure);
  if (!sites)
    throw new InputError(
      'model.orientation',
      'is for molecules of two sites of one type: others have bonds that share sites, or ends that are not alike. Leave it out',
    );
  const name = set.structure.typeNames[set.structure.type[0]];
  const grid = splineGrid(closestMiddles(set, sites, cutoff), cutoff, pairSpacing, 'zero');
  return angularFunctions(degree).map(() => ({ coordinate: 'bond-pair', types: [name, name], grid, degree }));
}

/** The closest that two bonds' middles come in the training frames. */
function closestMiddles(set: TrainingSet, sites: Int32Array, cutoff: number): number {
  const bonds = new Bonds(sites);
  const pairs = emptyPairs();
  let closest = cutoff;
  for (const frame of set.training) {
    bonds.place(set.positions(frame), set.box(frame));
    neighbourPairs(bonds.middle, set.box(frame), cutoff, null, pairs);
    for (let k = 0; k < pairs.count; k++) closest = Math.min(closest, pairs.distance[k]);
  }
  return closest;
}

/** Frames from one look at the outside world to the next. */
const framesBetweenBreaths = 50;

async function accumulate(set: TrainingSet, options: SplineOptions, { signal, progress }: Attention): Promise<ForceMatch> {
  const priors = fitPriors(set, options.excludedBonds);
  const addPriors = compilePriors(priors, set.structure);
  const design = new Design(set.structure, channelsFor(set, options), options.excludedBonds);
  const sites = set.structure.mass.length;
  const prior = new Float64Array(3 * sites);
  const residual = new Float64Array(3 * sites);
  const { whitening } = set;
  const ranges = whitening ? mixedRanges(design.ranges, whitening.sites) : design.ranges;
  let done = 0;
  const every = options.orientation > 0 ? Math.max(1, Math.floor(set.frames / orientedFrames)) : 1;
  const equationsOf = async (frames: readonly number[], counting: boolean): Promise<NormalEquations> => {
    const equations = new NormalEquations(design.columns);
    for (const frame of frames.filter((_, k) => k % every === 0)) {
      if (++done % framesBetweenBreaths === 0) {
        progress?.update(done, set.frames, 'frames matched');
        await new Promise((resolve) => setTimeout(resolve));
        if (signal?.aborted) throw new Interrupted('stopped while matching forces; run again to start this stage over');
      }
      const [positions, box] = [set.positions(frame), set.box(frame)];
      addPriors(positions, box, prior.fill(0));
      const forces = set.forces(frame);
      for (let k = 0; k < residual.length; k++) residual[k] = forces[k] - prior[k];
      design.fill(positions, box, counting);
      if (whitening) {
        whiten(residual, whitening, positions, box);
        whiten(design.matrix, whitening, positions, box, design.columns);
      }
      for (let i = 0; i < sites; i++) equations.addSite(design.matrix, 3 * i, residual, ranges[i]);
    }
    return equations;
  };
  // Only the samples of the training may count when it is asked where the potential is known.
  const training: NormalEquations[] = [];
  for (const block of timeBlocks(set.training)) training.push(await equationsOf(block, true));
  const held = Math.round((training.length * set.validation.length) / set.training.length);
  const validation: NormalEquations[] = [];
  for (const block of timeBlocks(set.validation, Math.max(1, held))) validation.push(await equationsOf(block, false));
  return { priors, design, training, validation };
}

/**
 * P-spline penalty (Eilers & Marx, Stat. Sci. 11, 89, 1996): `strength` times the squared third differences of a channel's coefficients,
 * and a ridge small enough to matter only where the data say nothing. Both are measured by the mean diagonal of the channel's equations.
 */
export function smoothnessPenalty(design: Design, equations: NormalEquations, strength: number, ridge = 1e-9): Float64Array {
  const n = design.columns;
  const penalty = new Float64Array(n * n);
  const difference = [-1, 3, -3, 1];
  for (const { grid, offset, columns } of design.channels) {
    let trace = 0;
    for (let k = offset; k < offset + columns; k++) trace += equations.matrix[k * n + k];
    const scale = Math.max(trace / (columns * Math.max(1, equations.rows)), 1e-12);
    for (let k = 0; k < columns; k++) penalty[(offset + k) * n + offset + k] += ridge * scale;
    const index = (k: number): number => (grid.end === 'periodic' ? k % columns : k < columns ? k : -1);
    const rows = grid.end === 'free' ? columns - 3 : columns;
    for (let row = 0; row < rows; row++) {
      for (let a = 0; a < 4; a++) {
        for (let b = 0; b < 4; b++) {
          const [i, j] = [index(row + a), index(row + b)];
          if (i >= 0 && j >= 0) penalty[(offset + i) * n + offset + j] += strength * scale * difference[a] * difference[b];
        }
      }
    }
  }
  return penalty;
}

/** Strengths tried, from none to stiff. */
export const strengths: readonly number[] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2];

/** The strength with the least error on the block left out, over all training blocks. With one block: the middle of the range. */
export function chooseSmoothness(match: ForceMatch): number {
  const { design, training } = match;
  if (training.length < 2) return 1e-5;
  let [best, least] = [strengths[0], Number.POSITIVE_INFINITY];
  const others = training.map((left) =>
    NormalEquations.sum(
      design.columns,
      training.filter((block) => block !== left),
    ),
  );
  for (const strength of strengths) {
    let error = 0;
    others.forEach((rest, k) => {
      error += training[k].error(solve(rest, smoothnessPenalty(design, rest, strength)));
    });
    if (error < least) [best, least] = [strength, error];
  }
  return best;
}

/** Least-squares line y = a + b x; returns a. */
function intercept(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((s, e) => s + e, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope = x.reduce((s, e, k) => s + (e - mx) * (y[k] - my), 0) / x.reduce((s, e) => s + (e - mx) ** 2, 0);
  return my - slope * mx;
}

/**
 * The noise floor of a set of mapped forces: the error of the richest linear model, pair-additive splines, without limit of data.
 *
 * The force mapped from a frame is the mean force at its site positions plus noise of the atoms' hidden motion, and no function of the
 * sites can explain the noise. For a linear model with p coefficients the expected training error is v (1 - p / n) and the expected error on
 * unseen data v (1 + p / n), n the number of independent data, v the noise plus what such a model cannot express. So both errors are found for
 * m = half to all but one of the blocks together (every run of m successive blocks, the rest unseen) and extrapolated in 1/m; `value` is
 * the mean of the two limits. With more data training errors rise and validation errors fall, so each limit is kept between the last two. The error is the spread over blocks. Many-body forces of the sites count as noise here: it is an upper bound.
 */
export async function estimateNoiseFloor(
  set: TrainingSet,
  options = splineOptions(set),
  attention: Attention = {},
): Promise<NoiseFloor> {
  const match = await matchForces(set, options, attention);
  const { design } = match;
  const blocks = [...match.training, ...match.validation];
  const strength = chooseSmoothness(match);
  const fit = (on: NormalEquations): Float64Array => solve(on, smoothnessPenalty(design, on, strength));
  const total = NormalEquations.sum(design.columns, blocks);
  const all = fit(total);
  const each = blocks.map((block) => block.error(all));
  const mean = total.error(all);
  const error = Math.sqrt(each.reduce((s, e) => s + (e - mean) ** 2, 0) / Math.max(1, each.length - 1) / each.length);
  const method =
    'mean of the training and validation errors of pair-additive splines (bonds, angles, dihedrals and pairs, on the fitted priors), ' +
    'each extrapolated to infinitely many frames by a line in 1/blocks; an upper bound, since many-body forces between sites count as noise';
  if (blocks.length < 4)
    return {
      value: mean,
      error,
      fromTraining: mean,
      fromValidation: mean,
      method: 'training error of pair-additive splines: too few blocks to extrapolate',
    };
  // Only larger parts: with little data the errors have not yet reached the straight line.
  const sizes = Array.from({ length: blocks.length - 1 }, (_, k) => k + 1).filter((m) => 2 * m >= blocks.length);
  const [seen, unseen]: [number[], number[]] = [[], []];
  for (const m of sizes) {
    let [inside, outside, rowsInside, rowsOutside] = [0, 0, 0, 0];
    for (let first = 0; first < blocks.length; first++) {
      const taken = (k: number): boolean => (k - first + blocks.length) % blocks.length < m;
      const on = NormalEquations.sum(
        design.columns,
        blocks.filter((_, k) => taken(k)),
      );
      const off = NormalEquations.sum(
        design.columns,
        blocks.filter((_, k) => !taken(k)),
      );
      const coefficients = fit(on);
      inside += on.error(coefficients) * on.rows;
      outside += off.error(coefficients) * off.rows;
      rowsInside += on.rows;
      rowsOutside += off.rows;
    }
    seen.push(inside / rowsInside);
    unseen.push(outside / rowsOutside);
  }
  const inverse = sizes.map((m) => 1 / m);
  const [lower, upper] = [seen[seen.length - 1], Math.max(seen[seen.length - 1], unseen[unseen.length - 1])];
  const fromTraining = Math.max(lower, Math.min(upper, intercept(inverse, seen)));
  const fromValidation = Math.max(lower, Math.min(upper, intercept(inverse, unseen)));
  return { value: 0.5 * (fromTraining + fromValidation), error, fromTraining, fromValidation, method };
}
