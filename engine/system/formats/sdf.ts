/**
 * Reads MOL and SD files (BIOVIA, "CTFile Formats", 2020), versions V2000 and V3000, of several molecules the first.
 *
 *   line 1      name            line 2  columns 21-22: 3D, or 2D for a drawing         line 3  comment
 *   line 4      columns 1-3 atoms  4-6 bonds  34-39 V2000 or V3000
 *   V2000       atoms   1-10 x  11-20 y  21-30 z (Angstrom)  32-34 symbol  37-39 charge code (4 - code, 0: none)
 *               bonds   1-3 and 4-6 atoms  7-9 order
 *               M  CHG  count, then pairs atom charge (in place of all charge codes)        M  END
 *   V3000       M  V30 BEGIN ATOM / index symbol x y z map [CHG=n ...] / END ATOM; BEGIN BOND / index order atom atom; - continues a line
 *
 * Charges are formal ones. Atoms are named by element and number (C1, C2, H1).
 */
import { InputError } from '../../errors.ts';
import { openBox } from '../box.ts';
import { elementOf } from '../elements.ts';
import { assembleParsed, numberIn, type ParsedAtom, type ReadOptions, type StructureReader } from './format.ts';

interface Atom {
  readonly line: number;
  readonly symbol: string;
  readonly position: readonly [number, number, number];
  charge: number;
}

interface Table {
  readonly atoms: readonly Atom[];
  /** Flat. */
  readonly bonds: readonly number[];
}

export const sdf: StructureReader = {
  extensions: ['sdf', 'sd', 'mol'],
  read(text, file, options) {
    const lines = text.split(/\r?\n/);
    if (lines.length < 5)
      throw new InputError(
        `${file}:${lines.length}`,
        'the file ends before its atoms; three lines of header and a line of counts are expected',
      );
    if (lines[1].slice(20, 22) === '2D')
      throw new InputError(`${file}:2`, 'this is a flat drawing (2D), not a structure in space; make 3D coordinates first');
    const version = lines[3].slice(33, 39).trim();
    if (version !== '' && version !== 'V2000' && version !== 'V3000')
      throw new InputError(`${file}:4`, `found version "${version}"; V2000 or V3000 is expected in columns 34 to 39`);
    const table = version === 'V3000' ? readV3000(lines, file) : readV2000(lines, file);
    return assembleParsed({ file, atoms: nameAtoms(table.atoms, options), box: openBox, bonds: table.bonds }, options);
  },
};

function nameAtoms(atoms: readonly Atom[], options: ReadOptions): ParsedAtom[] {
  const counts = new Map<string, number>();
  const scale = options.units === 'md' ? 0.1 : 1;
  return atoms.map(({ line, symbol, position: [x, y, z], charge }) => {
    const count = (counts.get(symbol) ?? 0) + 1;
    counts.set(symbol, count);
    return {
      line,
      name: `${symbol}${count}`,
      element: options.units === 'md' ? (elementOf(symbol)?.symbol ?? symbol) : '',
      residueName: 'MOL',
      residueKey: null,
      position: [scale * x, scale * y, scale * z],
      charge,
    };
  });
}

/** The line, or an error that says what is missing. */
function lineAt(lines: readonly string[], k: number, what: string, file: string): string {
  if (k >= lines.length || lines[k].startsWith('$$$$') || /^M {2}END/.test(lines[k]))
    throw new InputError(
      `${file}:${Math.min(k + 1, lines.length)}`,
      `the molecule ends where ${what} is expected; the file seems truncated`,
    );
  return lines[k];
}

function readV2000(lines: readonly string[], file: string): Table {
  const [atomCount, bondCount] = [0, 3].map((from) =>
    numberIn(lines[3].slice(from, from + 3), 'a number of atoms or bonds (columns 1 to 6)', file, 4),
  );
  const atoms = Array.from({ length: atomCount }, (_, i): Atom => {
    const line = lineAt(lines, 4 + i, `atom ${i + 1} of ${atomCount}`, file);
    const at = (from: number, axis: string) => numberIn(line.slice(from, from + 10), axis, file, 5 + i);
    const code = Number(line.slice(36, 39).trim() || '0');
    const symbol = line.slice(31, 34).trim();
    return {
      line: 5 + i,
      symbol,
      position: [at(0, 'x'), at(10, 'y'), at(20, 'z')],
      charge: code >= 1 && code <= 7 && code !== 4 ? 4 - code : 0,
    };
  });
  const bonds: number[] = [];
  for (let b = 0; b < bondCount; b++) {
    const k = 4 + atomCount + b;
    const line = lineAt(lines, k, `bond ${b + 1} of ${bondCount}`, file);
    for (const from of [0, 3]) bonds.push(atomIndex(line.slice(from, from + 3), atomCount, file, k + 1));
  }
  let replaced = false;
  for (let k = 4 + atomCount + bondCount; k < lines.length; k++) {
    if (lines[k].startsWith('M  END') || lines[k].startsWith('$$$$')) break;
    if (!lines[k].startsWith('M  CHG')) continue;
    if (!replaced) for (const atom of atoms) atom.charge = 0;
    replaced = true;
    const words = lines[k].slice(9).trim().split(/\s+/);
    for (let w = 0; w + 1 < words.length; w += 2)
      atoms[atomIndex(words[w], atomCount, file, k + 1)].charge = numberIn(words[w + 1], 'a formal charge', file, k + 1);
  }
  return { atoms, bonds };
}

function atomIndex(text: string, count: number, file: string, line: number): number {
  const i = numberIn(text, 'the number of an atom', file, line);
  if (!Number.isInteger(i) || i < 1 || i > count)
    throw new InputError(`${file}:${line}`, `found atom ${i}; the atoms are 1 to ${count}`);
  return i - 1;
}

function readV3000(lines: readonly string[], file: string): Table {
  const atoms: Atom[] = [];
  const indices = new Map<string, number>();
  const bonds: number[] = [];
  let block = '';
  let ended = false;
  for (let k = 4; k < lines.length && !ended; k++) {
    const number = k + 1;
    let content = lines[k].startsWith('M  V30 ') ? lines[k].slice(7) : '';
    while (content.trimEnd().endsWith('-') && lines[k + 1]?.startsWith('M  V30 '))
      content = content.trimEnd().slice(0, -1) + lines[++k].slice(7);
    ended = /^(M {2}END|\$\$\$\$)/.test(lines[k]);
    const words = content.trim().split(/\s+/);
    if (words[0] === 'BEGIN' || words[0] === 'END') block = words[0] === 'BEGIN' ? words[1] : '';
    else if (block === 'ATOM') {
      const at = (w: number, axis: string) => numberIn(words[w] ?? '', axis, file, number);
      const charge = words.find((word) => word.startsWith('CHG='))?.slice(4);
      indices.set(words[0], atoms.length);
      atoms.push({
        line: number,
        symbol: words[1] ?? '',
        position: [at(2, 'x'), at(3, 'y'), at(4, 'z')],
        charge: charge === undefined ? 0 : numberIn(charge, 'a formal charge', file, number),
      });
    } else if (block === 'BOND')
      for (const word of words.slice(2, 4)) {
        const i = indices.get(word);
        if (i === undefined) throw new InputError(`${file}:${number}`, `this bond names atom ${word}, which there is not`);
        bonds.push(i);
      }
  }
  if (!ended) throw new InputError(`${file}:${lines.length}`, 'the file ends without M  END; it seems truncated');
  if (atoms.length === 0) throw new InputError(`${file}:5`, 'no atoms between M  V30 BEGIN ATOM and M  V30 END ATOM');
  return { atoms, bonds };
}
