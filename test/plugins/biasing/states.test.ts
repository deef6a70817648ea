/** Checkpoints and histories of another version or of other biases are refused with one clear error. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Snapshot } from '../../../engine/index.ts';
import { readHistory } from '../../../plugins/biasing/force-history.ts';
import { biased, plane } from './support.ts';

const xy = { variables: ['x', 'y'], width: 0.2, fullSamples: 2 };
const biases = { e: { ...xy, type: 'eabf', sigma: 0.2 }, a: { ...xy, type: 'abf' } };

test('a checkpoint whose biases were saved otherwise is refused, by name', async () => {
  const { context } = await biased(plane, biases);
  context.drawVelocities(1);
  context.advance(50);
  const snapshot = context.save();
  const [name, state] = Object.entries(snapshot).find(([key]) => key.startsWith('memory')) as [string, Float64Array];
  const changed = (at: number, to: number): Snapshot => ({ ...snapshot, [name]: state.map((x, k) => (k === at ? to : x)) });
  // The first number was the length of the first state once; the fourth is the layout of the first bias, 1 before its energy was fitted.
  for (const [wrong, message] of [
    [{ ...snapshot, [name]: state.slice(2) }, /checkpoint.*as an older version of md saved them.*start the stage anew/],
    [changed(3, 1), /checkpoint.*the bias "e" in layout 1, and this version of md reads layout 2.*start the stage anew/],
    [changed(1, 3), /checkpoint.*is of 3 biases, the stage has 2: start the stage anew/],
  ] as const) {
    const next = (await biased(plane, biases)).context;
    assert.throws(() => next.load(wrong), message);
  }
  const next = (await biased(plane, biases)).context;
  next.load(snapshot);
});

test('a history that is something else is refused, with its name and what was found', () => {
  const axes = [{ start: 0, width: 1, count: 2, periodic: false }];
  const head = '# 1\n# 0 1 2 0\n';
  assert.equal(readHistory(`${head}# time 5\n3 0.5\n4 -1\n`, axes, 'run/e.history').times, [5]);
  assert.throws(() => readHistory(`${head}# time 5\n3 0.5\n`, axes, 'run/e.history'), /run\/e\.history.*time 5 there are 1 rows/);
  assert.throws(() => readHistory(`${head}# time 5\n3 0.5\n4\n`, axes, 'run/e.history'), /row 2 is "4".*a count and 1 sum each/);
  assert.throws(() => readHistory(`${head}3 0.5\n4 1\n`, axes, 'run/e.history'), /no line "# time"/);
});

test.run();
