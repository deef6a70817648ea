/** The variable `rmsd`: root mean square deviation from a reference after optimal superposition. */
import { InputError, type VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';
import { Alignment } from './math/alignment.ts';

/** Below this part of the reference's size the deviation counts as zero: its gradient has no direction there. */
const tiny = 1e-9;

export const rmsd: VariableKind = {
  name: 'rmsd',
  summary: 'Root mean square deviation of a group of atoms from a reference structure after optimal superposition.',
  status: 'validated',
  schema: {
    required: ['atoms', 'reference'],
    properties: {
      atoms: atomsSchema(null, 'the atoms of the group, at least three'),
      reference: {
        type: 'string',
        description: 'structure file with the reference; it holds the whole system, or the group alone in the order of "atoms"',
      },
    },
  },
  compile(name, settings, { structure, where, reference: given }) {
    const atoms = findAtoms(settings.atoms as AtomName[], structure, `${where}.atoms`);
    if (atoms.length < 3) throw new InputError(`${where}.atoms`, `has ${atoms.length} atoms; superposition takes at least three`);
    if (!given) throw new InputError(`${where}.reference`, 'is missing: name a structure file to compare with');
    const reference = pick(given, atoms, structure.mass.length, `${where}.reference`);
    const n = atoms.length;
    const alignment = new Alignment(reference, new Float64Array(n).fill(1));
    const points = new Float64Array(3 * n);
    const aligned = new Float64Array(3 * n);
    return {
      name,
      components: [{ name, dimension: 'length', period: null }],
      atoms,
      evaluate(positions, _box, values, gradients) {
        for (let a = 0; a < n; a++) for (let c = 0; c < 3; c++) points[3 * a + c] = positions[3 * atoms[a] + c];
        const deviation = Math.sqrt(alignment.align(points, aligned));
        values[0] = deviation;
        // The rotation is at its optimum: to first order its change does not matter.
        const { rotation, reference: y } = alignment;
        const scale = deviation > tiny ? 1 / (n * deviation) : 0;
        for (let a = 0; a < n; a++) {
          const [u, v, w] = [0, 1, 2].map((c) => aligned[3 * a + c] - y[3 * a + c]);
          for (let c = 0; c < 3; c++)
            gradients[3 * a + c] = scale * (rotation[c] * u + rotation[3 + c] * v + rotation[6 + c] * w);
        }
      },
    };
  },
};

/** Positions of the group from a file of the whole system or of the group alone. */
export function pick(positions: Float64Array, atoms: Int32Array, total: number, where: string): Float64Array {
  const found = positions.length / 3;
  if (found === atoms.length) return positions.slice();
  if (found !== total)
    throw new InputError(
      where,
      `holds ${found} atoms; it must hold the ${total} of the system, or the ${atoms.length} of the group`,
    );
  return Float64Array.from({ length: 3 * atoms.length }, (_, k) => positions[3 * atoms[Math.floor(k / 3)] + (k % 3)]);
}
