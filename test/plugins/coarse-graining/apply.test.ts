/** Seeing atoms through a mapping. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic, type Structure } from '../../../engine/index.ts';
import {
  type Assignment,
  MappedTrajectory,
  mapFrame,
  mapStructure,
  moleculeLayout,
} from '../../../plugins/coarse-graining/index.ts';
import { copies, ethane, failure, frameOf, inMemory, ring } from './support.ts';

const methyls: Assignment = { atomsPerMolecule: 8, sites: 2, assignment: [0, 1, 0, 0, 0, 1, 1, 1] };

/** Deterministic numbers between -1 and 1 that look like nothing. */
const wobble = (i: number) => Math.sin(12.9898 * i + 1) * Math.cos(4.1414 * i);

test('the two CH3 of ethane are one type, bonded, with the mass of their atoms', () => {
  const sites = mapStructure(copies(ethane, 3), methyls);
  assert.equal(sites.typeNames, ['CH3']);
  assert.equal([...sites.type], [0, 0, 0, 0, 0, 0]);
  assert.equal([...sites.bonds], [0, 1, 2, 3, 4, 5]);
  assert.equal([...sites.molecule], [0, 0, 1, 1, 2, 2]);
  assert.equal([...sites.residue], [0, 0, 1, 1, 2, 2]);
  assert.equal(sites.name.slice(0, 2), ['S0', 'S1']);
  for (const mass of sites.mass) assert.ok(Math.abs(mass - 15.035) < 1e-12);
});

test('sites of one composition that sit differently in the molecule are different types', () => {
  const chain = {
    elements: new Array<string>(8).fill('C'),
    masses: new Array<number>(8).fill(14),
    bonds: Array.from({ length: 7 }, (_, i): [number, number] => [i, i + 1]),
  };
  const pairs = { atomsPerMolecule: 8, sites: 4, assignment: [0, 0, 1, 1, 2, 2, 3, 3] };
  const sites = mapStructure(copies(chain, 1), pairs);
  assert.equal(
    [...sites.type].map((type) => sites.typeNames[type]),
    ['C2a', 'C2b', 'C2b', 'C2a'],
  );
  const alike = mapStructure(copies(chain, 1), { ...pairs, typesBy: 'composition' });
  assert.equal(alike.typeNames, ['C2']);
});

test('equal blocks of a ring are one type and form a ring; a longer block is a type of its own', () => {
  const equal = { atomsPerMolecule: 12, sites: 4, assignment: Array.from({ length: 12 }, (_, i) => Math.floor(i / 3)) };
  const sites = mapStructure(copies(ring(12), 1), equal);
  assert.equal(sites.typeNames, ['bead3']);
  assert.equal([...sites.bonds], [0, 1, 0, 3, 1, 2, 2, 3]);
  const unequal = { ...equal, assignment: [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3] };
  const types = mapStructure(copies(ring(12), 1), unequal);
  assert.equal(
    [...types.type].map((type) => types.typeNames[type]),
    ['bead4', 'bead3', 'bead2', 'bead3'],
  );
});

test('a site is the centroid of its atoms, moves with their mean velocity and feels the sum of their forces', () => {
  const structure = copies(ethane, 2);
  const positions = Float64Array.from({ length: 48 }, (_, i) => wobble(i));
  const forces = Float64Array.from({ length: 48 }, (_, i) => wobble(i + 100));
  const velocities = Float64Array.from({ length: 48 }, (_, i) => wobble(i + 200));
  const mapped = mapFrame({ ...frameOf(positions, forces), velocities }, moleculeLayout(structure), methyls);
  const sum = (values: Float64Array, atoms: number[], k: number) => atoms.reduce((total, i) => total + values[3 * i + k], 0);
  const atomsOfSite = [
    [0, 2, 3, 4],
    [1, 5, 6, 7],
    [8, 10, 11, 12],
    [9, 13, 14, 15],
  ];
  atomsOfSite.forEach((atoms, site) => {
    for (let k = 0; k < 3; k++) {
      assert.ok(Math.abs(mapped.positions[3 * site + k] - sum(positions, atoms, k) / 4) < 1e-14);
      assert.ok(Math.abs((mapped.velocities as Float64Array)[3 * site + k] - sum(velocities, atoms, k) / 4) < 1e-14);
      assert.ok(Math.abs((mapped.forces as Float64Array)[3 * site + k] - sum(forces, atoms, k)) < 1e-14);
    }
  });
});

test('a molecule broken across the box has the sites of the whole one', () => {
  const structure = copies(ethane, 2);
  const box = orthorhombic(4, 5, 6);
  const whole = Float64Array.from({ length: 48 }, (_, i) => 0.3 * wobble(i));
  const broken = whole.map((x, c) => {
    const atom = Math.floor(c / 3);
    return atom % 8 === 0 ? x : x + [4, 5, 6][c % 3] * ((atom % 3) - 1);
  });
  const layout = moleculeLayout(structure);
  const expected = mapFrame(frameOf(whole, null, box), layout, methyls).positions;
  const found = mapFrame(frameOf(broken, null, box), layout, methyls).positions;
  assert.ok(found.every((x, c) => Math.abs(x - expected[c]) < 1e-12));
});

test('a mapped trajectory reads its frames when they are asked for', () => {
  const structure = copies(ethane, 1);
  let reads = 0;
  const source = inMemory(structure, [frameOf(new Float64Array(24).fill(1), null), frameOf(new Float64Array(24).fill(2), null)]);
  const counting = (index: number) => {
    reads++;
    return source.frame(index);
  };
  const mapped = new MappedTrajectory({ ...source, length: 2, frame: counting }, methyls);
  assert.is(reads, 0);
  assert.is(mapped.length, 2);
  assert.equal([...mapped.frame(1).positions], [2, 2, 2, 2, 2, 2]);
  assert.is(mapped.frame(1).forces, null);
  assert.is(reads, 2);
});

test('several kinds of molecules, or a mapping for another molecule, are one clear error', async () => {
  const structure = copies(ethane, 2);
  const mixed: Structure = { ...structure, mass: structure.mass.map((mass, i) => (i === 9 ? 13 : mass)) };
  assert.match((await failure(() => mapStructure(mixed, methyls))).message, 'atom 9 (C1, molecule 1) differs from atom 1');
  const cut: Structure = { ...structure, bonds: structure.bonds.slice(0, -2) };
  assert.match((await failure(() => mapStructure(cut, methyls))).message, 'only one kind of molecule is supported');
  const error = await failure(() => mapStructure(copies(ring(6), 1), methyls));
  assert.is(error.name, 'InputError');
  assert.match(error.message, 'made for molecules of 8 atoms, but the molecules of this run have 6');
});

test.run();
