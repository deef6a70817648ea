import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { erfc } from '../../../engine/math/functions.ts';
import { Noise } from '../../../engine/random/noise.ts';
import { threefry4x32, threefryKey } from '../../../engine/random/threefry.ts';

test('ThreeFry-4x32-20 gives the known answers published with SC11', () => {
  // counter, key, result: the kat_vectors of Random123 (zero, all ones, digits of pi).
  const known = [
    [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8],
    ],
    [
      [-1, -1, -1, -1],
      [-1, -1, -1, -1],
      [0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
      [0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84],
    ],
  ];
  const out = new Uint32Array(4);
  for (const [[c0, c1, c2, c3], [k0, k1, k2, k3], expected] of known) {
    threefry4x32(threefryKey(k0, k1, k2, k3), c0, c1, c2, c3, out);
    assert.equal([...out], expected);
  }
});

/** Asymptotic Kolmogorov-Smirnov probability of a deviation at least as large. */
function kolmogorovSmirnov(sorted: Float64Array, cumulative: (x: number) => number): number {
  let d = 0;
  const n = sorted.length;
  for (let i = 0; i < n; i++) {
    const f = cumulative(sorted[i]);
    d = Math.max(d, Math.abs(f - i / n), Math.abs(f - (i + 1) / n));
  }
  const t = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * d;
  let p = 0;
  for (let k = 1; k < 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * t * t);
  return Math.min(1, Math.max(0, p));
}

test('normals follow the normal distribution: moments within 4 standard errors, Kolmogorov-Smirnov p > 0.01', () => {
  const noise = new Noise(7, 'test');
  const particles = 1000;
  const steps = 60;
  const values = new Float64Array(3 * particles * steps);
  for (let step = 0; step < steps; step++)
    for (let i = 0; i < particles; i++) noise.normals(step, i, values, 3 * (step * particles + i));
  const n = values.length;
  const moment = [0, 0, 0, 0, 0];
  for (const x of values) for (let k = 1; k <= 4; k++) moment[k] += x ** k / n;
  // Variances of x, x^2, x^3, x^4 under the normal law: 1, 2, 15, 96.
  for (const [k, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ])
    assert.ok(Math.abs(moment[k] - expected) < 4 * Math.sqrt(variance / n), `moment ${k}: ${moment[k]}`);
  const p = kolmogorovSmirnov(values.sort(), (x) => 0.5 * erfc(-x / Math.SQRT2));
  assert.ok(p > 0.01, `p = ${p}`);
});

test('the components of a particle, neighbouring particles, steps, seeds and purposes are uncorrelated', () => {
  const n = 20000;
  const a = new Float64Array(3);
  const b = new Float64Array(3);
  const noise = new Noise(7, 'test');
  const others: [string, (i: number) => void][] = [
    ['components', () => b.set(a.subarray(1))],
    ['particles', (i) => noise.normals(0, i + 1, b, 0)],
    ['steps', (i) => noise.normals(1, i, b, 0)],
    ['seeds', (i) => new Noise(8, 'test').normals(0, i, b, 0)],
    ['purposes', (i) => new Noise(7, 'tesu').normals(0, i, b, 0)],
  ];
  for (const [name, draw] of others) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      noise.normals(0, i, a, 0);
      draw(i);
      sum += a[0] * b[0];
    }
    assert.ok(Math.abs(sum / n) < 4 / Math.sqrt(n), `${name}: ${sum / n}`);
  }
});

test('noise is a function of its arguments alone, also beyond step 2^32', () => {
  const noise = new Noise(2 ** 40 + 5, 'langevin');
  const first = new Float64Array(4);
  const second = new Float64Array(4);
  noise.normals(12, 3, first, 0);
  noise.normals(99, 1, second, 0);
  new Noise(2 ** 40 + 5, 'langevin').normals(12, 3, second, 0);
  assert.equal(first, second);
  assert.is(noise.normal(12, 3), first[0]);
  for (const [step, seed] of [
    [12 + 2 ** 32, 2 ** 40 + 5],
    [12, 5],
  ]) {
    new Noise(seed, 'langevin').normals(step, 3, second, 0);
    assert.is.not(first[0], second[0]);
  }
});

test('normals writes three numbers and no more', () => {
  const out = new Float64Array(8).fill(9);
  new Noise(1, 'x').normals(0, 0, out, 2);
  assert.equal(
    [...out].map((x) => x === 9),
    [true, true, false, false, false, true, true, true],
  );
});

test('uniforms lie inside (0, 1) and are uniform', () => {
  const noise = new Noise(3, 'uniform');
  const values = new Float64Array(40000);
  for (let i = 0; i < 10000; i++) noise.uniforms(5, i, values, 4 * i);
  values.sort();
  assert.ok(values[0] > 0 && values[values.length - 1] < 1);
  assert.ok(kolmogorovSmirnov(values, (x) => x) > 0.01);
});

test('chi-squared deviates have mean k and variance 2k, for fractional k too; two degrees give the exponential law', () => {
  const noise = new Noise(11, 'rescaling');
  const n = 40000;
  for (const degrees of [0.5, 1, 2, 3, 57, 3000]) {
    let mean = 0;
    let square = 0;
    for (let step = 0; step < n; step++) {
      const x = noise.chiSquare(step, degrees);
      mean += x / n;
      square += (x - degrees) ** 2 / n;
    }
    assert.ok(Math.abs(mean - degrees) < 4 * Math.sqrt((2 * degrees) / n), `mean ${mean} for ${degrees}`);
    // The variance of (x - k)^2 is 8 k^2 + 48 k.
    const error = Math.sqrt((8 * degrees * degrees + 48 * degrees) / n);
    assert.ok(Math.abs(square - 2 * degrees) < 4 * error, `variance ${square} for ${degrees}`);
  }
  const values = Float64Array.from({ length: n }, (_, step) => noise.chiSquare(step, 2)).sort();
  assert.ok(kolmogorovSmirnov(values, (x) => 1 - Math.exp(-x / 2)) > 0.01);
  assert.is(noise.chiSquare(0, 0), 0);
});

test.run();
