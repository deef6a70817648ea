import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSystem, minimumImage, type Settings } from '../../../engine/index.ts';
import { ionCounts } from '../../../engine/system/builders/ions.ts';
import { placeWater, waterModels } from '../../../engine/system/builders/water-models.ts';
import { buildContext, closestApproach, inputError } from '../../support/assemblies.ts';
import { registry } from '../../support/systems.ts';

const test = suite('solvation');

const solvate = (settings: Settings, texts: Readonly<Record<string, string>> = {}, seed = 7) =>
  registry()
    .get('builder', 'solvate')
    .build(settings, buildContext('md', texts, seed));
const dipeptide = { structure: 'molecules/alanine-dipeptide.pdb', padding: 0.8 };
const count = (names: readonly string[], name: string) => names.filter((n) => n === name).length;

test('a box of water has the density of water, and no atoms that overlap', async () => {
  const { structure, positions, box } = await solvate({ box: [2.5, 2.7, 2.6] });
  const density = structure.mass.reduce((sum, m) => sum + m, 0) / (2.5 * 2.7 * 2.6) / 602.214076;
  assert.ok(density > 0.96 && density < 1.02, `${density} g/cm3`);
  assert.ok(closestApproach(positions, structure.molecule, (d) => minimumImage(box, d)) > 0.14);
  assert.equal(structure.name.slice(0, 3), ['O', 'H1', 'H2']);
});

test('each model has its own geometry, a fourth site on the bisector', () => {
  const water = Float64Array.of(1, 1, 1, 1.1, 1, 1, 0.97, 1.09, 1);
  for (const [name, model] of Object.entries(waterModels)) {
    const x = placeWater(model, water, 0, [0, 0, 0]);
    const r = (i: number, j: number) => Math.hypot(...[0, 1, 2].map((c) => x[3 * i + c] - x[3 * j + c]));
    assert.ok(Math.abs(r(0, 1) - model.bond) < 1e-14 && Math.abs(r(0, 2) - model.bond) < 1e-14, name);
    assert.ok(Math.abs(r(1, 2) - 2 * model.bond * Math.sin((model.angle * Math.PI) / 360)) < 1e-14, name);
    assert.is(x.length, model.site === undefined ? 9 : 12);
    if (model.site !== undefined) assert.ok(Math.abs(r(0, 3) - model.site) < 1e-14 && Math.abs(r(3, 1) - r(3, 2)) < 1e-14, name);
  }
});

test('a solute with padding is in the middle, keeps its shape, and water stays clear of it', async () => {
  const { structure, positions, box } = await solvate(dipeptide);
  const solute = structure.residueNames.indexOf('HOH');
  const first = structure.residue.indexOf(solute);
  assert.is(first, 22);
  for (const c of [0, 1, 2]) {
    const x = Array.from({ length: 22 }, (_, i) => positions[3 * i + c]);
    assert.ok(Math.abs(Math.min(...x) - 0.8) < 1e-9 && Math.abs((box.vectors?.[4 * c] ?? 0) - Math.max(...x) - 0.8) < 1e-9);
  }
  assert.ok(closestApproach(positions, structure.molecule, (d) => minimumImage(box, d)) > 0.14);
  assert.ok(count(structure.residueNames, 'HOH') > 300);
});

test('salt replaces water: ions for the concentration, the same for a seed, others for another', async () => {
  const salt = { ...dipeptide, ions: { positive: 'K+', concentration: 0.5 } };
  const [a, b, c] = [await solvate(salt), await solvate(salt), await solvate(salt, {}, 8)];
  const plain = await solvate(dipeptide);
  const waters = count(plain.structure.residueNames, 'HOH');
  const ions = count(a.structure.residueNames, 'K');
  assert.is(ions, Math.round((0.5 * waters) / (1000 / 18.015)));
  assert.is(count(a.structure.residueNames, 'CL'), ions);
  assert.is(count(a.structure.residueNames, 'HOH'), waters - 2 * ions);
  assert.equal(a.positions, b.positions);
  assert.not.equal(a.positions, c.positions);
});

test('ions balance the charge, with the valence that they have', () => {
  const counts = (charge: number, ions: object = {}) => ionCounts(ions, charge, 1000, 'system.ions');
  assert.equal(counts(-3), { cations: 3, anions: 0 });
  assert.equal(counts(2.0004), { cations: 0, anions: 2 });
  assert.equal(counts(-4, { positive: 'Mg2+' }), { cations: 2, anions: 0 });
  assert.equal(counts(-4, { neutralise: false }), { cations: 0, anions: 0 });
  // 0.15 mol/L in 1000 molecules (18 nm3): 2.7 formula units.
  assert.equal(counts(0, { concentration: 0.15 }), { cations: 3, anions: 3 });
  assert.equal(counts(0, { concentration: 0.15, positive: 'Ca2+' }), { cations: 3, anions: 6 });
  assert.throws(() => counts(-3, { positive: 'Mg2+' }), /charge -3, which ions of charge 2 cannot balance/);
  assert.throws(() => counts(-1.4), /the charge -1\.40000, which is no whole number/);
});

test('the charge of the solute is that of its force field, and the whole is neutral', async () => {
  const ion = 'HETATM    1 NA    NA A   1       0.000   0.000   0.000  1.00  0.00          NA\nEND\n';
  const system = await buildSystem(
    {
      build: 'solvate',
      structure: 'na.pdb',
      box: [2, 2, 2],
      forceField: ['tip3p.xml', 'ions-tip3p.xml'],
      nonbonded: { cutoff: 0.9, coulomb: { method: 'reaction-field' } },
      constraints: 'water',
    },
    buildContext('md', { 'na.pdb': ion }),
    registry(),
  );
  assert.is(count(system.structure.residueNames, 'CL'), 1);
  assert.ok(Math.abs(system.structure.charge.reduce((sum, q) => sum + q, 0)) < 1e-9);
});

test('a triclinic box is filled too', async () => {
  const { structure, positions, box } = await solvate({ box: [2.4, 0, 0, 0.8, 2.3, 0, -0.8, 0.9, 2.2] });
  const density = structure.mass.reduce((sum, m) => sum + m, 0) / (2.4 * 2.3 * 2.2) / 602.214076;
  assert.ok(density > 0.96 && density < 1.02, `${density} g/cm3`);
  assert.ok(closestApproach(positions, structure.molecule, (d) => minimumImage(box, d)) > 0.14);
});

test('boxes that are missing or too small are refused', async () => {
  assert.match(await inputError(() => solvate({ structure: dipeptide.structure })), /^system: solvate needs a padding/);
  assert.match(await inputError(() => solvate({ padding: 1 })), /^system\.padding: a padding is measured from a solute/);
  assert.match(await inputError(() => solvate({ ...dipeptide, box: [3, 3, 3] })), /not both/);
  assert.match(
    await inputError(() => solvate({ structure: dipeptide.structure, box: [0.5, 3, 3] })),
    /^system\.box: the solute measures .* nm, more than the box of 0\.500 x 3\.000 x 3\.000 nm/,
  );
  assert.match(
    await inputError(() => solvate({ box: [1, 1, 1], ions: { concentration: 30 } })),
    /^system\.ions: .* are to replace water, but there are/,
  );
});

test.run();
