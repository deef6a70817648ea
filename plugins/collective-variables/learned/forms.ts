/** Moments and forms of the outputs of a network over many points, in double precision: what eigenvalues are computed from. */
import { InputError } from '../../../engine/index.ts';
import type { LearningData } from './data/prepared.ts';
import { generalisedEigen } from './math.ts';
import type { NetworkDescription } from './network/description.ts';
import { PointNetwork } from './network/point-network.ts';
import { batchWeights } from './terms/term.ts';
import { increments, symmetricMoments } from './terms/transfer-operator.ts';

/** A form A and covariance C of k functions; eigenvalues of the operator are those of A v = lambda C v. */
export interface Forms {
  readonly form: Float64Array;
  readonly covariance: Float64Array;
  readonly mean: Float64Array;
  readonly count: number;
}

/** Outputs at points (shifted by a lag in steps), a row an output. */
export function outputsAt(network: PointNetwork, data: LearningData, points: Int32Array, shift = 0): Float64Array[] {
  const rows = Array.from({ length: network.outputs }, () => new Float64Array(points.length));
  const inputs = data.names.length;
  for (let b = 0; b < points.length; b++) {
    const at = (points[b] + shift) * inputs;
    for (let i = 0; i < inputs; i++) network.input[i] = data.x[at + i];
    network.evaluate();
    for (let o = 0; o < rows.length; o++) rows[o][b] = network.values[o];
  }
  return rows;
}

/** A_ij = kT E grad f_i . M grad f_j. @throws InputError without a metric */
export function generatorForms(description: NetworkDescription, data: LearningData, points: Int32Array): Forms {
  if (!data.metric) throw new InputError('', 'the generator needs derivatives of the features');
  const network = new PointNetwork(description);
  const { outputs: k, gradientStride } = network;
  const inputs = data.names.length;
  const weights = batchWeights(data, points);
  const constant = data.metric.length === inputs * inputs;
  const form = new Float64Array(k * k);
  const second = new Float64Array(k * k);
  const mean = new Float64Array(k);
  const turned = new Float64Array(inputs);
  for (let b = 0; b < points.length; b++) {
    const at = points[b] * inputs;
    for (let i = 0; i < inputs; i++) network.input[i] = data.x[at + i];
    network.evaluate();
    const g = network.gradients;
    const m = constant ? 0 : points[b] * inputs * inputs;
    for (let i = 0; i < k; i++) {
      mean[i] += weights[b] * network.values[i];
      for (let u = 0; u < inputs; u++) {
        let sum = 0;
        for (let v = 0; v < inputs; v++) sum += data.metric[m + u * inputs + v] * g[i * gradientStride + v];
        turned[u] = sum;
      }
      for (let j = 0; j < k; j++) {
        let sum = 0;
        for (let u = 0; u < inputs; u++) sum += turned[u] * g[j * gradientStride + u];
        form[i * k + j] += data.kT * weights[b] * sum;
        second[i * k + j] += weights[b] * network.values[i] * network.values[j];
      }
    }
  }
  const covariance = second.map((s, n) => s - mean[Math.floor(n / k)] * mean[n % k]);
  return { form, covariance, mean, count: points.length };
}

/** A_ij = E (f_i(t + tau) - f_i(t)) (f_j(t + tau) - f_j(t)) / (2 tau). @param points first points of pairs; @param lag in steps */
export function transferForms(description: NetworkDescription, data: LearningData, points: Int32Array, lag: number): Forms {
  const network = new PointNetwork(description);
  const f = outputsAt(network, data, points);
  const later = outputsAt(network, data, points, lag);
  const weights = batchWeights(data, points);
  const { first, last, covariance } = symmetricMoments(f, later, weights);
  const tau = lag * (data.spacing as number);
  const mean = first.mean.map((m, i) => 0.5 * (m + last.mean[i]));
  return { form: increments(f, later, weights, tau), covariance, mean, count: points.length };
}

/** Rows of the map y = M (f - mean) to eigenfunctions of unit variance, the slowest first, and their eigenvalues. */
export function diagonalise({ form, covariance, mean }: Forms): {
  readonly values: number[];
  readonly matrix: number[][];
  readonly offset: number[];
} {
  const { values, vectors } = generalisedEigen(form, covariance, mean.length);
  return { values, matrix: vectors, offset: vectors.map((v) => -v.reduce((sum, x, i) => sum + x * mean[i], 0)) };
}
