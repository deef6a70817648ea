/** The learner `vampnet`: memberships in states, or functions without that restriction, with the largest VAMP-2 score. */
import { outputsAt } from '../forms.ts';
import type { LearnerKind } from '../learner.ts';
import { inverseRoot, singularValues, toMatrix } from '../math.ts';
import { describeNetwork, parameterCount } from '../network/description.ts';
import { PointNetwork } from '../network/point-network.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { batchWeights } from '../terms/term.ts';
import { correctedRate } from '../terms/transfer-operator.ts';
import { laggedMoments, memberships, vamp2 } from '../terms/vamp.ts';
import { pairsOf } from './eigenfunctions.ts';
import { encoderShape, lagSchema, startOf, train, trainingDetails } from './training.ts';

export const vampnet: LearnerKind = {
  name: 'vampnet',
  summary:
    'A network whose outputs have the largest VAMP-2 score; with "memberships" they are states that add up to 1 (Mardt et al., Nat. Commun. 9, 5, 2018).',
  status: 'validated',
  schema: {
    required: ['lag'],
    properties: {
      lag: lagSchema,
      memberships: {
        type: 'boolean',
        default: true,
        description: 'outputs pass a softmax: the probability of each of as many states',
      },
    },
  },
  needs: { lag: true },
  async learn(data, settings, context) {
    const softmax = settings.memberships !== false;
    const pairs = pairsOf(data, settings, context);
    const shape = encoderShape(data, context, context.components);
    const trained = await train(data, context, startOf([shape], context.seed), pairs, (capacity) => [
      new OutputTerm(capacity, shape, [[0, parameterCount(shape)]], pairs.lag, vamp2(softmax)),
    ]);
    const encoder = describeNetwork(shape, trained.parameters);
    const network = new PointNetwork(encoder);
    const outputs = (shift: number): Float64Array[] => {
      const rows = outputsAt(network, data, pairs.validation, shift);
      return softmax ? memberships(rows) : rows;
    };
    const k = context.components;
    const { c00, c01, c11 } = laggedMoments(outputs(0), outputs(pairs.lag), batchWeights(data, pairs.validation), !softmax);
    const { values } = singularValues(inverseRoot(c00, k).mmul(toMatrix(c01, k)).mmul(inverseRoot(c11, k)));
    // Of reversible dynamics singular values are eigenvalues of the transfer operator; that of memberships begins with 1.
    const rates = values.slice(softmax ? 1 : 0).map((sigma) => correctedRate((1 - sigma) / pairs.tau, pairs.tau));
    return {
      encoder,
      softmax,
      singularValues: values,
      warnings: [],
      details: { lag: pairs.tau, pairs: pairs.training.length, ratesIfReversible: rates, ...trainingDetails(trained) },
    };
  },
};
