/** Pairs in rescaled time: their weights, and the rates that they give against the exact ones. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../../../engine/index.ts';
import { readVariable } from '../../../../plugins/collective-variables/index.ts';
import type { LearningData } from '../../../../plugins/collective-variables/learned/data/prepared.ts';
import { pairsInRescaledTime } from '../../../../plugins/collective-variables/learned/data/rescaled-time.ts';
import { learn, plane, registry, sample, simulated } from './support.ts';

test('both ends of pairs have the weights of frames, by the time that frames have in common, and none crosses a gap or the split', () => {
  const weights = Float64Array.of(0.5, 2, 1, 0.5, 1, 1, 1, 1);
  const data: LearningData = {
    names: ['x'],
    count: 8,
    x: Float64Array.from({ length: 8 }, (_, p) => p),
    weights,
    segments: [
      { from: 0, to: 4 },
      { from: 4, to: 8 },
    ],
    spacing: 1,
    source: new Int32Array(8),
    training: Int32Array.of(0, 1, 2, 3, 4, 5),
    validation: Int32Array.of(6, 7),
    metric: null,
    kT: 1,
  };
  const pairs = pairsInRescaledTime(data, 1, 'lag').data;
  const list = pairs.segments.map(({ from, to }) => [pairs.x[from], pairs.x[to - 1], pairs.weights[from]]);
  // Frames stand for [0, 0.5], [0.5, 2.5], [2.5, 3.5], [3.5, 4]; a lag later for [1, 1.5], [1.5, 3.5], [3.5, 4.5].
  const expected = [
    [0, 1, 0.5],
    [1, 1, 1],
    [1, 2, 1],
    [2, 3, 0.5],
    [4, 5, 1],
    [6, 7, 1],
  ];
  const scale = 6 / 5;
  assert.equal(
    list.map(([a, b]) => [a, b]),
    expected.map(([a, b]) => [a, b]),
  );
  list.forEach(([, , w], k) => {
    assert.ok(Math.abs(w - scale * expected[k][2]) < 1e-12, `${w}`);
  });
  assert.equal([...pairs.validation], [10, 11]);
  assert.match(
    pairsInRescaledTime(data, 1, 'lag').warnings[0],
    '20 % of the pairs at a lag of 1 in rescaled time are a frame with itself',
  );
});

/** Exact modes of -(p D f')' = lambda p f on a grid: rates, and functions at its points with p-norm 1. */
function modes(p: (x: number) => number, diffusion: (x: number) => number) {
  const [cells, from, to] = [160, -2.1, 2.1];
  const h = (to - from) / cells;
  const x = Array.from({ length: cells }, (_, c) => from + (c + 0.5) * h);
  const density = x.map(p);
  const total = density.reduce((a, b) => a + b, 0);
  const matrix = Matrix.zeros(cells, cells);
  for (let c = 0; c + 1 < cells; c++) {
    const middle = x[c] + h / 2;
    const flux = (p(middle) * diffusion(middle)) / (h * h);
    for (const [a, b] of [
      [c, c + 1],
      [c + 1, c],
    ]) {
      matrix.set(a, a, matrix.get(a, a) + flux / density[a]);
      matrix.set(a, b, -flux / Math.sqrt(density[a] * density[b]));
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const share = density.map((d) => d / total);
  const functions = realEigenvalues.map((_, k) => x.map((_, c) => eigenvectorMatrix.get(c, k) / Math.sqrt(share[c])));
  return { x, share, rates: realEigenvalues, functions };
}

test('a double well under a static bias: the rate is that of the true density with a diffusion of 1/w, and the slow mode that without bias', async () => {
  // V = 3 (x^2 - 1)^2 under the bias -2 (x^2 - 1)^2.
  const potential = (x: number): number => 3 * (x * x - 1) ** 2;
  const bias = (x: number): number => -2 * (x * x - 1) ** 2;
  const [interval, lag] = [0.02, 0.4];
  const frames = sample({
    gradient: (x, y) => [4 * x * (x * x - 1), 4 * y],
    copies: 60,
    frames: 1500,
    interval,
    steps: 8,
    kT: 1,
    seed: 21,
    start: (copy) => [copy % 2 ? 1 : -1, 0],
  });
  // One run a copy, for a log has one bias a frame.
  const source = simulated(
    [...Array(60).keys()].flatMap((copy) => frames.map((all) => all.slice(3 * copy, 3 * copy + 3))),
    interval,
    1,
    [...Array(60).keys()].flatMap((copy) => frames.map((_, f) => (copy * 2000 + f) * interval)),
  );
  const rows = [...Array(60).keys()].flatMap((copy) =>
    frames.map((all, f) => `${1000 * (copy * 2000 + f)},${bias(all[3 * copy])}`),
  );
  await source.folder.write('log.csv', `step,b.bias (eps)\n${rows.join('\n')}\n`);
  const settings = { features: { x: plane.x }, learner: { type: 'tica', lag }, copies: 1 };
  const result = await learn([source], { ...settings, weights: { column: 'b.bias', time: 'rescaled' } });
  const file = readVariable(await result.folder.readText('variable.json'), 'variable.json');

  const biased = modes(
    (x) => Math.exp(-potential(x) - bias(x)),
    () => 1,
  );
  const meanWeight = biased.x.reduce((sum, x, c) => sum + biased.share[c] * Math.exp(bias(x)), 0);
  const rescaled = modes(
    (x) => Math.exp(-potential(x)),
    (x) => meanWeight / Math.exp(bias(x)),
  );
  // x is no eigenfunction: its correlation is a sum over modes.
  const overlaps = rescaled.functions.map(
    (f) => f.reduce((sum, value, c) => sum + rescaled.share[c] * value * rescaled.x[c], 0) ** 2,
  );
  const variance = rescaled.x.reduce((sum, x, c) => sum + rescaled.share[c] * x * x, 0);
  const correlation = overlaps.reduce((sum, o, k) => sum + o * Math.exp(-rescaled.rates[k] * lag), 0) / variance;
  const exact = -Math.log(correlation) / lag;
  const found = file.eigenvalues[0].training;
  // Over five seeds 1800 time units give 0.709 with a standard deviation of 5 %, and 1440 are trained on.
  assert.ok(Math.abs(found / exact - 1) < 0.15, `${found}, exact ${exact}`);
  // Weighted or not, the density is the true one: mean square of x.
  assert.ok(
    Math.abs(file.statistics.deviation[0] ** 2 / variance - 1) < 0.05,
    `${file.statistics.deviation[0] ** 2} ${variance}`,
  );

  const free = modes(
    (x) => Math.exp(-potential(x)),
    () => 1,
  );
  const slowest = ({ rates }: typeof free): number => [...rates.keys()].sort((a, b) => rates[a] - rates[b])[1];
  const [a, b] = [free.functions[slowest(free)], rescaled.functions[slowest(rescaled)]];
  const likeness = Math.abs(a.reduce((sum, value, c) => sum + free.share[c] * value * b[c], 0));
  assert.ok(likeness > 0.99, `${likeness}`);
  // No rate of the unbiased system, which goes over a barrier of 3.
  assert.ok(rescaled.rates[slowest(rescaled)] > 2 * free.rates[slowest(free)]);
});

test('a learner without a lag has no rescaled time, which is said before anything runs', () => {
  const { check } = registry.get('stage', 'train-variable', 'stages[1]');
  const settings = (learner: Settings): Settings => ({
    features: plane,
    export: [],
    network: { hidden: [4], activation: 'tanh' },
    weights: { column: 'b.bias', time: 'rescaled' },
    learner,
  });
  check?.(settings({ type: 'deep-tica', lag: 0.3 }), 'stages[1]', registry, 'lj');
  assert.throws(
    () => check?.(settings({ type: 'autoencoder' }), 'stages[1]', registry, 'lj'),
    /stages\[1\]\.weights\.time: is "rescaled", which is the time of pairs, and the learner "autoencoder" has no lag here/,
  );
});

test.run();
