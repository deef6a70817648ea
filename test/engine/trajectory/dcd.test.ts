import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { DcdWriter, openDcd } from '../../../engine/trajectory/dcd.ts';
import { scratch } from '../../support/fixtures.ts';
import { contents, dimers, sampleFrame } from '../../support/frames.ts';

const test = suite('dcd');

function write(frames: number, changes: Parameters<typeof contents>[1] = {}, triclinic = false): string {
  const what = contents(6, changes);
  const path = join(scratch(), 'trajectory.dcd');
  const writer = DcdWriter.create(path, what);
  for (let i = 0; i < frames; i++) writer.append(sampleFrame(i, what, triclinic));
  writer.close();
  return path;
}

function largestDifference(a: Float64Array | null, b: Float64Array | null): number {
  assert.is(a?.length, b?.length);
  return Math.max(...(a ?? []).map((value, i) => Math.abs(value - (b?.[i] ?? Number.NaN))));
}

for (const units of ['md', 'lj'] as const) {
  for (const triclinic of [false, true]) {
    test(`frames come back to f32: ${units} units, ${triclinic ? 'triclinic' : 'orthorhombic'}`, () => {
      const trajectory = openDcd(write(4, { units }, triclinic), dimers(3, units));
      assert.is(trajectory.length, 4);
      for (const index of [3, 0, 2]) {
        const frame = sampleFrame(index, contents(6), triclinic);
        const read = trajectory.frame(index);
        assert.is(read.step, frame.step);
        // The timestep is kept in f32, positions up to 50 A too.
        assert.ok(Math.abs(read.time - frame.time) < 1e-7 * frame.time);
        assert.ok(largestDifference(read.positions, frame.positions) < 5 * 6e-8);
        assert.ok(largestDifference(read.box.vectors, frame.box.vectors) < 1e-14);
        assert.is(read.forces, null);
      }
      trajectory.close();
    });
  }
}

test('lengths in the file are in Angstrom', () => {
  const path = write(1, { periodic: false });
  const bytes = fs.readFileSync(path);
  const x = bytes.readFloatLE(bytes.length - 3 * (6 * 4 + 8) + 4);
  assert.is(x, Math.fround(10 * sampleFrame(0, contents(6)).positions[0]));
});

test('an open system has no unit cell', () => {
  const trajectory = openDcd(write(2, { periodic: false }), dimers(3));
  assert.is(trajectory.frame(1).box.vectors, null);
  trajectory.close();
});

test('a torn last frame is left out', () => {
  const path = write(3);
  fs.truncateSync(path, fs.statSync(path).size - 1);
  const trajectory = openDcd(path, dimers(3));
  assert.is(trajectory.length, 2);
  trajectory.close();
});

test('what is not such a file is refused with a reason', () => {
  const path = write(1);
  const good = fs.readFileSync(path);
  const refused = (change: (bytes: Buffer) => Buffer, expected: RegExp): void => {
    fs.writeFileSync(path, change(Buffer.from(good)));
    assert.throws(
      () => openDcd(path, dimers(3)),
      (e: Error) => e instanceof InputError && expected.test(e.message),
    );
  };
  const set =
    (index: number, value: number) =>
    (bytes: Buffer): Buffer => {
      bytes.writeInt32LE(value, 8 + 4 * index);
      return bytes;
    };
  refused((bytes) => bytes.subarray(0, 60), /ends within its header/);
  refused((bytes) => bytes.swap32(), /big-endian/);
  refused(() => Buffer.alloc(300), /not a DCD/);
  refused(set(8, 2), /2 fixed atoms/);
  refused(set(11, 1), /fourth dimension/);
  refused(set(19, 0), /X-PLOR/);
  fs.writeFileSync(path, good);
  assert.throws(() => openDcd(path, dimers(4)), /6 atoms in the trajectory, 8 in the structure/);
});

test.run();
