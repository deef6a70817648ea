/**
 * Reads PDBx/mmCIF files (wwPDB), of several models the first: the loop _atom_site and the cell.
 *
 *   _atom_site   type_symbol, label_atom_id (auth_atom_id first), label_alt_id, label_comp_id, label_asym_id, label_seq_id (auth_... first),
 *                pdbx_PDB_ins_code, Cartn_x, Cartn_y, Cartn_z (Angstrom), occupancy, pdbx_PDB_model_num
 *   _cell        length_a, length_b, length_c (Angstrom), angle_alpha, angle_beta, angle_gamma (degrees)
 *
 * Bonds are those of standard residues: _struct_conn and _chem_comp_bond are not read.
 */
import { InputError } from '../../errors.ts';
import { type Box, openBox } from '../box.ts';
import { elementOf } from '../elements.ts';
import { type AlternateAtom, oneConformer } from './alternate.ts';
import { boxFromAngles } from './box-vectors.ts';
import { assembleParsed, numberIn, type StructureReader } from './format.ts';

interface Token {
  readonly text: string;
  readonly line: number;
  /** In quotes or semicolons: never a keyword, and `.` is a dot. */
  readonly quoted: boolean;
}

interface Category {
  readonly columns: string[];
  readonly rows: Token[][];
}

export const mmcif: StructureReader = {
  extensions: ['cif', 'mmcif'],
  read(text, file, options) {
    const categories = readCategories(tokens(text, file), file);
    const site = categories.get('_atom_site');
    if (!site || site.rows.length === 0)
      throw new InputError(
        `${file}:1`,
        'there are no atoms: the category _atom_site is expected (coordinates of a macromolecule)',
      );
    const scale = options.units === 'md' ? 0.1 : 1;
    const column = (...names: string[]): number => names.map((name) => site.columns.indexOf(name)).find((c) => c >= 0) ?? -1;
    const where = {
      name: column('auth_atom_id', 'label_atom_id'),
      residue: column('auth_comp_id', 'label_comp_id'),
      chain: column('label_asym_id', 'auth_asym_id'),
      number: column('auth_seq_id', 'label_seq_id'),
      insertion: column('pdbx_PDB_ins_code'),
      alternate: column('label_alt_id'),
      occupancy: column('occupancy'),
      model: column('pdbx_PDB_model_num'),
      element: column('type_symbol'),
      x: column('Cartn_x'),
      y: column('Cartn_y'),
      z: column('Cartn_z'),
    };
    for (const key of ['name', 'residue', 'element', 'x', 'y', 'z'] as const)
      if (where[key] < 0)
        throw new InputError(
          `${file}:${site.rows[0][0].line}`,
          `_atom_site has no column for the ${key}; it has ${site.columns.join(', ')}`,
        );
    const model = where.model < 0 ? '' : site.rows[0][where.model].text;
    const atoms = site.rows
      .filter((row) => where.model < 0 || row[where.model].text === model)
      .map((row): AlternateAtom => {
        const { line } = row[0];
        const word = (key: keyof typeof where) => (where[key] < 0 ? '' : plain(row[where[key]]));
        const at = (key: 'x' | 'y' | 'z') => scale * numberIn(word(key), key, file, line);
        return {
          line,
          name: word('name'),
          element: options.units === 'md' ? (elementOf(word('element'))?.symbol ?? word('element')) : '',
          residueName: word('residue'),
          residueKey: `${word('residue')} ${word('chain')} ${word('number')}${word('insertion')}`,
          position: [at('x'), at('y'), at('z')],
          alternate: word('alternate'),
          occupancy: word('occupancy') === '' ? 1 : numberIn(word('occupancy'), 'an occupancy', file, line),
        };
      });
    return assembleParsed(
      { file, box: readCell(categories.get('_cell'), file, scale), ...oneConformer(atoms, [], file, options) },
      options,
    );
  },
};

/** A value; empty for the signs `.` (does not apply) and `?` (not known). */
function plain(token: Token): string {
  return !token.quoted && (token.text === '.' || token.text === '?') ? '' : token.text;
}

