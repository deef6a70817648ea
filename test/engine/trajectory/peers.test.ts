import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FrameContents } from '../../../engine/trajectory/journal.ts';
import { TrajectoryRecorder } from '../../../engine/trajectory/recorder.ts';
import type { Frame } from '../../../engine/trajectory/trajectory.ts';
import { fixture, scratch } from '../../support/fixtures.ts';
import { contents, dimers, sampleFrame, stored } from '../../support/frames.ts';

const test = suite('trajectories in MDAnalysis and MDTraj');

/** A Python that has the packages, or null. */
function findPython(): string | null {
  for (const python of ['/usr/bin/python3', 'python3']) {
    if (spawnSync(python, ['-W', 'ignore', '-c', 'import h5py, MDAnalysis, mdtraj'], { stdio: 'ignore' }).status === 0)
      return python;
  }
  return null;
}

const python = findPython();
if (python === null) {
  console.log('SKIPPED: no python3 with h5py, MDAnalysis and mdtraj here, so no trajectory was opened with them');
}

async function writeFolder(what: FrameContents, triclinic: boolean): Promise<string> {
  const folder = scratch();
  const structure = dimers(what.particles / 2, what.units);
  const recorder = TrajectoryRecorder.create(folder, structure, { ...what, formats: ['dcd'] });
  const frames: Frame[] = [];
  for (let i = 0; i < 12; i++) {
    frames.push(sampleFrame(i, what, triclinic));
    recorder.append(frames[i]);
  }
  await recorder.finish({ complete: true, version: '0.1.0' });
  const list = (values: Float64Array | null): number[] | null => values && Array.from(stored(values, what.precision));
  const expected = {
    particles: what.particles,
    units: what.units,
    // MDAnalysis keeps f32 whatever the file holds.
    tolerance: what.precision === 'f32' ? 0 : 3e-7,
    names: structure.name,
    frames: frames.map(({ step, time, positions, velocities, forces, box }) => {
      const arrays = { positions: list(positions), velocities: list(velocities), forces: list(forces) };
      return { step, time, ...arrays, box: box.vectors && Array.from(box.vectors) };
    }),
  };
  fs.writeFileSync(join(folder, 'expected.json'), JSON.stringify(expected));
  return folder;
}

const cases: [string, Partial<FrameContents>, boolean][] = [
  ['orthorhombic, f32', {}, false],
  ['triclinic, f64', { precision: 'f64' }, true],
  ['open, without velocities', { periodic: false, velocities: false }, false],
  ['lj units', { units: 'lj' }, false],
];
for (const [name, changes, triclinic] of cases) {
  (python === null ? test.skip : test)(`hold the arrays that were stored: ${name}`, async () => {
    const folder = await writeFolder(contents(40, changes), triclinic);
    const output = execFileSync(python ?? 'python3', ['-W', 'ignore', fixture('trajectory', 'check_peers.py'), folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    assert.match(output, /all equal\n$/);
  });
}

test.run();
