/** Finds the template of each residue by its graph of elements and bonds (names do not matter). */
import { InputError } from '../errors.ts';
import { particleLabel } from '../system/structure.ts';
import type { Structure } from '../system/system.ts';
import type { BondGraph } from '../system/topology.ts';
import type { AtomType, ForceField, ResidueTemplate, TemplateAtom } from './description.ts';

/** A labelled graph: an element and a number of external bonds at each node. */
interface Graph {
  readonly labels: readonly string[];
  readonly neighbours: readonly (readonly number[])[];
}

/**
 * The template atom of each particle. Throws InputError at `where` for a residue that no template fits, saying which came nearest
 * and what differs, and for one that several templates fit with different types.
 */
export function matchTemplates(field: ForceField, structure: Structure, graph: BondGraph, where: string): TemplateAtom[] {
  const particles = structure.mass.length;
  const templates = field.residues.map((template) => {
    const shape = templateGraph(template, field.atomTypes);
    return { template, shape, colours: refine(shape) };
  });
  const matched = new Array<TemplateAtom>(particles);
  // Residues with atoms and bonds in the same order share one match: a liquid has thousands of them.
  const known = new Map<string, readonly TemplateAtom[]>();
  for (let first = 0; first < particles; ) {
    let last = first + 1;
    while (last < particles && structure.residue[last] === structure.residue[first]) last++;
    const shape = residueGraph(structure, graph, first, last);
    const key = `${shape.labels.join(' ')} ${shape.neighbours.map((list) => list.join(',')).join(';')}`;
    let atoms = known.get(key);
    if (!atoms) {
      const found = findTemplate(templates, shape);
      if (found.length === 0) throw new InputError(where, noTemplate(structure, first, shape, templates));
      if (found.some((candidate) => candidate.some((atom, i) => atom.type !== found[0][i].type)))
        throw new InputError(
          where,
          `several templates with different types fit ${residueLabel(structure, first)}; keep one of them`,
        );
      atoms = found[0];
      known.set(key, atoms);
    }
    for (let i = first; i < last; i++) matched[i] = atoms[i - first];
    first = last;
  }
  return matched;
}

interface Candidate {
  readonly template: ResidueTemplate;
  readonly shape: Graph;
  readonly colours: readonly string[];
}

function findTemplate(templates: readonly Candidate[], shape: Graph): TemplateAtom[][] {
  const colours = refine(shape);
  const histogram = colours.toSorted().join('|');
  const found: TemplateAtom[][] = [];
  for (const candidate of templates) {
    if (candidate.colours.length !== colours.length || candidate.colours.toSorted().join('|') !== histogram) continue;
    const map = isomorphism(shape, colours, candidate.shape, candidate.colours);
    if (map) found.push(map.map((i) => candidate.template.atoms[i]));
  }
  return found;
}

function templateGraph(template: ResidueTemplate, types: ReadonlyMap<string, AtomType>): Graph {
  const external = template.atoms.map((_, i) => template.externalBonds.filter((e) => e === i).length);
  const neighbours = template.atoms.map((_, i) => template.bonds.flatMap(([a, b]) => (a === i ? [b] : b === i ? [a] : [])));
  return { labels: template.atoms.map((atom, i) => label(types.get(atom.type)?.element ?? '', external[i])), neighbours };
}

function residueGraph(structure: Structure, graph: BondGraph, first: number, last: number): Graph {
  const labels: string[] = [];
  const neighbours: number[][] = [];
  for (let i = first; i < last; i++) {
    const bonded = Array.from(graph.neighbours.subarray(graph.start[i], graph.start[i + 1]));
    const inside = bonded.filter((j) => j >= first && j < last);
    neighbours.push(inside.map((j) => j - first));
    labels.push(label(structure.element[i], bonded.length - inside.length));
  }
  return { labels, neighbours };
}

function label(element: string, external: number): string {
  return `${element || 'particle'}${external > 0 ? `+${external}` : ''}`;
}

/** Colour refinement: atoms of equal final colour cannot be told apart by their surroundings up to a few bonds. */
function refine(graph: Graph): string[] {
  let colours = graph.labels.map((l) => l);
  for (let round = 0; round < 6; round++) {
    const next = colours.map(
      (colour, i) =>
        `${colour}(${graph.neighbours[i]
          .map((j) => colours[j])
          .toSorted()
          .join(',')})`,
    );
    // Long strings are shortened to something that is the same for the same surroundings in every graph.
    colours = next.map((text) => (text.length > 60 ? `${text.slice(0, 12)}#${textHash(text)}` : text));
  }
  return colours;
}

