/** Claims about the runner: what is run, reused, resumed and refused, in real processes with fake stages. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../../engine/index.ts';
import { silent } from '../../../tools/runner/display.ts';
import { type RunManifest, readManifest, type StageRecord, writeManifest } from '../../../tools/runner/manifest.ts';
import { type RunOptions, type RunOutcome, runPlan } from '../../../tools/runner/run.ts';
import { planScenario } from '../../../tools/runner/scenario-file.ts';
import { diary, fakeRegistry } from '../../support/fake-stages.ts';
import { readJson, scratch } from '../../support/fixtures.ts';

const entry = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'support', 'fake-stage-process.js');
const test = suite('runner');

interface Case {
  readonly folder: string;
  readonly lines: string[];
  /** Runs the stages; the diary starts empty each time. */
  run(stages: readonly object[], options?: Partial<RunOptions> & { seed?: number }): Promise<RunOutcome>;
  /** What ran, in order of names. */
  ran(): string[];
  manifest(): RunManifest;
}

function newCase(): Case {
  const home = scratch();
  const folder = join(home, 'run');
  const lines: string[] = [];
  return {
    folder,
    lines,
    async run(stages, { seed = 1, ...options } = {}) {
      lines.length = 0;
      rmSync(join(folder, diary), { force: true });
      const plan = await planScenario({ json: { name: 'case', seed, stages }, folder: home }, fakeRegistry());
      const display = { ...silent, line: (text: string) => void lines.push(text) };
      return runPlan(plan, {
        folder,
        entry,
        display,
        resume: false,
        threads: 2,
        signal: new AbortController().signal,
        ...options,
      });
    },
    ran: () => (existsSync(join(folder, diary)) ? readFileSync(join(folder, diary), 'utf8').trim().split('\n').sort() : []),
    manifest: () => readManifest(folder) as RunManifest,
  };
}

const chain = [
  { name: 'a', do: 'fake-count', steps: 2 },
  { name: 'b', do: 'fake-count', steps: 5 },
  { name: 'c', do: 'fake-sum', from: 'a', and: 'b' },
];

/** Rejects with an error whose message matches; returns the message. */
async function rejects(promise: Promise<unknown>, pattern: RegExp): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { message } = error as Error;
    assert.match(message, pattern);
    return message;
  }
  throw new Error(`was not refused; expected ${pattern}`);
}

test('a run leaves a folder a stage and a run.json that says how it went', async () => {
  const { folder, manifest, run } = newCase();
  const outcome = await run(chain);
  assert.is(outcome.status, 'done');
  assert.equal(readJson(join(folder, 'c', 'result.json')), { steps: 7 });
  const { stages, status, versions } = manifest();
  assert.is(status, 'done');
  assert.equal(
    stages.map((stage) => [stage.name, stage.do, stage.status]),
    [
      ['a', 'fake-count', 'done'],
      ['b', 'fake-count', 'done'],
      ['c', 'fake-sum', 'done'],
    ],
  );
  assert.ok(stages.every((stage) => stage.wallSeconds > 0 && stage.fingerprint && stage.startedAt && stage.finishedAt));
  assert.is(versions.node, process.versions.node);
});

test('a second run of the same scenario runs nothing', async () => {
  const { ran, run } = newCase();
  await run(chain);
  const outcome = await run(chain);
  assert.equal(ran(), []);
  assert.is(outcome.status, 'done');
  assert.equal(outcome.reused, ['a', 'b', 'c']);
});

test('a changed setting runs its stage and those that build on it, and no other', async () => {
  const { folder, lines, ran, run } = newCase();
  await run(chain);
  await run([{ ...chain[0], steps: 4 }, chain[1], chain[2]]);
  assert.equal(ran(), ['a from 0', 'c ran']);
  assert.equal(readJson(join(folder, 'c', 'result.json')), { steps: 9 });
  assert.match(lines.join('\n'), /a: started anew, because its inputs changed \(steps: was 2, is 4\)/);
});

