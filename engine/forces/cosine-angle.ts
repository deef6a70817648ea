/** Bending stiffness of a semiflexible chain: E = k (1 + cos theta), zero for a straight chain (theta = pi). */
import type { BondedTerm } from './terms.ts';

/** Everaers et al., Macromolecules 53, 1901 (2020), give k for Kremer-Grest models of common polymers. */
export const cosineAngle: BondedTerm = {
  name: 'cosine-angle',
  summary: 'Cosine angle, E = k (1 + cos theta).',
  status: 'validated',
  schema: {},
  coordinate: 'cosine',
  parameters: [{ name: 'k', dimension: 'energy', description: 'bending stiffness' }],
  evaluate(cosine, p, o, out) {
    out[0] = p[o] * (1 + cosine);
    out[1] = p[o];
    return true;
  },
};
