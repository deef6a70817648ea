/** The choice of a tfjs backend. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { backendNames, selectBackend } from '../../../plugins/learning/index.ts';

test('some backend can always be used, and those passed over say why', async () => {
  const { tf, name, skipped } = await selectBackend();
  assert.ok(backendNames.includes(name));
  for (const earlier of backendNames.slice(0, backendNames.indexOf(name))) assert.ok(skipped[earlier]);
  const product = tf.tidy(() => Array.from(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()));
  assert.equal(product, [11]);
});

for (const wanted of ['wasm', 'cpu'] as const) {
  test(`the ${wanted} backend works, also after another was in use`, async () => {
    await selectBackend(wanted === 'cpu' ? ['wasm'] : ['cpu']);
    const { tf, name } = await selectBackend([wanted]);
    assert.is(name, wanted);
    assert.is(tf.getBackend(), wanted);
    const product = tf.tidy(() => Array.from(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()));
    assert.equal(product, [11]);
    const weight = tf.variable(tf.tensor1d([1]));
    tf.train.sgd(0.5).applyGradients({ [weight.name]: tf.tensor1d([4]) });
    assert.equal(Array.from(weight.dataSync()), [-1]);
    weight.dispose();
  });
}

test('no usable backend is one error that gives each reason', async () => {
  try {
    await selectBackend([]);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, 'InputError');
  }
});

test.run();
