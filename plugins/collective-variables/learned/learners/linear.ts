/** The learners `tica` and `vamp`: the best linear combinations of the features, without training. */
import type { LearningData } from '../data/prepared.ts';
import { transferForms } from '../forms.ts';
import type { LearnerKind } from '../learner.ts';
import { inverseRoot, singularValues, toMatrix } from '../math.ts';
import type { NetworkDescription } from '../network/description.ts';
import { batchWeights } from '../terms/term.ts';
import { laggedMoments } from '../terms/vamp.ts';
import { eigenfunctions, orientated, pairsOf, warningsOf } from './eigenfunctions.ts';
import { lagSchema } from './training.ts';

/** The inputs themselves as a network. */
function identity(inputs: number): NetworkDescription {
  const weights = Array.from({ length: inputs }, (_, o) => Array.from({ length: inputs }, (_, i) => (i === o ? 1 : 0)));
  return { sizes: [inputs, inputs], activations: ['linear'], weights: [weights], biases: [new Array(inputs).fill(0)] };
}

/** The first outputs of a network of one layer. */
function first(network: NetworkDescription, components: number): NetworkDescription {
  return {
    ...network,
    sizes: [network.sizes[0], components],
    weights: [network.weights[0].slice(0, components)],
    biases: [network.biases[0].slice(0, components)],
  };
}

export const tica: LearnerKind = {
  name: 'tica',
  summary:
    'Time-lagged independent components: slowest linear combinations of the features (Perez-Hernandez et al., J. Chem. Phys. 139, 015102, 2013).',
  status: 'validated',
  schema: { required: ['lag'], properties: { lag: lagSchema } },
  needs: { lag: true },
  async learn(data, settings, context) {
    const pairs = pairsOf(data, settings, context);
    const all = identity(data.names.length);
    const found = eigenfunctions(all, data, (points) => transferForms(all, data, points, pairs.lag), pairs, pairs.tau);
    const components = Math.min(context.components, found.encoder.weights[0].length);
    const encoder = first(found.encoder, components);
    return {
      encoder,
      eigenvalues: found.eigenvalues?.slice(0, components) ?? [],
      warnings: warningsOf(encoder, data, context, true),
      details: { lag: pairs.tau, pairs: pairs.training.length },
    };
  },
};

export const vamp: LearnerKind = {
  name: 'vamp',
  summary:
    'Linear combinations of the features with the largest VAMP-2 score; dynamics need not be reversible (Wu & Noe, J. Nonlinear Sci. 30, 23, 2020).',
  status: 'experimental',
  schema: { required: ['lag'], properties: { lag: lagSchema } },
  needs: { lag: true },
  async learn(data, settings, context) {
    const pairs = pairsOf(data, settings, context);
    const { left, mean } = koopman(data, pairs.training, pairs.lag);
    const components = Math.min(context.components, left.columns);
    const weights = Array.from({ length: components }, (_, c) => left.getColumn(c));
    const inputs = data.names.length;
    const encoder = orientated(
      {
        sizes: [inputs, components],
        activations: ['linear'],
        weights: [weights],
        biases: [weights.map((row) => -row.reduce((sum, w, i) => sum + w * mean[i], 0))],
      },
      data,
    );
    return {
      encoder,
      singularValues: koopman(data, pairs.validation, pairs.lag).values.slice(0, components),
      warnings: warningsOf(encoder, data, context, true),
      details: { lag: pairs.tau, pairs: pairs.training.length },
    };
  },
};

/** Singular values of C00^-1/2 C01 C11^-1/2, and left functions as combinations of the inputs. */
function koopman(data: LearningData, points: Int32Array, lag: number) {
  const k = data.names.length;
  const rows = (shift: number): Float64Array[] =>
    Array.from({ length: k }, (_, i) => Float64Array.from(points, (p) => data.x[(p + shift) * k + i]));
  const { m0, c00, c01, c11 } = laggedMoments(rows(0), rows(lag), batchWeights(data, points), true);
  const whitening = inverseRoot(c00, k);
  const { left, values } = singularValues(whitening.mmul(toMatrix(c01, k)).mmul(inverseRoot(c11, k)));
  return { left: whitening.mmul(left), values, mean: m0 };
}
