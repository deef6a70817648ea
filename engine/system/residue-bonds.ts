/** Bonds that a structure file leaves out: within standard residues, between them (peptide, nucleotide), and disulphides. */
import { InputError } from '../errors.ts';
import { type Box, minimumImage } from './box.ts';
import { CellGrid } from './cell-grid.ts';
import { type ResidueSkeleton, residueSkeletons } from './residue-skeletons.ts';

/** What bonds are derived from: of a `Structure`, or of what a reader has before it makes one. */
export interface BondableStructure {
  readonly name: readonly string[];
  /** Element symbols; an empty string where there is none (virtual sites): such particles stay without bonds. */
  readonly element: readonly string[];
  /** Index of each atom's residue; the atoms of a residue follow each other. */
  readonly residue: ArrayLike<number>;
  readonly residueNames: readonly string[];
  /** Bonds that the file gives, flat. */
  readonly bonds: ArrayLike<number>;
}

/** The longest bonds in nm: from hydrogen, C-N of a peptide, O-P of a nucleotide, and S-S (OpenMM's bound for disulphides). */
const reach = { hydrogen: 0.16, peptide: 0.2, nucleic: 0.25, disulphide: 0.3 } as const;

/** Whether the bonds inside a residue of this name are known. */
export function isStandardResidue(residueName: string): boolean {
  return residueSkeletons.has(residueName.toUpperCase());
}

/**
 * All bonds of a structure, flat, i < j, each once, sorted: those given, and those of standard residues (amino acids and their caps, nucleotides,
 * water). Within a residue heavy atoms are bonded by name and every hydrogen to the nearest heavy atom; residues are joined where C meets N or
 * O3' meets P, and two cysteines without hydrogen at sulphur where their SG are within 0.3 nm. Residues of other names keep the bonds given.
 *
 * @param positions 3N, nm
 * @param where for messages: the file
 * @throws InputError for a hydrogen that is nowhere near a heavy atom of its residue
 */
export function addResidueBonds(
  structure: BondableStructure,
  positions: ArrayLike<number>,
  box: Box,
  where = 'structure',
): Int32Array {
  const atoms = structure.name.length;
  const found = new Set<number>();
  const add = (i: number, j: number) => {
    found.add(Math.min(i, j) * atoms + Math.max(i, j));
  };
  for (let b = 0; b + 1 < structure.bonds.length; b += 2) add(structure.bonds[b], structure.bonds[b + 1]);
  const ends: Ends = { carbon: [], nitrogen: [], oxygen: [], phosphorus: [], sulphur: [] };
  for (let first = 0; first < atoms; ) {
    let last = first + 1;
    while (last < atoms && structure.residue[last] === structure.residue[first]) last++;
    const skeleton = residueSkeletons.get(structure.residueNames[structure.residue[first]].toUpperCase());
    const names = new Map<string, number>();
    if (skeleton) for (let i = last - 1; i >= first; i--) names.set(plainName(structure.name[i]), i);
    if (skeleton?.anchor.every((name) => names.has(name))) {
      bondHeavyAtoms(skeleton, names, add);
      const partners = bondHydrogens(structure, positions, box, first, last, where, add);
      noteEnds(skeleton, names, partners, ends);
    }
    first = last;
  }
  const bridged = bondedElsewhere(structure);
  const free = ends.sulphur.filter((i) => !bridged.has(i));
  join(structure, positions, box, ends.carbon, ends.nitrogen, reach.peptide, add);
  join(structure, positions, box, ends.oxygen, ends.phosphorus, reach.nucleic, add);
  join(structure, positions, box, free, free, reach.disulphide, add);
  const sorted = Float64Array.from(found).sort();
  const bonds = new Int32Array(2 * sorted.length);
  sorted.forEach((k, b) => {
    bonds[2 * b] = Math.floor(k / atoms);
    bonds[2 * b + 1] = k % atoms;
  });
  return bonds;
}

/** Atoms by which residues join. */
type Ends = Record<'carbon' | 'nitrogen' | 'oxygen' | 'phosphorus' | 'sulphur', number[]>;

/** `C1*` of old files is `C1'`. */
function plainName(name: string): string {
  return name.replaceAll('*', "'").toUpperCase();
}

