/** What follows from the bonds of a coarse-grained structure: angles, dihedrals, exclusions, and their grouping by type. */
import type { Structure } from '../../engine/index.ts';

/** The kinds of internal coordinate that bonded terms of a coarse-grained potential depend on. */
export type InternalCoordinate = 'bond' | 'angle' | 'dihedral';

/** All bonds (or angles, dihedrals) between the same types. */
export interface BondedGroup {
  readonly coordinate: InternalCoordinate;
  /** Names of the types along the tuple, in the canonical of its two directions. */
  readonly types: readonly string[];
  /** Flat tuples of 2, 3 or 4 sites. */
  readonly sites: Int32Array;
}

export const arity: Readonly<Record<InternalCoordinate, number>> = { bond: 2, angle: 3, dihedral: 4 };

/** Neighbours along bonds, ascending, a list a site. */
export function bondGraph(structure: Structure): number[][] {
  const graph: number[][] = Array.from({ length: structure.mass.length }, () => []);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    graph[structure.bonds[b]].push(structure.bonds[b + 1]);
    graph[structure.bonds[b + 1]].push(structure.bonds[b]);
  }
  for (const list of graph) list.sort((a, b) => a - b);
  return graph;
}

/** Bonds, angles and dihedrals of a structure, grouped by the types along them; groups in a fixed order. */
export function bondedGroups(structure: Structure): BondedGroup[] {
  const graph = bondGraph(structure);
  const groups = new Map<string, { coordinate: InternalCoordinate; types: string[]; sites: number[] }>();
  const add = (coordinate: InternalCoordinate, ...tuple: number[]): void => {
    const reversed = tuple.toReversed();
    const forward = compareTypes(structure, tuple, reversed) <= 0;
    const sites = forward ? tuple : reversed;
    const types = sites.map((i) => structure.typeNames[structure.type[i]]);
    const key = `${coordinate} ${types.join(' ')}`;
    const group = groups.get(key) ?? { coordinate, types, sites: [] };
    group.sites.push(...sites);
    groups.set(key, group);
  };
  for (let b = 0; b < structure.bonds.length; b += 2) add('bond', structure.bonds[b], structure.bonds[b + 1]);
  for (let j = 0; j < graph.length; j++) {
    for (const i of graph[j]) for (const k of graph[j]) if (i < k) add('angle', i, j, k);
  }
  for (let j = 0; j < graph.length; j++) {
    for (const k of graph[j]) {
      if (k < j) continue;
      for (const i of graph[j]) for (const l of graph[k]) if (i !== k && l !== j && i !== l) add('dihedral', i, j, k, l);
    }
  }
  return [...groups.values()]
    .sort((a, b) => arity[a.coordinate] - arity[b.coordinate] || (a.types.join(' ') < b.types.join(' ') ? -1 : 1))
    .map((group) => ({ ...group, sites: Int32Array.from(group.sites) }));
}

function compareTypes(structure: Structure, a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    const difference = structure.type[a[k]] - structure.type[b[k]];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Pairs at most `bonds` bonds apart, flat, i < j: 1 excludes bonded pairs, 2 the ends of angles too, 3 those of dihedrals. */
export function exclusionsAlongBonds(structure: Structure, bonds: number): Int32Array {
  const graph = bondGraph(structure);
  const pairs: number[] = [];
  for (let i = 0; i < graph.length; i++) {
    const reached = new Set([i]);
    let shell = [i];
    for (let step = 0; step < bonds; step++) {
      const next: number[] = [];
      for (const j of shell) {
        for (const k of graph[j]) {
          if (reached.has(k)) continue;
          reached.add(k);
          next.push(k);
        }
      }
      shell = next;
    }
    for (const j of [...reached].sort((a, b) => a - b)) if (j > i) pairs.push(i, j);
  }
  return Int32Array.from(pairs);
}

/** Pairs of types that occur, as names in the order of the structure's types. */
export function typePairs(structure: Structure): [string, string][] {
  const used = [...new Set(structure.type)].sort((a, b) => a - b);
  return used.flatMap((a, n) => used.slice(n).map((b): [string, string] => [structure.typeNames[a], structure.typeNames[b]]));
}

/**
 * A symmetric matrix over the structure's types of what `lookup` says of the pair, row-major.
 * `lookup` is asked with both orders of names until it answers; pairs that it does not know get `absent`.
 */
export function typeMatrix<T>(structure: Structure, lookup: (a: string, b: string) => T | undefined, absent: T): T[] {
  const names = structure.typeNames;
  return names.flatMap((a) => names.map((b) => lookup(a, b) ?? lookup(b, a) ?? absent));
}
