/** Naming atoms in a scenario: by index, or by residue number and name. */
import { InputError, nearest, type Schema, type Structure } from '../../engine/index.ts';

/** `4`, or `2:CA`: the atom CA of the second residue. */
export type AtomName = number | string;

const oneAtom: Schema = { type: ['integer', 'string'] };

export function atomsSchema(count: number | null, description: string): Schema {
  return {
    type: 'array',
    ...(count === null ? { minItems: 1 } : { minItems: count, maxItems: count }),
    items: oneAtom,
    description: `${description}: indices from 0, or "residue:name" with residues from 1, as in "2:CA"`,
  };
}

/** The same where a list of atoms may stand for one: their centre of mass. */
export function pointsSchema(count: number, description: string): Schema {
  const schema = atomsSchema(count, description);
  return {
    ...schema,
    items: { anyOf: [oneAtom, { type: 'array', items: oneAtom, minItems: 1 }] },
    description: `${schema.description}; a list in place of an atom is the centre of mass of these, which must be whole, as molecules are`,
  };
}

/** @throws InputError naming the entry and what there is */
export function findAtoms(names: readonly AtomName[], structure: Structure, where: string): Int32Array {
  return Int32Array.from(names, (name, k) => findAtom(name, structure, `${where}[${k}]`));
}

export function findAtom(name: AtomName, structure: Structure, where: string): number {
  const total = structure.mass.length;
  if (typeof name === 'number') {
    if (Number.isInteger(name) && name >= 0 && name < total) return name;
    throw new InputError(where, `there is no atom ${name}; the system has the atoms 0 to ${total - 1}`);
  }
  const found = /^(\d+):(.+)$/.exec(name);
  if (!found) throw new InputError(where, `"${name}" is no atom; write an index, or "residue:name" such as "2:CA"`);
  const residue = Number(found[1]) - 1;
  const inside: number[] = [];
  structure.residue.forEach((r, i) => {
    if (r === residue) inside.push(i);
  });
  if (inside.length === 0)
    throw new InputError(where, `there is no residue ${found[1]}; the system has residues 1 to ${structure.residueNames.length}`);
  const atom = inside.find((i) => structure.name[i] === found[2]);
  if (atom !== undefined) return atom;
  const known = inside.map((i) => structure.name[i]);
  const near = nearest(found[2], known);
  throw new InputError(
    where,
    `residue ${found[1]} (${structure.residueNames[residue]}) has no atom "${found[2]}"${near ? `; did you mean "${near}"?` : ''} It has ${known.join(', ')}`,
  );
}
