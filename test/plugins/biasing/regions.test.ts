/** Free energies of regions: bins count by the part of them that is inside, and what was never visited is said in words. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { regionLines } from '../../../plugins/biasing/free-energy.ts';
import { type Profile, regionEnergy } from '../../../plugins/biasing/profile.ts';

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

test.run();
