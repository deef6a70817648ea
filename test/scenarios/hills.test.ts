/** Hills that are handed on from stage to stage, and shared by walkers: every HILLS holds all that the bias of its run was made of. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FieldsTable, type FinishedStage, InputError, parseFields } from '../../engine/index.ts';
import { all as registry } from '../plugins/biasing/support.ts';
import { scratch } from '../support/fixtures.ts';
import { runStages } from '../support/stages.ts';

const test = suite('hills from run to run');
const folder = scratch();
const shared = join(folder, 'walkers');

const gamma = 10;
const meta = { type: 'metadynamics', variables: ['y'], sigma: 0.1, height: 1, everySteps: 50, biasFactor: gamma };
const plane = {
  do: 'simulate',
  system: { build: 'model', start: [[-0.56, 1.44]], forces: [{ type: 'mueller-brown', scale: 0.15 }] },
  dynamics: { integrator: 'langevin', timestep: 0.01, temperature: 1, friction: 2 },
  variables: { y: { type: 'position', axis: 'y' } },
  run: { steps: 2000 },
  output: { everySteps: 1000, logEverySteps: 40, forces: false },
};
const walker = (id: number, more: object = {}) => ({
  ...plane,
  biases: { meta: { ...meta, walkers: { folder: shared, id, count: 2, everySteps: 100 }, ...more } },
});
const F = { do: 'free-energy', variables: ['y'], range: { y: [-0.5, 2] }, bins: 40, method: 'hills' };
const stages = [
  { name: 'one', ...plane, biases: { meta } },
  { name: 'two', ...plane, biases: { meta: { ...meta, from: 'one' } } },
  { name: 'three', ...plane, biases: { meta: { ...meta, biasFactor: 5, from: 'two' } } },
  ...['one', 'two', 'three'].map((from) => ({ name: `F-${from}`, ...F, from })),
];
const done: Record<string, FinishedStage> = {};
const run = (more: readonly object[]) =>
  runStages({ name: 'hills', units: 'lj', seed: 3, stages: [...stages, ...more] }, registry, folder, done);

const table = (path: string): FieldsTable => parseFields(readFileSync(join(folder, path), 'utf8'), path);

/** An independent reader: the sum of the hills of a table up to a time, as heights stand there. */
function sum({ columns }: FieldsTable, y: number, until = Number.POSITIVE_INFINITY): number {
  let total = 0;
  columns.time.forEach((time, k) => {
    if (time < until - 1e-9) total += columns.height[k] * Math.exp(-0.5 * ((y - columns.y[k]) / columns.sigma_y[k]) ** 2);
  });
  return total;
}

/** Every row of COLVAR against the hills before it; cubic interpolation leaves 1e-5 of a hill, and some 30 lie on top of each other. */
function checkBias(stage: string, factor: number): void {
  const [hills, colvar] = [table(`${stage}/HILLS`), table(`${stage}/COLVAR`)];
  colvar.columns.time.forEach((time, r) => {
    const expected = ((factor - 1) / factor) * sum(hills, colvar.columns.y[r], time);
    assert.ok(Math.abs(colvar.columns['meta.bias'][r] - expected) < 3e-4, `${stage} ${time}: ${expected}`);
  });
}

/** A free energy against minus the sum of all hills of a table. */
function checkProfile(stage: string, hills: FieldsTable): void {
  const rows = table(`${stage}/fes.dat`).columns;
  const expected = Array.from(rows.y, (y) => -sum(hills, y));
  const least = Math.min(...expected);
  // What is left off a hill is 1e-8 of its height.
  expected.forEach((value, k) => {
    assert.ok(Math.abs(rows['file.free'][k] - (value - least)) < 1e-5, `${stage} ${rows.y[k]}`);
  });
}

