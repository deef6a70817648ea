/** The stage `effective-dynamics`: the best diffusion along one variable, by conditional averages, and how slow it is. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import {
  compileVariables,
  exp,
  type FinishedStage,
  InputError,
  openTrajectory,
  type Settings,
  type StageContext,
  type StageKind,
  structureFromJson,
  unitOf,
  type Variable,
} from '../../engine/index.ts';
import { type Bins, binsOf, ForceBins } from './force-bins.ts';
import { middleOf } from './profile.ts';
import { type BiasedRun, column, componentsOf, loadRun } from './runs.ts';
import { logWeights } from './weights.ts';

/**
 * Zhang, Hartmann & Schuette, Faraday Discuss. 195, 365 (2016); Legoll & Lelievre, Nonlinearity 23, 2131 (2010). Of overdamped dynamics with
 * mobility 1/(m gamma), the variable z follows dz = b dt + sqrt(2 a) dw with a(z) = <kT/gamma sum |grad_i z|^2/m_i>_z and, being reversible,
 * b = a' - a F'/kT. Its generator on bins (the square-root approximation: rates a sqrt(p_i p_j)/(p_i width^2)) has eigenvalues that are never below those of the
 * full dynamics, and equal the first where the variable is the first eigenfunction.
 */
export const effectiveDynamics: StageKind = {
  name: 'effective-dynamics',
  summary:
    'Free energy, diffusion and drift along a variable by conditional averages, and the eigenvalues of the diffusion that they make.',
  status: 'validated',
  schema: {
    type: 'object',
    required: ['from', 'variable'],
    properties: {
      from: {
        type: 'string',
        reference: { stage: ['simulate'] },
        description: 'The simulation, biased or not, with its frames.',
      },
      variable: { type: 'string', description: 'A variable of one component of that simulation.' },
      freeEnergy: {
        type: 'string',
        reference: { stage: ['free-energy'] },
        description: 'Where the free energy along it was found; from the rows of the run and their weights if absent.',
      },
      friction: {
        quantity: 'rate',
        exclusiveMinimum: 0,
        description: 'Friction of the overdamped dynamics; that of the run if absent.',
      },
      discard: { quantity: 'time', minimum: 0, default: 0, description: 'Time at the beginning that is left out.' },
      bins: { type: 'integer', minimum: 10, default: 100, description: 'Bins along the variable, without `freeEnergy`.' },
      eigenvalues: { type: 'integer', minimum: 1, default: 3, description: 'How many eigenvalues are written, beyond 0.' },
    },
  },
  run,
};

/** What is known along the variable: probability and diffusion by bin. */
interface Along {
  readonly axis: Bins;
  readonly probability: Float64Array;
  readonly diffusion: Float64Array;
}

async function run(stage: StageContext): Promise<void> {
  const { settings, registry, where, folder, units, progress } = stage;
  const source = stage.inputs.from;
  const biased = await loadRun(source, settings.discard as number, registry, `${where}.from`);
  const name = settings.variable as string;
  const [component] = componentsOf(biased, [name], `${where}.variable`);
  const friction = (settings.friction as number | undefined) ?? frictionOf(source, `${where}.friction`);
  const weights = await logWeights(biased, `${where}.from`);
  const profile = stage.inputs.freeEnergy
    ? await readProfile(stage.inputs.freeEnergy, name, biased, `${where}.freeEnergy`)
    : histogram(biased, name, weights, settings.bins as number, where);
  const bins = new ForceBins([component], [profile.axis], where);
  const diffusion = await diffusionOf(stage, biased, name, friction, weights, bins);
  const along: Along = { ...profile, diffusion };
  const { eigenvalues, eigenfunctions } = spectrum(along);
  const wanted = settings.eigenvalues as number;
  const kT = biased.kT;
  await folder.write('effective-dynamics.csv', table(along, eigenfunctions.slice(0, wanted), name, units, kT));
  const rates = eigenvalues.slice(0, wanted);
  await folder.write(
    'effective-dynamics.json',
    `${JSON.stringify({ variable: name, friction, kT, unit: unitOf('rate', units), eigenvalues: rates, times: rates.map((rate) => 1 / rate) }, null, 2)}\n`,
  );
  progress.note(`eigenvalues along ${name}: ${rates.map((rate) => rate.toPrecision(4)).join(', ')} ${unitOf('rate', units)}`);
}

