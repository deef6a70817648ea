/** The builder `lattice`: equal particles on a cubic lattice. */
import { InputError } from '../../errors.ts';
import { orthorhombic } from '../box.ts';
import type { SystemBuilder } from '../builder.ts';
import { equalParticles } from './particles.ts';
import { cubeRoot, densitySchema, type ParticleSettings, particleSchema } from './settings.ts';

/** Places in the unit cell, in units of its edge. */
const bases = {
  sc: [[0, 0, 0]],
  bcc: [
    [0, 0, 0],
    [0.5, 0.5, 0.5],
  ],
  fcc: [
    [0, 0, 0],
    [0.5, 0.5, 0],
    [0.5, 0, 0.5],
    [0, 0.5, 0.5],
  ],
} as const;

interface LatticeSettings {
  readonly lattice: keyof typeof bases;
  readonly density?: number;
  readonly spacing?: number;
  readonly cells: readonly number[];
  readonly particle?: ParticleSettings;
}

export const lattice: SystemBuilder = {
  name: 'lattice',
  summary: 'Equal particles on a simple, body-centred or face-centred cubic lattice in a periodic box.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      lattice: {
        type: 'string',
        enum: ['sc', 'bcc', 'fcc'],
        description: 'Simple, body-centred or face-centred cubic: 1, 2 or 4 particles a cell.',
        default: 'fcc',
      },
      density: { ...densitySchema, description: 'Mass density, or particles per volume in lj units. Either this or spacing.' },
      spacing: { quantity: 'length', exclusiveMinimum: 0, description: 'Edge of the cubic cell. Either this or density.' },
      cells: {
        type: 'array',
        items: { type: 'integer', minimum: 1 },
        minItems: 3,
        maxItems: 3,
        description: 'Cells along x, y and z.',
      },
      particle: particleSchema,
    },
    required: ['cells'],
  },
  async build(settings, context) {
    const { lattice: name = 'fcc', density, spacing, cells, particle = {} } = settings as unknown as LatticeSettings;
    const { where } = context;
    const basis = bases[name];
    const [nx, ny, nz] = cells;
    if ((density === undefined) === (spacing === undefined))
      throw new InputError(where, 'a lattice needs either density or spacing, and not both');
    const structure = equalParticles(basis.length * nx * ny * nz, particle, [], context.units, `${where}.particle`);
    const perCell = context.units === 'md' ? basis.length * structure.mass[0] : basis.length;
    const edge = spacing ?? cubeRoot(perCell / (density ?? 1));
    if (!(edge > 0) || !Number.isFinite(edge))
      throw new InputError(where, `the lattice spacing is ${edge}; density or spacing must be positive`);
    const positions = new Float64Array(3 * structure.mass.length);
    let o = 0;
    for (let k = 0; k < nz; k++)
      for (let j = 0; j < ny; j++)
        for (let i = 0; i < nx; i++)
          for (const [x, y, z] of basis) {
            positions[o++] = (i + x) * edge;
            positions[o++] = (j + y) * edge;
            positions[o++] = (k + z) * edge;
          }
    return { structure, positions, velocities: null, box: orthorhombic(nx * edge, ny * edge, nz * edge) };
  },
};
