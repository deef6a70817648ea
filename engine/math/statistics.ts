/** Averages of correlated series with honest errors, and straight lines through them. */

export interface BlockAverage {
  readonly mean: number;
  /** Standard error of the mean, correlation included; NaN for fewer than two values. */
  readonly error: number;
  /** Standard error of `error` itself. */
  readonly errorOfError: number;
  /** Of the single values. */
  readonly standardDeviation: number;
  readonly samples: number;
  /** Values in a block of the chosen blocking. */
  readonly blockSize: number;
  /** How many values carry the information of one independent value: (error / naive error)^2. */
  readonly statisticalInefficiency: number;
  /** False if the series is too short for its correlation: `error` is then a lower bound. */
  readonly converged: boolean;
}

/**
 * Mean and standard error of a series in equal intervals, correlated or not, by the blocking method.
 *
 * Neighbours are averaged pairwise again and again; the naive error of the blocked series rises until blocks are longer than
 * the correlation and then stays, within its own error (H. Flyvbjerg & H. G. Petersen, J. Chem. Phys. 91, 461, 1989). The level
 * is chosen without an eye on a plot: the smallest block size B with B^3 > 2 n (e_B / e_1)^4, e being the naive errors of
 * blocks of B and of single values (R. M. Lee et al., Phys. Rev. E 83, 066706, 2011). Of an odd number of blocks the first is
 * dropped at that level; the mean is that of all values.
 */
export function blockAverage(values: ArrayLike<number>): BlockAverage {
  const samples = values.length;
  const mean = average(values);
  let level = Float64Array.from(values);
  const naive = naiveError(level);
  const standardDeviation = naive * Math.sqrt(samples);
  const settled = { mean, standardDeviation, samples };
  // Also a constant series, whose error is nil at every level.
  if (!(naive > 0)) {
    return { ...settled, error: naive, errorOfError: naive, blockSize: 1, statisticalInefficiency: 1, converged: samples > 1 };
  }
  let worst = { error: naive, blockSize: 1, blocks: samples };
  for (let blockSize = 1; level.length >= 2; blockSize *= 2) {
    const error = naiveError(level);
    const ratio = error / naive;
    const found = { error, blockSize, blocks: level.length };
    if (blockSize ** 3 > 2 * samples * ratio ** 4) return finish(settled, naive, found, true);
    if (error > worst.error) worst = found;
    level = halve(level);
  }
  return finish(settled, naive, worst, false);
}

function finish(
  settled: Pick<BlockAverage, 'mean' | 'standardDeviation' | 'samples'>,
  naive: number,
  found: { readonly error: number; readonly blockSize: number; readonly blocks: number },
  converged: boolean,
): BlockAverage {
  const { error, blockSize, blocks } = found;
  const errorOfError = error / Math.sqrt(2 * (blocks - 1));
  return { ...settled, error, errorOfError, blockSize, statisticalInefficiency: (error / naive) ** 2, converged };
}

export interface LinearFit {
  readonly slope: number;
  readonly intercept: number;
}

/** Least-squares line through (x, y); the slope is NaN for fewer than two distinct x. */
export function linearFit(x: ArrayLike<number>, y: ArrayLike<number>): LinearFit {
  const xMean = average(x);
  const yMean = average(y);
  let xx = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - xMean) * (x[i] - xMean);
    xy += (x[i] - xMean) * (y[i] - yMean);
  }
  const slope = xx > 0 ? xy / xx : Number.NaN;
  return { slope, intercept: yMean - slope * xMean };
}

/** Arithmetic mean in two passes, so that a large offset costs no digits; NaN for an empty series. */
function average(values: ArrayLike<number>): number {
  const n = values.length;
  let first = 0;
  for (let i = 0; i < n; i++) first += values[i];
  first /= n;
  let rest = 0;
  for (let i = 0; i < n; i++) rest += values[i] - first;
  return first + rest / n;
}

/** Standard error of the mean as if the values were independent. */
function naiveError(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return Number.NaN;
  const mean = average(values);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean);
  return Math.sqrt(squares / (n - 1) / n);
}

function halve(values: Float64Array): Float64Array<ArrayBuffer> {
  const half = values.length >> 1;
  const odd = values.length & 1;
  return Float64Array.from({ length: half }, (_, i) => 0.5 * (values[2 * i + odd] + values[2 * i + odd + 1]));
}
