import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BondedForce,
  makeStructure,
  type NonbondedForce,
  orthorhombic,
  Registry,
  type Table,
} from '../../../engine/index.ts';
import { evaluateTable, splineModel, type TrainingContext, trainingSet } from '../../../plugins/potentials/index.ts';
import { fixture } from '../../support/fixtures.ts';

// 40 frames of liquid ethane as two sites a molecule, and the forces that VOTCA 2022.1 finds in them: see ethane-beads.py.
const bytes = readFileSync(fixture('potentials', 'ethane-beads.f32'));
const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const box = orthorhombic(1.59808, 1.68872, 1.9932);
const bonds = Array.from({ length: 128 }, (_, i) => i);
const structure = makeStructure({ units: 'md', mass: new Array<number>(128).fill(15.035), typeNames: ['CH3'], bonds });
const frames = Array.from({ length: 40 }, (_, f) => ({
  positions: Float64Array.from(numbers.subarray(768 * f, 768 * f + 384)),
  forces: Float64Array.from(numbers.subarray(768 * f + 384, 768 * f + 768)),
  box,
}));
const split = trainingSet(structure, frames, { temperature: 143, blocks: 10, validationFraction: 0.2 });
const everything = { ...split, training: frames.map((_, f) => f) };
const context = {
  seed: 1,
  registry: new Registry(),
  signal: new AbortController().signal,
  record() {},
} as unknown as TrainingContext;

/** Rows of a VOTCA table within a range: distance, force, standard error. */
function rows(file: string, low: number, high: number): number[][] {
  const lines = readFileSync(fixture('potentials', file), 'utf8').trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).slice(0, 3).map(Number)).filter(([r]) => r >= low && r <= high);
}

test('force matching of liquid ethane agrees with csg_fmatch on the same frames within its standard error', async () => {
  // About the knots of the VOTCA run, and no smoothing, which VOTCA does not do either.
  const model = await splineModel.train(
    everything,
    { cutoff: 0.798, pairSpacing: 0.024, bondIntervals: 7, smoothness: 1e-7 },
    context,
  );
  const forces = splineModel.forces(model, structure, box);
  const pair = forces.find((f) => f.label === 'spline-pair') as NonbondedForce;
  const bond = forces.find((f) => f.label === 'spline-bond') as BondedForce;
  const prior = forces.find((f) => f.label === 'prior-bond') as BondedForce;
  const out = new Float64Array(2);
  const pairForce = (r: number): number => {
    evaluateTable(pair.pair?.tables?.[0] as Table, r, out);
    return -out[1];
  };
  const bondForce = (r: number): number => {
    evaluateTable(bond.tables?.[0] as Table, r, out);
    return -out[1] - prior.parameters[1] * (r - prior.parameters[0]);
  };
  const deviation = (table: number[][], force: (r: number) => number): number =>
    Math.sqrt(table.reduce((sum, [r, f, error]) => sum + ((force(r) - f) / error) ** 2, 0) / table.length);
  // Below 0.3 nm there are hardly samples; the data are the same, so only the bases differ, and that less than the noise.
  const [ofPairs, ofBonds] = [
    deviation(rows('ethane-pair.force', 0.3, 0.78), pairForce),
    deviation(rows('ethane-bond.force', 0.203, 0.22), bondForce),
  ];
  assert.ok(ofPairs < 1, `${ofPairs}`);
  assert.ok(ofBonds < 1, `${ofBonds}`);
});

test.run();
