/** The loss that trains a mapping, and its gradient. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Autoencoder, type AutoencoderProblem } from '../../../plugins/coarse-graining/autoencoder.ts';
import { covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { hardMap } from '../../../plugins/coarse-graining/quality.ts';
import { normalised } from '../../../plugins/coarse-graining/search.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { gaussianRing, twoBlobs } from './support.ts';

const blobs = normalised(await covariances(twoBlobs(50, 1, [0, 1, 0, 1, 1, 0, 0, 1]), 'test'), 3, 'square');
const ring = normalised(gaussianRing(12), 4, 'square');
const unlike = { ...gaussianRing(12), masses: Float64Array.from({ length: 12 }, (_, i) => 1 + (i % 4)) };
const overMasses = normalised(unlike, 4, 'frequency');

function numbers(count: number, seed: number): Float64Array {
  const gauss = normal(uniform(seed));
  return Float64Array.from({ length: count }, gauss);
}

/** The largest deviation of the gradient from central differences, relative to its largest component. */
function gradientError(problem: AutoencoderProblem, noise: Float64Array | null, tau: number, forceWeight: number): number {
  const model = new Autoencoder(problem);
  const logits = numbers(problem.atoms * problem.sites, 7);
  model.evaluate(logits, noise, tau, forceWeight);
  const gradient = model.gradient.slice();
  const step = 1e-5 * tau;
  const differences = gradient.map((_, k) => {
    const value = logits[k];
    logits[k] = value + step;
    const above = model.evaluate(logits, noise, tau, forceWeight).loss;
    logits[k] = value - step;
    const below = model.evaluate(logits, noise, tau, forceWeight).loss;
    logits[k] = value;
    return (above - below) / (2 * step);
  });
  const largest = Math.max(...differences.map(Math.abs));
  assert.ok(largest > 1e-4, 'a gradient that vanishes proves nothing');
  return Math.max(...gradient.map((g, k) => Math.abs(g - differences[k]))) / largest;
}

for (const [name, problem] of [
  ['two blobs', blobs],
  ['a ring', ring],
  ['forces over masses', overMasses],
] as const) {
  const noise = numbers(problem.atoms * problem.sites, 8);
  for (const tau of [4.2, 1, 0.4])
    for (const forceWeight of [0, 0.05, 2])
      test(`the gradient is that of finite differences: ${name}, tau ${tau}, force weight ${forceWeight}`, () => {
        // central differences in f64 with a step of 1e-5 tau: truncation near 1e-9, rounding near 1e-10
        assert.ok(gradientError(problem, noise, tau, forceWeight) < 1e-6);
        assert.ok(gradientError(problem, null, tau, forceWeight) < 1e-6);
      });
}

test('a decided assignment has the loss and the decoder of the hard map', () => {
  const data = gaussianRing(12);
  const assignment = Array.from({ length: 12 }, (_, i) => Math.floor(i / 3));
  const logits = Float64Array.from({ length: 48 }, (_, k) => (assignment[Math.floor(k / 4)] === k % 4 ? 100 : 0));
  const model = new Autoencoder(ring);
  const loss = model.evaluate(logits, null, 0.2, 0.5);
  const map = hardMap(data, assignment, 4, new Int32Array(0));
  const variance = data.positions[0];
  // the ridge of 1e-6 of an atom's variance is the difference
  assert.ok(Math.abs(loss.reconstruction / (map.reconstruction / variance) - 1) < 1e-4);
  assert.ok(map.decoder.every((d, k) => Math.abs(d - model.decoder[k]) < 1e-4));
  // two cut springs at each of four sites, two in the Laplacian's trace for each of twelve beads
  assert.ok(Math.abs(loss.force - (4 * 2) / (12 * 2)) < 1e-12);
  assert.ok(Math.abs(loss.loss - (loss.reconstruction + 0.5 * loss.force)) < 1e-15);
  assert.ok(loss.entropy < 1e-10);
});

test('an undecided assignment explains nothing and has full entropy', () => {
  const loss = new Autoencoder(ring).evaluate(new Float64Array(48), null, 1, 0);
  assert.ok(Math.abs(loss.reconstruction - 1) < 1e-9);
  assert.ok(Math.abs(loss.entropy - 1) < 1e-12);
});

test.run();
