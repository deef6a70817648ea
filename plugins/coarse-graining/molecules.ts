/** The molecules of a structure as copies of one template: how their atoms are laid out and how to make them whole. */
import { type Box, InputError, minimumImage, type Structure } from '../../engine/index.ts';

/** `count` identical molecules of `atoms` atoms; molecule m holds the atoms m * atoms ... (m + 1) * atoms - 1. */
export interface MoleculeLayout {
  readonly atoms: number;
  readonly count: number;
  /** Bonds of one molecule, flat pairs of atoms 0 ... atoms - 1 with i < j. */
  readonly bonds: Int32Array;
  /** The atoms in an order in which each comes after its parent. */
  readonly order: Int32Array;
  /** The bonded atom that an atom is brought next to; the first atom for one that no bond leads to, -1 for the first itself. */
  readonly parent: Int32Array;
}

/**
 * The layout of a structure that holds one kind of molecule.
 * @param where what the structure is of, for the message
 * @throws InputError if a molecule differs from the first in its atoms or its bonds, or has no atoms.
 */
export function moleculeLayout(structure: Structure, where = ''): MoleculeLayout {
  const total = structure.mass.length;
  if (total === 0) throw new InputError(where, 'the structure holds no atoms; a mapping needs at least one molecule');
  let atoms = 0;
  while (atoms < total && structure.molecule[atoms] === structure.molecule[0]) atoms++;
  for (let i = 0; i < total; i++) {
    const template = i % atoms;
    const first = i - template;
    const same =
      structure.molecule[i] === structure.molecule[first] &&
      (template > 0 || i === 0 || structure.molecule[i] !== structure.molecule[i - 1]) &&
      structure.type[i] === structure.type[template] &&
      structure.element[i] === structure.element[template] &&
      structure.mass[i] === structure.mass[template];
    if (!same) throw severalKinds(where, structure, i, template);
  }
  if (total % atoms !== 0) throw severalKinds(where, structure, total - 1, (total - 1) % atoms);
  const count = total / atoms;
  const bonds = sharedBonds(structure, atoms, count, where);
  return { atoms, count, bonds, ...spanningOrder(atoms, bonds) };
}

function severalKinds(where: string, structure: Structure, atom: number, template: number): InputError {
  return new InputError(
    where,
    `atom ${atom} (${structure.name[atom]}, molecule ${structure.molecule[atom]}) differs from atom ${template} ` +
      `(${structure.name[template]}) of the first molecule: only one kind of molecule is supported; map a run that holds one kind`,
  );
}

/** Bonds of the first molecule, after checking that every other has the same ones. */
function sharedBonds(structure: Structure, atoms: number, count: number, where: string): Int32Array {
  const ofMolecule = Array.from({ length: count }, () => [] as number[]);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    const i = structure.bonds[b];
    const j = structure.bonds[b + 1];
    const molecule = Math.floor(i / atoms);
    if (molecule !== Math.floor(j / atoms))
      throw new InputError(
        where,
        `the bond between atoms ${i} and ${j} joins two molecules; bonded atoms belong to one molecule`,
      );
    ofMolecule[molecule].push(Math.min(i, j) - molecule * atoms, Math.max(i, j) - molecule * atoms);
  }
  const sorted = ofMolecule.map((pairs) => sortedPairs(pairs));
  const odd = sorted.findIndex((pairs) => pairs.join() !== sorted[0].join());
  if (odd >= 0)
    throw new InputError(
      where,
      `molecule ${odd} has other bonds than the first molecule: only one kind of molecule is supported; map a run that holds one kind`,
    );
  return Int32Array.from(sorted[0].flat());
}

function sortedPairs(flat: readonly number[]): number[][] {
  const pairs: number[][] = [];
  for (let b = 0; b < flat.length; b += 2) pairs.push([flat[b], flat[b + 1]]);
  return pairs.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
}

/** Breadth-first order along the bonds. */
function spanningOrder(atoms: number, bonds: Int32Array): { order: Int32Array; parent: Int32Array } {
  const near = neighbours(atoms, bonds);
  const parent = new Int32Array(atoms).fill(-1);
  const seen = new Uint8Array(atoms);
  const order: number[] = [];
  for (let root = 0; root < atoms; root++) {
    if (seen[root]) continue;
    seen[root] = 1;
    if (root > 0) parent[root] = 0;
    for (const queue = [root]; queue.length > 0; ) {
      const i = queue.shift() as number;
      order.push(i);
      for (const j of near[i]) {
        if (seen[j]) continue;
        seen[j] = 1;
        parent[j] = i;
        queue.push(j);
      }
    }
  }
  return { order: Int32Array.from(order), parent };
}

/** Bonded neighbours of each of `count` particles; `bonds` are flat pairs. */
export function neighbours(count: number, bonds: Int32Array): number[][] {
  const near = Array.from({ length: count }, () => [] as number[]);
  for (let b = 0; b < bonds.length; b += 2) {
    near[bonds[b]].push(bonds[b + 1]);
    near[bonds[b + 1]].push(bonds[b]);
  }
  return near;
}

/**
 * Undoes the breaking of molecules across the box: every atom is put at the minimum image of its bonded parent, the first atom of a
 * molecule stays where it is. Exact for bonds shorter than half the box, however long the molecule.
 * @param positions 3N
 * @param out 3N, may be `positions`
 */
export function makeWhole(layout: MoleculeLayout, box: Box, positions: Float64Array, out: Float64Array): void {
  if (out !== positions) out.set(positions);
  if (!box.vectors) return;
  const d = new Float64Array(3);
  for (let m = 0; m < layout.count; m++) {
    const first = m * layout.atoms;
    for (const i of layout.order) {
      if (layout.parent[i] < 0) continue;
      const child = 3 * (first + i);
      const origin = 3 * (first + layout.parent[i]);
      for (let k = 0; k < 3; k++) d[k] = positions[child + k] - out[origin + k];
      minimumImage(box, d);
      for (let k = 0; k < 3; k++) out[child + k] = out[origin + k] + d[k];
    }
  }
}
