/** Dense networks: values against plain loops, and every derivative against finite differences. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena } from '../../../../plugins/collective-variables/learned/network/arena.ts';
import { BatchNetwork, tilePoints } from '../../../../plugins/collective-variables/learned/network/batch-network.ts';
import {
  type ActivationName,
  denseShape,
  describeNetwork,
  initialParameters,
  type NetworkDescription,
  type NetworkShape,
  networkParameters,
  withOutputMap,
  withStandardisation,
} from '../../../../plugins/collective-variables/learned/network/description.ts';
import { PointNetwork } from '../../../../plugins/collective-variables/learned/network/point-network.ts';
import { normal, uniform } from '../../../support/trajectories.ts';

const activations: Readonly<Record<ActivationName, (z: number) => number>> = {
  linear: (z) => z,
  tanh: Math.tanh,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  relu: (z) => Math.max(0, z),
};

/** Plain loops. */
function evaluate(network: NetworkDescription, x: readonly number[]): number[] {
  return network.weights.reduce<number[]>(
    (input, rows, k) =>
      rows.map((row, o) =>
        activations[network.activations[k]](row.reduce((sum, w, i) => sum + w * input[i], network.biases[k][o])),
      ),
    [...x],
  );
}

const gauss = normal(uniform(3));
const shapes: readonly NetworkShape[] = [
  denseShape([2, 20, 20, 3], 'tanh'),
  denseShape([5, 7, 6, 3, 1], 'sigmoid'),
  denseShape([3, 9, 2], 'elu'),
  { sizes: [4, 6, 2, 6, 4], activations: ['tanh', 'linear', 'tanh', 'linear'] },
  denseShape([3, 2], 'tanh'),
];
const networkOf = (shape: NetworkShape): NetworkDescription => describeNetwork(shape, initialParameters(shape, seedrandom('5')));

test('at one point: values are those of plain loops, derivatives those of the values', () => {
  for (const shape of shapes) {
    const description = networkOf(shape);
    const network = new PointNetwork(description);
    const x = Array.from({ length: shape.sizes[0] }, () => gauss());
    network.input.set(x);
    network.evaluate();
    evaluate(description, x).forEach((value, o) => {
      assert.ok(Math.abs(value - network.values[o]) < 1e-14 * Math.max(1, Math.abs(value)), `${value} ${network.values[o]}`);
    });
    const h = 1e-5;
    for (let i = 0; i < x.length; i++) {
      const moved = (d: number): number[] =>
        evaluate(
          description,
          x.map((v, k) => (k === i ? v + d : v)),
        );
      const [up, down] = [moved(h), moved(-h)];
      up.forEach((value, o) => {
        const slope = (value - down[o]) / (2 * h);
        const found = network.gradients[o * network.gradientStride + i];
        assert.ok(Math.abs(slope - found) < 1e-8 * Math.max(1, Math.abs(slope)), `${shape.sizes} ${o} ${i}: ${slope} ${found}`);
      });
    }
  }
});

/** A made-up loss of outputs, and of their derivatives along fixed directions, over two tiles; its value by plain loops. */
function lossCase(shape: NetworkShape, precision: 'f32' | 'f64') {
  const arena = new Arena(precision);
  const network = new BatchNetwork(arena, shape, 2, 2);
  const outputs = shape.sizes[shape.sizes.length - 1];
  const inputs = shape.sizes[0];
  const points = 2 * tilePoints;
  const draw = (count: number): number[] => Array.from({ length: count }, () => gauss());
  const x = draw(points * inputs);
  const directions = [draw(points * inputs), draw(points * inputs)];
  const cotangent = draw(points * outputs);
  const tangentCotangents = [draw(points * outputs), draw(points * outputs)];
  const place = (address: number, units: number, tile: number, values: readonly number[]): void => {
    const view = arena.view(address, units * tilePoints);
    for (let u = 0; u < units; u++)
      for (let p = 0; p < tilePoints; p++) view[u * tilePoints + p] = values[(tile * tilePoints + p) * units + u];
  };
  const bars = [cotangent, ...tangentCotangents].map(() => arena.allocate(outputs * tilePoints));
  const inputBars = bars.map(() => arena.allocate(inputs * tilePoints));
  const parameters = initialParameters(shape, seedrandom('9'));
  const run = () => {
    network.setParameters(parameters);
    network.clearGradient();
    const values: number[] = [];
    const tangents: number[][] = [[], []];
    const inputCotangents: number[] = [];
    for (let tile = 0; tile < 2; tile++) {
      place(network.inputArray(tile), inputs, tile, x);
      directions.forEach((direction, m) => {
        place(network.directionArray(tile, m), inputs, tile, direction);
      });
      network.forward(tile);
      directions.forEach((_, m) => {
        network.tangent(tile, m);
      });
      [cotangent, ...tangentCotangents].forEach((values, k) => {
        place(bars[k], outputs, tile, values);
      });
      network.reverse(tile, bars[0], bars.slice(1), inputBars[0], inputBars.slice(1));
      const read = (address: number, units: number, into: number[]): void => {
        const view = arena.view(address, units * tilePoints);
        for (let p = 0; p < tilePoints; p++) for (let u = 0; u < units; u++) into.push(view[u * tilePoints + p]);
      };
      read(network.outputArray(tile), outputs, values);
      tangents.forEach((into, m) => {
        read(network.tangentArray(tile, m), outputs, into);
      });
      read(inputBars[0], inputs, inputCotangents);
    }
    const gradient = new Float64Array(network.parameterCount);
    network.addGradient(gradient);
    const loss =
      values.reduce((sum, v, k) => sum + v * cotangent[k], 0) +
      tangents.reduce((sum, list, m) => sum + list.reduce((s, v, k) => s + v * tangentCotangents[m][k], 0), 0);
    return { loss, values, tangents, gradient, inputCotangents };
  };
  return { run, x, directions, parameters, inputs, outputs, description: () => describeNetwork(shape, parameters) };
}