test('a stage that goes on with the hills of another one has all of them in its HILLS', async () => {
  const notes = await run([]);
  assert.ok(notes.includes('two: meta: starts with 39 hills of one'));
  assert.ok(notes.includes('three: meta: starts with 78 hills of two'));
  const [one, two, three] = ['one', 'two', 'three'].map((stage) => table(`${stage}/HILLS`));
  assert.equal([one.rows, two.rows, three.rows], [39, 78, 117]);
  // The first began at 0; the others go on with its times an interval before their own.
  for (let k = 0; k < 39; k++) {
    assert.is(two.columns.y[k], one.columns.y[k]);
    assert.ok(Math.abs(two.columns.time[k] - (one.columns.time[k] - 20)) < 1e-9);
    assert.ok(Math.abs(three.columns.time[k] - (one.columns.time[k] - 40)) < 1e-9);
  }
  assert.is(two.columns.time[39], 0.5);
  for (const [stage, factor] of [
    ['one', gamma],
    ['two', gamma],
    ['three', 5],
  ] as const)
    checkBias(stage, factor);
  // The bias factor of the third is another one: what it was given acts as it was.
  assert.ok(Math.abs(three.columns.height[0] / ((5 / 4) * 0.9 * one.columns.height[0]) - 1) < 1e-14);
});

test('free energies by hills count what was there from the start', () => {
  for (const stage of ['one', 'two', 'three']) checkProfile(`F-${stage}`, table(`${stage}/HILLS`));
  const course = readFileSync(join(folder, 'F-three/convergence.csv'), 'utf8').trim().split('\n').slice(1);
  const distances = course.map((line) => Number(line.split(',')[1]));
  // 78 of 117 hills are in the first point of its course; without them it is some kT off.
  assert.ok(distances[0] < 1, `${distances}`);
  assert.ok(distances[distances.length - 1] < 1e-12);
});

test('walkers: the HILLS of one has what it read of the others; several are put together, every hill once', async () => {
  const notes = await run([
    { name: 'w0', ...walker(0) },
    { name: 'w1', ...walker(1) },
    { name: 'F-w0', ...F, from: 'w0' },
    { name: 'F-w1', ...F, from: 'w1' },
    { name: 'F-both', ...F, from: ['w0', 'w1'] },
  ]);
  assert.ok(notes.includes(`w0: meta: walker 0 begins with hills of the others in ${shared}: 0 in HILLS.1`));
  assert.ok(notes.includes(`w1: meta: walker 1 begins with hills of the others in ${shared}: 39 in HILLS.0`));
  const [w0, w1] = ['w0', 'w1'].map((stage) => table(`${stage}/HILLS`));
  assert.equal([w0.rows, w1.rows], [39, 78]);
  for (const stage of ['w0', 'w1']) {
    checkBias(stage, gamma);
    checkProfile(`F-${stage}`, table(`${stage}/HILLS`));
  }
  // All of them stand in the file of the second, which began when the first had ended.
  checkProfile('F-both', w1);
});

async function refused(more: readonly object[], pattern: RegExp): Promise<void> {
  try {
    await run(more);
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, pattern);
    return;
  }
  assert.unreachable(`${pattern}`);
}

test('a walker whose file is there before it begins is refused', async () => {
  await refused(
    [{ name: 'again', ...walker(0) }],
    /biases\.meta\.walkers\.folder: the file of this walker, .*walkers\/HILLS\.0, is there before it begins: .*empty folder.*--continue/,
  );
});

test('hills of runs that did not share them are no sum', async () => {
  await refused(
    [{ name: 'F-apart', ...F, from: ['one', 'two'] }],
    /"one" and "two" did not share their hills \("walkers" of one folder with different ids\)/,
  );
});

test('walkers that begin with the same hills count them once', async () => {
  const apart = join(folder, 'apart');
  const own = (id: number) => walker(id, { from: 'one', walkers: { folder: apart, id, count: 2, everySteps: 100 } });
  await run([
    { name: 'v0', ...own(0) },
    { name: 'v1', ...own(1) },
    { name: 'F-shared', ...F, from: ['v0', 'v1'] },
  ]);
  const [v0, v1] = ['v0', 'v1'].map((stage) => table(`${stage}/HILLS`));
  assert.equal([v0.rows, v1.rows], [78, 117]);
  checkBias('v1', gamma);
  checkProfile('F-shared', v1);
  // What walkers share is their own: none of the hills that both were given.
  assert.is(table('apart/HILLS.0').rows, 39);
});

