/** Implied times of processes whose times are known, their errors, and the stage `implied-times` on a double well. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FinishedStage, InputError, type Settings, type StageContext } from '../../../../engine/index.ts';
import { harmonics } from '../../../../plugins/collective-variables/kinetics/basis.ts';
import { impliedTimesStage } from '../../../../plugins/collective-variables/kinetics/implied-times.ts';
import { blockSums, timesWithErrors } from '../../../../plugins/collective-variables/kinetics/lagged-blocks.ts';
import type { Points } from '../../../../plugins/collective-variables/learned/data/load.ts';
import { openStageFolder } from '../../../../tools/runner/stage-folder.ts';
import { readJson, scratch } from '../../../support/fixtures.ts';
import { normal, uniform } from '../../../support/trajectories.ts';
import { bothWells, learn, plane, registry, simulated } from '../learned/support.ts';

const test = suite('implied times');

/** x(t + 1) = exp(-1/time) x(t) + noise, of variance 1. */
function relaxing(time: number, count: number, seed: number): Float64Array {
  const gauss = normal(uniform(seed));
  const keep = Math.exp(-1 / time);
  let x = gauss();
  return Float64Array.from({ length: count }, () => {
    const now = x;
    x = keep * x + Math.sqrt(1 - keep * keep) * gauss();
    return now;
  });
}

test('two independent relaxations have their times, within errors that are those of a run of this length', () => {
  const count = 40_000;
  const f = [relaxing(50, count, 1), relaxing(5, count, 2)];
  for (const lag of [5, 20]) {
    const [slow, fast] = timesWithErrors(blockSums(f, [{ from: 0, to: count }], lag, 20), lag, 2, 200, 3);
    // The relative error of the time of such a process is about sqrt(2 time/length): 5 %. Three of them.
    assert.ok(Math.abs(slow.time / 50 - 1) < 0.15, `${slow.time}`);
    assert.ok(Math.abs(fast.time / 5 - 1) < 0.15 || lag > 10, `${fast.time}`);
    const half = (slow.high - slow.low) / 2 / slow.time;
    // An error of 20 blocks is itself known to 1/sqrt(40); beyond that the first estimate is one for short lags.
    assert.ok(half > 0.025 && half < 0.1, `${half}`);
    assert.ok(slow.low < slow.time && slow.time < slow.high);
  }
});

test('no pair crosses from one trajectory into the next, and noise is too fast to show', () => {
  // Two halves that are each constant but for a little noise: pairs across the gap would be the only slow passages.
  const gauss = normal(uniform(4));
  const f = [Float64Array.from({ length: 200 }, (_, p) => (p < 100 ? -1 : 1) + 0.01 * gauss())];
  const [within] = timesWithErrors(
    blockSums(
      f,
      [
        { from: 0, to: 100 },
        { from: 100, to: 200 },
      ],
      1,
      2,
    ),
    1,
    1,
    20,
    1,
  );
  const [across] = timesWithErrors(blockSums(f, [{ from: 0, to: 200 }], 1, 2), 1, 1, 20, 1);
  assert.ok(within.time > 3000, `${within.time}`);
  assert.ok(across.time < 200, `${across.time}`);
  const alternating = [Float64Array.from({ length: 200 }, (_, p) => (p % 2 === 0 ? 1 : -1))];
  const [fast] = timesWithErrors(blockSums(alternating, [{ from: 0, to: 200 }], 1, 4), 1, 1, 20, 1);
  assert.ok(Number.isNaN(fast.time) && fast.high === 0);
});

test('harmonics of a freely diffusing angle relax m^2 times as fast', () => {
  const gauss = normal(uniform(7));
  const count = 60_000;
  const time = 20;
  let phi = 0;
  const x = new Float64Array(2 * count);
  for (let p = 0; p < count; p++) {
    x[2 * p] = Math.cos(phi);
    x[2 * p + 1] = Math.sin(phi);
    phi += Math.sqrt(2 / time) * gauss();
  }
  const points = { names: ['cos(phi)', 'sin(phi)'], count, x } as unknown as Points;
  const functions = harmonics(points, 2, 'features');
  assert.is(functions.length, 4);
  const found = timesWithErrors(blockSums(functions, [{ from: 0, to: count }], 2, 10), 2, 4, 50, 1);
  // sqrt(2 * 20 / 60000) = 2.6 % for m = 1, half of it for m = 2
  for (const [n, expected] of [time, time, time / 4, time / 4].entries())
    assert.ok(Math.abs(found[n].time / expected - 1) < 0.08, `${found[n].time}, expected ${expected}`);
});

const interval = 0.1;
const frames = bothWells(interval);
const well = simulated(frames, interval, 1);

async function times(settings: Settings, inputs: Readonly<Record<string, FinishedStage>>) {
  const folder = openStageFolder(join(scratch(), 'times'));
  const context: StageContext = {
    name: 'times',
    where: 'stages[1]',
    units: 'lj',
    settings: {
      from: 'model',
      harmonics: 2,
      lags: [0.3, 0.6],
      times: 2,
      blocks: 10,
      resamples: 50,
      reference: [],
      copies: 'particles',
      stride: 1,
      ...settings,
    },
    inputs,
    folder,
    seed: 11,
    threads: 1,
    registry,
    progress: { update: () => {}, note: () => {} },
    signal: new AbortController().signal,
    scenario: { folder: '', plugins: [] },
    uses: () => undefined,
    resume: false,
    readText: () => Promise.reject(new Error('no file is read')),
  };
  await impliedTimesStage.run(context);
  return readJson<{ length: number; lags: { lag: number; times: { time: number; low: number; high: number }[] }[] }>(
    join(folder.path, 'implied-times.json'),
  );
}

test('positions in a double well give the time of its passages, and so does a variable that was learned of them', async () => {
  const { length, lags } = await times({ features: plane }, { from: well });
  assert.ok(Math.abs(length - 720) < 1e-9);
  // 1/0.748682 = 1.336; 500 passages, and x instead of the eigenfunction, which makes it some per cent shorter
  for (const { times: own } of lags) assert.ok(Math.abs(own[0].time / 1.336 - 1) < 0.2, `${own[0].time}`);
  const { stage } = await learn([well], { features: plane, learner: { type: 'tica', lag: 0.3 }, components: 1 });
  const learned = await times({ variable: 'cv', times: 1 }, { from: well, variable: stage });
  // TICA is the same span.
  for (const [k, { times: own }] of learned.lags.entries())
    assert.ok(Math.abs(own[0].time / lags[k].times[0].time - 1) < 0.03, `${own[0].time}`);
});

const refused = async (settings: Settings, from: FinishedStage): Promise<string> => {
  try {
    await times(settings, { from });
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message;
  }
  return '';
};

test('biased runs, lags between frames, and lags that leave too few pairs are refused', async () => {
  const biased = { ...well, settings: { ...well.settings, biases: { meta: { type: 'metadynamics' } } } };
  assert.match(await refused({ features: plane }, biased), 'its times are not those of the system');
  assert.match(await refused({ features: plane, lags: [0.25] }, well), 'a lag must be a multiple');
  assert.match(await refused({ features: plane, lags: [12] }, well), 'leaves too few pairs');
  assert.throws(
    () => impliedTimesStage.check?.({ lags: [1] }, 'stages[1]', registry, 'lj'),
    (error: Error) => /takes either "features"/.test(error.message),
  );
});

test.run();
