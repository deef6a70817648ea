/** Every bias and every estimator on one double well whose free energy is a formula; weights, averages, and files that other programs read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FinishedStage, InputError, parseFields } from '../../engine/index.ts';
import { readAsPlumed } from '../plugins/biasing/plumed.ts';
import { all as registry } from '../plugins/biasing/support.ts';
import { doubleWell, doubleWellEnergy as energy } from '../support/double-well.ts';
import { readJson, scratch } from '../support/fixtures.ts';
import { runStages } from '../support/stages.ts';

const test = suite('free energies');
const folder = scratch();

const particle = {
  ...doubleWell,
  run: { steps: 800_000 },
  output: { everySteps: 2000, logEverySteps: 50, forces: false },
};
const on = { variables: ['x'] };
const biases: Readonly<Record<string, object>> = {
  hills: { ...on, type: 'metadynamics', sigma: 0.15, height: 0.5, everySteps: 100, biasFactor: 8 },
  opes: { ...on, type: 'opes', sigma: 0.15, barrier: 10, everySteps: 100 },
  explore: { ...on, type: 'opes-explore', sigma: 0.15, barrier: 10, everySteps: 100 },
  abf: { ...on, type: 'abf', width: 0.05 },
  eabf: { ...on, type: 'eabf', width: 0.05, sigma: 0.07, time: 0.5, friction: 1 },
};
const windows = [-1.1, -0.55, 0, 0.55, 1.1];
const window = (centre: number) => ({
  ...particle,
  system: { ...particle.system, start: [[centre]] },
  run: { steps: 100_000 },
  biases: { spring: { ...on, type: 'umbrella', centre, k: 20 } },
});
const common = {
  do: 'free-energy',
  variables: ['x'],
  regions: { left: { x: [-3, 0] }, right: { x: [0, 3] } },
  range: { x: [-1.5, 1.5] },
  bins: 60,
};
const mean = { observables: { square: 'x^2' } };
const all = windows.map((_, k) => `window${k}`);
const stages = [
  ...Object.entries(biases).map(([name, bias]) => ({ name, ...particle, biases: { bias } })),
  ...windows.map((centre, k) => ({ name: `window${k}`, ...window(centre) })),
  // A fifth of the time after the whole: with what the first stage knows of the bias they need no beginning, and mean forces are those of both.
  ...(['opes', 'abf', 'eabf'] as const).map((name) => ({
    name: `${name}-later`,
    ...particle,
    run: { steps: 160_000 },
    biases: { bias: { ...biases[name], [name === 'opes' ? 'from' : 'fromStage']: name } },
  })),
  { name: 'F-opes-later', ...common, from: 'opes-later' },
  { name: 'F-abf-later', ...common, from: 'abf-later', method: 'abf' },
  { name: 'F-czar-later', ...common, from: 'eabf-later', method: 'czar' },
  {
    name: 'ring',
    ...window(0),
    run: { steps: 20_000 },
    variables: { ...particle.variables, turn: { type: 'expression', of: ['x'], value: 'x', period: [-0.4, 0.4] } },
  },
  { name: 'F-ring', do: 'free-energy', from: 'ring', variables: ['turn'], bins: 16 },
  { name: 'F-hills', ...common, from: 'hills', method: 'hills' },
  { name: 'F-reweight', ...common, ...mean, from: 'hills', discard: 800 },
  { name: 'F-opes', ...common, ...mean, from: 'opes', discard: 500 },
  { name: 'F-explore', ...common, ...mean, from: 'explore', discard: 500 },
  { name: 'F-abf', ...common, ...mean, from: 'abf', method: 'abf' },
  { name: 'F-abf-rows', ...common, from: 'abf', discard: 500, bandwidth: [0.03] },
  { name: 'F-czar', ...common, ...mean, from: 'eabf', method: 'czar' },
  { name: 'F-wham', ...common, from: all, method: 'wham' },
  { name: 'F-mbar', ...common, ...mean, from: all, method: 'mbar' },
  { name: 'F-cut', ...common, range: { x: [-0.8, 1.5] }, bins: 46, from: all, method: 'wham' },
  { name: 'gap-wham', ...common, from: ['window0', 'window4'], method: 'wham' },
  { name: 'gap-mbar', ...common, from: ['window0', 'window1', 'window4'], method: 'mbar' },
];

interface Result {
  readonly regions: Readonly<Record<string, { freeEnergy: number; error: number; probability: number }>>;
  readonly observables: Readonly<Record<string, { mean: number; error: number }>>;
  readonly effectiveRows: number | null;
}

const done: Record<string, FinishedStage> = {};
const notes: string[] = [];

const result = (stage: string) => readJson<Result>(join(folder, stage, 'free-energy.json'));

/** Rows of free-energy.csv. */
function profile(stage: string): number[][] {
  const lines = readFileSync(join(folder, stage, 'free-energy.csv'), 'utf8')
    .trim()
    .split('\n');
  assert.is(lines[0], 'x,free_energy (kT),error (kT)');
  return lines.slice(1).map((line) => line.split(',').map(Number));
}

