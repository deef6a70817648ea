/** Scenarios of biases run as a user does, what they leave, and exact free energies of the Mueller-Brown potential to hold it against. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { all } from '../plugins/biasing/support.ts';
import { md } from '../support/command.ts';
import { readJson, root, scratch } from '../support/fixtures.ts';

/** Where runs are made, and found again: `BIAS_RUNS=folder` keeps them. */
export const folder = process.env.BIAS_RUNS ?? scratch();

type Json = Record<string, unknown>;
export type Stage = Json & { readonly name: string; readonly do: string };
export interface Scenario {
  name: string;
  stages: Stage[];
}

/** A scenario that comes with the project. */
export const scenario = (name: string) => readJson<Scenario>(join(root, 'scenarios', `${name}.json`));

/** Runs a scenario under a name, on one core. */
export async function run(json: Scenario, name = json.name, ...words: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'scenarios/molecules'), join(folder, 'molecules'), { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...json, name }));
  const { code, err } = await md(folder, 'run', `${name}.json`, '--continue', '--threads', '1', ...words);
  assert.is(code, 0, err);
}

/** A file of a stage. */
export const pathOf = (name: string, stage: string, file = '') => join(folder, 'runs', name, stage, file);

/** Numbers of a CSV file, without its head. */
export function rows(path: string): number[][] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
}

export const profile = (name: string, stage: string) => rows(pathOf(name, stage, 'free-energy.csv'));

interface Result {
  readonly regions: Readonly<Record<string, { freeEnergy: number; error: number; probability: number }>>;
}
export const result = (name: string, stage: string) => readJson<Result>(pathOf(name, stage, 'free-energy.json'));

/** What `sum-hills.py` finds: an independent reader of HILLS. Null without numpy. */
export function sumHills(...paths: string[]): { bias: number; greatestBias: number; freeEnergy: number } | null {
  const python = '/usr/bin/python3';
  if (spawnSync(python, ['-c', 'import numpy']).status !== 0) return null;
  const { status, stdout, stderr } = spawnSync(python, [join(root, 'test/validate/sum-hills.py'), ...paths], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

/** -ln of the probabilities of bins of a function of x and y, under exp(-0.15 V) of the Mueller-Brown potential: by quadrature. */
export class MuellerBrown {
  private readonly points = 1000;
  private readonly x = new Float64Array(this.points ** 2);
  private readonly y = new Float64Array(this.points ** 2);
  private readonly weight = new Float64Array(this.points ** 2);

  /**
   * Each row and column of points is shifted by another part of a spacing: bins of a coordinate, some six spacings wide, would otherwise hold
   * five points or six, and be off by 0.1 kT.
   */
  constructor() {
    const { evaluate } = all.get('field', 'mueller-brown');
    const out = new Float64Array(4);
    const shifted = (k: number, other: number) => (k + ((other * 0.6180339887498949) % 1)) / this.points;
    this.weight.forEach((_, k) => {
      const [i, j] = [Math.floor(k / this.points), k % this.points];
      this.x[k] = -2.2 + 4.2 * shifted(i, j);
      this.y[k] = -1.2 + 4 * shifted(j, i);
      evaluate(this.x[k], this.y[k], 0, Float64Array.of(0.15), 0, out);
      this.weight[k] = Math.exp(-(out[0] + 22));
    });
  }

  /** The probability of y < 0.75. */
  get lower(): number {
    let [below, all] = [0, 0];
    this.weight.forEach((w, k) => {
      all += w;
      if (this.y[k] < 0.75) below += w;
    });
    return below / all;
  }

  /**
   * Root mean square difference of a free energy on equal bins from the exact one below 10 kT, the mean difference taken out.
   * @param rows middle of a bin, and free energy
   */
  error(rows: readonly number[][], of: (x: number, y: number) => number): number {
    // Bins that a run has not seen have no row: the width is that of the closest two.
    const width = rows.slice(1).reduce((least, row, k) => Math.min(least, row[0] - rows[k][0]), Number.POSITIVE_INFINITY);
    const start = rows[0][0] - 0.5 * width;
    const sums = new Float64Array(Math.round((rows[rows.length - 1][0] - rows[0][0]) / width) + 1);
    this.weight.forEach((w, k) => {
      const bin = w > 0 ? Math.floor((of(this.x[k], this.y[k]) - start) / width) : -1;
      if (bin >= 0 && bin < sums.length) sums[bin] += w;
    });
    const most = sums.reduce((a, b) => Math.max(a, b));
    const differences = rows
      .map(([value, F]) => ({ exact: -Math.log(sums[Math.floor((value - start) / width)] / most), F }))
      .filter(({ exact }) => exact < 10)
      .map(({ exact, F }) => F - exact);
    assert.ok(differences.length > 20);
    const mean = differences.reduce((a, b) => a + b) / differences.length;
    return Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / differences.length);
  }
}
