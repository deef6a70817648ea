/** The mean square difference of what a decoder gives back from the inputs, at the same time or a lag later. */
import type { LearningData } from '../data/prepared.ts';
import type { Criterion } from './output-term.ts';

/** Inputs are standardised: 1 is the loss of a decoder that always gives the mean. @param lag in steps */
export function reconstruction(data: LearningData, lag: number, weight = 1): Criterion {
  return ({ f, weights, points }, bars) => {
    const inputs = data.names.length;
    let sum = 0;
    for (let b = 0; b < points.length; b++) {
      const at = (points[b] + lag) * inputs;
      for (let i = 0; i < inputs; i++) {
        const difference = f[i][b] - data.x[at + i];
        sum += weights[b] * difference * difference;
        if (bars) bars.f[i][b] += (2 * weight * weights[b] * difference) / inputs;
      }
    }
    return { loss: (weight * sum) / inputs, reconstruction: sum / inputs };
  };
}
