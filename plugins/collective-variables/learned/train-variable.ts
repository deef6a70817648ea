/** The stage `train-variable`: from the frames of runs to a collective variable that simulations can use. */
import {
  type FinishedStage,
  InputError,
  Interrupted,
  readStructure,
  type Settings,
  type StageContext,
  type StageKind,
  type Structure,
  type Trajectory,
  unitConstants,
} from '../../../engine/index.ts';
import { frictionOf, temperatureOf } from './data/bath.ts';
import { unweightedWarnings } from './data/biased-runs.ts';
import { compileFeatures, type FeatureDescription } from './data/features.ts';
import { firstCopy, loadPoints, openRuns, type Points } from './data/load.ts';
import { type Prepared, prepare } from './data/prepare.ts';
import { checkRescaledTime, pointsOrPairs } from './data/rescaled-time.ts';
import { oneStateWarnings } from './data/several-states.ts';
import { sourcesOf, type WeightSettings, weightsByStep } from './data/weights.ts';
import { withEvenDiffusion } from './even-diffusion.ts';
import { checkColvars, colvarsFiles } from './export/colvars.ts';
import { checkInputs } from './export/inputs.ts';
import { checkPlumed, plumedFiles } from './export/plumed.ts';
import { outputsAt } from './forms.ts';
import type { Learned, LearnerKind } from './learner.ts';
import { PointNetwork } from './network/point-network.ts';
import { planeTables } from './plane.ts';
import { trainVariableSchema } from './schema.ts';
import { memberships } from './terms/vamp.ts';
import { type VariableFile, variableFile, writeVariable } from './variable-file.ts';

interface StageSettings {
  readonly from: string | readonly string[];
  readonly features: Readonly<Record<string, Settings>>;
  readonly inputs?: readonly string[];
  readonly plane?: readonly string[];
  readonly learner: Settings & { readonly type: string };
  readonly components: number;
  readonly network: { readonly hidden: readonly number[]; readonly activation: 'tanh' };
  readonly training: {
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly weightDecay: number;
  };
  readonly weights?: WeightSettings;
  readonly scale: 'variance' | 'diffusion';
  readonly copies: number | 'particles';
  readonly stride: number;
  readonly blocks: number;
  readonly validationFraction: number;
  readonly expectStates: boolean;
  readonly temperature?: number;
  readonly friction?: number;
  readonly export: readonly ('plumed' | 'colvars')[];
}

async function run(context: StageContext): Promise<void> {
  const settings = context.settings as unknown as StageSettings;
  const kind = context.registry.get('learner', settings.learner.type, `${context.where}.learner.type`);
  const runs = runsOf(context, settings);
  const trajectories = await openRuns(runs, `${context.where}.from`);
  let loaded: Loaded;
  try {
    loaded = await load(context, settings, kind, runs, trajectories);
  } finally {
    for (const trajectory of trajectories) trajectory.close();
  }
  const { points, prepared, description, kT, structure } = loaded;
  const { data, statistics, effectivePoints } = prepared;
  context.progress.note(
    `${data.count} points of ${points.walkers} ${points.walkers === 1 ? 'trajectory' : 'trajectories'} in ${data.names.length} inputs, ` +
      `${data.training.length} to train on and ${data.validation.length} to validate` +
      (effectivePoints < 0.999 * data.count ? `; by their weights worth ${Math.round(effectivePoints)}` : ''),
  );
  const before = dataWarnings(context, settings, kind, runs, prepared);
  const learnedFrom = pointsOrPairs(data, settings, context.where);
  const rows: Readonly<Record<string, number>>[] = [];
  let found: Learned;
  try {
    found = await kind.learn(learnedFrom.data, settings.learner, {
      where: `${context.where}.learner`,
      components: settings.components,
      hidden: settings.network.hidden,
      activation: settings.network.activation,
      ...settings.training,
      seed: context.seed,
      expectStates: settings.expectStates && before.states && learnedFrom.data === data,
      signal: context.signal,
      record: (row) => rows.push(row),
      progress: (done, total, text) => context.progress.update(done, total, text),
      note: (line) => context.progress.note(line),
    });
  } finally {
    if (rows.length > 0) await context.folder.write('training.csv', table(rows));
  }
  const scaled = settings.scale === 'diffusion' ? withEvenDiffusion(data, found, `${context.where}.scale`) : found;
  const learned = { ...scaled, warnings: [...before.warnings, ...learnedFrom.warnings, ...scaled.warnings] };
  const all = Int32Array.from({ length: data.count }, (_, p) => p);
  const outputs = outputsAt(new PointNetwork(learned.encoder), data, all);
  const values = learned.softmax ? memberships(outputs) : outputs;
  const file: VariableFile = {
    format: 'md-variable',
    version: 1,
    learner: kind.name,
    units: context.units,
    features: description,
    particles: structure.mass.length,
    statistics,
    network: learned.encoder,
    softmax: learned.softmax === true,
    decoder: learned.decoder ?? null,
    range: values.map(rangeOf),
    eigenvalues: learned.eigenvalues ?? [],
    singularValues: learned.singularValues ?? [],
    kT: Number.isFinite(kT) ? kT : null,
    frames: { training: data.training.length, validation: data.validation.length, effective: effectivePoints },
    details: learned.details,
    warnings: learned.warnings,
  };
  await context.folder.write(variableFile, writeVariable(file));
  for (const [name, text] of Object.entries(exported(file, settings.export, structure))) await context.folder.write(name, text);
  const tables = planeTables(points, settings.plane ?? [], values, learned.decoder ?? null, statistics);
  for (const [name, text] of Object.entries(tables)) await context.folder.write(name, text);
  for (const line of [...summary(learned, context.units), ...learned.warnings.map((line) => `warning: ${line}`)])
    context.progress.note(line);
}