/** Integral of f exp(-E) by the midpoint rule, exact to rounding for a function so smooth that ends in nothing. */
function integral(f: (x: number) => number, from: number, to: number): number {
  const steps = 4000;
  let sum = 0;
  for (let k = 0; k < steps; k++) {
    const x = from + ((to - from) * (k + 0.5)) / steps;
    sum += f(x) * Math.exp(-energy(x));
  }
  return (sum * (to - from)) / steps;
}

const exactDifference = -Math.log(integral(() => 1, 0, 2.5) / integral(() => 1, -2.5, 0));
const exactSquare = integral((x) => x * x, -2.5, 2.5) / integral(() => 1, -2.5, 2.5);

test('all biases and methods run in one scenario', async () => {
  notes.push(...(await runStages({ name: 'well', units: 'lj', seed: 2, stages }, registry, folder, done)));
});

const methods = ['hills', 'reweight', 'opes', 'explore', 'abf', 'abf-rows', 'czar', 'wham', 'mbar'];
for (const method of methods) {
  test(`F-${method}: the profile and the difference of the wells are those of the formula, within their errors`, () => {
    const rows = profile(`F-${method}`).filter(([x]) => energy(x) < 6);
    assert.ok(rows.length > 35);
    const shift = rows.reduce((sum, [x, F]) => sum + F - energy(x), 0) / rows.length;
    const rms = Math.sqrt(rows.reduce((sum, [x, F]) => sum + (F - energy(x) - shift) ** 2, 0) / rows.length);
    // 16 000 time units, in which the well is crossed some 1400 times (abf, opes), 800 (eabf): 0.06 to 0.1 kT between the wells, half of it for
    // single bins; three times that. Bins of 0.05 hide (F' width)^2/24 = 0.05 at the walls. opes-explore crosses 600 times, and its bias is (gamma - 1)
    // times the noise of its density: errors of its weights do not average out, and 0.3 were seen.
    assert.ok(rms < 0.25, `rms ${rms}`);
    const { freeEnergy, error } = result(`F-${method}`).regions.right;
    assert.ok(
      Math.abs(freeEnergy - exactDifference) < (method === 'explore' ? 0.6 : 0.3),
      `${freeEnergy} instead of ${exactDifference}`,
    );
    assert.ok(error > 0 && error < 0.3, `${error}`);
  });
}

for (const [method, limit] of [
  // 280 crossings: 0.15 kT, three times that; the others as above, since what the first stage sampled counts.
  ['opes-later', 0.45],
  ['abf-later', 0.3],
  ['czar-later', 0.3],
] as const)
  test(`F-${method}: a stage that begins with the bias of another gives the difference of the wells from its start`, () => {
    const { freeEnergy, error } = result(`F-${method}`).regions.right;
    assert.ok(Math.abs(freeEnergy - exactDifference) < limit, `${freeEnergy} instead of ${exactDifference}`);
    assert.ok(error > 0 && error < limit, `${error}`);
  });

