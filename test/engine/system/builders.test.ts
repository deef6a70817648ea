import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Registry, type StageKind } from '../../../engine/index.ts';
import type { Settings } from '../../../engine/scenario/schema.ts';
import { type Box, minimumImage } from '../../../engine/system/box.ts';
import type { BuildContext } from '../../../engine/system/builder.ts';
import { registerBuilders } from '../../../engine/system/builders/register.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import { buildContext, closestApproach, inputError, shipped } from '../../support/assemblies.ts';

const test = suite('builders');
const registry = new Registry();
registerBuilders(registry);
const build = (name: string, settings: Settings, context: BuildContext = buildContext()) =>
  registry.get('builder', name).build(settings, context);
const lj = buildContext('lj');
const image = (box: Box) => (d: Float64Array) => minimumImage(box, d);
const cell = [1.59808, 1.68872, 1.9932];

test('every builder describes each of its settings', () => {
  for (const builder of registry.list('builder'))
    for (const [name, schema] of Object.entries(builder.schema.properties ?? {}))
      assert.ok(schema.description, `${builder.name}.${name}`);
});

test('512 ethane molecules pack at the density of the liquid, none closer than 0.2 nm, all rigid', async () => {
  const settings = { molecules: [{ structure: 'molecules/ethane.pdb', count: 512 }], box: cell.map((x) => 2 * x) };
  const { structure, positions, box } = await build('pack', settings);
  assert.is(structure.mass.length, 4096);
  assert.is(structure.molecule[4095], 511);
  assert.is(structure.bonds.length / 2, 512 * 7);
  assert.ok(closestApproach(positions, structure.molecule, image(box)) >= 0.2);
  const bond = (m: number) => Math.hypot(...[0, 1, 2].map((c) => positions[24 * m + 12 + c] - positions[24 * m + c]));
  for (let m = 0; m < 512; m++) assert.ok(Math.abs(bond(m) - 0.1529) < 1e-9);
});

test('packing is the same for the same seed and another for another', async () => {
  const settings = { molecules: [{ structure: 'molecules/ethane.pdb', count: 64 }], box: cell };
  const first = await build('pack', settings);
  assert.equal((await build('pack', settings)).positions, first.positions);
  assert.not.equal((await build('pack', settings, buildContext('md', {}, 8))).positions, first.positions);
});

test('a packed mixture in a triclinic box keeps its distances across every face', async () => {
  const settings = {
    molecules: [
      { structure: 'molecules/ethane.pdb', count: 40 },
      { structure: 'molecules/methane.pdb', count: 30 },
    ],
    box: [2, 0, 0, 0.9, 1.9, 0, -0.8, 0.7, 1.8],
  };
  const { structure, positions, box } = await build('pack', settings);
  assert.is(structure.mass.length, 40 * 8 + 30 * 5);
  assert.ok(closestApproach(positions, structure.molecule, image(box)) >= 0.2);
});

test('a density gives a cubic box', async () => {
  // 0.5 g/cm3 is 301.107 Da/nm3.
  const { box, structure } = await build('pack', {
    molecules: [{ structure: 'molecules/ethane.pdb', count: 64 }],
    density: 301.107,
  });
  const mass = structure.mass.reduce((sum, m) => sum + m, 0);
  assert.ok(Math.abs((box.vectors?.[0] ?? 0) - Math.cbrt(mass / 301.107)) < 1e-12);
});

test('what cannot be packed is an error that says what to do', async () => {
  const molecules = [{ structure: 'molecules/ethane.pdb', count: 64 }];
  assert.match(
    await inputError(() => build('pack', { molecules, box: [1.2, 1.2, 1.2] })),
    /^system: 64 molecules \(64 molecules\/ethane\.pdb\) cannot be packed: .*larger box/,
  );
  assert.match(
    await inputError(() => build('pack', { molecules, box: [0.3, 3, 3] })),
    /the box is 0\.3000 wide, but molecules\/ethane\.pdb needs 0\.\d+/,
  );
  assert.match(await inputError(() => build('pack', { molecules })), /needs a box .* or a density/);
  assert.match(await inputError(() => build('pack', { molecules, box: cell, density: 1 })), /either box or density/);
  assert.match(await inputError(() => build('pack', { molecules, box: [1, 2, 3, 4] })), /the box has 4 numbers/);
  assert.match(await inputError(() => build('pack', { molecules, box: [1, 2, -3] })), /an edge that is not positive/);
});

test('a file of several molecules cannot be packed as one', async () => {
  const text = shipped('molecules/ethane.pdb')
    .replace('CONECT    1    2    3    4    5', 'CONECT    1    2    3    4')
    .replace('CONECT    5    1    6', 'CONECT    5    6');
  const context = buildContext('md', { 'two.pdb': text });
  assert.match(
    await inputError(() => build('pack', { molecules: [{ structure: 'two.pdb' }], box: cell }, context)),
    /"two\.pdb" holds 2 molecules/,
  );
});

test('the builder file takes the box that the scenario gives', async () => {
  const { box } = await build('file', { structure: 'molecules/ethane.pdb', box: [3, 4, 5] });
  assert.equal([...(box.vectors ?? [])], [3, 0, 0, 0, 4, 0, 0, 0, 5]);
});

