/** Which pieces of a molecule may change their site, so that sites stay connected where they were. */
import { type MoleculeLayout, occupancy } from '../../coarse-graining/index.ts';

/** Atoms that move together, and the site that they would move to. */
export interface Move {
  readonly atoms: readonly number[];
  readonly to: number;
}

/**
 * Every unit of atoms with a bond into another site, together with the atoms of its site that hang on it alone (hydrogens on their carbon), to each such site.
 * No move empties a site.
 * @param units the first atom of the unit of each atom
 */
export function movesOf(
  assignment: readonly number[],
  { bonds }: Pick<MoleculeLayout, 'bonds'>,
  units: readonly number[] = assignment.map((_, i) => i),
): Move[] {
  const near: number[][] = assignment.map(() => []);
  for (let b = 0; b < bonds.length; b += 2) {
    near[bonds[b]].push(bonds[b + 1]);
    near[bonds[b + 1]].push(bonds[b]);
  }
  const counts = occupancy(assignment, Math.max(...assignment) + 1);
  const moves: Move[] = [];
  for (const first of new Set(units)) {
    const home = assignment[first];
    const members = [...units.keys()].filter((i) => units[i] === first);
    const hanging = members.flatMap((i) => near[i].filter((j) => assignment[j] === home && near[j].length === 1));
    const atoms = [...new Set([...members, ...hanging])].sort((i, j) => i - j);
    if (atoms.length === counts[home]) continue;
    const targets = new Set(atoms.flatMap((i) => near[i].map((j) => assignment[j])).filter((site) => site !== home));
    for (const to of [...targets].sort((a, b) => a - b)) moves.push({ atoms, to });
  }
  return moves;
}

/** The assignment after a move. */
export function moved(assignment: readonly number[], { atoms, to }: Move): number[] {
  return assignment.map((site, i) => (atoms.includes(i) ? to : site));
}
