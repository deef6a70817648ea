/**
 * Runs with different biases put together: MBAR on rows, WHAM on bins. Both are one set of equations, for points n with counts c_n and energies
 * u_k(n) of every bias in kT:  f_k = -ln sum_n c_n exp(-u_k(n)) / D_n,  D_n = sum_j N_j exp(f_j - u_j(n)).
 */
import { type BiasContext, type Component, exp, InputError, log } from '../../../engine/index.ts';
import { ForceBins } from '../force-bins.ts';
import { binCount, middleOf } from '../profile.ts';
import { type BiasedRun, biasComponents, column, componentsOf } from '../runs.ts';
import { type Estimator, type Part, type Request, rowsOf, whole } from './estimator.ts';
import { overlapOf } from './overlap.ts';
import { weighted } from './reweight.ts';

/** The energy of a run's biases, in its kT, at values of the variables. */
type BiasEnergy = (values: Readonly<Record<string, number>>) => number;

/** Relative change of weights at which the equations count as solved. */
const tolerance = 1e-9;

/** Biases that are functions of the variables alone. */
export const fixedBiases: ReadonlySet<string> = new Set(['umbrella', 'lower-walls', 'upper-walls']);

/** Shirts & Chodera, J. Chem. Phys. 129, 124105 (2008). All rows of all runs, weighted by 1/D_n. */
export async function mbar(request: Request): Promise<Estimator> {
  const { runs, where } = request;
  const energies = await allEnergies(request);
  const variables = [...new Set(runs.flatMap((run) => Object.values(run.biases).flatMap((bias) => biasComponents(run, bias))))];
  // By run of the rows, then by bias: reduced energies of each row.
  const reduced = runs.map((run) => {
    const columns = variables.map((name) => column(run, name, where));
    return energies.map((energy) =>
      Float64Array.from({ length: run.table.rows }, (_, r) =>
        energy(Object.fromEntries(variables.map((name, v) => [name, columns[v][r]]))),
      ),
    );
  });
  const solved = (part: Part) => {
    const rows = runs.map((run) => rowsOf(run, part));
    const sizes = rows.map((own) => own.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const u = energies.map(() => new Float64Array(total));
    let n = 0;
    rows.forEach((own, k) => {
      for (const r of own) {
        for (let j = 0; j < u.length; j++) u[j][n] = reduced[k][j][r];
        n++;
      }
    });
    const counts = new Float64Array(total).fill(1);
    return { rows, sizes, u, counts, logDenominator: solveMixture(u, counts, sizes) };
  };
  const weightsOf = ({ rows, logDenominator }: ReturnType<typeof solved>): Float64Array[] => {
    let n = 0;
    return runs.map((run, k) => {
      const weights = new Float64Array(run.table.rows).fill(Number.NEGATIVE_INFINITY);
      for (const r of rows[k]) weights[r] = -logDenominator[n++];
      return weights;
    });
  };
  const all = solved(whole);
  const weights = weightsOf(all);
  const estimator = weighted(request, (part) => (part === whole ? weights : weightsOf(solved(part))), weights);
  return { ...estimator, overlap: overlapOf(all.u, all.counts, all.sizes, all.logDenominator) };
}

/** Kumar et al., J. Comput. Chem. 13, 1011 (1992). Histograms over the biased variables; biases count as they are in the middle of a bin. */
export async function wham(request: Request): Promise<Estimator> {
  const { runs, where } = request;
  const energies = await allEnergies(request);
  const names = [...new Set(runs.flatMap((run) => Object.values(run.biases).flatMap((bias) => biasComponents(run, bias))))];
  const components = componentsOf(runs[0], names, where);
  const axes = request.axes(components);
  const bins = binCount(axes);
  const reduced = energies.map((energy) =>
    Float64Array.from({ length: bins }, (_, bin) =>
      energy(Object.fromEntries(names.map((name, axis) => [name, middleOf(axes, bin, axis)]))),
    ),
  );
  const columns = runs.map((run) => names.map((name) => column(run, name, where)));
  const index = new ForceBins(components, axes, where);
  const solved = (part: Part) => {
    const counts = new Float64Array(bins);
    // Rows outside the bins are not there at all: windows are normalised over the bins.
    const sizes = runs.map((run, k) => {
      let inside = 0;
      for (const r of rowsOf(run, part)) {
        const bin = index.indexOf(columns[k].map((values) => values[r]));
        if (bin < 0) continue;
        counts[bin]++;
        inside++;
      }
      return inside;
    });
    return { counts, sizes, logDenominator: solveMixture(reduced, counts, sizes) };
  };
  const all = solved(whole);
  return {
    components,
    axes,
    independent: true,
    weights: null,
    overlap: overlapOf(reduced, all.counts, all.sizes, all.logDenominator),
    estimate(part) {
      const { counts, logDenominator } = part === whole ? all : solved(part);
      return counts.map((count, bin) => (count > 0 ? logDenominator[bin] - log(count) : Number.NaN));
    },
  };
}

/**
 * ln D_n by iteration of the equations with Newton's steps once they are near.
 * @param u reduced energies by bias and point; @param counts by point; @param sizes rows by bias
 */
export function solveMixture(u: readonly Float64Array[], counts: Float64Array, sizes: readonly number[]): Float64Array {
  const states = u.length;
  const points = counts.length;
  const f = new Float64Array(states);
  const logD = new Float64Array(points);
  const logSizes = sizes.map((size) => (size > 0 ? log(size) : Number.NEGATIVE_INFINITY));
  const update = () => {
    for (let n = 0; n < points; n++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < states; k++) most = Math.max(most, logSizes[k] + f[k] - u[k][n]);
      let sum = 0;
      for (let k = 0; k < states; k++) sum += exp(logSizes[k] + f[k] - u[k][n] - most);
      logD[n] = most + log(sum);
    }
  };
  for (let iteration = 0; iteration < 10000; iteration++) {
    update();
    // p_k = N_k times what the new exp(-f_k) would be by the old: 1 for each row where the equations hold.
    const next = f.map((_, k) => {
      let most = Number.NEGATIVE_INFINITY;
      for (let n = 0; n < points; n++) if (counts[n] > 0) most = Math.max(most, -u[k][n] - logD[n]);
      let sum = 0;
      for (let n = 0; n < points; n++) if (counts[n] > 0) sum += counts[n] * exp(-u[k][n] - logD[n] - most);
      return -(most + log(sum));
    });
    const newton = iteration > 2 ? newtonStep(u, counts, sizes, f, logD) : null;
    let change = 0;
    const origin = newton ? f[0] + newton[0] : next[0];
    for (let k = 0; k < states; k++) {
      const value = (newton ? f[k] + newton[k] : next[k]) - origin;
      change = Math.max(change, Math.abs(value - f[k]));
      f[k] = value;
    }
    if (change < tolerance) break;
  }
  update();
  return logD;
}

