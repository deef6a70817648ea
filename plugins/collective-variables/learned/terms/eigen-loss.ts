/**
 * The variational loss of leading eigenfunctions with ordered outputs: quotients A_i / var f_i weighted by omega_i in the order of their size, and a
 * penalty for functions that are not orthonormal. Zhang, Li & Schuette, J. Comput. Phys. 465, 111377 (2022); Zhang & Schuette, Entropy 25, 844 (2023).
 */
import type { Report } from './term.ts';

export interface EigenLossOptions {
  /** omega, falling: the smallest quotient takes the first. */
  readonly omega: readonly number[];
  /** Weight of the quotients. */
  readonly quotients: number;
  /** Weight alpha of the penalty. */
  readonly penalty: number;
  /** Quotients enter by their logarithms: an eigenvalue counts by its relative error, however far apart they are. */
  readonly logarithmic: boolean;
  /** With `logarithmic`: logarithms are of running means over batches. */
  readonly averaged?: boolean;
}

/** Batches that a running mean goes back. */
const memory = 50;

/**
 * Running means of quotients over training batches, by rank. The logarithm of a quotient of one batch rewards functions that jump where the batch has
 * no point: most batches then say log 0, and the few that see the jump cannot make up for it. Of a mean they can: its logarithm has the slope
 * 1/mean for every batch.
 */
export class RunningQuotients {
  private readonly means: number[] = [];
  private batches = 0;

  /** Takes the quotients of a training batch, in order of rank. */
  add(quotients: readonly number[]): void {
    this.batches++;
    quotients.forEach((value, rank) => {
      const mean = this.means[rank] ?? value;
      this.means[rank] = mean + (value - mean) / Math.min(this.batches, memory);
    });
  }

  /** The mean of a rank. */
  at(rank: number): number {
    return this.means[rank];
  }
}

/** Means and covariances of rows. */
export interface Moments {
  readonly mean: Float64Array;
  /** k x k */
  readonly covariance: Float64Array;
}

export function moments(f: readonly Float64Array[], weights: Float64Array): Moments {
  const k = f.length;
  const mean = new Float64Array(k);
  for (let i = 0; i < k; i++) for (let b = 0; b < weights.length; b++) mean[i] += weights[b] * f[i][b];
  const covariance = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      const [u, v, mu, mv] = [f[i], f[j], mean[i], mean[j]];
      let sum = 0;
      for (let b = 0; b < weights.length; b++) sum += weights[b] * (u[b] - mu) * (v[b] - mv);
      covariance[i * k + j] = covariance[j * k + i] = sum;
    }
  return { mean, covariance };
}

export interface EigenLoss {
  readonly report: Report;
  /** dL/dA_i */
  readonly numerators: Float64Array;
  /** dL/dC_ij for i = j, and dL/dC_ij with C_ij = C_ji one number for i < j; k x k symmetric. */
  readonly covariance: Float64Array;
}

/**
 * @param numerators A_i: the energy form of each function, so that A_i / C_ii estimates an eigenvalue
 * @param running what batches are averaged in, if this is one of training and they are
 */
export function eigenLoss(
  numerators: ArrayLike<number>,
  covariance: Float64Array,
  options: EigenLossOptions,
  running: RunningQuotients | null = null,
): EigenLoss {
  const k = numerators.length;
  const quotient = Float64Array.from({ length: k }, (_, i) => numerators[i] / covariance[i * k + i]);
  // One order for all: what belongs to a function is found by the function's number.
  const order = Array.from(quotient, (_, i) => i).sort((i, j) => quotient[i] - quotient[j]);
  running?.add(order.map((i) => quotient[i]));
  const byNumerator = new Float64Array(k);
  const byCovariance = new Float64Array(k * k);
  let [loss, penalty] = [0, 0];
  order.forEach((i, rank) => {
    const omega = options.quotients * (options.omega[rank] ?? 0);
    const variance = covariance[i * k + i];
    const value = running?.at(rank) ?? quotient[i];
    loss += omega * (options.logarithmic ? Math.log(value) : value);
    const slope = options.logarithmic ? omega / value : omega;
    byNumerator[i] = slope / variance;
    byCovariance[i * k + i] = (-slope * quotient[i]) / variance;
  });
  for (let i = 0; i < k; i++)
    for (let j = i; j < k; j++) {
      const excess = covariance[i * k + j] - (i === j ? 1 : 0);
      penalty += excess * excess;
      const slope = 2 * options.penalty * excess;
      byCovariance[i * k + j] += slope;
      if (i !== j) byCovariance[j * k + i] = byCovariance[i * k + j];
    }
  const report: Report = { loss: loss + options.penalty * penalty, penalty };
  order.forEach((i, rank) => {
    report[`eigenvalue${rank + 1}`] = quotient[i];
  });
  return { report, numerators: byNumerator, covariance: byCovariance };
}

/** Adds the derivative of a function of the covariances by the outputs: share * dL/dC . dC/df. */
export function addCovarianceBars(
  bars: readonly Float64Array[],
  f: readonly Float64Array[],
  { mean }: Moments,
  slopes: Float64Array,
  weights: Float64Array,
  share = 1,
): void {
  const k = f.length;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const factor = share * slopes[i * k + j] * (i === j ? 2 : 1);
      if (factor === 0) continue;
      const [bar, row, middle] = [bars[i], f[j], mean[j]];
      for (let b = 0; b < weights.length; b++) bar[b] += factor * weights[b] * (row[b] - middle);
    }
}
