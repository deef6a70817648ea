/** Claims about loops: rounds build on each other, end when they agree, go on after an interruption, and name mistakes by their place. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../../engine/index.ts';
import { correlation } from '../../../tools/runner/convergence.ts';
import { silent } from '../../../tools/runner/display.ts';
import { type RunOptions, type RunOutcome, runPlan } from '../../../tools/runner/run.ts';
import { planScenario } from '../../../tools/runner/scenario-file.ts';
import { diary, fakeRegistry } from '../../support/fake-stages.ts';
import { readJson, scratch } from '../../support/fixtures.ts';

const entry = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'support', 'fake-stage-process.js');
const test = suite('loop');

const loop = {
  name: 'learn',
  do: 'loop',
  before: [{ name: 'sample', do: 'fake-count', steps: 1 }],
  round: [
    { name: 'train', do: 'fake-count', steps: 2 },
    { name: 'profile', do: 'fake-profile', from: 'profile@previous' },
  ],
  start: { profile: 'sample' },
  rounds: 6,
};

async function run(folder: string, stage: object, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
  const plan = await planScenario({ json: { name: 'case', seed: 1, stages: [stage] }, folder }, fakeRegistry());
  const signal = new AbortController().signal;
  return runPlan(plan, { folder: join(folder, 'run'), entry, display: silent, resume: false, threads: 2, signal, ...options });
}

/** What ran in the rounds, in the order in which it did. */
function ran(folder: string): string[] {
  return readFileSync(join(folder, 'run', 'learn', 'rounds', diary), 'utf8')
    .trim()
    .split('\n');
}

test('each round builds on the one before, and the loop ends when two rounds agree', async () => {
  const folder = scratch();
  // the middle point moves by 1/2, 1/4, 1/8: of three points, mean taken out, the rms change is sqrt(2)/3 of that
  const until = [{ stage: 'profile', freeEnergyWithin: 0.13 }];
  const outcome = await run(folder, { ...loop, until });
  assert.is(outcome.status, 'done', [...outcome.errors.values()].join());
  assert.equal(
    ran(folder).filter((line) => line.startsWith('profile')),
    ['profile-1 from sample', 'profile-2 from profile-1', 'profile-3 from profile-2'],
  );
  const { converged, rounds } = readJson(join(folder, 'run', 'learn', 'loop.json')) as {
    converged: boolean;
    rounds: { findings: { value: number }[] }[];
  };
  assert.is(converged, true);
  assert.is(rounds.length, 3);
  assert.ok(Math.abs(rounds[1].findings[0].value - Math.SQRT2 / 6) < 1e-12);
  assert.ok(Math.abs(rounds[2].findings[0].value - Math.SQRT2 / 12) < 1e-12);
  // the last round's table stands in the stage's own folder
  assert.match(readFileSync(join(folder, 'run', 'learn', 'free-energy.csv'), 'utf8'), /\n1,1\.75,0\n/);
  assert.ok(existsSync(join(folder, 'run', 'learn', 'rounds', 'report.html')));
});

test('"name@earlier" in a list is the stage of every round before, and what stands for it before the first', async () => {
  const folder = scratch();
  const total = { name: 'total', do: 'fake-sum', all: ['train@earlier', 'other'] };
  const before = [...loop.before, { name: 'other', do: 'fake-count', steps: 10 }];
  await run(folder, { ...loop, before, round: [loop.round[0], total], start: { train: 'sample' }, rounds: 3 });
  // the first sample counts to 1, other to 10, each training to 2
  const totals = [1, 2, 3].map((round) => readJson(join(folder, 'run', 'learn', 'rounds', `total-${round}`, 'result.json')));
  assert.equal(totals, [{ steps: 11 }, { steps: 13 }, { steps: 15 }]);
});

