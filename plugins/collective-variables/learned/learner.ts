/** What a way of learning a variable is: something that makes a network of points in feature space. */
import type { Described, Settings } from '../../../engine/index.ts';
import type { LearningData } from './data/prepared.ts';
import type { ActivationName, NetworkDescription } from './network/description.ts';

/** Hidden layers and training, common to all learners that have them. */
export interface LearnerContext {
  /** Path of the learner's settings, for messages. */
  readonly where: string;
  /** Components that the variable is to have. */
  readonly components: number;
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** Whether the absence of two states is worth a warning. */
  readonly expectStates: boolean;
  readonly signal: AbortSignal;
  record(row: Readonly<Record<string, number>>): void;
  progress(done: number, total: number, text: string): void;
  note(line: string): void;
}

/** An eigenvalue of an operator, as each part of the data gives it. Rates in 1/time. */
export interface EigenvalueReport {
  /** Of the functions in the file, over training points. */
  readonly training: number;
  /** Diagonalised anew in the span of the same outputs, over points that training did not see: the one to quote. */
  readonly validation: number;
  /** Before correction for the lag, (1 - exp(-lambda tau))/tau; absent for the generator. */
  readonly raw?: { readonly training: number; readonly validation: number };
}

export interface Learned {
  /** From standardised inputs to the variable. */
  readonly encoder: NetworkDescription;
  /** Back to standardised inputs, for autoencoders. */
  readonly decoder?: NetworkDescription;
  /** The variable is the softmax of the outputs. */
  readonly softmax?: boolean;
  readonly eigenvalues?: readonly EigenvalueReport[];
  /** Singular values of the Koopman operator, over validation points. */
  readonly singularValues?: readonly number[];
  /** What else the training found, for `variable.json`. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What a user should know before relying on it. */
  readonly warnings: readonly string[];
}

/** A kind of learner, under the registry kind `learner`. */
export interface LearnerKind extends Described {
  readonly needs: {
    /** Pairs of frames a lag apart. */
    readonly lag?: true;
    /** Derivatives of inputs by positions, and kT. */
    readonly metric?: (settings: Settings) => boolean;
    /** Runs that are each one state. */
    readonly states?: true;
  };
  /** @throws InputError for settings or data that do not fit */
  learn(data: LearningData, settings: Settings, context: LearnerContext): Promise<Learned>;
}

declare module '../../../engine/registry.ts' {
  interface RegistryKinds {
    learner: LearnerKind;
  }
}
