/** Which torsions of a molecule turn when it is packed, the rigid parts that they leave, and which distances no torsion changes. */
import type { Structure } from '../system.ts';
import { type BondGraph, bondGraph } from '../topology.ts';

/** A rigid part of a molecule. All but the first hang on an earlier one by a bond about which they turn. */
export interface Part {
  readonly atoms: readonly number[];
  /** Index of the earlier part, and the bond `[atom of that part, atom of this part]`; `null` for the first. */
  readonly parent: { readonly part: number; readonly bond: readonly [number, number] } | null;
  /** Heavy atoms before and behind the bond, whose dihedral says whether it is trans; `null` for the first. */
  readonly ends: readonly [number, number] | null;
}

export interface Flexibility {
  /** In an order in which each part comes after the one that it hangs on. */
  readonly parts: readonly Part[];
  /** Pairs whose distance no torsion changes, flat. */
  readonly fixed: Int32Array;
  /** n x n: 1 for pairs at most four bonds apart, which may be closer than a contact: hydrogens of next but one carbon atoms. */
  readonly near: Uint8Array;
}

/** Molecules with at least so many torsions are packed flexible unless the scenario says otherwise: from hexane on. */
export const manyTorsions = 3;

/**
 * Torsions about single bonds between tetrahedral carbon (or silicon) and such carbon, ether oxygen or sulphur, that are in no ring and have
 * heavy atoms on both sides. Bonds next to double bonds and rings stay as they are.
 */
export function flexibilityOf(structure: Structure): Flexibility {
  const n = structure.mass.length;
  const graph = bondGraph(n, structure.bonds);
  const turning = new Set<number>();
  for (let b = 0; b < structure.bonds.length; b += 2) {
    const [i, j] = [structure.bonds[b], structure.bonds[b + 1]];
    if (turns(structure, graph, i, j)) turning.add(i * n + j).add(j * n + i);
  }
  return { parts: partsOf(structure, graph, turning), ...distances(graph, n, turning) };
}

function neighbours(graph: BondGraph, i: number): Int32Array {
  return graph.neighbours.subarray(graph.start[i], graph.start[i + 1]);
}

function isHeavy(structure: Structure, i: number): boolean {
  return structure.element[i] !== 'H' && structure.element[i] !== 'D' && structure.element[i] !== '';
}

function heavyBeyond(structure: Structure, graph: BondGraph, i: number, j: number): number | undefined {
  return Array.from(neighbours(graph, i)).find((k) => k !== j && isHeavy(structure, k));
}

function isTetrahedral(structure: Structure, graph: BondGraph, i: number): boolean {
  return (structure.element[i] === 'C' || structure.element[i] === 'Si') && neighbours(graph, i).length === 4;
}

function isBridge(structure: Structure, graph: BondGraph, i: number): boolean {
  return (structure.element[i] === 'O' || structure.element[i] === 'S') && neighbours(graph, i).length === 2;
}

function turns(structure: Structure, graph: BondGraph, i: number, j: number): boolean {
  const sp3 = [i, j].filter((k) => isTetrahedral(structure, graph, k)).length;
  if (sp3 === 0 || (sp3 === 1 && ![i, j].some((k) => isBridge(structure, graph, k)))) return false;
  if (heavyBeyond(structure, graph, i, j) === undefined || heavyBeyond(structure, graph, j, i) === undefined) return false;
  return !connectedOtherwise(graph, i, j);
}

/** Whether a path from i to j exists beside their bond: the bond is in a ring. */
function connectedOtherwise(graph: BondGraph, i: number, j: number): boolean {
  const seen = new Set([i]);
  const stack = [i];
  for (let a = stack.pop(); a !== undefined; a = stack.pop())
    for (const b of neighbours(graph, a)) {
      if ((a === i && b === j) || seen.has(b)) continue;
      if (b === j) return true;
      seen.add(b);
      stack.push(b);
    }
  return false;
}

function partsOf(structure: Structure, graph: BondGraph, turning: ReadonlySet<number>): Part[] {
  const n = structure.mass.length;
  const parts: Part[] = [];
  const seen = new Uint8Array(n);
  // From one end, so that a chain grows along itself: atom 0 is one in files of chains.
  const open: { atom: number; parent: Part['parent'] }[] = [{ atom: 0, parent: null }];
  for (let next = open.pop(); next; next = open.pop()) {
    const atoms = [next.atom];
    seen[next.atom] = 1;
    const index = parts.length;
    for (let k = 0; k < atoms.length; k++)
      for (const b of neighbours(graph, atoms[k])) {
        if (seen[b]) continue;
        if (turning.has(atoms[k] * n + b)) open.push({ atom: b, parent: { part: index, bond: [atoms[k], b] } });
        else {
          seen[b] = 1;
          atoms.push(b);
        }
      }
    const bond = next.parent?.bond;
    const ends = bond
      ? ([
          heavyBeyond(structure, graph, bond[0], bond[1]) ?? bond[0],
          heavyBeyond(structure, graph, bond[1], bond[0]) ?? bond[1],
        ] as const)
      : null;
    parts.push({ atoms, parent: next.parent, ends });
  }
  return parts;
}

function distances(graph: BondGraph, n: number, turning: ReadonlySet<number>): Pick<Flexibility, 'fixed' | 'near'> {
  const fixed: number[] = [];
  const near = new Uint8Array(n * n);
  for (let i = 0; i < n; i++) {
    near[i * n + i] = 1;
    // Breadth first; `loose` is set behind a turning bond that does not begin at i.
    const depth = new Int32Array(n).fill(-1);
    const loose = new Uint8Array(n);
    const turned = new Uint8Array(n);
    depth[i] = 0;
    const queue = [i];
    for (let q = 0; q < queue.length; q++) {
      const a = queue[q];
      for (const b of neighbours(graph, a)) {
        if (depth[b] >= 0) continue;
        depth[b] = depth[a] + 1;
        loose[b] = loose[a] | turned[a];
        turned[b] = a !== i && turning.has(a * n + b) ? 1 : 0;
        if (depth[b] <= 4) near[i * n + b] = 1;
        if (!loose[b] && b > i) fixed.push(i, b);
        queue.push(b);
      }
    }
  }
  return { fixed: Int32Array.from(fixed), near };
}