function bondHeavyAtoms(
  { bonds }: ResidueSkeleton,
  names: ReadonlyMap<string, number>,
  add: (i: number, j: number) => void,
): void {
  for (const [a, b] of bonds) {
    const [i, j] = [names.get(a), names.get(b)];
    if (i !== undefined && j !== undefined) add(i, j);
  }
}

function isHydrogen(element: string): boolean {
  return element === 'H' || element === 'D';
}

/** A hydrogen has one bond: to the nearest heavy atom of its residue, whatever naming scheme the file follows. Returns their partners. */
function bondHydrogens(
  { name, element, residueNames, residue }: BondableStructure,
  x: ArrayLike<number>,
  box: Box,
  first: number,
  last: number,
  where: string,
  add: (i: number, j: number) => void,
): Set<number> {
  const partners = new Set<number>();
  for (let h = first; h < last; h++) {
    if (!isHydrogen(element[h])) continue;
    let partner = -1;
    let smallest = Number.POSITIVE_INFINITY;
    for (let j = first; j < last; j++) {
      if (element[j] === '' || isHydrogen(element[j])) continue;
      const r2 = squaredDistance(x, h, j, box);
      if (r2 < smallest) [partner, smallest] = [j, r2];
    }
    if (!(Math.sqrt(smallest) < reach.hydrogen))
      throw new InputError(
        where,
        `atom ${h} (${name[h]} of ${residueNames[residue[h]]} ${residue[h]}) is a hydrogen without a heavy atom of its residue within ${reach.hydrogen} nm` +
          `${partner < 0 ? '' : ` (the nearest, ${name[partner]}, is ${Math.sqrt(smallest).toPrecision(3)} nm away)`}; check its coordinates and the residue`,
      );
    add(h, partner);
    partners.add(partner);
  }
  return partners;
}

function noteEnds(
  skeleton: ResidueSkeleton,
  names: ReadonlyMap<string, number>,
  withHydrogen: ReadonlySet<number>,
  ends: Ends,
): void {
  const note = (list: number[], name: string) => {
    const i = names.get(name);
    if (i !== undefined) list.push(i);
  };
  if (skeleton.kind === 'peptide') {
    // The carbon of a carbonyl; the methyl of NME may be called C too, and joins nothing.
    if (['O', 'O1', 'OT1', 'OC1'].some((name) => names.has(name))) note(ends.carbon, 'C');
    note(ends.nitrogen, 'N');
    if (!withHydrogen.has(names.get('SG') ?? -1)) note(ends.sulphur, 'SG');
  } else if (skeleton.kind === 'nucleic') {
    note(ends.oxygen, "O3'");
    note(ends.phosphorus, 'P');
  }
}

/** Atoms that the file bonds to another residue. */
function bondedElsewhere({ bonds, residue }: BondableStructure): Set<number> {
  const atoms = new Set<number>();
  for (let b = 0; b + 1 < bonds.length; b += 2)
    if (residue[bonds[b]] !== residue[bonds[b + 1]]) atoms.add(bonds[b]).add(bonds[b + 1]);
  return atoms;
}

/** Bonds each atom of `from` to one of `to` in another residue within `width`, the closest pairs first. */
function join(
  { residue }: BondableStructure,
  x: ArrayLike<number>,
  box: Box,
  from: readonly number[],
  to: readonly number[],
  width: number,
  add: (i: number, j: number) => void,
): void {
  if (from.length === 0 || to.length === 0) return;
  const grid = new CellGrid(box, width, to.length);
  for (const j of to) grid.add(j, x[3 * j], x[3 * j + 1], x[3 * j + 2]);
  const candidates: { i: number; j: number; r2: number }[] = [];
  for (const i of from)
    grid.near(x[3 * i], x[3 * i + 1], x[3 * i + 2], (j, r2) => {
      if (residue[i] !== residue[j]) candidates.push({ i, j, r2 });
      return false;
    });
  const taken = new Set<number>();
  for (const { i, j } of candidates.sort((a, b) => a.r2 - b.r2 || a.i - b.i || a.j - b.j)) {
    if (taken.has(i) || taken.has(j)) continue;
    taken.add(i).add(j);
    add(i, j);
  }
}

function squaredDistance(x: ArrayLike<number>, i: number, j: number, box: Box): number {
  for (let c = 0; c < 3; c++) difference[c] = x[3 * i + c] - x[3 * j + c];
  minimumImage(box, difference);
  return difference[0] * difference[0] + difference[1] * difference[1] + difference[2] * difference[2];
}

const difference = new Float64Array(3);
