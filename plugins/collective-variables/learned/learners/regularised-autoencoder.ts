/** The learner `regularised-autoencoder`: an autoencoder whose bottleneck must also carry the slowest eigenfunctions, through heads on top of it. */
import type { Settings } from '../../../../engine/index.ts';
import { generatorForms, transferForms } from '../forms.ts';
import type { LearnerKind } from '../learner.ts';
import type { Pieces } from '../network/batch-network.ts';
import {
  denseShape,
  describeNetwork,
  type NetworkDescription,
  type NetworkShape,
  parameterCount,
} from '../network/description.ts';
import { generator } from '../terms/generator.ts';
import { GradientTerm } from '../terms/gradient-term.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { reconstruction } from '../terms/reconstruction.ts';
import { transferOperator } from '../terms/transfer-operator.ts';
import { autoencoderShapes, standardiseBottleneck } from './autoencoder.ts';
import { eigenfunctions, eigenOptions, eigenProperties, pairsOf, warningsOf } from './eigenfunctions.ts';
import { lagSchema, startOf, train, trainingDetails } from './training.ts';

/**
 * L = reconstruction + gamma1 sum_i omega_i lambda_i + gamma2 sum_{i<=j} (cov(f_i, f_j) - delta_ij)^2 with f_i = head_i(encoder) and lambda_i their
 * quotients, of the generator or of the transfer operator at a lag (Zhang & Schuette, Entropy 25, 844, 2023). gamma1 = 0 is no regularisation
 * of the kind meant: heads only have to be orthonormal functions of the bottleneck.
 */
export const regularisedAutoencoder: LearnerKind = {
  name: 'regularised-autoencoder',
  summary:
    'An autoencoder with eigenfunctions as functions of its bottleneck: loss with gamma1 and gamma2 (Zhang & Schuette, Entropy 25, 844, 2023).',
  status: 'validated',
  schema: {
    properties: {
      gamma1: { type: 'number', minimum: 0, default: 0.1, description: 'weight of the eigenvalues' },
      gamma2: { type: 'number', minimum: 0, default: 1, description: 'weight of the penalty for heads that are not orthonormal' },
      functions: { type: 'integer', minimum: 1, default: 1, description: 'eigenfunctions, each a head on the bottleneck' },
      headLayers: {
        type: 'array',
        items: { type: 'integer', minimum: 1 },
        default: [20],
        description: 'hidden layers between bottleneck and eigenfunctions',
      },
      lag: { ...lagSchema, description: `${lagSchema.description}; without it the generator's eigenfunctions are meant` },
      omega: eigenProperties.omega,
      quotients: { ...eigenProperties.quotients, default: 'plain' },
    },
  },
  needs: { metric: (settings: Settings) => settings.lag === undefined },
  async learn(data, settings, context) {
    const functions = (settings.functions as number | undefined) ?? 1;
    const gamma1 = (settings.gamma1 as number | undefined) ?? 0.1;
    const gamma2 = (settings.gamma2 as number | undefined) ?? 1;
    const options = {
      ...eigenOptions({ ...settings, quotients: settings.quotients ?? 'plain' }, functions, context.where),
      quotients: gamma1,
      penalty: gamma2,
    };
    const pairs = settings.lag === undefined ? null : pairsOf(data, settings, context);
    const { encoder, decoder, both } = autoencoderShapes(data, context);
    const hidden = (settings.headLayers as number[] | undefined) ?? [20];
    const head = denseShape([context.components, ...hidden, functions], context.activation);
    const lifted: NetworkShape = {
      sizes: [...encoder.sizes, ...head.sizes.slice(1)],
      activations: [...encoder.activations, ...head.activations],
    };
    const pieces: Pieces = [
      [0, parameterCount(encoder)],
      [parameterCount(both), parameterCount(head)],
    ];
    const trained = await train(data, context, startOf([encoder, decoder, head], context.seed), pairs ?? data, (capacity) => [
      new OutputTerm(capacity, both, [[0, parameterCount(both)]], 0, reconstruction(data, 0)),
      pairs
        ? new OutputTerm(capacity, lifted, pieces, pairs.lag, transferOperator(pairs.tau, options))
        : new GradientTerm(capacity, lifted, pieces, false, generator(data.kT, options)),
    ]);
    const network: NetworkDescription = describeNetwork(
      lifted,
      Float64Array.from(pieces.flatMap(([from, count]) => [...trained.parameters.subarray(from, from + count)])),
    );
    const { encoder: heads, eigenvalues } = eigenfunctions(
      network,
      data,
      (points) => (pairs ? transferForms(network, data, points, pairs.lag) : generatorForms(network, data, points)),
      pairs ?? data,
      pairs?.tau ?? null,
    );
    return {
      ...standardiseBottleneck(data, encoder, decoder, trained.parameters),
      eigenvalues: eigenvalues ?? [],
      warnings: gamma1 > 0 ? warningsOf(heads, data, context, pairs !== null) : [],
      details: { gamma1, gamma2, heads, ...(pairs ? { lag: pairs.tau } : {}), ...trainingDetails(trained) },
    };
  },
};