test('another seed, a changed file and a lost folder each run the stage again', async () => {
  const { folder, ran, run } = newCase();
  const text = join(folder, '..', 'words.txt');
  const stages = [{ name: 'a', do: 'fake-count', file: 'words.txt' }];
  writeFileSync(text, 'one');
  await run(stages);
  await run(stages, { seed: 2 });
  assert.equal(ran(), ['a from 0']);
  await run(stages, { seed: 2 });
  assert.equal(ran(), []);
  writeFileSync(text, 'two');
  await run(stages, { seed: 2 });
  assert.equal(ran(), ['a from 0']);
  rmSync(join(folder, 'a'), { recursive: true });
  await run(stages, { seed: 2 });
  assert.equal(ran(), ['a from 0']);
});

test('a stage that was taken out of the scenario and put back is still finished', async () => {
  const { ran, run } = newCase();
  await run(chain);
  await run(chain.slice(0, 1));
  await run(chain);
  assert.equal(ran(), []);
});

test('the seed of a stage depends on its name and not on its place', async () => {
  const { manifest, run } = newCase();
  const seeds = () => Object.fromEntries(manifest().stages.map((stage) => [stage.name, stage.seed]));
  await run(chain.slice(0, 2));
  const first = seeds();
  await run([chain[1], chain[0]]);
  assert.equal(seeds(), { b: first.b, a: first.a });
  assert.is.not(first.a, first.b);
});

test('a failing stage lets the others that run finish, stops what builds on it, and its error says which stage', async () => {
  const { manifest, run } = newCase();
  const outcome = await run([
    { name: 'good', do: 'fake-count', steps: 4, delay: 60 },
    { name: 'bad', do: 'fake-fail', how: 'simulation' },
    { name: 'late', do: 'fake-sum', from: 'good' },
  ]);
  assert.is(outcome.status, 'failed');
  assert.equal([...outcome.errors.keys()], ['bad']);
  assert.match(outcome.errors.get('bad')?.message ?? '', /bond between particles 3 and 4 broke/);
  assert.equal(
    manifest().stages.map((stage) => stage.status),
    ['done', 'failed', 'pending'],
  );
});

test('a fault of the program keeps the stack of the process where it happened', async () => {
  const { run } = newCase();
  const error = (await run([{ name: 'bad', do: 'fake-fail', how: 'bug' }])).errors.get('bad');
  assert.is(error?.name, 'StageBug');
  assert.match(error?.stack ?? '', /TypeError: undefined is not a function[\s\S]*fake-stages/);
});

test('a process that dies is a failure that names the stage', async () => {
  const { run } = newCase();
  const outcome = await run([{ name: 'doomed', do: 'fake-fail', how: 'kill' }]);
  assert.match(outcome.errors.get('doomed')?.message ?? '', /stage "doomed" was ended by SIGKILL .* memory/);
});

/** Runs stages until `running` of them have counted, twice in all, then stops them. */
async function interrupt(kase: Case, stages: readonly object[], running = 1): Promise<RunOutcome> {
  const controller = new AbortController();
  const seen: string[] = [];
  const display = {
    ...silent,
    progress: (name: string) => {
      seen.push(name);
      if (seen.length >= 2 && new Set(seen).size >= running) controller.abort(new Interrupted('enough'));
    },
  };
  return kase.run(stages, { signal: controller.signal, display });
}

const slow = [
  { name: 'a', do: 'fake-count', steps: 12, delay: 110 },
  { name: 'b', do: 'fake-count', steps: 12, delay: 110 },
  { name: 'c', do: 'fake-sum', from: 'a', and: 'b' },
];

test('an abort reaches every running stage, each saves, and --continue goes on from there', async () => {
  const kase = newCase();
  const outcome = await interrupt(kase, slow, 2);
  assert.is(outcome.status, 'interrupted');
  assert.equal(
    kase.manifest().stages.map((stage) => stage.status),
    ['interrupted', 'interrupted', 'pending'],
  );
  const reached = (name: string) => readFileSync(join(kase.folder, name, 'checkpoint.json'), 'utf8');
  const at = [reached('a'), reached('b')];
  assert.is((await kase.run(slow, { resume: true })).status, 'done');
  assert.equal(kase.ran(), [`a from ${at[0]}`, `b from ${at[1]}`, 'c ran']);
  assert.equal(readJson(join(kase.folder, 'c', 'result.json')), { steps: 24 });
});

