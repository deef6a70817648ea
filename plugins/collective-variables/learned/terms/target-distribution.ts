/** Deep targeted discriminant analysis: each state is to have given means and widths along the outputs (Trizio & Parrinello, J. Phys. Chem. Lett. 12, 8621, 2021). */
import type { LearningData } from '../data/prepared.ts';
import type { Criterion } from './output-term.ts';

export interface Targets {
  /** [state][output] */
  readonly means: readonly (readonly number[])[];
  readonly widths: readonly (readonly number[])[];
  /** Weights of the errors of means and of widths. */
  readonly meanWeight: number;
  readonly widthWeight: number;
}

/** States are the runs that the points come from. */
export function targetDistribution(data: LearningData, targets: Targets): Criterion {
  return ({ f, weights, points }, bars) => {
    let loss = 0;
    targets.means.forEach((means, state) => {
      const members: number[] = [];
      let total = 0;
      for (let b = 0; b < points.length; b++) {
        if (data.source[points[b]] !== state) continue;
        members.push(b);
        total += weights[b];
      }
      if (members.length < 2) return;
      f.forEach((row, k) => {
        const mean = members.reduce((sum, b) => sum + weights[b] * row[b], 0) / total;
        const variance = members.reduce((sum, b) => sum + weights[b] * (row[b] - mean) ** 2, 0) / total;
        const width = Math.sqrt(variance);
        const [offMean, offWidth] = [mean - means[k], width - targets.widths[state][k]];
        loss += targets.meanWeight * offMean * offMean + targets.widthWeight * offWidth * offWidth;
        if (!bars) return;
        for (const b of members) {
          const share = weights[b] / total;
          bars.f[k][b] +=
            share *
            (2 * targets.meanWeight * offMean + (2 * targets.widthWeight * offWidth * (row[b] - mean)) / Math.max(width, 1e-12));
        }
      });
    });
    return { loss };
  };
}
