/** Every loss that trains a variable: its gradient by the parameters against finite differences. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LearningData } from '../../../../plugins/collective-variables/learned/data/prepared.ts';
import { Arena } from '../../../../plugins/collective-variables/learned/network/arena.ts';
import type { Pieces } from '../../../../plugins/collective-variables/learned/network/batch-network.ts';
import {
  denseShape,
  initialParameters,
  type NetworkShape,
  parameterCount,
} from '../../../../plugins/collective-variables/learned/network/description.ts';
import { contraction } from '../../../../plugins/collective-variables/learned/terms/contraction.ts';
import { generator } from '../../../../plugins/collective-variables/learned/terms/generator.ts';
import { GradientTerm } from '../../../../plugins/collective-variables/learned/terms/gradient-term.ts';
import { OutputTerm } from '../../../../plugins/collective-variables/learned/terms/output-term.ts';
import { reconstruction } from '../../../../plugins/collective-variables/learned/terms/reconstruction.ts';
import { targetDistribution } from '../../../../plugins/collective-variables/learned/terms/target-distribution.ts';
import type { Capacity, Term } from '../../../../plugins/collective-variables/learned/terms/term.ts';
import { deepTica } from '../../../../plugins/collective-variables/learned/terms/tica.ts';
import { transferOperator } from '../../../../plugins/collective-variables/learned/terms/transfer-operator.ts';
import { vamp2 } from '../../../../plugins/collective-variables/learned/terms/vamp.ts';
import { normal, uniform } from '../../../support/trajectories.ts';

const inputs = 3;
const count = 240;
const lag = 2;

/** A slow walk of unequal weights; `metric` as asked for. */
function dataOf(metric: 'none' | 'constant' | 'points'): LearningData {
  const gauss = normal(uniform(7));
  const x = new Float64Array(count * inputs);
  for (let p = 0; p < count; p++)
    for (let i = 0; i < inputs; i++)
      x[p * inputs + i] = (p === 0 ? 0 : 0.9 * x[(p - 1) * inputs + i]) + 0.5 * gauss() + (i === 0 ? Math.sin(p / 9) : 0);
  const matrices = metric === 'none' ? 0 : metric === 'constant' ? 1 : count;
  const matrix = new Float64Array(matrices * inputs * inputs);
  for (let m = 0; m < matrices; m++) {
    const root = Array.from({ length: inputs * inputs }, () => gauss());
    for (let i = 0; i < inputs; i++)
      for (let j = 0; j < inputs; j++)
        for (let k = 0; k < inputs; k++) matrix[(m * inputs + i) * inputs + j] += root[i * inputs + k] * root[j * inputs + k];
  }
  return {
    names: ['a', 'b', 'c'],
    count,
    x,
    weights: Float64Array.from({ length: count }, () => 0.2 + Math.abs(gauss())),
    segments: [{ from: 0, to: count }],
    spacing: 1,
    source: Int32Array.from({ length: count }, (_, p) => (p < 130 ? 0 : 1)),
    training: Int32Array.from({ length: count }, (_, p) => p),
    validation: new Int32Array(0),
    metric: metric === 'none' ? null : matrix,
    kT: 1.3,
  };
}

const shape = denseShape([inputs, 8, 6, 2], 'tanh');
const encoded: NetworkShape = { sizes: [inputs, 6, 1, 6, inputs], activations: ['tanh', 'linear', 'tanh', 'linear'] };
const eigen = { omega: [1, 0.6], quotients: 0.7, penalty: 2, logarithmic: false };
const whole = (of: NetworkShape): Pieces => [[0, parameterCount(of)]];

