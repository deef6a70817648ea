/** The Mueller-Brown potential: three minima and two saddles in the plane. */
import { exp } from '../../math/functions.ts';
import type { FieldTerm } from '../terms.ts';

/** Depth, and the quadratic form around the centre: A exp(a (x - x0)^2 + b (x - x0)(y - y0) + c (y - y0)^2). */
const terms = [
  { A: -200, a: -1, b: 0, c: -10, x0: 1, y0: 0 },
  { A: -100, a: -1, b: 0, c: -10, x0: 0, y0: 0.5 },
  { A: -170, a: -6.5, b: 11, c: -6.5, x0: -0.5, y0: 1.5 },
  { A: 15, a: 0.7, b: 0.6, c: 0.7, x0: -1, y0: 1 },
] as const;

/**
 * K. Mueller, L. D. Brown, Theor. Chim. Acta 53, 75 (1979). Minima at (-0.558, 1.442), (0.623, 0.028) and (-0.050, 0.467) of -146.70, -108.17 and
 * -80.77 times the scale; saddles at (-0.822, 0.624) and (0.212, 0.293) of -40.66 and -72.25.
 */
export const muellerBrown: FieldTerm = {
  name: 'mueller-brown',
  summary: 'The Mueller-Brown potential of x and y, times a scale.',
  status: 'validated',
  schema: {},
  dimensions: 2,
  parameters: [
    { name: 'scale', dimension: 'dimensionless', description: 'factor of the amplitudes -200, -100, -170 and 15, such as 0.15' },
  ],
  evaluate(x, y, _z, p, o, out) {
    const scale = p[o];
    out[0] = 0;
    out[1] = 0;
    out[2] = 0;
    for (let k = 0; k < 4; k++) {
      const { A, a, b, c, x0, y0 } = terms[k];
      const u = x - x0;
      const v = y - y0;
      const e = scale * A * exp(a * u * u + b * u * v + c * v * v);
      out[0] += e;
      out[1] += e * (2 * a * u + b * v);
      out[2] += e * (b * u + 2 * c * v);
    }
  },
};
