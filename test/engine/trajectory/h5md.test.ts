import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, SimulationError } from '../../../engine/errors.ts';
import type { Structure } from '../../../engine/system/system.ts';
import { writeH5md } from '../../../engine/trajectory/h5md.ts';
import { openH5md } from '../../../engine/trajectory/h5md-reader.ts';
import { loadHdf5 } from '../../../engine/trajectory/hdf5.ts';
import type { FrameContents } from '../../../engine/trajectory/journal.ts';
import { JournalReader, JournalWriter } from '../../../engine/trajectory/journal.ts';
import { openTrajectory, writeStructureFile } from '../../../engine/trajectory/open.ts';
import { scratch } from '../../support/fixtures.ts';
import { contents, dimers, sampleFrame, stored } from '../../support/frames.ts';

const test = suite('h5md');

async function write(frames: number, what: FrameContents, structure: Structure, triclinic = false): Promise<string> {
  const folder = scratch();
  const journal = JournalWriter.create(join(folder, 'journal'), what);
  for (let i = 0; i < frames; i++) journal.append(sampleFrame(i, what, triclinic));
  journal.close();
  const reader = JournalReader.open(journal.path);
  const path = join(folder, 'trajectory.h5');
  await writeH5md(path, reader, structure, { version: '0.1.0' });
  reader.close();
  fs.rmSync(journal.path);
  return path;
}

const cases: [string, Partial<FrameContents>, boolean][] = [
  ['f32, everything stored', {}, false],
  ['f64, triclinic', { precision: 'f64' }, true],
  ['open boundaries, forces only', { periodic: false, velocities: false }, false],
  ['lj units, positions only', { units: 'lj', velocities: false, forces: false }, false],
];
for (const [name, changes, triclinic] of cases) {
  test(`frames and structure come back: ${name}`, async () => {
    const what = contents(6, changes);
    const structure = dimers(3, what.units);
    const trajectory = await openH5md(await write(11, what, structure, triclinic), null);
    assert.equal(trajectory.structure, structure);
    assert.is(trajectory.length, 11);
    for (const index of [10, 0, 5, 6, 5]) {
      const frame = sampleFrame(index, what, triclinic);
      const kept = (values: Float64Array | null): Float64Array | null => values && stored(values, what.precision);
      const { positions, velocities, forces } = frame;
      const expected = {
        ...frame,
        positions: stored(positions, what.precision),
        velocities: kept(velocities),
        forces: kept(forces),
      };
      assert.equal(trajectory.frame(index), expected);
    }
    assert.throws(() => trajectory.frame(11), RangeError);
    trajectory.close();
    trajectory.close();
    assert.throws(() => trajectory.frame(0), /closed/);
  });
}

test('a trajectory of many blocks is written whole', async () => {
  // 5000 particles in f32 are 60 kB: 17 frames a block, so 40 frames are two blocks and a part of one.
  const what = contents(5000, { velocities: false });
  const trajectory = await openH5md(await write(40, what, dimers(2500)), null);
  assert.is(trajectory.length, 40);
  for (let i = 0; i < 40; i++)
    assert.equal(trajectory.frame(i).forces, stored(sampleFrame(i, what).forces ?? new Float64Array(0), 'f32'));
  trajectory.close();
});

test('the frame a caller got is the caller’s', async () => {
  const trajectory = await openH5md(await write(3, contents(6), dimers(3)), null);
  trajectory.frame(1).positions.fill(0);
  assert.equal(trajectory.frame(1).positions, stored(sampleFrame(1, contents(6)).positions, 'f32'));
  trajectory.close();
});

test('units are said in md units and left out in lj', async () => {
  const { File } = await loadHdf5();
  const units: Record<string, unknown> = {};
  for (const system of ['md', 'lj'] as const) {
    const file = new File(await write(1, contents(6, { units: system }), dimers(3, system)), 'r');
    for (const name of [
      'position/value',
      'velocity/value',
      'force/value',
      'position/time',
      'force/time',
      'box/edges/value',
      'mass',
      'charge',
    ]) {
      const item = file.get(`particles/all/${name}`);
      assert.ok(item && 'attrs' in item);
      if (system === 'md') units[name] = item.attrs.unit.value;
      else assert.not('unit' in item.attrs, name);
    }
    file.close();
  }
  assert.equal(units, {
    'position/value': 'nm',
    'velocity/value': 'nm ps-1',
    'force/value': 'kJ mol-1 nm-1',
    'position/time': 'ps',
    'force/time': 'ps',
    'box/edges/value': 'nm',
    mass: 'Da',
    charge: 'e',
  });
});

