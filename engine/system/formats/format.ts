/** What a structure-file reader is, and how the atoms it found become an assembly. */
import { InputError } from '../../errors.ts';
import type { UnitSystem } from '../../scenario/units.ts';
import type { Box } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';
import { elementOf } from '../elements.ts';
import { addResidueBonds, isStandardResidue } from '../residue-bonds.ts';
import { makeStructure } from '../structure.ts';
import type { Assembly } from '../system.ts';
import { makeWhole } from '../topology.ts';

/**
 * Where bonds come from: `file` (CONECT records, bond tables, and those of standard residues), `guess` (elements closer than the sum of
 * their covalent radii plus 0.04 nm), or `none`. With `file`, a residue of several atoms of which none is bonded is an error.
 */
export type BondSource = 'file' | 'guess' | 'none';

export interface ReadOptions {
  readonly units: UnitSystem;
  readonly bonds: BondSource;
  /** The alternate location that is read (PDB, mmCIF), where a residue has it; otherwise the most occupied. */
  readonly alternate?: string;
  /** Set where something else knows the masses: atoms of unknown elements are then no error, and have mass 0. */
  readonly massesElsewhere?: boolean;
}

/** A structure file's text to an assembly; positions in the units asked for, molecules whole. Throws InputError at `file:line`. */
export interface StructureReader {
  /** File name endings without the dot. */
  readonly extensions: readonly string[];
  read(text: string, file: string, options: ReadOptions): Assembly;
}

/** One atom as a reader found it, already in length units of the system. */
export interface ParsedAtom {
  readonly line: number;
  readonly name: string;
  /** Empty where there is none (reduced units). */
  readonly element: string;
  readonly residueName: string;
  /** Atoms that follow each other with equal keys are one residue; `null` in a file without residues: a molecule is one. */
  readonly residueKey: string | null;
  readonly position: readonly [number, number, number];
  readonly velocity?: readonly [number, number, number];
  readonly mass?: number;
  readonly charge?: number;
  readonly type?: string;
}

export interface ParsedFile {
  readonly file: string;
  readonly atoms: readonly ParsedAtom[];
  readonly box: Box;
  /** Flat, each bond once; `null` if the format or the file has none. */
  readonly bonds: readonly number[] | null;
}

/** Masses, types, bonds, residues and molecules for what a reader found. */
export function assembleParsed(parsed: ParsedFile, options: ReadOptions): Assembly {
  const { atoms, file, box } = parsed;
  const positions = new Float64Array(3 * atoms.length);
  atoms.forEach((atom, i) => {
    positions.set(atom.position, 3 * i);
  });
  const { residue, residueNames } = residuesOf(atoms);
  const bonds = chooseBonds(parsed, positions, { residue, residueNames }, options);
  const named = atoms.some((atom) => atom.residueKey !== null);
  const typeIndex = new Map<string, number>();
  const type = atoms.map((atom) => {
    const name = atom.type ?? (atom.element || atom.name);
    const index = typeIndex.get(name) ?? typeIndex.size;
    typeIndex.set(name, index);
    return index;
  });
  const structure = makeStructure(
    {
      units: options.units,
      mass: atoms.map((atom) => atom.mass ?? massOf(atom, file, options)),
      charge: atoms.map((atom) => atom.charge ?? 0),
      type,
      typeNames: [...typeIndex.keys()],
      name: atoms.map((atom) => atom.name),
      element: atoms.map((atom) => atom.element),
      bonds,
      ...(named && { residue, residueNames }),
    },
    file,
  );
  makeWhole(positions, structure.bonds, box);
  const moving = atoms.length > 0 && atoms.every((atom) => atom.velocity !== undefined);
  return {
    structure,
    positions,
    velocities: moving ? Float64Array.from(atoms.flatMap((a) => a.velocity ?? [0, 0, 0])) : null,
    box,
  };
}

interface Residues {
  readonly residue: number[];
  readonly residueNames: string[];
}

/**
 * A residue begins where the key changes. Where numbers ran out, neighbours may have the same key: then a residue of known make-up, or an
 * ion, ends where an atom name comes again.
 */
