/** Weights of the rows of a biased run: what takes its bias off again. */
import { InputError } from '../../engine/index.ts';
import { ForceBins } from './force-bins.ts';
import { connected } from './integrate.ts';
import { type BiasedRun, biasComponents, column } from './runs.ts';

/** By type of bias: what of its columns divided by kT is the logarithm of the weight; biases that are not named: their energy. */
const columnOf: Readonly<Record<string, string>> = { metadynamics: 'rbias' };

/**
 * ln of the weights, one a row of the table. Energies of biases add up; metadynamics counts with V - c(t) (Tiwary & Parrinello, J. Phys. Chem.
 * B 119, 736 (2015)), OPES with V. Under `abf` and `eabf` everything at a value of the variables is as without them: a row counts with
 * exp(-A/kT) of its bin over the number of rows there.
 * @throws InputError at `where` for a bias out of equilibrium
 */
export async function logWeights(run: BiasedRun, where: string): Promise<Float64Array> {
  const weights = new Float64Array(run.table.rows);
  for (const [name, settings] of Object.entries(run.biases)) {
    const type = settings.type as string;
    if (type === 'moving-restraint')
      throw new InputError(
        where,
        `the bias "${name}" of "${run.stage.name}" moved: its run is not in equilibrium and has no weights; use runs with "umbrella"`,
      );
    if (type === 'abf' || type === 'eabf') {
      const files = type === 'eabf' ? [`${name}.czar.pmf`, `${name}.zcount`] : [`${name}.pmf`, `${name}.count`];
      const own = await conditional(run, name, files, where);
      for (let r = 0; r < weights.length; r++) weights[r] += own[r];
      continue;
    }
    const wanted = `${name}.${columnOf[type] ?? 'bias'}`;
    if (type === 'metadynamics' && !run.table.columns[wanted])
      throw new InputError(
        where,
        `the bias "${name}" of "${run.stage.name}" was summed hill by hill and knows no c(t); run it with a grid, or use "method": "hills"`,
      );
    const energy = column(run, wanted, where);
    for (let r = 0; r < weights.length; r++) weights[r] += energy[r] / run.kT;
  }
  return weights;
}

async function conditional(
  run: BiasedRun,
  name: string,
  [energies, samples]: readonly string[],
  where: string,
): Promise<Float64Array> {
  const names = biasComponents(run, run.biases[name]);
  const { axes, values } = readMulticolumn(await run.stage.folder.readText(energies));
  const [sampled] = readMulticolumn(await run.stage.folder.readText(samples)).values;
  // Elsewhere the file goes on with numbers that nothing was sampled for.
  const known = connected(axes, (bin) => sampled[bin]);
  const bins = new ForceBins(
    names.map((each) => run.components.get(each) ?? { name: each, dimension: 'dimensionless', period: null }),
    axes,
    where,
  );
  const columns = names.map((each) => column(run, each, where));
  const point = new Float64Array(names.length);
  const binOfRow = Int32Array.from({ length: run.table.rows }, (_, r) => {
    columns.forEach((values, k) => {
      point[k] = values[r];
    });
    return bins.indexOf(point);
  });
  const counts = new Float64Array(bins.samples.length);
  for (let r = run.first; r < binOfRow.length; r++) if (binOfRow[r] >= 0) counts[binOfRow[r]]++;
  return Float64Array.from(binOfRow, (bin) => {
    const value = bin >= 0 && known[bin] ? values[0][bin] : Number.NaN;
    return Number.isFinite(value) && counts[bin] > 0 ? -value / run.kT - Math.log(counts[bin]) : Number.NEGATIVE_INFINITY;
  });
}

/** A file in Colvars' format, as force-bins.ts writes it: axes, and each column by bin with the first axis fastest. */
export function readMulticolumn(text: string) {
  const heads = text.split('\n').filter((line) => line.startsWith('#'));
  const axes = heads.slice(1).map((line) => {
    const [start, width, count, periodic] = line.slice(1).trim().split(/\s+/).map(Number);
    return { start, width, count, periodic: periodic === 1 };
  });
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/).map(Number));
  const total = axes.reduce((product, { count }) => product * count, 1);
  const width = rows[0].length - axes.length;
  const values = Array.from({ length: width }, () => new Float64Array(total));
  rows.forEach((row, n) => {
    // The last axis is fastest in the file.
    let rest = n;
    const index = axes.map(() => 0);
    for (let k = axes.length - 1; k >= 0; k--) {
      index[k] = rest % axes[k].count;
      rest = Math.floor(rest / axes[k].count);
    }
    let bin = 0;
    let stride = 1;
    for (let k = 0; k < axes.length; k++) {
      bin += stride * index[k];
      stride *= axes[k].count;
    }
    for (let c = 0; c < width; c++) values[c][bin] = row[axes.length + c];
  });
  return { axes, values };
}
