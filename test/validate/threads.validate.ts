/** Threads of the wasm platform at length: the same bits for any number in every phase of a step, and no growth. `npm test` has the rest. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ForceDescription } from '../../engine/forces/description.ts';
import { openBox } from '../../engine/system/box.ts';
import { ljMelt, nve, particles, system } from '../support/systems.ts';
import { langevin, onThreads, rigidWater, stateHash, threadCases, trajectories } from '../support/threads.ts';

for (const precision of ['mixed', 'double'] as const) {
  for (const { name, make, dynamics } of threadCases) {
    test(`${name} has the same trajectory on 1, 2 and 3 threads (${precision})`, async () => {
      const steps = precision === 'double' ? 20 : 60;
      const runs = await trajectories(make, dynamics, [1, 2, 3, 2], steps, precision);
      assert.is(new Set(runs).size, 1, runs.join('\n'));
    });
  }
}

test('rigid water on three threads has the bits of steps composed in TypeScript', async () => {
  const dynamics = { ...nve, timestep: 0.002, removeCenterOfMass: 7 };
  const [inKernels, composed] = [await onThreads(3, rigidWater(), dynamics), await onThreads(1, rigidWater(), dynamics)];
  (composed as unknown as { native: null }).native = null;
  for (const context of [inKernels, composed]) {
    context.drawVelocities(1.44);
    context.advance(20);
  }
  assert.is(stateHash(inKernels), stateHash(composed));
  inKernels.close();
});

test('a blow-up in the middle of a long call is found within a few steps', async () => {
  const melt = await onThreads(1, ljMelt(8), { ...nve, timestep: 0.5 });
  melt.drawVelocities(5);
  assert.throws(
    () => melt.advance(1_000_000),
    /At step \d+ particle \d+ \(A.*\) has moved .* further than the cut-off in a step/,
  );
  assert.ok(melt.step < 100, `found at step ${melt.step}`);
});

test('lists that are used too late are counted', async () => {
  const context = await onThreads(1, ljMelt(8), nve);
  context.drawVelocities(3);
  context.advance(50);
  assert.is(context.statistics().dangerousBuilds, 0);
  const { kernel, forceField } = context as unknown as {
    kernel: { setBlind(set: number, evaluations: number): void };
    forceField: { pairs: { set: number }[] };
  };
  kernel.setBlind(forceField.pairs[0].set, 60);
  context.advance(100);
  assert.is(context.statistics().dangerousBuilds, 1);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('neither heap nor memory grows over 100 000 steps', async () => {
  const n = 20;
  const chain: ForceDescription = {
    kind: 'bonded',
    term: 'harmonic-bond',
    atoms: Int32Array.from({ length: 2 * (n - 1) }, (_, k) => (k + 1) >> 1),
    parameters: Float64Array.from({ length: 2 * (n - 1) }, (_, k) => [1, 100][k % 2]),
  };
  const wca: ForceDescription = {
    kind: 'nonbonded',
    cutoff: 2 ** (1 / 6),
    pair: { term: 'wca', parameters: Float64Array.of(1, 1), width: 2, modifier: 'none' },
    coulomb: null,
    exclusions: new Int32Array(0),
  };
  const x = Float64Array.from({ length: 3 * n }, (_, k) => (k % 3 === 0 ? k / 3 : 0));
  const context = await onThreads(1, system(particles(n), x, openBox, [chain, wca]), langevin);
  context.drawVelocities(1);
  context.advance(10_000);
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = { memory: context.positions.buffer.byteLength, heap: heap() };
  for (let k = 0; k < 100; k++) context.advance(1000);
  assert.is(context.positions.buffer.byteLength, before.memory);
  const growth = heap() - before.heap;
  assert.ok(growth < 1e5, `the heap grew by ${growth} bytes`);
});

test.run();
