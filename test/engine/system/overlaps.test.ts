import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, orthorhombic } from '../../../engine/system/box.ts';
import { checkOverlaps } from '../../../engine/system/overlaps.ts';
import { makeStructure } from '../../../engine/system/structure.ts';
import { inputError } from '../../support/assemblies.ts';

const test = suite('overlaps');
const three = makeStructure({ units: 'md', mass: [1, 1, 1] });
const assembly = (positions: number[], box = openBox) => ({
  structure: three,
  positions: Float64Array.from(positions),
  velocities: null,
  box,
});

test('particles at a distance are fine, in open and periodic boxes', () => {
  checkOverlaps(assembly([0, 0, 0, 0.1, 0, 0, 0.9, 0, 0]), 'system');
  checkOverlaps(assembly([0, 0, 0, 0.1, 0, 0, 0.9, 0, 0], orthorhombic(1, 1, 1)), 'system');
});

test('particles on each other are named, also across a face of the box', async () => {
  assert.match(
    await inputError(() => checkOverlaps(assembly([0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.502]), 'system')),
    /^system: particles 1 \(particle of MOL 1\) and 2 \(particle of MOL 2\) are 0\.00200 apart/,
  );
  const across = [0.001, 0, 0, 0.5, 0, 0, 0.999, 0, 0];
  checkOverlaps(assembly(across), 'system');
  assert.match(
    await inputError(() => checkOverlaps(assembly(across, orthorhombic(1, 1, 1)), 'system')),
    /particles 0 .* and 2 .* are 0\.00200 apart/,
  );
});

test('a coordinate that is no number is refused', async () => {
  assert.match(
    await inputError(() => checkOverlaps(assembly([0, 0, 0, Number.NaN, 0, 0, 1, 0, 0]), 'system')),
    /particle 1 .* has the coordinate NaN/,
  );
});

test.run();
