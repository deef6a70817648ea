/** The stage `loop`: a list of stages run round after round, each round building on the one before, until what they find has converged. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, Interrupted, SimulationError } from '../../engine/errors.ts';
import type { Schema, StageContext, StageKind, UnitSystem } from '../../engine/index.ts';
import type { Registry } from '../../engine/registry.ts';
import { type Criterion, criteriaSchema, type Finding, findConvergence } from './convergence.ts';
import type { Display } from './display.ts';
import { silent } from './display.ts';
import { type LoopStages, placeOf, roundScenario, rounds } from './loop-rounds.ts';
import { runPlan } from './run.ts';
import { type Plan, planScenario } from './scenario-file.ts';

interface LoopSettings extends LoopStages {
  readonly rounds: number;
  readonly until: readonly Criterion[];
}

/** Folder of the rounds' own run within the stage's folder. */
export const roundsFolder = 'rounds';

const stageList = (description: string, least: number): Schema => ({
  type: 'array',
  items: { type: 'object', additionalProperties: {} },
  minItems: least,
  description,
});

/** What a round found, as `loop.json` keeps it. */
interface Round {
  readonly round: number;
  readonly findings: readonly Finding[];
}

async function run(context: StageContext): Promise<void> {
  const settings = context.settings as unknown as LoopSettings;
  const folder = join(context.folder.path, roundsFolder);
  const history: Round[] = [];
  let converged = false;
  for (let round = 1; round <= settings.rounds && !converged; round++) {
    await runRound(context, settings, folder, round);
    const findings = round < 2 ? [] : settings.until.map((criterion) => findConvergence(criterion, folder, round, context.where));
    converged = findings.length > 0 && findings.every((finding) => finding.met);
    history.push({ round, findings });
    context.progress.note(
      `round ${round} of at most ${settings.rounds}: ${findings.map((one) => one.text).join('; ') || 'done'}`,
    );
    await context.folder.write('loop.json', `${JSON.stringify({ converged, rounds: history }, null, 2)}\n`);
  }
  if (!converged && settings.until.length > 0)
    context.progress.note(`not converged after ${settings.rounds} rounds: run more of them, or longer ones`);
  for (const { name } of settings.round) keepLast(context, folder, name as string, history.length);
  const { writeReport } = await import('../report/index.ts');
  await writeReport(folder);
}

/** Runs all rounds up to this one: what earlier calls have finished is not run again. */
async function runRound(context: StageContext, settings: LoopSettings, folder: string, round: number): Promise<void> {
  const { units, seed, registry, scenario, where } = context;
  const json = {
    name: context.name,
    units,
    seed,
    plugins: scenario.plugins,
    stages: rounds(settings, round, units, registry, where),
  };
  const plan = await inPlace(settings, where, () => planScenario({ json, folder: scenario.folder }, registry));
  const outcome = await runPlan(plan, {
    folder,
    entry: process.argv[1],
    resume: context.resume,
    threads: context.threads,
    signal: context.signal,
    display: displayOf(context, plan, settings, round),
  });
  for (const record of outcome.manifest.stages) for (const path of Object.keys(record.files)) await context.readText(path);
  if (outcome.status === 'interrupted') throw new Interrupted(`stopped in round ${round}`);
  const [failed] = outcome.errors;
  if (!failed) return;
  const [name, error] = failed;
  if (error instanceof InputError) throw new InputError(error.where, `in "${name}": ${error.message}`, { cause: error });
  const before = round > 1 ? ` What the rounds before found stands in ${roundsFolder} of this stage's folder.` : '';
  throw new SimulationError(`round ${round}, stage "${name}": ${error.message}${before}`);
}

/** Notes and progress of the rounds as those of the stage. */
function displayOf(context: StageContext, plan: Plan, settings: LoopSettings, round: number): Display {
  const total = settings.before.length + settings.round.length * settings.rounds;
  let ended = plan.stages.length - settings.round.length - (round === 1 ? settings.before.length : 0);
  return {
    ...silent,
    note: (name, text) => context.progress.note(`${name}: ${text}`),
    progress: (name, done, all, text) =>
      context.progress.update(ended + (all > 0 ? done / all : 0), total, `round ${round}, ${name} ${text}`),
    stageEnded: (_name, status) => {
      if (status === 'done') ended++;
    },
  };
}

/** Tables and variables of the last round stand in the stage's own folder, where reports and other stages look for them. */
function keepLast(context: StageContext, folder: string, name: string, round: number): void {
  for (const file of ['free-energy.csv', 'variable.json']) {
    const source = join(folder, `${name}-${round}`, file);
    if (existsSync(source)) copyFileSync(source, join(context.folder.path, file));
  }
}

/** Errors of the rounds' scenario, named by where the mistake stands in this one. */
async function inPlace<T>(settings: LoopStages, where: string, plan: () => Promise<T> | T): Promise<T> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(placeOf(error.where, settings, where), error.message, { cause: error });
  }
}

function check(settings: Readonly<Record<string, unknown>>, where: string, registry: Registry, units: UnitSystem): void {
  const loop = settings as unknown as LoopSettings;
  roundScenario(loop, units, registry, where);
  const names = loop.round.map((stage) => stage.name);
  for (const [k, criterion] of loop.until.entries())
    if (!names.includes(criterion.stage))
      throw new InputError(
        `${where}.until[${k}].stage`,
        `"${criterion.stage}" is no stage of a round; the round has ${names.join(', ')}`,
      );
}

export const loopStage: StageKind = {
  name: 'loop',
  summary: 'Runs a list of stages round after round until what they find has converged: sample, learn, bias, sample again.',
  status: 'experimental',
  parallel: true,
  schema: {
    type: 'object',
    required: ['round'],
    properties: {
      before: { ...stageList('Stages that are run once, before the rounds.', 0), default: [] },
      round: stageList(
        'The stages of a round. A stage that they name is that of the same round; "name@previous" is that of the round before, "name@earlier" in a list those of ' +
          'all rounds before.',
        1,
      ),
      start: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description:
          'For the first round: which stage of `before` stands for "name@previous"; it is also the first of "name@earlier". Without an entry it is the stage of the first round itself.',
      },
      rounds: { type: 'integer', minimum: 1, default: 5, description: 'Most rounds.' },
      until: criteriaSchema,
    },
  },
  run,
  check,
};