function residuesOf(atoms: readonly ParsedAtom[]): Residues {
  const residue: number[] = [];
  const residueNames: string[] = [];
  let first = 0;
  atoms.forEach((atom, i) => {
    const { residueKey, residueName } = atom;
    const repeats = () =>
      (isStandardResidue(residueName) || (i === first + 1 && sameWord(atoms[first].name, residueName))) &&
      atoms.slice(first, i).some((earlier) => earlier.name === atom.name);
    if (i === 0 || residueKey === null || residueKey !== atoms[i - 1].residueKey || repeats()) {
      residueNames.push(residueName);
      first = i;
    }
    residue.push(residueNames.length - 1);
  });
  return { residue, residueNames };
}

function sameWord(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}

/** Names of the sites of 4- and 5-point water, which are no atoms. */
const siteName = /^(M|MW\d?|EPW?\d?|LP\d?)$/;

function massOf(atom: ParsedAtom, file: string, options: ReadOptions): number {
  if (options.units === 'lj') return 1;
  const element = elementOf(atom.element);
  if (!element && (options.massesElsewhere || (atom.element === '' && siteName.test(atom.name)))) return 0;
  if (!element)
    throw new InputError(
      `${file}:${atom.line}`,
      `the element of atom "${atom.name}"${atom.element ? ` is "${atom.element}", which is not known` : ' cannot be told from its name'}; ` +
        'give an element symbol, from which its mass follows',
    );
  return element.weight;
}

function chooseBonds(
  parsed: ParsedFile,
  positions: Float64Array,
  { residue, residueNames }: Residues,
  options: ReadOptions,
): ArrayLike<number> {
  switch (options.bonds) {
    case 'none':
      return [];
    case 'guess':
      return guessBonds(parsed, positions);
    case 'file': {
      const { atoms, file, box } = parsed;
      const given = parsed.bonds ?? [];
      const standard = options.units === 'md' && residueNames.some(isStandardResidue);
      const name = atoms.map((atom) => atom.name);
      const element = atoms.map((atom) => atom.element);
      const bonds = standard
        ? addResidueBonds({ name, element, residue, residueNames, bonds: given }, positions, box, file)
        : given;
      checkBonded(parsed, bonds, residue);
      return bonds;
    }
    default:
      return options.bonds satisfies never;
  }
}

/** A residue of several atoms without a single bond is one whose bonds the file does not hold. */
function checkBonded(parsed: ParsedFile, bonds: ArrayLike<number>, residue: readonly number[]): void {
  const bonded = new Set(Array.from(bonds, (i) => residue[i]));
  parsed.atoms.forEach((atom, i) => {
    if (atom.residueKey !== null && residue[i + 1] === residue[i] && !bonded.has(residue[i]))
      throw new InputError(
        `${parsed.file}:${atom.line}`,
        `no bonds are given for residue ${atom.residueKey.trim()}, which has several atoms; ` +
          'add CONECT records (PDB), or say "bonds": "guess" (by distance) or "bonds": "none"',
      );
  });
}

/**
 * Bonds by distance: two atoms closer than the sum of their covalent radii plus 0.04 nm (Meng & Lewis, J. Comput. Chem. 1991, 12, 891).
 */
function guessBonds(parsed: ParsedFile, positions: Float64Array): number[] {
  const tolerance = 0.04;
  const radii = parsed.atoms.map((atom) => {
    const element = elementOf(atom.element);
    if (!element)
      throw new InputError(
        `${parsed.file}:${atom.line}`,
        `bonds can be guessed only between known elements, but atom "${atom.name}" has ${atom.element || 'none'}; use CONECT or "bonds": "none"`,
      );
    return element.radius;
  });
  const largest = radii.reduce((a, b) => Math.max(a, b), 0);
  const grid = new CellGrid(parsed.box, 2 * largest + tolerance);
  const bonds: number[] = [];
  parsed.atoms.forEach((_, i) => {
    const [x, y, z] = positions.subarray(3 * i, 3 * i + 3);
    const found: number[] = [];
    grid.near(x, y, z, (j, r2) => {
      const reach = radii[i] + radii[j] + tolerance;
      if (r2 < reach * reach) found.push(j);
      return false;
    });
    for (const j of found.sort((a, b) => a - b)) bonds.push(j, i);
    grid.add(i, x, y, z);
  });
  return bonds;
}

/** The number in a piece of a line. Throws InputError at `file:line` saying what was found and what should be there. */
export function numberIn(text: string, what: string, file: string, line: number): number {
  const trimmed = text.trim();
  const value = Number(trimmed);
  if (trimmed === '' || !Number.isFinite(value))
    throw new InputError(`${file}:${line}`, `found "${trimmed}" where ${what} is expected, a number`);
  return value;
}
