/** The graph network composed of tfjs operations equals the reference, and is chosen where it should be. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selectBackend } from '../../../plugins/learning/index.ts';
import { parameterSize, tableSize } from '../../../plugins/potentials/graph/architecture.ts';
import { composedKernel } from '../../../plugins/potentials/graph/composed.ts';
import type { GraphKernel } from '../../../plugins/potentials/graph/kernel.ts';
import { referenceKernel } from '../../../plugins/potentials/graph/reference.ts';
import { trainingKernel } from '../../../plugins/potentials/graph/training-kernel.ts';
import { allPairs, type RandomSystem, randomDimers, randomNetwork, smallBoxes, testArchitecture } from './graph-support.ts';

const test = suite('graph network of tfjs operations');
const architecture = testArchitecture();

function all(kernel: GraphKernel, system: RandomSystem) {
  const { parameters, tables } = randomNetwork(architecture, 'composed');
  kernel.setNetwork(parameters, tables);
  const { start, neighbours } = allPairs(system.species.length, system.bonded);
  kernel.setPairs(start, neighbours);
  const forces = new Float64Array(system.positions.length);
  const virial = new Float64Array(9);
  const energy = kernel.evaluate(system.positions, system.box, forces, virial);
  const random = seedrandom('direction');
  const direction = system.positions.map(() => random() - 0.5);
  const gradient = new Float64Array(parameterSize(architecture));
  const filters = new Float64Array(tableSize(architecture));
  kernel.addGradient(direction, gradient, filters);
  return { energy, forces, virial, gradient, filters };
}

/** Largest difference in units of the largest value. */
function difference(found: Float64Array, expected: Float64Array): number {
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(largest > 0, 'the test says nothing if all is zero');
  return Math.max(...found.map((value, k) => Math.abs(value - expected[k]))) / largest;
}

for (const [name, box] of Object.entries(smallBoxes))
  test(`energy, forces, virial and both gradients are those of the reference (${name})`, async () => {
    const { tf } = await selectBackend(['cpu']);
    const system = randomDimers(5, box, name);
    const expected = all(referenceKernel(architecture, system), system);
    const kernel = composedKernel(tf, architecture, system);
    const found = all(kernel, system);
    // Features and their sums over some tens of edges are in single precision.
    assert.ok(Math.abs(found.energy - expected.energy) < 2e-5 * Math.max(1, Math.abs(expected.energy)));
    for (const part of ['forces', 'virial', 'gradient', 'filters'] as const) {
      const error = difference(found[part], expected[part]);
      assert.ok(error < 2e-5, `${part}: ${error}`);
    }
  });

test('a second evaluation at other positions keeps no tensor of the first', async () => {
  const { tf } = await selectBackend(['cpu']);
  const system = randomDimers(4, smallBoxes.triclinic, 'memory');
  const kernel = composedKernel(tf, architecture, system);
  all(kernel, system);
  all(kernel, system);
  const before = tf.memory().numTensors;
  for (let k = 0; k < 3; k++) all(kernel, system);
  assert.is(tf.memory().numTensors, before);
});

test('asked for, it is what trains; a GPU is looked for only where it would have something to do', async () => {
  const sites = { species: new Int32Array(64), bonded: new Int32Array(0) };
  const asked = await trainingKernel('composed', architecture, sites);
  assert.is(asked.label, 'composed tfjs operations');
  assert.ok(['tfjs-node-gpu', 'tfjs-node', 'cpu'].includes(asked.backend.name));
  const large = await trainingKernel('auto', { ...architecture, features: 16 }, { ...sites, species: new Int32Array(1 << 14) });
  assert.match(large.label, /^(composed tfjs operations|SIMD \(tfjs-node-gpu cannot be imported\))$/);
  const small = await trainingKernel('auto', architecture, sites);
  assert.is(small.label, 'SIMD');
});

test.run();
