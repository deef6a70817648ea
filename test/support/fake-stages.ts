/** Stages that take no time and compute nothing of use: for tests of the runner and the command line. Also a plugin. */
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { InputError, Interrupted, SimulationError } from '../../engine/errors.ts';
import type { Plugin, Schema, StageContext, StageKind } from '../../engine/index.ts';
import { Registry } from '../../engine/registry.ts';
import { plugin as runner } from '../../tools/runner/index.ts';

/** Every start is written to this file in the run folder, so that a test can see what ran. */
export const diary = 'diary.txt';

function say(context: StageContext, line: string): void {
  appendFileSync(`${context.folder.path}/../${diary}`, `${context.name} ${line}\n`);
}

function stage(name: string, properties: Record<string, Schema>, run: StageKind['run']): StageKind {
  return { name, summary: `The fake stage ${name}.`, status: 'experimental', schema: { type: 'object', properties }, run };
}

/** Counts to `steps`, a checkpoint a step; each step takes `delay` milliseconds, except when continued: nobody waits for that. */
const count = stage(
  'fake-count',
  {
    steps: { type: 'integer', default: 3, description: 'How far to count.' },
    delay: { type: 'number', default: 0 },
    file: { type: 'string' },
  },
  async (context) => {
    const { folder, settings, signal } = context;
    const file = settings.file === undefined ? '' : await context.readText(settings.file as string);
    const first = context.resume && folder.exists('checkpoint.json') ? Number(await folder.readText('checkpoint.json')) : 0;
    say(context, `from ${first}`);
    const steps = (settings.steps as number | undefined) ?? 3;
    for (let step = first; step < steps; step++) {
      if (signal.aborted) {
        say(context, `stopped at ${step}`);
        throw new Interrupted(`stopped at step ${step}`);
      }
      if (!context.resume) await setTimeout(settings.delay as number | undefined);
      await folder.write('checkpoint.json', String(step + 1));
      context.progress.update(step + 1, steps, `${step + 1} apples`);
    }
    await folder.write('result.json', JSON.stringify({ steps, file, seed: context.seed, threads: context.threads }));
  },
);

/** Adds up what earlier counts reached. */
const sum = stage(
  'fake-sum',
  {
    from: { reference: { stage: ['fake-count'] } },
    and: { reference: { stage: ['fake-count', 'fake-sum'] } },
    all: { type: 'array', items: { reference: { stage: ['fake-count'] } } },
  },
  async (context) => {
    say(context, 'ran');
    let total = 0;
    for (const input of Object.values(context.inputs)) {
      const result = JSON.parse(await input.folder.readText('result.json')) as { steps: number };
      total += result.steps;
    }
    await context.folder.write('result.json', JSON.stringify({ steps: total }));
  },
);

/** Leaves a free energy that changes by half as much each time that it is made from the one before. */
const profile = stage('fake-profile', { from: { reference: { stage: ['fake-count', 'fake-profile'] } } }, async (context) => {
  say(context, `from ${context.inputs.from.name}`);
  const { folder, kind } = context.inputs.from;
  const step = kind === 'fake-profile' ? Number(await folder.readText('step.txt')) / 2 : 1;
  await context.folder.write('step.txt', String(step));
  await context.folder.write('free-energy.json', JSON.stringify({ regions: { a: { error: 0 }, b: { error: step } } }));
  await context.folder.write('free-energy.csv', `x,free_energy,error\n0,0,0\n1,${2 - step},0\n2,5,0\n`);
  await context.folder.write('log.csv', `step,a,b\n0,0,0\n1,1,${2 - step}\n2,0,${step}\n3,1,2\n`);
});

/** Ends badly in the way that `how` names. */
const fail = stage(
  'fake-fail',
  { how: { type: 'string' }, from: { reference: { stage: ['fake-count'] } }, delay: { type: 'number' } },
  async (context) => {
    say(context, 'ran');
    await setTimeout(context.settings.delay as number | undefined);
    switch (context.settings.how) {
      case 'input':
        throw new InputError(`${context.where}.how`, 'this word cannot be used; use another');
      case 'simulation':
        throw new SimulationError('the bond between particles 3 and 4 broke at step 17');
      case 'kill':
        process.kill(process.pid, 'SIGKILL');
        await setTimeout(10_000);
        break;
      default:
        throw new TypeError('undefined is not a function');
    }
  },
);

export const plugin: Plugin = {
  name: 'fake-stages',
  register(registry) {
    for (const kind of [count, sum, profile, fail]) registry.add('stage', kind);
  },
};

/** A registry with the fake stages and those of the runner. */
export function fakeRegistry(): Registry {
  const registry = new Registry();
  plugin.register(registry);
  runner.register(registry);
  return registry;
}
