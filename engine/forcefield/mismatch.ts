/** Says why no template fits a residue: which come nearest, and what differs. */
import { particleLabel } from '../system/structure.ts';
import type { Structure } from '../system/system.ts';
import type { ResidueShape } from './candidates.ts';
import type { ForceField, ResidueTemplate } from './description.ts';
import { type Graph, noElement, templateGraph } from './graph.ts';

export function residueLabel(structure: Structure, { first }: ResidueShape): string {
  const residue = structure.residue[first];
  return `residue ${residue} (${structure.residueNames[residue]}, beginning with particle ${particleLabel(structure, first)})`;
}

/** Names and graph of a residue or template. */
interface Side {
  readonly names: readonly string[];
  readonly graph: Graph;
}

/**
 * The message for a residue that no template fits: its content, and the three templates that come nearest, with the differences: those
 * that are called like it first, then those that differ least.
 */
export function noTemplate(structure: Structure, shape: ResidueShape, field: ForceField): string {
  const own: Side = { names: structure.name.slice(shape.first, shape.last), graph: shape.graph };
  const rank = (template: ResidueTemplate) => (sameName(template.name, shape.name) ? 0 : 1);
  const ranked = field.residues
    .map((template) => ({ template, ...compare(own, side(template, field)) }))
    .toSorted((x, y) => rank(x.template) - rank(y.template) || x.size - y.size)
    .slice(0, 3);
  const contents = [...census(own.graph).entries()].map(([what, count]) => counted(count, what)).join(', ');
  const nearest = ranked.map(({ template, differences }) =>
    differences.length > 0
      ? `"${template.name}" (${differences.join(', ')})`
      : `"${template.name}" (same atoms and number of bonds, connected otherwise)`,
  );
  return (
    `no template of the force field fits ${residueLabel(structure, shape)} with ${contents}. ` +
    (nearest.length > 0 ? `Nearest: ${nearest.join('; ')}. ` : 'The field has no templates. ') +
    hint(own, ranked[0]?.template, field)
  );
}

/** AMBER calls terminal residues NALA and CALA. */
function sameName(template: string, residue: string): boolean {
  return template === residue || template === `N${residue}` || template === `C${residue}`;
}

function side(template: ResidueTemplate, field: ForceField): Side {
  return { names: template.atoms.map((atom) => atom.name), graph: templateGraph(template, field.atomTypes) };
}

function hint(own: Side, nearest: ResidueTemplate | undefined, field: ForceField): string {
  const here = census(own.graph);
  const there = nearest ? census(side(nearest, field).graph) : new Map<string, number>();
  const only = (what: string) =>
    nearest !== undefined &&
    [...new Set([...here.keys(), ...there.keys()])].every((k) => k === what || here.get(k) === there.get(k));
  if (only(noElement) && here.get(noElement) === undefined)
    return 'The virtual sites of this template are missing: add them to the structure';
  if (only(external))
    return 'A chain that breaks here, a terminal group or a bond across residues (disulphide) is missing, or one too many was found';
  if (!here.has('H') && there.has('H')) return 'The structure has no hydrogens here: add them';
  if ([...here.keys(), ...there.keys()].every((k) => k === 'H' || k === 'bonds' || here.get(k) === there.get(k)))
    return (here.get('H') ?? 0) < (there.get('H') ?? 0)
      ? 'Hydrogens are missing: add them'
      : 'There are more hydrogens than the template has: another protonation state, or a bond that is missing';
  return 'Check the atoms and bonds (CONECT records) of the structure, or add a template';
}

const external = 'bonds to other residues';

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what.replace(/^bonds/, 'bond') : what}`;
}

/** How many atoms of each element, how many bonds, and how many of them to other residues. */
function census(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  let outside = 0;
  for (const l of graph.labels.toSorted()) {
    const [element, more = '0'] = l.split('+');
    counts.set(element, (counts.get(element) ?? 0) + 1);
    outside += Number(more);
  }
  counts.set('bonds', graph.neighbours.reduce((sum, list) => sum + list.length, 0) / 2);
  if (outside > 0) counts.set(external, outside);
  return counts;
}

function compare(own: Side, other: Side): { differences: string[]; size: number } {
  const [here, there] = [census(own.graph), census(other.graph)];
  let size = 0;
  const differences: string[] = [];
  for (const what of new Set([...here.keys(), ...there.keys()])) {
    const difference = (here.get(what) ?? 0) - (there.get(what) ?? 0);
    if (difference === 0) continue;
    size += Math.abs(difference);
    if (what === 'bonds') differences.push(`it has ${counted(there.get(what) ?? 0, what)} instead of ${here.get(what) ?? 0}`);
    else if (what === external)
      differences.push(
        `it has ${counted(there.get(what) ?? 0, external)} instead of ${here.get(what) ?? 0}${externalNames(own, other)}`,
      );
    else if (difference > 0) differences.push(`${difference} ${what} too many here${unshared(own, other, what)}`);
    else differences.push(`${-difference} ${what} missing here${unshared(other, own, what)}`);
  }
  return { differences, size };
}

/** Atoms of an element that only one side has a name for, as far as names help. */
function unshared(of: Side, beside: Side, element: string): string {
  const known = new Set(beside.names);
  const names = of.names.filter((name, i) => of.graph.labels[i].split('+')[0] === element && !known.has(name));
  return names.length === 0 || names.length > 6 ? '' : `: ${names.join(' ')}`;
}

/** Atoms of the same name whose bonds to other residues differ. */
function externalNames(own: Side, other: Side): string {
  const count = (of: Side, i: number) => Number(of.graph.labels[i].split('+')[1] ?? 0);
  const names = own.names.filter((name, i) => {
    const j = other.names.indexOf(name);
    return j >= 0 && count(own, i) !== count(other, j);
  });
  return names.length === 0 || names.length > 4 ? '' : ` (at ${names.join(', ')})`;
}
