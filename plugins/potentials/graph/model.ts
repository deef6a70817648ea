/**
 * The model `graph`: a continuous-filter graph network for coarse-grained sites on top of fitted priors, by force matching.
 *
 * SchNet: Schuett et al., J. Chem. Phys. 148, 241722 (2018); for coarse-grained sites with separate bonded and non-bonded graphs:
 * Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125 (2019).
 */
import seedrandom from 'seedrandom';
import {
  type Box,
  type ForceDescription,
  InputError,
  type Settings,
  type Structure,
  startThreads,
} from '../../../engine/index.ts';
import type { ModelKind, TrainedModel, TrainingContext, TrainingSet } from '../model.ts';
import { compilePriors, fitPriors, type Priors, priorForces } from '../priors.ts';
import { compileSplines, splineModel } from '../spline/spline.ts';
import { type GraphArchitecture, parameterLayout, parameterSize, tableSize } from './architecture.ts';
import { boundOnBonds, design, meanNeighbours, residualForce } from './design.ts';
import { edgePairs } from './edge-pairs.ts';
import { type EnsembleReport, memberPrefix, stepsBetweenLooks } from './ensemble.ts';
import { type FilterShape, TrainableNetwork } from './filters.ts';
import type { GraphPotentialData } from './force.ts';
import { ForceMatching } from './matching.ts';
import { type EdgeChoice, type GraphOptions, graphOptions, graphSchema } from './options.ts';
import { type BondPoints, farthestPoint, kernelWithPoints, pointsOnBonds, relatedNodes } from './points.ts';
import { trainEnsemble } from './train-ensemble.ts';
import { threadsOfTraining, trainingKernel } from './training-kernel.ts';

/** How to compute the energy from the tensors: part of `model.json`. */
const about = [
  'Energy = base (splines, or priors) + network; the tensors are those of weights.safetensors, matrices are [inputs, outputs].',
  'h_i = embedding[species_i]; in each layer l, h_i += s((sum_j (h_j send) * W_l(r_ij)) update + updateBias) output + outputBias',
  'E = energyScale * sum_i readoutOutput . s(h_i readout + readoutBias), with s(z) = (z + sqrt(z^2 + 4))/2 - 1',
  'j runs over all sites within nonbonded.cutoff of i that are more than bondedRange bonds away, and over those up to bondedRange bonds away.',
  'W_l(r) is a uniform cubic B-spline: with x = r intervals/cutoff, k = floor(x), t = x - k, it is the sum of the rows k ... k + 3 of tables[l] ' +
    'with the weights (1-t)^3/6, (3t^3-6t^2+4)/6, (3(1-t)^3-6(1-t)^2+4)/6, t^3/6; it is zero beyond the cutoff.',
  'The first nonbonded.intervals + 3 rows of tables[l] are for non-bonded pairs, the others for bonded ones.',
  'The sites i are those of the structure and the points on its bonds: at (1 - u) x_a + u x_b for every u and 1 - u of points.fractions; a point is ' +
    'more than bondedRange bonds away from a site or point if both ends of its bond are.',
  'Where edges is between-molecules, j runs over the sites of other molecules within nonbonded.cutoff alone.',
  'nonbondedFilter.* and bondedFilter.* are the networks that made the tables in training; the potential does not need them.',
];

/** The JSON part of a graph model. */
interface GraphDescription {
  readonly type: 'graph';
  /** The formulas, for readers of the file. */
  readonly about: readonly string[];
  readonly options: GraphOptions;
  readonly architecture: GraphArchitecture;
  /** Type names of sites by species, then the kinds of points on bonds. */
  readonly species: readonly string[];
  /** Points lie at these fractions of every bond; pair lists are made for bonds up to `longestBond`. */
  readonly points: { readonly fractions: readonly number[]; readonly longestBond: number };
  /** Pairs up to so many bonds apart are bonded edges; all others are non-bonded edges. */
  readonly bondedRange: number;
  /** `between-molecules`: only pairs of different molecules are edges; all pairs if absent. */
  readonly edges?: EdgeChoice;
  readonly priors: Priors;
  /** The description of the spline model that the network adds to, whose tables are among the tensors; null: it adds to the priors. */
  readonly base: TrainedModel['description'] | null;
  readonly filters: { readonly nonbonded: FilterShape; readonly bonded: FilterShape };
  readonly training: { readonly backend: string; readonly seed: number; readonly steps: number; readonly bestStep: number };
  /** Of several trainings; the tensors of the members that were not chosen have the prefix `member<k>.`. */
  readonly ensemble?: EnsembleReport;
}