for (const method of ['reweight', 'opes', 'explore', 'abf', 'czar', 'mbar'])
  test(`F-${method}: averages of anything are those without the bias`, () => {
    const { observables, effectiveRows } = result(`F-${method}`);
    assert.ok(Math.abs(observables.square.mean - exactSquare) < 0.02, `${observables.square.mean} instead of ${exactSquare}`);
    assert.ok(effectiveRows !== null && effectiveRows > 200);
  });

test('WHAM counts the rows inside its bins: windows that its range cuts do not pull on the others', () => {
  const rows = profile('F-cut').filter(([x]) => energy(x) < 6);
  const shift = rows.reduce((sum, [x, F]) => sum + F - energy(x), 0) / rows.length;
  const rms = Math.sqrt(rows.reduce((sum, [x, F]) => sum + (F - energy(x) - shift) ** 2, 0) / rows.length);
  // as above; with the rows outside counted it was 7
  assert.ok(rows.length > 30 && rms < 0.25, `rms ${rms}`);
});

test('windows that do not overlap are named, and those that do are not; rows of the overlap matrix sum to 1', () => {
  const said = notes.filter((note) => /do not overlap/.test(note));
  assert.is(said.length, 2);
  assert.match(said[0], /^gap-wham: the windows fall into 2 sets .*at least 0\.03 is wanted\): window0 \| window4; /);
  assert.match(said[1], /^gap-mbar: .*: window0, window1 \| window4; /);
  for (const [stage, names] of [
    ['F-wham', all],
    ['F-mbar', all],
    ['gap-wham', ['window0', 'window4']],
  ] as const) {
    const [head, ...lines] = readFileSync(join(folder, stage, 'overlap.csv'), 'utf8')
      .trim()
      .split('\n');
    assert.is(head, ['window', ...names].join(','));
    for (const line of lines) {
      const sum = line
        .split(',')
        .slice(1)
        .map(Number)
        .reduce((a, b) => a + b);
      assert.ok(Math.abs(sum - 1) < 1e-6, `${stage}: ${line}`);
    }
  }
  const json = (stage: string) =>
    readJson<{ remarks: string[]; overlap: { weakest: number; sets: string[][] } }>(join(folder, stage, 'free-energy.json'));
  assert.equal([json('F-mbar').remarks, json('F-mbar').overlap.sets], [[], [all]]);
  assert.ok(json('F-mbar').overlap.weakest > 0.03 && json('gap-mbar').overlap.weakest < 0.001);
  assert.equal(json('gap-mbar').overlap.sets, [['window0', 'window1'], ['window4']]);
});

test('hills summed by an independent reader give the same free energy', () => {
  const lines = readFileSync(join(folder, 'hills/HILLS'), 'utf8').split('\n');
  const rows = profile('F-hills');
  const sum = rows.map(([x]) => {
    let total = 0;
    for (const line of lines) {
      if (line === '' || line.startsWith('#')) continue;
      const [, centre, sigma, height] = line.trim().split(/\s+/).map(Number);
      total += height * Math.exp(-((x - centre) ** 2) / (2 * sigma * sigma));
    }
    return -total;
  });
  const least = Math.min(...sum);
  rows.forEach(([, F], k) => {
    // What is cut off a hill is 1e-8 of its height, and there are 8000.
    assert.ok(Math.abs(F - (sum[k] - least)) < 1e-4);
  });
});