test('hills as PLUMED makes them since version 2.8 act as they are, and those that are added are of their form', async () => {
  const first = { name: 'first', ...plane, biases: { meta } };
  await run([first]);
  const path = join(folder, 'first/HILLS');
  writeFileSync(path, readFileSync(path, 'utf8').replace('kerneltype gaussian', 'kerneltype stretched-gaussian'));
  const notes = await run([
    first,
    { name: 'stretched', ...plane, biases: { meta: { ...meta, grid: false, from: 'first' } } },
    { name: 'F-stretched', ...F, from: 'stretched' },
  ]);
  assert.ok(notes.includes('stretched: meta: its own hills are of their form: stretched-gaussian'));
  const hills = table('stretched/HILLS');
  assert.is(hills.constants.kerneltype, 'stretched-gaussian');
  assert.is(hills.rows, 78);
  // 1/(1 - exp(-6.25)) and exp(-6.25)/(1 - exp(-6.25)).
  const sumStretched = (y: number, until: number): number => {
    let total = 0;
    hills.columns.time.forEach((time, k) => {
      const half = 0.5 * ((y - hills.columns.y[k]) / hills.columns.sigma_y[k]) ** 2;
      if (time < until && half < 6.25)
        total += hills.columns.height[k] * (1.001934187997447 * Math.exp(-half) - 0.0019341879974476);
    });
    return total;
  };
  const { columns } = table('stretched/COLVAR');
  columns.time.forEach((time, r) => {
    const expected = (1 - 1 / gamma) * sumStretched(columns.y[r], time - 1e-9);
    assert.ok(Math.abs(columns['meta.bias'][r] - expected) < 1e-8, `${time}: ${expected}`);
  });
  const rows = table('F-stretched/fes.dat').columns;
  const profile = Array.from(rows.y, (y) => -sumStretched(y, Number.POSITIVE_INFINITY));
  profile.forEach((value, k) => {
    assert.ok(Math.abs(rows['file.free'][k] - (value - Math.min(...profile))) < 1e-8, `${rows.y[k]}`);
  });
});

test('a fixed trajectory with fixed hills has the bias of its HILLS to 1e-8 where they are summed one by one', async () => {
  const both = {
    ...plane,
    variables: { x: { type: 'position', axis: 'x' }, y: { type: 'position', axis: 'y' } },
    output: { ...plane.output, logEverySteps: 7 },
  };
  const list = { ...meta, variables: ['x', 'y'], grid: false };
  await run([
    { name: 'list', ...both, biases: { meta: list } },
    { name: 'fixed', ...both, biases: { meta: { ...list, from: 'list', everySteps: 2001 } } },
  ]);
  assert.is(table('fixed/HILLS').rows, 39);
  for (const stage of ['list', 'fixed']) {
    const [{ columns: hills }, { columns }] = [table(`${stage}/HILLS`), table(`${stage}/COLVAR`)];
    let most = 0;
    columns.time.forEach((time, r) => {
      let bias = 0;
      hills.time.forEach((added, k) => {
        const square = ['x', 'y'].reduce((s, v) => s + ((columns[v][r] - hills[v][k]) / hills[`sigma_${v}`][k]) ** 2, 0);
        if (added < time - 1e-9) bias += (1 - 1 / hills.biasf[k]) * hills.height[k] * Math.exp(-0.5 * square);
      });
      assert.ok(Math.abs(columns['meta.bias'][r] - bias) < 1e-8, `${stage} ${time}: ${bias}`);
      most = Math.max(most, bias);
    });
    assert.ok(most > 2);
  }
});

test.run();
