import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic } from '../../../engine/system/box.ts';
import { concatenate, makeStructure, replicate, structureFromJson, structureToJson } from '../../../engine/system/structure.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('structure');

const dimers = makeStructure({
  units: 'lj',
  mass: [1, 2, 1, 2],
  charge: [0.5, -0.5, 0.5, -0.5],
  type: [0, 1, 0, 1],
  typeNames: ['A', 'B'],
  bonds: [1, 0, 2, 3],
});

test('bonds are sorted with the smaller index first, and molecules follow from them', () => {
  assert.equal([...dimers.bonds], [0, 1, 2, 3]);
  assert.equal([...dimers.molecule], [0, 0, 1, 1]);
  assert.equal(dimers.residueNames.length, 2);
  assert.equal(dimers.name, ['A', 'B', 'A', 'B']);
});

for (const mass of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`a mass of ${mass} is refused, naming the particle`, async () => {
    const message = await inputError(() =>
      makeStructure({ units: 'lj', mass: [1, mass], name: ['P1', 'P2'] }, 'system.particle'),
    );
    assert.match(message, /^system\.particle: particle 1 \(P2 of MOL 1\) has mass/);
  });
}

test('bonds that cannot be are refused', async () => {
  assert.match(
    await inputError(() => makeStructure({ units: 'lj', mass: [1, 1], bonds: [0, 2] })),
    /between particles 0 and 2; there are particles 0 to 1/,
  );
  assert.match(await inputError(() => makeStructure({ units: 'lj', mass: [1, 1], bonds: [0, 1, 1, 0] })), /given twice/);
  assert.match(await inputError(() => makeStructure({ units: 'lj', mass: [1, 1, 1], bonds: [0, 2] })), /must follow each other/);
});

test('replication keeps molecules whole, shifts copies by box vectors and drops velocities', () => {
  const positions = Float64Array.of(0, 0, 0, 1, 0, 0, 9.5, 1, 1, 10.5, 1, 1);
  const assembly = { structure: dimers, positions, velocities: new Float64Array(12), box: orthorhombic(10, 20, 30) };
  const big = replicate(assembly, [2, 1, 3]);
  assert.is(big.structure.mass.length, 24);
  assert.is(big.velocities, null);
  assert.equal([...(big.box.vectors ?? [])], [20, 0, 0, 0, 20, 0, 0, 0, 90]);
  assert.equal([...big.structure.molecule.slice(-4)], [10, 10, 11, 11]);
  assert.equal([...big.structure.bonds.slice(-4)], [20, 21, 22, 23]);
  assert.equal(big.structure.typeNames, ['A', 'B']);
  assert.is(big.structure.residueNames.length, 12);
  // The last copy is shifted by one box along x and two along z.
  positions.forEach((x, k) => {
    assert.is(big.positions[60 + k], x + [10, 0, 60][k % 3]);
  });
});

test('replication by one leaves everything as it is, and other counts than whole numbers are refused', async () => {
  const assembly = { structure: dimers, positions: new Float64Array(12), velocities: null, box: orthorhombic(1, 1, 1) };
  assert.is(replicate(assembly, [1, 1, 1]), assembly);
  for (const counts of [
    [2, 2],
    [0, 1, 1],
    [1.5, 1, 1],
  ])
    assert.match(await inputError(() => replicate(assembly, counts)), /three whole numbers/);
  assert.match(await inputError(() => replicate({ ...assembly, box: { vectors: null } }, [2, 2, 2])), /open boundaries/);
});

test('joining structures merges types of equal name', () => {
  const single = makeStructure({ units: 'lj', mass: [3], typeNames: ['B'] });
  const joined = concatenate([single, dimers]);
  assert.equal(joined.typeNames, ['B', 'A']);
  assert.equal([...joined.type], [0, 1, 0, 1, 0]);
  assert.equal([...joined.molecule], [0, 1, 1, 2, 2]);
  assert.equal([...joined.bonds], [1, 2, 3, 4]);
});

test('a structure survives its JSON form to the bit', () => {
  const back = structureFromJson(JSON.parse(JSON.stringify(structureToJson(dimers))), 'structure.json');
  assert.equal(back, dimers);
});

test('JSON that is no structure is refused by name', async () => {
  assert.match(
    await inputError(() => structureFromJson({ units: 'md', mass: [1] }, 'structure.json')),
    /^structure\.json: this is no structure: the lists charge/,
  );
  assert.match(await inputError(() => structureFromJson(null, 'structure.json')), /this is no structure/);
});

test.run();
