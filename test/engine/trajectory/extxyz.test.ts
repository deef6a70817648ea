import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExtXyzWriter } from '../../../engine/trajectory/extxyz.ts';
import type { Frame } from '../../../engine/trajectory/trajectory.ts';
import { scratch } from '../../support/fixtures.ts';
import { dimers } from '../../support/frames.ts';

const test = suite('extxyz');

function write(frame: Frame, units: 'md' | 'lj'): string[] {
  const path = join(scratch(), 'trajectory.xyz');
  const writer = ExtXyzWriter.create(path, dimers(1, units));
  writer.append(frame);
  writer.append({ ...frame, step: 40 });
  writer.close();
  return fs.readFileSync(path, 'utf8').split('\n');
}

const frame: Frame = {
  step: 20,
  time: 0.04,
  positions: Float64Array.of(0.1, 0.2, 0.3, -1.5, 2 / 3, 0),
  velocities: Float64Array.of(1, 0, 0, 0, 1, 0),
  forces: Float64Array.of(1000, 0, 0, 0, -1000, 0),
  box: { vectors: Float64Array.of(3, 0, 0, 0, 4, 0, 0.5, 0, 5) },
};

test('md units become Angstrom, Angstrom/fs and eV/Angstrom', () => {
  const lines = write(frame, 'md');
  assert.is(lines.length, 9);
  assert.is(lines[0], '2');
  assert.is(
    lines[1],
    'Lattice="30 0 0 0 40 0 5 0 50" pbc="T T T" Properties=species:S:1:name:S:1:residue:S:1:pos:R:3:velocities:R:3:forces:R:3 step=20 time=0.04',
  );
  // 1000 kJ/mol/nm = 1000 * 1000 / (6.02214076e23 * 1.602176634e-19) / 10 eV/A = 1.03642697 eV/A
  assert.is(lines[2], 'C CA D0 1 2 3 0.01 0 0 1.03642697 0 0');
  assert.is(lines[3], 'X β D0 -15 6.66666667 0 0 0.01 0 0 -1.03642697 0');
  assert.match(lines[5], /step=40/);
});

test('lj units stay as they are, and what is not stored is not written', () => {
  const lines = write({ ...frame, velocities: null, forces: null, box: { vectors: null } }, 'lj');
  assert.is(lines[1], 'pbc="F F F" Properties=species:S:1:name:S:1:residue:S:1:pos:R:3 step=20 time=0.04');
  assert.is(lines[2], 'C CA D0 0.1 0.2 0.3');
});

test.run();
