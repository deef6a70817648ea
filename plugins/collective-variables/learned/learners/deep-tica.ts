/** The learner `deep-tica`: time-lagged independent components of the outputs of a network. */
import { transferForms } from '../forms.ts';
import type { LearnerKind } from '../learner.ts';
import { describeNetwork, parameterCount } from '../network/description.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { deepTica as deepTicaLoss } from '../terms/tica.ts';
import { eigenfunctions, pairsOf, warningsOf } from './eigenfunctions.ts';
import { encoderShape, lagSchema, startOf, train, trainingDetails } from './training.ts';

export const deepTica: LearnerKind = {
  name: 'deep-tica',
  summary: 'Slowest modes in the span of the outputs of a network (Bonati, Piccini & Parrinello, PNAS 118, e2113533118, 2021).',
  status: 'validated',
  schema: { required: ['lag'], properties: { lag: lagSchema } },
  needs: { lag: true },
  async learn(data, settings, context) {
    const pairs = pairsOf(data, settings, context);
    const shape = encoderShape(data, context, context.components);
    const trained = await train(data, context, startOf([shape], context.seed), pairs, (capacity) => [
      new OutputTerm(capacity, shape, [[0, parameterCount(shape)]], pairs.lag, deepTicaLoss),
    ]);
    const network = describeNetwork(shape, trained.parameters);
    const found = eigenfunctions(network, data, (points) => transferForms(network, data, points, pairs.lag), pairs, pairs.tau);
    const details = { lag: pairs.tau, pairs: pairs.training.length, ...trainingDetails(trained) };
    return { ...found, warnings: warningsOf(found.encoder, data, context, true), details };
  },
};