test('without --continue an unfinished stage is started anew, and the run says so and names --continue', async () => {
  const kase = newCase();
  await interrupt(kase, slow.slice(0, 1));
  await kase.run(slow.slice(0, 1));
  assert.equal(kase.ran(), ['a from 0']);
  assert.match(kase.lines.join('\n'), /a: interrupted earlier, started anew \(--continue would go on/);
});

test('--continue with changed inputs is refused before anything runs, and names the setting', async () => {
  const kase = newCase();
  await interrupt(kase, slow);
  const changed = [{ ...slow[0], steps: 13 }, slow[1], slow[2]];
  await rejects(
    kase.run(changed, { resume: true }),
    /stages\[0\].*cannot be continued[\s\S]*steps: was 12, is 13[\s\S]*without --continue/,
  );
  assert.equal(kase.ran(), []);
});

test('--continue is refused if a finished stage below the unfinished one changed', async () => {
  const kase = newCase();
  const stages = [
    { name: 'a', do: 'fake-count', steps: 2 },
    { name: 'b', do: 'fake-fail', how: 'simulation', from: 'a' },
  ];
  await kase.run(stages);
  await rejects(
    kase.run([{ ...stages[0], steps: 3 }, stages[1]], { resume: true }),
    /stages\[1\].*cannot be continued[\s\S]*a: steps: was 2, is 3/,
  );
  assert.equal(kase.ran(), []);
});

test('a finished stage whose inputs changed is called outdated until it has been run again', async () => {
  const kase = newCase();
  const outdated = () => kase.manifest().stages.map((stage) => stage.outdated);
  await kase.run(chain);
  const stages = [{ ...chain[0], steps: 12, delay: 110 }, chain[1], chain[2]];
  assert.is((await interrupt(kase, stages)).status, 'interrupted');
  assert.equal(outdated(), [false, false, true]);
  await kase.run(stages, { resume: true });
  assert.equal(outdated(), [false, false, false]);
  assert.equal(readJson(join(kase.folder, 'c', 'result.json')), { steps: 17 });
});

test('a run that was killed without a word is unfinished and can be continued', async () => {
  const kase = newCase();
  const stages = [{ name: 'a', do: 'fake-count', steps: 12 }];
  await kase.run(stages);
  const manifest = kase.manifest();
  const [record] = manifest.stages;
  Object.assign(record, { status: 'running', fingerprint: null } satisfies Partial<StageRecord>);
  writeManifest(kase.folder, manifest);
  writeFileSync(join(kase.folder, 'a', 'checkpoint.json'), '11');
  await kase.run(stages, { resume: true });
  assert.equal(kase.ran(), ['a from 11']);
});

test('the folder of a finished stage elsewhere can stand where a stage is named', async () => {
  const there = newCase();
  await there.run(chain);
  const here = newCase();
  const stages = [{ name: 'd', do: 'fake-sum', from: join(there.folder, 'a'), and: join(there.folder, 'c') }];
  await here.run(stages);
  assert.equal(readJson(join(here.folder, 'd', 'result.json')), { steps: 9 });
  await there.run([{ ...chain[0], steps: 3 }, chain[1], chain[2]]);
  await here.run(stages);
  assert.equal(readJson(join(here.folder, 'd', 'result.json')), { steps: 11 });
});

test('a reference to nothing, to an unfinished stage or to a stage of another kind is refused with what is allowed', async () => {
  const there = newCase();
  await there.run(chain); // first, because nothing new starts once a stage has failed
  await there.run([...chain, { name: 'bad', do: 'fake-fail', how: 'simulation' }]);
  const { run } = newCase();
  const from = (value: string) => run([{ name: 'd', do: 'fake-sum', from: value }]);
  await rejects(from('nowhere'), /stages\[0\]\.from: no earlier stage is called "nowhere"/);
  await rejects(from('./nowhere'), /stages\[0\]\.from: "\.\/nowhere" is neither an earlier stage nor the folder/);
  await rejects(from(join(there.folder, 'c')), /is a stage of kind fake-sum; allowed here: fake-count/);
  await rejects(from(join(there.folder, 'bad')), /is not finished \(failed\)/);
});

test('a folder that no run has made is not overwritten', async () => {
  const { folder, run } = newCase();
  await run([{ name: 'a', do: 'fake-count' }]);
  writeFileSync(join(folder, 'a', 'mine.txt'), 'dear');
  rmSync(join(folder, 'run.json'));
  await rejects(run([{ name: 'a', do: 'fake-count' }]), /exists and was not made by md run/);
  assert.ok(existsSync(join(folder, 'a', 'mine.txt')));
});

test.run();
