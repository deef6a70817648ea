/** The overlap matrix of windows whose distributions are known, and the sets that are found in it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { solveMixture } from '../../../../plugins/biasing/estimators/mixture.ts';
import { leastOverlap, overlapOf, overlapRemarks } from '../../../../plugins/biasing/estimators/overlap.ts';

/** Windows k/2 (x - c)^2 on flat ground, kT = 1, as exact counts on a fine grid: normal distributions of width 1/sqrt(k). */
function windows(centres: readonly number[], k: number, sizes: readonly number[] = centres.map(() => 1000)) {
  const spacing = 0.1;
  const x = Float64Array.from({ length: 300 }, (_, n) => -15 + n * spacing);
  const u = centres.map((c) => x.map((value) => 0.5 * k * (value - c) ** 2));
  const counts = x.map((_, n) =>
    u.reduce((sum, own, w) => sum + sizes[w] * spacing * Math.sqrt(k / (2 * Math.PI)) * Math.exp(-own[n]), 0),
  );
  return overlapOf(u, counts, sizes, solveMixture(u, counts, sizes));
}

test('two windows: the matrix is the integral of one density times the share of the other', () => {
  const { matrix, weakest, sets } = windows([-1, 1], 1);
  // O_12 = integral of p1 p2/(p1 + p2) over x for equal numbers of rows
  const p = (x: number, c: number) => Math.exp(-0.5 * (x - c) ** 2) / Math.sqrt(2 * Math.PI);
  let exact = 0;
  for (let x = -12; x < 12; x += 0.01) exact += (0.01 * p(x, -1) * p(x, 1)) / (p(x, -1) + p(x, 1));
  assert.ok(Math.abs(matrix[0][1] - exact) < 1e-6 && Math.abs(matrix[1][0] - exact) < 1e-6, `${matrix[0][1]} ${exact}`);
  assert.ok(Math.abs(matrix[0][0] + matrix[0][1] - 1) < 1e-9);
  assert.ok(Math.abs((weakest ?? 0) - exact) < 1e-6);
  assert.equal(sets, [[0, 1]]);
});

test('a row of the matrix sums to 1 with other numbers of rows too, and a short window inside a long one overlaps with it', () => {
  const { matrix, sets } = windows([0, 0.3], 1, [10000, 100]);
  for (const row of matrix) assert.ok(Math.abs(row[0] + row[1] - 1) < 1e-9);
  assert.ok(matrix[0][1] < 0.01);
  assert.equal(sets, [[0, 1]]);
});

test('many close windows are one set though every element is small, and so is a long chain of neighbours', () => {
  const close = windows(
    Array.from({ length: 60 }, (_, k) => 0.02 * k),
    1,
  );
  assert.ok(Math.max(...close.matrix.flat()) < leastOverlap);
  assert.is(close.sets.length, 1);
  const chain = windows(
    Array.from({ length: 12 }, (_, k) => -11 + 2 * k),
    1,
  );
  assert.is(chain.sets.length, 1);
});

test('gaps are found wherever they are in the list, and named', () => {
  const { sets, weakest, matrix } = windows([-10, 3, -8.5, 4, -9, 12, 2.5], 1);
  assert.equal(sets, [[0, 2, 4], [1, 3, 6], [5]]);
  const [remark] = overlapRemarks({ sets, weakest, matrix }, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  assert.match(remark, /fall into 3 sets that do not overlap \(.*e-\d+; .*: a, c, e \| b, d, g \| f; /);
  assert.equal(overlapRemarks(windows([-1, 1], 1), ['a', 'b']), []);
  const alone = windows([0], 1);
  assert.equal([alone.weakest, alone.sets], [null, [[0]]]);
});

test.run();
