/** Implied times of functions of a trajectory: moments of pairs of frames a lag apart, block by block of time, and what resampled blocks give. */
import seedrandom from 'seedrandom';
import type { Segment } from '../learned/data/prepared.ts';
import { generalisedEigen } from '../learned/math.ts';

/** Sums over the pairs of one block: their number, and of f and g, the functions at both ends, f + g, f f' + g g' and f g' + g f'. */
interface BlockSums {
  readonly pairs: number;
  readonly first: Float64Array;
  readonly same: Float64Array;
  readonly lagged: Float64Array;
}

/** Directions with less than this part of the largest variance are noise. */
const leastVariance = 1e-3;

/** @param f a row a function, over all points; @param blocks equal parts of the points, in the order of time; a pair is of the block of its first point */
export function blockSums(f: readonly Float64Array[], segments: readonly Segment[], lag: number, blocks: number): BlockSums[] {
  const k = f.length;
  const count = f[0].length;
  const sums = Array.from({ length: blocks }, () => ({
    pairs: 0,
    first: new Float64Array(k),
    same: new Float64Array(k * k),
    lagged: new Float64Array(k * k),
  }));
  for (const { from, to } of segments)
    for (let p = from; p + lag < to; p++) {
      const own = sums[Math.floor((p * blocks) / count)];
      own.pairs++;
      for (let i = 0; i < k; i++) {
        const [u, v] = [f[i][p], f[i][p + lag]];
        own.first[i] += u + v;
        for (let j = 0; j <= i; j++) {
          const [w, z] = [f[j][p], f[j][p + lag]];
          own.same[i * k + j] += u * w + v * z;
          own.lagged[i * k + j] += u * z + v * w;
        }
      }
    }
  return sums;
}

/**
 * -tau / ln mu of the largest mu of C(tau) v = mu C(0) v, both symmetrised over the ends of pairs (time runs both ways), constants left out; the slowest
 * first, NaN where mu is not positive: faster than the lag can show. Perez-Hernandez et al., J. Chem. Phys. 139, 015102 (2013).
 * @param shares how often each block counts
 */
export function impliedTimes(blocks: readonly BlockSums[], shares: ArrayLike<number>, tau: number, wanted: number): number[] {
  const k = blocks[0].first.length;
  let pairs = 0;
  const mean = new Float64Array(k);
  const [same, lagged] = [new Float64Array(k * k), new Float64Array(k * k)];
  blocks.forEach((block, b) => {
    const share = shares[b];
    if (share === 0) return;
    pairs += share * block.pairs;
    for (let i = 0; i < k; i++) mean[i] += share * block.first[i];
    for (let n = 0; n < k * k; n++) {
      same[n] += share * block.same[n];
      lagged[n] += share * block.lagged[n];
    }
  });
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      const square = (mean[i] * mean[j]) / (2 * pairs);
      same[i * k + j] -= square;
      lagged[i * k + j] -= square;
      same[j * k + i] = same[i * k + j];
      lagged[j * k + i] = lagged[i * k + j];
    }
  const { values } = generalisedEigen(lagged, same, k, leastVariance);
  const slowest = values.reverse().slice(0, wanted);
  return Array.from({ length: wanted }, (_, n) => (slowest[n] > 0 ? -tau / Math.log(slowest[n]) : Number.NaN));
}

export interface TimeWithError {
  /** NaN if the lag is too long to show it. */
  readonly time: number;
  /** 16 % and 84 % of what resampled blocks give; 0 where they are too fast to show. */
  readonly low: number;
  readonly high: number;
}

/** Of all pairs, and between which values it lies when blocks are drawn anew with replacement (Efron 1979), as often as `resamples` says. */
export function timesWithErrors(
  blocks: readonly BlockSums[],
  tau: number,
  wanted: number,
  resamples: number,
  seed: number,
): TimeWithError[] {
  const filled = blocks.filter(({ pairs }) => pairs > 0);
  const times = impliedTimes(filled, new Float64Array(filled.length).fill(1), tau, wanted);
  const random = seedrandom(`${seed} implied times`);
  const drawn = Array.from({ length: resamples }, () => {
    const shares = new Float64Array(filled.length);
    for (let b = 0; b < filled.length; b++) shares[Math.floor(random() * filled.length)]++;
    return impliedTimes(filled, shares, tau, wanted).map((time) => (Number.isFinite(time) ? time : 0));
  });
  return times.map((time, n) => {
    const sorted = drawn.map((each) => each[n]).sort((a, b) => a - b);
    const quantile = (part: number): number => sorted[Math.round(part * (resamples - 1))];
    return { time, low: quantile(0.16), high: quantile(0.84) };
  });
}
