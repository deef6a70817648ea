/** Training of eigenfunctions in two parts: plain quotients first, then what is meant. */
import type { Schema, Settings } from '../../../../engine/index.ts';
import type { LearningData } from '../data/prepared.ts';
import type { Forms } from '../forms.ts';
import type { LearnerContext } from '../learner.ts';
import { describeNetwork, type NetworkDescription, type NetworkShape } from '../network/description.ts';
import type { Trained } from '../optimise.ts';
import type { EigenLossOptions } from '../terms/eigen-loss.ts';
import type { Capacity, Term } from '../terms/term.ts';
import { startOf, train } from './training.ts';

export const plainPartSchema: Schema = {
  type: 'number',
  minimum: 0,
  maximum: 0.9,
  default: 0.4,
  description:
    'with logarithmic quotients: part of the epochs that goes to plain ones first, which find where functions can be slow',
};

export interface Parts {
  readonly shape: NetworkShape;
  readonly data: LearningData;
  readonly context: LearnerContext;
  readonly points: { readonly training: Int32Array; readonly validation: Int32Array };
  readonly options: EigenLossOptions;
  /** Of the outputs of a network over the training points. */
  readonly forms: (network: NetworkDescription) => Forms;
  readonly settings: Settings;
}

/**
 * Logarithms count every eigenvalue by its relative error, but from random weights they may lead nowhere: a function of quotient 350 that could be
 * one of 40 feels little of that, and two functions gain by becoming the same one. Plain quotients know neither, if the penalty is beyond what such a
 * pair would gain: at most the largest quotient, that of the random functions. From there logarithms go on.
 */
export async function trainInParts(
  { shape, data, context, points, options, forms, settings }: Parts,
  terms: (capacity: Capacity, options: EigenLossOptions) => readonly Term[],
): Promise<Trained> {
  const start = startOf([shape], context.seed);
  const mixed = options.logarithmic && !options.averaged;
  const epochs = mixed ? Math.round(((settings.plainPart as number | undefined) ?? 0.4) * context.epochs) : 0;
  if (epochs === 0) return train(data, context, start, points, (capacity) => terms(capacity, options));
  const { form, covariance } = forms(describeNetwork(shape, start));
  const outputs = shape.sizes[shape.sizes.length - 1];
  const quotients = Array.from({ length: outputs }, (_, i) => form[i * (outputs + 1)] / covariance[i * (outputs + 1)]);
  const plain = { ...options, logarithmic: false, penalty: 2 * Math.max(...quotients) };
  const first: LearnerContext = {
    ...context,
    epochs,
    // Losses of the two parts are no one curve.
    record: () => undefined,
    progress: (done, _, text) => context.progress(done, context.epochs, text),
  };
  const found = await train(data, first, start, points, (capacity) => terms(capacity, plain));
  const second: LearnerContext = {
    ...context,
    epochs: context.epochs - epochs,
    record: (row) => context.record({ ...row, epoch: row.epoch + epochs }),
    progress: (done, _, text) => context.progress(done + epochs, context.epochs, text),
  };
  const trained = await train(data, second, found.parameters, points, (capacity) => terms(capacity, options));
  return { ...trained, bestEpoch: trained.bestEpoch + epochs };
}
