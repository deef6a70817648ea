/** Normal deviates from words: the error of their distribution over all words, its moments and tails, and the same bits in the kernels. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { erfc } from '../../../engine/math/functions.ts';
import { Noise } from '../../../engine/random/noise.ts';
import { normalOf } from '../../../engine/random/normal.ts';
import { openBox } from '../../../engine/system/box.ts';
import { compile, nve, particles, platforms, system } from '../../support/systems.ts';

/** P(|X| > x) for a normal X. */
const outside = (x: number) => erfc(x / Math.SQRT2);
/** The probability that a word stands for: that of a larger magnitude. */
const probability = (odd: number) => (2 ** 31 - odd) * 2 ** -31;

test('the distribution function of the deviates is off by less than 1.4e-7, over a million words', () => {
  let worst = 0;
  for (let k = 0; k < 1e6; k++) {
    const odd = 1 + 2146 * k;
    worst = Math.max(worst, Math.abs(outside(normalOf(odd)) - probability(odd)) / 2);
  }
  assert.ok(worst < 1.4e-7, `${worst}`);
});

test('probabilities of the tails are right to 2e-6 of themselves, out to the last word', () => {
  for (let odd = 2 ** 31 - 1; odd > 0.991 * 2 ** 31; odd -= 2 * Math.ceil((2 ** 31 - odd) / 1000)) {
    const ratio = outside(normalOf(odd)) / probability(odd);
    // Half a unit in the last place of a number of single precision at x changes the tail by x^2 3e-8 of itself.
    assert.ok(Math.abs(ratio - 1) < 2e-6, `${normalOf(odd)}: ${ratio}`);
  }
  assert.ok(normalOf(2 ** 31 - 1) > 6.2);
});

test('a word and its negative give opposite numbers; larger words larger ones', () => {
  let before = Number.NEGATIVE_INFINITY;
  for (let word = -(2 ** 31) + 1; word < 2 ** 31; word += 99998) {
    assert.is(normalOf(-word), -normalOf(word));
    assert.is(Math.fround(normalOf(word)), normalOf(word));
    assert.ok(normalOf(word) > before);
    before = normalOf(word);
  }
});

test('moments to the eighth, by the midpoint rule over the words: 1, 3, 15, 105 to 1e-5', () => {
  const points = 2 ** 21;
  const moment = [0, 0, 0, 0];
  for (let k = 0; k < points; k++) {
    // Points crowd towards the tail, where high moments come from: probability (1 - y)^4.
    const y = (k + 0.5) / points;
    const odd = (2 ** 31 * (1 - (1 - y) ** 4)) | 1;
    const weight = (4 * (1 - y) ** 3) / points;
    const square = normalOf(odd) ** 2;
    let power = weight;
    for (let m = 0; m < 4; m++) {
      power *= square;
      moment[m] += power;
    }
  }
  // What lies beyond the largest deviate, 6.23, is 1.3e-5 of the eighth moment.
  [1, 3, 15, 105].forEach((expected, m) => {
    const tolerance = [3e-7, 1e-6, 4e-6, 4e-5][m];
    assert.ok(Math.abs(moment[m] / expected - 1) < tolerance, `moment ${2 * m + 2}: ${moment[m]}`);
  });
});

test('products of powers of neighbouring deviates have the expectations of independent ones', () => {
  const noise = new Noise(3, 'langevin');
  const [a, b] = [new Float64Array(3), new Float64Array(3)];
  const n = 60000;
  for (const [name, step, index] of [
    ['particles', 0, 1],
    ['particles four apart', 0, 4],
    ['steps', 1, 0],
  ] as const) {
    const sums = new Float64Array(3);
    for (let i = 0; i < n; i++) {
      noise.normals(i % 300, 1000 + Math.floor(i / 300), a, 0);
      noise.normals((i % 300) + step, 1000 + Math.floor(i / 300) + index, b, 0);
      for (let d = 0; d < 3; d++) {
        sums[0] += (a[d] ** 2 - 1) * (b[d] ** 2 - 1);
        sums[1] += a[d] * (b[d] ** 2 - 1);
        sums[2] += a[d] * b[(d + 1) % 3];
      }
    }
    // Variances 4, 2 and 1 of each product.
    [4, 2, 1].forEach((variance, k) => {
      assert.ok(Math.abs(sums[k]) < 4 * Math.sqrt(3 * n * variance), `${name}, ${k}: ${sums[k]}`);
    });
  }
});

for (const platform of platforms) {
  for (const n of [1, 2, 3, 4, 7, 70]) {
    test(`${platform}: the velocities of ${n} particles that forget everything in a step are the noise, to the bit`, async () => {
      const settings = { timestep: 1, temperature: 1, friction: 1000 };
      const context = await compile(platform, system(particles(n), new Float64Array(3 * n), openBox, []), {
        ...nve,
        integrator: 'langevin',
        timestep: 1,
        settings,
        removeCenterOfMass: 0,
        seed: 2 ** 33 + 5,
      });
      const noise = new Noise(2 ** 33 + 5, 'langevin');
      const expected = new Float64Array(3 * n);
      for (let step = 0; step < 150; step++) {
        context.advance(1);
        for (let i = 0; i < n; i++) noise.normals(step, i, expected, 3 * i);
        assert.equal(context.velocities, expected);
      }
    });
  }
}

test.run();