async function train(set: TrainingSet, settings: Settings, context: TrainingContext): Promise<TrainedModel> {
  const options = graphOptions(set, settings);
  const { structure } = set;
  const pairs = edgePairs(structure, options.bondedRange, options.edges);
  const priors = fitPriors(set, options.bondedRange);
  const points = pointsOnBonds(structure, options.bondPoints);
  const species = [...structure.typeNames, ...new Set(points.kinds)];
  const nodes = structure.mass.length + points.fractions.length;
  const edges = 0.5 * nodes * meanNeighbours(set, nodes, options.cutoff);
  const useful = threadsOfTraining(options, nodes, edges, context.threads ?? 1);
  context.uses?.(useful);
  const base =
    options.base === 'splines'
      ? await splineModel.train(set, { orientation: options.orientation }, { ...context, record: () => {} })
      : null;
  const addBase = base ? compileSplines(base, structure) : compilePriors(priors, structure);
  const { architecture, filters } = design(set, options, pairs, points, species.length, residualForce(set, addBase));
  const longestBond = boundOnBonds(set, options.bondedRange);
  const sites = {
    species: speciesOfNodes(structure, points, species),
    bonded: pairs.bonded,
    excluded: relatedNodes(structure, points, pairs.unlisted),
  };
  const threads = await startThreads(useful, 'threads');
  const { backend, kernel, label } = await trainingKernel(options.kernel, architecture, sites, threads);
  const onSites = kernelWithPoints(kernel, structure, points, pairs.unlisted, longestBond);
  const reach = options.cutoff + 2 * farthestPoint(points, longestBond);
  const matching = new ForceMatching(set, architecture, onSites, addBase, pairs.unlisted, reach);
  context.progress.note(
    `graph network: ${options.layers} layers of ${options.features} features, cut-off ${options.cutoff.toPrecision(4)}, ` +
      `${parameterSize(architecture)} dense parameters; tfjs backend ${backend.name}, kernel ${label}`,
  );
  const make = (seed: number) => new TrainableNetwork(backend.tf, architecture, filters, seedrandom(`${seed} weights`));
  const members = await trainEnsemble(make, matching, set, options, context).finally(() => threads.stop());
  const { result, tensors } = members.best;
  const description: GraphDescription = {
    type: 'graph',
    about,
    options,
    architecture,
    species,
    points: { fractions: options.bondPoints, longestBond },
    bondedRange: options.bondedRange,
    edges: options.edges,
    priors,
    base: base?.description ?? null,
    filters,
    training: { backend: backend.name, seed: context.seed, steps: result.steps, bestStep: result.bestStep },
    ...(members.report && { ensemble: members.report }),
  };
  return {
    description: { ...description },
    weights: { ...base?.weights, ...tensors, ...members.others },
    errors: {
      training: result.training.meanSquare,
      validation: result.validation.meanSquare,
      validationMeanAbsolute: result.validation.meanAbsolute,
    },
  };
}

/** @throws InputError for types and points that the model does not know */
function speciesOfNodes(structure: Structure, { kinds }: BondPoints, species: readonly string[]): Int32Array {
  const names = [...Array.from(structure.type, (t) => structure.typeNames[t]), ...kinds];
  const of = new Map(species.map((name, k) => [name, k]));
  return Int32Array.from(names, (name) => {
    const found = of.get(name);
    if (found !== undefined) return found;
    throw new InputError(
      'system',
      `the model knows no site of type "${name}"; it was trained on ${species.join(', ')}. Use it for the molecules it was trained on`,
    );
  });
}

function forces(model: Pick<TrainedModel, 'description' | 'weights'>, structure: Structure, box: Box): ForceDescription[] {
  const {
    architecture,
    species,
    points: placed,
    bondedRange,
    edges,
    priors,
    base,
    ensemble,
  } = model.description as unknown as GraphDescription;
  const points = pointsOnBonds(structure, placed.fractions);
  const data: GraphPotentialData = {
    architecture,
    ...networkOf(architecture, model.weights, ''),
    species: speciesOfNodes(structure, points, species),
    points,
    longestBond: placed.longestBond,
    ...edgePairs(structure, bondedRange, edges),
    ...(ensemble && { ensemble: { others: othersOf(ensemble, architecture, model.weights), every: stepsBetweenLooks } }),
  };
  const under = base
    ? splineModel.forces({ description: base, weights: model.weights }, structure, box)
    : priorForces(priors, structure);
  return [...under, { kind: 'custom', term: 'graph-potential', label: 'graph', data }];
}

/** Parameters and tables of one network, whose tensors have the prefix. */
function networkOf(
  architecture: GraphArchitecture,
  weights: TrainedModel['weights'],
  prefix: string,
): Pick<GraphPotentialData, 'parameters' | 'tables'> {
  const parameters = new Float64Array(parameterSize(architecture));
  for (const { name, offset, size } of parameterLayout(architecture))
    parameters.set(tensor(weights, prefix + name, size), offset);
  return { parameters, tables: Float64Array.from(tensor(weights, `${prefix}tables`, tableSize(architecture))) };
}

function othersOf({ members, chosen }: EnsembleReport, architecture: GraphArchitecture, weights: TrainedModel['weights']) {
  return members.flatMap((_, k) => (k === chosen ? [] : [networkOf(architecture, weights, memberPrefix(k))]));
}

function tensor(weights: TrainedModel['weights'], name: string, size: number): Float32Array | Float64Array {
  const found = weights[name];
  if (found?.data.length !== size)
    throw new InputError(
      'weights.safetensors',
      `holds ${found ? `${found.data.length} numbers` : 'nothing'} as "${name}" where the model's description asks for ${size}; train the potential again`,
    );
  return found.data;
}

export const graphModel: ModelKind = {
  name: 'graph',
  summary:
    'A continuous-filter graph network over bonded and non-bonded pairs of sites, on top of fitted priors, by force matching.',
  status: 'validated',
  parallel: true,
  schema: graphSchema,
  train,
  forces,
};
