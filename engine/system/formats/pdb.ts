/**
 * Reads PDB files (wwPDB format 3.3), of several models the first.
 *
 * Columns, counted from 1:
 *
 *   ATOM/HETATM  7-11 serial  13-16 name  17 alternate location  18-20 residue name (18-21 read)  22 chain  23-26 residue number
 *                27 insertion code  31-38 x  39-46 y  47-54 z (Angstrom)  55-60 occupancy  77-78 element
 *   CRYST1       7-15 a  16-24 b  25-33 c (Angstrom)  34-40 alpha  41-47 beta  48-54 gamma (degrees)
 *   CONECT       7-11 serial  12-16, 17-21, 22-26, 27-31 serials bonded to it; a bond may be given from both ends, a double bond twice
 *   MODEL/ENDMDL begins and ends a model
 *   TER          ends a chain
 *   END          ends the file; a file with atoms and without END, CONECT, ENDMDL or MASTER after them counts as truncated
 *
 * Serials beyond 99999 may be hybrid-36 (A0000), hexadecimal, one digit too wide, asterisks, or begin again at 0 or 1: a CONECT that names
 * one that was used twice is an error. Of alternate locations a residue keeps one conformer: the one with the highest occupancy
 * (of equals the first), or the one asked for.
 */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import { elementFromName, elementOf } from '../elements.ts';
import { type AlternateAtom, oneConformer } from './alternate.ts';
import { boxFromAngles } from './box-vectors.ts';
import { assembleParsed, numberIn, type ReadOptions, type StructureReader } from './format.ts';

interface State {
  readonly file: string;
  readonly options: ReadOptions;
  readonly scale: number;
  readonly atoms: AlternateAtom[];
  /** Serials as they are written, to indices of `atoms`; `twice` for those that began again. */
  readonly bySerial: Map<string, number | 'twice'>;
  /** Bonds as `i j`, each once. */
  readonly bonds: Map<string, readonly [number, number]>;
  box: Box;
  chain: number;
  ended: boolean;
}

export const pdb: StructureReader = {
  extensions: ['pdb', 'ent'],
  read(text, file, options) {
    const state: State = {
      file,
      options,
      scale: options.units === 'md' ? 0.1 : 1,
      atoms: [],
      bySerial: new Map(),
      bonds: new Map(),
      box: openBox,
      chain: 0,
      ended: false,
    };
    const lines = text.split(/\r?\n/);
    let model = 0;
    lines.forEach((line, index) => {
      const number = index + 1;
      const record = line.slice(0, 6).trimEnd();
      if (record === 'MODEL') model++;
      if (model > 1 && record !== 'CONECT') return;
      if (record === 'ATOM' || record === 'HETATM') readAtom(state, line, number);
      else if (record === 'CRYST1') readBox(state, line, number);
      else if (record === 'CONECT') readBonds(state, line, number);
      else if (record === 'TER') state.chain++;
      if (['END', 'ENDMDL', 'CONECT', 'MASTER'].includes(record)) state.ended = true;
    });
    const last = lines.length - (lines[lines.length - 1] === '' ? 1 : 0);
    if (state.atoms.length === 0)
      throw new InputError(`${file}:${last}`, 'the file ends without any atom; ATOM or HETATM records are expected');
    if (!state.ended)
      throw new InputError(
        `${file}:${last}`,
        `the file ends after ${state.atoms.length} atoms without an END record; it seems truncated (add END if it is whole)`,
      );
    return assembleParsed(
      { file, box: state.box, ...oneConformer(state.atoms, [...state.bonds.values()], file, options) },
      options,
    );
  },
};

