/**
 * Optimal superposition of points on a reference, and the derivative of what follows from it.
 *
 * The rotation that minimises sum_i w_i |R (x_i - c) - y_i|^2 is the unit quaternion that belongs to the largest eigenvalue of a 4 x 4 matrix
 * linear in the correlation of both sets (Horn, J. Opt. Soc. Am. A 4, 629, 1987; Coutsias, Seok & Dill, J. Comput. Chem. 25, 1849, 2004). Its derivative
 * follows from first-order perturbation of that eigenvector.
 */
import { eigen4 } from './eigen4.ts';

export class Alignment {
  /** The reference about its weighted centre, 3n. */
  readonly reference: Float64Array;
  /** Weights, adding up to 1. */
  readonly weights: Float64Array;
  /** 3 x 3, row-major: of the last `align`. */
  readonly rotation = new Float64Array(9);
  readonly centre = new Float64Array(3);
  private readonly spread: number;
  private readonly centred: Float64Array;
  private readonly key = new Float64Array(16);
  private readonly values = new Float64Array(4);
  private readonly vectors = new Float64Array(16);
  private readonly work = new Float64Array(9);

  /** @param reference 3n; @param weights n, at least three of them positive and the others 0: these are turned with the rest */
  constructor(reference: Float64Array, weights: Float64Array) {
    const n = weights.length;
    const total = weights.reduce((a, b) => a + b, 0);
    this.weights = weights.map((w) => w / total);
    this.reference = reference.slice();
    this.centred = new Float64Array(3 * n);
    for (let k = 0; k < 3; k++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += this.weights[i] * reference[3 * i + k];
      for (let i = 0; i < n; i++) this.reference[3 * i + k] -= mean;
    }
    this.spread = this.secondMoment(this.reference);
  }

