/** How a pair potential ends at its cut-off: what each modifier does to the energies and forces of a row of pairs. */
import type { CutoffModifier } from './description.ts';
import type { PairTerm } from './terms.ts';

/**
 * Changes `count` pairs in place: `energy[k]` and `force[k]` (-(dE/dr)/r) at squared distance `r2[k]`, with parameters at
 * `offset[k]` of the type-pair matrix.
 */
export type RowModifier = (
  count: number,
  r2: Float64Array,
  offset: Int32Array,
  energy: Float64Array,
  force: Float64Array,
) => void;

/**
 * * `none`: truncated; the energy jumps at the cut-off.
 * * `shift`: E(r) - E(rc); continuous energy.
 * * `force-shift`: E(r) - E(rc) - (r - rc) E'(rc); continuous energy and force.
 * * `switch`: E(r) S(x), x = (r - rs)/(rc - rs), S = 1 - 10 x^3 + 15 x^4 - 6 x^5; continuous second derivative (OpenMM's function).
 *
 * @param parameters the type-pair matrix, `width` a pair
 */
export function rowModifier(
  evaluate: PairTerm['evaluate'],
  modifier: CutoffModifier,
  cutoff: number,
  switchDistance: number,
  parameters: Float64Array,
  width: number,
): RowModifier | null {
  switch (modifier) {
    case 'none':
      return null;
    case 'switch':
      return switched(cutoff, switchDistance);
    case 'shift':
    case 'force-shift':
      return shifted(evaluate, modifier === 'force-shift', cutoff, parameters, width);
  }
}

function shifted(
  evaluate: PairTerm['evaluate'],
  alsoForce: boolean,
  cutoff: number,
  parameters: Float64Array,
  width: number,
): RowModifier {
  // Indexed like the parameters themselves, so that a pair's offset finds them.
  const energyAtCutoff = new Float64Array(Math.max(1, parameters.length));
  const slopeAtCutoff = new Float64Array(Math.max(1, parameters.length));
  const out = new Float64Array(2);
  for (let o = 0; o < energyAtCutoff.length; o += Math.max(1, width)) {
    evaluate(cutoff * cutoff, parameters, o, out);
    energyAtCutoff[o] = out[0];
    slopeAtCutoff[o] = alsoForce ? -out[1] * cutoff : 0;
  }
  return (count, r2, offset, energy, force) => {
    for (let k = 0; k < count; k++) energy[k] -= energyAtCutoff[offset[k]];
    if (!alsoForce) return;
    for (let k = 0; k < count; k++) {
      const r = Math.sqrt(r2[k]);
      const slope = slopeAtCutoff[offset[k]];
      energy[k] -= (r - cutoff) * slope;
      force[k] += slope / r;
    }
  };
}

function switched(cutoff: number, switchDistance: number): RowModifier {
  const start2 = switchDistance * switchDistance;
  const inverseRange = 1 / (cutoff - switchDistance);
  return (count, r2, _offset, energy, force) => {
    for (let k = 0; k < count; k++) {
      if (r2[k] <= start2) continue;
      const r = Math.sqrt(r2[k]);
      const x = (r - switchDistance) * inverseRange;
      const s = 1 + x * x * x * (-10 + x * (15 - 6 * x));
      const slope = x * x * (-30 + x * (60 - 30 * x)) * inverseRange;
      force[k] = force[k] * s - (energy[k] * slope) / r;
      energy[k] *= s;
    }
  };
}
