/** What is said of data that never left one state, for every learner, and of good data: nothing. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FinishedStage, Settings } from '../../../../engine/index.ts';
import type { LearningData } from '../../../../plugins/collective-variables/learned/data/prepared.ts';
import { deepestValley } from '../../../../plugins/collective-variables/learned/data/several-states.ts';
import { bothWells, type Gradient, learn, muellerBrown, plane, registry, type SamplePlan, sample, simulated } from './support.ts';

/** Axes at 45 degrees, a stiff and a soft one. */
const well =
  (soft: number, stiff: number): Gradient =>
  (x, y) => {
    const [along, across] = [(soft * (x + y)) / 2, (stiff * (x - y)) / 2];
    return [along + across, along - across];
  };
const gradient = new Float64Array(2);
const muellerBrownAt: Gradient = (x, y) => {
  muellerBrown(x, y, gradient);
  return [gradient[0], gradient[1]];
};
const tripleWellField = registry.get('field', 'triple-well');
const tripleWell: Gradient = (x, y) => {
  const out = new Float64Array(4);
  tripleWellField.evaluate(x, y, 0, Float64Array.of(0.5), 0, out);
  return [out[1], out[2]];
};

const origin = (): readonly [number, number] => [0, 0];
const one = { copies: 1, kT: 1, seed: 1, start: origin };

/** As `prepare` would give them. */
function dataOf(plan: SamplePlan, weight: (x: number, y: number) => number = () => 1): LearningData {
  const frames = sample(plan);
  const count = plan.copies * plan.frames;
  const x = new Float64Array(2 * count);
  for (let copy = 0; copy < plan.copies; copy++)
    frames.forEach((positions, f) => {
      for (let d = 0; d < 2; d++) x[2 * (copy * plan.frames + f) + d] = positions[3 * copy + d];
    });
  return {
    names: ['x', 'y'],
    count,
    x,
    weights: Float64Array.from({ length: count }, (_, p) => weight(x[2 * p], x[2 * p + 1])),
    segments: Array.from({ length: plan.copies }, (_, c) => ({ from: c * plan.frames, to: (c + 1) * plan.frames })),
    spacing: plan.interval,
    source: new Int32Array(count),
    training: new Int32Array(0),
    validation: new Int32Array(0),
    metric: null,
    kT: plan.kT,
  };
}

const lag = 0.2;
const learners: readonly Settings[] = [...registry.names('learner')]
  .filter((type) => type !== 'deep-tda')
  .map((type) => (registry.get('learner', type).needs.lag ? { type, lag } : { type }));
const warningsOf = async (run: FinishedStage, learner: Settings, more: Settings = {}): Promise<string[]> =>
  (await learn([run], { features: plane, learner, training: { epochs: 2 }, ...more })).notes.filter((line) =>
    line.startsWith('warning: '),
  );
const told = /^warning: the data show no two states/;

test('every learner is told of data that never left one state: an anisotropic well, and a short run in it', async () => {
  assert.ok(learners.length >= 10);
  const runs = [1000, 200].map((frames) =>
    simulated(sample({ ...one, gradient: well(1, 30), frames, interval: 0.1, steps: 20 }), 0.1, 1),
  );
  for (const run of runs)
    for (const learner of learners) {
      const warnings = await warningsOf(run, learner);
      assert.is(warnings.filter((line) => told.test(line)).length, 1, `${learner.type}: ${warnings.join('\n')}`);
      assert.not(
        warnings.some((line) => /pass between|tells no two/.test(line)),
        warnings.join('\n'),
      );
    }
  for (const learner of learners)
    assert.equal(
      (await warningsOf(runs[0], learner, { expectStates: false })).filter((line) => told.test(line)),
      [],
    );
});

test('no learner is told so of the double well', async () => {
  const run = simulated(bothWells(0.1), 0.1, 1);
  for (const learner of learners)
    assert.not(
      (await warningsOf(run, learner)).some((line) => told.test(line)),
      String(learner.type),
    );
});

test('one well has no valley however stretched, short or finely stored, in any of 40 runs', () => {
  for (const stiff of [1, 8, 100])
    for (const [frames, interval] of [
      [200, 0.5],
      [1000, 0.05],
    ])
      for (let seed = 1; seed <= 7; seed++) {
        const depth = deepestValley(
          dataOf({ ...one, gradient: well(1, stiff), frames, interval, steps: Math.ceil(interval * stiff) + 2, seed }),
        );
        assert.ok(depth < 0, `stiffness ${stiff}, ${frames} frames, seed ${seed}: ${depth}`);
      }
});

