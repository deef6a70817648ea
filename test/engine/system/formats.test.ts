import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BondSource } from '../../../engine/system/formats/format.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import { inputError, shipped } from '../../support/assemblies.ts';
import { fixture, readJson } from '../../support/fixtures.ts';

const test = suite('structure files');
const read = (text: string, file: string, bonds: BondSource = 'file', units: 'md' | 'lj' = 'md') =>
  readStructure(text, file, { units, bonds });
const close = (a: number, b: number, tolerance = 1e-12) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
const distance = (p: Float64Array, i: number, j: number) =>
  Math.hypot(p[3 * i] - p[3 * j], p[3 * i + 1] - p[3 * j + 1], p[3 * i + 2] - p[3 * j + 2]);

const ethane = shipped('molecules/ethane.pdb');

test('the shipped ethane has CONECT bonds, weights of its elements, and OPLS-AA bond lengths in nm', () => {
  const { structure, positions, box, velocities } = read(ethane, 'ethane.pdb');
  assert.equal(structure.element, ['C', 'H', 'H', 'H', 'C', 'H', 'H', 'H']);
  assert.is(structure.bonds.length / 2, 7);
  close(
    structure.mass.reduce((sum, m) => sum + m, 0),
    2 * 12.011 + 6 * 1.008,
  );
  assert.is(box.vectors, null);
  assert.is(velocities, null);
  // PDB has three decimals of an Angstrom.
  close(distance(positions, 0, 4), 0.1529, 1e-4);
  for (const h of [1, 2, 3]) close(distance(positions, 0, h), 0.109, 1e-4);
  assert.equal(structure.residueNames, ['ETH']);
});

test('without CONECT, bonds are guessed from distances only if asked for', async () => {
  const bare = ethane.replace(/^CONECT.*\n/gm, '');
  assert.match(
    await inputError(() => read(bare, 'ethane.pdb')),
    /^ethane\.pdb:2: no bonds are given for residue ETH A1, which has several atoms; add CONECT/,
  );
  assert.equal(read(bare, 'ethane.pdb', 'guess').structure.bonds, read(ethane, 'ethane.pdb').structure.bonds);
  assert.is(read(bare, 'ethane.pdb', 'none').structure.bonds.length, 0);
});

test('elements come from columns 77-78, else from the aligned name', () => {
  const line = (name: string, residue: string, element = '') =>
    `HETATM    1 ${name} ${residue} A   1       0.000   0.000   0.000  1.00  0.00          ${element.padStart(2)}\nEND\n`;
  const element = (...args: [string, string, string?]) => read(line(...args), 'a.pdb').structure.element[0];
  assert.is(element(' CA ', 'ALA'), 'C');
  assert.is(element('CA  ', ' CA'), 'Ca');
  assert.is(element('1HB ', 'ALA'), 'H');
  assert.is(element('CL  ', ' CL'), 'Cl');
  assert.is(element(' X  ', 'UNK', 'NA'), 'Na');
});

test('of several models the first is read, and TER and CRYST1 are understood', () => {
  const atom = (serial: number, x: string) =>
    `ATOM  ${String(serial).padStart(5)}  AR  AR  A   ${serial}    ${x.padStart(8)}   0.000   0.000  1.00  0.00          AR\n`;
  const text = `CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 P 1\nMODEL        1\n${atom(1, '1.000')}TER\n${atom(2, '2.000')}ENDMDL\nMODEL        2\n${atom(1, '3.000')}ENDMDL\nEND\n`;
  const { structure, positions, box } = read(text, 'argon.pdb');
  assert.is(structure.mass.length, 2);
  close(positions[3], 0.2);
  assert.equal([...(box.vectors ?? [])], [2, 0, 0, 0, 3, 0, 0, 0, 4]);
});

