/** Free energies of regions: bins count by the part of them that is inside, and what was never visited is said in words. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/index.ts';
import { type Estimator, rowsOf } from '../../../plugins/biasing/estimators/estimator.ts';
import { type Profile, regionEnergy } from '../../../plugins/biasing/profile.ts';
import { errorsOfRegions, intervalsOf, regionLines } from '../../../plugins/biasing/regions.ts';
import type { BiasedRun } from '../../../plugins/biasing/runs.ts';

const test = suite('regions');

const x = { name: 'x', dimension: 'dimensionless', period: null } as const;
const phi = { name: 'phi', dimension: 'angle', period: { from: -Math.PI, to: Math.PI } } as const;
const probability = (profile: Profile, region: Record<string, [number, number]>) =>
  Math.exp(regionEnergy(profile, {}) - regionEnergy(profile, region));
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

/** F = 0 on ten bins from 0 to 1. */
const flat: Profile = {
  components: [x],
  axes: [{ start: 0, width: 0.1, count: 10, periodic: false }],
  values: new Float64Array(10),
};

test('of a flat free energy, an interval has its length as probability, wherever its ends lie in bins', () => {
  for (const [from, to] of [
    [0.2, 0.5],
    [0.23, 0.58],
    [0.31, 0.33],
    [-1, 0.05],
  ])
    near(probability(flat, { x: [from, to] }), Math.min(1, to) - Math.max(0, from));
});

test('intervals of periodic variables pass the end of the period, and may be named in any turn', () => {
  const around: Profile = {
    components: [phi],
    axes: [{ start: -Math.PI, width: Math.PI / 8, count: 16, periodic: true }],
    values: new Float64Array(16),
  };
  near(probability(around, { phi: [3, 3.5] }), 0.5 / (2 * Math.PI));
  near(probability(around, { phi: [2.3, 2 * Math.PI] }), (2 * Math.PI - 2.3) / (2 * Math.PI));
  near(probability(around, { phi: [3 - 2 * Math.PI, 3.5 - 2 * Math.PI] }), 0.5 / (2 * Math.PI));
  near(probability(around, { phi: [-4, 4] }), 1);
});

test('an interval that ends where it begins or below is refused, with where it would end past the period', () => {
  const run = {
    components: new Map([x, phi].map((component) => [component.name, component])),
    stage: { name: 'run', units: 'md' },
  } as unknown as BiasedRun;
  near(intervalsOf({ phi: ['170 deg', '190 deg'] }, run, 'F').phi[1], (190 / 180) * Math.PI);
  for (const [ends, pattern] of [
    [{ phi: [3, -3] as const }, /^F\.phi: is from 3 to -3; .* past the end of the period, at 3\.283/],
    [{ x: [1, 1] as const }, /^F\.x: is from 1 to 1; it must end above where it begins$/],
  ] as const)
    assert.throws(
      () => intervalsOf(ends, run, 'F'),
      (error: Error) => error instanceof InputError && pattern.test(error.message),
    );
});

test('in two dimensions the part of a bin is that of its area, and bins that nothing is known of count as empty', () => {
  const plane: Profile = {
    components: [x, { ...x, name: 'y' }],
    axes: [
      { start: 0, width: 1, count: 2, periodic: false },
      { start: 0, width: 1, count: 2, periodic: false },
    ],
    values: Float64Array.of(0, 0, 0, Number.NaN),
  };
  near(probability(plane, { x: [0.5, 2], y: [0.5, 2] }), (0.25 + 0.5 + 0.5) / 3);
  assert.is(regionEnergy(plane, { x: [1, 2], y: [1, 2] }), Number.POSITIVE_INFINITY);
});

test('a region without a value is called not visited; an error that blocks do not give is called unknown', () => {
  const known = { freeEnergy: 0, error: 0 };
  const lines = regionLines(
    {
      left: known,
      right: { freeEnergy: 5.2, error: 0.3 },
      far: { freeEnergy: Number.POSITIVE_INFINITY, error: Number.NaN },
      rare: { freeEnergy: 7.5, error: Number.NaN },
    },
    [
      { left: 0, right: 5, far: Number.POSITIVE_INFINITY, rare: 7 },
      { left: 0, right: 5.4, far: Number.POSITIVE_INFINITY, rare: Number.POSITIVE_INFINITY },
    ],
    'kJ/mol',
  );
  assert.equal(lines, [
    'right: 5.200 +- 0.30 kJ/mol above left',
    'far: not visited',
    'rare: 7.500 kJ/mol above left, error unknown: not visited in 1 of 2 blocks',
  ]);
  assert.equal(regionLines({ left: { freeEnergy: Number.NaN, error: Number.NaN }, right: known }, [], 'kT'), [
    'left: not visited, so that the others cannot be compared with it',
  ]);
});

test('where a block was never in a region, its error is that of leaving blocks out one at a time', () => {
  const estimator = { independent: true } as Estimator;
  const never = Number.POSITIVE_INFINITY;
  const parts = [
    { left: 0, right: 2, rare: 5 },
    { left: 0, right: 4, rare: never },
    { left: 0, right: 3, rare: 7 },
  ];
  const asked: (boolean | undefined)[] = [];
  // Of means over two of three blocks the jackknife gives the error of the mean of all: here of 4, 5 and 9.
  const without = [7, 6.5, 4.5];
  const errors = errorsOfRegions(estimator, 3, parts, ({ from, except }) => {
    asked.push(except);
    return { left: 0, right: Number.NaN, rare: without[Math.round(3 * from)] };
  });
  assert.equal(asked, [true, true, true]);
  near(errors.left, 0);
  near(errors.right, 1 / Math.sqrt(3));
  near(errors.rare, Math.sqrt(7 / 3));
});

test('rows of a part, and all but those, are the rows that are not discarded', () => {
  const run = { first: 5, rows: 10 } as BiasedRun;
  assert.equal([...rowsOf(run, { from: 0.2, to: 0.5 })], [7, 8, 9]);
  assert.equal([...rowsOf(run, { from: 0.2, to: 0.5, except: true })], [5, 6, 10, 11, 12, 13, 14]);
});

test.run();
