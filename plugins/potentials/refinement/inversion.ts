/**
 * The model `inversion`: tables of bonds, angles, dihedrals and pairs whose run shows the distributions of the training frames.
 *
 * Iterative Boltzmann inversion: Reith, Puetz & Mueller-Plathe, J. Comput. Chem. 24, 1624 (2003). The yardstick of force matching: it is
 * right about the distributions that it is fitted to by construction, and says nothing about forces. With a `base` it starts from a model whose forces
 * are matched, and its tables are what that model lacks to have the distributions as well.
 */
import {
  type Box,
  type ForceDescription,
  InputError,
  log,
  type Settings,
  type Structure,
  sin,
  volume,
} from '../../../engine/index.ts';
import { graphModel } from '../graph/model.ts';
import type { ModelKind, TrainedModel, TrainingContext, TrainingSet } from '../model.ts';
import { coreEnergy, fitPriors, type HarmonicPrior, type Priors, priorForces } from '../priors.ts';
import { splineModel } from '../spline/spline.ts';
import { type TableEntry, tableForces, tableOf, type Weights } from '../tables.ts';
import { measureTrainingRange, straightens } from '../training-range.ts';
import { largestCutoff } from '../training-set.ts';
import { modelForceErrors, tableForceErrors } from './force-errors.ts';
import { type HistogramChannel, SiteHistogram } from './histogram.ts';
import { smoothed } from './node-table.ts';
import {
  extended,
  histogramOptions,
  inversionStep,
  measureTarget,
  type RefinementRow,
  refine,
  relativeEntropyStep,
  storeNodes,
  type Target,
} from './refine.ts';
import { Sampler, suitableDynamics } from './sampling.ts';

/** The JSON part of the model. */
interface InversionDescription {
  readonly type: 'inversion';
  readonly cutoff: number;
  readonly method: string;
  readonly priors: Priors;
  /** The model that is corrected, whose tensors are among the weights; null: the tables add to the priors. */
  readonly base?: { readonly type: string; readonly description: TrainedModel['description'] } | null;
  /** On top of the base or the priors. */
  readonly tables: readonly TableEntry[];
  readonly withoutDihedrals?: boolean;
  /** How far distributions were from the target, iteration by iteration. */
  readonly refinement: readonly RefinementRow[];
}

/** Tensors of corrections are told from those of the base by this. */
const correctionPrefix = 'correction.';

/** What can be corrected: models whose forces need nothing but their own description. */
const bases: Readonly<Record<string, ModelKind>> = { spline: splineModel, graph: graphModel };

async function train(set: TrainingSet, settings: Settings, context: TrainingContext): Promise<TrainedModel> {
  const cutoff = Math.min((settings.cutoff as number | undefined) ?? (set.structure.units === 'lj' ? 3 : 1), largestCutoff(set));
  const options = histogramOptions(set, cutoff);
  const priors = fitPriors(set, options.excludedBonds);
  const histogram = new SiteHistogram(set, options);
  const target = measureTarget(set, histogram);
  const base = await trainBase(set, settings, context);
  const under = base ? base.kind.forces(base.model, set.structure, set.box(0)) : priorForces(priors, set.structure);
  const forcesOf = (values: Float64Array): { forces: ForceDescription[]; tables: TableEntry[]; weights: Weights } => {
    const weights: Weights = {};
    const tables = storeNodes(histogram, extended(histogram, target, values), weights, base ? correctionPrefix : '');
    const tableSet = { label: 'inversion', cutoff, excludedBonds: options.excludedBonds, tables, partial: true };
    return { forces: [...under, ...tableForces(tableSet, weights, set.structure)], tables, weights };
  };
  const rows: RefinementRow[] = [];
  const iterations = settings.iterations as number;
  const report = (row: RefinementRow): void => {
    rows.push(row);
    context.record({ iteration: row.iteration, deviation: row.deviation });
    context.progress.update(row.iteration + 1, iterations, `distributions differ by ${row.deviation.toPrecision(3)}`);
  };
  const sampler = new Sampler(set, samplingOptions(set, settings), context);
  const method = settings.method as string;
  const step = (method === 'relative-entropy' ? relativeEntropyStep : inversionStep)(histogram, target, set.kT);
  const initial = base ? new Float64Array(histogram.nodes) : boltzmannInversion(set, histogram, target, priors);
  const mix = settings.mix as number;
  const values = await refine(sampler, histogram, target, initial, step, (v) => forcesOf(v).forces, { iterations, mix }, report);
  const { forces: final, tables, weights } = forcesOf(values);
  const description: InversionDescription = {
    type: 'inversion',
    cutoff,
    method,
    priors,
    base: base && { type: base.kind.name, description: base.model.description },
    tables,
    withoutDihedrals: straightens(measureTrainingRange(set, options.excludedBonds)),
    refinement: rows,
  };
  const errors = base
    ? await modelForceErrors(set, final, context.registry)
    : tableForceErrors(
        set,
        priors,
        cutoff,
        tables.map((entry) => ({ key: entry, table: tableOf(entry, weights) })),
      );
  return { description: { ...description }, weights: { ...base?.model.weights, ...weights }, errors };
}