test('a triclinic CRYST1 becomes a reduced lower-triangular cell of the same volume', () => {
  const text = `CRYST1   30.000   31.000   32.000  80.00  70.00  60.00 P 1\n${ethane.split('\n').slice(1).join('\n')}`;
  const v = read(text, 'a.pdb').box.vectors ?? new Float64Array(9);
  const [ca, cb, cg] = [80, 70, 60].map((degrees) => Math.cos((degrees * Math.PI) / 180));
  close(v[0] * v[4] * v[8], 3 * 3.1 * 3.2 * Math.sqrt(1 - ca * ca - cb * cb - cg * cg + 2 * ca * cb * cg), 1e-10);
  assert.ok(Math.abs(v[3]) <= v[0] / 2 && Math.abs(v[6]) <= v[0] / 2 && Math.abs(v[7]) <= v[4] / 2);
});

test('a PDB cut off anywhere gives one clear message with the line', async () => {
  const lines = ethane.split('\n');
  const inLine = `${lines.slice(0, 5).join('\n')}\n${lines[5].slice(0, 40)}`;
  assert.match(
    await inputError(() => read(inLine, 'e.pdb')),
    /^e\.pdb:6: this HETATM record has 40 characters and lacks coordinates.*truncated/,
  );
  assert.match(
    await inputError(() => read(lines.slice(0, 6).join('\n'), 'e.pdb')),
    /^e\.pdb:6: the file ends after 5 atoms without an END record/,
  );
  assert.match(await inputError(() => read('TITLE\n', 'e.pdb')), /^e\.pdb:1: the file ends without any atom/);
});

test('bad numbers, serials and CONECT records name their line', async () => {
  assert.match(
    await inputError(() => read(ethane.replace('  -0.385', '   -0.x5'), 'e.pdb')),
    /^e\.pdb:3: found "-0\.x5" where x \(columns 31 to 38\) is expected/,
  );
  assert.match(
    await inputError(() => read(ethane.replace('HETATM    2', 'HETATM    1'), 'e.pdb')),
    /^e\.pdb:3: serial number 1 is used twice/,
  );
  assert.match(
    await inputError(() => read(ethane.replace('CONECT    3    1', 'CONECT    3   99'), 'e.pdb')),
    /^e\.pdb:12: CONECT names atom 99, but no ATOM/,
  );
  assert.match(
    await inputError(() => read(ethane.replace('CONECT    2    1', 'CONECT    2    2'), 'e.pdb')),
    /bonds atom 2 to itself/,
  );
});

test('an unknown element is refused where masses are needed', async () => {
  assert.match(
    await inputError(() => read(ethane.replace(/ C$/m, 'Xx'), 'e.pdb', 'none')),
    /^e\.pdb:2: the element of atom "C1" is "Xx", which is not known/,
  );
});

test('a GRO file with six decimals gives the positions of the fixture to the last one', () => {
  const reference = readJson<{ positions: number[]; box: number[] }>(fixture('ethane-openmm', 'reference.json'));
  const { structure, positions, box } = read(
    readFileSync(fixture('ethane-gromacs', 'ethane.gro'), 'utf8'),
    'ethane.gro',
    'guess',
  );
  assert.is(structure.mass.length, 512);
  assert.is(structure.bonds.length / 2, 64 * 7);
  assert.is(structure.residueNames.length, 64);
  assert.is(structure.molecule[511], 63);
  close(Math.max(...reference.positions.map((x, k) => Math.abs(x - positions[k]))), 0, 1e-12);
  for (const k of [0, 1, 2]) close(box.vectors?.[4 * k] ?? 0, reference.box[k], 1e-12);
});

const gro = `two argon atoms
    2
    1AR      AR    1   0.100   0.200   0.300  0.1000 -0.2000  0.3000
    2AR      AR    2   1.100   1.200   1.300 -0.1000  0.2000 -0.3000
   2.00000   3.00000   4.00000   0.00000   0.00000   0.50000   0.00000  -0.60000   0.70000
`;

