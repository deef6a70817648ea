/** Harmonic torsion: E = k/2 d^2, d = phi - angle taken between -pi and pi. */
import type { BondedTerm } from './terms.ts';

/** The improper torsion of GROMOS and CHARMM. Its slope jumps where d passes pi, which a stiff improper never reaches. */
export const harmonicTorsion: BondedTerm = {
  name: 'harmonic-torsion',
  summary: 'Harmonic torsion, E = k/2 (phi - angle)^2, the difference taken between -pi and pi.',
  status: 'validated',
  schema: {},
  coordinate: 'dihedral',
  parameters: [
    { name: 'angle', dimension: 'angle', description: 'equilibrium angle' },
    { name: 'k', dimension: 'angular-force-constant', description: 'force constant' },
  ],
  evaluate(phi, p, o, out) {
    let difference = phi - p[o];
    difference -= 2 * Math.PI * Math.round(difference / (2 * Math.PI));
    const k = p[o + 1];
    out[0] = 0.5 * k * difference * difference;
    out[1] = k * difference;
    return true;
  },
};
