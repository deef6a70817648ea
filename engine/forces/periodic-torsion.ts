/** Periodic torsion: E = k (1 + cos(n phi - phase)). */
import { cos, sin } from '../math/functions.ts';
import type { BondedTerm } from './terms.ts';

export const periodicTorsion: BondedTerm = {
  name: 'periodic-torsion',
  summary: 'Periodic torsion, E = k (1 + cos(n phi - phase)), trans at phi = pi.',
  status: 'validated',
  schema: {},
  coordinate: 'dihedral',
  parameters: [
    { name: 'periodicity', dimension: 'dimensionless', description: 'n, the number of minima in a full turn' },
    { name: 'phase', dimension: 'angle', description: 'phase' },
    { name: 'k', dimension: 'energy', description: 'half the barrier' },
  ],
  evaluate(phi, p, o, out) {
    const n = p[o];
    const k = p[o + 2];
    const x = n * phi - p[o + 1];
    out[0] = k * (1 + cos(x));
    out[1] = -k * n * sin(x);
    return true;
  },
};
