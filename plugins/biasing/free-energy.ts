/** The stage `free-energy`: from biased runs to free energies with errors, their convergence, weights, and averages of anything. */
import {
  type Component,
  exp,
  InputError,
  type Schema,
  type Settings,
  type StageContext,
  type StageKind,
} from '../../engine/index.ts';
import { type Estimator, type Part, type Request, whole } from './estimators/estimator.ts';
import { sumOfHills } from './estimators/hills.ts';
import { abfForces, czarForces } from './estimators/mean-force.ts';
import { mbar, wham } from './estimators/mixture.ts';
import { overlapCsv, overlapRemarks } from './estimators/overlap.ts';
import { reweight } from './estimators/reweight.ts';
import { type Bins, binsOf } from './force-bins.ts';
import { plumedGrid } from './plumed-grid.ts';
import { aligned, grounded, marginal, type Profile, profileCsv, type Region, regionEnergy, spread } from './profile.ts';
import {
  type Differences,
  differences,
  errorsOfRegions,
  type Intervals,
  intervalsOf,
  regionLines,
  regionsOf,
} from './regions.ts';
import { type BiasedRun, column, loadRun } from './runs.ts';
import { averages, effectiveRows, writeWeights } from './weighted-rows.ts';

const methods = { reweight, hills: sumOfHills, czar: czarForces, abf: abfForces, wham, mbar } as const;
type Method = keyof typeof methods;

/** Leading parts of the run at which the free energy is looked at. */
const lookouts = 20;

const simulation: Schema = { type: 'string', reference: { stage: ['simulate'] } };
const interval: Schema = { type: 'array', items: { type: ['number', 'string'] }, minItems: 2, maxItems: 2 };

export const freeEnergy: StageKind = {
  name: 'free-energy',
  summary:
    'Free energies over variables from biased runs: reweighting, sums of hills, CZAR, ABF, WHAM, MBAR; with block errors and convergence.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['from', 'variables'],
    properties: {
      from: {
        anyOf: [simulation, { type: 'array', items: simulation, minItems: 1 }],
        description: 'The simulation, or several (windows, walkers).',
      },
      variables: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        maxItems: 2,
        description: 'Columns of COLVAR that the free energy is over.',
      },
      method: {
        enum: Object.keys(methods),
        default: 'reweight',
        description:
          'reweight: rows with the weights that take their bias off. hills: minus the sum of hills. czar, abf: integrated mean forces. wham, mbar: ' +
          'windows of fixed biases put together.',
      },
      bias: { type: 'string', description: 'The bias that hills, czar or abf are about; the only one of its type if absent.' },
      discard: { quantity: 'time', minimum: 0, default: 0, description: 'Time at the beginning that is left out.' },
      blocks: { type: 'integer', minimum: 2, default: 5, description: 'Parts of the run whose differences give the errors.' },
      bins: {
        anyOf: [
          { type: 'integer', minimum: 2 },
          { type: 'array', items: { type: 'integer', minimum: 2 } },
        ],
        description: 'Bins of each variable; 100 for one variable, 60 for two if absent. czar and abf keep those of the run.',
      },
      range: {
        type: 'object',
        additionalProperties: interval,
        default: {},
        description:
          'Ends of the bins by variable; what was visited if absent. Periodic variables are covered whole. Numbers with a unit or in that of the variable.',
      },
      bandwidth: {
        type: 'array',
        items: { type: 'number', exclusiveMinimum: 0 },
        minItems: 1,
        description: 'Standard deviation of Gaussian kernels by variable, for reweight and mbar; a histogram if absent.',
      },
      regions: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: interval },
        default: {},
        description:
          'Regions by name, each an interval by variable; free energies of all relative to the first. Intervals may pass the end of a period; numbers as in `range`.',
      },
      observables: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description: 'Formulas of columns of COLVAR whose averages without bias are wanted.',
      },
    },
  },
  run,
};

