/**
 * Eigenvalues of model potentials, learned and exact: generator and transfer operator, five seeds each.
 *
 * Points are drawn from the Boltzmann density of a higher temperature, on a fine grid with a random place in each cell, and weighted to the one that is meant: the barrier
 * regions, in which the quotients are decided, are then seen by many points. Pairs start there and move by Euler-Maruyama. Quotients are computed,
 * after diagonalising in the span of the outputs, over points that are independent of the training.
 *
 * `node dist/test/validate/eigenfunctions.validate.js [potential ...]`
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exp, Noise, type Settings } from '../../engine/index.ts';
import type { Points } from '../../plugins/collective-variables/learned/data/load.ts';
import { type Prepared, prepare } from '../../plugins/collective-variables/learned/data/prepare.ts';
import type { LearningData } from '../../plugins/collective-variables/learned/data/prepared.ts';
import { diagonalise, generatorForms, transferForms } from '../../plugins/collective-variables/learned/forms.ts';
import type { NetworkDescription } from '../../plugins/collective-variables/learned/network/description.ts';
import { correctedRate } from '../../plugins/collective-variables/learned/terms/transfer-operator.ts';
import { registry } from '../plugins/collective-variables/learned/support.ts';
import { uniform } from '../support/trajectories.ts';

const test = suite('eigenfunctions');

interface Case {
  readonly name: string;
  readonly field: string;
  readonly parameters: readonly number[];
  readonly kT: number;
  /** Temperature that points are drawn at. */
  readonly drawn: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly exact: readonly number[];
  readonly tolerance: readonly number[];
  /** Lag, and Euler-Maruyama steps in it. Short lags have the smallest errors: few paths of large weight cross a barrier in them. */
  readonly lag: number;
  readonly steps: number;
  readonly epochs: number;
}

/** Exact values: quadrature and converged eigenproblems on grids, unit mobility. */
const cases: readonly Case[] = [
  {
    name: 'double well (x2 - 1)2, kT 1',
    field: 'double-well',
    parameters: [1, 1, 0],
    kT: 1,
    drawn: 1.5,
    low: [-3],
    high: [3],
    exact: [0.748682, 6.00411],
    tolerance: [0.01, 0.01],
    lag: 0.1,
    steps: 100,
    epochs: 60,
  },
  {
    name: 'Prinz, kT 1',
    field: 'prinz',
    parameters: [1],
    kT: 1,
    drawn: 1.5,
    low: [-1.5],
    high: [1.5],
    exact: [1.199, 7.88851],
    tolerance: [0.01, 0.01],
    lag: 0.005,
    steps: 50,
    epochs: 60,
  },
  {
    name: 'triple well, kT 1',
    field: 'triple-well',
    parameters: [0.5],
    kT: 1,
    drawn: 1.5,
    low: [-4, -4],
    high: [4, 4],
    exact: [0.21882, 0.76368, 2.7902],
    tolerance: [0.02, 0.05, 0.05],
    lag: 0.1,
    steps: 100,
    epochs: 60,
  },
  {
    name: 'Mueller-Brown, kT 15',
    field: 'mueller-brown',
    parameters: [1],
    kT: 15,
    drawn: 40,
    low: [-2, -1],
    high: [1.6, 2.5],
    exact: [1.5544],
    tolerance: [0.02],
    lag: 0.004,
    steps: 400,
    epochs: 120,
  },
  {
    name: 'Mueller-Brown, kT 10',
    field: 'mueller-brown',
    parameters: [1],
    kT: 10,
    drawn: 40,
    low: [-2, -1],
    high: [1.6, 2.5],
    exact: [0.19994, 41.32],
    tolerance: [0.02, 0.05],
    lag: 0.002,
    steps: 200,
    epochs: 120,
  },
];

type Field = (x: number, y: number) => { energy: number; dx: number; dy: number };

function fieldOf({ field, parameters }: Case): Field {
  const term = registry.get('field', field);
  const own = Float64Array.from(parameters);
  const out = new Float64Array(4);
  const result = { energy: 0, dx: 0, dy: 0 };
  return (x, y) => {
    term.evaluate(x, y, 0, own, 0, out);
    result.energy = out[0];
    result.dx = out[1];
    result.dy = out[2];
    return result;
  };
}

/** Points of the density at `drawn`, exact to the cell, with weights for kT. */
function draw(model: Case, count: number, seed: number): { x: Float64Array; weights: Float64Array } {
  const d = model.low.length;
  const cells = d === 1 ? [20000, 1] : [700, 700];
  const at = fieldOf(model);
  const size = model.low.map((from, i) => (model.high[i] - from) / cells[i]);
  const total = new Float64Array(cells[0] * cells[1] + 1);
  let lowest = Number.POSITIVE_INFINITY;
  const energies = new Float64Array(total.length - 1);
  for (let k = 0; k < energies.length; k++) {
    const [i, j] = [Math.floor(k / cells[1]), k % cells[1]];
    energies[k] = at(model.low[0] + (i + 0.5) * size[0], d === 2 ? model.low[1] + (j + 0.5) * size[1] : 0).energy;
    lowest = Math.min(lowest, energies[k]);
  }
  for (let k = 0; k < energies.length; k++) total[k + 1] = total[k] + exp((lowest - energies[k]) / model.drawn);
  const random = uniform(seed);
  const x = new Float64Array(count * d);
  const weights = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const wanted = ((p + random()) / count) * total[energies.length];
    let [a, b] = [0, energies.length];
    while (b - a > 1) {
      const middle = (a + b) >> 1;
      if (total[middle] <= wanted) a = middle;
      else b = middle;
    }
    x[p * d] = model.low[0] + (Math.floor(a / cells[1]) + random()) * size[0];
    if (d === 2) x[p * d + 1] = model.low[1] + ((a % cells[1]) + random()) * size[1];
    const { energy } = at(x[p * d], d === 2 ? x[p * d + 1] : 0);
    // The place in the cell is drawn evenly: its own energy makes up for that.
    weights[p] = exp((energies[a] - lowest) / model.drawn - (energy - lowest) / model.kT);
  }
  return { x, weights };
}

