/** Superposition in the kernel against the one in plain loops, and learned variables of superposed positions: both evaluators, and their exact gradients. */
import seedrandom from 'seedrandom';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeStructure, openBox, Registry, type Settings } from '../../../../engine/index.ts';
import { Alignment, plugin } from '../../../../plugins/collective-variables/index.ts';
import { compileFeatures } from '../../../../plugins/collective-variables/learned/data/features.ts';
import { learnedVariable } from '../../../../plugins/collective-variables/learned/learned.ts';
import {
  denseShape,
  describeNetwork,
  initialParameters,
} from '../../../../plugins/collective-variables/learned/network/description.ts';
import { Superposition } from '../../../../plugins/collective-variables/learned/network/superposition.ts';
import type { VariableFile } from '../../../../plugins/collective-variables/learned/variable-file.ts';
import { normal, uniform } from '../../../support/trajectories.ts';

const registry = new Registry();
plugin.register(registry);
const gauss = normal(uniform(23));
const draw = (count: number, width = 0.3): Float64Array => Float64Array.from({ length: count }, () => width * gauss());

/** Both superpositions of points, and the derivatives by the points of a random linear function of the aligned ones. */
function both(reference: Float64Array, points: Float64Array) {
  const n = reference.length / 3;
  const slopes = draw(3 * n, 1);
  const plain = new Alignment(reference, new Float64Array(n).fill(1));
  const fast = new Superposition(
    reference,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  const out = [0, 1, 2, 3].map(() => new Float64Array(3 * n));
  plain.align(points, out[0]);
  plain.pullBack(slopes, out[1]);
  fast.align(points, out[2]);
  out[3].set(fast.pullBack(slopes));
  const apart = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((x, k) => Math.abs(x - b[k])));
  return { values: apart(out[0], out[2]), gradients: apart(out[1], out[3]), largest: Math.max(...out[1].map(Math.abs)) };
}

test('the kernel superposes as plain loops do, whatever the points', () => {
  for (let round = 0; round < 40; round++) {
    const n = 3 + (round % 9);
    const reference = draw(3 * n);
    const near = reference.map((x) => x + 0.05 * gauss());
    // Far from the reference, near it, mirrored, in a plane, and a long way from the origin.
    const sets = [
      draw(3 * n),
      near,
      near.map((x, k) => (k % 3 === 0 ? -x : x)),
      near.map((x, k) => (k % 3 === 2 ? 0 : x)),
      near.map((x) => x + 50),
    ];
    for (const points of sets) {
      const { values, gradients, largest } = both(reference, points);
      // Both are good to some 1e-12 over the distance of the two largest eigenvalues, which the largest derivative shows.
      assert.ok(values < 1e-11 * Math.max(1, largest), `${round}: ${values} ${largest}`);
      assert.ok(gradients < 1e-10 * Math.max(1, largest) ** 2, `${round}: ${gradients} ${largest}`);
    }
  }
});

test('where two rotations are almost as good as each other Jacobi takes over', () => {
  // Points along x, a hair off it: turns about x hardly matter, and the two largest eigenvalues nearly meet.
  for (const width of [1e-2, 1e-3, 1e-4]) {
    const line = (): Float64Array => Float64Array.from({ length: 24 }, (_, k) => (k % 3 === 0 ? 0.1 * k : width * gauss()));
    const reference = line();
    const { values, gradients, largest } = both(
      reference,
      reference.map((x) => x + 0.1 * width * gauss()),
    );
    assert.ok(values < 1e-9, `${width}: ${values}`);
    assert.ok(gradients < 1e-7 * largest, `${width}: ${gradients} of ${largest}`);
  }
});

const atoms = 12;
const structure = makeStructure({ units: 'md', mass: new Array(atoms).fill(12), typeNames: ['A'] });
const group = [1, 2, 4, 5, 7, 8, 11];
const reference = draw(3 * atoms);