/** What is to be said of the data, whatever is learned of them. Of a biased distribution nobody knows whether it should have two maxima. */
function dataWarnings(
  { registry }: StageContext,
  { weights, expectStates }: StageSettings,
  { needs }: LearnerKind,
  runs: readonly FinishedStage[],
  { data }: Prepared,
): { readonly states: boolean; readonly warnings: readonly string[] } {
  const unweighted = weights ? [] : unweightedWarnings(runs, registry, needs.states === true);
  const one = expectStates && !needs.states && unweighted.length === 0 ? oneStateWarnings(data) : [];
  return { states: one.length === 0, warnings: [...unweighted, ...one] };
}

interface Loaded {
  readonly points: Points;
  readonly prepared: Prepared;
  readonly description: FeatureDescription;
  readonly kT: number;
  /** Of one copy. */
  readonly structure: Structure;
}

async function load(
  context: StageContext,
  settings: StageSettings,
  kind: LearnerKind,
  runs: readonly FinishedStage[],
  trajectories: readonly Trajectory[],
): Promise<Loaded> {
  const { where, registry } = context;
  const total = trajectories[0].structure.mass.length;
  const copies = settings.copies === 'particles' ? total : settings.copies;
  const structure = firstCopy(trajectories[0].structure, copies, `${where}.copies`);
  const description = await describeFeatures(context, settings, trajectories[0], structure);
  const needsMetric = kind.needs.metric?.(settings.learner) === true || settings.scale === 'diffusion';
  const { boltzmann } = unitConstants(context.units);
  const temperatures = runs.map((run) => settings.temperature ?? temperatureOf(run, registry));
  const unknown = temperatures.findIndex((temperature) => !Number.isFinite(temperature));
  if ((needsMetric || settings.weights) && unknown >= 0)
    throw new InputError(`${where}.temperature`, `the stage "${runs[unknown].name}" was not kept at a temperature; give it here`);
  const kT = temperatures[0] * boltzmann;
  const friction = settings.friction ?? frictionOf(runs[0]);
  if (needsMetric && friction === null)
    throw new InputError(
      `${where}.friction`,
      `the stage "${runs[0].name}" had no friction; the eigenvalues are those of overdamped dynamics with mobility 1/(m friction): give it here`,
    );
  const sources = sourcesOf(settings.weights, context.inputs, runs.length, `${where}.weights`);
  const framed = await Promise.all(
    runs.map(async (run, k) => ({
      run,
      trajectory: trajectories[k],
      weight: settings.weights
        ? await weightsByStep(settings.weights, run, sources[k], temperatures[k] * boltzmann, boltzmann, `${where}.weights`)
        : () => 1,
    })),
  );
  const points = await loadPoints(framed, description, {
    registry,
    where: `${where}.features`,
    stride: settings.stride,
    copies,
    mobility: needsMetric ? ({ mass }) => mass.map((m) => 1 / (m * (friction as number))) : null,
    plane: settings.plane ?? [],
    onFrame: async (done, frames) => {
      if (done % 100 !== 0) return;
      context.progress.update(done, frames, 'frames read');
      await new Promise((resolve) => setTimeout(resolve));
      if (context.signal.aborted) throw new Interrupted('stopped while reading frames; run again to start this stage over');
    },
  });
  const prepared = prepare(points, kT, settings, `${where}.from`);
  if (prepared.statistics.minimum.every((from, i) => prepared.statistics.maximum[i] === from))
    throw new InputError(`${where}.from`, 'all frames are the same in these features: there is nothing to learn');
  return { points, prepared, description, kT, structure };
}