/** The points alone, or as starts of pairs. */
function dataOf(model: Case, count: number, seed: number, pairs: boolean): Prepared {
  const d = model.low.length;
  const { x: starts, weights } = draw(model, count, seed);
  const each = pairs ? 2 : 1;
  const x = new Float64Array(each * count * d);
  const noise = new Noise(seed, 'pairs');
  const deviates = new Float64Array(3);
  const at = fieldOf(model);
  const dt = model.lag / model.steps;
  const width = Math.sqrt(2 * model.kT * dt);
  for (let p = 0; p < count; p++) {
    let [u, v] = [starts[p * d], d === 2 ? starts[p * d + 1] : 0];
    x.set(d === 2 ? [u, v] : [u], each * p * d);
    if (!pairs) continue;
    for (let s = 0; s < model.steps; s++) {
      noise.normals(s, p, deviates, 0);
      const { dx, dy } = at(u, v);
      u += width * deviates[0] - dt * dx;
      if (d === 2) v += width * deviates[1] - dt * dy;
    }
    x.set(d === 2 ? [u, v] : [u], (each * p + 1) * d);
  }
  const total = each * count;
  const points: Points = {
    names: ['x', 'y'].slice(0, d),
    count: total,
    x,
    weights: Float64Array.from({ length: total }, (_, p) => weights[Math.floor(p / each)]),
    metric: Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? 1 : 0)),
    segments: Array.from({ length: count }, (_, p) => ({ from: each * p, to: each * (p + 1) })),
    spacing: pairs ? model.lag : null,
    source: new Int32Array(total),
    // Points come in the order of the grid: blocks take them in turn.
    walker: Int32Array.from({ length: total }, (_, p) => Math.floor(p / each) % 1000),
    walkers: 1000,
    plane: new Float64Array(0),
  };
  return prepare(points, model.kT, { blocks: 10, validationFraction: 0.2 }, '');
}

/** Quotients of a trained network over points that are independent of its training. */
function quotients(trainedOn: Prepared, model: Case, seed: number, pairs: boolean, network: NetworkDescription): number[] {
  const fresh = dataOf(model, pairs ? 40000 : 100000, seed, pairs);
  const data = rescaled(fresh, trainedOn);
  const all = Int32Array.from({ length: pairs ? data.count / 2 : data.count }, (_, p) => (pairs ? 2 * p : p));
  const { values } = diagonalise(pairs ? transferForms(network, data, all, 1) : generatorForms(network, data, all));
  return pairs ? values.map((raw) => correctedRate(raw, model.lag)) : values;
}

/** Points standardised as those of the training were. */
function rescaled({ data, statistics: own }: Prepared, { data: target, statistics }: Prepared): LearningData {
  const d = data.names.length;
  const x = data.x.map((value, k) => {
    const i = k % d;
    return (value * own.deviation[i] + own.mean[i] - statistics.mean[i]) / statistics.deviation[i];
  });
  return { ...data, x, metric: target.metric };
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
for (const model of cases)
  for (const type of ['generator-eigenfunctions', 'transfer-eigenfunctions'] as const) {
    if (wanted.length > 0 && !wanted.includes(model.field)) continue;
    test(`${model.name}, ${type}: mean of five seeds`, async () => {
      const pairs = type === 'transfer-eigenfunctions';
      const found: number[][] = [];
      for (let seed = 1; seed <= 5; seed++) {
        const prepared = dataOf(model, pairs ? 20000 : 30000, seed, pairs);
        const settings: Settings = pairs ? { lag: model.lag } : {};
        const { encoder } = await registry.get('learner', type).learn(prepared.data, settings, {
          where: 'learner',
          components: model.exact.length,
          hidden: [20, 20, 20],
          activation: 'tanh',
          epochs: model.epochs,
          batch: 500,
          learningRate: 1e-2,
          seed,
          signal: new AbortController().signal,
          record: () => {},
          progress: () => {},
          note: () => {},
        });
        found.push(quotients(prepared, model, 100 + seed, pairs, encoder));
      }
      model.exact.forEach((exact, i) => {
        const values = found.map((list) => list[i]);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        const error = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length * (values.length - 1)));
        console.log(
          `${model.name}, ${type}: lambda${i + 1} ${mean.toPrecision(5)} +- ${error.toPrecision(2)}, exact ${exact}: ${(100 * (mean / exact - 1)).toFixed(2)} %`,
        );
        assert.ok(Math.abs(mean / exact - 1) < model.tolerance[i], `lambda${i + 1}: ${mean}, exact ${exact}`);
      });
    });
  }

test.run();
