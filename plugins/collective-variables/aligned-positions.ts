/** The variable `aligned-positions`: positions of a group of atoms after optimal superposition on a reference; features for learning. */
import { InputError, type PullBackVariable, type Variable, type VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';
import { Superposition } from './learned/network/superposition.ts';
import { pick } from './rmsd.ts';

export interface AlignedPositions extends PullBackVariable {
  /** Positions of its atoms in the reference structure, 3 an atom. */
  readonly superposedOn: Float64Array;
}

export function isAlignedPositions(variable: Variable): variable is AlignedPositions {
  return 'superposedOn' in variable;
}

export const alignedPositions: VariableKind = {
  name: 'aligned-positions',
  summary: 'Positions of a group of atoms after optimal superposition on a reference structure, three components an atom.',
  status: 'validated',
  schema: {
    required: ['atoms'],
    properties: {
      atoms: atomsSchema(null, 'the atoms of the group, at least three'),
      reference: {
        type: 'string',
        description:
          'structure file with the reference: the whole system, or the group alone in the order of "atoms"; a training may do without, and takes its first frame',
      },
    },
  },
  compile(name, settings, { structure, where, reference: given }): AlignedPositions {
    const atoms = findAtoms(settings.atoms as AtomName[], structure, `${where}.atoms`);
    if (atoms.length < 3) throw new InputError(`${where}.atoms`, `has ${atoms.length} atoms; superposition takes at least three`);
    if (!given) throw new InputError(`${where}.reference`, 'is missing: name a structure file to superpose on');
    const n = atoms.length;
    const reference = pick(given, atoms, structure.mass.length, `${where}.reference`);
    const superposition = new Superposition(reference, atoms);
    const slopes = new Float64Array(3 * n);
    const valuesAt: PullBackVariable['valuesAt'] = (positions, _box, values) => superposition.align(positions, values);
    return {
      name,
      components: Array.from({ length: 3 * n }, (_, k) => ({
        name: `${name}.${Math.floor(k / 3)}${'xyz'[k % 3]}`,
        dimension: 'length' as const,
        period: null,
      })),
      atoms,
      unwrapped: true,
      superposedOn: reference,
      valuesAt,
      pullBack: (g) => superposition.pullBack(g),
      evaluate(positions, box, values, gradients) {
        valuesAt(positions, box, values);
        for (let k = 0; k < 3 * n; k++) {
          slopes.fill(0);
          slopes[k] = 1;
          gradients.set(superposition.pullBack(slopes), k * 3 * n);
        }
      },
    };
  },
};