/** The settings `from`: one stage, or several. */
function runsOf(context: StageContext, { from }: StageSettings): FinishedStage[] {
  const names = typeof from === 'string' ? ['from'] : from.map((_, k) => `from[${k}]`);
  return names.map((property) => context.inputs[property]);
}

/** Features that the network sees: those named, else all but those of the plane, else all. */
function inputNames({ features, inputs, plane = [] }: StageSettings): readonly string[] {
  const names = Object.keys(features);
  const rest = names.filter((name) => !plane.includes(name));
  return inputs ?? (rest.length > 0 ? rest : names);
}

/** Reference structures go into the description; superposed positions without one take the first frame. */
async function describeFeatures(
  context: StageContext,
  settings: StageSettings,
  trajectory: Trajectory,
  structure: Structure,
): Promise<FeatureDescription> {
  const { features } = settings;
  const size = 3 * structure.mass.length;
  const first = [...trajectory.frame(0).positions.subarray(0, size)];
  const references: Record<string, number[]> = {};
  for (const [name, own] of Object.entries(features)) {
    if (typeof own.reference === 'string') {
      const options = { units: structure.units, bonds: 'none' as const, massesElsewhere: true };
      const at = `${context.where}.features.${name}.reference`;
      references[name] = [...readStructure(await context.readText(own.reference), own.reference, options, at).positions];
    } else if (own.type === 'aligned-positions') references[name] = first;
  }
  const description = { variables: features, inputs: inputNames(settings), references };
  compileFeatures(description, structure, context.registry, `${context.where}.features`);
  return description;
}

function rangeOf(row: Float64Array): { from: number; to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of row) {
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  return { from, to };
}

export function table(rows: readonly Readonly<Record<string, number>>[]): string {
  const columns = Object.keys(rows[0]);
  return `${[columns.join(','), ...rows.map((row) => columns.map((column) => row[column] ?? '').join(','))].join('\n')}\n`;
}

function summary({ eigenvalues, singularValues, details }: Learned, units: 'md' | 'lj'): string[] {
  const short = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(5))) : 'unknown');
  const rate = units === 'md' ? '/ps' : '/tau';
  const lines: string[] = [];
  if (typeof details.validationLoss === 'number')
    lines.push(`loss ${short(details.loss as number)}, on validation blocks ${short(details.validationLoss)}`);
  (eigenvalues ?? []).forEach(({ training, validation, raw }, i) => {
    const before = raw ? ` (${short(raw.validation)} before correction for the lag)` : '';
    lines.push(`eigenvalue ${i + 1}: ${short(validation)} ${rate} on validation blocks${before}, ${short(training)} in training`);
  });
  if (singularValues && singularValues.length > 0) lines.push(`singular values ${singularValues.map(short).join(', ')}`);
  return lines;
}

/** What the setting `export` asks for, by file. */
function exported(file: VariableFile, formats: readonly string[], structure: Structure): Record<string, string> {
  return {
    ...(formats.includes('plumed') ? plumedFiles(file, structure) : {}),
    ...(formats.includes('colvars') ? colvarsFiles(file, structure) : {}),
  };
}

/** Before anything runs: a long training must not end with a file that cannot be written. */
function check(raw: Settings, where: string): void {
  const settings = raw as unknown as StageSettings;
  const { features, learner, network, export: formats } = settings;
  const softmax = learner.type === 'vampnet' && learner.memberships !== false;
  checkRescaledTime(settings, where);
  for (const format of formats) {
    checkInputs(features, inputNames(settings), format === 'plumed' ? 'PLUMED' : 'Colvars', `${where}.export`);
    if (format === 'plumed') checkPlumed(network.activation, softmax, `${where}.export`);
    else checkColvars(softmax, `${where}.export`);
  }
}

export const trainVariable: StageKind = {
  name: 'train-variable',
  summary: 'Learns a collective variable from the frames of simulations, weighted if they were biased.',
  status: 'validated',
  schema: trainVariableSchema,
  check,
  run,
};
