/** What fitted tables are where there were no data. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { closeUnseen } from '../../../plugins/potentials/spline/core.ts';

const n = 24;
const spacing = (2 * Math.PI) / n;
const angle = (k: number) => -Math.PI + k * spacing;
const table = {
  start: -Math.PI,
  spacing,
  values: Float64Array.from({ length: n + 1 }, (_, k) => 3 * Math.cos(angle(k)) + Math.sin(2 * angle(k))),
  derivatives: Float64Array.from({ length: n + 1 }, (_, k) => -3 * Math.sin(angle(k)) + 2 * Math.cos(2 * angle(k))),
};

test('a turn that was seen all around stays as it was fitted', () => {
  const closed = closeUnseen(table, new Array<number>(n).fill(100), 2.5);
  for (let k = 0; k <= n; k++) {
    assert.ok(Math.abs(closed.values[k] - table.values[k]) < 1e-12);
    assert.ok(Math.abs(closed.derivatives[k] - table.derivatives[k]) < 1e-12);
  }
});

for (const [name, first, length] of [
  ['in the middle', 8, 6],
  ['across the end of the table', 21, 7],
] as const)
  test(`what was not seen gets a barrier of 20 kT, ${name}, and its ends keep values and slopes`, () => {
    const counts = new Array<number>(n).fill(100);
    for (let k = first; k < first + length; k++) counts[k % n] = k % 3; // a few samples are none
    const closed = closeUnseen(table, counts, 2.5);
    for (let k = first + length; k <= first + n; k++) {
      assert.ok(Math.abs(closed.values[k % n] - table.values[k % n]) < 1e-12);
      assert.ok(Math.abs(closed.derivatives[k % n] - table.derivatives[k % n]) < 1e-12);
    }
    assert.is(closed.values[0], closed.values[n]);
    const inside = Array.from({ length: length - 1 }, (_, k) => closed.values[(first + 1 + k) % n]);
    const ends = Math.max(closed.values[first], closed.values[(first + length) % n]);
    assert.ok(Math.max(...inside) > ends + 0.7 * 20 * 2.5, `${inside}`);
    // derivatives are those of the values: their integral over an interval (Simpson's and Hermite's agree to the fourth order) is the difference
    for (let k = first; k < first + length; k++) {
      const [a, b] = [k % n, (k + 1) % n];
      const integral = 0.5 * spacing * (closed.derivatives[a] + closed.derivatives[b]);
      assert.ok(Math.abs(closed.values[b] - closed.values[a] - integral) < 0.1 * 20 * 2.5);
    }
  });

test.run();
