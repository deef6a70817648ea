import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrajectory } from '../../../engine/trajectory/open.ts';
import { scratch } from '../../support/fixtures.ts';
import { record } from '../../support/recording-run.ts';

const test = suite('a killed run');
const script = fileURLToPath(new URL('../../support/recording-run.js', import.meta.url));
const steps = 400;
const files = ['trajectory.dcd', 'trajectory.xyz', 'structure.json', 'checkpoint.bin', 'checkpoint.previous.bin'];

/** Runs until the child is killed, somewhere in the 13 steps from `killAt` on, or ends; true if it was killed. */
function run(folder: string, killAt: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, folder, String(steps), String(killAt + 13)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    child.stdout.on('data', (text: Buffer) => {
      heard += text;
      const lines = heard.split('\n');
      heard = lines.pop() ?? '';
      if (lines.some((line) => Number(line) >= killAt)) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`the run ended with code ${code}`));
    });
  });
}

function rowsWithoutSpeed(folder: string): string[] {
  return fs
    .readFileSync(join(folder, 'log.csv'), 'utf8')
    .split('\n')
    .map((line) => line.slice(0, line.lastIndexOf(',')));
}

const uninterrupted = scratch();

function sameLog(folder: string): void {
  const [rows, expected] = [rowsWithoutSpeed(folder), rowsWithoutSpeed(uninterrupted)];
  const first = rows.findIndex((row, i) => row !== expected[i]);
  assert.is(rows[first], expected[first], `line ${first + 1} of the log`);
  assert.is(rows.length, expected.length);
}

/** Without printing megabytes when they are not. */
function sameBytes(folder: string, file: string): void {
  assert.ok(fs.readFileSync(join(folder, file)).equals(fs.readFileSync(join(uninterrupted, file))), `${file} differs`);
}

test.before(() => record(uninterrupted, steps, () => {}));

test('leaves the same files as one that was not, when it goes on', async () => {
  const folder = scratch();
  for (const killAt of [3, 47, 48, 131, 255, 380]) {
    assert.ok(await run(folder, killAt), 'the run ended before it could be killed');
    // What a kill in the middle of a write leaves; it cannot be timed from outside.
    fs.appendFileSync(join(folder, 'trajectory.journal'), new Uint8Array(killAt).fill(killAt));
    fs.appendFileSync(join(folder, 'log.csv'), `${killAt},0.`);
  }
  assert.not(await run(folder, 1e9), 'the last run was to end by itself');
  assert.not(fs.existsSync(join(folder, 'trajectory.journal')), 'the journal of a finished stage is gone');
  sameLog(folder);
  assert.is(rowsWithoutSpeed(folder).length, steps + 2);
  for (const file of files) sameBytes(folder, file);
  const [a, b] = [await openTrajectory(folder), await openTrajectory(uninterrupted)];
  assert.is(a.length, steps / 2);
  assert.is(b.length, steps / 2);
  for (let i = 0; i < a.length; i++) assert.equal(a.frame(i), b.frame(i));
  a.close();
  b.close();
});

test('can be read before it goes on, to the last whole frame', async () => {
  const folder = scratch();
  assert.ok(await run(folder, 100), 'the run ended before it could be killed');
  const trajectory = await openTrajectory(folder);
  const expected = await openTrajectory(uninterrupted);
  assert.ok(trajectory.length >= 50);
  const last = trajectory.length - 1;
  assert.equal(trajectory.frame(last), expected.frame(last));
  trajectory.close();
  expected.close();
});

test('goes on from the checkpoint before when the newest is torn, and says so', async () => {
  const folder = scratch();
  assert.ok(await run(folder, 60), 'the run ended before it could be killed');
  const newest = join(folder, 'checkpoint.bin');
  fs.truncateSync(newest, fs.statSync(newest).size - 100);
  const heard: string[] = [];
  await record(folder, steps, (line) => heard.push(line));
  assert.match(heard[0], /checkpoint\.bin is torn.*going on from checkpoint\.previous\.bin at step \d+/);
  sameLog(folder);
  sameBytes(folder, 'trajectory.dcd');
});

test('that had finished its files, but not been noted as done, can go on from them', async () => {
  const folder = scratch();
  await record(folder, 200, () => {});
  await record(folder, steps, () => {});
  sameLog(folder);
  sameBytes(folder, 'trajectory.dcd');
});

test.run();
