import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readStructure } from '../../../engine/system/formats/read.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('files of small molecules');
const read = (text: string, file: string, units: 'md' | 'lj' = 'md') => readStructure(text, file, { units, bonds: 'file' });

const acetate = `# made by hand
@<TRIPOS>MOLECULE
acetate
 7 6 1 0 0
SMALL
USER_CHARGES

@<TRIPOS>ATOM
  1 C1   0.000  0.000  0.000 C.3   1 ACT1 -0.370
  2 C2   1.520  0.000  0.000 C.2   1 ACT1  0.910
 10 O1   2.100  1.080  0.000 O.co2 1 ACT1 -0.830
  4 O2   2.100 -1.080  0.000 O.co2 1 ACT1 -0.830
  5 H1  -0.370  1.030  0.000 H     1 ACT1  0.040
  6 H2  -0.370 -0.510  0.890 H     1 ACT1  0.040
  7 H3  -0.370 -0.510 -0.890 H     1 ACT1  0.040
@<TRIPOS>BOND
 1 1 2 1
 2 2 10 ar
 3 2 4 ar
 4 1 5 1
 5 1 6 1
 6 1 7 1
@<TRIPOS>SUBSTRUCTURE
 1 ACT1 1
@<TRIPOS>MOLECULE
another
 1 0
SMALL
NO_CHARGES
@<TRIPOS>ATOM
 1 X 0 0 0 Du
`;

test('a MOL2 file gives elements, SYBYL types, charges and bonds of its first molecule', () => {
  const { structure, positions } = read(acetate, 'acetate.mol2');
  assert.equal(structure.element, ['C', 'C', 'O', 'O', 'H', 'H', 'H']);
  assert.equal(structure.typeNames, ['C.3', 'C.2', 'O.co2', 'H']);
  assert.equal(structure.residueNames, ['ACT']);
  assert.equal([...structure.bonds], [0, 1, 0, 4, 0, 5, 0, 6, 1, 2, 1, 3]);
  assert.is(positions[3], 1.52 * 0.1);
  assert.ok(Math.abs(structure.charge.reduce((sum, q) => sum + q, 0) + 1) < 1e-12);
  assert.is(read(acetate.replace('USER_CHARGES', 'NO_CHARGES'), 'a.mol2').structure.charge[0], 0);
});

test('types of other schemes, such as GAFF, leave the element to the name of the atom', () => {
  const gaff = acetate.replaceAll('O.co2', 'o    ').replace('C.3', 'c3 ').replace('C.2', 'c  ').replaceAll('H     1', 'hc    1');
  assert.equal(read(gaff, 'a.mol2').structure.element, ['C', 'C', 'O', 'O', 'H', 'H', 'H']);
  const chlorine = acetate.replace('O1   2.100  1.080  0.000 O.co2', 'Cl1  2.100  1.080  0.000 cl   ');
  assert.is(read(chlorine, 'a.mol2').structure.element[2], 'Cl');
});

test('mistakes in a MOL2 file name their line', async () => {
  const message = (from: string, to: string) => inputError(() => read(acetate.replace(from, to), 'a.mol2'));
  assert.match(await message(' 6 1 7 1', ' 6 1 8 1'), /^a\.mol2:22: this bond joins atoms 1 and 8, but no atom has the id 8/);
  assert.match(await message(' 6 1 7 1\n', ''), /^a\.mol2:4: 7 atoms and 6 bonds are promised here, but there are 7 and 5/);
  assert.match(await message(' 10 O1', ' 1 O1'), /^a\.mol2:11: the atom id 1 is used twice/);
  assert.match(
    await message(' 2.100  1.080  0.000 O.co2 1 ACT1 -0.830', ' 2.1 1.08'),
    /^a\.mol2:11: found .* where an atom is expected/,
  );
  assert.match(await message('2.100  1.080', '2.1oo  1.080'), /^a\.mol2:11: found "2\.1oo" where x is expected/);
  assert.match(await inputError(() => read('nothing', 'a.mol2')), /no line @<TRIPOS>MOLECULE/);
});

const glycine = `glycine
  by hand           3D

  5  4  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 N   0  3  0  0
    1.4700    0.0000    0.0000 C   0  0  0  0
    2.0000    1.4200    0.0000 C   0  0  0  0
    1.2500    2.3900    0.0000 O   0  0  0  0
    3.2400    1.5000    0.0000 O   0  5  0  0
  1  2  1  0
  2  3  1  0
  3  4  2  0
  3  5  1  0
M  END
$$$$
`;

test('an SD file gives names, formal charges and bonds, by charge codes or M  CHG', () => {
  const { structure, positions } = read(glycine, 'gly.sdf');
  assert.equal(structure.name, ['N1', 'C1', 'C2', 'O1', 'O2']);
  assert.equal([...structure.charge], [1, 0, 0, 0, -1]);
  assert.equal([...structure.bonds], [0, 1, 1, 2, 2, 3, 2, 4]);
  assert.is(positions[7], 1.42 * 0.1);
  const replaced = read(glycine.replace('M  END', 'M  CHG  2   1   2   4  -2\nM  END'), 'gly.mol').structure;
  assert.equal([...replaced.charge], [2, 0, 0, -2, 0]);
});

test('an SD file of version V3000 gives the same', () => {
  const v3000 = `glycine
  by hand           3D

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 5 4 0 0 0
M  V30 BEGIN ATOM
M  V30 1 N 0.0 0.0 0.0 0 CHG=1
M  V30 2 C 1.47 0.0 0.0 0
M  V30 3 C 2.0 1.42 -
M  V30  0.0 0
M  V30 4 O 1.25 2.39 0.0 0
M  V30 5 O 3.24 1.5 0.0 0 CHG=-1
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 1 2
M  V30 2 1 2 3
M  V30 3 2 3 4
M  V30 4 1 3 5
M  V30 END BOND
M  V30 END CTAB
M  END
`;
  const [a, b] = [read(v3000, 'gly.sdf'), read(glycine, 'gly.sdf')];
  assert.equal(a.structure, b.structure);
  assert.equal(a.positions, b.positions);
});

test('mistakes in an SD file name their line, and a drawing is no structure', async () => {
  const message = (from: string, to: string) => inputError(() => read(glycine.replace(from, to), 'a.sdf'));
  assert.match(await message('         3D', '         2D'), /^a\.sdf:2: this is a flat drawing \(2D\)/);
  assert.match(await message('  3  5  1  0', '  3  6  1  0'), /^a\.sdf:13: found atom 6; the atoms are 1 to 5/);
  assert.match(await message('  3  5  1  0\n', ''), /^a\.sdf:13: the molecule ends where bond 4 of 4 is expected/);
  assert.match(
    await message('1.5000    0.0000 O', '1.5000    0.0000 Qq'),
    /^a\.sdf:9: the element of atom "Qq1" is "Qq", which is not known/,
  );
  assert.match(await message('V2000', 'V1000'), /^a\.sdf:4: found version "V1000"/);
});

test.run();
