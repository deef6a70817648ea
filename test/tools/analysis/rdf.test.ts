import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, minimumImage, openBox, orthorhombic } from '../../../engine/index.ts';
import { countPairs } from '../../../tools/analysis/pair-histogram.ts';
import { allRdfs, centreRdf, firstPeak, largestDistance, siteRdfs } from '../../../tools/analysis/rdf.ts';
import { structureOf, trajectoryOf, uniform } from '../../support/trajectories.ts';

const test = suite('rdf');
const triclinic: Box = { vectors: Float64Array.of(3, 0, 0, 0.9, 2.8, 0, -0.7, 0.6, 2.6) };

function scatter(count: number, box: Box, random: () => number): Float64Array {
  const v = box.vectors as Float64Array;
  const x = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [random() * 5 - 2, random() * 5 - 2, random() * 5 - 2];
    for (let k = 0; k < 3; k++) x[3 * i + k] = a * v[k] + b * v[3 + k] + c * v[6 + k];
  }
  return x;
}

for (const [name, box] of [
  ['an orthorhombic', orthorhombic(2.1, 3.3, 2.6)],
  ['a triclinic', triclinic],
] as const) {
  test(`cells count the same pairs as all minimum images in ${name} box`, () => {
    const random = uniform(3);
    const count = 300;
    const points = scatter(count, box, random);
    const kind = Int32Array.from({ length: count }, () => Math.floor(random() * 3));
    const group = Int32Array.from({ length: count }, (_, i) => Math.floor(i / 2));
    const rmax = largestDistance(box, 5);
    const bins = 25;
    const counts = new Float64Array(6 * bins);
    countPairs(points, box, { kind, kinds: 3, group }, rmax, bins, counts);
    const expected = new Float64Array(6 * bins);
    const rows = [
      [0, 1, 2],
      [1, 3, 4],
      [2, 4, 5],
    ];
    const d = new Float64Array(3);
    for (let i = 0; i < count; i++)
      for (let j = i + 1; j < count; j++) {
        if (group[i] === group[j]) continue;
        for (let k = 0; k < 3; k++) d[k] = points[3 * j + k] - points[3 * i + k];
        minimumImage(box, d);
        const r = Math.hypot(d[0], d[1], d[2]);
        if (r < rmax) expected[rows[kind[i]][kind[j]] * bins + Math.floor((r / rmax) * bins)]++;
      }
    assert.equal(counts, expected);
  });
}

test('an ideal gas has g(r) = 1 within the counting error, however few particles', () => {
  const random = uniform(1);
  const box = orthorhombic(2, 2, 2);
  const frames = Array.from({ length: 400 }, () => scatter(20, box, random));
  const trajectory = trajectoryOf(structureOf({ count: 20, types: ['A'] }), box, frames);
  const [{ g, r }] = siteRdfs(trajectory, { rmax: 1, bins: 10 });
  const pairs = (20 * 19) / 2;
  g.forEach((value, k) => {
    const shell = (4 / 3) * Math.PI * ((k + 1) ** 3 - k ** 3) * 1e-3;
    const expectedCount = (400 * pairs * shell) / 8;
    // four standard errors of a Poisson count
    assert.ok(Math.abs(value - 1) < 4 / Math.sqrt(expectedCount), `g(${r[k]}) = ${value}`);
  });
});

test('pairs within a molecule are left out and g(r) still goes to 1', () => {
  const random = uniform(2);
  const box = orthorhombic(2, 2, 2);
  const frames = Array.from({ length: 300 }, () => {
    const x = new Float64Array(6 * 10);
    for (let m = 0; m < 10; m++)
      for (let k = 0; k < 3; k++) {
        x[6 * m + k] = 2 * random();
        x[6 * m + 3 + k] = x[6 * m + k] + (k === 0 ? 0.15 : 0);
      }
    return x;
  });
  const structure = structureOf({ count: 10, types: ['B', 'A'], bonds: [[0, 1]] });
  const found = allRdfs(trajectoryOf(structure, box, frames), { rmax: 1, bins: 5 });
  assert.equal(
    found.map((one) => one.pair),
    ['A-A', 'A-B', 'B-B', 'centre-centre'],
  );
  for (const { pair, g } of found) assert.ok(Math.abs(g[4] - 1) < 0.06, `${pair}: ${g[4]}`);
});

test('an fcc crystal has 12, 6 and 24 neighbours at a/sqrt(2), a and a sqrt(3/2)', () => {
  const a = 0.5;
  const n = 6;
  const sites = [
    [0, 0, 0],
    [0.5, 0.5, 0],
    [0.5, 0, 0.5],
    [0, 0.5, 0.5],
  ];
  const x: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++) for (const s of sites) x.push((i + s[0]) * a, (j + s[1]) * a, (k + s[2]) * a);
  const count = x.length / 3;
  const box = orthorhombic(n * a, n * a, n * a);
  const bins = 131; // no shell radius lies on an edge of a bin
  const rmax = 0.66;
  const trajectory = trajectoryOf(structureOf({ count, types: ['A'] }), box, [Float64Array.from(x)]);
  const [{ g }] = siteRdfs(trajectory, { rmax, bins });
  const width = rmax / bins;
  const neighbours = new Map<number, number>();
  g.forEach((value, k) => {
    if (value > 0) {
      const shell = (4 / 3) * Math.PI * width ** 3 * ((k + 1) ** 3 - k ** 3);
      neighbours.set(k, (value * shell * (count - 1)) / (n * a) ** 3);
    }
  });
  const shells = [a / Math.SQRT2, a, a * Math.sqrt(1.5)].map((r) => Math.floor(r / width));
  assert.equal([...neighbours.keys()], shells);
  [12, 6, 24].forEach((expected, s) => {
    assert.ok(Math.abs((neighbours.get(shells[s]) as number) - expected) < 1e-9);
  });
});

test('a single frame has no error, several have one for each bin', () => {
  const random = uniform(5);
  const box = orthorhombic(2, 2, 2);
  const structure = structureOf({ count: 20, types: ['A'] });
  const frames = Array.from({ length: 30 }, () => scatter(20, box, random));
  assert.is(centreRdf(trajectoryOf(structure, box, frames.slice(0, 1)), { rmax: 1, bins: 10 })?.error, null);
  assert.is(centreRdf(trajectoryOf(structure, box, frames), { rmax: 1, bins: 10 })?.error?.length, 10);
});

test('open boundaries are refused with a reason', () => {
  assert.throws(() => largestDistance(openBox, 1), /periodic box/);
});

test('the first peak is the first maximum above 1, not the highest', () => {
  const r = Array.from({ length: 200 }, (_, k) => (k + 0.5) * 0.01);
  const g = r.map((x) =>
    x < 0.3 ? 0 : 1 + 1.5 * Math.exp(-(((x - 0.404) / 0.04) ** 2)) + 2 * Math.exp(-(((x - 0.8) / 0.04) ** 2)),
  );
  const peak = firstPeak(r, g);
  assert.ok(Math.abs(peak.r - 0.404) < 1e-3 && Math.abs(peak.height - 2.5) < 5e-3, JSON.stringify(peak));
  // One pair of molecules at one time in the smallest shells: a height of 4, and an error as large.
  const noisy = g.map((height, k) => (k === 3 ? 4 : height));
  const error = g.map((_, k) => (k === 3 ? 4 : 0.02));
  assert.equal(firstPeak(r, noisy, error), peak);
});

test.run();
