/** Which sites of a molecule are of one type, and what the types are called. */
import type { Structure } from '../../engine/index.ts';
import type { Assignment, TypesBy } from './mapping.ts';
import { type MoleculeLayout, neighbours } from './molecules.ts';

/**
 * The type of each site: sites share a type if colour refinement of the molecule's bond graph cannot tell them apart.
 *
 * Every atom starts with a colour (element or type, mass, charge); a round then adds the colours of its bonded neighbours, whether each
 * is in the same site, and the colours of all atoms of its site. When a round splits no class any more, a site's type is the multiset of
 * its atoms' colours. Sites that a symmetry of the molecule exchanges always get one type (the two CH3 of ethane); the refinement
 * (Weisfeiler & Leman 1968) can fail to split inequivalent ones only in regular graphs beyond chains, rings and trees.
 * With `composition` no round is done: sites whose atoms are alike share a type wherever they are, so that all inner sites of a chain do.
 * Names are the sites' compositions, with a letter where several types have the same.
 */
export function siteTypes(structure: Structure, layout: MoleculeLayout, mapping: Assignment): string[] {
  const { assignment, sites } = mapping;
  const by: TypesBy = mapping.typesBy ?? 'surroundings';
  const near = neighbours(layout.atoms, layout.bonds);
  const atoms = Array.from({ length: layout.atoms }, (_, i) => i);
  const species = atoms.map((i) => structure.element[i] || structure.typeNames[structure.type[i]]);
  const members = Array.from({ length: sites }, (_, site) => atoms.filter((i) => assignment[i] === site));
  let colour = numbered(atoms.map((i) => `${species[i]} ${structure.mass[i]} ${structure.charge[i].toFixed(6)}`));
  let site = numbered(members.map((of) => multiset(of.map((i) => `${colour[i]}`))));
  for (let classes = 0; by === 'surroundings'; ) {
    const seen = (i: number) => multiset(near[i].map((j) => `${colour[j]}${assignment[j] === assignment[i] ? 'in' : 'out'}`));
    colour = numbered(atoms.map((i) => `${colour[i]} ${site[assignment[i]]} ${seen(i)}`));
    site = numbered(members.map((of) => multiset(of.map((i) => `${colour[i]}`))));
    const now = new Set(colour).size;
    if (now === classes) break;
    classes = now;
  }
  const formulas = members.map((of) => formula(of.map((i) => species[i])));
  return site.map((type, s) => {
    const alike = [...new Set(site.filter((_, other) => formulas[other] === formulas[s]))];
    return alike.length > 1 ? `${formulas[s]}${letters(alike.indexOf(type))}` : formulas[s];
  });
}

/** Strings to numbers, equal strings to equal numbers, in order of first appearance. */
function numbered(keys: readonly string[]): number[] {
  const known = new Map<string, number>();
  for (const key of keys) if (!known.has(key)) known.set(key, known.size);
  return keys.map((key) => known.get(key) as number);
}

function multiset(keys: readonly string[]): string {
  return [...keys].sort().join(',');
}

/** Hill order: carbon, hydrogen, then by name. */
function formula(species: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of species) counts.set(name, (counts.get(name) ?? 0) + 1);
  const rank = (name: string) => (name === 'C' ? 0 : name === 'H' ? 1 : 2);
  const names = [...counts.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return names.map((name) => `${name}${counts.get(name) === 1 ? '' : counts.get(name)}`).join('');
}

/** a, b, ..., z, aa, ab, ... */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