function frictionOf(source: FinishedStage, where: string): number {
  const { friction } = source.settings.dynamics as { readonly friction?: number };
  if (friction !== undefined && friction > 0) return friction;
  throw new InputError(
    where,
    `the dynamics of "${source.name}" has no friction; give that of the overdamped dynamics, such as "1 /ps"`,
  );
}

/** From `free-energy.csv`, whose rows are bins of one variable. */
async function readProfile(source: FinishedStage, name: string, { kT, components }: BiasedRun, where: string) {
  const lines = (await source.folder.readText('free-energy.csv')).trim().split('\n');
  const heads = lines[0].split(',').map((head) => head.replace(/ \(.*\)$/, ''));
  if (heads.length !== 3 || heads[0] !== name)
    throw new InputError(where, `"${source.name}" is over ${heads.slice(0, -2).join(', ')}; it must be over "${name}" alone`);
  const rows = lines.slice(1).map((line) => line.split(',').map(Number));
  const scale = source.units === 'md' ? kT : 1;
  const width = rows.reduce(
    (least, row, k) => (k === 0 ? least : Math.min(least, row[0] - rows[k - 1][0])),
    Number.POSITIVE_INFINITY,
  );
  const start = rows[0][0] - 0.5 * width;
  const count = Math.round((rows[rows.length - 1][0] - rows[0][0]) / width) + 1;
  const probability = new Float64Array(count);
  for (const [x, energy] of rows) probability[Math.round((x - start) / width - 0.5)] = exp(-energy / scale);
  const period = components.get(name)?.period ?? null;
  const periodic = period !== null && Math.abs(count * width - (period.to - period.from)) < 0.5 * width;
  return { axis: { start, width, count, periodic }, probability };
}

function histogram(biased: BiasedRun, name: string, weights: Float64Array, count: number, where: string) {
  const values = column(biased, name, where).subarray(biased.first);
  const own = weights.subarray(biased.first);
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const margin = 1e-6 * (most - least);
  const [component] = componentsOf(biased, [name], where);
  const [from, to] = component.period ? [component.period.from, component.period.to] : [least - margin, most + margin];
  const axis = binsOf(component, (to - from) / count, from, to);
  const bins = new ForceBins([component], [axis], where);
  const highest = own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const probability = new Float64Array(axis.count);
  values.forEach((x, r) => {
    const bin = bins.indexOf([x]);
    if (bin >= 0) probability[bin] += exp(own[r] - highest);
  });
  return { axis, probability };
}

/** kT/gamma sum |grad z|^2/m, averaged over the frames of each bin with their weights; bins without frames have that of the nearest. */
async function diffusionOf(
  stage: StageContext,
  { kT, table, timestep, stage: source }: BiasedRun,
  name: string,
  friction: number,
  weights: Float64Array,
  bins: ForceBins,
): Promise<Float64Array> {
  const structure = structureFromJson(
    JSON.parse(await source.folder.readText('structure.json')),
    `${source.name}/structure.json`,
  );
  const { variables } = await compileVariables(
    source.settings.variables as Readonly<Record<string, Settings>>,
    structure,
    stage.registry,
    (path) => stage.readText(path),
    `${source.name}.variables`,
    (property) => source.inputs[property] ?? null,
  );
  const variable = variables.find((each) => each.name === name) as Variable;
  const rowOfStep = new Map(Array.from(table.columns.time, (time, r) => [Math.round(time / timestep), r]));
  const value = new Float64Array(1);
  const gradient = new Float64Array(3 * variable.atoms.length);
  const trajectory = await openTrajectory(source.folder.path);
  const most = weights.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(bins.samples.length);
  try {
    for (let f = 0; f < trajectory.length; f++) {
      const { positions, box, step } = trajectory.frame(f);
      const row = rowOfStep.get(step);
      if (row === undefined) continue;
      variable.evaluate(positions, box, value, gradient);
      let square = 0;
      gradient.forEach((g, k) => {
        const m = structure.mass[variable.atoms[Math.floor(k / 3)]];
        if (m > 0) square += (g * g) / m;
      });
      const bin = bins.indexOf(value);
      if (bin < 0) continue;
      const weight = Math.max(exp(weights[row] - most), Number.MIN_VALUE);
      bins.samples[bin] += weight;
      sums[bin] += (weight * square * kT) / friction;
    }
  } finally {
    trajectory.close();
  }
  const known = Array.from(sums.keys()).filter((bin) => bins.samples[bin] > 0);
  if (known.length === 0)
    throw new InputError(stage.where, `no frame of "${source.name}" has a row in its log; write both in the same steps`);
  return sums.map((sum, bin) => {
    if (bins.samples[bin] > 0) return sum / bins.samples[bin];
    const near = known.reduce((best, k) => (Math.abs(k - bin) < Math.abs(best - bin) ? k : best));
    return sums[near] / bins.samples[near];
  });
}

