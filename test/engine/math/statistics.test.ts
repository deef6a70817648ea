import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blockAverage, linearFit } from '../../../engine/math/statistics.ts';

const test = suite('statistics');

/** A Gaussian first-order autoregressive series x' = a x + noise of unit variance, plus `mean`. */
function correlated(n: number, a: number, mean: number, seed: string): Float64Array {
  const random = seedrandom(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const series = new Float64Array(n);
  let x = gauss();
  for (let i = 0; i < n; i++) {
    series[i] = mean + x;
    x = a * x + Math.sqrt(1 - a * a) * gauss();
  }
  return series;
}

test('of independent values the error is the naive one', () => {
  const { mean, error, standardDeviation, statisticalInefficiency, converged } = blockAverage(
    correlated(1 << 14, 0, 5, 'independent'),
  );
  assert.ok(converged);
  // sd/sqrt(n) = 1/128; the estimate scatters by a few per cent.
  assert.ok(Math.abs(error - 1 / 128) < 0.1 / 128, `${error}`);
  assert.ok(Math.abs(mean - 5) < 4 / 128);
  assert.ok(Math.abs(standardDeviation - 1) < 0.03);
  assert.ok(Math.abs(statisticalInefficiency - 1) < 0.2);
});

test('of correlated values it is the true one', () => {
  // For this series the variance of the mean is (1 + a)/(1 - a)/n: 19 times the naive one for a = 0.9.
  const n = 1 << 16;
  const expected = Math.sqrt(19 / n);
  const { error, errorOfError, statisticalInefficiency, converged } = blockAverage(correlated(n, 0.9, 0, 'correlated'));
  assert.ok(converged);
  assert.ok(Math.abs(error - expected) < 3 * errorOfError + 0.1 * expected, `${error} +- ${errorOfError}, expected ${expected}`);
  assert.ok(Math.abs(statisticalInefficiency - 19) < 6, `${statisticalInefficiency}`);
});

test('the error is honest: means of many series scatter by it', () => {
  let squares = 0;
  const series = 300;
  for (let s = 0; s < series; s++) {
    const { mean, error } = blockAverage(correlated(4000, 0.8, 0, `series ${s}`));
    squares += (mean / error) ** 2;
  }
  // The mean of 300 squares of unit Gaussians is 1 +- 0.08; blocks underestimate by a few per cent.
  const ratio = squares / series;
  assert.ok(ratio > 0.8 && ratio < 1.4, `${ratio}`);
});

test('a series shorter than its correlation is called so', () => {
  assert.not(blockAverage(Float64Array.from({ length: 64 }, (_, i) => i)).converged);
});

test('one value has no error, equal values have none either', () => {
  assert.ok(Number.isNaN(blockAverage([3]).error));
  const { mean, error, converged } = blockAverage(new Float64Array(100).fill(0.1));
  assert.is(mean, 0.1);
  assert.is(error, 0);
  assert.ok(converged);
});

test('a line through points on a line is that line', () => {
  const x = Float64Array.from({ length: 50 }, (_, i) => 1e6 + i);
  const { slope, intercept } = linearFit(
    x,
    x.map((value) => 3 - 0.25 * value),
  );
  assert.ok(Math.abs(slope + 0.25) < 1e-12);
  assert.ok(Math.abs(intercept - 3) < 1e-5);
  assert.ok(Number.isNaN(linearFit([1, 1], [2, 3]).slope));
});

test.run();
