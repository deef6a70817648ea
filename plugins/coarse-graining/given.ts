/** Assignments that are not learned: written down by hand, or made by a rule that walks along the bonds. */
import { InputError, nearest, type Structure } from '../../engine/index.ts';
import { compact } from './mapping.ts';
import { type MoleculeLayout, neighbours } from './molecules.ts';

/** An atom of a molecule: its index from 0, its name if only one atom has it, or `2:CA`, the atom CA of the molecule's second residue. */
export type AtomInMolecule = number | string;

/**
 * The site of each atom from lists of the atoms of each site. Hydrogens that no list names go where the atom is that they are bonded to.
 * @throws InputError for an atom that is unknown, ambiguous, named twice, or not named though it is no hydrogen
 */
export function assignmentFromLists(
  lists: readonly (readonly AtomInMolecule[])[],
  structure: Structure,
  layout: MoleculeLayout,
  where: string,
): number[] {
  const assignment = new Array<number>(layout.atoms).fill(-1);
  lists.forEach((list, site) => {
    list.forEach((name, k) => {
      const atom = findAtom(name, structure, layout, `${where}[${site}][${k}]`);
      if (assignment[atom] >= 0)
        throw new InputError(
          `${where}[${site}][${k}]`,
          `atom ${label(structure, atom)} is named twice, in site ${assignment[atom]} and here; an atom belongs to one site`,
        );
      assignment[atom] = site;
    });
  });
  const near = neighbours(layout.atoms, layout.bonds);
  for (let i = 0; i < layout.atoms; i++)
    if (assignment[i] < 0 && structure.element[i] === 'H') assignment[i] = assignment[near[i][0]] ?? -1;
  const missing = assignment.flatMap((site, i) => (site < 0 ? [label(structure, i)] : []));
  if (missing.length > 0)
    throw new InputError(
      where,
      `no site holds ${missing.join(', ')}; name every atom once (hydrogens may be left out: they follow the atom they are bonded to)`,
    );
  return assignment;
}

function findAtom(name: AtomInMolecule, structure: Structure, { atoms }: MoleculeLayout, where: string): number {
  if (typeof name === 'number') {
    if (name >= 0 && name < atoms) return name;
    throw new InputError(where, `there is no atom ${name}; a molecule has the atoms 0 to ${atoms - 1}`);
  }
  const all = Array.from({ length: atoms }, (_, i) => i);
  const [, residue, plain] = /^(\d+):(.+)$/.exec(name) ?? [null, null, name];
  const wanted = residue === null ? null : structure.residue[0] + Number(residue) - 1;
  const found = all.filter((i) => structure.name[i] === plain && (wanted === null || structure.residue[i] === wanted));
  if (found.length === 1) return found[0];
  const known = [...new Set(all.map((i) => structure.name[i]))];
  if (found.length === 0) {
    const near = nearest(plain, known);
    throw new InputError(
      where,
      `the molecule has no atom "${name}"${near ? `; did you mean "${near}"?` : ''} It has ${known.join(', ')}`,
    );
  }
  throw new InputError(
    where,
    `${found.length} atoms are called "${name}" (${found.map((i) => label(structure, i)).join(', ')}); write an index, or "residue:name" with residues from 1, as in "2:CA"`,
  );
}

/** `3 (2:CA)`. */
function label(structure: Structure, i: number): string {
  return `${i} (${structure.residue[i] - structure.residue[0] + 1}:${structure.name[i]})`;
}

/**
 * The site of each atom by the rule "n:1": n heavy atoms that are bonded to each other make a site, and hydrogens follow.
 *
 * A depth-first walk along the bonds between heavy atoms, from the first end of a chain (or the first atom, where there is no end), makes a
 * tree: a chain and a ring become a path. From the far ends back, atoms collect until they are n, and then are a site; where branches meet
 * a site may hold a few more. What is left at the start is a site of its own if it has at least n / 2 atoms, else it joins its neighbour.
 * Every site is connected along the bonds. Deterministic, but for rings and branches not unique: other sites of the same size would do as well.
 */
export function assignmentByRule(rule: string, structure: Structure, layout: MoleculeLayout, where: string): number[] {
  const size = Number(/^([1-9]\d*):1$/.exec(rule)?.[1]);
  if (!(size > 0))
    throw new InputError(where, `"${rule}" is no rule; write "2:1" for two heavy atoms a site, "3:1" for three, ...`);
  const near = neighbours(layout.atoms, layout.bonds);
  const hydrogen = (i: number) => structure.element[i] === 'H' && near[i].some((j) => structure.element[j] !== 'H');
  const heavy = near.map((around) => around.filter((j) => !hydrogen(j)).sort((a, b) => a - b));
  const site = new Array<number>(layout.atoms).fill(-1);
  const seen = new Uint8Array(layout.atoms);
  let sites = 0;
  const close = (atoms: readonly number[]) => {
    for (const i of atoms) site[i] = sites;
    sites++;
  };
  /** Makes sites of what lies behind atom i; returns the atoms, i among them, that are not enough for one. */
  const walk = (i: number): number[] => {
    seen[i] = 1;
    const open = [i];
    for (const j of heavy[i]) if (!seen[j]) open.push(...walk(j));
    if (open.length < size) return open;
    close(open);
    return [];
  };
  const ends = (i: number) => heavy[i].length <= 1;
  const atoms = Array.from({ length: layout.atoms }, (_, i) => i).filter((i) => !hydrogen(i));
  for (const start of [...atoms.filter(ends), ...atoms]) {
    if (seen[start]) continue;
    const rest = walk(start);
    const beside = rest.flatMap((i) => heavy[i].filter((j) => site[j] >= 0));
    if (rest.length > 0 && 2 * rest.length < size && beside.length > 0) for (const i of rest) site[i] = site[beside[0]];
    else if (rest.length > 0) close(rest);
  }
  for (let i = 0; i < layout.atoms; i++) if (hydrogen(i)) site[i] = site[near[i].find((j) => !hydrogen(j)) as number];
  return compact(site).assignment;
}
