/**
 * Optimal superposition of points on a reference, and the derivative of what follows from it.
 *
 * The rotation that minimises sum_i w_i |R (x_i - c) - y_i|^2 is the unit quaternion that belongs to the largest eigenvalue of a 4 x 4 matrix
 * linear in the correlation of both sets (Horn, J. Opt. Soc. Am. A 4, 629, 1987; Coutsias, Seok & Dill, J. Comput. Chem. 25, 1849, 2004). Its derivative
 * follows from first-order perturbation of that eigenvector.
 */
import { eigen4 } from './eigen4.ts';

/** Signs of the correlations in the key matrix: F[a][b] += sign * C[m][n]; C[m][n] = sum_i w_i x_i[m] y_i[n]. */
const keyTerms: readonly (readonly [a: number, b: number, m: number, n: number, sign: number])[] = [
  [0, 0, 0, 0, 1],
  [0, 0, 1, 1, 1],
  [0, 0, 2, 2, 1],
  [0, 1, 1, 2, 1],
  [0, 1, 2, 1, -1],
  [0, 2, 2, 0, 1],
  [0, 2, 0, 2, -1],
  [0, 3, 0, 1, 1],
  [0, 3, 1, 0, -1],
  [1, 1, 0, 0, 1],
  [1, 1, 1, 1, -1],
  [1, 1, 2, 2, -1],
  [1, 2, 0, 1, 1],
  [1, 2, 1, 0, 1],
  [1, 3, 2, 0, 1],
  [1, 3, 0, 2, 1],
  [2, 2, 0, 0, -1],
  [2, 2, 1, 1, 1],
  [2, 2, 2, 2, -1],
  [2, 3, 1, 2, 1],
  [2, 3, 2, 1, 1],
  [3, 3, 0, 0, -1],
  [3, 3, 1, 1, -1],
  [3, 3, 2, 2, 1],
];

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

  /** @param reference 3n; @param weights n, positive */
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
    const { weights, reference, centred, centre, key, values, vectors, rotation, work: c } = this;
    const n = weights.length;
    centre.fill(0);
    for (let i = 0; i < n; i++) for (let k = 0; k < 3; k++) centre[k] += weights[i] * x[3 * i + k];
    c.fill(0);
    for (let i = 0; i < n; i++) {
      for (let m = 0; m < 3; m++) {
        const value = x[3 * i + m] - centre[m];
        centred[3 * i + m] = value;
        for (let k = 0; k < 3; k++) c[3 * m + k] += weights[i] * value * reference[3 * i + k];
      }
    }
    key.fill(0);
    for (const [a, b, m, k, sign] of keyTerms) key[4 * a + b] += sign * c[3 * m + k];
    for (let a = 0; a < 4; a++) for (let b = 0; b < a; b++) key[4 * a + b] = key[4 * b + a];
    eigen4(key, values, vectors);
    quaternionRotation(vectors, rotation);
    for (let i = 0; i < n; i++)
      for (let m = 0; m < 3; m++)
        out[3 * i + m] =
          rotation[3 * m] * centred[3 * i] + rotation[3 * m + 1] * centred[3 * i + 1] + rotation[3 * m + 2] * centred[3 * i + 2];
    return Math.max(0, this.spread + this.secondMoment(centred) - 2 * values[0]);
  }

  /**
   * From the derivative g of a function of the aligned points to that of the unaligned ones, at the points of the last `align`.
   * @param g 3n; @param out 3n, overwritten
   */
  pullBack(g: Float64Array, out: Float64Array): void {
    const { weights, reference, centred, values, vectors, rotation, work: k } = this;
    const n = weights.length;
    const h = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) addQuaternionGradient(vectors, g, centred, 3 * i, h);
    // u = sum over the other eigenvectors of v (v . h) / (lambda_0 - lambda)
    const u = [0, 0, 0, 0];
    for (let e = 1; e < 4; e++) {
      const dot = vectors[4 * e] * h[0] + vectors[4 * e + 1] * h[1] + vectors[4 * e + 2] * h[2] + vectors[4 * e + 3] * h[3];
      const scale = dot / (values[0] - values[e]);
      for (let a = 0; a < 4; a++) u[a] += scale * vectors[4 * e + a];
    }
    k.fill(0);
    for (const [a, b, m, l, sign] of keyTerms) {
      k[3 * m + l] += sign * u[a] * vectors[b];
      if (a !== b) k[3 * m + l] += sign * u[b] * vectors[a];
    }
    let [x, y, z] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const o = 3 * i;
      for (let m = 0; m < 3; m++) {
        const rotated = rotation[m] * g[o] + rotation[3 + m] * g[o + 1] + rotation[6 + m] * g[o + 2];
        const turning =
          weights[i] * (k[3 * m] * reference[o] + k[3 * m + 1] * reference[o + 1] + k[3 * m + 2] * reference[o + 2]);
        out[o + m] = rotated + turning;
      }
      x += out[o];
      y += out[o + 1];
      z += out[o + 2];
    }
    // The centre moves with every point by its weight.
    for (let i = 0; i < n; i++) {
      out[3 * i] -= weights[i] * x;
      out[3 * i + 1] -= weights[i] * y;
      out[3 * i + 2] -= weights[i] * z;
    }
  }
}

function quaternionRotation([w, x, y, z]: ArrayLike<number> & Iterable<number>, out: Float64Array): void {
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

/** Adds d(g . R(q) v)/dq for the point at `o` to h; q is the first row of `vectors`. */
function addQuaternionGradient(vectors: Float64Array, g: Float64Array, v: Float64Array, o: number, h: number[]): void {
  const [w, x, y, z] = vectors;
  const [gx, gy, gz] = [g[o], g[o + 1], g[o + 2]];
  const [a, b, c] = [v[o], v[o + 1], v[o + 2]];
  h[0] += 2 * (gx * (w * a - z * b + y * c) + gy * (z * a + w * b - x * c) + gz * (-y * a + x * b + w * c));
  h[1] += 2 * (gx * (x * a + y * b + z * c) + gy * (y * a - x * b - w * c) + gz * (z * a + w * b - x * c));
  h[2] += 2 * (gx * (-y * a + x * b + w * c) + gy * (x * a + y * b + z * c) + gz * (-w * a + z * b - y * c));
  h[3] += 2 * (gx * (-z * a - w * b + x * c) + gy * (w * a - z * b + y * c) + gz * (x * a + y * b + z * c));
}
