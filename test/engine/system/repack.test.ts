import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { minimumImage, openBox, orthorhombic } from '../../../engine/system/box.ts';
import { repack } from '../../../engine/system/repack.ts';
import { structureOf } from '../../support/trajectories.ts';

const test = suite('repack');

const count = 216;
const structure = structureOf({ count, types: ['A', 'B'], bonds: [[0, 1]] });
const box = orthorhombic(2.6, 2.6, 2.6);
/** Dumbbells of length 0.2 on a cubic lattice, all along x. */
const positions = Float64Array.from(
  Array.from({ length: count }, (_, m) => {
    const [x, y, z] = [m % 6, Math.floor(m / 6) % 6, Math.floor(m / 36)].map((k) => k * (2.6 / 6));
    return [x, y, z, x + 0.2, y, z];
  }).flat(),
);
const assembly = { structure, positions, velocities: new Float64Array(6 * count), box };

test('molecules keep their shape, keep apart, and lose their places, directions and velocities', () => {
  const packed = repack(assembly, 0.25, 3, 'system.repack');
  assert.is(packed.velocities, null);
  const d = new Float64Array(3);
  const distance = (i: number, j: number): number => {
    for (let k = 0; k < 3; k++) d[k] = packed.positions[3 * i + k] - packed.positions[3 * j + k];
    minimumImage(box, d);
    return Math.hypot(...d);
  };
  let alongX = 0;
  for (let m = 0; m < count; m++) {
    assert.ok(Math.abs(distance(2 * m, 2 * m + 1) - 0.2) < 1e-9);
    alongX += (d[0] / 0.2) ** 2 / count;
    for (let i = 0; i < 2 * m; i++) for (const j of [2 * m, 2 * m + 1]) assert.ok(distance(i, j) >= 0.25);
  }
  // cos^2 of random directions has the mean 1/3 and the spread 0.298: four standard errors of 216 molecules
  assert.ok(Math.abs(alongX - 1 / 3) < 4 * (0.298 / Math.sqrt(count)), `${alongX}`);
});

test('the same seed gives the same start, another seed another one', () => {
  const of = (seed: number) => repack(assembly, 0.25, seed, 'system.repack').positions;
  assert.equal(of(3), of(3));
  assert.not.equal(of(3), of(4));
});

test('open boundaries and molecules that cannot be kept so far apart are refused', () => {
  assert.throws(() => repack({ ...assembly, box: openBox }, 0.25, 3, 'system.repack'), /system\.repack: .*periodic box/);
  assert.throws(() => repack(assembly, 0.6, 3, 'system.repack'), /system\.repack: .*cannot be packed: \d+ pairs of atoms/);
});

test.run();
