/** The variational loss of eigenfunctions of the generator of overdamped dynamics: A_i = kT E grad f_i . mobility grad f_i. */
import { addCovarianceBars, type EigenLossOptions, eigenLoss, moments, RunningQuotients } from './eigen-loss.ts';
import type { GradientCriterion } from './gradient-term.ts';

export function generator(kT: number, options: EigenLossOptions): GradientCriterion {
  const running = options.averaged ? new RunningQuotients() : null;
  return ({ f, squares, weights }, bars) => {
    const of = moments(f, weights);
    const numerators = squares.map((square) => kT * square);
    const { report, numerators: byNumerator, covariance } = eigenLoss(numerators, of.covariance, options, bars ? running : null);
    if (!bars) return report;
    bars.squares.set(byNumerator.map((slope) => kT * slope));
    addCovarianceBars(bars.f, f, of, covariance, weights);
    return report;
  };
}
