/** The stage `implied-times`: how fast the slowest processes of unbiased runs relax, seen at several lags, with errors. */
import {
  type FinishedStage,
  InputError,
  Interrupted,
  type Schema,
  type Settings,
  type StageContext,
  type StageKind,
} from '../../../engine/index.ts';
import type { FeatureDescription } from '../learned/data/features.ts';
import { firstCopy, loadPoints, openRuns, type Points } from '../learned/data/load.ts';
import { lagSteps } from '../learned/data/prepared.ts';
import { trainVariableSchema } from '../learned/schema.ts';
import { readVariable, type VariableFile, variableFile } from '../learned/variable-file.ts';
import { components, type Functions, featuresOf, harmonics } from './basis.ts';
import { blockSums, type TimeWithError, timesWithErrors } from './lagged-blocks.ts';

const { from, features, copies, stride } = trainVariableSchema.properties as Readonly<Record<string, Schema>>;

/** A run passes some ten times through a process that is this many times faster. */
const lengthsOfRun = 20;

interface StageSettings {
  readonly from: string | readonly string[];
  readonly features?: Readonly<Record<string, Settings>>;
  readonly variable?: string;
  readonly harmonics: number;
  readonly lags: readonly number[];
  readonly times: number;
  readonly blocks: number;
  readonly resamples: number;
  readonly reference: readonly number[];
  readonly copies: number | 'particles';
  readonly stride: number;
}

export const impliedTimesStage: StageKind = {
  name: 'implied-times',
  summary:
    'Implied times of the slowest processes of unbiased runs against the lag, in the span of harmonics of angles or of a learned variable; errors from blocks of time.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['from', 'lags'],
    properties: {
      from: { ...from, description: 'the unbiased run, or a list of runs of one system' },
      features: {
        ...features,
        description: 'variables as in a simulation; of periodic ones harmonics are taken, others count as they are',
      },
      harmonics: {
        type: 'integer',
        minimum: 1,
        default: 2,
        description: 'of angles: cos and sin of m phi + n psi + ... with m and n up to this',
      },
      variable: {
        reference: { stage: ['train-variable'] },
        description: 'instead of features: a learned variable, whose components are the functions',
      },
      lags: {
        type: 'array',
        minItems: 1,
        items: { quantity: 'time', exclusiveMinimum: 0 },
        description: 'multiples of the interval of frames; implied times level off where lags are long enough',
      },
      times: { type: 'integer', minimum: 1, default: 3, description: 'how many processes, the slowest first' },
      blocks: {
        type: 'integer',
        minimum: 3,
        default: 10,
        description: 'parts of the run that are drawn anew for the errors; each has to be several times longer than the times',
      },
      resamples: { type: 'integer', minimum: 20, default: 200, description: 'how often blocks are drawn' },
      reference: {
        type: 'array',
        items: { quantity: 'time', exclusiveMinimum: 0 },
        default: [],
        description: 'known times, to stand beside those found in the report',
      },
      copies,
      stride,
    },
  },
  check(raw, where) {
    const { features: own, variable } = raw as unknown as StageSettings;
    if ((own === undefined) === (variable === undefined))
      throw new InputError(where, 'takes either "features", or "variable", a train-variable stage');
  },
  run,
};

async function run(context: StageContext): Promise<void> {
  const settings = context.settings as unknown as StageSettings;
  const { where, units, progress } = context;
  const names = typeof settings.from === 'string' ? ['from'] : settings.from.map((_, k) => `from[${k}]`);
  const runs = names.map((property) => context.inputs[property]);
  for (const each of runs) refuseBiased(each, `${where}.from`);
  const { points, functions } = await load(context, settings, runs);
  if (points.spacing === null) throw new InputError(`${where}.from`, 'holds no two frames of one trajectory');
  const length = points.count * points.spacing;
  const unit = units === 'md' ? 'ps' : 'tau';
  const found = settings.lags.map((lag, k) => {
    const steps = lagSteps(points, lag, `${where}.lags[${k}]`);
    const sums = blockSums(functions, points.segments, steps, settings.blocks);
    if (sums.reduce((total, { pairs }) => total + pairs, 0) < 10 * functions.length)
      throw new InputError(`${where}.lags[${k}]`, `leaves too few pairs for ${functions.length} functions; take shorter lags`);
    const times = timesWithErrors(sums, lag, settings.times, settings.resamples, context.seed);
    progress.note(`lag ${short(lag)} ${unit}: ${times.map(inWords).join(', ')} ${unit}`);
    return { lag, times };
  });
  progress.note(
    `the run is ${short(length)} ${unit} long: times beyond ${short(length / lengthsOfRun)} ${unit} it shows fewer than ten times, ` +
      'and those of states that it never enters not at all',
  );
  const result = {
    unit,
    length,
    longest: length / lengthsOfRun,
    functions: functions.length,
    blocks: settings.blocks,
    lags: found,
    reference: settings.reference,
  };
  await context.folder.write('implied-times.json', `${JSON.stringify(result, null, 2)}\n`);
  await context.folder.write('implied-times.csv', table(found, settings.times, units === 'md' ? ' (ps)' : ''));
}

