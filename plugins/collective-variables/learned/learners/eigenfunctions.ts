/** The learners `generator-eigenfunctions` and `transfer-eigenfunctions`: leading eigenfunctions by the variational principle. */
import { InputError, type Schema, type Settings } from '../../../../engine/index.ts';
import { type LearningData, lagSteps, pairStarts } from '../data/prepared.ts';
import { diagonalise, type Forms, generatorForms, outputsAt, transferForms } from '../forms.ts';
import type { EigenvalueReport, Learned, LearnerContext, LearnerKind } from '../learner.ts';
import { describeNetwork, type NetworkDescription, parameterCount, withOutputMap } from '../network/description.ts';
import { PointNetwork } from '../network/point-network.ts';
import { disagreementWarnings, stateWarnings, twoStates } from '../states.ts';
import type { EigenLossOptions } from '../terms/eigen-loss.ts';
import { generator } from '../terms/generator.ts';
import { GradientTerm } from '../terms/gradient-term.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { correctedRate, transferOperator } from '../terms/transfer-operator.ts';
import { plainPartSchema, trainInParts } from './parts.ts';
import { encoderShape, lagSchema, trainingDetails } from './training.ts';

/** Settings of the loss that eigenfunctions and the regularised autoencoder share. */
export const eigenProperties: Readonly<Record<string, Schema>> = {
  omega: {
    type: 'array',
    items: { type: 'number', exclusiveMinimum: 0 },
    minItems: 1,
    description: 'weights of the eigenvalues, falling, the smallest first; 1, 0.8, 0.64, ... if absent',
  },
  penalty: {
    type: 'number',
    minimum: 0,
    default: 10,
    description: 'weight alpha of the penalty for functions that are not orthonormal',
  },
  quotients: {
    enum: ['logarithmic', 'averaged', 'plain'],
    default: 'logarithmic',
    description:
      'the loss adds logarithms of the quotients, so that each counts by its relative error, or the quotients themselves as published; the minimum is the ' +
      'same. "averaged": logarithms of running means over batches, for slow functions with few points between the states',
  },
};

/** @throws InputError for weights that do not fall, or too few */
export function eigenOptions(settings: Settings, functions: number, where: string): EigenLossOptions {
  const omega = (settings.omega as number[] | undefined) ?? Array.from({ length: functions }, (_, i) => 0.8 ** i);
  if (omega.length !== functions)
    throw new InputError(`${where}.omega`, `has ${omega.length} weights; there are ${functions} functions`);
  if (omega.some((w, i) => i > 0 && w >= omega[i - 1]))
    throw new InputError(`${where}.omega`, 'must fall from one to the next: that is what puts the functions in order');
  return {
    omega,
    quotients: 1,
    penalty: (settings.penalty as number | undefined) ?? 10,
    logarithmic: settings.quotients !== 'plain',
    averaged: settings.quotients === 'averaged',
  };
}

const spareSchema: Schema = {
  type: 'integer',
  minimum: 0,
  default: 1,
  description:
    'functions trained beyond those kept: with them a training rarely puts a higher eigenfunction in the place of a lower one',
};

/** omega for the functions that are trained beyond those kept: it falls on as it does by default. */
function withSpares(options: EigenLossOptions, spare: number): EigenLossOptions {
  const last = options.omega[options.omega.length - 1];
  return { ...options, omega: [...options.omega, ...Array.from({ length: spare }, (_, i) => last * 0.8 ** (i + 1))] };
}

/** The first functions of those found. */
function kept({ encoder, eigenvalues }: Pick<Learned, 'encoder' | 'eigenvalues'>, components: number) {
  const outputs = encoder.sizes[encoder.sizes.length - 1];
  const rows = Array.from({ length: Math.min(components, outputs) }, (_, i) =>
    Array.from({ length: outputs }, (_, j) => (i === j ? 1 : 0)),
  );
  return {
    encoder: withOutputMap(encoder, rows, new Array(rows.length).fill(0)),
    eigenvalues: eigenvalues?.slice(0, components) ?? [],
  };
}

export const generatorEigenfunctions: LearnerKind = {
  name: 'generator-eigenfunctions',
  summary:
    'Slowest eigenfunctions of the generator of overdamped dynamics, from points alone (Zhang, Li & Schuette, J. Comput. Phys. 465, 111377, 2022).',
  status: 'validated',
  schema: { properties: { ...eigenProperties, spare: spareSchema, plainPart: plainPartSchema } },
  needs: { metric: () => true },
  async learn(data, settings, context) {
    const spare = (settings.spare as number | undefined) ?? 1;
    const options = withSpares(eigenOptions(settings, context.components, context.where), spare);
    const shape = encoderShape(data, context, context.components + spare);
    const forms = (of: NetworkDescription): Forms => generatorForms(of, data, data.training);
    const trained = await trainInParts({ shape, data, context, points: data, options, forms, settings }, (capacity, own) => [
      new GradientTerm(capacity, shape, [[0, parameterCount(shape)]], false, generator(data.kT, own)),
    ]);
    const network = describeNetwork(shape, trained.parameters);
    const all = eigenfunctions(network, data, (points) => generatorForms(network, data, points), data, null);
    const found = kept(all, context.components);
    return {
      ...found,
      warnings: [...warningsOf(found.encoder, data, context, false, all.eigenvalues), ...disagreementWarnings(found.eigenvalues)],
      details: trainingDetails(trained),
    };
  },
};

