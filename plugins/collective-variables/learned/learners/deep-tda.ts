/** The learner `deep-tda`: a variable along which known states have given places and widths. */
import { InputError } from '../../../../engine/index.ts';
import type { LearnerKind } from '../learner.ts';
import { describeNetwork, parameterCount } from '../network/description.ts';
import { OutputTerm } from '../terms/output-term.ts';
import { targetDistribution } from '../terms/target-distribution.ts';
import { reached } from './reached.ts';
import { encoderShape, startOf, train, trainingDetails } from './training.ts';

const rows = { type: 'array', items: { type: 'array', items: { type: 'number' }, minItems: 1 }, minItems: 2 } as const;

export const deepTda: LearnerKind = {
  name: 'deep-tda',
  summary:
    'States, each a run of its own, get given means and widths along the variable (Trizio & Parrinello, J. Phys. Chem. Lett. 12, 8621, 2021).',
  status: 'experimental',
  schema: {
    required: ['means', 'widths'],
    properties: {
      means: { ...rows, description: 'for each run one number a component: where its state is to lie' },
      widths: { ...rows, description: 'for each run one number a component: how wide it is to be' },
      meanWeight: { type: 'number', minimum: 0, default: 1, description: 'weight of errors of means' },
      widthWeight: { type: 'number', minimum: 0, default: 100, description: 'weight of errors of widths' },
    },
  },
  needs: { states: true },
  async learn(data, settings, context) {
    const states = Math.max(...data.source) + 1;
    const { where, components } = context;
    const targets = { means: settings.means as number[][], widths: settings.widths as number[][] };
    for (const what of ['means', 'widths'] as const) {
      if (targets[what].length !== states)
        throw new InputError(`${where}.${what}`, `has ${targets[what].length} rows; there are ${states} runs, each a state`);
      if (targets[what].some((row) => row.length !== components))
        throw new InputError(`${where}.${what}`, `must have ${components} numbers in each row, one a component of the variable`);
    }
    if (states < 2)
      throw new InputError(
        where,
        'tells states apart, and "from" names one run only; give a run for each state: "from": ["a", "b"]',
      );
    const shape = encoderShape(data, context, components);
    const meanWeight = (settings.meanWeight as number | undefined) ?? 1;
    const widthWeight = (settings.widthWeight as number | undefined) ?? 100;
    const trained = await train(data, context, startOf([shape], context.seed), data, (capacity) => [
      new OutputTerm(
        capacity,
        shape,
        [[0, parameterCount(shape)]],
        0,
        targetDistribution(data, { ...targets, meanWeight, widthWeight }),
      ),
    ]);
    const encoder = describeNetwork(shape, trained.parameters);
    const { states: found, overlaps, warnings } = reached(encoder, data, targets);
    return { encoder, warnings, details: { states: found, overlaps, ...trainingDetails(trained) } };
  },
};
