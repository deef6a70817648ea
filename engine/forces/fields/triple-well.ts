/** Three wells on a circle in the plane, two of them deep. */
import { atan2, exp, sincos } from '../../math/functions.ts';
import type { FieldTerm } from '../terms.ts';

const sc = new Float64Array(2);

/**
 * V = V1(theta) + (r - 1)^2/eps + 5 exp(-5 r^2), with V1 = (1 - (3 theta/pi + 1)^2)^2 below -pi/3, (3 - 2 cos 3 theta)/5 up to pi/3 and
 * (1 - (3 theta/pi - 1)^2)^2 above. W. Zhang, T. Li, C. Schuette, J. Comput. Phys. 465, 111377 (2022), with eps = 0.5.
 * At kT 1 and unit mobility its slowest rates are 0.21882, 0.76368 and 2.7902. The derivative at the very centre is taken as 0.
 */
export const tripleWell: FieldTerm = {
  name: 'triple-well',
  summary: 'Three wells on the unit circle: V1(theta) + (r - 1)^2/eps + 5 exp(-5 r^2).',
  status: 'validated',
  schema: {},
  dimensions: 2,
  parameters: [{ name: 'eps', dimension: 'dimensionless', description: 'width of the ring', default: 0.5 }],
  evaluate(x, y, _z, p, o, out) {
    const r2 = x * x + y * y;
    const theta = atan2(y, x);
    let angular: number;
    let slope: number;
    if (Math.abs(theta) < Math.PI / 3) {
      sincos(3 * theta, sc);
      angular = 0.2 * (3 - 2 * sc[1]);
      slope = 1.2 * sc[0];
    } else {
      const u = (3 * theta) / Math.PI + (theta < 0 ? 1 : -1);
      angular = (1 - u * u) * (1 - u * u);
      slope = (-12 / Math.PI) * u * (1 - u * u);
    }
    const r = Math.sqrt(r2);
    const ring = r - 1;
    const bump = 5 * exp(-5 * r2);
    // By r, over r.
    const radial = r > 0 ? (2 * ring) / (p[o] * r) - 10 * bump : 0;
    const along = r2 > 0 ? slope / r2 : 0;
    out[0] = angular + (ring * ring) / p[o] + bump;
    out[1] = x * radial - y * along;
    out[2] = y * radial + x * along;
  },
};
