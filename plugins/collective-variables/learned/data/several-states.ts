/** Whether the points that a variable is learned from lie in more than one state, before anything is learned of them. */
import { EigenvalueDecomposition } from 'ml-matrix';
import { generalisedEigen, toMatrix } from '../math.ts';
import type { LearningData } from './prepared.ts';
import { valleyDepth } from './valley.ts';

/** Combinations of each kind that are looked along. */
const looked = 3;
/** Below this depth in kT a valley is none. */
const leastDepth = 0.05;

/**
 * The deepest valley of the (weighted) density along any of the three slowest and three widest linear combinations of the inputs, in kT and for sure (see
 * `valleyDepth`). No linear combination makes two maxima of one, however stretched or turned a well is; a network would.
 */
export function deepestValley(data: LearningData): number {
  return Math.max(...directions(data).map((direction) => valleyDepth(along(data, direction), data)));
}

/** What to say of data without two states; empty if all is well. */
export function oneStateWarnings(data: LearningData): string[] {
  if (deepestValley(data) > leastDepth) return [];
  return [
    'the data show no two states: along none of the slowest and widest linear combinations of the features their density has two maxima. Either the run never ' +
      'left one state: sample longer, hotter, or with a bias and weights; or there are none, as in a polymer whose modes relax like springs: then say "expectStates": false',
  ];
}

function along({ x, count, names }: LearningData, direction: readonly number[]): Float64Array {
  const inputs = names.length;
  return Float64Array.from({ length: count }, (_, p) => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += direction[i] * x[p * inputs + i];
    return sum;
  });
}

/** Each point counts once here, whatever its weight: what was seen at all is to be found. */
function directions(data: LearningData): number[][] {
  const { x, count, names, segments } = data;
  const k = names.length;
  const mean = new Float64Array(k);
  for (let n = 0; n < x.length; n++) mean[n % k] += x[n] / count;
  const [covariance, increment] = [new Float64Array(k * k), new Float64Array(k * k)];
  const difference = new Float64Array(k);
  const add = (to: Float64Array): void => {
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) to[i * k + j] += difference[i] * difference[j];
  };
  let pairs = 0;
  for (const { from, to } of segments)
    for (let p = from; p < to; p++) {
      for (let i = 0; i < k; i++) difference[i] = x[p * k + i] - mean[i];
      add(covariance);
      if (p + 1 === to) continue;
      for (let i = 0; i < k; i++) difference[i] = x[(p + 1) * k + i] - x[p * k + i];
      add(increment);
      pairs++;
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(toMatrix(covariance, k), { assumeSymmetric: true });
  const widest = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  return [
    ...(pairs > 0 ? generalisedEigen(increment, covariance, k, 1e-6).vectors.slice(0, looked) : []),
    ...widest.slice(0, looked).map((i) => eigenvectorMatrix.getColumn(i)),
  ];
}
