/**
 * Reads GRO files (GROMACS), of several frames the first.
 *
 *   line 1      title
 *   line 2      number of atoms
 *   atoms       columns 1-5 residue number  6-10 residue name  11-15 atom name  16-20 atom number
 *               then x y z (nm) and, if present, vx vy vz (nm/ps); 8.3f and 8.4f as a rule, but the width of a number is
 *               told by the distance between decimal points (precision p: width p + 5, velocities p + 1 decimals in the same width)
 *   last line   box: ax by cz, or ax by cz ay az bx bz cx cy (nm; ay = az = bz = 0)
 */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import { elementFromName } from '../elements.ts';
import { boxFromNumbers } from './box-vectors.ts';
import { assembleParsed, numberIn, type ParsedAtom, type ReadOptions, type StructureReader } from './format.ts';

export const gro: StructureReader = {
  extensions: ['gro'],
  read(text, file, options) {
    const lines = text.split(/\r?\n/);
    while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
    if (lines.length < 2)
      throw new InputError(`${file}:${lines.length}`, 'the file ends before line 2, which holds the number of atoms');
    const count = numberIn(lines[1], 'the number of atoms', file, 2);
    if (!Number.isInteger(count) || count < 1)
      throw new InputError(`${file}:2`, `found "${lines[1].trim()}" where the number of atoms is expected`);
    if (lines.length < count + 3)
      throw new InputError(
        `${file}:${lines.length}`,
        `the file has ${Math.max(0, lines.length - 2)} lines after the count, but line 2 promises ${count} atoms and a box line; it seems truncated`,
      );
    const width = numberWidth(lines[2], file);
    const atoms: ParsedAtom[] = [];
    for (let i = 0; i < count; i++) atoms.push(readAtom(lines[i + 2], i + 3, width, file, options));
    return assembleParsed({ file, atoms, box: readBox(lines[count + 2], count + 3, count, file), bonds: null }, options);
  },
};

function numberWidth(line: string, file: string): number {
  const first = line.indexOf('.', 20);
  const second = line.indexOf('.', first + 1);
  if (first < 0 || second < 0)
    throw new InputError(`${file}:3`, `found "${line}" where an atom with coordinates is expected (from column 21)`);
  return second - first;
}

function readAtom(line: string, number: number, width: number, file: string, options: ReadOptions): ParsedAtom {
  if (line.length < 20 + 3 * width)
    throw new InputError(
      `${file}:${number}`,
      `found "${line}" where an atom is expected: ${20 + 3 * width} columns with three coordinates (does the count in line 2 fit?)`,
    );
  const field = (what: string, k: number) => numberIn(line.slice(20 + k * width, 20 + (k + 1) * width), what, file, number);
  const name = line.slice(10, 15).trim();
  const moving = line.slice(20 + 3 * width).trim() !== '';
  return {
    line: number,
    name,
    element: options.units === 'md' ? (elementFromName(name)?.symbol ?? '') : '',
    residueName: line.slice(5, 10).trim(),
    residueKey: line.slice(0, 10),
    position: [field('x', 0), field('y', 1), field('z', 2)],
    ...(moving && { velocity: [field('vx', 3), field('vy', 4), field('vz', 5)] }),
  };
}

function readBox(line: string, number: number, count: number, file: string): Box {
  const v = line
    .trim()
    .split(/\s+/)
    .map((word) => numberIn(word, `a box vector (after ${count} atoms, as line 2 promises)`, file, number));
  const where = `${file}:${number}`;
  if (v.every((x) => x === 0)) return openBox;
  if (v.length === 3) return boxFromNumbers(v, where);
  if (v.length !== 9)
    throw new InputError(where, `found ${v.length} numbers where a box of 3 or 9 is expected (does the count in line 2 fit?)`);
  const [ax, by, cz, ay, az, bx, bz, cx, cy] = v;
  return boxFromNumbers([ax, ay, az, bx, by, bz, cx, cy, cz], where);
}
