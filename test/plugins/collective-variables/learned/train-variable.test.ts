/** The stage `train-variable` with every learner on a double well, and the variables that it leaves, in a simulation's hands. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, openBox, type Settings } from '../../../../engine/index.ts';
import { compileVariables } from '../../../../engine/variables/compile.ts';
import { readVariable, type VariableFile } from '../../../../plugins/collective-variables/index.ts';
import type { Reached } from '../../../../plugins/collective-variables/learned/learners/reached.ts';
import { structureOf } from '../../../support/trajectories.ts';
import { bothWells, doubleWell, learn, plane, registry, sample, simulated } from './support.ts';

const interval = 0.1;
const frames = bothWells(interval);
const run = simulated(frames, interval, 1);
const structure = structureOf({ count: 1, types: ['A'] }, 'lj');

const read = async ({ folder }: Awaited<ReturnType<typeof learn>>): Promise<VariableFile> =>
  readVariable(await folder.readText('variable.json'), 'variable.json');

async function inSimulation(file: VariableFile) {
  const text = JSON.stringify(file);
  const set = await compileVariables(
    { xi: { type: 'learned', file: 'variable.json' } },
    structure,
    registry,
    () => Promise.resolve(text),
    'variables',
  );
  return set.variables[0];
}

async function valuesAt(file: VariableFile, points: readonly (readonly [number, number])[]): Promise<number[][]> {
  const variable = await inSimulation(file);
  return points.map(([x, y]) => {
    const values = new Float64Array(variable.components.length);
    variable.evaluate(Float64Array.of(x, y, 0), openBox, values, new Float64Array(3 * values.length));
    return [...values];
  });
}

// lambda1 of the double well is 0.748682; the rate of y alone is 4.
const lag = 0.3;
type Check = (file: VariableFile) => Promise<void> | void;
const near = (value: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(value / expected - 1) < relative, `${value}, expected ${expected}`);
/** Statistical errors of 60 trajectories of 12 time units, about 500 passages, allow 15 %. */
const slow: Check = ({ eigenvalues }) => near(eigenvalues[0].validation, 0.7487, 0.3);
const separates: Check = async (file) => {
  const [[left], [right], [above]] = await valuesAt(file, [
    [-1, 0],
    [1, 0],
    [1, 0.4],
  ]);
  assert.ok(Math.abs(left - right) > 4 * Math.abs(above - right), `${left} ${right} ${above}`);
};

const learners: readonly (readonly [Settings & { type: string }, Settings, readonly Check[]])[] = [
  [
    { type: 'generator-eigenfunctions' },
    { components: 2 },
    [slow, separates, ({ eigenvalues }) => near(eigenvalues[1].training, 4, 0.3)],
  ],
  [{ type: 'transfer-eigenfunctions', lag }, {}, [slow, separates]],
  [{ type: 'autoencoder' }, {}, []],
  [{ type: 'time-lagged-autoencoder', lag }, {}, [separates]],
  [{ type: 'contractive-autoencoder' }, {}, []],
  [{ type: 'regularised-autoencoder', gamma1: 0.5 }, {}, [separates]],
  [{ type: 'regularised-autoencoder', gamma1: 0.5, lag }, {}, [separates]],
  [{ type: 'tica', lag }, {}, [slow, separates]],
  [{ type: 'vamp', lag }, {}, [separates]],
  [{ type: 'deep-tica', lag }, {}, [slow, separates]],
  [
    { type: 'vampnet', lag },
    { components: 2 },
    [separates, ({ singularValues }) => near(singularValues[1], Math.exp(-0.7487 * lag), 0.1)],
  ],
  [{ type: 'vampnet', lag, memberships: false }, {}, [separates]],
];

