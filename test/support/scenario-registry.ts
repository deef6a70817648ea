/** A small registry for tests of scenarios: the kinds and schemas that they need, with nothing behind them. */
import { type Described, type Plugin, Registry, type RegistryKind } from '../../engine/registry.ts';
import type { Schema } from '../../engine/scenario/schema.ts';

const common = {
  timestep: { quantity: 'time', exclusiveMinimum: 0, description: 'Length of a step.' },
  temperature: { quantity: 'temperature', minimum: 0 },
} as const satisfies Record<string, Schema>;

const system: Schema = {
  registered: { kind: 'builder', key: 'build', implied: { from: 'stage' } },
  description: 'What is simulated.',
  properties: {
    replicate: { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 3, maxItems: 3 },
    nonbonded: {
      type: 'object',
      properties: {
        cutoff: { anyOf: [{ enum: ['none'] }, { quantity: 'length', exclusiveMinimum: 0 }], default: '0.9 nm' },
        modifier: { enum: ['none', 'shift', 'switch'], default: 'none' },
      },
    },
  },
};

const entries: readonly (readonly [kind: string, name: string, schema: Schema])[] = [
  [
    'stage',
    'simulate',
    {
      type: 'object',
      required: ['system'],
      properties: {
        system,
        dynamics: { registered: { kind: 'integrator', key: 'integrator' }, default: { integrator: 'verlet', timestep: '2 fs' } },
        run: {
          type: 'object',
          properties: { time: { quantity: 'time' }, minimise: { type: 'boolean', default: false } },
          default: {},
        },
        output: { type: 'object', properties: { every: { quantity: 'time' } } },
      },
    },
  ],
  [
    'stage',
    'train-mapping',
    {
      type: 'object',
      required: ['from', 'sitesPerMolecule'],
      properties: {
        from: { reference: { stage: ['simulate'] } },
        sitesPerMolecule: { type: 'integer', minimum: 1, description: 'Sites of a molecule.' },
      },
    },
  ],
  [
    'stage',
    'train-potential',
    {
      type: 'object',
      required: ['from', 'mapping', 'model'],
      properties: {
        from: { reference: { stage: ['simulate'] } },
        mapping: { reference: { stage: ['train-mapping'] } },
        model: { registered: { kind: 'model', key: 'type' } },
      },
    },
  ],
  [
    'builder',
    'pack',
    {
      type: 'object',
      required: ['molecules', 'box'],
      properties: {
        molecules: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['structure', 'count'],
            properties: { structure: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
          },
        },
        box: { type: 'array', items: { quantity: 'length', exclusiveMinimum: 0 }, minItems: 3, maxItems: 3 },
      },
    },
  ],
  [
    'builder',
    'stage',
    { type: 'object', required: ['from'], properties: { from: { reference: { stage: ['simulate', 'train-potential'] } } } },
  ],
  ['integrator', 'verlet', { type: 'object', required: ['timestep'], properties: { timestep: common.timestep } }],
  [
    'integrator',
    'langevin',
    {
      type: 'object',
      required: ['timestep', 'temperature', 'friction'],
      properties: { ...common, friction: { quantity: 'rate', minimum: 0 } },
    },
  ],
  ['model', 'spline', { type: 'object', properties: { knots: { type: 'integer', default: 40 } } }],
  [
    'model',
    'graph',
    { type: 'object', properties: { widths: { type: 'object', additionalProperties: { quantity: 'length' } } } },
  ],
];

const plugin: Plugin = {
  name: 'scenario-tests',
  register(registry) {
    for (const [kind, name, schema] of entries) {
      const entry: Described = { name, summary: `The ${kind} ${name}.`, status: 'pending', schema };
      registry.add(kind as RegistryKind, entry as never);
    }
  },
};

export function scenarioRegistry(): Registry {
  const registry = new Registry();
  plugin.register(registry);
  return registry;
}

/** A valid scenario of four stages over these entries. */
export const exampleScenario = {
  name: 'ethane',
  seed: 7,
  stages: [
    {
      name: 'atoms',
      do: 'simulate',
      system: {
        build: 'pack',
        molecules: [{ structure: 'ethane.pdb', count: 64 }],
        box: ['15.9808 A', '16.8872 A', 1.9932],
        nonbonded: { cutoff: '0.75 nm', modifier: 'shift' },
      },
      dynamics: { integrator: 'langevin', timestep: '1 fs', temperature: '143 K', friction: '1 /ps' },
      run: { time: '60 ps' },
    },
    { name: 'mapping', do: 'train-mapping', from: 'atoms', sitesPerMolecule: 2 },
    { name: 'potential', do: 'train-potential', from: 'atoms', mapping: 'mapping', model: { type: 'spline' } },
    { name: 'beads', do: 'simulate', system: { from: 'potential', replicate: [2, 2, 2] } },
  ],
} as const;