/** Trains the model that is to be corrected. @throws InputError for a kind that cannot be */
async function trainBase(
  set: TrainingSet,
  settings: Settings,
  context: TrainingContext,
): Promise<{ readonly kind: ModelKind; readonly model: TrainedModel } | null> {
  const own = settings.base as (Settings & { readonly type: string }) | undefined;
  if (own === undefined) return null;
  const kind = bases[own.type];
  if (!kind)
    throw new InputError('model.base.type', `"${own.type}" cannot be corrected; use one of ${Object.keys(bases).join(', ')}`);
  const model = await kind.train(set, own, { ...context, record: () => {} });
  const { training, validation } = model.errors;
  context.progress.note(
    `${kind.name}, to be corrected: mean square force error ${training.toPrecision(5)} in training, ${validation.toPrecision(5)} in validation`,
  );
  return { kind, model };
}

/**
 * -kT ln(n/J) at every node, J what free sites would show, less the prior that acts there already. In open boundaries pairs start from the prior
 * alone: there is no density that would say how often free sites meet, and what bonds hold together meets more often.
 */
function boltzmannInversion(set: TrainingSet, histogram: SiteHistogram, target: Target, priors: Priors): Float64Array {
  const values = new Float64Array(histogram.nodes);
  const open = set.box(set.training[0]).vectors === null;
  for (const channel of histogram.channels) {
    const { offset, nodes } = channel;
    if (open && channel.coordinate === 'pair') continue;
    const ideal = idealCounts(set, channel);
    const prior = priorEnergy(channel, priors);
    const energies = new Float64Array(nodes);
    for (let k = 0; k < nodes; k++) {
      const x = channel.start + k * channel.spacing;
      const counts = Math.max(target.counts[offset + k], 1e-12);
      energies[k] = -set.kT * log(counts / ideal(x)) - prior(x);
    }
    // The constant of a bonded energy is free: zero at the most frequent node. Nodes never seen are replaced by `extended`.
    const seen = target.counts.subarray(offset, offset + nodes);
    const most = seen.indexOf(seen.reduce((a, b) => Math.max(a, b)));
    const level = channel.coordinate === 'pair' ? 0 : energies[most];
    values.set(
      smoothed(
        channel,
        energies.map((energy, k) => (seen[k] > 0 ? energy - level : 0)),
      ),
      offset,
    );
  }
  return values;
}