for (const [learner, settings, checks] of learners) {
  const name = Object.entries(learner)
    .map(([key, value]) => (key === 'type' ? value : `${key} ${value}`))
    .join(', ');
  test(`${name}: learns from the double well, and its file is a variable with an exact gradient`, async () => {
    const result = await learn([run], { features: plane, learner, ...settings });
    const file = await read(result);
    assert.is(file.learner, learner.type);
    for (const check of checks) await check(file);
    const variable = await inSimulation(file);
    const k = variable.components.length;
    const at = Float64Array.of(0.4, -0.3, 0);
    const gradients = new Float64Array(3 * k);
    variable.evaluate(at, openBox, new Float64Array(k), gradients);
    for (let d = 0; d < 2; d++) {
      const moved = (h: number): Float64Array => {
        const values = new Float64Array(k);
        variable.evaluate(
          at.map((x, i) => (i === d ? x + h : x)),
          openBox,
          values,
          new Float64Array(3 * k),
        );
        return values;
      };
      const [up, down] = [moved(1e-5), moved(-1e-5)];
      for (let c = 0; c < k; c++) {
        const slope = (up[c] - down[c]) / 2e-5;
        assert.ok(
          Math.abs(slope - gradients[3 * c + d]) < 1e-8 * Math.max(1, Math.abs(slope)),
          `${slope} ${gradients[3 * c + d]}`,
        );
      }
    }
  });
}

test('deep-tda puts each run where it was told to', async () => {
  const [left, right] = [-1, 1].map((side) => {
    const points = sample({
      gradient: (x, y) => [40 * (x - side), 4 * y],
      copies: 20,
      frames: 40,
      interval,
      steps: 10,
      kT: 1,
      seed: 9,
      start: () => [side, 0],
    });
    return simulated(points, interval, 1, undefined, side < 0 ? 'left' : 'right');
  });
  const learner = { type: 'deep-tda', means: [[-7], [7]], widths: [[0.2], [0.2]] };
  const file = await read(await learn([left, right], { features: plane, learner, training: { epochs: 100 } }));
  const [[a], [b]] = await valuesAt(file, [
    [-1, 0],
    [1, 0],
  ]);
  assert.ok(Math.abs(a + 7) < 0.5 && Math.abs(b - 7) < 0.5, `${a} ${b}`);
  assert.equal(file.warnings, []);
  const { states, overlaps } = file.details as unknown as Reached;
  states.forEach(({ mean, width }, k) => {
    assert.ok(Math.abs(mean[0] - [-7, 7][k]) < 0.5 && width[0] < 0.6, `${mean} ${width}`);
  });
  assert.is(overlaps[0].overlap, 0);
  const twice = await read(await learn([left, left], { features: plane, learner, training: { epochs: 20 } }));
  assert.is(twice.warnings.length, 1);
  assert.match(twice.warnings[0], /^states 1 and 2 are not told apart: .* have 100 % in common/);
  const hasty = await read(await learn([left, right], { features: plane, learner, training: { epochs: 5 } }));
  assert.match(hasty.warnings.join(), /^state 1 lies at .* and was to lie at -7 with width 0.2: train longer/);
});

test('pairs cross no gap: with every third frame missing there are none one interval apart', async () => {
  const kept = frames.filter((_, f) => f % 3 !== 2);
  const times = frames.map((_, f) => f * interval).filter((_, f) => f % 3 !== 2);
  const gappy = simulated(kept, interval, 1, times);
  const file = await read(await learn([gappy], { features: plane, learner: { type: 'tica', lag: interval } }));
  // Pieces of two frames: 40 pairs of 80 frames in each of the 48 copies that are trained on.
  assert.is(file.details.pairs, 48 * 40);
  near(file.eigenvalues[0].training, 0.7487, 0.4);
  let message = '';
  try {
    await learn([gappy], { features: plane, learner: { type: 'tica', lag: 2 * interval } });
  } catch (error) {
    message = (error as Error).message;
  }
  assert.match(message, 'leaves 0 pairs to train on');
});