async function run(stage: StageContext): Promise<void> {
  const { settings, registry, where, folder, units, progress } = stage;
  const runs = await loadRuns(stage);
  const [method, names] = [settings.method as Method, settings.variables as string[]];
  const regions = regionsOf(settings.regions as Readonly<Record<string, Intervals>>, names, runs[0], where);
  const request: Request = {
    runs,
    names,
    bias: (settings.bias as string | undefined) ?? null,
    settings,
    where,
    registry,
    axes: (components) => axesFor(components, runs, settings, where),
  };
  const estimator = await methods[method](request);
  const over = (values: Float64Array) => marginal({ ...estimator, values }, names, `${where}.variables`);
  const profile = fromLowest(over(estimator.estimate(whole)), where);
  const blocks = settings.blocks as number;
  const parts = partsFor(estimator, blocks).map((part) => over(estimator.estimate(part)));
  const errors = errorsOf(profile, parts, estimator.independent);
  const kT = units === 'md' ? runs[0].kT : 1;
  await folder.write('free-energy.csv', profileCsv(profile, errors, kT, units));
  await folder.write('fes.dat', plumedGrid(profile, runs[0].kT));
  const course = convergence(estimator, over, profile, regions, runs[0]);
  await folder.write('convergence.csv', convergenceCsv(course, Object.keys(regions), kT, units));
  const found = differences(profile, regions);
  const inParts = parts.map((part) => differences(part, regions));
  const regionErrors = errorsOfRegions(estimator, blocks, inParts, (part) =>
    differences(over(estimator.estimate(part)), regions),
  );
  const windows = runs.map((each) => each.stage.name);
  const { overlap } = estimator;
  if (overlap) await folder.write('overlap.csv', overlapCsv(overlap, windows));
  const remarks = overlap ? overlapRemarks(overlap, windows) : [];
  const result = {
    method,
    unit: units === 'md' ? 'kJ/mol' : 'kT',
    kT: runs[0].kT,
    rows: runs.reduce((sum, each) => sum + each.rows, 0),
    effectiveRows: estimator.weights ? effectiveRows(estimator.weights, runs) : null,
    regions: Object.fromEntries(
      Object.keys(regions).map((name) => [
        name,
        {
          freeEnergy: found[name] * kT,
          error: regionErrors[name] * kT,
          probability: exp(-regionEnergy(profile, regions[name]) + regionEnergy(profile, {})),
        },
      ]),
    ),
    observables: await averages(estimator, runs, settings, blocks, where),
    ...(overlap && { overlap: { weakest: overlap.weakest, sets: overlap.sets.map((set) => set.map((k) => windows[k])) } }),
    remarks,
  };
  await folder.write('free-energy.json', `${JSON.stringify(result, null, 2)}\n`);
  await writeWeights(estimator, runs, stage);
  for (const line of [...remarks, ...regionLines(result.regions, inParts, result.unit)]) progress.note(line);
}

/** @throws InputError for runs at different temperatures */
async function loadRuns({ settings, inputs, registry, where }: StageContext): Promise<BiasedRun[]> {
  const from = settings.from as string | readonly string[];
  const named = typeof from === 'string' ? [inputs.from] : from.map((_, k) => inputs[`from[${k}]`]);
  const runs: BiasedRun[] = [];
  for (const input of named) runs.push(await loadRun(input, settings.discard as number, registry, `${where}.from`));
  const different = runs.find((other) => other.kT !== runs[0].kT);
  if (different)
    throw new InputError(`${where}.from`, `"${runs[0].stage.name}" and "${different.stage.name}" are at different temperatures`);
  return runs;
}

/** The same with minimum 0. @throws InputError where no bin has a value: files of it would look like one that is flat */
function fromLowest(profile: Profile, where: string): Profile {
  if (profile.values.some((value) => Number.isFinite(value))) return { ...profile, values: grounded(profile.values) };
  throw new InputError(
    where,
    'nothing is known in any bin: no row, or no sample of the mean forces, lies inside. Set "range" to where the variables were, or leave it out, or discard less',
  );
}

