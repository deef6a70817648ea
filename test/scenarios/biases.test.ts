/** Biases of a scenario: columns, files that other programs read, restarts, continuation, and messages. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFields, readLog } from '../../engine/index.ts';
import { md, noStack, startMd, write } from '../support/command.ts';
import { scratch } from '../support/fixtures.ts';

const test = suite('biases of a scenario');
const folder = scratch();

const plane = {
  do: 'simulate',
  system: { build: 'model', start: [[-0.56, 1.44]], forces: [{ type: 'mueller-brown', scale: 0.15 }] },
  dynamics: { integrator: 'langevin', timestep: 0.005, temperature: 1, friction: 10 },
  variables: { x: { type: 'position', axis: 'x' }, y: { type: 'position', axis: 'y' } },
};
const hills = { type: 'metadynamics', variables: ['y'], sigma: 0.1, height: 1, everySteps: 100, biasFactor: 10 };
const walls = { type: 'upper-walls', variables: ['x'], at: 0.5, k: 100 };
const run = { run: { equilibrateSteps: 200, steps: 2000 }, output: { everySteps: 500, logEverySteps: 100 } };

test('the log and COLVAR hold variables and biases, HILLS the hills; a later stage starts with them', async () => {
  const stages = [
    { name: 'first', ...plane, ...run, biases: { meta: hills, wall: walls } },
    { name: 'second', ...plane, ...run, biases: { meta: { ...hills, from: 'first' } } },
    { name: 'other', ...plane, ...run, biases: { meta: { ...hills, from: 'first', file: 'HILLS.y' } } },
  ];
  write(folder, 'plane.json', { name: 'plane', units: 'lj', stages });
  const { code, out, err } = await md(folder, 'run', 'plane.json');
  assert.is(code, 2);
  assert.match(out + err, /starts with 19 hills of first/);
  assert.match(err, 'the stage "first" has left no hills: there is no HILLS.y in its folder');
  const first = join(folder, 'runs/plane/first');
  const log = readLog(join(first, 'log.csv'));
  const colvar = parseFields(readFileSync(join(first, 'COLVAR'), 'utf8'), 'COLVAR');
  assert.equal(colvar.fields, ['time', 'x', 'y', 'meta.bias', 'meta.rbias', 'meta.rct', 'wall.bias']);
  for (const field of colvar.fields) assert.equal(colvar.columns[field], log.values[field]);
  log.values.bias.forEach((energy, k) => {
    assert.ok(Math.abs(energy - log.values['meta.bias'][k] - log.values['wall.bias'][k]) < 1e-12);
  });
  const found = parseFields(readFileSync(join(first, 'HILLS'), 'utf8'), 'HILLS');
  assert.equal(found.fields, ['time', 'y', 'sigma_y', 'height', 'biasf']);
  assert.is(found.rows, 19);
  assert.is(found.columns.time[0], 0.5);
  const second = readLog(join(folder, 'runs/plane/second/log.csv'));
  assert.ok(second.values['meta.bias'][0] > 1);
});

test('a run that is killed and continued leaves the files of one that was left alone', async () => {
  const long = { run: { steps: 60000 }, output: { everySteps: 2000, logEverySteps: 100, checkpointSeconds: 0.01 } };
  const first = { ...hills, variables: ['x', 'y'], everySteps: 30 };
  const stages = [
    { name: 'first', ...plane, ...run, biases: { meta: first } },
    { name: 'meta', ...plane, ...long, platform: 'reference', biases: { meta: { ...first, from: 'first' } } },
  ];
  write(folder, 'whole.json', { name: 'whole', units: 'lj', seed: 5, stages });
  write(folder, 'cut.json', { name: 'cut', units: 'lj', seed: 5, stages });
  assert.is((await md(folder, 'run', 'whole.json')).code, 0);
  const [whole, cut] = ['whole', 'cut'].map((name) => join(folder, 'runs', name, 'meta'));
  let kills = 0;
  for (let round = 0; round < 20; round++) {
    const command = startMd(folder, 'run', 'cut.json', ...(round ? ['--continue'] : []));
    let ended = false;
    const end = command.end.finally(() => {
      ended = true;
    });
    while (kills < 2 && !ended && !existsSync(join(cut, 'checkpoint.bin'))) await setTimeout(5);
    await setTimeout(kills < 2 ? 150 : 0);
    if (kills < 2 && !ended) {
      command.killAll();
      kills++;
    }
    const result = await end;
    if (result.code === 0) break;
  }
  assert.ok(kills > 0, 'it could be killed');
  for (const file of ['HILLS', 'COLVAR'])
    assert.is(readFileSync(join(cut, file), 'utf8'), readFileSync(join(whole, file), 'utf8'));
  const { columns, rows } = parseFields(readFileSync(join(cut, 'HILLS'), 'utf8'), 'HILLS');
  // 66 hills of the first stage, before the time 0 of the second, and its own.
  assert.equal([rows, columns.time.filter((time) => time < 0).length], [66 + 1999, 66]);
  rmSync(join(folder, 'runs/cut'), { recursive: true });
});

test('an interrupted run whose hills are gone does not go on without them', async () => {
  const stage = {
    ...plane,
    platform: 'reference',
    biases: { meta: hills },
    run: { steps: 10_000_000 },
    output: { everySteps: 100000, logEverySteps: 10000 },
  };
  write(folder, 'gone.json', { name: 'gone', units: 'lj', stages: [{ name: 'meta', ...stage }] });
  const command = startMd(folder, 'run', 'gone.json');
  const path = join(folder, 'runs/gone/meta/HILLS');
  while (!existsSync(path) || readFileSync(path).length < 300) await setTimeout(20);
  command.child.kill('SIGINT');
  assert.is((await command.end).code, 130);
  rmSync(path);
  const result = await md(folder, 'run', 'gone.json', '--continue');
  assert.is(result.code, 2);
  noStack(result);
  assert.match(
    result.err,
    /HILLS: is gone, but the checkpoint of the interrupted run needs it; put it back, or start the run anew/,
  );
});

test('mistakes are found before anything runs', async () => {
  const wrong = async (biases: object, pattern: RegExp | string, variables: object = plane.variables) => {
    const { do: _kind, ...settings } = plane;
    write(folder, 'wrong.json', { name: 'wrong', units: 'lj', ...settings, ...run, variables, biases });
    const result = await md(folder, 'check', 'wrong.json');
    assert.is(result.code, 2, result.out);
    noStack(result);
    assert.match(result.err, pattern);
  };
  await wrong(
    { meta: { ...hills, variables: ['yy'] } },
    'biases.meta.variables[0]: there is no variable "yy"; did you mean "y"?',
  );
  await wrong({ meta: { ...hills, type: 'metadynamic' } }, 'no bias is called "metadynamic"; did you mean "metadynamics"?');
  await wrong({ meta: hills, two: hills }, 'biases.two: another bias writes the file "HILLS" already');
  const copies = {
    x: plane.variables.x,
    y: plane.variables.y,
    angle: { type: 'expression', of: ['x', 'y'], value: 'atan(y / x)', period: [-1.5707963267948966, 1.5707963267948966] },
    shifted: { type: 'expression', of: ['angle'], value: 'angle + 1' },
  };
  await wrong(
    { meta: { ...hills, variables: ['shifted'] } },
    /variables\.shifted: jumps by 3\.14.* where "angle" passes the ends of its period/,
    copies,
  );
});

test.run();
