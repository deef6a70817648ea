/** What follows from bonds: molecules, angles, dihedrals, 1-4 pairs, exclusions, and molecules made whole in a periodic box. */
import { type Box, minimumImage } from './box.ts';

/** Bonded neighbours of each particle, ascending: those of i are `neighbours[start[i] .. start[i + 1]]`. */
export interface BondGraph {
  readonly start: Int32Array;
  readonly neighbours: Int32Array;
}

/** @param bonds flat pairs of particles */
export function bondGraph(particles: number, bonds: Int32Array): BondGraph {
  const start = new Int32Array(particles + 1);
  for (const i of bonds) start[i + 1]++;
  for (let i = 0; i < particles; i++) start[i + 1] += start[i];
  const fill = start.slice();
  const neighbours = new Int32Array(bonds.length);
  for (let b = 0; b < bonds.length; b += 2) {
    neighbours[fill[bonds[b]]++] = bonds[b + 1];
    neighbours[fill[bonds[b + 1]]++] = bonds[b];
  }
  for (let i = 0; i < particles; i++) neighbours.subarray(start[i], start[i + 1]).sort();
  return { start, neighbours };
}

function bondedTo(graph: BondGraph, i: number): Int32Array {
  return graph.neighbours.subarray(graph.start[i], graph.start[i + 1]);
}

/** The molecule of each particle: connected components, numbered by their first particle. */
export function moleculesFromBonds(particles: number, bonds: Int32Array): Int32Array {
  const graph = bondGraph(particles, bonds);
  const molecule = new Int32Array(particles).fill(-1);
  let count = 0;
  for (let first = 0; first < particles; first++) {
    if (molecule[first] >= 0) continue;
    const stack = [first];
    molecule[first] = count;
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      for (const j of bondedTo(graph, i)) {
        if (molecule[j] < 0) {
          molecule[j] = count;
          stack.push(j);
        }
      }
    }
    count++;
  }
  return molecule;
}

/** Angles i-j-k with i < k, flat; ordered by the middle particle, then i, then k. */
export function anglesFromBonds(graph: BondGraph): Int32Array {
  const angles: number[] = [];
  for (let j = 0; j + 1 < graph.start.length; j++) {
    const around = bondedTo(graph, j);
    for (let a = 0; a < around.length; a++) for (let b = a + 1; b < around.length; b++) angles.push(around[a], j, around[b]);
  }
  return Int32Array.from(angles);
}

/** Proper dihedrals i-j-k-l with j < k, flat; ordered by j, k, i, l. Three-rings (i = l) give none. */
export function dihedralsFromBonds(graph: BondGraph): Int32Array {
  const dihedrals: number[] = [];
  for (let j = 0; j + 1 < graph.start.length; j++) {
    for (const k of bondedTo(graph, j)) {
      if (k < j) continue;
      for (const i of bondedTo(graph, j)) {
        if (i === k) continue;
        for (const l of bondedTo(graph, k)) if (l !== j && l !== i) dihedrals.push(i, j, k, l);
      }
    }
  }
  return Int32Array.from(dihedrals);
}

/** A particle bonded to three others, as (middle, a, b, c) with a < b < c: every choice of three neighbours, flat. */
export function impropersFromBonds(graph: BondGraph): Int32Array {
  const impropers: number[] = [];
  for (let i = 0; i + 1 < graph.start.length; i++) {
    const around = bondedTo(graph, i);
    for (let a = 0; a < around.length; a++)
      for (let b = a + 1; b < around.length; b++)
        for (let c = b + 1; c < around.length; c++) impropers.push(i, around[a], around[b], around[c]);
  }
  return Int32Array.from(impropers);
}

/**
 * Pairs i < j whose shortest path along bonds has between `least` and `most` bonds, flat and sorted:
 * (1, 2) are 1-2 and 1-3 neighbours, (3, 3) the 1-4 pairs, (1, 3) all three.
 */
export function pairsByBonds(graph: BondGraph, least: number, most: number): Int32Array {
  const pairs: number[] = [];
  for (let i = 0; i + 1 < graph.start.length; i++) {
    const distance = new Map<number, number>([[i, 0]]);
    let shell = [i];
    const found: number[] = [];
    for (let d = 1; d <= most && shell.length > 0; d++) {
      const next: number[] = [];
      for (const a of shell) {
        for (const b of bondedTo(graph, a)) {
          if (distance.has(b)) continue;
          distance.set(b, d);
          next.push(b);
          if (d >= least && b > i) found.push(b);
        }
      }
      shell = next;
    }
    for (const j of found.sort((a, b) => a - b)) pairs.push(i, j);
  }
  return Int32Array.from(pairs);
}

/** Moves particles by whole box vectors so that bonded neighbours are next to each other; the first of a molecule stays. In place. */
export function makeWhole(positions: Float64Array, bonds: Int32Array, box: Box): void {
  if (!box.vectors) return;
  const particles = positions.length / 3;
  const graph = bondGraph(particles, bonds);
  const placed = new Uint8Array(particles);
  const d = new Float64Array(3);
  for (let first = 0; first < particles; first++) {
    if (placed[first]) continue;
    placed[first] = 1;
    const stack = [first];
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      for (const j of bondedTo(graph, i)) {
        if (placed[j]) continue;
        placed[j] = 1;
        const before = [0, 0, 0];
        for (let c = 0; c < 3; c++) before[c] = d[c] = positions[3 * j + c] - positions[3 * i + c];
        minimumImage(box, d);
        // A particle already in place keeps its bits.
        for (let c = 0; c < 3; c++) if (d[c] !== before[c]) positions[3 * j + c] = positions[3 * i + c] + d[c];
        stack.push(j);
      }
    }
  }
}
