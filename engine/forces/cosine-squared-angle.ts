/** Harmonic in the cosine: E = k/2 (cos theta - cos angle)^2, without a singularity at theta = pi. */
import { cos } from '../math/functions.ts';
import type { BondedTerm } from './terms.ts';

/** The bending form of GROMOS-96 (van Gunsteren & Berendsen 1987) and Martini. */
export const cosineSquaredAngle: BondedTerm = {
  name: 'cosine-squared-angle',
  summary: 'Cosine-squared angle, E = k/2 (cos theta - cos angle)^2.',
  status: 'validated',
  schema: {},
  coordinate: 'cosine',
  parameters: [
    { name: 'angle', dimension: 'angle', description: 'equilibrium angle' },
    { name: 'k', dimension: 'energy', description: 'force constant' },
  ],
  evaluate(cosine, p, o, out) {
    const difference = cosine - cos(p[o]);
    const k = p[o + 1];
    out[0] = 0.5 * k * difference * difference;
    out[1] = k * difference;
    return true;
  },
};
