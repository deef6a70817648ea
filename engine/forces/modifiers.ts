/** How a pair potential ends at its cut-off: each modifier wraps an evaluator and is itself one. */
import type { CutoffModifier } from './description.ts';
import type { PairTerm } from './terms.ts';

type Evaluate = PairTerm['evaluate'];

/**
 * The evaluator with its cut-off treatment. Parameters are those of the type-pair matrix: `width` a pair.
 *
 * * `none`: truncated; the energy jumps at the cut-off.
 * * `shift`: E(r) - E(rc); continuous energy.
 * * `force-shift`: E(r) - E(rc) - (r - rc) E'(rc); continuous energy and force.
 * * `switch`: E(r) S(x), x = (r - rs)/(rc - rs), S = 1 - 10 x^3 + 15 x^4 - 6 x^5; continuous second derivative (OpenMM's function).
 */
export function modified(
  evaluate: Evaluate,
  modifier: CutoffModifier,
  cutoff: number,
  switchDistance: number,
  parameters: Float64Array,
  width: number,
): Evaluate {
  switch (modifier) {
    case 'none':
      return evaluate;
    case 'switch':
      return switched(evaluate, cutoff, switchDistance);
    case 'shift':
    case 'force-shift':
      return shifted(evaluate, modifier === 'force-shift', cutoff, parameters, width);
  }
}

function shifted(evaluate: Evaluate, alsoForce: boolean, cutoff: number, parameters: Float64Array, width: number): Evaluate {
  const pairs = width > 0 ? parameters.length / width : 1;
  const energyAtCutoff = new Float64Array(pairs);
  const slopeAtCutoff = new Float64Array(pairs);
  const scratch = new Float64Array(2);
  for (let k = 0; k < pairs; k++) {
    evaluate(cutoff * cutoff, parameters, k * width, scratch);
    energyAtCutoff[k] = scratch[0];
    slopeAtCutoff[k] = alsoForce ? -scratch[1] * cutoff : 0;
  }
  return (r2, p, o, out) => {
    evaluate(r2, p, o, out);
    const k = width > 0 ? o / width : 0;
    out[0] -= energyAtCutoff[k];
    if (alsoForce) {
      const r = Math.sqrt(r2);
      out[0] -= (r - cutoff) * slopeAtCutoff[k];
      out[1] += slopeAtCutoff[k] / r;
    }
  };
}

function switched(evaluate: Evaluate, cutoff: number, switchDistance: number): Evaluate {
  const start2 = switchDistance * switchDistance;
  const inverseRange = 1 / (cutoff - switchDistance);
  return (r2, p, o, out) => {
    evaluate(r2, p, o, out);
    if (r2 <= start2) return;
    const r = Math.sqrt(r2);
    const x = (r - switchDistance) * inverseRange;
    const s = 1 + x * x * x * (-10 + x * (15 - 6 * x));
    const slope = x * x * (-30 + x * (60 - 30 * x)) * inverseRange;
    out[1] = out[1] * s - (out[0] * slope) / r;
    out[0] *= s;
  };
}