/** Newton's step of the convex function whose minimum solves the equations; null where it is too long to be trusted. */
function newtonStep(
  u: readonly Float64Array[],
  counts: Float64Array,
  sizes: readonly number[],
  f: Float64Array,
  logD: Float64Array,
): Float64Array | null {
  const states = u.length;
  const gradient = sizes.map((size) => size);
  const hessian = sizes.map(() => new Float64Array(states));
  const p = new Float64Array(states);
  for (let n = 0; n < counts.length; n++) {
    if (counts[n] === 0) continue;
    for (let k = 0; k < states; k++) p[k] = sizes[k] > 0 ? sizes[k] * exp(f[k] - u[k][n] - logD[n]) : 0;
    for (let k = 0; k < states; k++) {
      gradient[k] -= counts[n] * p[k];
      hessian[k][k] += counts[n] * p[k];
      for (let j = 0; j < states; j++) hessian[k][j] -= counts[n] * p[k] * p[j];
    }
  }
  // Where windows share less than rounding leaves of the gradient, a step is noise.
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // The first is held at its value: only differences mean something.
  const step = eliminate(
    hessian.slice(1).map((row) => Array.from(row.slice(1))),
    gradient.slice(1),
    1e-9 * total,
  );
  if (!step || step.some((x) => !(Math.abs(x) < 2))) return null;
  return Float64Array.of(0, ...step);
}

/** Solves a x = b by elimination with pivots; null where one is not above `least`. */
function eliminate(a: number[][], b: number[], least: number): number[] | null {
  const n = b.length;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r][c]) > Math.abs(a[pivot][c])) pivot = r;
    if (!(Math.abs(a[pivot][c]) > least)) return null;
    [a[c], a[pivot]] = [a[pivot], a[c]];
    [b[c], b[pivot]] = [b[pivot], b[c]];
    for (let r = c + 1; r < n; r++) {
      const factor = a[r][c] / a[c][c];
      for (let k = c; k < n; k++) a[r][k] -= factor * a[c][k];
      b[r] -= factor * b[c];
    }
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) b[r] -= a[r][k] * b[k];
    b[r] /= a[r][r];
  }
  return b;
}

/** For each run, the energy that its biases would have anywhere. @throws InputError for biases that change with time */
async function allEnergies(request: Request): Promise<BiasEnergy[]> {
  const energies: BiasEnergy[] = [];
  for (const run of request.runs) energies.push(await energyOf(run, request));
  return energies;
}

async function energyOf(run: BiasedRun, { registry, where, runs }: Request): Promise<BiasEnergy> {
  const parts: BiasEnergy[] = [];
  for (const [name, settings] of Object.entries(run.biases)) {
    const type = settings.type as string;
    if (!fixedBiases.has(type))
      throw new InputError(
        where,
        `the bias "${name}" of "${run.stage.name}" is a ${type}, which changes with time; windows of ${[...fixedBiases].join(', ')} can be put together. ` +
          'Use "method": "reweight"',
      );
    const components: Component[] = componentsOf(runs[0], biasComponents(run, settings), where);
    const context: BiasContext = {
      name,
      where: `${run.stage.name}.biases.${name}`,
      units: run.stage.units,
      components,
      kT: run.kT,
      timestep: run.timestep,
      seed: 0,
      forcesAlong: () => new Float64Array(components.length),
      file: () => ({ line: () => undefined }),
      note: () => undefined,
      stage: async () => null,
      earlier: async () => null,
      readText: (path) => Promise.reject(new InputError(where, `"${path}" is not read here`)),
    };
    const bias = await registry.get('bias', type, where).compile(settings, context);
    const values = new Float64Array(components.length);
    const slopes = new Float64Array(components.length);
    parts.push((at) => {
      components.forEach((component, c) => {
        values[c] = at[component.name];
      });
      return bias.evaluate(values, slopes) / run.kT;
    });
  }
  return (at) => parts.reduce((sum, part) => sum + part(at), 0);
}
