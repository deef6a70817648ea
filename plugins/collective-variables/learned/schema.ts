/** The settings of the stage `train-variable`. */
import type { Schema } from '../../../engine/index.ts';
import { activationNames } from './network/description.ts';

const run: Schema = { reference: { stage: ['simulate'] } };
const weighing: Schema = { reference: { stage: [] } };

export const trainVariableSchema: Schema = {
  type: 'object',
  required: ['from', 'features', 'learner'],
  properties: {
    from: {
      anyOf: [run, { type: 'array', items: run, minItems: 1 }],
      description: 'the run to learn from, or a list of runs of one system',
    },
    features: {
      type: 'object',
      additionalProperties: { registered: { kind: 'variable', key: 'type' } },
      description: 'variables by name as in a simulation; those of them that are inputs are what the network sees',
    },
    inputs: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description:
        'the features that the network sees, periodic ones as cosine and sine; if absent all but those of "plane", or all if there are no others',
    },
    plane: {
      type: 'array',
      items: { type: 'string' },
      minItems: 2,
      maxItems: 2,
      description: 'two features of one component over which the result is tabulated and drawn, such as ["phi", "psi"]',
    },
    learner: { registered: { kind: 'learner', key: 'type' }, description: 'how it is learned' },
    components: { type: 'integer', minimum: 1, default: 1, description: 'components of the variable' },
    network: {
      type: 'object',
      default: {},
      properties: {
        hidden: { type: 'array', items: { type: 'integer', minimum: 1 }, default: [20, 20, 20], description: 'hidden layers' },
        activation: { enum: activationNames, default: 'tanh', description: 'of hidden layers' },
      },
      description: 'the network; an autoencoder has the same layers backwards behind its bottleneck',
    },
    training: {
      type: 'object',
      default: {},
      properties: {
        epochs: { type: 'integer', minimum: 1, default: 200, description: 'passes over the training points' },
        batch: { type: 'integer', minimum: 2, default: 500, description: 'points or pairs a step' },
        learningRate: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 0.01,
          description: 'step of Adam at the start; it falls to a hundredth',
        },
        weightDecay: {
          type: 'number',
          minimum: 0,
          default: 0,
          description:
            'each step takes learningRate times this off every parameter: networks of small parameters are smooth between the points',
        },
      },
      description: 'how long and in what steps',
    },
    scale: {
      enum: ['variance', 'diffusion'],
      default: 'variance',
      description:
        'what the values of the variable are. diffusion: one component, stretched so that it diffuses as fast everywhere, as a length; its decoder is left out',
    },
    weights: {
      type: 'object',
      properties: {
        column: { type: 'string', description: 'column of the log, an energy b: frames get exp(b/kT)' },
        from: {
          anyOf: [weighing, { type: 'array', items: weighing, minItems: 1 }],
          description: 'a stage with weights.csv: columns step and weight; of several runs a list, one each',
        },
        temperature: {
          quantity: 'temperature',
          exclusiveMinimum: 0,
          description:
            'above that of the run: weights of a flatter ensemble, exp(b/kT) with this T. Variables learned of it are smooth where those of the run jump ' +
            'from state to state; their eigenvalues are none of the run.',
        },
        time: {
          enum: ['run', 'rescaled'],
          description:
            'in which pairs are a lag apart: that of the run, each pair with the weight of its first frame (if absent), or rescaled by the weights, ' +
            "dt' = w dt with weights of mean 1, each pair with the time that its frames have in common",
        },
      },
      description:
        'weights of frames of biased runs; 1 if absent. Of several runs each counts by the number of rows that its weights are worth',
    },
    copies: {
      anyOf: [{ type: 'integer', minimum: 1 }, { enum: ['particles'] }],
      default: 1,
      description:
        'equal parts that the particles form, each a system of its own, as the particles of a model; features name atoms of the first',
    },
    stride: { type: 'integer', minimum: 1, default: 1, description: 'every so many stored frames are used' },
    blocks: {
      type: 'integer',
      minimum: 2,
      default: 10,
      description:
        'blocks of consecutive frames, or of copies where there are as many, that are trained or validated on as a whole',
    },
    validationFraction: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 0.9,
      default: 0.2,
      description: 'fraction of the blocks that is not trained on',
    },
    expectStates: {
      type: 'boolean',
      default: true,
      description:
        'false for what has no states to go between, such as a polymer whose modes relax like springs: nothing is then said of their absence',
    },
    export: {
      type: 'array',
      items: { enum: ['plumed', 'colvars'] },
      default: [],
      description: "also writes it for other programs: plumed.dat for PLUMED's ANN, colvars.in for Colvars' neuralNetwork",
    },
    temperature: { quantity: 'temperature', exclusiveMinimum: 0, description: 'that of the run if absent' },
    friction: {
      quantity: 'rate',
      exclusiveMinimum: 0,
      description: 'of the overdamped dynamics whose generator is meant, mobility 1/(m friction); that of the run if absent',
    },
  },
};
