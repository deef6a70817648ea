/** The settings of the model `graph`: schema, and what they become for a given training set. */
import { InputError, type Schema, type Settings, type Structure } from '../../../engine/index.ts';
import type { TrainingSet } from '../model.ts';
import { loneBonds } from '../oriented/bonds.ts';
import { largestCutoff } from '../training-set.ts';
import { blockWidth } from './simd.ts';
import type { KernelChoice } from './training-kernel.ts';

export type EdgeChoice = 'all' | 'between-molecules';

export interface GraphOptions {
  readonly layers: number;
  readonly features: number;
  readonly radialFunctions: number;
  readonly filterWidth: number;
  /** Length. */
  readonly cutoff: number;
  /** Length; null: 1.5 times the longest distance of a bonded edge in the training frames. */
  readonly bondedCutoff: number | null;
  /** What the network adds to. */
  readonly base: 'splines' | 'priors';
  /** Of the splines: degree of the functions of how two molecules lie to one another, or 0. */
  readonly orientation: number;
  /** Places of further nodes on every bond, as fractions of its length from one end; mirrored. */
  readonly bondPoints: readonly number[];
  readonly gridIntervals: number;
  /** Pairs up to so many bonds apart are edges of the bonded graph, and not of the non-bonded one. */
  readonly bondedRange: number;
  /** Which pairs of sites are edges: all, or those of different molecules alone. */
  readonly edges: EdgeChoice;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly evaluations: number;
  readonly patience: number;
  /** Networks that are trained, from other random weights. */
  readonly ensemble: number;
  readonly kernel: KernelChoice;
}

export const graphSchema: Schema = {
  properties: {
    layers: {
      type: 'integer',
      minimum: 1,
      maximum: 6,
      description: 'interaction layers; 2 where sites have two bonds or more, as in chains, 1 for others, if absent',
    },
    features: {
      type: 'integer',
      minimum: blockWidth,
      maximum: 128,
      default: 16,
      description: `width of the network; a multiple of ${blockWidth}`,
    },
    radialFunctions: {
      type: 'integer',
      minimum: 4,
      maximum: 128,
      default: 20,
      description: 'Gaussians that a distance is seen through',
    },
    filterWidth: {
      type: 'integer',
      minimum: 4,
      maximum: 128,
      default: 16,
      description: 'width of the hidden layer of the filter networks',
    },
    cutoff: {
      quantity: 'length',
      exclusiveMinimum: 0,
      description:
        'reach of one layer of the non-bonded graph; if absent 0.8 nm (2.4 sigma), or 0.45 nm (1.35 sigma) on splines of orientation, and at most ' +
        'half the smallest width of the box',
    },
    bondedCutoff: {
      quantity: 'length',
      exclusiveMinimum: 0,
      description: 'where filters of bonded edges end; 1.5 times the longest bonded distance of the training if absent',
    },
    base: {
      enum: ['splines', 'priors'],
      default: 'splines',
      description:
        'what the network adds to: the model `spline` of the same frames, which carries the long range cheaply and leaves what pairs cannot ' +
        'express, or the priors alone',
    },
    orientation: {
      enum: [0, 2, 4],
      description:
        'of the model `spline` that the network adds to; 4 for molecules of two sites of one type, 0 for others, if absent',
    },
    bondPoints: {
      type: 'array',
      items: { type: 'number', minimum: -2, maximum: 0.5 },
      maxItems: 4,
      description:
        'points on every bond, and their mirror images, that interact like sites: 0.5 is its middle, -0.4 means two points beyond its ends. ' +
        'With them the network sees how molecules are turned; -0.25 for molecules of two sites on splines without orientation, none for others, if absent',
    },
    gridIntervals: {
      type: 'integer',
      minimum: 16,
      maximum: 2048,
      default: 256,
      description: 'intervals of the distance grid that filters are tabulated on',
    },
    bondedRange: {
      type: 'integer',
      minimum: 1,
      maximum: 4,
      default: 2,
      description: 'pairs up to so many bonds apart are edges of the bonded graph instead of the non-bonded one',
    },
    edges: {
      enum: ['all', 'between-molecules'],
      default: 'all',
      description:
        'which pairs of sites the network sees: all, or those of different molecules alone, which leaves what is within molecules to the base',
    },
    steps: { type: 'integer', minimum: 1, default: 2000, description: 'training steps' },
    batch: { type: 'integer', minimum: 1, default: 4, description: 'frames a step' },
    learningRate: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 0.008,
      description: 'of Adam; falls to a fiftieth along a cosine',
    },
    evaluations: {
      type: 'integer',
      minimum: 1,
      default: 25,
      description: 'times that the validation error is measured; the best weights are kept',
    },
    patience: {
      type: 'integer',
      minimum: 1,
      default: 20,
      description: 'training stops after so many evaluations without a better validation error',
    },
    kernel: {
      enum: ['auto', 'fused', 'composed'],
      default: 'auto',
      description:
        'what trains: our own kernel on the processor, or operations of tfjs on the best of tfjs-node-gpu, tfjs-node and its plain backend; `auto` ' +
        'takes tfjs-node-gpu for large networks where it can be imported, and our kernel otherwise',
    },
    ensemble: {
      type: 'integer',
      minimum: 1,
      maximum: 16,
      default: 1,
      description:
        'trainings from other random weights; the best drives simulations, which report how far the forces of the others differ from its own',
    },
  },
};