function readAtom(state: State, line: string, number: number): void {
  const { file, scale } = state;
  if (line.length < 54)
    throw new InputError(
      `${file}:${number}`,
      `this ${line.slice(0, 6).trim()} record has ${line.length} characters and lacks coordinates (columns 31 to 54); the file seems truncated`,
    );
  const coordinate = (axis: string, from: number) =>
    scale * numberIn(line.slice(from, from + 8), `${axis} (columns ${from + 1} to ${from + 8})`, file, number);
  // A writer without a way to say 100000 takes column 12, which is blank otherwise.
  const serial = serialIn(
    line.slice(6, line[11] === ' ' ? 11 : 12),
    'the serial number of an atom (columns 7 to 11)',
    file,
    number,
  );
  if (serial !== null && state.bySerial.has(serial) && state.atoms.length < 99_999)
    throw new InputError(
      `${file}:${number}`,
      `serial number ${serial} is used twice; serials must differ, as CONECT records refer to them`,
    );
  if (serial !== null) state.bySerial.set(serial, state.bySerial.has(serial) ? 'twice' : state.atoms.length);
  const name = line.slice(12, 16).trim();
  const residueName = line.slice(17, 21).trim();
  const occupancy = line.slice(54, 60).trim();
  state.atoms.push({
    line: number,
    name,
    element: elementIn(line, name, residueName, state.options.units),
    residueName,
    residueKey: `${residueName} ${line[21].trim()}${line.slice(22, 27).trim()}${' '.repeat(state.chain)}`,
    position: [coordinate('x', 30), coordinate('y', 38), coordinate('z', 46)],
    alternate: line[16].trim(),
    occupancy: occupancy === '' ? 1 : numberIn(occupancy, 'the occupancy (columns 55 to 60)', file, number),
  });
}

/** The element of columns 77-78; else from the name, whose first two columns hold the symbol right-justified. */
function elementIn(line: string, name: string, residueName: string, units: string): string {
  const column = line.slice(76, 78).trim();
  // Old files have a segment name up to there; an element has no digit.
  if (/^[A-Za-z]{1,2}$/.test(column) && column !== 'EP') return elementOf(column)?.symbol ?? column;
  if (units === 'lj') return '';
  // An ion is called like its residue, in whatever columns.
  if (name.toUpperCase() === residueName.toUpperCase()) return elementOf(name)?.symbol ?? elementFromName(name)?.symbol ?? '';
  const aligned = line.slice(12, 14);
  if (/^[ \d][A-Za-z]$/.test(aligned)) return elementOf(aligned[1])?.symbol ?? '';
  return elementFromName(name)?.symbol ?? '';
}

function readBox(state: State, line: string, number: number): void {
  const where = `${state.file}:${number}`;
  const field = (what: string, from: number, to: number) =>
    numberIn(line.slice(from, to), `${what} of CRYST1`, state.file, number);
  const [a, b, c] = [field('a', 6, 15), field('b', 15, 24), field('c', 24, 33)];
  // A cell of 1 x 1 x 1 Angstrom is how the format says "no cell".
  if (a === 1 && b === 1 && c === 1) return;
  const s = state.scale;
  state.box = boxFromAngles(a * s, b * s, c * s, field('alpha', 33, 40), field('beta', 40, 47), field('gamma', 47, 54), where);
}

function readBonds(state: State, line: string, number: number): void {
  const { file } = state;
  const at = (from: number) => line.slice(from, from + 5);
  const find = (text: string): number => {
    const serial = serialIn(text, 'the serial number of an atom', file, number);
    const atom = serial === null ? undefined : state.bySerial.get(serial);
    if (atom === undefined)
      throw new InputError(`${file}:${number}`, `CONECT names atom ${text.trim()}, but no ATOM or HETATM has this serial number`);
    if (atom === 'twice')
      throw new InputError(
        `${file}:${number}`,
        `CONECT names atom ${text.trim()}, but two atoms have this serial number, as serials began again after 99999`,
      );
    return atom;
  };
  const i = find(at(6));
  for (const from of [11, 16, 21, 26]) {
    if (at(from).trim() === '') continue;
    const j = find(at(from));
    if (i === j) throw new InputError(`${file}:${number}`, `CONECT bonds atom ${at(6).trim()} to itself`);
    state.bonds.set(`${Math.min(i, j)} ${Math.max(i, j)}`, [Math.min(i, j), Math.max(i, j)]);
  }
}

/** A serial number as CONECT names it; `null` for blanks, and for the asterisks that writers put beyond 99999. */
function serialIn(text: string, what: string, file: string, line: number): string | null {
  if (/^\s*\**\s*$/.test(text)) return null;
  const word = text.trim();
  if (/^[A-Za-z][0-9A-Za-z]{4}$/.test(word) || /^[0-9a-fA-F]{5}$/.test(word)) return word;
  return String(numberIn(word, what, file, line));
}