function textHash(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b + text.charCodeAt(i), 0x5bd1e995) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}

/** A map from atoms of `a` to atoms of `b` that keeps colours and bonds, by backtracking along bonds; `null` if there is none. */
function isomorphism(a: Graph, coloursA: readonly string[], b: Graph, coloursB: readonly string[]): number[] | null {
  const { order, parent } = breadthFirst(a);
  const map = new Array<number>(order.length).fill(-1);
  const used = new Set<number>();
  const everything = b.labels.map((_, i) => i);
  const extend = (k: number): boolean => {
    if (k === order.length) return true;
    const i = order[k];
    const candidates = parent[i] < 0 ? everything : b.neighbours[map[parent[i]]];
    for (const j of candidates) {
      if (used.has(j) || coloursA[i] !== coloursB[j] || a.neighbours[i].length !== b.neighbours[j].length) continue;
      if (!a.neighbours[i].every((n) => map[n] < 0 || b.neighbours[j].includes(map[n]))) continue;
      map[i] = j;
      used.add(j);
      if (extend(k + 1)) return true;
      used.delete(j);
      map[i] = -1;
    }
    return false;
  };
  return extend(0) ? map : null;
}

/** Atoms such that each is bonded to an earlier one (`parent`) wherever the graph allows it. */
function breadthFirst(graph: Graph): { order: number[]; parent: number[] } {
  const order: number[] = [];
  const parent = new Array<number>(graph.labels.length).fill(-1);
  const seen = new Set<number>();
  for (let first = 0; first < graph.labels.length; first++) {
    if (seen.has(first)) continue;
    seen.add(first);
    order.push(first);
    for (let k = order.length - 1; k < order.length; k++) {
      for (const j of graph.neighbours[order[k]]) {
        if (seen.has(j)) continue;
        seen.add(j);
        parent[j] = order[k];
        order.push(j);
      }
    }
  }
  return { order, parent };
}

function residueLabel(structure: Structure, first: number): string {
  const residue = structure.residue[first];
  return `residue ${residue} (${structure.residueNames[residue]}, beginning with particle ${particleLabel(structure, first)})`;
}

/** Names the three templates that differ least, and how. */
function noTemplate(structure: Structure, first: number, shape: Graph, templates: readonly Candidate[]): string {
  const own = census(shape);
  const ranked = templates
    .map((candidate) => ({ name: candidate.template.name, differences: differences(own, census(candidate.shape)) }))
    .map((entry) => ({ ...entry, size: entry.differences.reduce((sum, d) => sum + d.size, 0) }))
    .toSorted((x, y) => x.size - y.size)
    .slice(0, 3);
  const contents = [...own].map(([what, count]) => `${count} ${what}`).join(', ');
  const nearestOnes = ranked.map(({ name, differences: list }) =>
    list.length > 0
      ? `"${name}" (${list.map((d) => d.text).join(', ')})`
      : `"${name}" (same atoms and number of bonds, connected otherwise)`,
  );
  return (
    `no template of the force field fits ${residueLabel(structure, first)} with ${contents}. ` +
    (nearestOnes.length > 0 ? `Nearest: ${nearestOnes.join('; ')}. ` : 'The field has no templates. ') +
    'Check the atoms and bonds (CONECT records) of the structure, or add a template'
  );
}

/** How many atoms of each label and how many bonds. */
function census(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  for (const l of graph.labels.toSorted()) {
    const [element, external] = l.split('+');
    counts.set(element, (counts.get(element) ?? 0) + 1);
    if (external) counts.set('bonds to other residues', (counts.get('bonds to other residues') ?? 0) + Number(external));
  }
  counts.set('bonds', graph.neighbours.reduce((sum, list) => sum + list.length, 0) / 2);
  return counts;
}

function differences(own: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): { text: string; size: number }[] {
  const keys = new Set([...own.keys(), ...other.keys()]);
  return [...keys]
    .map((key) => ({ key, here: own.get(key) ?? 0, there: other.get(key) ?? 0 }))
    .filter(({ here, there }) => here !== there)
    .map(({ key, here, there }) => ({ text: `it has ${there} ${key} instead of ${here}`, size: Math.abs(here - there) }));
}
