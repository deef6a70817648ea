/** Finitely extensible nonlinear elastic bond: E = -k r0^2/2 ln(1 - (r/r0)^2), without the repulsive part (a pair potential supplies it). */
import { log } from '../math/functions.ts';
import type { BondedTerm } from './terms.ts';

/** Kremer & Grest, J. Chem. Phys. 92, 5057 (1990): k 30, r0 1.5 in reduced units. Undefined for r >= r0. */
export const feneBond: BondedTerm = {
  name: 'fene-bond',
  summary: 'FENE bond, E = -k r0^2/2 ln(1 - (r/r0)^2).',
  status: 'validated',
  schema: {},
  coordinate: 'distance',
  parameters: [
    { name: 'k', dimension: 'force-constant', description: 'force constant' },
    { name: 'r0', dimension: 'length', description: 'distance at which the energy diverges' },
  ],
  evaluate(r, p, o, out) {
    const k = p[o];
    const r0 = p[o + 1];
    const gap = 1 - (r / r0) * (r / r0);
    if (!(gap > 0)) return false;
    out[0] = -0.5 * k * r0 * r0 * log(gap);
    out[1] = (k * r) / gap;
    return true;
  },
};
