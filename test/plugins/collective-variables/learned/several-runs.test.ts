/** Several runs learned from together, each with weights of its own. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FinishedStage } from '../../../../engine/index.ts';
import type { Points } from '../../../../plugins/collective-variables/learned/data/load.ts';
import { prepare } from '../../../../plugins/collective-variables/learned/data/prepare.ts';
import { sourcesOf } from '../../../../plugins/collective-variables/learned/data/weights.ts';

const points = (weights: readonly number[], source: readonly number[]): Points => ({
  names: ['x'],
  count: weights.length,
  x: Float64Array.from(weights, (_, p) => p),
  weights: Float64Array.from(weights),
  metric: null,
  segments: [],
  spacing: null,
  source: Int32Array.from(source),
  walker: Int32Array.from(source),
  walkers: 2,
  plane: new Float64Array(0),
});
const split = { blocks: 2, validationFraction: 0.5 };

test('each run counts by the number of points that it is worth, whatever the scale of its weights', () => {
  // four equal weights are worth four points; 3, 1, 0, 0 are worth 4^2/10 = 1.6
  const { data, effectivePoints } = prepare(points([5, 5, 5, 5, 3, 1, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]), 1, split, 'from');
  const expected = [1, 1, 1, 1, 1.2, 0.4, 0, 0].map((w) => (w * 8) / 5.6);
  data.weights.forEach((w, p) => {
    assert.ok(Math.abs(w - expected[p]) < 1e-12, `${data.weights}`);
  });
  assert.ok(Math.abs(effectivePoints - 5.6) < 1e-12, 'independent points add up');
});

test('weights come from one stage for each run', () => {
  const stage = (name: string) => ({ name }) as FinishedStage;
  const inputs = { 'weights.from[0]': stage('F1'), 'weights.from[1]': stage('F2') };
  assert.equal(
    sourcesOf({ from: ['F1', 'F2'] }, inputs, 2, 'weights').map((each) => each?.name),
    ['F1', 'F2'],
  );
  assert.throws(
    () => sourcesOf({ from: 'F1' }, inputs, 2, 'stages[2].weights'),
    /names 1 stages with weights, and there are 2 runs/,
  );
});

test.run();
