import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, SimulationError } from '../../../engine/errors.ts';
import type { FrameContents } from '../../../engine/trajectory/journal.ts';
import { JournalReader, JournalWriter } from '../../../engine/trajectory/journal.ts';
import { scratch } from '../../support/fixtures.ts';
import { contents, sampleFrame, stored } from '../../support/frames.ts';

const test = suite('journal');

function journal(frames: number, what: FrameContents): string {
  const path = join(scratch(), 'trajectory.journal');
  const writer = JournalWriter.create(path, what);
  for (let i = 0; i < frames; i++) writer.append(sampleFrame(i, what));
  writer.close();
  return path;
}

for (const precision of ['f32', 'f64'] as const) {
  test(`frames come back in any order, in ${precision}`, () => {
    const what = contents(7, { precision });
    const reader = JournalReader.open(journal(5, what));
    assert.is(reader.length, 5);
    for (const index of [3, 0, 4, 1, 3]) {
      const frame = sampleFrame(index, what);
      const read = reader.read(index);
      assert.is(read.step, frame.step);
      assert.is(read.time, frame.time);
      assert.equal(Float64Array.from(read.box), frame.box.vectors);
      for (const name of ['positions', 'velocities', 'forces'] as const) {
        assert.equal(Float64Array.from(read[name] ?? []), stored(frame[name] ?? new Float64Array(0), precision), name);
      }
    }
    assert.throws(() => reader.read(5), RangeError);
    reader.close();
  });
}

test('what is not asked for is not stored', () => {
  const what = contents(100, { velocities: false, forces: false, periodic: false });
  const path = journal(10, what);
  const reader = JournalReader.open(path);
  const { velocities, forces, box } = reader.read(2);
  assert.is(velocities, null);
  assert.is(forces, null);
  assert.equal(Float64Array.from(box), new Float64Array(9));
  assert.ok(fs.statSync(path).size < 10 * (100 * 3 * 4 + 200) + 200);
  reader.close();
});

test('a journal torn at any byte of its last record keeps all the others', () => {
  const what = contents(3);
  const path = journal(3, what);
  const whole = fs.readFileSync(path);
  const start = JournalReader.open(path).start;
  const size = (whole.length - start) / 3;
  for (let cut = 1; cut <= size; cut++) {
    fs.writeFileSync(path, whole.subarray(0, whole.length - cut));
    const reader = JournalReader.open(path);
    assert.is(reader.length, 2, `${cut} bytes missing`);
    assert.is(reader.read(1).step, sampleFrame(1, what).step);
    reader.close();
  }
});

test('records that the file system allocated but never filled are not frames', () => {
  const path = journal(3, contents(3));
  fs.appendFileSync(path, new Uint8Array(1000));
  const reader = JournalReader.open(path);
  assert.is(reader.length, 3);
  reader.close();
});

test('a flipped bit in the middle is found when the frame is read', () => {
  const path = journal(3, contents(3));
  const bytes = fs.readFileSync(path);
  const { start } = JournalReader.open(path);
  bytes[start + Math.floor((bytes.length - start) / 2)] ^= 4;
  fs.writeFileSync(path, bytes);
  const reader = JournalReader.open(path);
  assert.is(reader.length, 3);
  assert.throws(
    () => reader.read(1),
    (e: Error) => e instanceof SimulationError && /frame 1 is damaged/.test(e.message),
  );
  reader.close();
});

test('a continued journal equals an uninterrupted one, whatever came after the checkpoint', () => {
  const what = contents(9);
  const expected = fs.readFileSync(journal(8, what));
  for (const tail of [0, 1, 50, 10000]) {
    const path = journal(6, what);
    fs.appendFileSync(path, new Uint8Array(tail).fill(7));
    const writer = JournalWriter.openForContinue(path, what, 5);
    assert.is(writer.frames, 5);
    assert.throws(() => writer.append(sampleFrame(4, what)), /steps must increase/);
    for (let i = 5; i < 8; i++) writer.append(sampleFrame(i, what));
    writer.close();
    assert.equal(fs.readFileSync(path), expected);
  }
});

test('a journal with fewer frames than the checkpoint knows, or other contents, is refused', () => {
  const what = contents(9);
  const path = journal(4, what);
  const message = (body: () => void): string => {
    try {
      body();
    } catch (thrown) {
      assert.instance(thrown, InputError);
      return (thrown as Error).message;
    }
    return 'nothing was thrown';
  };
  assert.match(
    message(() => JournalWriter.openForContinue(path, what, 5)),
    /holds 4 whole frames, .* after 5/,
  );
  assert.match(
    message(() => JournalWriter.openForContinue(path, contents(8), 2)),
    /9 particles.*8 particles/,
  );
  assert.match(
    message(() => JournalWriter.openForContinue(`${path}.not`, what, 2)),
    /cannot be opened/,
  );
  fs.writeFileSync(path, 'something else altogether');
  assert.match(
    message(() => JournalReader.open(path)),
    /not a frame journal/,
  );
});

test('frames that do not fit are refused: steps that go back, missing forces, a box where there was none', () => {
  const what = contents(4);
  const path = journal(0, what);
  const writer = JournalWriter.create(path, what);
  const frame = sampleFrame(1, what);
  writer.append(frame);
  assert.throws(() => writer.append(frame), /steps must increase/);
  const next = sampleFrame(2, what);
  assert.throws(() => writer.append({ ...next, forces: null }), /forces have no values/);
  assert.throws(() => writer.append({ ...next, box: { vectors: null } }), /lacks a box/);
  assert.is(writer.frames, 1);
  writer.append(next);
  writer.close();
  assert.throws(() => writer.append(sampleFrame(3, what)), /closed/);
});

test('appending allocates nothing that grows with the frame', () => {
  const what = contents(20000, { velocities: false });
  const writer = JournalWriter.create(join(scratch(), 'trajectory.journal'), what);
  const frame = sampleFrame(0, what);
  writer.append(frame);
  const before = process.memoryUsage();
  for (let i = 1; i < 60; i++) writer.append({ ...frame, step: frame.step + i });
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  // 59 frames of 480 kB each; a copy of any of them would show.
  assert.ok(grown < 400e3, `${grown} bytes`);
  writer.close();
});

test.run();
