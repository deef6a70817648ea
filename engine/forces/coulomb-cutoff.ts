/** Coulomb interaction truncated at the cut-off: E = q_i q_j / (4 pi eps0 r). */
import type { CoulombMethod } from './terms.ts';

export const coulombCutoff: CoulombMethod = {
  name: 'cutoff',
  summary: 'Plain Coulomb, truncated at the cut-off (exact for open boundaries without one).',
  status: 'validated',
  schema: { type: 'object', properties: {} },
  pair: () => (r2, out) => {
    const inverse = 1 / Math.sqrt(r2);
    out[0] = inverse;
    out[1] = inverse * inverse * inverse;
  },
};