/** Eigenvalues above 0 in increasing order, and their functions by bin, of unit variance; over the bins that the most probable one is connected with. */
export function spectrum({ axis, probability, diffusion }: Along): { eigenvalues: number[]; eigenfunctions: Float64Array[] } {
  const known = connected(axis, probability);
  const total = known.reduce((sum, bin) => sum + probability[bin], 0);
  const place = new Map(known.map((bin, k) => [bin, k]));
  const matrix = Matrix.zeros(known.length, known.length);
  known.forEach((bin, k) => {
    const next = bin + 1 < axis.count ? bin + 1 : axis.periodic ? 0 : -1;
    const j = place.get(next);
    if (j === undefined) return;
    const flow = (0.5 * (diffusion[bin] + diffusion[next])) / (axis.width * axis.width);
    // Symmetrised: rate i to j is flow sqrt(p_j/p_i).
    const ratio = Math.sqrt(probability[next] / probability[bin]);
    matrix.set(k, j, matrix.get(k, j) - flow);
    matrix.set(j, k, matrix.get(j, k) - flow);
    matrix.set(k, k, matrix.get(k, k) + flow * ratio);
    matrix.set(j, j, matrix.get(j, j) + flow / ratio);
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = Array.from(realEigenvalues.keys()).sort((a, b) => realEigenvalues[a] - realEigenvalues[b]);
  const above = order.slice(1);
  return {
    eigenvalues: above.map((k) => realEigenvalues[k]),
    eigenfunctions: above.map((k) => {
      const f = new Float64Array(axis.count).fill(Number.NaN);
      known.forEach((bin, i) => {
        f[bin] = eigenvectorMatrix.get(i, k) / Math.sqrt(probability[bin] / total);
      });
      return f;
    }),
  };
}

/** Bins with a probability that hang together with the most probable one, in increasing order. */
function connected({ count, periodic }: Bins, probability: Float64Array): number[] {
  const start = probability.indexOf(probability.reduce((a, b) => Math.max(a, b)));
  const found = new Set([start]);
  for (const step of [-1, 1])
    for (let bin = start + step; ; bin += step) {
      const at = periodic ? (bin + count) % count : bin;
      if (!(probability[at] > 0) || found.has(at)) break;
      found.add(at);
    }
  return [...found].sort((a, b) => a - b);
}

function table(
  { axis, probability, diffusion }: Along,
  functions: readonly Float64Array[],
  name: string,
  units: 'md' | 'lj',
  kT: number,
): string {
  const most = probability.reduce((a, b) => Math.max(a, b), 0);
  const [unit, scale] = units === 'md' ? ['kJ/mol', kT] : ['kT', 1];
  const lines = [
    [name, `free_energy (${unit})`, 'diffusion', 'drift', ...functions.map((_, k) => `eigenfunction${k + 1}`)].join(','),
  ];
  const at = (bin: number) => (axis.periodic ? (bin + axis.count) % axis.count : Math.min(axis.count - 1, Math.max(0, bin)));
  for (let bin = 0; bin < axis.count; bin++) {
    if (!(probability[bin] > 0)) continue;
    const [below, above] = [at(bin - 1), at(bin + 1)];
    const apart = axis.periodic ? 2 : above - below;
    // b = (1/p) d(a p)/dz
    const drift =
      (diffusion[above] * probability[above] - diffusion[below] * probability[below]) / (apart * axis.width * probability[bin]);
    lines.push(
      [
        middleOf([axis], bin, 0),
        scale * Math.log(most / probability[bin]),
        diffusion[bin],
        drift,
        ...functions.map((f) => f[bin]),
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}
