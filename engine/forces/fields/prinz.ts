/** The Prinz potential: four wells along x. */
import { exp } from '../../math/functions.ts';
import type { FieldTerm } from '../terms.ts';

/** E = 4 (x^8 + 0.8 exp(-80 x^2) + 0.2 exp(-80 (x - 0.5)^2) + 0.5 exp(-40 (x + 0.5)^2)); J.-H. Prinz et al., J. Chem. Phys. 134, 174105 (2011). */
export const prinz: FieldTerm = {
  name: 'prinz',
  summary: 'The Prinz potential of x, four wells with barriers of different heights, times a scale.',
  status: 'validated',
  schema: {},
  dimensions: 1,
  parameters: [{ name: 'scale', dimension: 'dimensionless', description: 'factor of the energy', default: 1 }],
  evaluate(x, _y, _z, p, o, out) {
    const x2 = x * x;
    const x4 = x2 * x2;
    const a = 0.8 * exp(-80 * x2);
    const b = 0.2 * exp(-80 * (x - 0.5) * (x - 0.5));
    const c = 0.5 * exp(-40 * (x + 0.5) * (x + 0.5));
    const scale = 4 * p[o];
    out[0] = scale * (x4 * x4 + a + b + c);
    out[1] = scale * (8 * x4 * x2 * x - 160 * x * a - 160 * (x - 0.5) * b - 80 * (x + 0.5) * c);
    out[2] = 0;
    out[3] = 0;
  },
};
