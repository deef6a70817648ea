/**
 * The model `spline`: bonds, angles, dihedrals and pairs of sites as cubic splines, found by force matching as linear least squares.
 *
 * Multiscale coarse-graining: Izvekov & Voth, J. Phys. Chem. B 109, 2469 (2005); Noid et al., J. Chem. Phys. 128, 244114 (2008).
 */
import type { Box, ForceDescription, Settings, Structure } from '../../../engine/index.ts';
import { InputError } from '../../../engine/index.ts';
import type { ModelKind, TrainedModel, TrainingContext, TrainingSet } from '../model.ts';
import { loneBonds } from '../oriented/bonds.ts';
import { type BondPairData, plainBondPairs } from '../oriented/force.ts';
import type { BondPairSplines } from '../oriented/pair-splines.ts';
import { compilePriors, type PriorEvaluator, type Priors, priorForces } from '../priors.ts';
import { compileTables } from '../table-forces.ts';
import { storeTable, type TableEntry, tableForces, tableOf, type Weights } from '../tables.ts';
import { bondedGroups } from '../topology.ts';
import { measureTrainingRange, straightens } from '../training-range.ts';
import { largestCutoff } from '../training-set.ts';
import { splineTable } from './b-spline.ts';
import { closeUnseen, continueInwards, levelled } from './core.ts';
import { type Design, gridEnd } from './design.ts';
import { chooseSmoothness, type ForceMatch, matchForces, type SplineOptions, smoothnessPenalty, splineOptions } from './fit.ts';
import { NormalEquations, solve } from './normal-equations.ts';

/** The JSON part of a spline model. */
interface SplineDescription {
  readonly type: 'spline';
  readonly options: SplineOptions;
  /** Strength of the smoothness penalty, chosen by leaving out one training block after the other. */
  readonly smoothness: number;
  readonly priors: Priors;
  readonly tables: readonly TableEntry[];
  /** Pairs of bonds in place of pairs of sites: the tensor `bond-pairs` has the coefficients, [knot][function]. */
  readonly bondPairs?: Omit<BondPairSplines, 'coefficients'>;
  readonly withoutDihedrals?: boolean;
}

const bondPairTensor = 'bond-pairs';

async function train(set: TrainingSet, settings: Settings, context: TrainingContext): Promise<TrainedModel> {
  const options = splineOptions(set, settings);
  checkCutoff(set, options);
  const match = await matchForces(set, options, context);
  const { design, priors } = match;
  const smoothness = typeof settings.smoothness === 'number' ? settings.smoothness : chooseSmoothness(match);
  const training = NormalEquations.sum(design.columns, match.training);
  const validation = NormalEquations.sum(design.columns, match.validation);
  const coefficients = solve(training, smoothnessPenalty(design, training, smoothness));
  recordConvergence(match, smoothness, validation, context);
  const tables: TableEntry[] = [];
  const weights: Weights = {};
  for (const channel of design.channels) {
    if (channel.coordinate === 'bond-pair') continue;
    const fitted = splineTable(channel.grid, coefficients.subarray(channel.offset, channel.offset + channel.columns));
    const core = priors.core.find((prior) => prior.types.join(' ') === channel.types.join(' '));
    const closed = channel.coordinate === 'dihedral' ? closeUnseen(fitted, channel.counts, set.kT) : fitted;
    const table = channel.coordinate === 'pair' ? continueInwards(fitted, channel.counts, core) : levelled(closed);
    tables.push(storeTable({ coordinate: channel.coordinate, types: channel.types }, table, weights));
  }
  const straight = straightens(measureTrainingRange(set, options.excludedBonds));
  if (straight && bondedGroups(set.structure).some(({ coordinate }) => coordinate === 'dihedral'))
    context.progress?.note(
      'dihedrals are left out: angles go up to straight, where a dihedral means nothing and its forces have no bound',
    );
  const bondPairs = storeBondPairs(design, coefficients, weights);
  const description: SplineDescription = {
    type: 'spline',
    options,
    smoothness,
    priors,
    tables,
    withoutDihedrals: straight,
    ...(bondPairs && { bondPairs }),
  };
  const seen = plainErrors(set, match, coefficients, set.training);
  const unseen = plainErrors(set, match, coefficients, set.validation);
  return {
    description: { ...description },
    weights,
    errors: { training: seen.meanSquare, validation: unseen.meanSquare, validationMeanAbsolute: unseen.meanAbsolute },
  };
}

/** The coefficients of all angular functions as one tensor; nothing where the model has pairs of sites. */
function storeBondPairs(design: Design, coefficients: Float64Array, weights: Weights): SplineDescription['bondPairs'] | null {
  const channels = design.channels.filter((channel) => channel.coordinate === 'bond-pair');
  if (channels.length === 0) return null;
  const { grid, degree = 0 } = channels[0];
  const data = new Float64Array((grid.intervals + 3) * channels.length);
  channels.forEach(({ offset, columns }, f) => {
    for (let k = 0; k < columns; k++) data[k * channels.length + f] = coefficients[offset + k];
  });
  weights[bondPairTensor] = { shape: [grid.intervals + 3, channels.length], data };
  return { degree, start: grid.start, cutoff: gridEnd(grid), intervals: grid.intervals };
}

