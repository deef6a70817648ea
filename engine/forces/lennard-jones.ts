/** Lennard-Jones 12-6: E = 4 epsilon ((sigma/r)^12 - (sigma/r)^6). */
import type { PairTerm } from './terms.ts';

export const lennardJones: PairTerm = {
  name: 'lennard-jones',
  summary: 'Lennard-Jones 12-6, E = 4 epsilon ((sigma/r)^12 - (sigma/r)^6).',
  status: 'validated',
  schema: {},
  parameters: [
    { name: 'sigma', dimension: 'length', description: 'distance at which the energy is zero' },
    { name: 'epsilon', dimension: 'energy', description: 'depth of the minimum' },
  ],
  evaluate(r2, p, o, out) {
    const inverse = 1 / r2;
    const s2 = p[o] * p[o] * inverse;
    const s6 = s2 * s2 * s2;
    const e = 4 * p[o + 1] * s6;
    out[0] = e * (s6 - 1);
    out[1] = 6 * e * (2 * s6 - 1) * inverse;
  },
};