test('weights of a log column bring back what a tilted sampling lost', async () => {
  // Frames drawn with the bias 0.8 x on top: exp(+0.8 x / kT) weighs them back.
  const tilted = sample({
    gradient: (x, y) => [doubleWell(x, y)[0] + 0.8, 4 * y],
    copies: 1,
    frames: 4000,
    interval,
    steps: 20,
    kT: 1,
    seed: 3,
    start: () => [0, 0],
  });
  const source = simulated(tilted, interval, 1);
  const rows = tilted.map((positions, f) => `${1000 * f},${0.8 * positions[0]}`);
  await source.folder.write('log.csv', `step,bias (eps)\n${rows.join('\n')}\n`);
  const settings = { features: plane, learner: { type: 'generator-eigenfunctions' }, copies: 1, training: { epochs: 60 } };
  const file = await read(await learn([source], { ...settings, weights: { column: 'bias' } }));
  // The double well is symmetric: its mean is 0, that of the frames is not. Their 4000 frames hold about 100 passages.
  assert.ok(Math.abs(file.statistics.mean[0]) < 0.25, `${file.statistics.mean[0]}`);
  assert.ok(file.frames.effective < 3900);
  near(file.eigenvalues[0].training, 0.7487, 0.3);
  const plain = await read(await learn([source], settings));
  assert.ok(plain.statistics.mean[0] < -0.4, `${plain.statistics.mean[0]}`);
});

test('data that never leave one state, and data that are all one point, are told', async () => {
  const alone = sample({
    gradient: (x, y) => [8 * (x - 1), 8 * y],
    copies: 20,
    frames: 60,
    interval,
    steps: 10,
    kT: 1,
    seed: 2,
    start: () => [1, 0],
  });
  const settings = { features: plane, learner: { type: 'transfer-eigenfunctions', lag: interval } };
  const { notes, folder } = await learn([simulated(alone, interval, 1)], settings);
  assert.ok(
    notes.some((line) => /^warning: the data show no two states/.test(line)),
    notes.join('\n'),
  );
  const unexpected = await learn([simulated(alone, interval, 1)], { ...settings, expectStates: false });
  assert.not(unexpected.notes.some((line) => /states/.test(line)));
  assert.is(readVariable(await folder.readText('variable.json'), '').warnings.length, 1);
  const still = Array.from({ length: 40 }, () => new Float64Array(60));
  let message = '';
  try {
    await learn([simulated(still, interval, 1)], { features: plane, learner: { type: 'autoencoder' } });
  } catch (error) {
    assert.instance(error, InputError);
    message = (error as Error).message;
  }
  assert.match(message, 'all frames are the same in these features');
});

test('a variable says when it was used outside its training', async () => {
  const file = await read(await learn([run], { features: plane, learner: { type: 'tica', lag } }));
  const variable = await inSimulation(file);
  const evaluate = (x: number): void =>
    variable.evaluate(Float64Array.of(x, 0, 0), openBox, new Float64Array(1), new Float64Array(3));
  evaluate(0.5);
  assert.equal(variable.remarks?.(), []);
  for (let k = 0; k < 3; k++) evaluate(9);
  assert.match(variable.remarks?.()[0] as string, /outside what its training saw in 75 % of 4 evaluations, most often in x/);
});

const message = async (settings: Settings): Promise<string> => {
  try {
    await learn([run], { features: plane, ...settings });
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message;
  }
  return '';
};

test('bad input is one clear error', async () => {
  assert.match(await message({ learner: { type: 'tica', lag: 0.25 } }), 'stages[1].learner.lag: is 0.25; frames are 0.1 apart');
  assert.match(await message({ learner: { type: 'tica', lag: 100 } }), 'leaves 0 pairs to train on');
  assert.match(
    await message({ learner: { type: 'generator-eigenfunctions', omega: [0.5, 0.7] }, components: 2 }),
    'must fall from one to the next',
  );
  assert.match(await message({ learner: { type: 'deep-tda', means: [[0]], widths: [[1]] } }), 'tells states apart');
  assert.match(await message({ learner: { type: 'autoencoder' }, copies: 7 }), 'is 7, but 60 particles cannot be divided');
  assert.match(await message({ learner: { type: 'autoencoder' }, weights: { column: 'rbias' } }), /log.csv|no column/);
  assert.match(await message({ learner: { type: 'autoencoder' }, inputs: ['z'] }), 'has no variable "z"; known: x, y');
});

test.run();
