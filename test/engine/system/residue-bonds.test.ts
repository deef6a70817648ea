/** Bonds of standard residues: from names, hydrogens to the nearest heavy atom, peptide bonds and disulphides by distance. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import { addResidueBonds, type BondableStructure, isStandardResidue } from '../../../engine/system/residue-bonds.ts';

interface Atom {
  readonly name: string;
  readonly element: string;
  readonly residue: number;
  readonly at: readonly [number, number, number];
}

function structure(atoms: readonly Atom[], residueNames: readonly string[], bonds: readonly number[] = []) {
  const of: BondableStructure = {
    name: atoms.map((a) => a.name),
    element: atoms.map((a) => a.element),
    residue: atoms.map((a) => a.residue),
    residueNames,
    bonds,
  };
  return { of, positions: atoms.flatMap((a) => a.at) };
}

/** A stretched dipeptide ACE-ALA-NME in one plane; distances of bonded atoms between 0.10 and 0.16 nm. */
const dipeptide: Atom[] = [
  { name: 'CH3', element: 'C', residue: 0, at: [0, 0, 0] },
  { name: 'HH31', element: 'H', residue: 0, at: [-0.1, 0, 0] },
  { name: '2HH3', element: 'H', residue: 0, at: [0, 0.1, 0] },
  { name: 'H3', element: 'H', residue: 0, at: [0, 0, 0.1] },
  { name: 'C', element: 'C', residue: 0, at: [0.15, 0, 0] },
  { name: 'O', element: 'O', residue: 0, at: [0.15, 0.12, 0] },
  { name: 'N', element: 'N', residue: 1, at: [0.285, 0, 0] },
  { name: 'HN', element: 'H', residue: 1, at: [0.285, 0.1, 0] },
  { name: 'CA', element: 'C', residue: 1, at: [0.43, 0, 0] },
  { name: 'CB', element: 'C', residue: 1, at: [0.43, -0.15, 0] },
  { name: 'C', element: 'C', residue: 1, at: [0.58, 0, 0] },
  { name: 'O', element: 'O', residue: 1, at: [0.58, 0.12, 0] },
  { name: 'N', element: 'N', residue: 2, at: [0.715, 0, 0] },
  { name: 'C', element: 'C', residue: 2, at: [0.86, 0, 0] },
];
const expected = [0, 1, 0, 2, 0, 3, 0, 4, 4, 5, 4, 6, 6, 7, 6, 8, 8, 9, 8, 10, 10, 11, 10, 12, 12, 13];

test('a capped residue gets the bonds inside its residues and between them, whatever its hydrogens are called', () => {
  const { of, positions } = structure(dipeptide, ['ACE', 'ALA', 'NME']);
  assert.equal([...addResidueBonds(of, positions, openBox)], expected);
});

test('bonds are found across the faces of a periodic box', () => {
  const { of, positions } = structure(dipeptide, ['ACE', 'ALA', 'NME']);
  const edge = 1.5;
  const wrapped = positions.map((x, k) => (k % 3 === 0 ? (x + 1.2) % edge : x));
  assert.equal([...addResidueBonds(of, wrapped, orthorhombic(edge, edge, edge))], expected);
});

test('bonds of the file stay, and one that is derived too is there once', () => {
  const { of, positions } = structure(dipeptide, ['ACE', 'ALA', 'NME'], [4, 0, 9, 13]);
  const bonds = addResidueBonds(of, positions, openBox);
  assert.is(bonds.length, expected.length + 2);
  assert.ok(bonds.join(' ').includes('9 13'));
});

const cysteine = (residue: number, x: number, hydrogen: boolean): Atom[] => [
  { name: 'N', element: 'N', residue, at: [x, 0, 0] },
  { name: 'CA', element: 'C', residue, at: [x, 0.145, 0] },
  { name: 'C', element: 'C', residue, at: [x, 0.3, 0] },
  { name: 'CB', element: 'C', residue, at: [x, 0.145, 0.153] },
  { name: 'SG', element: 'S', residue, at: [x, 0.145, 0.33] },
  ...(hydrogen ? [{ name: 'HG', element: 'H', residue, at: [x, 0.145, 0.46] as const }] : []),
];

test('two cysteines are bridged where their sulphurs are within 0.3 nm and carry no hydrogen', () => {
  const bridges = (distance: number, hydrogen: boolean) => {
    const atoms = [...cysteine(0, 0, hydrogen), ...cysteine(1, distance, hydrogen)];
    const { of, positions } = structure(atoms, ['CYS', 'CYX']);
    const bonds = addResidueBonds(of, positions, openBox);
    return Array.from({ length: bonds.length / 2 }, (_, b) => [bonds[2 * b], bonds[2 * b + 1]]).filter(
      ([i, j]) => atoms[i].element === 'S' && atoms[j].element === 'S',
    ).length;
  };
  assert.is(bridges(0.21, false), 1);
  assert.is(bridges(0.31, false), 0);
  assert.is(bridges(0.21, true), 0);
});

test('water with an extra site: the oxygen has two bonds, the site none', () => {
  const atoms: Atom[] = [
    { name: 'O', element: 'O', residue: 0, at: [0, 0, 0] },
    { name: 'H1', element: 'H', residue: 0, at: [0.096, 0, 0] },
    { name: 'H2', element: 'H', residue: 0, at: [-0.03, 0.09, 0] },
    { name: 'M', element: '', residue: 0, at: [0.01, 0.01, 0] },
  ];
  const { of, positions } = structure(atoms, ['HOH']);
  assert.equal([...addResidueBonds(of, positions, openBox)], [0, 1, 0, 2]);
});

test('residues of other names keep the bonds that the file gives', () => {
  const { of, positions } = structure(
    dipeptide.slice(6, 12).map((atom) => ({ ...atom, residue: 0 })),
    ['LIG'],
    [0, 2],
  );
  assert.equal([...addResidueBonds(of, positions, openBox)], [0, 2]);
  assert.is(isStandardResidue('LIG'), false);
  assert.ok(['ALA', 'NALA', 'HIE', 'HOH', 'DA5', 'G', 'ACE'].every(isStandardResidue));
});

test('a hydrogen far from every heavy atom of its residue is an error that names it', () => {
  const astray = dipeptide.map((atom) => (atom.name === 'HN' ? { ...atom, at: [0.285, 0.9, 0] as const } : atom));
  const { of, positions } = structure(astray, ['ACE', 'ALA', 'NME']);
  assert.throws(
    () => addResidueBonds(of, positions, openBox, 'x.pdb'),
    (e: Error) =>
      e instanceof InputError && /x\.pdb.*atom 7 \(HN of ALA 1\).*the nearest, [A-Z]+, is 0\.\d+ nm away/.test(e.message),
  );
});

test.run();