/** Words, quoted words and texts between semicolons at the beginning of a line. */
function tokens(text: string, file: string): Token[] {
  const out: Token[] = [];
  const lines = text.split(/\r?\n/);
  for (let k = 0; k < lines.length; k++) {
    if (lines[k].startsWith(';')) {
      const first = k;
      while (k + 1 < lines.length && !lines[k + 1].startsWith(';')) k++;
      k++;
      if (k >= lines.length) throw new InputError(`${file}:${first + 1}`, 'the text that ";" begins here has no end');
      out.push({ text: lines.slice(first, k).join('\n').slice(1), line: first + 1, quoted: true });
      continue;
    }
    for (const match of lines[k].matchAll(/'((?:[^']|'(?=\S))*)'(?=\s|$)|"((?:[^"]|"(?=\S))*)"(?=\s|$)|#.*$|\S+/g)) {
      if (match[0].startsWith('#')) break;
      const quoted = match[1] ?? match[2];
      out.push({ text: quoted ?? match[0], line: k + 1, quoted: quoted !== undefined });
    }
  }
  return out;
}

/** Categories of the first data block, from loops and from single items. */
function readCategories(all: readonly Token[], file: string): Map<string, Category> {
  const categories = new Map<string, Category>();
  const isName = (t: Token | undefined) => t !== undefined && !t.quoted && t.text.startsWith('_');
  const isKeyword = (t: Token) => !t.quoted && /^(loop_|data_|save_|global_|stop_)/i.test(t.text);
  const of = (name: string): [Category, string] => {
    const [category, item = ''] = name.split('.');
    const found = categories.get(category) ?? { columns: [], rows: [] };
    categories.set(category, found);
    return [found, item];
  };
  for (let k = 0, blocks = 0; k < all.length; ) {
    if (/^data_/i.test(all[k].text) && !all[k].quoted && ++blocks > 1) break;
    if (isName(all[k])) {
      const [category, item] = of(all[k].text);
      if (!all[k + 1] || isName(all[k + 1]))
        throw new InputError(`${file}:${all[k].line}`, `${all[k].text} has no value; the file seems truncated`);
      category.columns.push(item);
      if (category.rows.length === 0) category.rows.push([]);
      category.rows[0].push(all[k + 1]);
      k += 2;
    } else if (/^loop_$/i.test(all[k].text) && !all[k].quoted) {
      let category: Category = { columns: [], rows: [] };
      for (k++; isName(all[k]); k++) {
        const [found, item] = of(all[k].text);
        found.columns.push(item);
        category = found;
      }
      const values: Token[] = [];
      for (; k < all.length && !isName(all[k]) && !isKeyword(all[k]); k++) values.push(all[k]);
      const width = category.columns.length;
      if (width === 0 || values.length % width !== 0)
        throw new InputError(
          `${file}:${values[values.length - 1]?.line ?? all[k - 1].line}`,
          `this loop has ${width} columns but ${values.length} values; the file seems truncated`,
        );
      for (let v = 0; v < values.length; v += width) category.rows.push(values.slice(v, v + width));
    } else k++;
  }
  return categories;
}

function readCell(cell: Category | undefined, file: string, scale: number): Box {
  if (!cell || cell.rows.length === 0) return openBox;
  const value = (name: string): Token | undefined => cell.rows[0][cell.columns.indexOf(name)];
  const names = ['length_a', 'length_b', 'length_c', 'angle_alpha', 'angle_beta', 'angle_gamma'];
  const found = names.map(value);
  const first = found[0];
  if (!first || found.some((token) => token === undefined || plain(token) === '')) return openBox;
  // A deviation in parentheses follows some numbers.
  const [a, b, c, alpha, beta, gamma] = found.map((token, k) =>
    numberIn((token?.text ?? '').replace(/\(\d+\)$/, ''), `_cell.${names[k]}`, file, token?.line ?? 1),
  );
  // A cell of 1 x 1 x 1 Angstrom is how the format says "no cell".
  if (a === 1 && b === 1 && c === 1) return openBox;
  return boxFromAngles(a * scale, b * scale, c * scale, alpha, beta, gamma, `${file}:${first.line}`);
}