test('a GRO file gives velocities and a triclinic box', () => {
  const { velocities, box, structure } = read(gro, 'argon.gro');
  assert.equal([...(velocities ?? [])], [0.1, -0.2, 0.3, -0.1, 0.2, -0.3]);
  assert.equal([...(box.vectors ?? [])], [2, 0, 0, 0.5, 3, 0, -0.6, 0.7, 4]);
  assert.equal(structure.element, ['Ar', 'Ar']);
});

test('a GRO file that is cut off or whose count is wrong names the line', async () => {
  const lines = gro.split('\n');
  assert.match(
    await inputError(() => read(lines.slice(0, 3).join('\n'), 'a.gro')),
    /^a\.gro:3: the file has 1 lines after the count, but line 2 promises 2 atoms and a box line/,
  );
  assert.match(
    await inputError(() => read(gro.replace('    2\n', '    1\n'), 'a.gro')),
    /^a\.gro:4: found "2AR" where a box vector \(after 1 atoms, as line 2 promises\) is expected/,
  );
  assert.match(
    await inputError(() => read(gro.replace('    2\n', '    x\n'), 'a.gro')),
    /^a\.gro:2: found "x" where the number of atoms is expected/,
  );
  assert.match(
    await inputError(() => read(gro.replace('1.100', '1.1.0'), 'a.gro')),
    /^a\.gro:4: found "1\.1\.0" where x is expected/,
  );
});

const xyz = `2
Lattice="20 0 0 0 20 0 0 0 20" Properties=species:S:1:pos:R:3:velo:R:3:charge:R:1 pbc="T T T" name=test
Ar 1.0 2.0 3.0 0.1 0.2 0.3 0.5
Ar 4.0 5.0 6.0 0.4 0.5 0.6 -0.5
`;

test('extended XYZ is read in Angstrom for md units and as it is for lj units', () => {
  const md = read(xyz, 'a.xyz');
  close(md.positions[5], 0.6);
  close(md.box.vectors?.[0] ?? 0, 2);
  close(md.velocities?.[0] ?? 0, 0.01);
  assert.equal([...md.structure.charge], [0.5, -0.5]);
  const lj = read(xyz, 'a.xyz', 'file', 'lj');
  assert.is(lj.positions[5], 6);
  assert.equal(lj.structure.typeNames, ['Ar']);
  assert.equal([...lj.structure.mass], [1, 1]);
});

test('bonds guessed in an extended XYZ make molecules, each a residue', () => {
  const atoms = read(ethane, 'ethane.pdb');
  const rows = atoms.structure.element.map(
    (e, i) => `${e} ${[...atoms.positions.slice(3 * i, 3 * i + 3)].map((x) => (10 * x).toFixed(3)).join(' ')}`,
  );
  const { structure } = read(`8\n\n${rows.join('\n')}\n`, 'ethane.xyz', 'guess');
  assert.equal(structure.bonds, atoms.structure.bonds);
  assert.equal([...structure.residue], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test('an extended XYZ that is cut off or lacks columns names the line', async () => {
  assert.match(
    await inputError(() => read(xyz.split('\n').slice(0, 3).join('\n'), 'a.xyz')),
    /^a\.xyz:3: the file ends after 1 atoms, but line 1 promises 2/,
  );
  assert.match(
    await inputError(() => read(xyz.replace(' 0.6 -0.5', ' 0.6'), 'a.xyz')),
    /^a\.xyz:4: found 7 columns where Properties promises 8/,
  );
  assert.match(await inputError(() => read(xyz.replace('pos:R:3', 'foo:R:3'), 'a.xyz')), /has no positions/);
  assert.match(
    await inputError(() => read(xyz.replace('T T T', 'T T F'), 'a.xyz')),
    /periodic in all three directions or in none/,
  );
});

test('an unknown ending is refused with what is known', async () => {
  assert.match(
    await inputError(() => read('', 'a.pbd')),
    /did you mean \.pdb\?\); known endings: \.pdb, \.ent, \.gro, \.mol2, \.sdf, .*\.xyz, \.extxyz/,
  );
});

test.run();
