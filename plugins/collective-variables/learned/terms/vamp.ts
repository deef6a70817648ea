/** VAMP-2: minus the sum of squared singular values of the Koopman operator in the span of the outputs (Wu & Noe, J. Nonlinear Sci. 30, 23, 2020; Mardt et al., Nat. Commun. 9, 5, 2018). */
import type { Matrix } from 'ml-matrix';
import { inverse, toMatrix } from '../math.ts';
import type { Criterion } from './output-term.ts';

/** Means, and second moments about them; without `centred` about zero, as for memberships, which add up to 1. */
export function laggedMoments(
  f: readonly Float64Array[],
  later: readonly Float64Array[],
  weights: Float64Array,
  centred: boolean,
) {
  const k = f.length;
  const mean = (rows: readonly Float64Array[]): Float64Array =>
    Float64Array.from(rows, (row) => (centred ? row.reduce((sum, value, b) => sum + weights[b] * value, 0) : 0));
  const [m0, m1] = [mean(f), mean(later)];
  const product = (a: readonly Float64Array[], ma: Float64Array, b: readonly Float64Array[], mb: Float64Array): Float64Array => {
    const out = new Float64Array(k * k);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++)
        for (let p = 0; p < weights.length; p++) out[i * k + j] += weights[p] * (a[i][p] - ma[i]) * (b[j][p] - mb[j]);
    return out;
  };
  return { m0, m1, c00: product(f, m0, f, m0), c01: product(f, m0, later, m1), c11: product(later, m1, later, m1) };
}

/** R = tr(C00^-1 C01 C11^-1 C10); the loss is -R. @param softmax outputs are made memberships first */
export function vamp2(softmax: boolean): Criterion {
  return (outputs, bars) => {
    const { weights } = outputs;
    const f = softmax ? memberships(outputs.f) : outputs.f;
    const later = softmax ? memberships(outputs.later) : outputs.later;
    const k = f.length;
    const { m0, m1, c00, c01, c11 } = laggedMoments(f, later, weights, !softmax);
    const [i00, i11, cross] = [inverse(c00, k), inverse(c11, k), toMatrix(c01, k)];
    const m = i00.mmul(cross).mmul(i11);
    const score = m.mmul(cross.transpose()).trace();
    if (!bars) return { loss: -score, score };
    const p = m.mmul(cross.transpose()).mmul(i00);
    const q = i11.mmul(cross.transpose()).mmul(m);
    const zero = (): Float64Array[] => f.map((row) => new Float64Array(row.length));
    const [ownF, ownLater] = softmax ? [zero(), zero()] : [bars.f, bars.later];
    add(ownF, m, later, m1, weights, -2);
    add(ownF, p, f, m0, weights, 2);
    add(ownLater, m.transpose(), f, m0, weights, -2);
    add(ownLater, q, later, m1, weights, 2);
    if (softmax) {
      throughMemberships(f, ownF, bars.f);
      throughMemberships(later, ownLater, bars.later);
    }
    return { loss: -score, score };
  };
}

/** bars_i += factor w sum_j M_ij (g_j - mean_j) */
function add(
  bars: readonly Float64Array[],
  matrix: Matrix,
  g: readonly Float64Array[],
  mean: Float64Array,
  weights: Float64Array,
  factor: number,
): void {
  for (let i = 0; i < bars.length; i++)
    for (let j = 0; j < g.length; j++) {
      const slope = factor * matrix.get(i, j);
      for (let b = 0; b < weights.length; b++) bars[i][b] += slope * weights[b] * (g[j][b] - mean[j]);
    }
}

/** Softmax over rows, point by point. */
export function memberships(rows: readonly Float64Array[]): Float64Array[] {
  const out = rows.map((row) => row.slice());
  for (let b = 0; b < rows[0].length; b++) {
    const largest = Math.max(...rows.map((row) => row[b]));
    let sum = 0;
    for (const row of out) {
      row[b] = Math.exp(row[b] - largest);
      sum += row[b];
    }
    for (const row of out) row[b] /= sum;
  }
  return out;
}

/** Adds the derivative by the rows before the softmax. */
function throughMemberships(chi: readonly Float64Array[], bars: readonly Float64Array[], out: readonly Float64Array[]): void {
  for (let b = 0; b < chi[0].length; b++) {
    let mean = 0;
    for (let i = 0; i < chi.length; i++) mean += chi[i][b] * bars[i][b];
    for (let i = 0; i < chi.length; i++) out[i][b] += chi[i][b] * (bars[i][b] - mean);
  }
}
