/** What a coarse-grained potential model is to the rest: something trained on mapped frames that becomes forces of the engine. */
import type {
  Box,
  Described,
  ForceDescription,
  Progress,
  Registry,
  Settings,
  StageFolder,
  Structure,
} from '../../engine/index.ts';

/** How a loss weighs the force residuals of the sites of a molecule: |T r|^2 instead of |r|^2; see `whitening.ts`. */
export interface ForceWhitening {
  /** Sites of a molecule, n. */
  readonly sites: number;
  /** The part of T that is the same in all directions, n x n, row-major, symmetric. */
  readonly transform: Float64Array;
  /** The covariance of the residuals across the bonds, that it was made from, n x n, (energy/length)^2. */
  readonly covariance: Float64Array;
  /** Flat pairs of bonded sites of a molecule, and the factor for the part of the residual that stretches each bond. */
  readonly bonds: Int32Array;
  readonly along: Float64Array;
}

/** Mapped frames of one atomistic run. Positions and forces are 3 x sites; the sites of a molecule are contiguous and whole. */
export interface TrainingSet {
  /** The coarse-grained structure: a particle a site, bonds between sites that share an atomistic bond. */
  readonly structure: Structure;
  readonly frames: number;
  positions(frame: number): Float64Array;
  /** Mapped instantaneous forces. */
  forces(frame: number): Float64Array;
  box(frame: number): Box;
  /** Frame indices; whole blocks of consecutive frames go to one side or the other. */
  readonly training: readonly number[];
  readonly validation: readonly number[];
  /** K, or reduced. */
  readonly temperature: number;
  /** kB times temperature, energy units. */
  readonly kT: number;
  /** Which frame of the stored trajectory a frame is, and its time; absent in sets made by hand. */
  source?(frame: number): { readonly frame: number; readonly time: number };
  /** Weights of the loss; plain least squares if absent. */
  readonly whitening?: ForceWhitening;
}

export interface TrainingContext {
  readonly seed: number;
  readonly registry: Registry;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly folder: StageFolder;
  /** Threads that the training may use; 1 if absent. Results do not depend on it. */
  readonly threads?: number;
  /** Says how many of them it uses, once it knows. */
  uses?(threads: number): void;
  /** One row of `training.csv`; the first call fixes the columns. */
  record(row: Readonly<Record<string, number>>): void;
  /** The least mean square force error that can be expected, (energy/length)^2 a component: show it beside the loss. */
  readonly noiseFloor?: NoiseFloor;
}

/**
 * What remains of the mapped forces when everything that a function of the sites could explain is taken away: an upper bound, because
 * the functions tried (pair-additive splines) are not all functions. Mean square a component, (energy/length)^2.
 */
export interface NoiseFloor {
  readonly value: number;
  /** Standard error of `value` from the spread over time blocks. */
  readonly error: number;
  /** The extrapolations to infinitely many frames that `value` is the mean of. */
  readonly fromTraining: number;
  readonly fromValidation: number;
  readonly method: string;
}

/** Mean square force errors per component, (energy/length)^2. */
export interface ForceErrors {
  readonly training: number;
  readonly validation: number;
  /** Mean absolute error per component on the validation frames, energy/length. */
  readonly validationMeanAbsolute?: number;
}

export interface TrainedModel {
  /** The JSON part of the model: everything needed to use it, besides the weights. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Named tensors, row-major. */
  readonly weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array }>>;
  readonly errors: ForceErrors;
}

/** A kind of model, under the registry kind `model`. */
export interface ModelKind extends Described {
  /** Whether a training can use more than one thread. */
  readonly parallel?: boolean;
  train(set: TrainingSet, settings: Settings, context: TrainingContext): Promise<TrainedModel>;
  /** The forces of a trained model on a structure of any number of the same molecules. */
  forces(model: Pick<TrainedModel, 'description' | 'weights'>, structure: Structure, box: Box): ForceDescription[];
}

declare module '../../engine/registry.ts' {
  interface RegistryKinds {
    model: ModelKind;
  }
}
