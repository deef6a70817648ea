/** DeepTICA: minus the sum of squared eigenvalues of the time-lagged problem in the span of the outputs (Bonati, Piccini & Parrinello, PNAS 118, e2113533118, 2021). */
import { generalisedEigen } from '../math.ts';
import { addCovarianceBars } from './eigen-loss.ts';
import type { Criterion } from './output-term.ts';
import type { Report } from './term.ts';
import { increments, symmetricMoments } from './transfer-operator.ts';

/**
 * With D the increments of a lag and C the covariance, D v = mu C v; the eigenvalues of the transfer operator are 1 - mu.
 * d mu = v^T (dD - mu dC) v.
 */
export const deepTica: Criterion = ({ f, later, weights }, bars) => {
  const k = f.length;
  const { first, last, covariance } = symmetricMoments(f, later, weights);
  const { values, vectors } = generalisedEigen(increments(f, later, weights, 1), covariance, k);
  const report: Report = { loss: 0 };
  const byIncrement = new Float64Array(k * k);
  const byCovariance = new Float64Array(k * k);
  values.forEach((mu, n) => {
    report.loss -= (1 - mu) ** 2;
    report[`eigenvalue${n + 1}`] = 1 - mu;
    const slope = 2 * (1 - mu);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const pair = slope * vectors[n][i] * vectors[n][j];
        byIncrement[i * k + j] += pair;
        byCovariance[i * k + j] -= (i === j ? 1 : 2) * mu * pair;
      }
  });
  if (!bars) return report;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++)
      for (let b = 0; b < weights.length; b++) {
        const slope = weights[b] * byIncrement[i * k + j] * (later[j][b] - f[j][b]);
        bars.later[i][b] += slope;
        bars.f[i][b] -= slope;
      }
  addCovarianceBars(bars.f, f, first, byCovariance, weights, 0.5);
  addCovarianceBars(bars.later, later, last, byCovariance, weights, 0.5);
  return report;
};