export const transferEigenfunctions: LearnerKind = {
  name: 'transfer-eigenfunctions',
  summary:
    'Slowest eigenfunctions of the transfer operator at a lag, from pairs of frames (Zhang & Schuette, Entropy 25, 844, 2023).',
  status: 'validated',
  schema: {
    required: ['lag'],
    properties: { lag: lagSchema, ...eigenProperties, spare: spareSchema, plainPart: plainPartSchema },
  },
  needs: { lag: true },
  async learn(data, settings, context) {
    const spare = (settings.spare as number | undefined) ?? 1;
    const options = withSpares(eigenOptions(settings, context.components, context.where), spare);
    const pairs = pairsOf(data, settings, context);
    const shape = encoderShape(data, context, context.components + spare);
    const forms = (of: NetworkDescription, points = pairs.training): Forms => transferForms(of, data, points, pairs.lag);
    const trained = await trainInParts({ shape, data, context, points: pairs, options, forms, settings }, (capacity, own) => [
      new OutputTerm(capacity, shape, [[0, parameterCount(shape)]], pairs.lag, transferOperator(pairs.tau, own)),
    ]);
    const network = describeNetwork(shape, trained.parameters);
    const all = eigenfunctions(network, data, (points) => forms(network, points), pairs, pairs.tau);
    const found = kept(all, context.components);
    const details = { lag: pairs.tau, pairs: pairs.training.length, ...trainingDetails(trained) };
    return {
      ...found,
      warnings: [...warningsOf(found.encoder, data, context, true, all.eigenvalues), ...disagreementWarnings(found.eigenvalues)],
      details,
    };
  },
};

export interface Pairs {
  readonly lag: number;
  readonly tau: number;
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** First points of pairs a lag apart. @throws InputError if there are none */
export function pairsOf(data: LearningData, settings: Settings, { where }: LearnerContext): Pairs {
  const lag = lagSteps(data, settings.lag as number, `${where}.lag`);
  const training = pairStarts(data, data.training, lag);
  const validation = pairStarts(data, data.validation, lag);
  if (training.length < 10 || validation.length < 10)
    throw new InputError(
      `${where}.lag`,
      `leaves ${training.length} pairs to train on and ${validation.length} to validate; runs and their blocks must be longer than the lag`,
    );
  return { lag, tau: lag * (data.spacing as number), training, validation };
}

/** Diagonalises in the span of the outputs: on training points for the variable, on validation points for what is reported. */
export function eigenfunctions(
  network: NetworkDescription,
  data: LearningData,
  forms: (points: Int32Array) => Forms,
  points: { readonly training: Int32Array; readonly validation: Int32Array },
  tau: number | null,
): Pick<Learned, 'encoder' | 'eigenvalues'> {
  const training = diagonalise(forms(points.training));
  const validation = diagonalise(forms(points.validation));
  const encoder = orientated(withOutputMap(network, training.matrix, training.offset), data);
  const eigenvalues = training.values.map((raw, i): EigenvalueReport => {
    const other = validation.values[i] ?? Number.NaN;
    if (tau === null) return { training: raw, validation: other };
    return {
      training: correctedRate(raw, tau),
      validation: correctedRate(other, tau),
      raw: { training: raw, validation: other },
    };
  });
  return { encoder, eigenvalues };
}

/** Signs such that the third moment of each function is positive: the rare side is the high one. */
export function orientated(network: NetworkDescription, data: LearningData): NetworkDescription {
  const f = outputsAt(new PointNetwork(network), data, data.training);
  const signs = f.map((row) => {
    let third = 0;
    for (let b = 0; b < row.length; b++) third += data.weights[data.training[b]] * row[b] ** 3;
    return third < 0 ? -1 : 1;
  });
  const matrix = signs.map((sign, i) => signs.map((_, j) => (i === j ? sign : 0)));
  return withOutputMap(network, matrix, new Array(signs.length).fill(0));
}

export function warningsOf(
  encoder: NetworkDescription,
  data: LearningData,
  { expectStates }: LearnerContext,
  passagesMatter: boolean,
  eigenvalues: readonly EigenvalueReport[] = [],
): string[] {
  if (!expectStates) return [];
  const gap = eigenvalues.length > 1 ? eigenvalues[1].training / eigenvalues[0].training : null;
  const all = Int32Array.from({ length: data.count }, (_, p) => p);
  return stateWarnings(twoStates(outputsAt(new PointNetwork(encoder), data, all)[0], data), passagesMatter, gap);
}
