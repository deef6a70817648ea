/** Harmonic angle: E = k/2 (theta - angle)^2. */
import type { BondedTerm } from './terms.ts';

export const harmonicAngle: BondedTerm = {
  name: 'harmonic-angle',
  summary: 'Harmonic angle, E = k/2 (theta - angle)^2.',
  status: 'validated',
  schema: {},
  coordinate: 'angle',
  parameters: [
    { name: 'angle', dimension: 'angle', description: 'equilibrium angle' },
    { name: 'k', dimension: 'angular-force-constant', description: 'force constant' },
  ],
  evaluate(theta, p, o, out) {
    const bend = theta - p[o];
    const k = p[o + 1];
    out[0] = 0.5 * k * bend * bend;
    out[1] = k * bend;
    return true;
  },
};
