/** The variational loss of eigenfunctions of the transfer operator at a lag tau: A_i = E (f_i(x(t + tau)) - f_i(x(t)))^2 / (2 tau). */
import { addCovarianceBars, type EigenLossOptions, eigenLoss, type Moments, moments, RunningQuotients } from './eigen-loss.ts';
import type { Criterion } from './output-term.ts';

/** Covariances of both ends of the pairs, averaged: those of the stationary distribution, in which time runs both ways. */
export function symmetricMoments(
  f: readonly Float64Array[],
  later: readonly Float64Array[],
  weights: Float64Array,
): { readonly first: Moments; readonly last: Moments; readonly covariance: Float64Array } {
  const [first, last] = [moments(f, weights), moments(later, weights)];
  return { first, last, covariance: first.covariance.map((c, k) => 0.5 * (c + last.covariance[k])) };
}

/** E (l_i - f_i)(l_j - f_j) / (2 tau), k x k: on eigenfunctions of variance 1 it is (1 - exp(-lambda tau))/tau. */
export function increments(
  f: readonly Float64Array[],
  later: readonly Float64Array[],
  weights: Float64Array,
  tau: number,
): Float64Array {
  const k = f.length;
  const matrix = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let b = 0; b < weights.length; b++) sum += weights[b] * (later[i][b] - f[i][b]) * (later[j][b] - f[j][b]);
      matrix[i * k + j] = matrix[j * k + i] = sum / (2 * tau);
    }
  return matrix;
}

/** The rate that belongs to a raw quotient (1 - exp(-lambda tau))/tau; infinite where the raw one is beyond 1/tau, as noise. */
export function correctedRate(raw: number, tau: number): number {
  return raw * tau < 1 ? -Math.log(1 - raw * tau) / tau : Number.POSITIVE_INFINITY;
}

export function transferOperator(tau: number, options: EigenLossOptions): Criterion {
  const running = options.averaged ? new RunningQuotients() : null;
  return ({ f, later, weights }, bars) => {
    const k = f.length;
    const { first, last, covariance } = symmetricMoments(f, later, weights);
    const numerators = new Float64Array(k);
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let b = 0; b < weights.length; b++) sum += weights[b] * (later[i][b] - f[i][b]) ** 2;
      numerators[i] = sum / (2 * tau);
    }
    const {
      report,
      numerators: byNumerator,
      covariance: byCovariance,
    } = eigenLoss(numerators, covariance, options, bars ? running : null);
    if (!bars) return report;
    for (let i = 0; i < k; i++)
      for (let b = 0; b < weights.length; b++) {
        const slope = (byNumerator[i] * weights[b] * (later[i][b] - f[i][b])) / tau;
        bars.later[i][b] += slope;
        bars.f[i][b] -= slope;
      }
    addCovarianceBars(bars.f, f, first, byCovariance, weights, 0.5);
    addCovarianceBars(bars.later, later, last, byCovariance, weights, 0.5);
    return report;
  };
}