test('an fcc lattice at rho 0.8442 has the cell of the LAMMPS melt and 12 neighbours at a/sqrt(2)', async () => {
  const { structure, positions, box } = await build('lattice', { lattice: 'fcc', density: 0.8442, cells: [4, 4, 4] }, lj);
  const a = Math.cbrt(4 / 0.8442);
  assert.is(structure.mass.length, 256);
  assert.ok(Math.abs((box.vectors?.[0] ?? 0) - 4 * a) < 1e-12);
  const d = new Float64Array(3);
  let nearest = 0;
  for (let j = 1; j < 256; j++) {
    for (let c = 0; c < 3; c++) d[c] = positions[3 * j + c] - positions[c];
    minimumImage(box, d);
    const r = Math.hypot(...d);
    assert.ok(r > a / Math.SQRT2 - 1e-9);
    if (r < a / Math.SQRT2 + 1e-9) nearest++;
  }
  assert.is(nearest, 12);
});

test('sc and bcc have one and two particles a cell; spacing and density exclude each other', async () => {
  assert.is((await build('lattice', { lattice: 'sc', spacing: 1, cells: [2, 3, 4] }, lj)).structure.mass.length, 24);
  assert.is((await build('lattice', { lattice: 'bcc', spacing: 1, cells: [2, 3, 4] }, lj)).structure.mass.length, 48);
  assert.match(await inputError(() => build('lattice', { cells: [1, 1, 1] }, lj)), /either density or spacing/);
  assert.match(await inputError(() => build('lattice', { cells: [1, 1, 1], spacing: 1, density: 1 }, lj)), /not both/);
});

test('particles of a lattice in md units need a mass or an element, and a negative mass is refused', async () => {
  const settings = (particle: object) => ({ spacing: 0.5, cells: [2, 2, 2], particle });
  assert.match(
    await inputError(() => build('lattice', settings({ type: 'Ar' }))),
    /^system\.particle: in md units a particle needs a mass/,
  );
  assert.match(
    await inputError(() => build('lattice', settings({ mass: -39.95 }))),
    /^system\.particle: particle 0 \(A of A 0\) has mass -39\.95; a mass must be positive/,
  );
  assert.is((await build('lattice', settings({ element: 'Ar' }))).structure.mass[0], 39.95);
});

test('a ring is a planar circle of bonds of equal length', async () => {
  const { structure, positions, box } = await build('ring', { beads: 70, bondLength: 0.97 }, lj);
  assert.is(box.vectors, null);
  assert.is(structure.bonds.length / 2, 70);
  assert.is(structure.molecule[69], 0);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    const [i, j] = [structure.bonds[b], structure.bonds[b + 1]];
    assert.ok(
      Math.abs(Math.hypot(positions[3 * i] - positions[3 * j], positions[3 * i + 1] - positions[3 * j + 1]) - 0.97) < 1e-12,
    );
    assert.is(positions[3 * i + 2], 0);
  }
});

test('several rings need a box, and do not overlap in it', async () => {
  assert.match(await inputError(() => build('ring', { beads: 10, count: 5 }, lj)), /5 rings need a box or a density/);
  const { structure, positions, box } = await build('ring', { beads: 10, count: 20, density: 0.2 }, lj);
  assert.is(structure.molecule[199], 19);
  assert.ok(closestApproach(positions, structure.molecule, image(box)) >= 0.8 * 0.97);
});

test('a melt of chains at density 0.85 has its bond lengths and no overlaps', async () => {
  const { structure, positions, box } = await build('chain', { beads: 20, count: 40, density: 0.85 }, lj);
  assert.is(structure.mass.length, 800);
  assert.ok(closestApproach(positions, structure.molecule, image(box)) >= 0.8 * 0.97);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    const [i, j] = [structure.bonds[b], structure.bonds[b + 1]];
    assert.ok(Math.abs(Math.hypot(...[0, 1, 2].map((c) => positions[3 * i + c] - positions[3 * j + c])) - 0.97) < 1e-12);
  }
  // 800 particles at 0.85: a cube of edge (800/0.85)^(1/3).
  assert.ok(Math.abs((box.vectors?.[0] ?? 0) - Math.cbrt(800 / 0.85)) < 1e-12);
  assert.match(await inputError(() => build('chain', { beads: 20, count: 40, density: 3 }, lj)), /no free place was found/);
});

test('a system from a stage is what its kind assembles; kinds that make none are refused', async () => {
  const own = new Registry();
  registerBuilders(own);
  const structure = makeStructure({ units: 'md', mass: [1] });
  const kind = (name: string, extra: object) =>
    ({ name, summary: name, status: 'validated', schema: {}, run: async () => {}, ...extra }) as StageKind;
  own.add(
    'stage',
    kind('maker', {
      assemble: async () => ({ structure, positions: new Float64Array(3), velocities: null, box: { vectors: null } }),
    }),
  );
  own.add('stage', kind('other', {}));
  assert.equal(own.get('builder', 'stage').schema.properties?.from.reference, { stage: ['maker'] });
  const finished = (name: string) => ({ ...buildContext(), stage: async () => ({ name, kind: name, units: 'md' }) as never });
  assert.is((await own.get('builder', 'stage').build({ from: 'maker' }, finished('maker'))).structure, structure);
  assert.match(
    await inputError(() => own.get('builder', 'stage').build({ from: 'other' }, finished('other'))),
    /^system\.from: stage "other" is a other stage, which makes no system; stages that do: maker/,
  );
});

test.run();