/** @throws InputError for a width that is no multiple of the block, or a cut-off beyond half the box of the training frames */
export function graphOptions(set: TrainingSet, settings: Settings): GraphOptions {
  const number = (name: string): number => (settings[name] ?? graphSchema.properties?.[name].default) as number;
  const largest = largestCutoff(set);
  const base = settings.base === 'priors' ? 'priors' : 'splines';
  const orientation = base === 'priors' ? 0 : ((settings.orientation as number | undefined) ?? usualOrientation(set));
  // Splines of how molecules lie leave to the network what is not pairwise, and that is near.
  const usual = (set.structure.units === 'md' ? 1 : 3) * (orientation > 0 ? 0.45 : 0.8);
  const cutoff = typeof settings.cutoff === 'number' ? settings.cutoff : Math.min(usual, largest);
  const bondedCutoff = typeof settings.bondedCutoff === 'number' ? settings.bondedCutoff : null;
  for (const [name, value] of Object.entries({ cutoff, bondedCutoff: bondedCutoff ?? 0 }))
    if (value > largest)
      throw new InputError(
        `model.${name}`,
        `is ${value}, but the box of the training run allows at most ${largest.toPrecision(6)} (half its smallest width)`,
      );
  const features = number('features');
  if (features % blockWidth !== 0)
    throw new InputError('model.features', `is ${features}; it must be a multiple of ${blockWidth}: 16, 32, 48, ...`);
  return {
    layers: (settings.layers as number | undefined) ?? usualLayers(set),
    features,
    radialFunctions: number('radialFunctions'),
    filterWidth: number('filterWidth'),
    cutoff,
    bondedCutoff,
    base,
    orientation,
    bondPoints: Array.isArray(settings.bondPoints) ? (settings.bondPoints as number[]) : usualPoints(set, orientation),
    gridIntervals: number('gridIntervals'),
    bondedRange: number('bondedRange'),
    edges: (settings.edges ?? graphSchema.properties?.edges.default) as EdgeChoice,
    steps: number('steps'),
    batch: number('batch'),
    learningRate: number('learningRate'),
    evaluations: number('evaluations'),
    patience: number('patience'),
    ensemble: number('ensemble'),
    kernel: (settings.kernel ?? 'auto') as KernelChoice,
  };
}

function usualOrientation({ structure }: TrainingSet): number {
  return loneBonds(structure) ? 4 : 0;
}

/**
 * Two-site molecules are turned by their one bond; in longer ones the neighbours along the chain tell how a site is turned. Where splines of
 * orientation know it, points bring nothing.
 */
function usualPoints({ structure }: TrainingSet, orientation: number): readonly number[] {
  if (orientation > 0) return [];
  return structure.bonds.length > 0 && mostBonds(structure) < 2 ? [-0.25] : [];
}

/** A second layer tells a site of a chain how its neighbours along the chain lie to their surroundings, which turns them; measured with C24. */
function usualLayers({ structure }: TrainingSet): number {
  return mostBonds(structure) < 2 ? 1 : 2;
}

/** Of one site. */
function mostBonds(structure: Structure): number {
  const bondsOf = new Int32Array(structure.mass.length);
  for (const site of structure.bonds) bondsOf[site]++;
  return bondsOf.reduce((most, count) => Math.max(most, count), 0);
}
