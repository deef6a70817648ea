/** Means and standard errors of correlated series by block averages. */

/** Arithmetic mean; NaN for an empty series. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: ArrayLike<number>): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Standard deviation of a sample (n - 1 in the denominator); 0 for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const m = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - m) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** Blocks used for error estimates when nothing else is said. */
export const defaultBlocks = 10;

/**
 * Start of each of `blocks` contiguous blocks of `length` frames, with `length` as the last entry.
 * There are never more blocks than frames.
 */
export function blockEdges(length: number, blocks: number = defaultBlocks): number[] {
  const count = Math.max(1, Math.min(blocks, length));
  return Array.from({ length: count + 1 }, (_, b) => Math.floor((b * length) / count));
}

/**
 * Standard error of the mean from block means: their standard deviation over the square root of their number
 * (Flyvbjerg & Petersen, J. Chem. Phys. 91, 461, 1989). `null` with fewer than two blocks: there is no estimate.
 */
export function standardErrorOfBlocks(blockMeans: ArrayLike<number>): number | null {
  return blockMeans.length < 2 ? null : standardDeviation(blockMeans) / Math.sqrt(blockMeans.length);
}

/** `standardErrorOfBlocks` of a time series cut into contiguous blocks. */
export function blockStandardError(series: ArrayLike<number>, blocks: number = defaultBlocks): number | null {
  const edges = blockEdges(series.length, blocks);
  const means: number[] = [];
  for (let b = 0; b + 1 < edges.length; b++) {
    let sum = 0;
    for (let i = edges[b]; i < edges[b + 1]; i++) sum += series[i];
    means.push(sum / (edges[b + 1] - edges[b]));
  }
  return standardErrorOfBlocks(means);
}

/**
 * Column-wise mean and block error of several estimates of the same curve, one row a block.
 * `weights` says how much each block counts in the mean (frames in it).
 */
export function curveOfBlocks(
  blocks: readonly ArrayLike<number>[],
  weights: readonly number[],
): { mean: Float64Array; error: Float64Array | null } {
  const width = blocks[0].length;
  const total = weights.reduce((a, b) => a + b, 0);
  const average = new Float64Array(width);
  const error = blocks.length < 2 ? null : new Float64Array(width);
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let b = 0; b < blocks.length; b++) sum += weights[b] * blocks[b][i];
    average[i] = sum / total;
    if (error) error[i] = standardErrorOfBlocks(blocks.map((block) => block[i])) ?? 0;
  }
  return { mean: average, error };
}
