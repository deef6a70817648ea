/** Labelled graphs of residues and templates, and how one is laid upon the other: names do not matter, elements and bonds do. */
import type { Structure } from '../system/system.ts';
import type { BondGraph } from '../system/topology.ts';
import type { AtomType, ResidueTemplate } from './description.ts';

/** An element and a number of external bonds at each node. */
export interface Graph {
  readonly labels: readonly string[];
  readonly neighbours: readonly (readonly number[])[];
}

/** Label of a particle that is no atom. */
export const noElement = 'particle';

export function templateGraph(template: ResidueTemplate, types: ReadonlyMap<string, AtomType>): Graph {
  const external = new Array<number>(template.atoms.length).fill(0);
  for (const i of template.externalBonds) external[i]++;
  const neighbours: number[][] = template.atoms.map(() => []);
  for (const [a, b] of template.bonds) {
    neighbours[a].push(b);
    neighbours[b].push(a);
  }
  return { labels: template.atoms.map((atom, i) => label(types.get(atom.type)?.element ?? '', external[i])), neighbours };
}

/** The atoms first ... last - 1 of a structure. */
export function residueGraph(structure: Structure, graph: BondGraph, first: number, last: number): Graph {
  const labels: string[] = [];
  const neighbours: number[][] = [];
  for (let i = first; i < last; i++) {
    const inside: number[] = [];
    let external = 0;
    for (let k = graph.start[i]; k < graph.start[i + 1]; k++) {
      const j = graph.neighbours[k];
      if (j >= first && j < last) inside.push(j - first);
      else external++;
    }
    neighbours.push(inside);
    labels.push(label(structure.element[i], external));
  }
  return { labels, neighbours };
}

function label(element: string, external: number): string {
  return `${element || noElement}${external > 0 ? `+${external}` : ''}`;
}

/** What graphs that fit each other have in common, quickly told: how many nodes of each label. */
export function signature(graph: Graph): string {
  return graph.labels.toSorted().join(' ');
}

/** Colour refinement: atoms of equal final colour cannot be told apart by their surroundings up to a few bonds. */
export function refine(graph: Graph): string[] {
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
export function isomorphism(a: Graph, coloursA: readonly string[], b: Graph, coloursB: readonly string[]): number[] | null {
  if (coloursA.length !== coloursB.length || coloursA.toSorted().join('|') !== coloursB.toSorted().join('|')) return null;
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
