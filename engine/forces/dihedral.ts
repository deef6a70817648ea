/** The dihedral angle of four particles and the forces along it, for every term that depends on one. */
import { atan2 } from '../math/functions.ts';
import { type Box, minimumImage } from '../system/box.ts';

/**
 * Angle in the IUPAC convention (trans = pi). Forces after Blondel & Karplus, J. Comput. Chem. 17, 1132 (1996): with F = r_i - r_j,
 * G = r_j - r_k, H = r_l - r_k, A = F x G, B = H x G. An instance is work space: `addForce` refers to the last `measure`.
 */
export class Dihedral {
  private readonly d = new Float64Array(9); // F, G, H
  private readonly n = new Float64Array(9); // A, B, B x A
  private readonly at = new Int32Array(4);

  /** The angle of particles i-j-k-l (rad, -pi to pi). */
  measure(x: Float64Array, box: Box, i: number, j: number, k: number, l: number): number {
    const { d, n, at } = this;
    at[0] = 3 * i;
    at[1] = 3 * j;
    at[2] = 3 * k;
    at[3] = 3 * l;
    difference(x, at[0], at[1], box, d, 0);
    difference(x, at[1], at[2], box, d, 3);
    difference(x, at[3], at[2], box, d, 6);
    cross(d, 0, d, 3, n, 0);
    cross(d, 6, d, 3, n, 3);
    cross(n, 3, n, 0, n, 6);
    const g = Math.sqrt(dot(d, 3, d, 3));
    return atan2(dot(n, 6, d, 3) / g, dot(n, 0, n, 3));
  }

  /** Adds the forces and the virial of a slope -dE/dphi. */
  addForce(slope: number, forces: Float64Array, virial: Float64Array): void {
    const { d, n, at } = this;
    const g = Math.sqrt(dot(d, 3, d, 3));
    const a2 = dot(n, 0, n, 0);
    const b2 = dot(n, 3, n, 3);
    const fg = dot(d, 0, d, 3) / (a2 * g);
    const hg = dot(d, 6, d, 3) / (b2 * g);
    for (let a = 0; a < 3; a++) {
      const fi = slope * (-g / a2) * n[a];
      const fm = slope * (g / b2) * n[3 + a];
      const s = slope * (fg * n[a] - hg * n[3 + a]);
      forces[at[0] + a] += fi;
      forces[at[1] + a] += s - fi;
      forces[at[2] + a] += -s - fm;
      forces[at[3] + a] += fm;
      // About j: i at F, k at -G, l at H - G.
      for (let b = 0; b < 3; b++) virial[3 * b + a] += d[b] * fi - d[3 + b] * (-s - fm) + (d[6 + b] - d[3 + b]) * fm;
    }
  }
}

function difference(x: Float64Array, i: number, j: number, box: Box, d: Float64Array, o: number): void {
  d[o] = x[i] - x[j];
  d[o + 1] = x[i + 1] - x[j + 1];
  d[o + 2] = x[i + 2] - x[j + 2];
  minimumImage(box, d, o);
}

function dot(u: Float64Array, i: number, v: Float64Array, j: number): number {
  return u[i] * v[j] + u[i + 1] * v[j + 1] + u[i + 2] * v[j + 2];
}

function cross(u: Float64Array, i: number, v: Float64Array, j: number, w: Float64Array, k: number): void {
  w[k] = u[i + 1] * v[j + 2] - u[i + 2] * v[j + 1];
  w[k + 1] = u[i + 2] * v[j] - u[i] * v[j + 2];
  w[k + 2] = u[i] * v[j + 1] - u[i + 1] * v[j];
}