/** Counts a node that sites without interaction would show, up to a constant for bonded coordinates. */
function idealCounts(set: TrainingSet, { coordinate, types, spacing }: HistogramChannel): (x: number) => number {
  switch (coordinate) {
    case 'bond':
      return (r) => r * r;
    case 'angle':
      return (x) => Math.max(sin(x), 1e-6);
    case 'dihedral':
      return () => 1;
    case 'pair': {
      const { structure } = set;
      const number = (name: string): number =>
        structure.type.reduce((sum, type) => sum + (structure.typeNames[type] === name ? 1 : 0), 0);
      const [a, b] = types.map(number);
      const pairs = types[0] === types[1] ? (a * (a - 1)) / 2 : a * b;
      const inverse = set.training.reduce((sum, frame) => sum + 1 / volume(set.box(frame)), 0) / set.training.length;
      return (r) => pairs * 4 * Math.PI * r * r * spacing * inverse;
    }
  }
}

function priorEnergy({ coordinate, types }: HistogramChannel, priors: Priors): (x: number) => number {
  const of = (prior: { readonly types: readonly string[] }): boolean => prior.types.join(' ') === types.join(' ');
  if (coordinate === 'pair') {
    const core = priors.core.find(of);
    return (r) => (core ? coreEnergy(core, r)[0] : 0);
  }
  const harmonic: HarmonicPrior | undefined = priors.harmonic.find((prior) => prior.coordinate === coordinate && of(prior));
  return (x) => (harmonic ? 0.5 * harmonic.k * (x - harmonic.mean) ** 2 : 0);
}

/** Sampling of every iteration from the settings; what is absent suits the set. */
export function samplingOptions(set: TrainingSet, settings: Settings) {
  const suitable = suitableDynamics(set);
  const timestep = (settings.timestep as number | undefined) ?? suitable.timestep;
  return {
    timestep,
    friction: suitable.friction,
    equilibration: settings.equilibration as number,
    samples: settings.samples as number,
    every: settings.every as number,
  };
}

function forces(model: Pick<TrainedModel, 'description' | 'weights'>, structure: Structure, box: Box): ForceDescription[] {
  const { cutoff, priors, base, tables, withoutDihedrals = false } = model.description as unknown as InversionDescription;
  const set = {
    label: 'inversion',
    cutoff,
    excludedBonds: priors.excludedBonds,
    tables,
    partial: base != null,
    withoutDihedrals,
  };
  const under = base
    ? bases[base.type].forces({ description: base.description, weights: model.weights }, structure, box)
    : priorForces(priors, structure);
  return [...under, ...tableForces(set, model.weights, structure)];
}

/** Settings of refinements, with the defaults of a model trained from nothing. */
export const refinementProperties = {
  iterations: { type: 'integer', minimum: 1, default: 20, description: 'runs of the model, each followed by a correction' },
  mix: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.7, description: 'part of each correction that is made' },
  samples: { type: 'integer', minimum: 10, default: 400, description: 'configurations that an iteration averages over' },
  every: { type: 'integer', minimum: 1, default: 25, description: 'steps from one of them to the next' },
  equilibration: { type: 'integer', minimum: 0, default: 1000, description: 'steps of an iteration before the first' },
  timestep: {
    quantity: 'time',
    exclusiveMinimum: 0,
    description: 'timestep of these runs; a twentieth of the period of the stiffest bond if absent',
  },
} as const;

export const inversionModel: ModelKind = {
  name: 'inversion',
  summary: 'Tables of bonds, angles, dihedrals and pairs that reproduce the distributions of the training frames, by iteration.',
  status: 'validated',
  schema: {
    properties: {
      cutoff: {
        quantity: 'length',
        exclusiveMinimum: 0,
        description: 'largest distance of a pair; 1 nm (3 sigma), or half the smallest width of the box, if absent',
      },
      method: {
        enum: ['boltzmann', 'relative-entropy'],
        default: 'boltzmann',
        description:
          'correction of an iteration: kT ln(g/g*) at every distance by itself, or the Newton step of relative entropy (inverse Monte Carlo)',
      },
      base: {
        registered: { kind: 'model', key: 'type' },
        description:
          'what the tables correct: "spline" or "graph", trained first on the forces of the same frames; the priors and the Boltzmann inversion of ' +
          'the distributions if absent',
      },
      ...refinementProperties,
    },
  },
  train,
  forces,
};