test('batches: values and directional derivatives are those of the network at a point', () => {
  for (const shape of shapes) {
    const { run, x, directions, inputs, outputs, description } = lossCase(shape, 'f64');
    const { values, tangents } = run();
    const point = new PointNetwork(description());
    for (const p of [0, 63, 64, 101]) {
      point.input.set(x.slice(p * inputs, (p + 1) * inputs));
      point.evaluate();
      for (let o = 0; o < outputs; o++) {
        assert.ok(Math.abs(values[p * outputs + o] - point.values[o]) < 1e-13);
        tangents.forEach((list, m) => {
          const along = directions[m].slice(p * inputs, (p + 1) * inputs);
          const slope = along.reduce((sum, r, i) => sum + r * point.gradients[o * point.gradientStride + i], 0);
          assert.ok(Math.abs(list[p * outputs + o] - slope) < 1e-12);
        });
      }
    }
  }
});

test('the gradient by parameters and inputs of a loss of values and directional derivatives is exact', () => {
  for (const shape of shapes) {
    const { run, parameters, x } = lossCase(shape, 'f64');
    const { gradient, inputCotangents } = run();
    const difference = (list: { [k: number]: number }, k: number): number => {
      const h = 1e-5;
      const kept = list[k];
      list[k] = kept + h;
      const up = run().loss;
      list[k] = kept - h;
      const down = run().loss;
      list[k] = kept;
      return (up - down) / (2 * h);
    };
    for (let p = 0; p < parameters.length; p += 1 + Math.floor(parameters.length / 60)) {
      const slope = difference(parameters, p);
      // Elu's second derivative jumps at 0: a point that crosses there within h leaves an error of order h.
      const tolerance = shape.activations.includes('elu') ? 1e-3 : 1e-6;
      assert.ok(
        Math.abs(slope - gradient[p]) < tolerance * Math.max(1, Math.abs(slope)),
        `${shape.sizes} ${p}: ${slope} ${gradient[p]}`,
      );
    }
    for (const k of [0, 17, x.length - 1]) {
      const slope = difference(x, k);
      assert.ok(
        Math.abs(slope - inputCotangents[k]) < 1e-6 * Math.max(1, Math.abs(slope)),
        `input ${k}: ${slope} ${inputCotangents[k]}`,
      );
    }
  }
});

test('single precision gives the values of double to a few roundings', () => {
  for (const shape of shapes) {
    const make = (precision: 'f32' | 'f64') => {
      const made = lossCase(shape, precision);
      const rest = normal(uniform(1));
      made.x.forEach((_, k) => {
        made.x[k] = rest();
      });
      return made;
    };
    const [single, double] = [make('f32'), make('f64')];
    for (let m = 0; m < 2; m++) single.directions[m].splice(0, double.directions[m].length, ...double.directions[m]);
    const [a, b] = [single.run().values, double.run().values];
    a.forEach((value, k) => {
      assert.ok(Math.abs(value - b[k]) < 2e-6 * Math.max(1, Math.abs(b[k])), `${value} ${b[k]}`);
    });
  }
});

test('linear maps before and behind a network become part of it', () => {
  const description = networkOf(shapes[0]);
  const [mean, deviation] = [
    [0.3, -2],
    [2, 0.5],
  ];
  const matrix = [
    [1, 2, 3],
    [0, -1, 0.5],
  ];
  const offset = [0.25, -1];
  const x = [0.7, -1.4];
  const inner = evaluate(
    description,
    x.map((v, i) => (v - mean[i]) / deviation[i]),
  );
  const expected = matrix.map((row, o) => row.reduce((sum, m, k) => sum + m * inner[k], offset[o]));
  const found = evaluate(withOutputMap(withStandardisation(description, mean, deviation), matrix, offset), x);
  found.forEach((value, o) => {
    assert.ok(Math.abs(value - expected[o]) < 1e-13);
  });
  const again = describeNetwork(description, networkParameters(description));
  assert.equal(again, description);
});

test.run();
