/** The contraction of an encoder: its squared Jacobian (Rifai et al., ICML 2011). */
import type { GradientCriterion } from './gradient-term.ts';

export function contraction(weight: number): GradientCriterion {
  return ({ squares }, bars) => {
    const jacobian = squares.reduce((sum, square) => sum + square, 0);
    bars?.squares.fill(weight);
    return { loss: weight * jacobian, jacobian };
  };
}
