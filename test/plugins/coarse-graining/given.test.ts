/** Assignments by hand and by rule. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assignmentByRule, assignmentFromLists } from '../../../plugins/coarse-graining/given.ts';
import { moleculeLayout } from '../../../plugins/coarse-graining/index.ts';
import { fragments } from '../../../plugins/coarse-graining/quality.ts';
import { copies, ethane, failure, type Molecule, ring } from './support.ts';

/** Heavy atoms joined as given, with `hydrogens` more at each; hydrogens come after all heavy atoms. */
function molecule(heavy: number, bonds: readonly [number, number][], hydrogens = 0): Molecule {
  const of = (i: number) => Array.from({ length: hydrogens }, (_, h): [number, number] => [i, heavy + i * hydrogens + h]);
  const all = heavy * (1 + hydrogens);
  return {
    elements: Array.from({ length: all }, (_, i) => (i < heavy ? 'C' : 'H')),
    masses: Array.from({ length: all }, (_, i) => (i < heavy ? 12 : 1)),
    bonds: [...bonds, ...Array.from({ length: heavy }, (_, i) => of(i)).flat()],
  };
}

const chain = (n: number, hydrogens = 0) =>
  molecule(
    n,
    Array.from({ length: n - 1 }, (_, i): [number, number] => [i, i + 1]),
    hydrogens,
  );

function byRule(of: Molecule, rule: string): number[] {
  const structure = copies(of, 1);
  return assignmentByRule(rule, structure, moleculeLayout(structure), 'rule');
}

test('2:1 and 3:1 of a chain are blocks of neighbours with their hydrogens', () => {
  assert.equal(byRule(chain(6), '2:1'), [0, 0, 1, 1, 2, 2]);
  assert.equal(byRule(chain(6), '3:1'), [0, 0, 0, 1, 1, 1]);
  assert.equal(byRule(chain(4, 2), '2:1'), [0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]);
  assert.equal(byRule(ethane, '1:1'), [0, 1, 0, 0, 0, 1, 1, 1]);
});

test('what is left over is a site of its own, or joins its neighbour if it is less than half of one', () => {
  assert.equal(byRule(chain(5), '3:1'), [0, 0, 1, 1, 1]);
  assert.equal(byRule(chain(7), '3:1'), [0, 0, 0, 0, 1, 1, 1]);
  assert.equal(byRule(chain(2), '3:1'), [0, 0]);
});

test('a ring falls into connected sites of equal size', () => {
  const six = byRule(ring(6), '2:1');
  assert.equal(fragments(six, 3, Int32Array.from(ring(6).bonds.flat())), [1, 1, 1]);
  assert.equal(
    [0, 1, 2].map((s) => six.filter((x) => x === s).length),
    [2, 2, 2],
  );
});

test('sites of branched molecules are connected and hold at most a few atoms more', () => {
  const bonds: [number, number][] = [];
  for (let i = 1; i < 40; i++) bonds.push([Math.floor((i - 1) / 2), i]); // a binary tree
  const found = byRule(molecule(40, bonds, 1), '4:1');
  const sites = Math.max(...found) + 1;
  const structure = copies(molecule(40, bonds, 1), 1);
  assert.equal(fragments(found, sites, moleculeLayout(structure).bonds), new Array(sites).fill(1));
  for (let s = 0; s < sites; s++) {
    const heavy = found.slice(0, 40).filter((x) => x === s).length;
    assert.ok(heavy >= 2 && heavy <= 1 + 2 * 3 + 1, `${heavy} heavy atoms`); // an atom and two branches of at most three, and what is left over
  }
});

test('lists name atoms by index, by name, or by residue and name; hydrogens follow', () => {
  const structure = copies(ethane, 2);
  const layout = moleculeLayout(structure);
  const expected = [1, 0, 1, 1, 1, 0, 0, 0];
  assert.equal(assignmentFromLists([['C1'], [0]], structure, layout, 'assignment'), expected);
  assert.equal(assignmentFromLists([['1:C1', 'H5', 'H6', 7], ['C0']], structure, layout, 'assignment'), expected);
});

const structure = copies({ ...ethane, elements: ethane.elements }, 1);
const twins = { ...structure, name: structure.name.map((name) => (name === 'C1' ? 'C0' : name)) };
const bad: [string, typeof structure, (string | number)[][], string][] = [
  ['an atom that is not named', structure, [['C0']], 'assignment: no site holds 1 (1:C1), 5 (1:H5)'],
  ['an atom named twice', structure, [['C0'], ['C1', 0]], 'assignment[1][1]: atom 0 (1:C0) is named twice, in site 0 and here'],
  ['an unknown name', structure, [['C0'], ['CC1']], 'assignment[1][0]: the molecule has no atom "CC1"; did you mean "C1"?'],
  ['a name that two atoms have', twins, [['C0'], ['H7']], '2 atoms are called "C0" (0 (1:C0), 1 (1:C0))'],
  ['an index beyond the molecule', structure, [[8]], 'there is no atom 8; a molecule has the atoms 0 to 7'],
];
for (const [name, of, lists, message] of bad)
  test(`bad lists are one clear error: ${name}`, async () => {
    const error = await failure(() => assignmentFromLists(lists, of, moleculeLayout(of), 'assignment'));
    assert.is(error.name, 'InputError');
    assert.match(error.message, message);
  });

test('a rule that is none is an error that says what one looks like', async () => {
  for (const rule of ['2', '0:1', '2:2', 'two to one']) {
    const error = await failure(() => byRule(ethane, rule));
    assert.is(error.name, 'InputError');
    assert.match(error.message, 'write "2:1"');
  }
});

test.run();