test('weights have a row a row of the log, and grids have the form of PLUMED and Colvars', () => {
  const weights = readFileSync(join(folder, 'F-opes/weights.csv'), 'utf8').trim().split('\n');
  assert.is(weights[0], 'step,weight');
  assert.is(weights[1], '0,0');
  // What was discarded counts nothing: 25 000 steps, a row in 50.
  const first = weights.slice(1).findIndex((line) => Number(line.split(',')[1]) > 0);
  assert.is(Number(weights[1 + first].split(',')[0]), 25_000);
  const grid = readAsPlumed(readFileSync(join(folder, 'F-opes/fes.dat'), 'utf8'), 'file.free', ['x'], {});
  assert.is(grid.points, 60);
  for (const [x, F] of profile('F-opes')) assert.ok(Math.abs(grid.valueAt([x]) - F) < 1e-12);
  for (const file of ['bias.pmf', 'bias.grad', 'bias.count', 'bias.czar.pmf', 'bias.czar.grad', 'bias.zcount']) {
    const text = readFileSync(join(folder, 'eabf', file), 'utf8');
    const lines = text.split('\n');
    assert.not.match(text, /NaN|Infinity/, file);
    assert.is(lines[0], '# 1');
    assert.match(lines[1], /^# -?[\d.]+ 0\.05\d* \d+ 0$/);
    assert.is(lines[2].trim().split(/\s+/).length, 2);
  }
  const counts = readFileSync(join(folder, 'eabf/bias.zcount'), 'utf8').trim().split('\n');
  assert.ok(
    counts.some((line) => / 0$/.test(line) && !line.startsWith('#')),
    'there are bins without samples',
  );
  const kernels = parseFields(readFileSync(join(folder, 'opes/KERNELS'), 'utf8'), 'KERNELS');
  assert.equal(kernels.fields, ['time', 'x', 'sigma_x', 'height', 'logweight']);
});

test('bins over a period have their middles where grids have their points, from its beginning on', () => {
  const text = readFileSync(join(folder, 'F-ring/fes.dat'), 'utf8');
  const grid = readAsPlumed(text, 'file.free', ['turn'], { turn: ['-0.4', '0.4'] });
  const rows = readFileSync(join(folder, 'F-ring/free-energy.csv'), 'utf8').trim().split('\n').slice(1);
  assert.is(rows.length, 16);
  rows.forEach((row, k) => {
    const [turn, F] = row.split(',').map(Number);
    assert.ok(Math.abs(turn - (-0.4 + 0.05 * k)) < 1e-12);
    assert.ok(Math.abs(grid.valueAt([turn]) - F) < 1e-12);
  });
});

test('the course of the free energy in time ends where the whole run does', () => {
  const lines = readFileSync(join(folder, 'F-opes/convergence.csv'), 'utf8').trim().split('\n');
  assert.is(lines[0], 'time,distance (kT),left (kT),right (kT)');
  assert.is(lines.length, 21);
  const last = lines[20].split(',').map(Number);
  assert.is(last[1], 0);
  assert.ok(Math.abs(last[3] - result('F-opes').regions.right.freeEnergy) < 1e-12);
});

test('what cannot be is said by name', async () => {
  const wrong = async (stage: object, pattern: RegExp) => {
    const scenario = { name: 'well', units: 'lj', seed: 2, stages: [...stages, { name: 'wrong', ...common, ...stage }] };
    try {
      await runStages(scenario, registry, folder, done);
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, pattern);
      return;
    }
    assert.unreachable(`${pattern}`);
  };
  await wrong({ from: 'hills', method: 'mbar' }, /the bias "bias" of "hills" is a metadynamics, which changes with time/);
  await wrong({ from: all }, /"window0" \(spring: umbrella at -1.1\) and "window1" .* different biases: .*"mbar" or "wham"/);
  for (const [from, method] of [
    ['opes', 'reweight'],
    [all, 'wham'],
  ])
    await wrong({ from, method, range: { x: [50, 60] } }, /^stages.*: nothing is known in any bin: no row.*Set "range"/);
  await wrong(
    { from: 'hills', method: 'czar' },
    /the stage "hills" has no bias of the type "eabf"; it has bias \(metadynamics\)/,
  );
});

test.run();
