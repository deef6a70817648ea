import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NormalEquations, solve } from '../../../plugins/potentials/spline/normal-equations.ts';
import { generator } from './synthetic.ts';

const { normal } = generator(11);
const columns = 7;
const rows = 300;
const truth = Float64Array.from({ length: columns }, () => normal());
const design = Float64Array.from({ length: rows * columns }, () => normal());
const data = Float64Array.from({ length: rows }, (_, r) => {
  let sum = 0.1 * normal();
  for (let k = 0; k < columns; k++) sum += design[r * columns + k] * truth[k];
  return sum;
});

function equations(first: number, last: number, ranges = [0, columns]): NormalEquations {
  const block = new NormalEquations(columns);
  for (let row = first; row < last; row += 3) block.addSite(design, row, data, ranges);
  return block;
}

test('blocks added up are the equations of all rows', () => {
  const whole = equations(0, rows);
  const parts = NormalEquations.sum(columns, [equations(0, 90), equations(90, 201), equations(201, 300)]);
  assert.is(parts.rows, rows);
  const [a, b] = [whole, parts].map((e) => solve(e, new Float64Array(columns * columns)));
  for (let k = 0; k < columns; k++) assert.ok(Math.abs(a[k] - b[k]) < 1e-12);
});

test('the solution makes the residual orthogonal to every column, and the error is that of the residual', () => {
  const whole = equations(0, rows);
  const c = solve(whole, new Float64Array(columns * columns));
  const residual = data.map((y, r) => y - design.subarray(r * columns, (r + 1) * columns).reduce((s, g, k) => s + g * c[k], 0));
  for (let k = 0; k < columns; k++) {
    let product = 0;
    for (let r = 0; r < rows; r++) product += design[r * columns + k] * residual[r];
    assert.ok(Math.abs(product) < 1e-10, `${product}`);
  }
  const expected = residual.reduce((s, e) => s + e * e, 0) / rows;
  assert.ok(Math.abs(whole.error(c) - expected) < 1e-12);
  assert.ok(Math.abs(expected - 0.01) < 0.003); // noise 0.1, 300 rows: standard error 0.0008
});

test('a penalty pulls undetermined coefficients to zero instead of failing', () => {
  const block = equations(0, rows, [0, 4]); // columns 4 to 6 never seen
  const ridge = new Float64Array(columns * columns);
  for (let k = 0; k < columns; k++) ridge[k * columns + k] = 1e-9;
  const c = solve(block, ridge);
  assert.ok(c.subarray(4).every((x) => x === 0));
  assert.throws(() => solve(block, new Float64Array(columns * columns)), /not positive definite/);
});

test.run();
