/** The learners `autoencoder`, `time-lagged-autoencoder` and `contractive-autoencoder`: a bottleneck from which the inputs are given back. */
import type { Settings } from '../../../../engine/index.ts';
import type { LearningData } from '../data/prepared.ts';
import { outputsAt } from '../forms.ts';
import type { Learned, LearnerContext, LearnerKind } from '../learner.ts';
import {
  denseShape,
  describeNetwork,
  type NetworkDescription,
  type NetworkShape,
  parameterCount,
  withOutputMap,
  withStandardisation,
} from '../network/description.ts';
import { PointNetwork } from '../network/point-network.ts';
import { contraction } from '../terms/contraction.ts';
import { moments } from '../terms/eigen-loss.ts';
import { GradientTerm } from '../terms/gradient-term.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { reconstruction } from '../terms/reconstruction.ts';
import { batchWeights, type Capacity, type Term } from '../terms/term.ts';
import { pairsOf } from './eigenfunctions.ts';
import { encoderShape, lagSchema, startOf, train, trainingDetails } from './training.ts';

/** Encoder and decoder, and both as one network that shares their parameters. */
export function autoencoderShapes(data: LearningData, context: LearnerContext) {
  const encoder = encoderShape(data, context, context.components);
  const decoder = denseShape([...encoder.sizes].reverse(), context.activation);
  const both: NetworkShape = {
    sizes: [...encoder.sizes, ...decoder.sizes.slice(1)],
    activations: [...encoder.activations, ...decoder.activations],
  };
  return { encoder, decoder, both };
}

async function learn(
  data: LearningData,
  context: LearnerContext,
  points: { readonly training: Int32Array; readonly validation: Int32Array },
  lag: number,
  more: (capacity: Capacity, encoder: NetworkShape) => readonly Term[] = () => [],
): Promise<Learned> {
  const { encoder, decoder, both } = autoencoderShapes(data, context);
  const trained = await train(data, context, startOf([encoder, decoder], context.seed), points, (capacity) => [
    new OutputTerm(capacity, both, [[0, parameterCount(both)]], 0, reconstruction(data, lag)),
    ...more(capacity, encoder),
  ]);
  return {
    ...standardiseBottleneck(data, encoder, decoder, trained.parameters),
    warnings: [],
    details: trainingDetails(trained),
  };
}

/** The variable gets mean 0 and variance 1 over training points; the decoder takes it so. */
export function standardiseBottleneck(
  data: LearningData,
  encoder: NetworkShape,
  decoder: NetworkShape,
  parameters: Float64Array,
): { readonly encoder: NetworkDescription; readonly decoder: NetworkDescription } {
  const size = parameterCount(encoder);
  const inner = describeNetwork(encoder, parameters);
  const outer = describeNetwork(decoder, parameters.subarray(size, size + parameterCount(decoder)));
  const z = outputsAt(new PointNetwork(inner), data, data.training);
  const { mean, covariance } = moments(z, batchWeights(data, data.training));
  const width = z.map((_, i) => Math.sqrt(covariance[i * z.length + i]) || 1);
  return {
    encoder: withOutputMap(
      inner,
      width.map((w, i) => width.map((_, j) => (i === j ? 1 / w : 0))),
      width.map((w, i) => -mean[i] / w),
    ),
    // z = width y + mean, so the decoder is given (y - (-mean/width)) / (1/width).
    decoder: withStandardisation(
      outer,
      width.map((w, i) => -mean[i] / w),
      width.map((w) => 1 / w),
    ),
  };
}

export const autoencoder: LearnerKind = {
  name: 'autoencoder',
  summary: 'A bottleneck from which the features are given back with the least mean square error.',
  status: 'validated',
  schema: {},
  needs: {},
  learn: (data, _settings, context) => learn(data, context, data, 0),
};

export const timeLaggedAutoencoder: LearnerKind = {
  name: 'time-lagged-autoencoder',
  summary: 'A bottleneck from which the features a lag later are given back (Wehmeyer & Noe, J. Chem. Phys. 148, 241703, 2018).',
  status: 'experimental',
  schema: { required: ['lag'], properties: { lag: lagSchema } },
  needs: { lag: true },
  async learn(data, settings, context) {
    const pairs = pairsOf(data, settings, context);
    const learned = await learn(data, context, pairs, pairs.lag);
    return { ...learned, details: { ...learned.details, lag: pairs.tau, pairs: pairs.training.length } };
  },
};

export const contractiveAutoencoder: LearnerKind = {
  name: 'contractive-autoencoder',
  summary: 'An autoencoder with the squared Jacobian of its encoder as penalty (Rifai et al., ICML 2011).',
  status: 'experimental',
  schema: {
    properties: { contraction: { type: 'number', minimum: 0, default: 0.01, description: 'weight of the squared Jacobian' } },
  },
  needs: {},
  learn: (data, settings: Settings, context) =>
    learn(data, context, data, 0, (capacity, encoder) => [
      new GradientTerm(
        capacity,
        encoder,
        [[0, parameterCount(encoder)]],
        true,
        contraction((settings.contraction as number | undefined) ?? 0.01),
      ),
    ]),
};
