import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { openTrajectory } from '../../../engine/trajectory/open.ts';
import { TrajectoryRecorder } from '../../../engine/trajectory/recorder.ts';
import { scratch } from '../../support/fixtures.ts';
import { contents, dimers, sampleFrame } from '../../support/frames.ts';

const test = suite('trajectory recorder');
const what = contents(6);
const structure = dimers(3);
const options = { ...what, formats: ['extxyz'] } as const;

function append(recorder: TrajectoryRecorder, from: number, to: number): void {
  for (let i = from; i < to; i++) recorder.append(sampleFrame(i, what));
}

async function framesIn(folder: string): Promise<unknown[]> {
  const trajectory = await openTrajectory(folder);
  const frames = Array.from({ length: trajectory.length }, (_, i) => trajectory.frame(i));
  trajectory.close();
  return frames;
}

test('an interrupted stage has its files, keeps its journal, and goes on to the same end', async () => {
  const whole = scratch();
  const once = TrajectoryRecorder.create(whole, structure, options);
  append(once, 0, 9);
  const told: string[] = [];
  await once.finish({ complete: true, version: '1', progress: (done, total) => told.push(`${done}/${total}`) });
  assert.equal(told, ['9/9']);
  assert.equal(fs.readdirSync(whole).sort(), ['structure.json', 'trajectory.h5', 'trajectory.xyz']);

  const folder = scratch();
  const first = TrajectoryRecorder.create(folder, structure, options);
  append(first, 0, 5);
  await first.finish({ complete: false, version: '1' });
  assert.equal(fs.readdirSync(folder).sort(), ['structure.json', 'trajectory.h5', 'trajectory.journal', 'trajectory.xyz']);
  const second = await TrajectoryRecorder.openForContinue(folder, structure, options, 4);
  append(second, 4, 7);
  second.flush();
  assert.is((await framesIn(folder)).length, 7, 'the journal knows more than the H5MD file');
  append(second, 7, 9);
  await second.finish({ complete: true, version: '1' });
  assert.equal(await framesIn(folder), await framesIn(whole));
  assert.is(fs.readFileSync(join(folder, 'trajectory.xyz'), 'utf8'), fs.readFileSync(join(whole, 'trajectory.xyz'), 'utf8'));
});

test('a stage that starts anew leaves nothing of an earlier one', async () => {
  const folder = scratch();
  const first = TrajectoryRecorder.create(folder, structure, options);
  append(first, 0, 3);
  await first.finish({ complete: true, version: '1' });
  TrajectoryRecorder.create(folder, structure, options).close();
  assert.equal(fs.readdirSync(folder).sort(), ['structure.json', 'trajectory.journal']);
  assert.is((await framesIn(folder)).length, 0);
});

test('nothing to go on from is said so', async () => {
  try {
    await TrajectoryRecorder.openForContinue(scratch(), structure, options, 4);
    assert.unreachable();
  } catch (thrown) {
    assert.instance(thrown, InputError);
    assert.match((thrown as Error).message, /neither trajectory\.journal nor trajectory\.h5/);
  }
});

test.run();
