/**
 * Reads extended XYZ files, of several frames the first.
 *
 *   line 1      number of atoms
 *   line 2      key=value pairs, values with spaces in quotes: Lattice="ax ay az bx by bz cx cy cz", pbc="T T T",
 *               Properties=species:S:1:pos:R:3:... (name:type:columns), which is species and pos if absent
 *   atoms       the columns of Properties, separated by blanks
 *
 * Understood columns: species (or type, element), pos, velo (or vel, velocities), mass (or masses), charge (or charges, initial_charges),
 * name, resname, resid. Others are passed over. By convention lengths are in Angstrom; velocities are read as Angstrom/ps.
 * In lj units all numbers are taken as they are, and a species is a type of particle.
 */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import { elementFromName, elementOf } from '../elements.ts';
import { boxFromNumbers } from './box-vectors.ts';
import { assembleParsed, numberIn, type ParsedAtom, type ReadOptions, type StructureReader } from './format.ts';

interface Column {
  readonly start: number;
  readonly count: number;
}

const columnNames: Readonly<Record<string, readonly string[]>> = {
  species: ['species', 'element', 'type'],
  position: ['pos', 'positions'],
  velocity: ['velo', 'vel', 'velocities', 'velocity'],
  mass: ['mass', 'masses'],
  charge: ['charge', 'charges', 'initial_charges'],
  name: ['name', 'atom_name'],
  residueName: ['resname', 'residuenames'],
  residue: ['resid', 'residuenumbers', 'residue'],
};

export const extxyz: StructureReader = {
  extensions: ['xyz', 'extxyz'],
  read(text, file, options) {
    const lines = text.split(/\r?\n/);
    while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
    if (lines.length < 2)
      throw new InputError(
        `${file}:${lines.length}`,
        'the file ends before its second line; a count, a comment and atoms are expected',
      );
    const count = numberIn(lines[0], 'the number of atoms', file, 1);
    if (!Number.isInteger(count) || count < 1)
      throw new InputError(`${file}:1`, `found "${lines[0].trim()}" where the number of atoms is expected`);
    if (lines.length < count + 2)
      throw new InputError(
        `${file}:${lines.length}`,
        `the file ends after ${lines.length - 2} atoms, but line 1 promises ${count}; it seems truncated`,
      );
    const keys = readKeys(lines[1]);
    const { columns, total } = readProperties(keys.get('properties') ?? 'species:S:1:pos:R:3', file);
    const atoms: ParsedAtom[] = [];
    for (let i = 0; i < count; i++) atoms.push(readAtom(lines[i + 2], i + 3, columns, total, file, options));
    return assembleParsed({ file, atoms, box: readLattice(keys, file, options), bonds: null }, options);
  },
};

/** The pairs of the comment line; keys in small letters. */
function readKeys(line: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const match of line.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{([^}]*)\}|(\S+))/g)) {
    keys.set(match[1].toLowerCase(), match[2] ?? match[3] ?? match[4] ?? match[5]);
  }
  return keys;
}

function readProperties(text: string, file: string): { columns: Map<string, Column>; total: number } {
  const parts = text.split(':');
  const columns = new Map<string, Column>();
  let total = 0;
  for (let p = 0; p < parts.length; p += 3) {
    const count = Number(parts[p + 2]);
    if (!/^[SRIL]$/.test(parts[p + 1] ?? '') || !Number.isInteger(count) || count < 1)
      throw new InputError(
        `${file}:2`,
        `found Properties=${text}; triples name:type:columns with a type of S, R, I or L are expected`,
      );
    columns.set(parts[p].toLowerCase(), { start: total, count });
    total += count;
  }
  if (columnFor(columns, 'position')?.count !== 3)
    throw new InputError(`${file}:2`, `Properties=${text} has no positions; pos:R:3 is expected`);
  return { columns, total };
}

function columnFor(columns: ReadonlyMap<string, Column>, what: string): Column | undefined {
  const name = columnNames[what].find((candidate) => columns.has(candidate));
  return name === undefined ? undefined : columns.get(name);
}

function readAtom(
  line: string,
  number: number,
  columns: Map<string, Column>,
  total: number,
  file: string,
  options: ReadOptions,
): ParsedAtom {
  const words = line.trim().split(/\s+/);
  if (words.length < total)
    throw new InputError(`${file}:${number}`, `found ${words.length} columns where Properties promises ${total}: "${line}"`);
  const scale = options.units === 'md' ? 0.1 : 1;
  const word = (what: string): string | undefined => {
    const column = columnFor(columns, what);
    return column && words[column.start];
  };
  const number1 = (what: string): number | undefined => {
    const text = word(what);
    return text === undefined ? undefined : numberIn(text, `the ${what}`, file, number);
  };
  const vector = (what: string): [number, number, number] | undefined => {
    const column = columnFor(columns, what);
    if (!column) return undefined;
    const at = (k: number) => scale * numberIn(words[column.start + k], `the ${what}`, file, number);
    return [at(0), at(1), at(2)];
  };
  const species = word('species') ?? '';
  const md = options.units === 'md';
  const [velocity, mass, charge] = [vector('velocity'), number1('mass'), number1('charge')];
  return {
    line: number,
    name: word('name') ?? species,
    element: md ? ((elementOf(species) ?? elementFromName(species))?.symbol ?? '') : '',
    residueName: word('residueName') ?? '',
    residueKey: word('residue') ?? null,
    position: vector('position') ?? [0, 0, 0],
    ...(velocity && { velocity }),
    ...(mass !== undefined && { mass }),
    ...(charge !== undefined && { charge }),
    ...(species !== '' && { type: species }),
  };
}

function readLattice(keys: ReadonlyMap<string, string>, file: string, options: ReadOptions): Box {
  const lattice = keys.get('lattice');
  const pbc = keys
    .get('pbc')
    ?.trim()
    .split(/\s+/)
    .map((flag) => /^(T|true|1)$/i.test(flag));
  if (lattice === undefined || pbc?.every((periodic) => !periodic)) return openBox;
  if (pbc && !pbc.every((periodic) => periodic))
    throw new InputError(`${file}:2`, `found pbc="${keys.get('pbc')}"; a box is periodic in all three directions or in none`);
  const scale = options.units === 'md' ? 0.1 : 1;
  const v = lattice
    .trim()
    .split(/\s+/)
    .map((word) => scale * numberIn(word, 'a component of Lattice', file, 2));
  return boxFromNumbers(v, `${file}:2`);
}
