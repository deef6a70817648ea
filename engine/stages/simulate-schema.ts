/** The settings of the stage `simulate`. */
import type { Schema } from '../scenario/schema.ts';
import { systemSchema } from '../system/assemble.ts';

const steps = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const interval = (description: string): Schema => ({ type: 'integer', minimum: 1, description });

export const simulateSchema: Schema = {
  type: 'object',
  required: ['system', 'dynamics', 'run'],
  properties: {
    system: systemSchema,
    dynamics: {
      registered: { kind: 'integrator', key: 'integrator' },
      properties: {
        barostat: {
          registered: { kind: 'barostat', key: 'type' },
          description:
            'Keeps the pressure, beside an integrator or thermostat that keeps the temperature; without one the volume is constant.',
        },
      },
      description: 'How it moves.',
    },
    variables: {
      type: 'object',
      additionalProperties: { registered: { kind: 'variable', key: 'type' } },
      default: {},
      description:
        'Collective variables by name, each made of atoms or of those before it; the log has a column for each. `md list variable` names the kinds.',
    },
    biases: {
      type: 'object',
      additionalProperties: {
        registered: { kind: 'bias', key: 'type' },
        required: ['variables'],
        properties: {
          variables: {
            type: 'array',
            items: { type: 'string' },
            minItems: 1,
            description:
              'Names of the variables that it acts on, or of single components of them as the log has them, such as "path.s".',
          },
        },
      },
      default: {},
      description:
        "Biases by name, each an energy of some of the `variables`; the log has columns for each, and COLVAR holds them in PLUMED's format. `md list bias` names the kinds.",
    },
    run: {
      type: 'object',
      description: 'How long, and from what start.',
      properties: {
        time: { quantity: 'time', minimum: 0, description: 'Length of the production run; or give `steps`.' },
        steps: steps('Length of the production run in steps.'),
        equilibrate: { quantity: 'time', minimum: 0, description: 'Time before production; nothing is recorded.' },
        equilibrateSteps: steps('Steps before production.'),
        minimise: {
          anyOf: [
            { type: 'boolean' },
            {
              type: 'object',
              properties: {
                tolerance: {
                  type: 'number',
                  exclusiveMinimum: 0,
                  description: 'Root-mean-square force to stop at, energy/length.',
                },
                maxSteps: { type: 'integer', minimum: 1, description: 'Most steps taken.' },
              },
            },
          ],
          default: false,
          description: 'Minimise the energy first.',
        },
        temperature: {
          quantity: 'temperature',
          minimum: 0,
          description:
            'Temperature of the Maxwell-Boltzmann start; that of the heat bath if absent. Only for systems without velocities.',
        },
        rescaleVelocities: {
          type: 'boolean',
          default: false,
          description: 'Scale the starting velocities to exactly that temperature.',
        },
      },
    },
    output: {
      type: 'object',
      description: 'What is written, and how often.',
      default: {},
      properties: {
        every: { quantity: 'time', exclusiveMinimum: 0, description: 'Time between frames.' },
        everySteps: interval('Steps between frames.'),
        logEvery: {
          quantity: 'time',
          exclusiveMinimum: 0,
          description: 'Time between rows of the log; as for frames if absent.',
        },
        logEverySteps: interval('Steps between rows of the log.'),
        velocities: { type: 'boolean', default: false, description: 'Store velocities.' },
        forces: { type: 'boolean', default: true, description: 'Store conservative forces.' },
        precision: { enum: ['single', 'double'], default: 'single', description: 'Of stored positions, velocities and forces.' },
        formats: {
          type: 'array',
          items: { enum: ['dcd', 'extxyz'] },
          default: [],
          description: 'Further files beside trajectory.h5.',
        },
        checkpointSeconds: { type: 'number', exclusiveMinimum: 0, default: 60, description: 'Wall time between checkpoints.' },
      },
    },
    platform: {
      anyOf: [{ registered: { kind: 'platform', key: 'name' } }, { type: 'string' }],
      default: { name: 'wasm' },
      description: 'Name of the platform, or an object with its settings, for example { "name": "wasm", "precision": "double" }.',
    },
  },
};