test('a file from elsewhere is read with the structure that lies beside it', async () => {
  const { File } = await loadHdf5();
  const folder = scratch();
  const path = join(folder, 'trajectory.h5');
  const file = new File(path, 'w');
  const all = file.create_group('particles').create_group('trajectory');
  const position = all.create_group('position');
  position.create_dataset({ name: 'value', data: Float32Array.from({ length: 36 }, (_, i) => i), shape: [2, 6, 3] });
  position.create_dataset({ name: 'step', data: 50, shape: [], dtype: '<i' });
  position.create_dataset({ name: 'time', data: Float64Array.of(0.5, 1), shape: [2] });
  const edges = all.create_group('box').create_group('edges');
  edges.create_dataset({ name: 'value', data: Float32Array.of(3, 4, 5, 3, 4, 6), shape: [2, 3] });
  file.close();
  try {
    await openTrajectory(folder);
    assert.unreachable();
  } catch (thrown) {
    assert.instance(thrown, InputError);
    assert.match((thrown as Error).message, /does not say what its particles are/);
  }
  writeStructureFile(folder, dimers(3));
  const trajectory = await openTrajectory(folder);
  const { step, time, positions, box } = trajectory.frame(1);
  assert.equal([step, time, positions[0]], [50, 1, 18]);
  assert.equal(box.vectors, Float64Array.of(3, 0, 0, 0, 4, 0, 0, 0, 6));
  trajectory.close();
});

test('a file in other units is refused, not misread', async () => {
  const { File } = await loadHdf5();
  const path = await write(2, contents(6), dimers(3));
  const file = new File(path, 'a');
  const forces = file.get('particles/all/force/value');
  assert.ok(forces && 'delete_attribute' in forces);
  forces.delete_attribute('unit');
  forces.create_attribute('unit', 'kcal mol-1 Angstrom-1');
  file.close();
  for (const [structure, expected] of [
    [null, /force\/value is in kcal mol-1 Angstrom-1; md reads kJ mol-1 nm-1/],
    [dimers(3, 'lj'), /position\/value is in nm, but the structure is in reduced/],
  ] as const) {
    try {
      await openH5md(path, structure);
      assert.unreachable();
    } catch (thrown) {
      assert.instance(thrown, InputError);
      assert.match((thrown as Error).message, expected);
    }
  }
});

test('what cannot be opened is an InputError of one line', async () => {
  const folder = scratch();
  const rubbish = join(folder, 'trajectory.h5');
  const messages: string[] = [];
  const attempt = async (path: string): Promise<void> => {
    try {
      (await openTrajectory(path)).close();
      assert.unreachable();
    } catch (thrown) {
      assert.instance(thrown, InputError);
      messages.push((thrown as Error).message);
    }
  };
  await attempt(folder);
  fs.writeFileSync(rubbish, 'rubbish');
  await attempt(folder);
  await attempt(join(folder, 'nowhere'));
  assert.match(messages[0], /holds no trajectory/);
  assert.match(messages[1], /cannot be opened as HDF5: file signature not found/);
  assert.match(messages[2], /no such folder/);
  for (const message of messages) assert.not.match(message, /\n/);
});

test('where nothing can be written the run fails with a message and leaves no part of a file', async () => {
  const what = contents(6);
  const journal = JournalWriter.create(join(scratch(), 'journal'), what);
  journal.append(sampleFrame(0, what));
  journal.close();
  const reader = JournalReader.open(journal.path);
  try {
    await writeH5md('/nonexistent/folder/trajectory.h5', reader, dimers(3), { version: '0' });
    assert.unreachable();
  } catch (thrown) {
    assert.instance(thrown, SimulationError);
    assert.match((thrown as Error).message, /cannot be written/);
  }
  reader.close();
});

test.run();
