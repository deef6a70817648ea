/** Harmonic bond: E = k/2 (r - length)^2. */
import type { BondedTerm } from './terms.ts';

export const harmonicBond: BondedTerm = {
  name: 'harmonic-bond',
  summary: 'Harmonic bond, E = k/2 (r - length)^2.',
  status: 'validated',
  schema: {},
  coordinate: 'distance',
  parameters: [
    { name: 'length', dimension: 'length', description: 'equilibrium distance' },
    { name: 'k', dimension: 'force-constant', description: 'force constant' },
  ],
  evaluate(r, p, o, out) {
    const stretch = r - p[o];
    const k = p[o + 1];
    out[0] = 0.5 * k * stretch * stretch;
    out[1] = k * stretch;
    return true;
  },
};