/** @throws InputError for a run that was pushed: its times are those of the bias */
function refuseBiased(stage: FinishedStage, where: string): void {
  const biases = Object.keys((stage.settings.biases ?? {}) as object);
  if (biases.length > 0)
    throw new InputError(
      where,
      `the stage "${stage.name}" had the bias "${biases[0]}": its times are not those of the system; take a run without biases`,
    );
}

async function load(context: StageContext, settings: StageSettings, runs: readonly FinishedStage[]) {
  const { where, registry } = context;
  const trajectories = await openRuns(runs, `${where}.from`);
  try {
    const total = trajectories[0].structure.mass.length;
    const parts = settings.copies === 'particles' ? total : settings.copies;
    const structure = firstCopy(trajectories[0].structure, parts, `${where}.copies`);
    const source = context.inputs.variable;
    const file = source ? readVariable(await source.folder.readText(variableFile), `${where}.variable`) : null;
    const description: FeatureDescription = file
      ? featuresOf(file, structure, `${where}.variable`)
      : described(settings, [...trajectories[0].frame(0).positions.subarray(0, 3 * structure.mass.length)]);
    const points = await loadPoints(
      runs.map((each, k) => ({ run: each, trajectory: trajectories[k], weight: () => 1 })),
      description,
      { registry, where: `${where}.features`, stride: settings.stride, copies: parts, mobility: null, plane: [], onFrame },
    );
    return { points, functions: functionsOf(points, file, settings, where) };
  } finally {
    for (const trajectory of trajectories) trajectory.close();
  }

  async function onFrame(done: number, frames: number): Promise<void> {
    if (done % 100 !== 0) return;
    context.progress.update(done, frames, 'frames read');
    await new Promise((resolve) => setTimeout(resolve));
    if (context.signal.aborted) throw new Interrupted('stopped while reading frames; run again to start this stage over');
  }
}

function functionsOf(points: Points, file: VariableFile | null, settings: StageSettings, where: string): Functions {
  return file ? components(points, file) : harmonics(points, settings.harmonics, `${where}.features`);
}

/** All variables are inputs; superposed positions are superposed on the first frame. */
function described({ features: own = {} }: StageSettings, first: number[]): FeatureDescription {
  const superposed = Object.entries(own).filter(([, { type }]) => type === 'aligned-positions');
  return {
    variables: own,
    inputs: Object.keys(own),
    references: Object.fromEntries(superposed.map(([name]) => [name, first])),
  };
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

const inWords = ({ time, low, high }: TimeWithError): string =>
  Number.isFinite(time) ? `${short(time)} (${short(low)} to ${short(high)})` : 'too fast to show';

function table(
  found: readonly { readonly lag: number; readonly times: readonly TimeWithError[] }[],
  times: number,
  unit: string,
) {
  const heads = Array.from({ length: times }, (_, n) => [`time${n + 1}${unit}`, `low${n + 1}${unit}`, `high${n + 1}${unit}`]);
  const rows = found.map(({ lag, times: own }) =>
    [lag, ...own.flatMap(({ time, low, high }) => [time, low, high])].map((v) => (Number.isFinite(v) ? v : '')).join(','),
  );
  return `${[[`lag${unit}`, ...heads.flat()].join(','), ...rows].join('\n')}\n`;
}