/** What `storeBondPairs` stored. */
function bondPairsOf(
  { bondPairs }: SplineDescription,
  weights: TrainedModel['weights'],
  structure: Structure,
): BondPairData | null {
  if (!bondPairs) return null;
  const bonds = loneBonds(structure);
  if (!bonds) throw new InputError('system', 'the model is for molecules of two sites of one type, and the system has others');
  return { bonds, splines: { ...bondPairs, coefficients: Float64Array.from(weights[bondPairTensor].data) } };
}

function checkCutoff(set: TrainingSet, options: SplineOptions): void {
  const largest = largestCutoff(set);
  if (options.cutoff > largest)
    throw new InputError(
      'model.cutoff',
      `is ${options.cutoff}, but the box of the training run allows at most ${largest.toPrecision(6)} (half its smallest width)`,
    );
}

/** `training.csv`: how the errors change with the amount of data, which is what iterations are to an iterative model. */
function recordConvergence(match: ForceMatch, smoothness: number, validation: NormalEquations, context: TrainingContext): void {
  const { design } = match;
  const seen = new NormalEquations(design.columns);
  match.training.forEach((block, k) => {
    seen.add(block);
    const coefficients = solve(seen, smoothnessPenalty(design, seen, smoothness));
    context.record({ blocks: k + 1, training: seen.error(coefficients), validation: validation.error(coefficients) });
  });
}

/** Plain mean errors over frames, at most about 500 of them, whatever the weights of the fit. */
function plainErrors(set: TrainingSet, { design, priors }: ForceMatch, coefficients: Float64Array, among: readonly number[]) {
  const addPriors = compilePriors(priors, set.structure);
  const predicted = new Float64Array(3 * set.structure.mass.length);
  let [square, absolute] = [0, 0];
  const frames = among.filter((_, k) => k % Math.max(1, Math.floor(among.length / 500)) === 0);
  for (const frame of frames) {
    addPriors(set.positions(frame), set.box(frame), predicted.fill(0));
    design.fill(set.positions(frame), set.box(frame));
    design.addForces(coefficients, predicted);
    const forces = set.forces(frame);
    for (let k = 0; k < predicted.length; k++) {
      const error = predicted[k] - forces[k];
      square += error * error;
      absolute += Math.abs(error);
    }
  }
  const count = frames.length * predicted.length;
  return { meanSquare: square / count, meanAbsolute: absolute / count };
}

function forces(model: Pick<TrainedModel, 'description' | 'weights'>, structure: Structure, _box: Box): ForceDescription[] {
  const description = model.description as unknown as SplineDescription;
  const { options, priors, tables, withoutDihedrals = false } = description;
  const { cutoff, excludedBonds } = options;
  const bondPairs = bondPairsOf(description, model.weights, structure);
  return [
    ...priorForces(bondPairs ? priors : { ...priors, core: [] }, structure),
    ...(bondPairs ? [{ kind: 'custom', term: 'bond-pairs', label: 'bond-pairs', data: bondPairs } as const] : []),
    ...tableForces({ label: 'spline', cutoff, excludedBonds, tables, withoutDihedrals }, model.weights, structure),
  ];
}

/** The forces of a trained spline model as a plain function, for what is trained on top of it. */
export function compileSplines(model: Pick<TrainedModel, 'description' | 'weights'>, structure: Structure): PriorEvaluator {
  const description = model.description as unknown as SplineDescription;
  const { options, priors, tables } = description;
  const bondPairs = bondPairsOf(description, model.weights, structure);
  const addBondPairs = bondPairs ? plainBondPairs(bondPairs) : null;
  const virial = new Float64Array(9);
  const addPriors = compilePriors(bondPairs ? priors : { ...priors, core: [] }, structure); // pair tables hold the excluded volume
  const addTables = compileTables(structure, {
    ...options,
    tables: tables.map((entry) => ({ key: entry, table: tableOf(entry, model.weights) })),
  });
  return (positions, box, forces) => {
    addTables(positions, box, forces);
    addBondPairs?.(positions, box, forces, virial);
    return addPriors(positions, box, forces);
  };
}

export const splineModel: ModelKind = {
  name: 'spline',
  summary: 'Bonds, angles, dihedrals and pairs of sites as cubic splines, by force matching as regularised linear least squares.',
  status: 'validated',
  schema: {
    properties: {
      cutoff: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'largest distance of a pair; 1 nm (3 sigma), or half the smallest width of the box, if absent',
      },
      pairSpacing: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'distance of knots of pair splines; 0.012 nm (0.04 sigma) if absent',
      },
      bondIntervals: {
        type: 'integer',
        minimum: 4,
        default: 12,
        description: 'knot intervals over the observed range of a bond',
      },
      angleIntervals: {
        type: 'integer',
        minimum: 4,
        default: 16,
        description: 'knot intervals over the observed range of an angle',
      },
      dihedralIntervals: {
        type: 'integer',
        minimum: 4,
        default: 24,
        description: 'knot intervals over the full turn of a dihedral',
      },
      excludedBonds: {
        type: 'integer',
        minimum: 1,
        default: 2,
        description: 'sites at most so many bonds apart have no pair interaction',
      },
      orientation: {
        type: 'integer',
        enum: [0, 2, 4],
        default: 0,
        description:
          'degree of the functions of how two molecules lie to one another that stand in place of pairs of sites, for molecules of two sites of one ' +
          'type: 2 has five functions of the two bonds and the line between their middles, 4 fourteen',
      },
      smoothness: {
        type: 'number',
        exclusiveMinimum: 0,
        description: 'strength of the penalty on third differences; chosen by leaving out training blocks if absent',
      },
    },
  },
  train,
  forces,
};
