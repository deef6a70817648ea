import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReadOptions } from '../../../engine/system/formats/format.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('files of macromolecules');
const read = (text: string, file: string, options: Partial<ReadOptions> = {}) =>
  readStructure(text, file, { units: 'md', bonds: 'file', ...options });

interface Line {
  readonly serial?: string;
  readonly name: string;
  readonly alternate?: string;
  readonly residue: string;
  readonly number?: string;
  readonly at: readonly [number, number, number];
  readonly occupancy?: number;
  readonly element: string;
}

/** An ATOM record of chain A; `number` holds columns 23 to 27, the insertion code with it. */
function atom({ serial = '', name, alternate = ' ', residue, number = '   1 ', at, occupancy = 1, element }: Line): string {
  const padded = name.length === 4 ? name : ` ${name.padEnd(3)}`;
  const position = at.map((x) => x.toFixed(3).padStart(8)).join('');
  return `ATOM  ${serial.padStart(5)} ${padded}${alternate}${residue} A${number}   ${position}${occupancy.toFixed(2).padStart(6)}  0.00          ${element.padStart(2)}\n`;
}

/** A water molecule, oxygen at (x, y, z) Angstrom. */
function water(x: number, y: number, z: number, number = '   1 ', serials: readonly string[] = ['', '', '']): string {
  const of = { residue: 'HOH', number };
  return (
    atom({ ...of, serial: serials[0], name: 'O', at: [x, y, z], element: 'O' }) +
    atom({ ...of, serial: serials[1], name: 'H1', at: [x + 0.9572, y, z], element: 'H' }) +
    atom({ ...of, serial: serials[2], name: 'H2', at: [x - 0.24, y + 0.9266, z], element: 'H' })
  );
}

/** Serine's backbone and side chain without hydrogens; the side chain in two places. */
const serine = (occupancies: readonly [number, number]) =>
  [
    atom({ serial: '1', name: 'N', residue: 'SER', at: [0, 0, 0], element: 'N' }),
    atom({ serial: '2', name: 'CA', residue: 'SER', at: [1.46, 0, 0], element: 'C' }),
    atom({ serial: '3', name: 'C', residue: 'SER', at: [2, 1.42, 0], element: 'C' }),
    atom({ serial: '4', name: 'O', residue: 'SER', at: [1.25, 2.39, 0], element: 'O' }),
    atom({
      serial: '5',
      name: 'CB',
      alternate: 'A',
      residue: 'SER',
      at: [2, -0.77, 1.2],
      occupancy: occupancies[0],
      element: 'C',
    }),
    atom({
      serial: '6',
      name: 'CB',
      alternate: 'B',
      residue: 'SER',
      at: [2, -0.78, 1.2],
      occupancy: occupancies[1],
      element: 'C',
    }),
    atom({
      serial: '7',
      name: 'OG',
      alternate: 'A',
      residue: 'SER',
      at: [1.5, -2.1, 1.2],
      occupancy: occupancies[0],
      element: 'O',
    }),
    atom({
      serial: '8',
      name: 'OG',
      alternate: 'B',
      residue: 'SER',
      at: [3.4, -0.8, 1.2],
      occupancy: occupancies[1],
      element: 'O',
    }),
  ].join('');

test('of alternate locations a residue keeps the conformer with the highest occupancy, or the one asked for', async () => {
  const x = (text: string, options = {}) => read(`${text}END\n`, 'a.pdb', options).positions[15];
  assert.is(x(serine([0.4, 0.6])), 3.4 * 0.1);
  assert.is(x(serine([0.6, 0.4])), 1.5 * 0.1);
  assert.is(x(serine([0.5, 0.5])), 1.5 * 0.1);
  assert.is(x(serine([0.6, 0.4]), { alternate: 'B' }), 3.4 * 0.1);
  assert.match(
    await inputError(() => x(serine([0.6, 0.4]), { alternate: 'C' })),
    /^a\.pdb: no atom has the alternate location "C"; there are A, B$/,
  );
});

test('bonds of standard residues need no CONECT records, and CONECT to a location that is left out is left out', () => {
  const { structure } = read(`${serine([0.4, 0.6])}CONECT    5    7\nCONECT    6    8\nEND\n`, 'a.pdb');
  assert.equal(structure.name, ['N', 'CA', 'C', 'O', 'CB', 'OG']);
  assert.equal([...structure.bonds], [0, 1, 1, 2, 1, 4, 2, 3, 4, 5]);
});

test('where two kinds of residue share a place, the more occupied stays', () => {
  const place = (residue: string, alternate: string, occupancy: number) =>
    ['N', 'CA', 'C', 'O']
      .map((name, k) => atom({ name, alternate, residue, at: [1.45 * k, 0.01 * k, 0], occupancy, element: name[0] }))
      .join('');
  const { structure } = read(`${place('ALA', 'A', 0.3)}${place('GLY', 'B', 0.7)}END\n`, 'a.pdb');
  assert.equal(structure.residueNames, ['GLY']);
  assert.is(structure.mass.length, 4);
});

