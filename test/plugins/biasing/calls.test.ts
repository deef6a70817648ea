/** Variables and biases with kernels of their own: the loop of steps in WebAssembly calls them, and nothing else changes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Context } from '../../../engine/index.ts';
import { biased, chain, report } from './support.ts';

const eabf = { variables: ['xi'], type: 'eabf', width: 0.1, sigma: 0.1, fullSamples: 20 };
/** Has no kernel, so that JavaScript calls all; and no force. */
const idle = { variables: ['r'], type: 'umbrella', centre: 0.4, k: 0 };

/** Along one component of two. */
const second = { ...eabf, variables: ['xi.1'] };

const tasks = (context: Context): string[] =>
  Object.keys(context.statistics().secondsByTask).filter((task) => task.startsWith('bias'));

const along = [
  ['a network', { eabf }],
  ['one of its two components', { eabf: second }],
  ['each of its components by itself', { first: { ...eabf, variables: ['xi.0'] }, second }],
] as const;
for (const [what, biases] of along)
  test(`eABF along ${what} is the same to the bit whether WebAssembly or JavaScript calls it, and the times say which`, async () => {
    const called = await biased(chain, biases, 'wasm');
    const scripted = await biased(chain, { ...biases, idle }, 'wasm');
    for (const { context } of [called, scripted]) {
      context.drawVelocities(300);
      // Through the first fit of the energy, with bins that grow and a snapshot of the history.
      context.advance(2500);
    }
    const [a, b] = [called, scripted].map(({ context }) => context);
    assert.equal(a.positions, b.positions);
    assert.equal(a.observe().conserved, b.observe().conserved);
    const shown = report(scripted);
    for (const [name, value] of Object.entries(report(called))) assert.is(value, shown[name], name);
    assert.equal(tasks(a), ['bias (own kernel)']);
    assert.equal(tasks(b), ['bias (JavaScript)']);
  });

test('what a placed variable says between steps, and counts outside of its training, is the same', async () => {
  const made = [await biased(chain, { eabf }, 'wasm'), await biased(chain, { eabf, idle }, 'wasm')];
  const said = made.map(({ context, variables }) => {
    context.drawVelocities(2000);
    context.advance(500);
    const { variables: all } = variables;
    const xi = all.find(({ name }) => name === 'xi')!;
    const values = new Float64Array(2);
    xi.evaluate(context.positions, context.box, values, new Float64Array(2 * 3 * xi.atoms.length));
    context.advance(500);
    return { values: [...values], positions: [...context.positions], remarks: xi.remarks?.() };
  });
  assert.equal(said[0], said[1]);
  assert.match(said[0].remarks?.[0] ?? '', /% of 1002 evaluations/);
});

test.run();
