/** Whether a variable sees two states at all, and how often the data went between them. */
import type { LearningData } from './data/prepared.ts';

export interface TwoStates {
  /** Variance within the two best groups over the whole variance: 0 for two points, 0.25 for an even spread, 0.36 for one Gaussian. */
  readonly within: number;
  /** Weight of the smaller group. */
  readonly smaller: number;
  /** Passages from the inner part of one group to that of the other, along all trajectories. */
  readonly passages: number;
}

/** Two groups by Lloyd's algorithm from the ends of the range. @param f at every point of the data */
export function twoStates(f: Float64Array, data: LearningData): TwoStates {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of f) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  let result = { within: 1, smaller: 0 };
  for (let round = 0; round < 50; round++) {
    const middle = 0.5 * (low + high);
    const sums = [new Float64Array(3), new Float64Array(3)];
    for (let p = 0; p < f.length; p++) {
      const s = sums[f[p] < middle ? 0 : 1];
      s[0] += data.weights[p];
      s[1] += data.weights[p] * f[p];
      s[2] += data.weights[p] * f[p] * f[p];
    }
    const [a, b] = sums;
    if (a[0] === 0 || b[0] === 0) break;
    const total = a[0] + b[0];
    const mean = (a[1] + b[1]) / total;
    const whole = (a[2] + b[2]) / total - mean * mean;
    const inside = (a[2] - a[1] ** 2 / a[0] + b[2] - b[1] ** 2 / b[0]) / total;
    result = { within: whole > 0 ? inside / whole : 1, smaller: Math.min(a[0], b[0]) / total };
    [low, high] = [a[1] / a[0], b[1] / b[0]];
  }
  return { ...result, passages: passagesBetween(f, data, low + 0.25 * (high - low), high - 0.25 * (high - low)) };
}

function passagesBetween(f: Float64Array, data: LearningData, low: number, high: number): number {
  let passages = 0;
  for (const { from, to } of data.segments) {
    let side = 0;
    for (let p = from; p < to; p++) {
      const now = f[p] < low ? -1 : f[p] > high ? 1 : side;
      if (side !== 0 && now !== side) passages++;
      side = now;
    }
  }
  return passages;
}

/**
 * What to say of the slowest function; empty if all is well.
 * @param passagesMatter the data are trajectories, and the estimate needs passages
 * @param gap second eigenvalue over the first; null if unknown
 */
export function stateWarnings({ within, passages }: TwoStates, passagesMatter: boolean, gap: number | null): string[] {
  // Of a harmonic well the second rate is at most twice the first. Three sharp states have up to 0.25 within, and a gap.
  if (gap === null ? within > 0.3 : within > 0.2 && gap < 2.5)
    return [
      `the slowest function tells no two states apart (${Math.round(100 * within)} % of its variance lies within them): train longer or with another lag, or ` +
        'take features that tell them apart; if there are no states, say "expectStates": false',
    ];
  if (passagesMatter && passages < 10)
    return [
      `the data pass between the two states of the slowest function ${passages} times: its eigenvalue is known to about ` +
        `${passages > 0 ? `${Math.round(100 / Math.sqrt(passages))} %` : 'no digit'}. Sample longer, or with a bias`,
    ];
  return [];
}

/** Of an eigenvalue that training and validation points disagree on: a function may jump where there are no points, and then it seems slow. */
export function disagreementWarnings(
  eigenvalues: readonly { readonly training: number; readonly validation: number }[],
): string[] {
  const [first] = eigenvalues;
  if (!first || !(first.training > 2 * first.validation || first.validation > 2 * first.training)) return [];
  return [
    `training and validation points disagree on the first eigenvalue (${Number(first.training.toPrecision(3))} and ${Number(first.validation.toPrecision(3))}): ` +
      'too few of them lie between the states, where it is decided. Sample that region with a bias and weights',
  ];
}
