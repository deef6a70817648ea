/** Weeks-Chandler-Andersen: Lennard-Jones cut at its minimum 2^(1/6) sigma and raised by epsilon, purely repulsive. */
import type { PairTerm } from './terms.ts';

/** Weeks, Chandler & Andersen, J. Chem. Phys. 54, 5237 (1971). */
export const wca: PairTerm = {
  name: 'wca',
  summary: 'Purely repulsive Lennard-Jones: cut at 2^(1/6) sigma and raised by epsilon.',
  status: 'validated',
  schema: {},
  parameters: [
    { name: 'sigma', dimension: 'length', description: 'Lennard-Jones sigma' },
    { name: 'epsilon', dimension: 'energy', description: 'Lennard-Jones epsilon' },
  ],
  evaluate(r2, p, o, out) {
    const inverse = 1 / r2;
    const s2 = p[o] * p[o] * inverse;
    const s6 = s2 * s2 * s2;
    if (s6 <= 0.5) {
      out[0] = 0;
      out[1] = 0;
      return;
    }
    const e = 4 * p[o + 1] * s6;
    out[0] = e * (s6 - 1) + p[o + 1];
    out[1] = 6 * e * (2 * s6 - 1) * inverse;
  },
  range(p, o) {
    return p[o] * 1.122462048309373; // 2^(1/6)
  },
};