test('a loop goes on until the errors of regions are small', async () => {
  const folder = scratch();
  // errors are 1, 1/2, 1/4, 1/8; the first round is never looked at
  await run(folder, { ...loop, until: [{ stage: 'profile', errorWithin: 0.2 }] });
  const { converged, rounds } = readJson(join(folder, 'run', 'learn', 'loop.json')) as {
    converged: boolean;
    rounds: { findings: { value: number }[] }[];
  };
  assert.is(converged, true);
  assert.equal(
    rounds.map(({ findings }) => findings.map(({ value }) => value)),
    [[], [0.5], [0.25], [0.125]],
  );
});

test('without convergence it runs all its rounds and says so', async () => {
  const folder = scratch();
  const until = [{ stage: 'profile', variables: ['a', 'b'], correlation: 0.999 }];
  await run(folder, { ...loop, round: [loop.round[1]], rounds: 2, until });
  const { converged, rounds } = readJson(join(folder, 'run', 'learn', 'loop.json')) as {
    converged: boolean;
    rounds: { findings: { value: number }[] }[];
  };
  assert.is(converged, false);
  // a = 0 1 0 1, b = 0 1.5 0.5 2: covariance 0.375, variances 0.25 and 0.625
  assert.ok(Math.abs(rounds[1].findings[0].value - 0.375 / Math.sqrt(0.25 * 0.625)) < 1e-12);
});

test('interrupted in its second round it goes on there; what is finished is not run again', async () => {
  const folder = scratch();
  const controller = new AbortController();
  const stop = {
    ...silent,
    note: (_: string, text: string) => {
      if (text.startsWith('round 1 of')) controller.abort(new Interrupted('test'));
    },
  };
  // counting takes seconds and looks at the signal, so that the second round cannot end before the signal arrives
  const slow = { ...loop, round: [{ ...loop.round[0], steps: 3, delay: 1000 }, loop.round[1]], rounds: 2 };
  const first = await run(folder, slow, { signal: controller.signal, display: stop });
  assert.is(first.status, 'interrupted');
  const before = ran(folder).length;
  const second = await run(folder, slow, { resume: true });
  assert.is(second.status, 'done', [...second.errors.values()].join());
  const after = ran(folder).slice(before);
  assert.ok(
    after.every((line) => /^(train|profile)-2 /.test(line)),
    after.join(),
  );
  assert.ok(
    after.some((line) => line.startsWith('train-2 from')),
    after.join(),
  );
});

test('mistakes in a round are found before anything runs, and named by their place in the loop', async () => {
  const folder = scratch();
  const wrong = async (change: object, pattern: RegExp): Promise<void> => {
    try {
      await planScenario({ json: { stages: [{ ...loop, ...change }] }, folder }, fakeRegistry());
    } catch (error) {
      assert.match(String((error as { where?: string }).where) + (error as Error).message, pattern);
      return;
    }
    throw new Error(`was not refused; expected ${pattern}`);
  };
  await wrong({ round: [{ name: 'train', do: 'fake-count', step: 2 }] }, /stages\[0\]\.round\[0\].*step/);
  await wrong({ before: [{ name: 'sample', do: 'fake-cout' }] }, /stages\[0\]\.before\[0\]\.do.*fake-count/);
  await wrong({ start: { profile: 'nothing' } }, /stages\[0\]\.round\[1\]\.from/);
  await wrong(
    { round: [{ name: 'a', do: 'fake-sum', from: 'sample@earlier' }] },
    /stages\[0\]\.round\[0\]\.from.*sample@earlier/,
  );
  await wrong(
    { until: [{ stage: 'profiles', freeEnergyWithin: 1 }] },
    /stages\[0\]\.until\[0\]\.stage.*"profiles" is no stage of a round/,
  );
});

test('the correlation of a column with itself, its negative and a constant is 1, -1 and 0', () => {
  const a = Float64Array.of(1, 2, 4);
  assert.ok(Math.abs(correlation(a, a) - 1) < 1e-12);
  assert.ok(
    Math.abs(
      correlation(
        a,
        a.map((x) => -x),
      ) + 1,
    ) < 1e-12,
  );
  assert.is(correlation(a, new Float64Array(3)), 0);
});

test.run();
