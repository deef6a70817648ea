/** A quartic double well along x, and a spring along the other coordinates. */
import type { FieldTerm } from '../terms.ts';

export const doubleWell: FieldTerm = {
  name: 'double-well',
  summary: 'Double well along x, E = height ((x/width)^2 - 1)^2 + k/2 (y^2 + z^2).',
  status: 'validated',
  schema: {},
  dimensions: 1,
  parameters: [
    { name: 'height', dimension: 'energy', description: 'energy of the barrier at x = 0', default: 1 },
    { name: 'width', dimension: 'length', description: 'distance of the minima from it', default: 1 },
    { name: 'k', dimension: 'force-constant', description: 'force constant along y and z', default: 0 },
  ],
  evaluate(x, y, z, p, o, out) {
    const u = x / p[o + 1];
    const v = u * u - 1;
    const k = p[o + 2];
    out[0] = p[o] * v * v + 0.5 * k * (y * y + z * z);
    out[1] = (4 * p[o] * u * v) / p[o + 1];
    out[2] = k * y;
    out[3] = k * z;
  },
};
