/**
 * Reads MOL2 files (Tripos, "Tripos Mol2 File Format", 2005), of several molecules the first.
 *
 *   @<TRIPOS>MOLECULE   name; counts of atoms and bonds; kind of molecule; kind of charges (NO_CHARGES: the column is not read)
 *   @<TRIPOS>ATOM       id name x y z (Angstrom) type [residue number, residue name, charge]
 *   @<TRIPOS>BOND       id atom atom order
 *   @<TRIPOS>CRYSIN     a b c (Angstrom) alpha beta gamma (degrees)
 *
 * Lines that begin with # and other sections are passed over. The element is the part of a SYBYL type before its dot (C.ar, Cl); types of
 * other schemes (c3, CT) tell none, and the atom's name does. In lj units numbers are taken as they are.
 */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import { elementFromName, elementOf } from '../elements.ts';
import { boxFromAngles } from './box-vectors.ts';
import { assembleParsed, numberIn, type ParsedAtom, type ReadOptions, type StructureReader } from './format.ts';

interface Line {
  readonly number: number;
  readonly words: readonly string[];
}

export const mol2: StructureReader = {
  extensions: ['mol2'],
  read(text, file, options) {
    const sections = firstMolecule(text, file);
    const header = sections.get('MOLECULE') ?? [];
    const charged = header[3]?.words[0]?.toUpperCase() !== 'NO_CHARGES';
    const atomLines = sections.get('ATOM') ?? [];
    const index = new Map<string, number>();
    const atoms = atomLines.map((line, i) => {
      if (index.has(line.words[0]))
        throw new InputError(`${file}:${line.number}`, `the atom id ${line.words[0]} is used twice; bonds refer to ids`);
      index.set(line.words[0], i);
      return readAtom(line, charged, file, options);
    });
    const bonds = (sections.get('BOND') ?? []).flatMap((line) => readBond(line, index, file));
    const [atomCount, bondCount] = header[1]?.words.map(Number) ?? [];
    const end = `${file}:${text.split(/\r?\n/).length}`;
    if (atoms.length === 0) throw new InputError(end, 'the file ends without any atom; a section @<TRIPOS>ATOM is expected');
    if (atoms.length !== atomCount || (bondCount !== undefined && 2 * bondCount !== bonds.length))
      throw new InputError(
        `${file}:${header[1]?.number ?? 1}`,
        `${atomCount} atoms and ${bondCount ?? 0} bonds are promised here, but there are ${atoms.length} and ${bonds.length / 2}; the file seems truncated`,
      );
    return assembleParsed({ file, atoms, box: readBox(sections.get('CRYSIN')?.[0], file, options), bonds }, options);
  },
};

/** The lines of each section of the first molecule; blank lines count in the header alone, where a name may be empty. */
function firstMolecule(text: string, file: string): Map<string, Line[]> {
  const sections = new Map<string, Line[]>();
  let current: Line[] | undefined;
  let molecules = 0;
  text.split(/\r?\n/).forEach((line, k) => {
    const section = /^@<TRIPOS>(\w+)/.exec(line)?.[1];
    if (section === 'MOLECULE') molecules++;
    if (molecules !== 1) return;
    if (section !== undefined) {
      current = [];
      sections.set(section, current);
    } else if (current && !line.startsWith('#') && (line.trim() !== '' || current === sections.get('MOLECULE')))
      current.push({ number: k + 1, words: line.trim().split(/\s+/) });
  });
  if (molecules === 0) throw new InputError(`${file}:1`, 'no line @<TRIPOS>MOLECULE begins a molecule; is this a MOL2 file?');
  return sections;
}

function readAtom({ number, words }: Line, charged: boolean, file: string, options: ReadOptions): ParsedAtom {
  if (words.length < 6)
    throw new InputError(
      `${file}:${number}`,
      `found "${words.join(' ')}" where an atom is expected: id, name, x, y, z and type at least`,
    );
  const scale = options.units === 'md' ? 0.1 : 1;
  const at = (k: number, axis: string) => scale * numberIn(words[k], axis, file, number);
  const [, name, , , , type, residue = '1', residueName = 'MOL', charge] = words;
  return {
    line: number,
    name,
    element: options.units === 'md' ? elementOfType(type, name) : '',
    type,
    residueName: residueName.replace(/\d+$/, '') || residueName,
    residueKey: `${residueName} ${residue}`,
    position: [at(2, 'x'), at(3, 'y'), at(4, 'z')],
    ...(charged && charge !== undefined && { charge: numberIn(charge, 'a charge', file, number) }),
  };
}

function elementOfType(type: string, name: string): string {
  const [symbol] = type.split('.');
  const element = elementOf(symbol);
  return (element?.symbol === symbol ? element : elementFromName(name))?.symbol ?? '';
}

function readBond({ number, words }: Line, index: ReadonlyMap<string, number>, file: string): [number, number] {
  const [, a, b] = words;
  const [i, j] = [index.get(a), index.get(b)];
  if (i === undefined || j === undefined)
    throw new InputError(
      `${file}:${number}`,
      `this bond joins atoms ${a} and ${b}, but no atom has the id ${i === undefined ? a : b}`,
    );
  return [i, j];
}

function readBox(line: Line | undefined, file: string, options: ReadOptions): Box {
  if (!line) return openBox;
  const [a, b, c, alpha, beta, gamma] = [0, 1, 2, 3, 4, 5].map((k) =>
    numberIn(line.words[k] ?? '', 'an edge or angle of the cell', file, line.number),
  );
  const s = options.units === 'md' ? 0.1 : 1;
  return boxFromAngles(a * s, b * s, c * s, alpha, beta, gamma, `${file}:${line.number}`);
}
