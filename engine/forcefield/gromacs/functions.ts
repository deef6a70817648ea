/** The bonded functions of GROMACS topologies that are understood: how many atoms and parameters, and which force each becomes. */
import type { BondedForce } from '../../forces/description.ts';

const degree = Math.PI / 180;

/** One force that a line leads to: a term, its tuple out of the line's atoms, its parameters. */
export interface Piece {
  readonly term: string;
  readonly label?: string;
  readonly expression?: NonNullable<BondedForce['expression']>;
  /** Positions among the line's atoms; all if absent. */
  readonly atoms?: readonly number[];
  readonly parameters: readonly number[];
}

export interface BondedFunction {
  readonly arity: number;
  readonly parameters: number;
  /** Functions that share their types in the file: 1 and 9 are one for dihedrals. */
  readonly family: number;
  /** Whether a bond of this function counts for exclusions. */
  readonly chemical?: boolean;
  /** Parameters in the file's units: nm, kJ/mol, degrees. */
  pieces(p: readonly number[]): Piece[];
}

/** By section and function type; formulas: GROMACS reference manual 2022, "Interaction function and force fields". */
export const bondedFunctions: Readonly<Record<string, Readonly<Record<number, BondedFunction>>>> = {
  bonds: {
    1: { arity: 2, parameters: 2, family: 1, chemical: true, pieces: (p) => [{ term: 'harmonic-bond', parameters: p }] },
    2: {
      arity: 2,
      parameters: 2,
      family: 2,
      chemical: true,
      pieces: (p) => [
        {
          term: 'expression-bond',
          label: 'gromos-bond',
          expression: { energy: 'k/4*(r^2-b^2)^2', names: ['b', 'k'] },
          parameters: p,
        },
      ],
    },
    3: {
      arity: 2,
      parameters: 3,
      family: 3,
      chemical: true,
      pieces: (p) => [
        {
          term: 'expression-bond',
          label: 'morse-bond',
          expression: { energy: 'D*(1-exp(-a*(r-b)))^2', names: ['b', 'D', 'a'] },
          parameters: p,
        },
      ],
    },
    5: { arity: 2, parameters: 0, family: 5, chemical: true, pieces: () => [] },
    6: { arity: 2, parameters: 2, family: 6, pieces: (p) => [{ term: 'harmonic-bond', parameters: p }] },
  },
  angles: {
    1: {
      arity: 3,
      parameters: 2,
      family: 1,
      pieces: ([angle, k]) => [{ term: 'harmonic-angle', parameters: [angle * degree, k] }],
    },
    2: {
      arity: 3,
      parameters: 2,
      family: 2,
      pieces: ([angle, k]) => [{ term: 'cosine-squared-angle', parameters: [angle * degree, k] }],
    },
    5: {
      arity: 3,
      parameters: 4,
      family: 5,
      pieces: ([angle, k, distance, kUB]) => [
        { term: 'harmonic-angle', parameters: [angle * degree, k] },
        { term: 'harmonic-bond', label: 'urey-bradley', atoms: [0, 2], parameters: [distance, kUB] },
      ],
    },
  },
  dihedrals: {
    1: { arity: 4, parameters: 3, family: 1, pieces: (p) => [periodic(p)] },
    2: {
      arity: 4,
      parameters: 2,
      family: 2,
      pieces: ([angle, k]) => [{ term: 'harmonic-torsion', label: 'harmonic-improper', parameters: [angle * degree, k] }],
    },
    3: { arity: 4, parameters: 6, family: 3, pieces: (p) => [{ term: 'rb-torsion', parameters: p }] },
    4: { arity: 4, parameters: 3, family: 4, pieces: (p) => [{ ...periodic(p), label: 'periodic-improper' }] },
    5: { arity: 4, parameters: 4, family: 5, pieces: (p) => [{ term: 'rb-torsion', parameters: fourierToRyckaertBellemans(p) }] },
    9: { arity: 4, parameters: 3, family: 1, pieces: (p) => [periodic(p)] },
  },
};

function periodic([phase, k, periodicity]: readonly number[]): Piece {
  return { term: 'periodic-torsion', parameters: [periodicity, phase * degree, k] };
}

/** E = 1/2 [F1 (1 + cos phi) + F2 (1 - cos 2phi) + F3 (1 + cos 3phi) + F4 (1 - cos 4phi)] in powers of cos(phi - pi). */
function fourierToRyckaertBellemans([f1, f2, f3, f4]: readonly number[]): number[] {
  return [f2 + (f1 + f3) / 2, (3 * f3 - f1) / 2, -f2 + 4 * f4, -2 * f3, -4 * f4, 0];
}
