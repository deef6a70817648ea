import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, orthorhombic } from '../../../engine/index.ts';
import { coordinateRanges, distributions, jensenShannon, overlap } from '../../../tools/analysis/distributions.ts';
import { coordinatesByType, coordinateValue } from '../../../tools/analysis/internal-coordinates.ts';
import { normal, structureOf, trajectoryOf, uniform } from '../../support/trajectories.ts';

const test = suite('distributions');

function gaussian(x: number, mean: number, sd: number): number {
  return Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));
}

test('two Gaussians d apart overlap by erfc(d / (2 sqrt(2) sd))', () => {
  const x = Array.from({ length: 4000 }, (_, k) => -10 + (k + 0.5) * 0.005);
  const p = x.map((v) => gaussian(v, 0, 1));
  const q = x.map((v) => gaussian(v, 1, 1));
  // erfc(0.35355339) = 0.61707508
  assert.ok(Math.abs(overlap(p, q, 0.005) - 0.61707508) < 1e-5);
  assert.ok(Math.abs(overlap(p, p, 0.005) - 1) < 1e-9);
});

test('the Jensen-Shannon divergence is 0 for equal and ln 2 for disjoint distributions', () => {
  const p = [0.5, 0.5, 0, 0];
  const q = [0, 0, 0.5, 0.5];
  assert.is(jensenShannon(p, p, 1), 0);
  assert.ok(Math.abs(jensenShannon(p, q, 1) - Math.LN2) < 1e-15);
  assert.is(jensenShannon(p, q, 1), jensenShannon(q, p, 1));
});

test('bonds, angles and dihedrals of butane are named by type, whichever end is first', () => {
  const structure = structureOf({
    count: 2,
    types: ['CH3', 'CH2', 'CH2', 'CH3'],
    bonds: [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  });
  const names = (kind: 'bonds' | 'angles' | 'dihedrals') =>
    Object.fromEntries([...coordinatesByType(structure, kind)].map(([name, list]) => [name, list.length]));
  assert.equal(names('bonds'), { 'CH2-CH2': 4, 'CH2-CH3': 8 });
  assert.equal(names('angles'), { 'CH2-CH2-CH3': 12 });
  assert.equal(names('dihedrals'), { 'CH3-CH2-CH2-CH3': 8 });
});

test('values: a length across the box, a right angle, cis 0, trans pi and the IUPAC sign', () => {
  const box = orthorhombic(2, 2, 2);
  assert.ok(Math.abs(coordinateValue('bonds', Float64Array.of(0.1, 0, 0, 1.9, 0, 0), box, Int32Array.of(0, 1), 0) - 0.2) < 1e-12);
  const corner = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 3, 0);
  assert.is(coordinateValue('angles', corner, openBox, Int32Array.of(0, 1, 2), 0), Math.PI / 2);
  const torsion = (phi: number) =>
    coordinateValue(
      'dihedrals',
      Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, Math.cos(phi), Math.sin(phi), 1),
      openBox,
      Int32Array.of(0, 1, 2, 3),
      0,
    );
  // looking from particle 1 to 2, along +z, a turn from x to y is clockwise: positive
  for (const phi of [0, 1, -2, 3]) assert.ok(Math.abs(torsion(phi) - phi) < 1e-12, `${phi}: ${torsion(phi)}`);
  assert.ok(Math.abs(Math.abs(torsion(Math.PI)) - Math.PI) < 1e-12);
});

test('bond lengths drawn from a Gaussian give that density, normalised, with an error that covers the difference', () => {
  const gauss = normal(uniform(6));
  const count = 200;
  const frames = Array.from({ length: 100 }, () => {
    const x = new Float64Array(6 * count);
    for (let m = 0; m < count; m++) x[6 * m + 3] = 0.2 + 0.005 * gauss();
    return x;
  });
  const trajectory = trajectoryOf(structureOf({ count, types: ['S', 'S'], bonds: [[0, 1]] }), openBox, frames);
  const ranges = coordinateRanges(trajectory, 'bonds');
  const [found] = distributions(trajectory, 'bonds', ranges, 40);
  const width = found.x[1] - found.x[0];
  assert.ok(Math.abs(found.density.reduce((a, b) => a + b, 0) * width - 1) < 1e-3);
  assert.ok(Math.abs(found.mean - 0.2) < 4 * (found.meanError as number));
  const worst = Array.from(found.x, (x, k) => Math.abs(found.density[k] - gaussian(x, 0.2, 0.005)));
  // 20000 values: the peak bin holds about 1400, so 3% is a standard error; five of them
  assert.ok(Math.max(...worst) < 0.15 * gaussian(0.2, 0.2, 0.005), `${Math.max(...worst)}`);
});

test('one broken bond neither stretches the axis nor disappears from the norm', () => {
  const gauss = normal(uniform(7));
  const count = 1000;
  const x = new Float64Array(6 * count);
  for (let m = 0; m < count; m++) x[6 * m + 3] = m === 0 ? 5 : 0.2 + 0.001 * gauss();
  const trajectory = trajectoryOf(structureOf({ count, types: ['S', 'S'], bonds: [[0, 1]] }), openBox, [x]);
  const range = coordinateRanges(trajectory, 'bonds').get('S-S');
  assert.ok(range && range.to < 2);
  const [{ density, x: at }] = distributions(trajectory, 'bonds', new Map([['S-S', range]]), 50);
  assert.ok(Math.abs(density.reduce((a, b) => a + b, 0) * (at[1] - at[0]) - 0.999) < 1e-9);
});

test.run();
