/** Of the alternate locations that crystallographic files give for some atoms, one conformer a residue. */
import { InputError } from '../../errors.ts';
import type { ParsedAtom, ReadOptions } from './format.ts';

/** An atom with what decides whether it stays; `alternate` is empty for an atom that is in one place only. */
export interface AlternateAtom extends ParsedAtom {
  readonly alternate: string;
  readonly occupancy: number;
}

/**
 * The atoms of one conformer of each residue, and the bonds between them (`null` for none): the location asked for, else that with the
 * largest sum of occupancies, of equals the first. An atom without the chosen location keeps its most occupied one; where a place holds
 * residues of two kinds, those of the conformer's kind stay. Throws InputError for a location that no atom has.
 */
export function oneConformer<A extends AlternateAtom>(
  atoms: readonly A[],
  bonds: readonly (readonly [number, number])[],
  file: string,
  options: ReadOptions,
): { atoms: readonly A[]; bonds: readonly number[] | null } {
  if (atoms.every((atom) => atom.alternate === '')) return { atoms, bonds: bonds.length > 0 ? bonds.flat() : null };
  const locations = [...new Set(atoms.map((atom) => atom.alternate))].filter(Boolean);
  if (options.alternate !== undefined && !locations.includes(options.alternate))
    throw new InputError(file, `no atom has the alternate location "${options.alternate}"; there are ${locations.join(', ')}`);
  const kept: number[] = [];
  for (let first = 0; first < atoms.length; ) {
    let last = first + 1;
    while (last < atoms.length && placeOf(atoms[last]) === placeOf(atoms[first])) last++;
    for (const i of conformer(atoms, first, last, options.alternate)) kept.push(i);
    first = last;
  }
  const index = new Map(kept.map((old, i) => [old, i]));
  const between: number[] = [];
  for (const [i, j] of bonds) {
    const [a, b] = [index.get(i), index.get(j)];
    if (a !== undefined && b !== undefined) between.push(a, b);
  }
  return { atoms: kept.map((i) => atoms[i]), bonds: between.length > 0 ? between : null };
}

/** The place of a residue without its name. */
function placeOf(atom: AlternateAtom): string {
  return (atom.residueKey ?? '').slice(atom.residueName.length);
}

/** Indices of the atoms of a residue that make one conformer, ascending. */
function conformer(atoms: readonly AlternateAtom[], first: number, last: number, wanted: string | undefined): number[] {
  const occupancy = new Map<string, number>();
  for (let i = first; i < last; i++) {
    const { alternate } = atoms[i];
    if (alternate !== '') occupancy.set(alternate, (occupancy.get(alternate) ?? 0) + atoms[i].occupancy);
  }
  const best = [...occupancy].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';
  const chosen = wanted !== undefined && occupancy.has(wanted) ? wanted : best;
  const residueName = atoms.slice(first, last).find((atom) => atom.alternate === chosen)?.residueName ?? atoms[first].residueName;
  const rank = (i: number) => (atoms[i].alternate === chosen ? Number.POSITIVE_INFINITY : atoms[i].occupancy);
  const kept: number[] = [];
  const byName = new Map<string, number>();
  for (let i = first; i < last; i++) {
    if (atoms[i].residueName !== residueName) continue;
    const other = byName.get(atoms[i].name);
    if (atoms[i].alternate === '') kept.push(i);
    else if (other === undefined || rank(i) > rank(other)) byName.set(atoms[i].name, i);
  }
  return [...kept, ...byName.values()].sort((a, b) => a - b);
}
