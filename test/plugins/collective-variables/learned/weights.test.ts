/** Weights of frames: from a column or a file, of the run or of a flatter ensemble. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FinishedStage } from '../../../../engine/index.ts';
import { weightsByStep } from '../../../../plugins/collective-variables/learned/data/weights.ts';
import { scratch } from '../../../support/fixtures.ts';

const folder = scratch();
writeFileSync(join(folder, 'log.csv'), 'step,b.rbias (kJ/mol)\n0,0\n10,2\n20,5\n');
writeFileSync(join(folder, 'weights.csv'), 'step,weight\n0,0\n10,0.25\n20,1\n');
const run = {
  name: 'run',
  folder: { path: folder, exists: () => true, readText: async (file: string) => readFileSync(join(folder, file), 'utf8') },
} as unknown as FinishedStage;
const [boltzmann, T] = [0.01, 300];

async function weights(settings: object): Promise<number[]> {
  const weight = await weightsByStep(settings, run, run, boltzmann * T, boltzmann, 'weights');
  return [0, 10, 20].map(weight);
}

function close(found: readonly number[], expected: readonly number[]): void {
  found.forEach((value, k) => {
    assert.ok(Math.abs(value - expected[k]) < 1e-12, `${found} ${expected}`);
  });
}

test('a column counts with exp(b/kT), a file as it is', async () => {
  close(await weights({ column: 'b.rbias' }), [Math.exp(-5 / 3), Math.exp(-1), 1]);
  close(await weights({ from: 'F' }), [0, 0.25, 1]);
});

test("at a higher temperature both are those of a flatter ensemble: the power T/T' of the weights at T", async () => {
  close(await weights({ column: 'b.rbias', temperature: 600 }), [Math.exp(-5 / 6), Math.exp(-0.5), 1]);
  close(await weights({ from: 'F', temperature: 600 }), [0, 0.5, 1]);
});

test('a frame without a weight is an error that says what to do', async () => {
  const weight = await weightsByStep({ from: 'F' }, run, run, 3, boltzmann, 'stages[1].weights');
  assert.throws(
    () => weight(5),
    /stages\[1\]\.weights: there is no weight for the frame of step 5 of "run"; write the log at least as often/,
  );
});

test.run();
