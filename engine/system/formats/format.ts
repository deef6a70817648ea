/** What a structure-file reader is, and how the atoms it found become an assembly. */
import { InputError } from '../../errors.ts';
import type { UnitSystem } from '../../scenario/units.ts';
import type { Box } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';
import { elementOf } from '../elements.ts';
import { makeStructure } from '../structure.ts';
import type { Assembly } from '../system.ts';
import { makeWhole } from '../topology.ts';

/**
 * Where bonds come from: `file` (CONECT records), `guess` (elements closer than the sum of their covalent radii plus 0.04 nm), or `none`.
 * With `file`, a residue of several atoms of which none is bonded is an error.
 */
export type BondSource = 'file' | 'guess' | 'none';

export interface ReadOptions {
  readonly units: UnitSystem;
  readonly bonds: BondSource;
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
  const positions = Float64Array.from(atoms.flatMap((a) => a.position));
  const { residue, residueNames } = residuesOf(atoms);
  const bonds = chooseBonds(parsed, positions, residue, options);
  const named = atoms.some((atom) => atom.residueKey !== null);
  const typeNames: string[] = [];
  const type = atoms.map((atom) => {
    const name = atom.type ?? (atom.element || atom.name);
    if (!typeNames.includes(name)) typeNames.push(name);
    return typeNames.indexOf(name);
  });
  const structure = makeStructure(
    {
      units: options.units,
      mass: atoms.map((atom) => atom.mass ?? massOf(atom, file, options.units)),
      charge: atoms.map((atom) => atom.charge ?? 0),
      type,
      typeNames,
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

function residuesOf(atoms: readonly ParsedAtom[]): { residue: number[]; residueNames: string[] } {
  const residue: number[] = [];
  const residueNames: string[] = [];
  atoms.forEach((atom, i) => {
    if (i === 0 || atom.residueKey === null || atom.residueKey !== atoms[i - 1].residueKey) residueNames.push(atom.residueName);
    residue.push(residueNames.length - 1);
  });
  return { residue, residueNames };
}

function massOf(atom: ParsedAtom, file: string, units: UnitSystem): number {
  if (units === 'lj') return 1;
  const element = elementOf(atom.element);
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
  residue: readonly number[],
  options: ReadOptions,
): readonly number[] {
  switch (options.bonds) {
    case 'none':
      return [];
    case 'guess':
      return guessBonds(parsed, positions);
    case 'file':
      checkBonded(parsed, residue);
      return parsed.bonds ?? [];
    default:
      return options.bonds satisfies never;
  }
}

/** A residue of several atoms without a single bond is one whose bonds the file does not hold. */
function checkBonded(parsed: ParsedFile, residue: readonly number[]): void {
  const bonded = new Set(parsed.bonds?.map((i) => residue[i]));
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
