/** What only large systems of the wasm platform have: columns in strips, coordinates in several frames, columns of hundreds of thousands of particles. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NonbondedForce } from '../../../engine/forces/description.ts';
import { orthorhombic } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { compile, particles, system } from '../../support/systems.ts';

const lennardJones = (cutoff: number): NonbondedForce => ({
  kind: 'nonbonded',
  cutoff,
  pair: { term: 'lennard-jones', parameters: Float64Array.of(1, 1), width: 2, modifier: 'none' },
  coulomb: null,
  exclusions: new Int32Array(0),
});

/** nx x ny x nz particles near the places of a simple cubic lattice, in any order, repeated `times` along z. */
function crowd([nx, ny, nz]: readonly [number, number, number], cutoff: number, times = 1): System {
  const spacing = 1.08;
  const random = seedrandom(`${nx} ${ny} ${nz}`);
  const places: number[][] = [];
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) places.push([i, j, k].map((c) => spacing * (c + 0.25 * random())));
  places.sort(() => random() - 0.5);
  const n = places.length;
  const positions = new Float64Array(3 * n * times);
  for (let t = 0; t < times; t++)
    for (let i = 0; i < n; i++) {
      const [x, y, z] = places[i];
      positions.set([x, y, z + t * nz * spacing], 3 * (t * n + i));
    }
  const box = orthorhombic(nx * spacing, ny * spacing, nz * spacing * times);
  return system(particles(n * times), positions, box, [lennardJones(cutoff)]);
}

/** Root mean square difference of two arrays, of which the second may be shorter and is then repeated, as a part of the second's. */
function deviation(a: Float64Array, b: Float64Array): number {
  let [difference, size] = [0, 0];
  for (let k = 0; k < a.length; k++) {
    difference += (a[k] - b[k % b.length]) ** 2;
    size += b[k % b.length] ** 2;
  }
  return Math.sqrt(difference / size);
}

test('forces in a wide box, whose columns lie in two strips and its coordinates in four frames, are those of the reference', async () => {
  const wide = crowd([70, 7, 70], 2.5);
  const reference = await compile('reference', wide);
  const expected = reference.forces;
  for (const [platform, tolerance] of [
    ['wasm', 2e-5],
    ['wasm double', 1e-11],
  ] as const) {
    const context = await compile(platform, wide);
    const off = deviation(context.forces, expected);
    assert.ok(off < tolerance, `${platform}: forces are off by ${off}`);
    const [mine, its] = [context.observe().potential, reference.observe().potential];
    assert.ok(Math.abs(mine / its - 1) < tolerance, `${platform}: energy ${mine}, not ${its}`);
  }
});

test('neighbours in columns of more than 65 536 clusters are found', async () => {
  // Two columns side by side: a cluster's neighbours in the other one are a whole column behind those in its own.
  const cell = crowd([3, 2, 12], 1.07);
  const times = Math.ceil((2 * 4 * 66_000) / cell.structure.mass.length);
  const expected = await compile('reference', cell);
  const long = await compile('wasm', crowd([3, 2, 12], 1.07, times));
  const off = deviation(long.forces, expected.forces);
  assert.ok(off < 2e-5, `forces are off by ${off}`);
  const [mine, its] = [long.observe().potential, times * expected.observe().potential];
  assert.ok(Math.abs(mine / its - 1) < 2e-5, `energy ${mine}, not ${its}`);
});

test.run();
