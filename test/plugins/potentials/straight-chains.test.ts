/** Dihedrals are left out where the chains of the training straighten, and kept where they do not. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeStructure, orthorhombic, Registry } from '../../../engine/index.ts';
import { splineModel, type TrainingContext, trainingSet } from '../../../plugins/potentials/index.ts';
import { normal, uniform } from '../../support/trajectories.ts';

const box = orthorhombic(4, 4, 4);
const molecules = 8;
const bonds = Array.from({ length: molecules }, (_, m) => [0, 1, 1, 2, 2, 3].map((i) => 4 * m + i)).flat();
const structure = makeStructure({ units: 'md', mass: new Array<number>(4 * molecules).fill(28), typeNames: ['A'], bonds });

/** Chains of four sites, neighbours 0.3 nm apart, each bond turned from the one before by up to `bend` radians. */
function chains(bend: number, draw: () => number): Float64Array {
  const positions = new Float64Array(12 * molecules);
  for (let m = 0; m < molecules; m++) {
    const at = [0.5 + 2 * (m % 2), 0.5 + 2 * (Math.floor(m / 2) % 2), 0.5 + 2 * Math.floor(m / 4)];
    for (let k = 0; k < 4; k++) {
      for (let c = 0; c < 3; c++) positions[12 * m + 3 * k + c] = at[c];
      const angle = (k % 2 === 0 ? 1 : -1) * bend;
      const step = [Math.cos(angle), Math.sin(angle), 0.05 * bend * draw()];
      for (let c = 0; c < 3; c++) at[c] += 0.3 * step[c] + 0.003 * bend * draw();
    }
  }
  return positions;
}

async function labelsOf(bend: number): Promise<{ labels: (string | undefined)[]; notes: string[] }> {
  const draw = normal(uniform(9));
  const frames = Array.from({ length: 20 }, () => ({
    positions: chains(bend, draw),
    forces: Float64Array.from({ length: 12 * molecules }, () => draw()),
    box,
  }));
  const notes: string[] = [];
  const context = {
    seed: 1,
    registry: new Registry(),
    signal: new AbortController().signal,
    progress: { update() {}, note: (line: string) => notes.push(line) },
    record() {},
  } as unknown as TrainingContext;
  const set = trainingSet(structure, frames, { temperature: 300, blocks: 5, validationFraction: 0.2 });
  const model = await splineModel.train(set, { cutoff: 1.5, pairSpacing: 0.1, smoothness: 1 }, context);
  return { labels: splineModel.forces(model, structure, box).map(({ label }) => label), notes };
}

test('bent chains have a spline for their dihedral', async () => {
  const { labels, notes } = await labelsOf(0.5);
  assert.ok(labels.includes('spline-dihedral'));
  assert.is(notes.length, 0);
});

test('chains that straighten have none, and the training says so', async () => {
  const { labels, notes } = await labelsOf(0.01);
  assert.not.ok(labels.includes('spline-dihedral'));
  assert.ok(labels.includes('spline-angle'));
  assert.match(notes.join(), 'dihedrals are left out');
});

test.run();
