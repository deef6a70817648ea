/** The variable `rmsd`: root mean square deviation from a reference after optimal superposition. */
import { InputError, type Structure, type Variable, type VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';
import { Alignment } from './math/alignment.ts';

/** Below this part of the reference's size the deviation counts as zero: its gradient has no direction there. */
const tiny = 1e-9;

export const rmsd: VariableKind = {
  name: 'rmsd',
  summary:
    'Root mean square deviation of a group of atoms from a reference structure after optimal superposition of it, or of another group.',
  status: 'validated',
  schema: {
    required: ['atoms', 'reference'],
    properties: {
      atoms: atomsSchema(null, 'the atoms of the group, at least three'),
      fit: atomsSchema(null, 'the atoms that are superposed, at least three; those of "atoms" if absent'),
      reference: {
        type: 'string',
        description:
          'structure file with the reference; it holds the whole system, or the group alone in the order of "atoms", then of those of "fit" that are not among them',
      },
    },
  },
  compile(name, settings, { structure, where, reference: given }) {
    const atoms = findAtoms(settings.atoms as AtomName[], structure, `${where}.atoms`);
    const fit = settings.fit ? findAtoms(settings.fit as AtomName[], structure, `${where}.fit`) : null;
    const turned = fit ?? atoms;
    if (turned.length < 3)
      throw new InputError(`${where}.${fit ? 'fit' : 'atoms'}`, `has ${turned.length} atoms; superposition takes at least three`);
    for (const [key, list] of [['atoms', atoms] as const, ['fit', turned] as const])
      if (new Set(list).size < list.length) throw new InputError(`${where}.${key}`, 'names an atom twice');
    if (!given) throw new InputError(`${where}.reference`, 'is missing: name a structure file to compare with');
    if (fit)
      return {
        name,
        components: [{ name, dimension: 'length', period: null }],
        ...fittedOn(fit, atoms, given, structure, where),
      };
    const reference = pick(given, atoms, structure.mass.length, `${where}.reference`);
    const n = atoms.length;
    const alignment = new Alignment(reference, new Float64Array(n).fill(1));
    const points = new Float64Array(3 * n);
    const aligned = new Float64Array(3 * n);
    return {
      name,
      components: [{ name, dimension: 'length', period: null }],
      atoms,
      unwrapped: true,
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

/** The deviation of some atoms after superposition of others: the rotation is not at its optimum for them, and its change counts. */
function fittedOn(
  fit: Int32Array,
  measured: Int32Array,
  given: Float64Array,
  structure: Structure,
  where: string,
): Pick<Variable, 'atoms' | 'unwrapped' | 'evaluate'> {
  const atoms = Int32Array.from(new Set([...measured, ...fit]));
  const reference = pick(given, atoms, structure.mass.length, `${where}.reference`);
  const alignment = new Alignment(
    reference,
    Float64Array.from(atoms, (i) => (fit.includes(i) ? 1 : 0)),
  );
  const points = new Float64Array(3 * atoms.length);
  const aligned = new Float64Array(3 * atoms.length);
  const slopes = new Float64Array(3 * atoms.length);
  const size = 3 * measured.length;
  return {
    atoms,
    unwrapped: true,
    evaluate(positions, _box, values, gradients) {
      for (let a = 0; a < atoms.length; a++) for (let c = 0; c < 3; c++) points[3 * a + c] = positions[3 * atoms[a] + c];
      alignment.align(points, aligned);
      let square = 0;
      for (let k = 0; k < size; k++) square += (aligned[k] - alignment.reference[k]) ** 2;
      const deviation = Math.sqrt(square / measured.length);
      values[0] = deviation;
      const scale = deviation > tiny ? 1 / (measured.length * deviation) : 0;
      for (let k = 0; k < size; k++) slopes[k] = scale * (aligned[k] - alignment.reference[k]);
      alignment.pullBack(slopes, gradients);
    },
  };
}

/** Positions of the group from a file of the whole system or of the group alone; what may be either is the whole system, in its order. */
export function pick(positions: Float64Array, atoms: Int32Array, total: number, where: string): Float64Array {
  const found = positions.length / 3;
  if (found === atoms.length && found !== total) return positions.slice();
  if (found !== total)
    throw new InputError(
      where,
      `holds ${found} atoms; it must hold the ${total} of the system, or the ${atoms.length} of the group`,
    );
  return Float64Array.from({ length: 3 * atoms.length }, (_, k) => positions[3 * atoms[Math.floor(k / 3)] + (k % 3)]);
}
