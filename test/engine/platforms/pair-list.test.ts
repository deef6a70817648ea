/** Pair lists against brute force: random particles in upright, sheared, tiny and open boxes, before and after they have moved. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NonbondedForce } from '../../../engine/forces/description.ts';
import { BufferedPairList } from '../../../engine/platforms/reference/pair-list.ts';
import { type Box, openBox, smallestWidth } from '../../../engine/system/box.ts';
import { compile, particles, platforms, system } from '../../support/systems.ts';

type Random = () => number;

/** Edges of one to six cut-offs and shears of up to a whole vector, also such that GROMACS would not take as reduced. */
function randomBox(random: Random): Box {
  const edge = () => 2 + 10 * random() ** 2;
  const [x, y, z] = [edge(), edge(), edge()];
  const sheared = random() < 0.7 ? 2 : 0;
  const shear = (length: number) => sheared * (random() - 0.5) * length;
  return { vectors: Float64Array.of(x, 0, 0, shear(x), y, 0, shear(x), shear(y), z) };
}

/** Positions within two cells of the first one in every direction. */
function randomPositions(n: number, box: Box, random: Random): Float64Array {
  const v = box.vectors ?? Float64Array.of(6, 0, 0, 0, 9, 0, 0, 0, 3);
  const x = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const s = [0, 0, 0].map(() => 5 * random() - 2);
    for (let a = 0; a < 3; a++) x[3 * i + a] = s[0] * v[a] + s[1] * v[3 + a] + s[2] * v[6 + a];
  }
  return x;
}

/** The smallest distance of two particles over all images: fractional differences reduced to a cell, then five images each way. */
function distance(x: Float64Array, i: number, j: number, box: Box): number {
  const [dx, dy, dz] = [0, 1, 2].map((a) => x[3 * i + a] - x[3 * j + a]);
  const v = box.vectors;
  if (!v) return Math.hypot(dx, dy, dz);
  const sz = dz / v[8];
  const sy = (dy - sz * v[7]) / v[4];
  const sx = (dx - sy * v[3] - sz * v[6]) / v[0];
  const [fx, fy, fz] = [sx, sy, sz].map((s) => s - Math.round(s));
  let best = Number.POSITIVE_INFINITY;
  for (let a = -5; a <= 5; a++)
    for (let b = -5; b <= 5; b++)
      for (let c = -5; c <= 5; c++) {
        const [p, q, r] = [fx + a, fy + b, fz + c];
        best = Math.min(best, (p * v[0] + q * v[3] + r * v[6]) ** 2 + (q * v[4] + r * v[7]) ** 2 + (r * v[8]) ** 2);
      }
  return Math.sqrt(best);
}

/** E = 1 - r/rc for every pair: counts pairs, and weighs them by how deep they are. */
const ramp = (cutoff: number): NonbondedForce => ({
  kind: 'nonbonded',
  cutoff,
  pair: {
    term: 'expression-pair',
    parameters: Float64Array.of(cutoff),
    width: 1,
    modifier: 'none',
    expression: { energy: '1 - r/c', names: ['c'] },
  },
  coulomb: null,
  exclusions: new Int32Array(0),
});

const key = (i: number, j: number) => `${Math.min(i, j)}-${Math.max(i, j)}`;

function listed(list: BufferedPairList): string[] {
  const keys: string[] = [];
  for (let i = 0; i + 1 < list.start.length; i++)
    for (let k = list.start[i]; k < list.start[i + 1]; k++) keys.push(key(i, list.neighbours[k]));
  return keys;
}

test('a pair list holds every pair within the cut-off once, and no excluded one, wherever it is built', () => {
  const random = seedrandom('lists');
  for (let round = 0; round < 30; round++) {
    const box = round % 6 === 5 ? openBox : randomBox(random);
    const n = round % 3 === 0 ? 20 : 130;
    const x = randomPositions(n, box, random);
    const widest = box.vectors ? 0.5 * smallestWidth(box) : 3;
    const cutoff = widest * (0.2 + 0.6 * random());
    const exclusions = Int32Array.from({ length: 2 * 10 }, () => Math.floor(n * random())).map((v, k, all) =>
      k % 2 && v === all[k - 1] ? (v + 1) % n : v,
    );
    const excluded = new Set(Array.from({ length: 10 }, (_, k) => key(exclusions[2 * k], exclusions[2 * k + 1])));
    const list = new BufferedPairList(n, cutoff, 0.14 * cutoff, exclusions);
    list.update(x, box);
    const found = listed(list);
    const unique = new Set(found);
    assert.is(unique.size, found.length, `round ${round}: a pair is listed twice`);
    for (const pair of excluded) assert.not(unique.has(pair), `round ${round}: excluded pair ${pair} is listed`);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        if (!excluded.has(key(i, j)) && distance(x, i, j, box) <= cutoff)
          assert.ok(
            unique.has(key(i, j)),
            `round ${round}: pair ${key(i, j)} at ${distance(x, i, j, box)} is missing; box ${box.vectors}, cut-off ${cutoff}`,
          );
      }
  }
});

for (const platform of platforms) {
  test(`${platform}: a pair that drifts within the largest cut-off of a sheared box is met, though the list is old`, async () => {
    // Hexagonal cell: from 0.47 along y, beyond half the width of 0.433, the image found coordinate by coordinate is 0.64 away.
    const box: Box = { vectors: Float64Array.of(1, 0, 0, 0.5, Math.sqrt(0.75), 0, 0, 0, 1) };
    const cutoff = 0.43;
    const context = await compile(platform, system(particles(2), Float64Array.of(0, 0, 0, 0, 0.47, 0), box, [ramp(cutoff)]));
    assert.is(context.observe().potential, 0);
    const drift = 0.024;
    context.positions[1] += drift;
    context.positions[4] -= drift;
    context.minimise({ tolerance: Number.POSITIVE_INFINITY, maxSteps: 1 });
    assert.ok(Math.abs(context.observe().potential - (1 - 0.422 / cutoff)) < 1e-12, `energy ${context.observe().potential}`);
  });

  test(`${platform}: energies count every pair within the cut-off, up to the largest cut-off, as particles move under an old list`, async () => {
    const random = seedrandom('moves');
    for (let round = 0; round < 20; round++) {
      const box = randomBox(random);
      const n = 60;
      const cutoff = 0.5 * smallestWidth(box) * (round % 2 ? 1 - 1e-9 : 0.8);
      const x = randomPositions(n, box, random);
      const context = await compile(platform, system(particles(n), x, box, [ramp(cutoff)]));
      for (let move = 0; move < 6; move++) {
        let expected = 0;
        for (let i = 0; i < n; i++)
          for (let j = 0; j < i; j++) expected += Math.max(0, 1 - distance(context.positions, i, j, box) / cutoff);
        const found = context.observe().potential;
        assert.ok(
          Math.abs(found - expected) < 1e-9 * n,
          `round ${round}, move ${move}: ${found}, brute force ${expected}; box ${box.vectors}, cut-off ${cutoff}`,
        );
        // Little enough that lists are kept for a while; a minimisation that asks for nothing only renews the forces.
        for (let k = 0; k < 3 * n; k++) context.positions[k] += 0.06 * cutoff * (random() - 0.5);
        context.minimise({ tolerance: Number.POSITIVE_INFINITY, maxSteps: 1 });
      }
    }
  });
}

test.run();