test('states are seen: Mueller-Brown at kT 15, the triple well, and a state of one in a thousand that a bias took its run to', () => {
  const fromBoth = (copy: number): readonly [number, number] => (copy % 2 ? [0.62, 0.03] : [-0.56, 1.44]);
  // Barriers are 5 and 2.4 kT high, and along one line less.
  const hot = deepestValley(
    dataOf({ gradient: muellerBrownAt, copies: 20, frames: 100, interval: 0.02, steps: 50, kT: 15, seed: 3, start: fromBoth }),
  );
  assert.ok(hot > 1.5, `${hot}`);
  const onCircle = (copy: number): readonly [number, number] => [Math.cos(2.0944 * copy), Math.sin(2.0944 * copy)];
  // Of a barrier of 1 kT on a circle a line shows half.
  const triple = deepestValley(
    dataOf({ gradient: tripleWell, copies: 60, frames: 120, interval: 0.1, steps: 30, kT: 1, seed: 3, start: onCircle }),
  );
  assert.ok(triple > 0.1, `${triple}`);
  // 6 (x^2 - 1)^2 + 3.5 x under a bias that leaves 0.5 (x^2 - 1)^2: the wells differ by a factor exp(7) = 1100, and were both well sampled.
  const weight = (x: number): number => Math.exp(-5.5 * (x * x - 1) ** 2 - 3.5 * x);
  const flat: SamplePlan = { ...one, gradient: (x, y) => [2 * x * (x * x - 1), 4 * y], frames: 5000, interval: 0.3, steps: 10 };
  const biased = deepestValley(dataOf(flat, weight));
  assert.ok(biased > 1, `${biased}`);
});

const frames = bothWells(0.1);
const biased = async (biases: Settings, columns: readonly string[] = [], name = 'model'): Promise<FinishedStage> => {
  const run = simulated(frames, 0.1, 1, undefined, name);
  await run.folder.write(
    'log.csv',
    `${['step', ...columns.map((column) => `${column} (eps)`)].join(',')}\n${frames.map((_, f) => `${1000 * f}${columns.map(() => ',0').join('')}`).join('\n')}\n`,
  );
  return { ...run, settings: { ...run.settings, biases } };
};
const noted = async (runs: readonly FinishedStage[], more: Settings = {}): Promise<string[]> =>
  (await learn(runs, { features: plane, learner: { type: 'tica', lag: 0.3 }, ...more })).notes.filter((line) =>
    /sampled under the bias/.test(line),
  );

test('frames of a biased run without weights are told of once, with what to add', async () => {
  const meta = { type: 'metadynamics' };
  const wall = { type: 'upper-walls' };
  const [line, ...more] = await noted([await biased({ wall, meta }, ['wall.bias', 'meta.bias', 'meta.rbias'])]);
  assert.match(line, /^warning: the frames were sampled under the bias "meta" \(metadynamics\) in "model" and count alike/);
  assert.match(line, 'Add "weights": { "column": "meta.rbias" }, or "weights": { "from": a "free-energy" stage of that run }');
  assert.equal(more, []);
  // Without c(t) there is no column, and forces that adapt have none.
  assert.match(
    (await noted([await biased({ meta }, ['meta.bias'])]))[0],
    'Add "weights": { "from": a "free-energy" stage of that run }',
  );
  assert.match((await noted([await biased({ a: { type: 'abf' } }, ['a.bias'])]))[0], 'Add "weights": { "from": a');
  assert.match(
    (await noted([await biased({ pull: { type: 'moving-restraint' } })]))[0],
    'no weights exist: learn from other runs',
  );
  const weighted = await biased({ meta }, ['meta.rbias']);
  assert.equal(await noted([weighted], { weights: { column: 'meta.rbias' } }), []);
});

test('walls and a restraint are part of the system; restraints that differ are windows', async () => {
  const spring = (centre: number): Settings => ({ u: { type: 'umbrella', centre, k: 2 } });
  assert.equal(await noted([await biased({ w: { type: 'lower-walls' } })]), []);
  assert.equal(await noted([await biased(spring(0))]), []);
  assert.equal(await noted([await biased(spring(0), [], 'a'), await biased(spring(0), [], 'b')]), []);
  const two = (side: string): Settings => ({
    [`${side}X`]: { type: side, variables: ['x'] },
    [`${side}Y`]: { type: side, variables: ['y'] },
  });
  assert.equal(await noted([await biased(two('lower-walls'))]), []);
  assert.match((await noted([await biased({}, [], 'a'), await biased(spring(0), [], 'b')]))[0], '"u" (umbrella) in "b"');
  const [line] = await noted([await biased(spring(-1), [], 'a'), await biased(spring(1), [], 'b')]);
  assert.match(line, '"u" (umbrella) in "a", "u" (umbrella) in "b"');
  assert.match(line, '"weights": { "from": [for each run a "free-energy" stage of it] }');
});

test.run();