/** A variable of random weights; with `more` features it takes the way of plain loops. */
function variableOf(more: Readonly<Record<string, Settings>>, softmax: boolean) {
  const variables = { a: { type: 'aligned-positions', atoms: group, reference: 'r.pdb' }, ...more };
  const features = compileFeatures(
    { variables, inputs: Object.keys(variables), references: { a: [...reference] } },
    structure,
    registry,
    'features',
  );
  const inputs = features.names.length;
  const shape = denseShape([3 * group.length, 20, 13, 3], 'tanh');
  const network = describeNetwork(shape, initialParameters(shape, seedrandom('4')));
  // Further inputs count for nothing.
  const weights = [
    network.weights[0].map((row) => Array.from({ length: inputs }, (_, i) => row[i] ?? 0)),
    ...network.weights.slice(1),
  ];
  const statistics = {
    names: features.names,
    mean: new Array(inputs).fill(0.01),
    deviation: new Array(inputs).fill(0.1),
    minimum: new Array(inputs).fill(-2),
    maximum: new Array(inputs).fill(2),
  };
  const sizes = [inputs, ...shape.sizes.slice(1)];
  const file = { network: { ...network, sizes, weights }, softmax, statistics } as unknown as VariableFile;
  return learnedVariable('xi', file, features);
}

const positions = reference.map((x) => x + 0.03 * gauss());

test('a variable of superposed positions is the same in one call of the kernel and feature by feature', () => {
  for (const softmax of [false, true]) {
    const fused = variableOf({}, softmax);
    const plain = variableOf({ d: { type: 'distance', atoms: [1, 2] } }, softmax);
    const size = 3 * group.length;
    const values = [new Float64Array(3), new Float64Array(3)];
    const gradients = [new Float64Array(3 * size), new Float64Array(3 * size)];
    [fused, plain].forEach((variable, k) => {
      variable.evaluate(positions, openBox, values[k], gradients[k]);
    });
    values[0].forEach((value, c) => {
      assert.ok(Math.abs(value - values[1][c]) < 1e-13, `${c}: ${value} ${values[1][c]}`);
    });
    gradients[0].forEach((value, k) => {
      assert.ok(Math.abs(value - gradients[1][k]) < 1e-11, `${k}: ${value} ${gradients[1][k]}`);
    });
  }
});

test('its gradient is that of its values, and a combination of gradients is had without them', () => {
  for (const softmax of [false, true])
    for (const more of [{}, { d: { type: 'distance', atoms: [1, 2] } }]) {
      const variable = variableOf(more, softmax);
      const slopes = Float64Array.of(0.7, -1.3, 0.4);
      const values = new Float64Array(3);
      const along = (x: Float64Array): number => {
        variable.valuesAt(x, openBox, values);
        return values.reduce((sum, value, c) => sum + slopes[c] * value, 0);
      };
      along(positions);
      const gradient = variable.pullBack(slopes).slice();
      assert.is(gradient.length, 3 * group.length);
      const h = 1e-5;
      for (let k = 0; k < gradient.length; k++) {
        const at = 3 * variable.atoms[Math.floor(k / 3)] + (k % 3);
        const moved = positions.slice();
        moved[at] += h;
        const up = along(moved);
        moved[at] -= 2 * h;
        const slope = (up - along(moved)) / (2 * h);
        // h^2 times a third derivative, which is some 1e3.
        assert.ok(Math.abs(slope - gradient[k]) < 1e-6 * Math.max(1, Math.abs(slope)), `${k}: ${slope} ${gradient[k]}`);
      }
    }
});

test('both ways count what lies outside the training alike', () => {
  const far = positions.map((x) => 20 * x);
  const remarks = [{}, { d: { type: 'distance', atoms: [1, 2] } }].map((more) => {
    const variable = variableOf(more, false);
    for (const x of [positions, far, positions, far]) variable.valuesAt(x, openBox, new Float64Array(3));
    return variable.remarks?.() ?? [];
  });
  assert.match(remarks[0][0], 'outside what its training saw in 50 % of 4 evaluations, most often in a.');
  assert.match(remarks[1][0], 'outside what its training saw in 50 % of 4 evaluations');
});

test.run();