type Make = (capacity: Capacity) => Term;
const cases: readonly (readonly [name: string, metric: 'none' | 'constant' | 'points', shape: NetworkShape, make: Make])[] = [
  [
    'generator, constant mobility',
    'constant',
    shape,
    (c) => new GradientTerm(c, shape, whole(shape), false, generator(1.3, eigen)),
  ],
  ['generator, a metric a point', 'points', shape, (c) => new GradientTerm(c, shape, whole(shape), false, generator(1.3, eigen))],
  [
    'generator, logarithms of quotients',
    'points',
    shape,
    (c) => new GradientTerm(c, shape, whole(shape), false, generator(1.3, { ...eigen, logarithmic: true })),
  ],
  ['contraction', 'none', shape, (c) => new GradientTerm(c, shape, whole(shape), true, contraction(0.4))],
  ['transfer operator', 'none', shape, (c) => new OutputTerm(c, shape, whole(shape), lag, transferOperator(2, eigen))],
  ['DeepTICA', 'none', shape, (c) => new OutputTerm(c, shape, whole(shape), lag, deepTica)],
  ['VAMP-2', 'none', shape, (c) => new OutputTerm(c, shape, whole(shape), lag, vamp2(false))],
  ['VAMP-2 of memberships', 'none', shape, (c) => new OutputTerm(c, shape, whole(shape), lag, vamp2(true))],
  ['reconstruction', 'none', encoded, (c) => new OutputTerm(c, encoded, whole(encoded), 0, reconstruction(c.data, 0))],
  [
    'time-lagged reconstruction',
    'none',
    encoded,
    (c) => new OutputTerm(c, encoded, whole(encoded), 0, reconstruction(c.data, lag)),
  ],
  [
    'target distribution',
    'none',
    shape,
    (c) => {
      const targets = {
        means: [
          [-2, 0],
          [2, 1],
        ],
        widths: [
          [0.3, 0.2],
          [0.3, 0.4],
        ],
        meanWeight: 1,
        widthWeight: 10,
      };
      return new OutputTerm(c, shape, whole(shape), 0, targetDistribution(c.data, targets));
    },
  ],
];

for (const [name, metric, of, make] of cases)
  test(`${name}: the gradient is that of the loss, over a batch that does not fill its tiles`, () => {
    const data = dataOf(metric);
    const points = Int32Array.from({ length: 150 }, (_, p) => (p * 37) % (count - lag));
    const term = make({ arena: new Arena('f64'), data, batch: points.length });
    const parameters = initialParameters(of, seedrandom('4'));
    const gradient = new Float64Array(parameters.length);
    const { loss } = term.evaluate(parameters, points, gradient);
    assert.ok(Math.abs(term.evaluate(parameters, points, null).loss - loss) < 1e-12 * Math.max(1, Math.abs(loss)));
    const h = 1e-5;
    for (let p = 0; p < parameters.length; p += 3) {
      const moved = parameters.slice();
      moved[p] += h;
      const up = term.evaluate(moved, points, null).loss;
      moved[p] -= 2 * h;
      const slope = (up - term.evaluate(moved, points, null).loss) / (2 * h);
      // The third derivative of these losses reaches a few hundred: h^2 of it, and rounding of order 1e-16 / h.
      assert.ok(Math.abs(slope - gradient[p]) < 2e-7 * Math.max(1, Math.abs(slope)), `${p}: ${slope} ${gradient[p]}`);
    }
    const single = new Float64Array(parameters.length);
    make({ arena: new Arena('f32'), data, batch: points.length }).evaluate(parameters, points, single);
    const size = Math.max(...gradient.map(Math.abs));
    single.forEach((g, p) => {
      // Sums over 150 points in single precision, and inverses of covariances of condition up to 100.
      assert.ok(Math.abs(g - gradient[p]) < 1e-4 * size, `single ${p}: ${g} ${gradient[p]}`);
    });
  });

test('networks that share layers add up their gradients in the shared pieces', () => {
  const data = dataOf('none');
  const [encoder, head] = [denseShape([inputs, 6, 2], 'tanh'), denseShape([2, 4, 1], 'tanh')];
  const both: NetworkShape = {
    sizes: [...encoder.sizes, ...head.sizes.slice(1)],
    activations: [...encoder.activations, ...head.activations],
  };
  const spare = 11;
  const from = parameterCount(encoder) + spare;
  const points = Int32Array.from({ length: 70 }, (_, p) => p);
  const pieces: Pieces = [
    [0, parameterCount(encoder)],
    [from, parameterCount(head)],
  ];
  const term = new OutputTerm({ arena: new Arena('f64'), data, batch: 70 }, both, pieces, lag, transferOperator(2, eigen));
  const parameters = new Float64Array(from + parameterCount(head));
  parameters.set(initialParameters(encoder, seedrandom('1')));
  parameters.set(initialParameters(head, seedrandom('2')), from);
  const gradient = new Float64Array(parameters.length);
  term.evaluate(parameters, points, gradient);
  for (let p = 0; p < parameters.length; p += 5) {
    const moved = parameters.slice();
    moved[p] += 1e-5;
    const up = term.evaluate(moved, points, null).loss;
    moved[p] -= 2e-5;
    const slope = (up - term.evaluate(moved, points, null).loss) / 2e-5;
    assert.ok(Math.abs(slope - gradient[p]) < 1e-6 * Math.max(1, Math.abs(slope)), `${p}: ${slope} ${gradient[p]}`);
  }
});

test.run();