/** Bins as the settings say; where they say nothing, from the least to the greatest value of all rows. */
function axesFor(components: readonly Component[], runs: readonly BiasedRun[], settings: Settings, where: string): Bins[] {
  const bins = settings.bins as number | readonly number[] | undefined;
  const range = intervalsOf(settings.range as Intervals, runs[0], `${where}.range`);
  return components.map((component, c) => {
    const count = typeof bins === 'number' ? bins : (bins?.[c] ?? (components.length === 1 ? 100 : 60));
    const given = component.period ? [component.period.from, component.period.to] : range[component.name];
    const [from, to] = given ?? visited(component.name, runs, where);
    if (!(to > from)) throw new InputError(`${where}.range`, `of "${component.name}" must be [from, to] with from less than to`);
    const axis = binsOf(component, (to - from) / count, from, to);
    // Middles where grids over a period have their points: from its beginning on.
    return component.period ? { ...axis, start: from - 0.5 * axis.width } : axis;
  });
}

function visited(name: string, runs: readonly BiasedRun[], where: string): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const each of runs) {
    const values = column(each, name, where);
    for (let r = each.first; r < values.length; r++) {
      least = Math.min(least, values[r]);
      most = Math.max(most, values[r]);
    }
  }
  const margin = 1e-6 * (most - least);
  return [least - margin, most + margin];
}

/** Blocks, or for estimates that only grow: the run up to times in its second half. */
function partsFor({ independent }: Estimator, blocks: number): Part[] {
  return Array.from({ length: blocks }, (_, b) =>
    independent ? { from: b / blocks, to: (b + 1) / blocks } : { from: 0, to: 0.5 + (0.5 * b) / blocks },
  );
}

/** Standard errors of the mean of blocks; for growing estimates the standard deviation of the parts. NaN where fewer than two know the bin. */
function errorsOf(profile: Profile, parts: readonly Profile[], independent: boolean): Float64Array {
  const moved = parts.map((part) => aligned(part.values, profile.values));
  return profile.values.map((_, bin) => {
    const known = moved.map((values) => values[bin]).filter((value) => Number.isFinite(value));
    return spread(known) / (independent ? Math.sqrt(known.length) : 1);
  });
}

interface Lookout {
  readonly time: number;
  /** Of the differences to the final profile, kT, weighted by exp(-F/2 kT): low regions count, without the barriers being forgotten. */
  readonly distance: number;
  readonly regions: Differences;
}

function convergence(
  estimator: Estimator,
  over: (values: Float64Array) => Profile,
  final: Profile,
  regions: Readonly<Record<string, Region>>,
  { table, first, rows }: BiasedRun,
): Lookout[] {
  return Array.from({ length: lookouts }, (_, k) => {
    const to = (k + 1) / lookouts;
    const profile = over(estimator.estimate({ from: 0, to }));
    const values = aligned(profile.values, final.values);
    let sum = 0;
    let total = 0;
    values.forEach((value, bin) => {
      if (!Number.isFinite(value) || !Number.isFinite(final.values[bin])) return;
      const weight = exp(-0.5 * final.values[bin]);
      sum += weight * (value - final.values[bin]) ** 2;
      total += weight;
    });
    const time = table.columns.time[Math.min(table.rows, first + Math.round(to * rows)) - 1];
    return { time, distance: Math.sqrt(sum / total), regions: differences(profile, regions) };
  });
}

function convergenceCsv(course: readonly Lookout[], names: readonly string[], kT: number, units: 'md' | 'lj'): string {
  const [time, unit] = units === 'md' ? [' (ps)', 'kJ/mol'] : ['', 'kT'];
  const head = [`time${time}`, `distance (${unit})`, ...names.map((name) => `${name} (${unit})`)];
  const rows = course.map((point) =>
    [point.time, point.distance * kT, ...names.map((name) => point.regions[name] * kT)]
      .map((v) => (Number.isFinite(v) ? v : ''))
      .join(','),
  );
  return `${[head.join(','), ...rows].join('\n')}\n`;
}
