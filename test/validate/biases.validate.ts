/** The scenarios `mueller-brown-bias` and `mueller-brown-bias-learned` against quadrature. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson } from '../support/fixtures.ts';
import { MuellerBrown, pathOf, profile, result, run, scenario, sumHills } from './bias-runs.ts';

const test = suite('biases');
const exact = new MuellerBrown();
const x = (value: number, _: number) => value;
const y = (_: number, value: number) => value;

/** P(y < 0.75) with the standard error of its logarithm, said and returned. */
function lower(name: string, stage: string, errors: readonly number[]): { off: number; error: number } {
  const { probability, error } = result(name, stage).regions.lower;
  console.log(
    `${stage}: rms ${errors.map((value) => value.toFixed(3)).join(', ')} kT; P(y < 0.75) ${probability.toPrecision(4)}, ` +
      `${(100 * (probability / exact.lower - 1)).toFixed(1)} % off, error ${(100 * error).toFixed(1)} %`,
  );
  return { off: probability / exact.lower - 1, error };
}

/** F(y) and F(x) of a run within 0.15 kT. */
function both(name: string, bias: string): { off: number; error: number } {
  const errors = [exact.error(profile(name, `${bias}-y`), y), exact.error(profile(name, `${bias}-x`), x)];
  for (const error of errors) assert.ok(error < 0.15, `${bias}: ${error}`);
  return lower(name, `${bias}-y`, errors);
}

test('the quadrature gives P(y < 0.75) = 0.003368', () => {
  assert.ok(Math.abs(exact.lower - 0.003368) < 1e-5, `${exact.lower}`);
});

test('along y: F(y) and F(x) within 0.15 kT below 10 kT; P(y < 0.75) within 5 % and within three of its errors, which crossings in x decide', async () => {
  await run(scenario('mueller-brown-bias'));
  for (const bias of ['metadynamics', 'opes', 'abf', 'eabf']) {
    const { off, error } = both('mueller-brown-bias', bias);
    assert.ok(Math.abs(off) < 0.05 && Math.abs(Math.log(1 + off)) < 3 * error, `${bias}: ${off}`);
  }
});

test('along x and y: F(y) and F(x) within 0.15 kT below 10 kT, P(y < 0.75) within 5 %', () => {
  for (const bias of ['metadynamics', 'opes', 'abf', 'eabf']) {
    const { off } = both('mueller-brown-bias', `${bias}-both`);
    assert.ok(Math.abs(off) < 0.05, `${bias}: ${off}`);
  }
});

/** The variable as its file describes it: inputs standardised, layers of tanh, a linear last one. */
function learned(path: string): (x: number, y: number) => number {
  interface File {
    readonly statistics: { readonly mean: number[]; readonly deviation: number[] };
    readonly network: {
      readonly activations: string[];
      readonly weights: number[][] | number[][][];
      readonly biases: number[][];
    };
  }
  const { statistics, network } = readJson<File>(path);
  const layers = network.biases.map((biases, k) => ({
    biases,
    weights: (network.weights[k] as (number | number[])[]).flat(),
    curved: network.activations[k] === 'tanh',
  }));
  return (...point) => {
    let values = point.map((value, k) => (value - statistics.mean[k]) / statistics.deviation[k]);
    for (const { biases, weights, curved } of layers)
      values = biases.map((bias, o) => {
        const sum = values.reduce((total, value, i) => total + weights[o * values.length + i] * value, bias);
        return curved ? Math.tanh(sum) : sum;
      });
    return values[0];
  };
}

test('along a learned variable: F of it, F(y) and F(x) within 0.15 kT below 10 kT, P(y < 0.75) within 5 %', async () => {
  const name = 'mueller-brown-bias-learned';
  await run(scenario(name));
  const xi = learned(pathOf(name, 'train', 'variable.json'));
  for (const bias of ['metadynamics', 'opes', 'eabf']) {
    const along = exact.error(profile(name, `${bias}-xi`), xi);
    console.log(`${bias} along the learned variable: rms ${along.toFixed(3)} kT`);
    assert.ok(along < 0.15, `${bias}: ${along}`);
    const { off } = both(name, bias);
    assert.ok(Math.abs(off) < 0.05, `${bias}: ${off}`);
  }
});

test('hills in the plane, summed by an independent reader, are the bias of every row', () => {
  const found = sumHills(pathOf('mueller-brown-bias', 'metadynamics-both'));
  if (!found) return console.log('not compared: there is no numpy');
  console.log(`hills: bias off by ${found.bias.toExponential(1)} of up to ${found.greatestBias.toFixed(1)} kT`);
  // Cubic interpolation between points a fifth of sigma apart: 1e-5 of what 40 000 hills add up to.
  assert.ok(found.bias < 1e-4 * found.greatestBias);
});

test('Mueller-Brown unscaled, kT 10: effective dynamics along y 1.732 and along x 6.018 within 3 %', () => {
  for (const [variable, expected] of [
    ['y', 1.732],
    ['x', 6.018],
  ] as const) {
    const { eigenvalues } = readJson<{ eigenvalues: number[] }>(
      pathOf('mueller-brown-bias', `slow-${variable}`, 'effective-dynamics.json'),
    );
    console.log(`along ${variable}: ${eigenvalues[0].toFixed(3)}, exact ${expected}`);
    assert.ok(Math.abs(eigenvalues[0] / expected - 1) < 0.03);
  }
});

test.run();
