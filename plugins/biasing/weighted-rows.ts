/** What the weights of rows give beyond free energies: averages of anything, how many rows they are worth, and the weights themselves as a file. */
import { compileExpression, exp, InputError, type Settings, type StageContext } from '../../engine/index.ts';
import { type Estimator, type Part, rowsOf, whole } from './estimators/estimator.ts';
import { spread } from './profile.ts';
import { type BiasedRun, column } from './runs.ts';

/** (sum w)^2 / sum w^2. */
export function effectiveRows(weights: readonly Float64Array[], runs: readonly BiasedRun[]): number {
  const most = Math.max(
    ...weights.map((own, k) => own.subarray(runs[k].first).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  );
  let [sum, squares] = [0, 0];
  weights.forEach((own, k) => {
    for (let r = runs[k].first; r < own.length; r++) {
      const w = exp(own[r] - most);
      sum += w;
      squares += w * w;
    }
  });
  return (sum * sum) / squares;
}

/** Averages of formulas of the columns, with errors between blocks. */
export async function averages(
  { weights }: Estimator,
  runs: readonly BiasedRun[],
  settings: Settings,
  blocks: number,
  where: string,
): Promise<Record<string, { readonly mean: number; readonly error: number }>> {
  const wanted = Object.entries(settings.observables as Readonly<Record<string, string>>);
  if (wanted.length > 0 && !weights)
    throw new InputError(
      `${where}.observables`,
      `"method": "${settings.method as string}" has no weights for rows; use reweight or mbar`,
    );
  const found: Record<string, { mean: number; error: number }> = {};
  for (const [name, formula] of wanted) {
    const known = [...runs[0].components.keys()].filter((each) => /^[A-Za-z_]\w*$/.test(each));
    const compiled = compileExpression(formula, known, []);
    const inputs = new Float64Array(known.length);
    const out = new Float64Array(1 + known.length);
    const columns = runs.map((each) => known.map((variable) => column(each, variable, where)));
    const mean = (part: Part) => {
      let most = Number.NEGATIVE_INFINITY;
      runs.forEach((each, k) => {
        for (const r of rowsOf(each, part)) most = Math.max(most, weights?.[k][r] ?? 0);
      });
      let [sum, total] = [0, 0];
      runs.forEach((each, k) => {
        for (const r of rowsOf(each, part)) {
          const w = exp((weights?.[k][r] ?? 0) - most);
          columns[k].forEach((values, v) => {
            inputs[v] = values[r];
          });
          compiled.evaluate(inputs, out);
          sum += w * out[0];
          total += w;
        }
      });
      return sum / total;
    };
    const inBlocks = Array.from({ length: blocks }, (_, b) => mean({ from: b / blocks, to: (b + 1) / blocks }));
    found[name] = { mean: mean(whole), error: spread(inBlocks) / Math.sqrt(blocks) };
  }
  return found;
}

/**
 * `weights.csv` of one run, `weights.<stage>.csv` of several: step and weight of each row of the log, the greatest weight being 1; 0 for what was
 * discarded.
 */
export async function writeWeights({ weights }: Estimator, runs: readonly BiasedRun[], { folder }: StageContext): Promise<void> {
  if (!weights) return;
  const most = Math.max(
    ...weights.map((own, k) => own.subarray(runs[k].first).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  );
  for (const [k, each] of runs.entries()) {
    const lines = ['step,weight'];
    for (let r = 0; r < weights[k].length; r++)
      lines.push(`${Math.round(each.table.columns.time[r] / each.timestep)},${r < each.first ? 0 : exp(weights[k][r] - most)}`);
    await folder.write(runs.length === 1 ? 'weights.csv' : `weights.${each.stage.name}.csv`, `${lines.join('\n')}\n`);
  }
}
