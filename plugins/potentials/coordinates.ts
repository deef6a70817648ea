/** Internal coordinates of site tuples (distance, angle, dihedral) with their gradients, for fitting and for measuring ranges. */
import { acos, atan2, type Box, minimumImage } from '../../engine/index.ts';
import type { InternalCoordinate } from './topology.ts';

/** Value of the coordinate; writes its gradient with respect to the tuple's sites to `gradient` (3 numbers a site, in tuple order). */
export type CoordinateFunction = (
  positions: Float64Array,
  box: Box,
  sites: Int32Array,
  o: number,
  gradient: Float64Array,
) => number;

/** Work space: three difference vectors. */
const d = new Float64Array(9);

function difference(positions: Float64Array, box: Box, i: number, j: number, o: number): void {
  for (let c = 0; c < 3; c++) d[o + c] = positions[3 * j + c] - positions[3 * i + c];
  minimumImage(box, d, o);
}

/** |r_j - r_i|. */
const distance: CoordinateFunction = (positions, box, sites, o, gradient) => {
  difference(positions, box, sites[o], sites[o + 1], 0);
  const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  for (let c = 0; c < 3; c++) {
    gradient[3 + c] = d[c] / r;
    gradient[c] = -gradient[3 + c];
  }
  return r;
};

/** The angle at the middle site, in [0, pi]; its gradient is zero where it is not defined (a straight angle). */
const angle: CoordinateFunction = (positions, box, sites, o, gradient) => {
  difference(positions, box, sites[o + 1], sites[o], 0);
  difference(positions, box, sites[o + 1], sites[o + 2], 3);
  const a = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const b = Math.sqrt(d[3] * d[3] + d[4] * d[4] + d[5] * d[5]);
  const cosine = Math.max(-1, Math.min(1, (d[0] * d[3] + d[1] * d[4] + d[2] * d[5]) / (a * b)));
  const sine = Math.sqrt(1 - cosine * cosine);
  const scale = sine > 1e-9 ? -1 / sine : 0;
  for (let c = 0; c < 3; c++) {
    const u = d[c] / a;
    const v = d[3 + c] / b;
    gradient[c] = (scale * (v - cosine * u)) / a;
    gradient[6 + c] = (scale * (u - cosine * v)) / b;
    gradient[3 + c] = -gradient[c] - gradient[6 + c];
  }
  return acos(cosine);
};

/** The dihedral angle in (-pi, pi], trans = pi (IUPAC); gradient after Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996). */
const dihedral: CoordinateFunction = (positions, box, sites, o, gradient) => {
  difference(positions, box, sites[o + 1], sites[o], 0); // F = ri - rj
  difference(positions, box, sites[o + 2], sites[o + 1], 3); // G = rj - rk
  difference(positions, box, sites[o + 2], sites[o + 3], 6); // H = rl - rk
  const ax = d[1] * d[5] - d[2] * d[4];
  const ay = d[2] * d[3] - d[0] * d[5];
  const az = d[0] * d[4] - d[1] * d[3];
  const bx = d[7] * d[5] - d[8] * d[4];
  const by = d[8] * d[3] - d[6] * d[5];
  const bz = d[6] * d[4] - d[7] * d[3];
  const a2 = ax * ax + ay * ay + az * az;
  const b2 = bx * bx + by * by + bz * bz;
  const g = Math.sqrt(d[3] * d[3] + d[4] * d[4] + d[5] * d[5]);
  if (a2 < 1e-20 || b2 < 1e-20) {
    gradient.fill(0, 0, 12);
    return 0;
  }
  const fg = d[0] * d[3] + d[1] * d[4] + d[2] * d[5];
  const hg = d[6] * d[3] + d[7] * d[4] + d[8] * d[5];
  const A = [ax, ay, az];
  const B = [bx, by, bz];
  for (let c = 0; c < 3; c++) {
    const s = (fg / (a2 * g)) * A[c];
    const t = (hg / (b2 * g)) * B[c];
    gradient[c] = -(g / a2) * A[c];
    gradient[3 + c] = (g / a2) * A[c] + s - t;
    gradient[6 + c] = t - s - (g / b2) * B[c];
    gradient[9 + c] = (g / b2) * B[c];
  }
  const cosine = ax * bx + ay * by + az * bz;
  const sine = ((by * az - bz * ay) * d[3] + (bz * ax - bx * az) * d[4] + (bx * ay - by * ax) * d[5]) / g;
  return atan2(sine, cosine);
};

export const coordinateFunctions: Readonly<Record<InternalCoordinate, CoordinateFunction>> = { bond: distance, angle, dihedral };