  private secondMoment(x: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.weights.length; i++)
      sum += this.weights[i] * (x[3 * i] ** 2 + x[3 * i + 1] ** 2 + x[3 * i + 2] ** 2);
    return sum;
  }

  /**
   * Writes the aligned points to `out` (3n), and returns the weighted mean square deviation from the reference.
   * @param x 3n
   */
  align(x: Float64Array, out: Float64Array): number {
    const { weights, reference, centred, centre, values, vectors, rotation } = this;
    const n = weights.length;
    let [mx, my, mz] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const w = weights[i];
      mx += w * x[3 * i];
      my += w * x[3 * i + 1];
      mz += w * x[3 * i + 2];
    }
    centre[0] = mx;
    centre[1] = my;
    centre[2] = mz;
    // C[m][n] = sum_i w_i x_i[m] y_i[n]
    let [xx, xy, xz, yx, yy, yz, zx, zy, zz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let o = 0; o < 3 * n; o += 3) {
      const [u, v, w] = [x[o] - mx, x[o + 1] - my, x[o + 2] - mz];
      centred[o] = u;
      centred[o + 1] = v;
      centred[o + 2] = w;
      const weight = weights[o / 3];
      const [p, q, r] = [weight * reference[o], weight * reference[o + 1], weight * reference[o + 2]];
      xx += u * p;
      xy += u * q;
      xz += u * r;
      yx += v * p;
      yy += v * q;
      yz += v * r;
      zx += w * p;
      zy += w * q;
      zz += w * r;
    }
    this.setKey(xx, xy, xz, yx, yy, yz, zx, zy, zz);
    eigen4(this.key, values, vectors);
    quaternionRotation(vectors, rotation);
    const [r0, r1, r2] = [rotation[0], rotation[1], rotation[2]];
    const [r3, r4, r5] = [rotation[3], rotation[4], rotation[5]];
    const [r6, r7, r8] = [rotation[6], rotation[7], rotation[8]];
    for (let o = 0; o < 3 * n; o += 3) {
      const [u, v, w] = [centred[o], centred[o + 1], centred[o + 2]];
      out[o] = r0 * u + r1 * v + r2 * w;
      out[o + 1] = r3 * u + r4 * v + r5 * w;
      out[o + 2] = r6 * u + r7 * v + r8 * w;
    }
    return Math.max(0, this.spread + this.secondMoment(centred) - 2 * values[0]);
  }

  /** The matrix whose largest eigenvalue belongs to the quaternion of the rotation. */
  private setKey(
    xx: number,
    xy: number,
    xz: number,
    yx: number,
    yy: number,
    yz: number,
    zx: number,
    zy: number,
    zz: number,
  ): void {
    const { key } = this;
    key[0] = xx + yy + zz;
    key[5] = xx - yy - zz;
    key[10] = yy - xx - zz;
    key[15] = zz - xx - yy;
    key[1] = key[4] = yz - zy;
    key[2] = key[8] = zx - xz;
    key[3] = key[12] = xy - yx;
    key[6] = key[9] = xy + yx;
    key[7] = key[13] = zx + xz;
    key[11] = key[14] = yz + zy;
  }

  /**
   * From the derivative g of a function of the aligned points to that of the unaligned ones, at the points of the last `align`.
   * @param g 3n; @param out 3n, overwritten
   */
  pullBack(g: Float64Array, out: Float64Array): void {
    const { weights, reference, rotation } = this;
    const n = weights.length;
    this.turn(g);
    const { work: k } = this;
    const [k0, k1, k2] = [k[0], k[1], k[2]];
    const [k3, k4, k5] = [k[3], k[4], k[5]];
    const [k6, k7, k8] = [k[6], k[7], k[8]];
    const [r0, r1, r2] = [rotation[0], rotation[1], rotation[2]];
    const [r3, r4, r5] = [rotation[3], rotation[4], rotation[5]];
    const [r6, r7, r8] = [rotation[6], rotation[7], rotation[8]];
    let [x, y, z] = [0, 0, 0];
    for (let o = 0; o < 3 * n; o += 3) {
      const [u, v, w] = [g[o], g[o + 1], g[o + 2]];
      const [p, q, r] = [reference[o], reference[o + 1], reference[o + 2]];
      const weight = weights[o / 3];
      out[o] = r0 * u + r3 * v + r6 * w + weight * (k0 * p + k1 * q + k2 * r);
      out[o + 1] = r1 * u + r4 * v + r7 * w + weight * (k3 * p + k4 * q + k5 * r);
      out[o + 2] = r2 * u + r5 * v + r8 * w + weight * (k6 * p + k7 * q + k8 * r);
      x += out[o];
      y += out[o + 1];
      z += out[o + 2];
    }
    // The centre moves with every point by its weight.
    for (let o = 0; o < 3 * n; o += 3) {
      const weight = weights[o / 3];
      out[o] -= weight * x;
      out[o + 1] -= weight * y;
      out[o + 2] -= weight * z;
    }
  }

  /** Writes to `work` the derivative of sum g . aligned by the correlations, by the change of the quaternion. */
  private turn(g: Float64Array): void {
    const { centred, values, vectors, work: k } = this;
    // G[m][n] = sum_i g_i[m] v_i[n]: the derivative by the rotation matrix.
    let [xx, xy, xz, yx, yy, yz, zx, zy, zz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let o = 0; o < centred.length; o += 3) {
      const [u, v, w] = [g[o], g[o + 1], g[o + 2]];
      const [p, q, r] = [centred[o], centred[o + 1], centred[o + 2]];
      xx += u * p;
      xy += u * q;
      xz += u * r;
      yx += v * p;
      yy += v * q;
      yz += v * r;
      zx += w * p;
      zy += w * q;
      zz += w * r;
    }
    const [w, x, y, z] = [vectors[0], vectors[1], vectors[2], vectors[3]];
    // By the quaternion, halved.
    const h0 = w * (xx + yy + zz) + x * (zy - yz) + y * (xz - zx) + z * (yx - xy);
    const h1 = x * (xx - yy - zz) + y * (xy + yx) + z * (xz + zx) + w * (zy - yz);
    const h2 = y * (yy - xx - zz) + x * (xy + yx) + z * (yz + zy) + w * (xz - zx);
    const h3 = z * (zz - xx - yy) + x * (xz + zx) + y * (yz + zy) + w * (yx - xy);
    // u = sum over the other eigenvectors of v (v . h) / (lambda_0 - lambda)
    let [u0, u1, u2, u3] = [0, 0, 0, 0];
    for (let e = 4; e < 16; e += 4) {
      const [a, b, c, d] = [vectors[e], vectors[e + 1], vectors[e + 2], vectors[e + 3]];
      const scale = (2 * (a * h0 + b * h1 + c * h2 + d * h3)) / (values[0] - values[e / 4]);
      u0 += scale * a;
      u1 += scale * b;
      u2 += scale * c;
      u3 += scale * d;
    }
    // The derivative of u . key q by each correlation.
    k[0] = u0 * w + u1 * x - u2 * y - u3 * z;
    k[4] = u0 * w - u1 * x + u2 * y - u3 * z;
    k[8] = u0 * w - u1 * x - u2 * y + u3 * z;
    const [a, b, c] = [u0 * x + u1 * w, u0 * y + u2 * w, u0 * z + u3 * w];
    const [d, e, f] = [u1 * y + u2 * x, u1 * z + u3 * x, u2 * z + u3 * y];
    k[1] = c + d;
    k[3] = d - c;
    k[2] = e - b;
    k[6] = e + b;
    k[5] = a + f;
    k[7] = f - a;
  }
}

/** @param q the quaternion: its first four numbers */
function quaternionRotation(q: Float64Array, out: Float64Array): void {
  const [w, x, y, z] = [q[0], q[1], q[2], q[3]];
  out[0] = w * w + x * x - y * y - z * z;
  out[1] = 2 * (x * y - w * z);
  out[2] = 2 * (x * z + w * y);
  out[3] = 2 * (x * y + w * z);
  out[4] = w * w - x * x + y * y - z * z;
  out[5] = 2 * (y * z - w * x);
  out[6] = 2 * (x * z - w * y);
  out[7] = 2 * (y * z + w * x);
  out[8] = w * w - x * x - y * y + z * z;
}
