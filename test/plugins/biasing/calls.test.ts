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

test('what eABF begins with is there on the memory of the platform, too', async () => {
  const settings = { variables: ['xi'], type: 'eabf', width: 0.1, sigma: 0.1, fullSamples: 20 };
  const first = await biased(chain, { e: settings });
  first.context.drawVelocities(300);
  first.context.advance(1500);
  const files = first.force.results();
  const readText = async (path: string) => files[path.replace('run/', '')];
  const at = async (platform: string, start: object) => {
    const { context, force } = await biased(chain, { e: { ...settings, ...start } }, platform, {}, 1, { readText });
    context.drawVelocities(300);
    context.advance(80);
    return { positions: context.positions.slice(), placed: force.calls !== null };
  };
  const [plain, placed, fresh] = [
    await at('reference', { restart: 'run/e' }),
    await at('wasm', { restart: 'run/e' }),
    await at('wasm', {}),
  ];
  assert.ok(placed.placed && !plain.placed);
  const apart = (other: typeof plain) => Math.max(...placed.positions.map((x, k) => Math.abs(x - other.positions[k])));
  // Both are double: what is left is the order of sums. The bias pushes the chain from the start by far more.
  assert.ok(apart(plain) < 1e-9, `${apart(plain)}`);
  assert.ok(apart(fresh) > 1e-6, `${apart(fresh)}`);
});

test.run();
