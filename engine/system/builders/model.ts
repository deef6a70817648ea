/** The builder `model`: particles in an external potential, each moving in one, two or three coordinates, which do not see each other. */
import { InputError } from '../../errors.ts';
import { openBox } from '../box.ts';
import type { SystemBuilder } from '../builder.ts';
import { equalParticles } from './particles.ts';
import { type ParticleSettings, particleSchema } from './settings.ts';

export const model: SystemBuilder = {
  name: 'model',
  summary:
    'Independent particles in one, two or three coordinates, for model potentials (`md list field`) and formulas of x, y, z.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      dimensions: {
        enum: [1, 2, 3],
        default: 2,
        description: 'Coordinates that move: x; x and y; or all. The others stay at 0 and are no degrees of freedom.',
      },
      start: {
        type: 'array',
        minItems: 1,
        items: { type: 'array', items: { quantity: 'length' }, minItems: 1, maxItems: 3 },
        description: 'Where particles start: points, such as [[-0.56, 1.44]]; copies take them in turn.',
      },
      copies: {
        type: 'integer',
        minimum: 1,
        default: 1,
        description: 'Particles, each a trajectory of its own: many in one system take little more time than one.',
      },
      particle: particleSchema,
    },
    required: ['start'],
  },
  async build(settings, context) {
    const { dimensions, start, copies, particle } = settings as unknown as {
      dimensions: number;
      start: number[][];
      copies: number;
      particle?: ParticleSettings;
    };
    for (const [k, point] of start.entries())
      if (point.length !== dimensions)
        throw new InputError(
          `${context.where}.start[${k}]`,
          `has ${point.length} coordinates; with "dimensions": ${dimensions} it must have ${dimensions}`,
        );
    const structure = equalParticles(copies, particle ?? {}, [], context.units, `${context.where}.particle`);
    const positions = new Float64Array(3 * copies);
    for (let i = 0; i < copies; i++) positions.set(start[i % start.length], 3 * i);
    return { structure, positions, velocities: null, box: openBox, dimensions };
  },
};
