import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Box, Structure } from '../../../engine/index.ts';
import { minimumImage } from '../../../engine/index.ts';
import { flexibilityOf } from '../../../engine/system/builders/torsions.ts';
import { readStructure } from '../../../engine/system/formats/read.ts';
import { buildContext, closestApproach, shipped } from '../../support/assemblies.ts';
import { registry } from '../../support/systems.ts';

const test = suite('packing flexible molecules');

const molecule = (name: string) => readStructure(shipped(`molecules/${name}.pdb`), `${name}.pdb`, { units: 'md', bonds: 'file' });
const gramsPerCubicCentimetre = 602.214076;
const pack = (name: string, count: number, density: number, further: object = {}) =>
  registry()
    .get('builder', 'pack')
    .build(
      { molecules: [{ structure: `molecules/${name}.pdb`, count, ...further }], density: density * gramsPerCubicCentimetre },
      buildContext(),
    );
const apart = (positions: Float64Array, structure: Structure, box: Box) =>
  closestApproach(positions, structure.molecule, (d) => minimumImage(box, d));
const distance = (x: Float64Array, i: number, j: number) =>
  Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);

test('torsions turn between tetrahedral carbon atoms with heavy atoms behind them', () => {
  assert.is(flexibilityOf(molecule('butane').structure).parts.length, 2);
  assert.is(flexibilityOf(molecule('hexane').structure).parts.length, 4);
  assert.is(flexibilityOf(molecule('tetracosane').structure).parts.length, 22);
  // Cyclohexane's heavy atoms: a ring, in which nothing turns.
  const ring = `6\nProperties=species:S:1:pos:R:3\n${[0, 1, 2, 3, 4, 5]
    .map((k) => `C ${1.5 * Math.cos((k * Math.PI) / 3)} ${1.5 * Math.sin((k * Math.PI) / 3)} ${0.25 * (-1) ** k}`)
    .join('\n')}\n`;
  assert.is(flexibilityOf(readStructure(ring, 'ring.xyz', { units: 'md', bonds: 'guess' }).structure).parts.length, 1);
});

test('hexane at the density of its liquid: no overlaps, bonds and angles of the file, torsions near three states', async () => {
  const template = molecule('hexane').positions;
  const { structure, positions, box } = await pack('hexane', 60, 0.655);
  assert.is(structure.mass.length, 1200);
  assert.ok(apart(positions, structure, box) >= 0.2);
  for (let b = 0; b < structure.bonds.length; b += 2) {
    const [i, j] = [structure.bonds[b], structure.bonds[b + 1]];
    const wanted = distance(template, i % 20, j % 20);
    assert.ok(Math.abs(distance(positions, i, j) - wanted) < 0.003, `bond ${i}-${j}: ${distance(positions, i, j)}, ${wanted}`);
  }
  // The torsion C1-C2-C3-C4 by its 1-4 distance: 0.39 nm trans, 0.30 nm gauche; atoms 0, 4, 7, 10 are the first carbons.
  let gauche = 0;
  for (let m = 0; m < 60; m++) {
    const r = distance(positions, 20 * m, 20 * m + 10);
    assert.ok(r > 0.25 && r < 0.4, `${r}`);
    if (r < 0.35) gauche++;
  }
  // With weights 1 : 0.43 : 0.43 it would be 46 % of free molecules.
  assert.ok(gauche > 10 && gauche < 45, `${gauche} of 60 gauche`);
});

test('C24 at 0.7 g/cm3, whose stretched form is longer than the box, is packed; rigid it does not fit', async () => {
  const { structure, positions, box } = await pack('tetracosane', 12, 0.7);
  assert.ok((box.vectors?.[0] ?? 0) < 2.2);
  assert.ok(apart(positions, structure, box) >= 0.2);
  try {
    await pack('tetracosane', 12, 0.7, { flexible: false });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /the box is .* wide, but molecules\/tetracosane\.pdb needs/);
  }
});

test('the same seed packs the same box', async () => {
  const [a, b] = [await pack('hexane', 8, 0.5), await pack('hexane', 8, 0.5)];
  assert.equal(a.positions, b.positions);
});

test.run();
