/** When a `loop` may end: free energies of two rounds that agree, errors that are small, or two variables that tell the same. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import type { Schema } from '../../engine/index.ts';
import { mean } from '../analysis/statistics.ts';
import { type Columns, readColumns } from '../report/read.ts';

/** Of a stage of the round: its free energy against that of the round before, errors of its regions, or two columns of its log against each other. */
export type Criterion =
  | { readonly stage: string; readonly freeEnergyWithin: number; readonly below?: number }
  | { readonly stage: string; readonly errorWithin: number }
  | { readonly stage: string; readonly variables: readonly [string, string]; readonly correlation: number };

export const criteriaSchema: Schema = {
  type: 'array',
  default: [],
  items: {
    anyOf: [
      {
        type: 'object',
        required: ['stage', 'freeEnergyWithin'],
        properties: {
          stage: { type: 'string', description: 'A stage of the round that leaves free-energy.csv.' },
          freeEnergyWithin: {
            quantity: 'energy',
            exclusiveMinimum: 0,
            description:
              'Largest root-mean-square difference from the round before, whose mean is taken out; in the unit of the table: kJ/mol, or kT in lj units.',
          },
          below: {
            quantity: 'energy',
            exclusiveMinimum: 0,
            description: 'Only where both free energies are below this, in the same unit.',
          },
        },
      },
      {
        type: 'object',
        required: ['stage', 'errorWithin'],
        properties: {
          stage: { type: 'string', description: 'A stage of the round that leaves free-energy.json with regions.' },
          errorWithin: {
            quantity: 'energy',
            exclusiveMinimum: 0,
            description:
              'Largest standard error of the free energies of its regions relative to the first; in the unit of the table: kJ/mol, or kT in lj units.',
          },
        },
      },
      {
        type: 'object',
        required: ['stage', 'variables', 'correlation'],
        properties: {
          stage: { type: 'string', description: 'A simulation of the round.' },
          variables: {
            type: 'array',
            items: { type: 'string' },
            minItems: 2,
            maxItems: 2,
            description: 'Two columns of its log, such as the variable learned in this round and that of the round before.',
          },
          correlation: { type: 'number', exclusiveMinimum: 0, maximum: 1, description: 'Least absolute correlation of the two.' },
        },
      },
    ],
  },
  description: 'The loop ends when all of these hold; without any it runs all rounds.',
};

/** How far a criterion is from being met. */
export interface Finding {
  readonly met: boolean;
  /** The root-mean-square difference, or the correlation. */
  readonly value: number;
  readonly text: string;
}

/**
 * @param folder the run folder of the rounds
 * @throws InputError at `where` for a stage that does not leave what the criterion looks at
 */
export function findConvergence(criterion: Criterion, folder: string, round: number, where: string): Finding {
  const { stage } = criterion;
  if ('variables' in criterion) {
    const log = table(join(folder, `${stage}-${round}`, 'log.csv'), criterion.variables, where);
    const [a, b] = criterion.variables.map((name) => log.values[name]);
    const value = Math.abs(correlation(a, b));
    return {
      met: value >= criterion.correlation,
      value,
      text: `${criterion.variables.join(' and ')} correlate to ${value.toFixed(4)} (asked: ${criterion.correlation})`,
    };
  }
  if ('errorWithin' in criterion) {
    const value = largestError(join(folder, `${stage}-${round}`, 'free-energy.json'), where);
    return {
      met: value <= criterion.errorWithin,
      value,
      text: `the free energies of regions of ${stage} have errors of up to ${value.toPrecision(3)} (asked: ${criterion.errorWithin})`,
    };
  }
  const [before, now] = [round - 1, round].map((k) =>
    table(join(folder, `${stage}-${k}`, 'free-energy.csv'), ['free_energy'], where),
  );
  const value = rmsDifference(before, now, criterion.below ?? Number.POSITIVE_INFINITY, `${where}: ${stage}`);
  return {
    met: value <= criterion.freeEnergyWithin,
    value,
    text: `the free energy of ${stage} changed by ${value.toPrecision(3)} (asked: ${criterion.freeEnergyWithin})`,
  };
}

/** Infinite where an error is not known: a region was not visited often enough. @throws InputError where there are no regions */
function largestError(path: string, where: string): number {
  const found = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { regions?: Record<string, { error: number | null }> })
    : {};
  const [, ...others] = Object.values(found.regions ?? {});
  if (others.length === 0)
    throw new InputError(
      where,
      `a criterion looks at errors of regions in ${path}, which has none; give the stage two "regions"`,
    );
  return Math.max(...others.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
}

function table(path: string, columns: readonly string[], where: string): Columns {
  const found = readColumns(path);
  if (!found) throw new InputError(where, `a criterion looks at ${path}, which is not there`);
  const missing = columns.find((name) => !found.values[name]);
  if (missing === undefined) return found;
  throw new InputError(where, `${path} has no column "${missing}"; it has ${found.names.join(', ')}`);
}

/**
 * Root-mean-square difference of two free energies, points matched by their coordinates, the mean difference taken out: a free energy is
 * known up to a constant. Infinite where fewer than two points are shared.
 */
export function rmsDifference(a: Columns, b: Columns, below: number, where: string): number {
  const variables = b.names.filter((name) => name !== 'free_energy' && name !== 'error');
  const missing = variables.find((name) => !a.values[name]);
  if (missing !== undefined) throw new InputError(where, `the free energy of the round before is not over "${missing}"`);
  const key = (of: Columns, row: number): string => variables.map((name) => of.values[name][row].toPrecision(6)).join(' ');
  const known = new Map(Array.from({ length: a.rows }, (_, row) => [key(a, row), a.values.free_energy[row]]));
  const differences: number[] = [];
  for (let row = 0; row < b.rows; row++) {
    const [old, now] = [known.get(key(b, row)) ?? Number.NaN, b.values.free_energy[row]];
    if (old < below && now < below) differences.push(now - old);
  }
  if (differences.length < 2) return Number.POSITIVE_INFINITY;
  const shift = mean(differences);
  return Math.sqrt(mean(differences.map((d) => (d - shift) ** 2)));
}

/** Pearson's correlation; 0 if one of them is constant. */
export function correlation(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
