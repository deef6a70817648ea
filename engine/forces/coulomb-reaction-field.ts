/** Reaction field: E = q_i q_j / (4 pi eps0) (1/r + k r^2 - c), zero at the cut-off. */
import type { CoulombDescription } from './description.ts';
import type { CoulombMethod } from './terms.ts';

/**
 * Tironi, Sperb, Smith & van Gunsteren, J. Chem. Phys. 102, 5451 (1995):
 * k = (eps - 1)/(rc^3 (2 eps + 1)), c = 3 eps/(rc (2 eps + 1)); a conducting surrounding is eps = infinity.
 * Excluded and 1-4 pairs carry no reaction-field term, as in OpenMM.
 */
export const coulombReactionField: CoulombMethod = {
  name: 'reaction-field',
  summary: 'Coulomb within the cut-off with a dielectric continuum beyond it.',
  status: 'validated',
  schema: {
    type: 'object',
    properties: {
      dielectric: {
        type: 'number',
        exclusiveMinimum: 1,
        description: 'Relative permittivity beyond the cut-off; a conductor (infinite) if absent. OpenMM takes 78.3.',
      },
    },
  },
  pair(description, cutoff) {
    const { k, c } = reactionFieldConstants(description, cutoff);
    return (r2, out) => {
      const inverse = 1 / Math.sqrt(r2);
      out[0] = inverse + k * r2 - c;
      out[1] = inverse * inverse * inverse - 2 * k;
    };
  },
};

/** k and c of E = q_i q_j (1/r + k r^2 - c). */
export function reactionFieldConstants(
  description: CoulombDescription,
  cutoff: number,
): { readonly k: number; readonly c: number } {
  const dielectric = description.dielectric ?? Number.POSITIVE_INFINITY;
  const [kScaled, cScaled] = Number.isFinite(dielectric)
    ? [(dielectric - 1) / (2 * dielectric + 1), (3 * dielectric) / (2 * dielectric + 1)]
    : [0.5, 1.5];
  return { k: kScaled / (cutoff * cutoff * cutoff), c: cScaled / cutoff };
}
