/** How far windows overlap: the overlap matrix, and the sets of windows that nothing ties together. */
import { exp, log } from '../../../engine/index.ts';

/** Overlap below which two sets of windows count as apart: what Klimovich, Shirts & Mobley ask of neighbours (J. Comput.-Aided Mol. Des. 29, 397 (2015)). */
export const leastOverlap = 0.03;

export interface Overlap {
  /** O = W^T W N: row i is how likely a sample of window i is found in each window j; rows sum to 1. */
  readonly matrix: readonly (readonly number[])[];
  /** Overlap of the two sets that are tied together least; null for one window. */
  readonly weakest: number | null;
  /** Windows by number, in sets whose overlap is below `leastOverlap`; one set where all is well. */
  readonly sets: readonly (readonly number[])[];
}

/**
 * @param u reduced energies by bias and point; @param counts by point; @param sizes rows by bias
 * @param logDenominator ln D_n of the mixture that solves the equations
 */
export function overlapOf(
  u: readonly Float64Array[],
  counts: Float64Array,
  sizes: readonly number[],
  logDenominator: Float64Array,
): Overlap {
  const shared = sharedSamples(u, counts, sizes, logDenominator);
  const matrix = shared.map((row, i) => row.map((value) => (sizes[i] > 0 ? value / sizes[i] : 0)));
  const all = sizes.map((_, k) => k);
  const weakest = all.length > 1 ? weakestCut(shared, sizes, all).overlap : null;
  return { matrix, weakest, sets: apart(shared, sizes, all) };
}

/** N_i O_ij, which is symmetric: sum_n c_n p_i(n) p_j(n), p_k(n) being how likely the point n is of window k. */
function sharedSamples(
  u: readonly Float64Array[],
  counts: Float64Array,
  sizes: readonly number[],
  logDenominator: Float64Array,
): number[][] {
  const states = u.length;
  const shared = sizes.map(() => new Array<number>(states).fill(0));
  // f_k so that the weights of every window sum to 1.
  const offsets = u.map((own, k) => {
    let most = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < own.length; n++) if (counts[n] > 0) most = Math.max(most, -own[n] - logDenominator[n]);
    let sum = 0;
    for (let n = 0; n < own.length; n++) if (counts[n] > 0) sum += counts[n] * exp(-own[n] - logDenominator[n] - most);
    return (sizes[k] > 0 ? log(sizes[k]) : Number.NEGATIVE_INFINITY) - most - log(sum);
  });
  const p = new Float64Array(states);
  for (let n = 0; n < counts.length; n++) {
    if (counts[n] === 0) continue;
    for (let k = 0; k < states; k++) p[k] = exp(offsets[k] - u[k][n] - logDenominator[n]);
    for (let i = 0; i < states; i++) for (let j = 0; j <= i; j++) shared[i][j] += counts[n] * p[i] * p[j];
  }
  for (let i = 0; i < states; i++) for (let j = 0; j < i; j++) shared[j][i] = shared[i][j];
  return shared;
}

/** Windows in sets that are tied together, each set cut again where it is weakest. */
function apart(shared: readonly number[][], sizes: readonly number[], windows: readonly number[]): number[][] {
  if (windows.length < 2) return [[...windows]];
  const { overlap, one, other } = weakestCut(shared, sizes, windows);
  if (overlap >= leastOverlap) return [[...windows]];
  return [one, other].flatMap((part) => apart(shared, sizes, part)).sort((a, b) => a[0] - b[0]);
}

/**
 * The two sets that share the fewest samples (minimum cut: Stoer & Wagner, J. ACM 44, 585 (1997)). Their overlap is what they share over the rows
 * of the largest window of either, the smaller of both: of two windows with as many rows each it is their element of the matrix, and many close
 * windows, whose elements are all small because each sample is likely in many of them, are not called apart.
 */
function weakestCut(shared: readonly number[][], sizes: readonly number[], windows: readonly number[]) {
  const flow = windows.map((i) => windows.map((j) => (i === j ? 0 : shared[i][j])));
  const merged = windows.map((k) => [k]);
  let left = windows.map((_, k) => k);
  let least = Number.POSITIVE_INFINITY;
  let one: readonly number[] = [];
  while (left.length > 1) {
    // In the order in which each shares most with all before it, the last is cut off.
    const order = [left[0]];
    const tied = new Map(left.slice(1).map((k) => [k, flow[left[0]][k]]));
    let cut = 0;
    while (tied.size > 0) {
      const [next, value] = [...tied].reduce((best, each) => (each[1] > best[1] ? each : best));
      cut = value;
      order.push(next);
      tied.delete(next);
      for (const [k, sum] of tied) tied.set(k, sum + flow[next][k]);
    }
    const [before, last] = order.slice(-2);
    if (cut < least) [least, one] = [cut, [...merged[last]]];
    merged[before].push(...merged[last]);
    for (const k of left) {
      flow[before][k] += flow[last][k];
      flow[k][before] = flow[before][k];
    }
    left = left.filter((k) => k !== last);
  }
  const other = windows.filter((k) => !one.includes(k));
  const largest = (part: readonly number[]) => Math.max(...part.map((k) => sizes[k]));
  const rows = Math.min(largest(one), largest(other));
  return { overlap: rows > 0 ? least / rows : 0, one: [...one].sort((a, b) => a - b), other };
}

/** What there is to say of it; nothing where all windows are tied together. */
export function overlapRemarks({ weakest, sets }: Overlap, names: readonly string[]): string[] {
  if (sets.length < 2 || weakest === null) return [];
  const listed = sets.map((set) => set.map((k) => names[k]).join(', ')).join(' | ');
  return [
    `the windows fall into ${sets.length} sets that do not overlap (${weakest.toPrecision(2)}; at least ${leastOverlap} is wanted): ${listed}; free energies between ` +
      'these sets, and their errors, mean nothing. Run windows between them, or weaker springs',
  ];
}

/** `overlap.csv`: a row and a column a window. */
export function overlapCsv({ matrix }: Overlap, names: readonly string[]): string {
  return `${[['window', ...names], ...matrix.map((row, k) => [names[k], ...row])].map((row) => row.join(',')).join('\n')}\n`;
}
