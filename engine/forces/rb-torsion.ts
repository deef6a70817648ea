/** Ryckaert-Bellemans torsion: E = sum_n c_n cos^n(psi), psi = phi - pi (trans at psi = 0). */
import { sincos } from '../math/functions.ts';
import type { BondedTerm } from './terms.ts';

/** Ryckaert & Bellemans, Chem. Phys. Lett. 30, 123 (1975). OPLS-AA torsions are exact in this form with five coefficients. */
export const rbTorsion: BondedTerm = {
  name: 'rb-torsion',
  summary: 'Ryckaert-Bellemans torsion, E = sum c_n cos^n(phi - pi), n = 0..5.',
  status: 'validated',
  schema: {},
  coordinate: 'dihedral',
  parameters: [0, 1, 2, 3, 4, 5].map((n) => ({
    name: `c${n}`,
    dimension: 'energy' as const,
    description: `coefficient of cos^${n}`,
  })),
  evaluate(phi, p, o, out) {
    sincos(phi, sincosResult);
    const s = -sincosResult[0]; // sin(phi - pi)
    const c = -sincosResult[1]; // cos(phi - pi)
    out[0] = p[o] + c * (p[o + 1] + c * (p[o + 2] + c * (p[o + 3] + c * (p[o + 4] + c * p[o + 5]))));
    out[1] = -s * (p[o + 1] + c * (2 * p[o + 2] + c * (3 * p[o + 3] + c * (4 * p[o + 4] + c * 5 * p[o + 5]))));
    return true;
  },
};

const sincosResult = new Float64Array(2);
