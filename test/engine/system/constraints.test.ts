/** What a scenario's choice of rigid bonds leads to: pairs, lengths, terms left out, masses, and messages. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BondedForce } from '../../../engine/forces/description.ts';
import { constrainBonds, noConstraints, repartitionMasses, waters } from '../../../engine/system/constraints.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import { checkVirtualSites, replicateSites, type VirtualSite } from '../../../engine/system/virtual-sites.ts';

/** Water with a massless site, then methanol: C O H H H H. */
const structure = makeStructure({
  units: 'md',
  mass: [15.9994, 1.008, 1.008, 0, 12.011, 15.9994, 1.008, 1.008, 1.008, 1.008],
  element: ['O', 'H', 'H', '', 'C', 'O', 'H', 'H', 'H', 'H'],
  name: ['OW', 'HW1', 'HW2', 'MW', 'C', 'O', 'H1', 'H2', 'H3', 'HO'],
  bonds: [0, 1, 0, 2, 4, 5, 4, 6, 4, 7, 4, 8, 5, 9],
  molecule: [0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
});
const bonds: BondedForce = {
  kind: 'bonded',
  term: 'harmonic-bond',
  atoms: structure.bonds,
  parameters: Float64Array.from([0.0957, 0.0957, 0.141, 0.109, 0.109, 0.109, 0.0945].flatMap((length) => [length, 1000])),
};
const angles: BondedForce = {
  kind: 'bonded',
  term: 'harmonic-angle',
  atoms: Int32Array.of(1, 0, 2, 5, 4, 6),
  parameters: Float64Array.of((104.52 * Math.PI) / 180, 1, 1.9, 1),
};

const rigid = (choice: 'none' | 'water' | 'hydrogens' | 'bonds') =>
  constrainBonds(structure, [bonds, angles], choice, noConstraints, 'system.constraints');

test('each choice makes rigid what it says, and leaves the terms that have become constant out', () => {
  for (const [choice, constraints, bondsLeft, anglesLeft] of [
    ['none', 0, 7, 2],
    ['water', 3, 5, 1],
    ['hydrogens', 7, 1, 1],
    ['bonds', 8, 0, 1],
  ] as const) {
    const { constraints: found, forces } = rigid(choice);
    assert.is(found.lengths.length, constraints, choice);
    const left = (term: string) =>
      forces.find((force) => force.kind === 'bonded' && force.term === term) as BondedForce | undefined;
    assert.is((left('harmonic-bond')?.atoms.length ?? 0) / 2, bondsLeft, choice);
    assert.is((left('harmonic-angle')?.atoms.length ?? 0) / 3, anglesLeft, choice);
  }
});

test('lengths are those of the bonds, and the third side of water follows from its angle', () => {
  const { constraints } = rigid('water');
  assert.equal([...constraints.atoms], [0, 1, 0, 2, 1, 2]);
  assert.equal([...constraints.lengths.subarray(0, 2)], [0.0957, 0.0957]);
  assert.ok(Math.abs(constraints.lengths[2] - 2 * 0.0957 * Math.sin((52.26 * Math.PI) / 180)) < 1e-15);
});

test('a bond without a harmonic term cannot be made rigid, and the message names its atoms', () => {
  assert.throws(
    () => constrainBonds(structure, [angles], 'bonds', noConstraints, 'system.constraints'),
    /system\.constraints: the bond between particles 0 \(OW of .*\) and 1 \(HW1 of .*harmonic-bond/,
  );
});

test('repartitioning moves mass from heavy atoms to their hydrogens, not in rigid water, and keeps the sum', () => {
  const { mass } = repartitionMasses(structure, 3, 'hydrogens', 'system.hydrogenMass');
  assert.equal([...mass.subarray(0, 4)], [15.9994, 1.008, 1.008, 0]);
  for (const h of [6, 7, 8, 9]) assert.is(mass[h], 3);
  assert.ok(Math.abs(mass[4] - (12.011 - 3 * 1.992)) < 1e-12 && Math.abs(mass[5] - (15.9994 - 1.992)) < 1e-12);
  assert.is(repartitionMasses(structure, 3, 'none', '').mass[1], 3);
  assert.throws(() => repartitionMasses(structure, 6, 'hydrogens', 'system.hydrogenMass'), /particle 4 .* left with a mass of/);
});

test('water is found by its atoms, whatever its name and its sites', () => {
  assert.equal(waters(structure), [[0, 1, 2]]);
});

test('a massless particle must be a virtual site of particles of its own molecule', () => {
  const site: VirtualSite = { kind: 'average3', site: 3, parents: [0, 1, 2], weights: [0.8, 0.1, 0.1] };
  checkVirtualSites(structure, [site], 'system');
  assert.throws(() => checkVirtualSites(structure, [], 'system'), /particle 3 \(MW of .* has mass 0 and is no virtual site/);
  assert.throws(() => checkVirtualSites(structure, [{ ...site, weights: [0.8, 0.1, 0.2] }], 'system'), /sum 1/);
  assert.throws(() => checkVirtualSites(structure, [{ ...site, parents: [0, 1, 4] }], 'system'), /same molecule/);
  assert.throws(() => checkVirtualSites(structure, [{ ...site, site: 9 }], 'system'), /has mass 1.008/);
  assert.equal(
    replicateSites([site], 10, 2).map((copy) => [copy.site, ...copy.parents]),
    [
      [3, 0, 1, 2],
      [13, 10, 11, 12],
    ],
  );
});

test.run();
