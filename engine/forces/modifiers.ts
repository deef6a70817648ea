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
 * * `force-switch`: beyond rs the force is F(r) + A (r - rs)^2 + B (r - rs)^3, with A and B such that it and its derivative vanish at the
 *   cut-off; the energy is its integral, 0 at the cut-off. For each power of r this is GROMACS' function of that name (its manual,
 *   "modified non-bonded interactions").
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
    case 'force-switch':
      return forceSwitched(evaluate, cutoff, switchDistance, parameters, width);
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

/** A and B of `force-switch` from force (-dE/dr) and its derivative at the cut-off, `range` beyond the switching distance. */
export function forceSwitchConstants(
  force: number,
  derivative: number,
  range: number,
): { readonly a: number; readonly b: number } {
  return { a: (derivative * range - 3 * force) / range ** 2, b: (2 * force - derivative * range) / range ** 3 };
}

function forceSwitched(
  evaluate: PairTerm['evaluate'],
  cutoff: number,
  switchDistance: number,
  parameters: Float64Array,
  width: number,
): RowModifier {
  const range = cutoff - switchDistance;
  const [square, cube, energyAtCutoff] = Array.from({ length: 3 }, () => new Float64Array(Math.max(1, parameters.length)));
  const out = new Float64Array(2);
  for (let o = 0; o < square.length; o += Math.max(1, width)) {
    const force = (r: number) => {
      evaluate(r * r, parameters, o, out);
      return out[1] * r;
    };
    // Central differences of fourth order: to about eleven digits.
    const h = 2e-4 * cutoff;
    const derivative = (8 * (force(cutoff + h) - force(cutoff - h)) - force(cutoff + 2 * h) + force(cutoff - 2 * h)) / (12 * h);
    const { a, b } = forceSwitchConstants(force(cutoff), derivative, range);
    square[o] = a;
    cube[o] = b;
    energyAtCutoff[o] = out[0] - (a / 3) * range ** 3 - (b / 4) * range ** 4;
  }
  return (count, r2, offset, energy, force) => {
    for (let k = 0; k < count; k++) {
      const o = offset[k];
      energy[k] -= energyAtCutoff[o];
      const r = Math.sqrt(r2[k]);
      const x = r - switchDistance;
      if (x <= 0) continue;
      energy[k] -= x * x * x * (square[o] / 3 + (x * cube[o]) / 4);
      force[k] += (x * x * (square[o] + x * cube[o])) / r;
    }
  };
}
