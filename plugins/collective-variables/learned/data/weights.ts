/** Weights of the frames of a biased run: from a column of its log, or from a file that another stage made. */
import { exp, type FinishedStage, InputError, logFile, pow, readLog } from '../../../../engine/index.ts';

/**
 * How frames are weighted, the whole interface to biasing:
 *
 * * `{ "column": "meta.rbias" }`: exp(column / kT) of the log of the run that the frames come from; the column is an energy.
 * * `{ "from": "fes" }`: the file `weights.csv` in the folder of that stage, with the columns `step` and `weight`, for one run; a list for several.
 *
 * Frames are found by their step. Weights need no normalisation. `temperature` T' asks for those of a flatter ensemble: exp(column / kT'), or the
 * weights of the file to the power T/T'. A bias along the variables in which the run is slow, taken off in part, leaves barriers that are lower by
 * about T/T'.
 */
export interface WeightSettings {
  readonly column?: string;
  readonly from?: string | readonly string[];
  readonly temperature?: number;
  /** The time in which pairs are a lag apart. */
  readonly time?: 'run' | 'rescaled';
}

/** For each run the stage that `from` names for it. @throws InputError if there are not as many */
export function sourcesOf(
  settings: WeightSettings | undefined,
  inputs: Readonly<Record<string, FinishedStage>>,
  runs: number,
  where: string,
): (FinishedStage | null)[] {
  const { from } = settings ?? {};
  const names = typeof from === 'string' ? ['weights.from'] : (from ?? []).map((_, k) => `weights.from[${k}]`);
  if (from !== undefined && names.length !== runs)
    throw new InputError(
      `${where}.from`,
      `names ${names.length} stages with weights, and there are ${runs} runs; name one for each, in their order`,
    );
  return Array.from({ length: runs }, (_, k) => inputs[names[k]] ?? null);
}

export const weightsFile = 'weights.csv';

/**
 * @param kT of the run; @param boltzmann turns `temperature` into an energy
 * @returns the weight of the frame of a step. @throws InputError for columns or rows that there are not
 */
export async function weightsByStep(
  settings: WeightSettings,
  run: FinishedStage,
  source: FinishedStage | null,
  kT: number,
  boltzmann: number,
  where: string,
): Promise<(step: number) => number> {
  if ((settings.column === undefined) === (settings.from === undefined))
    throw new InputError(where, 'takes either "column", a column of the log, or "from", a stage that made weights.csv');
  const flatter = settings.temperature === undefined ? kT : settings.temperature * boltzmann;
  const table =
    settings.column === undefined
      ? await fromFile(source, kT / flatter, where)
      : fromLog(settings.column, run, flatter, `${where}.column`);
  return (step) => {
    const found = table.get(step);
    if (found !== undefined) return found;
    throw new InputError(
      where,
      `there is no weight for the frame of step ${step} of "${run.name}"; write the log at least as often as frames ("logEvery" in its output)`,
    );
  };
}

function fromLog(column: string, run: FinishedStage, kT: number, where: string): Map<number, number> {
  const { columns, values, rows } = readLog(`${run.folder.path}/${logFile}`);
  const found = values[column];
  if (!found) throw new InputError(where, `the log of "${run.name}" has no column "${column}"; it has ${columns.join(', ')}`);
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of found) if (value > largest) largest = value;
  return new Map(Array.from({ length: rows }, (_, r) => [values.step[r], exp((found[r] - largest) / kT)]));
}

async function fromFile(source: FinishedStage | null, power: number, where: string): Promise<Map<number, number>> {
  if (!source?.folder.exists(weightsFile)) throw new InputError(`${where}.from`, `the stage has written no ${weightsFile}`);
  const lines = (await source.folder.readText(weightsFile)).trim().split(/\r?\n/);
  const heads = lines[0].split(',');
  const [step, weight] = ['step', 'weight'].map((name) => {
    const k = heads.indexOf(name);
    if (k < 0) throw new InputError(`${where}.from`, `its ${weightsFile} has no column "${name}"; it has ${heads.join(', ')}`);
    return k;
  });
  return new Map(
    lines.slice(1).map((line) => {
      const cells = line.split(',').map(Number);
      return [cells[step], power === 1 ? cells[weight] : pow(cells[weight], power)];
    }),
  );
}