test('insertion codes make residues of their own', () => {
  const text = `${water(0, 0, 0, '  52 ')}${water(5, 0, 0, '  52A')}${water(10, 0, 0, '  52B')}END\n`;
  assert.equal([...read(text, 'a.pdb').structure.residue], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
});

test('equal residue numbers of neighbouring waters and ions, where numbers ran out, are told apart', () => {
  const ion = (x: number) => atom({ name: 'NA', residue: ' NA', number: '**** ', at: [x, 9, 0], element: 'NA' });
  const text = `${water(0, 0, 0, '**** ')}${water(5, 0, 0, '**** ')}${ion(0)}${ion(4)}END\n`;
  const { structure } = read(text, 'a.pdb');
  assert.equal(structure.residueNames, ['HOH', 'HOH', 'NA', 'NA']);
  assert.is(structure.bonds.length / 2, 4);
});

test('serials may be hybrid-36, and a CONECT by them is understood; a double bond may be given twice', () => {
  const argon = (serial: string, x: number) => atom({ serial, name: 'C', residue: 'LIG', at: [x, 0, 0], element: 'C' });
  const text = `${argon('99999', 0)}${argon('A0000', 1.3)}CONECT99999A0000A0000\nEND\n`;
  assert.equal([...read(text, 'a.pdb').structure.bonds], [0, 1]);
});

test('serials that begin again after 99999 are read, but a CONECT by one that was used twice is refused', async () => {
  const waters: string[] = [];
  for (let m = 0; m < 33_400; m++) {
    const [i, j, k] = [m % 33, Math.floor(m / 33) % 33, Math.floor(m / 1089)];
    waters.push(
      water(
        3.1 * i,
        3.1 * j,
        3.1 * k,
        `${String(m % 10_000).padStart(4)} `,
        [1, 2, 3].map((a) => String((3 * m + a) % 100_000)),
      ),
    );
  }
  const text = `CRYST1  103.000  103.000  103.000  90.00  90.00  90.00 P 1\n${waters.join('')}`;
  const started = performance.now();
  const { structure } = read(`${text}END\n`, 'a.pdb');
  const seconds = (performance.now() - started) / 1000;
  assert.is(structure.bonds.length / 2, 66_800);
  assert.is(structure.residueNames.length, 33_400);
  // 100 000 atoms: about half a second; the bound only tells linear from quadratic.
  assert.ok(seconds < 10, `${seconds} s`);
  assert.match(
    await inputError(() => read(`${text}CONECT    5    6\nEND\n`, 'a.pdb')),
    /CONECT names atom 5, but two atoms have this serial number, as serials began again after 99999/,
  );
});

test('a GRO file of waters has their bonds, whole molecules, and residue numbers that begin again', () => {
  const rows = ['99999', '    0'].flatMap((number, m) => [
    `${number}SOL     OW    1   0.100${(m + 0.5).toFixed(3).padStart(8)}   0.300`,
    `${number}SOL    HW1    2   1.995${(m + 0.5).toFixed(3).padStart(8)}   0.300`,
    `${number}SOL    HW2    3   0.124${(m + 0.593).toFixed(3).padStart(8)}   0.300`,
  ]);
  const { structure, positions } = read(`water\n6\n${rows.join('\n')}\n 2.0 2.0 2.0\n`, 'a.gro');
  assert.equal([...structure.bonds], [0, 1, 0, 2, 3, 4, 3, 5]);
  assert.ok(Math.abs(positions[3] - -0.005) < 1e-12, String(positions[3]));
});

const cif = `data_TEST
_cell.length_a   20.000
_cell.length_b   30.000(5)
_cell.length_c   40.000
_cell.angle_alpha 90.00
_cell.angle_beta  90.00
_cell.angle_gamma 90.00
_struct.title 'A "quoted" title of a peptide''s water'
_struct.pdbx_descriptor
;several lines
loop_ that is none
;
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.auth_seq_id
_atom_site.pdbx_PDB_ins_code
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.pdbx_PDB_model_num
HETATM 1 O O   . HOH A 1 ? 0.000 0.000 0.000 1.00 1
HETATM 2 H H1  . HOH A 1 ? 0.957 0.000 0.000 1.00 1
HETATM 3 H "H2" . HOH A 1 ? -0.24 0.927 0.000 1.00 1
HETATM 4 NA NA A NA  B 2 ? 5.000 5.000 5.000 0.30 1
HETATM 5 NA NA B NA  B 2 ? 6.000 5.000 5.000 0.70 1
HETATM 6 O O   . HOH A 1 ? 0.000 0.000 9.000 1.00 2
#
`;

test('an mmCIF file gives the atoms of its first model, their bonds and the cell', async () => {
  const { structure, positions, box } = read(cif, 'a.cif');
  assert.equal(structure.name, ['O', 'H1', 'H2', 'NA']);
  assert.equal(structure.element, ['O', 'H', 'H', 'Na']);
  assert.equal([...structure.bonds], [0, 1, 0, 2]);
  assert.is(positions[9], 6 * 0.1);
  assert.equal([...(box.vectors ?? [])], [2, 0, 0, 0, 3, 0, 0, 0, 4]);
  assert.match(
    await inputError(() => read(cif.replace(' 1.00 2\n#', ' 1.00\n#'), 'a.cif')),
    /^a\.cif:33: this loop has 14 columns but 83 values; the file seems truncated/,
  );
  assert.match(await inputError(() => read('data_X\n_a.b c\n', 'a.cif')), /there are no atoms: the category _atom_site/);
  assert.match(await inputError(() => read(cif.replace('6.000 5', '6.x00 5'), 'a.cif')), /^a\.cif:32: found "6.x00" where x is/);
});

test.run();
