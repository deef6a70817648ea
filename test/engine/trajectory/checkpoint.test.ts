import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { readCheckpoint, removeCheckpoints, writeCheckpoint } from '../../../engine/trajectory/checkpoint.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('checkpoint');
const metadata = (step: number) => ({
  version: '0.1.0',
  particles: 2,
  step,
  phase: 'production',
  frames: 3,
  logRows: 4,
  note: 'ö',
});
const snapshot = {
  step: 12,
  'friction heat': -0,
  barrier: Number.POSITIVE_INFINITY,
  positions: Float64Array.of(1 / 3, -0, 5e-324, Number.MAX_VALUE, Math.PI, Number.NaN),
  none: new Float64Array(0),
};

test('everything comes back to the bit', () => {
  const folder = scratch();
  writeCheckpoint(folder, snapshot, metadata(12));
  const read = readCheckpoint(folder, { particles: 2 });
  assert.equal(read?.metadata, metadata(12));
  assert.is(read?.fallback, null);
  assert.equal(Object.keys(read?.snapshot ?? {}), Object.keys(snapshot));
  for (const [name, value] of Object.entries(snapshot)) {
    const found = read?.snapshot[name];
    if (typeof value === 'number') assert.ok(Object.is(found, value), name);
    else {
      assert.instance(found, Float64Array);
      const bits = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      assert.equal(bits(found as Float64Array), bits(value), name);
    }
  }
});

test('the newest and the one before are kept, and no other file', () => {
  const folder = scratch();
  for (const step of [1, 2, 3]) writeCheckpoint(folder, snapshot, metadata(step));
  assert.equal(fs.readdirSync(folder).sort(), ['checkpoint.bin', 'checkpoint.previous.bin']);
  assert.is(readCheckpoint(folder, { particles: 2 })?.metadata.step, 3);
  fs.rmSync(join(folder, 'checkpoint.bin'));
  assert.is(readCheckpoint(folder, { particles: 2 })?.metadata.step, 2);
  removeCheckpoints(folder);
  assert.equal(fs.readdirSync(folder), []);
  assert.is(readCheckpoint(folder, { particles: 2 }), null);
});

test('the newest, damaged at any byte, gives way to the one before', () => {
  const folder = scratch();
  writeCheckpoint(folder, snapshot, metadata(1));
  writeCheckpoint(folder, snapshot, metadata(2));
  const path = join(folder, 'checkpoint.bin');
  const whole = fs.readFileSync(path);
  for (let i = 0; i < whole.length; i++) {
    const bytes = Uint8Array.from(whole);
    bytes[i] ^= 1;
    fs.writeFileSync(path, bytes);
    const read = readCheckpoint(folder, { particles: 2 });
    assert.is(read?.metadata.step, 1, `byte ${i}`);
    assert.match(read?.fallback ?? '', /checkpoint\.bin .*going on from checkpoint\.previous\.bin at step 1/);
    fs.writeFileSync(path, whole.subarray(0, i));
    assert.is(readCheckpoint(folder, { particles: 2 })?.metadata.step, 1, `cut at ${i}`);
  }
});

test('when none is whole the user is told', () => {
  const folder = scratch();
  writeCheckpoint(folder, snapshot, metadata(1));
  fs.truncateSync(join(folder, 'checkpoint.bin'), 40);
  assert.throws(
    () => readCheckpoint(folder, { particles: 2 }),
    (e: Error) => e instanceof InputError && /start the run anew/.test(e.message),
  );
});

test('a checkpoint of another system is refused', () => {
  const folder = scratch();
  writeCheckpoint(folder, snapshot, metadata(1));
  assert.throws(
    () => readCheckpoint(folder, { particles: 3 }),
    (e: Error) => e instanceof InputError && /2 particles, but the system has 3/.test(e.message),
  );
});

test.run();
