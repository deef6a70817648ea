import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { acos, asin, atan2, cos, erf, erfc, exp, log, pow, sin, sincos, tan } from '../../../engine/math/functions.ts';
import { fixture, readJson } from '../../support/fixtures.ts';

/** Rows: argument(s), then the true value as a double and the remainder that the double leaves out (mpmath, 60 digits). */
const reference = readJson<Record<string, number[][]>>(fixture('math', 'reference.json'));

const functions: Record<string, (...x: number[]) => number> = { exp, log, sin, cos, tan, atan2, acos, asin, erf, erfc };

/** Distance between neighbouring doubles at the magnitude of `value`. */
function ulp(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < 2.2250738585072014e-308) return 5e-324;
  return 2 ** (Math.floor(Math.log2(magnitude)) - 52);
}

function worst(name: string, error: (value: number, high: number, low: number) => number): number {
  const f = functions[name];
  let largest = 0;
  for (const row of reference[name]) {
    const [high, low] = row.slice(-2);
    const value = f(...row.slice(0, -2));
    const e = error(value, high, low);
    assert.ok(Number.isFinite(e), `${name}(${row.slice(0, -2).join(', ')}) is ${value}, not ${high}`);
    largest = Math.max(largest, e);
  }
  return largest;
}

/** The bounds that the docstrings promise, in ulp. */
const bounds = { exp: 1, log: 1, sin: 1, cos: 1, tan: 3, atan2: 2, acos: 2, asin: 3, erf: 2 };

for (const [name, bound] of Object.entries(bounds)) {
  test(`${name} is within ${bound} ulp of the value to 60 digits`, () => {
    const largest = worst(name, (value, high, low) => Math.abs(value - high - low) / ulp(high));
    if (process.env.MD_VERBOSE) console.log(name, largest.toFixed(3), 'ulp');
    assert.ok(largest < bound, `${largest} ulp`);
  });
}

test('erfc has a relative error below 1e-15 down to 1e-295', () => {
  const largest = worst('erfc', (value, high, low) => Math.abs(value - high - low) / Math.abs(high));
  if (process.env.MD_VERBOSE) console.log('erfc', largest);
  assert.ok(largest < 1e-15, String(largest));
});

test('special arguments give the special values of IEEE 754', () => {
  assert.is(exp(Number.NEGATIVE_INFINITY), 0);
  assert.is(exp(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  assert.is(exp(0), 1);
  assert.is(exp(-745.13), 5e-324);
  // mpmath: 3.307553003638408e-308, one of the smallest normal numbers
  assert.ok(Math.abs(exp(-708) - 3.307553003638408e-308) <= 5e-324);
  assert.is(log(0), Number.NEGATIVE_INFINITY);
  assert.is(log(1), 0);
  assert.is(log(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  assert.is(acos(1), 0);
  assert.is(erfc(40), 0);
  assert.is(erfc(-40), 2);
  for (const value of [exp(NaN), log(-1), log(NaN), sin(Infinity), cos(NaN), atan2(NaN, 1), acos(1.1), erfc(NaN), erf(NaN)])
    assert.ok(Number.isNaN(value));
  for (const [y, x] of [
    [0, 1],
    [-0, 1],
    [0, -1],
    [-0, -1],
    [0, 0],
    [0, -0],
    [Infinity, -Infinity],
    [1, Infinity],
    [-1, -0],
  ])
    assert.ok(Object.is(atan2(y, x), Math.atan2(y, x)), `atan2(${y}, ${x}) is ${atan2(y, x)}`);
});

test('sincos gives the bits of sin and cos', () => {
  const out = new Float64Array(2);
  for (const [x] of reference.sin) {
    sincos(x, out);
    assert.ok(Object.is(out[0], sin(x)) && Object.is(out[1], cos(x)));
  }
});

test('pow multiplies out integer and half-integer powers', () => {
  assert.is(pow(-2, 3), -8);
  assert.is(pow(2, -12), 2 ** -12);
  assert.is(pow(0, 0), 1);
  assert.is(pow(9, 1.5), 27);
  assert.is(pow(4, -0.5), 0.5);
  assert.is(pow(0, 0.3), 0);
  assert.ok(Number.isNaN(pow(-1, 0.3)));
  // sqrt(2)^(1/3) to 20 digits: 1.1224620483093729814
  assert.ok(Math.abs(pow(2, 1 / 6) - 1.122462048309373) < 3e-16);
});

test('every function gives the bits stored with the source', () => {
  // A change of these numbers changes every trajectory: it has to be meant.
  let sum = 0;
  for (let i = 1; i <= 1000; i++) sum += exp(-i / 50) + log(i) + sin(i) + atan2(i, 500 - i) + erfc(i / 200);
  assert.is(sum, 7400.452502970786);
});

test.run();
