import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox, orthorhombic, type Trajectory } from '../../../engine/index.ts';
import { compareTrajectories } from '../../../tools/analysis/compare.ts';
import { normal, structureOf, trajectoryOf, uniform } from '../../support/trajectories.ts';

const test = suite('compare');

/** A gas of dumbbells that walk, with bonds of the given mean length. */
function dumbbells(count: number, edge: number, bond: number, step: number, seed: number): Trajectory {
  const random = uniform(seed);
  const gauss = normal(random);
  const centres = Float64Array.from({ length: 3 * count }, () => edge * random());
  const frames = Array.from({ length: 60 }, () => {
    const x = new Float64Array(6 * count);
    for (let m = 0; m < count; m++) {
      const direction = [gauss(), gauss(), gauss()];
      const half = (bond + 0.004 * gauss()) / (2 * Math.hypot(...direction));
      for (let k = 0; k < 3; k++) {
        centres[3 * m + k] += step * gauss();
        x[6 * m + k] = centres[3 * m + k] - half * direction[k];
        x[6 * m + 3 + k] = centres[3 * m + k] + half * direction[k];
      }
    }
    return x;
  });
  return trajectoryOf(
    structureOf({ count, types: ['CH3', 'CH3'], bonds: [[0, 1]] }),
    orthorhombic(edge, edge, edge),
    frames,
    0.1,
  );
}

const reference = { name: 'atoms', trajectory: dumbbells(200, 3, 0.2, 0.02, 1), speed: 10 };

test('every field of the contract is there, and every number is finite', () => {
  const found = compareTrajectories(reference, { name: 'beads', trajectory: dumbbells(100, 2.4, 0.2, 0.04, 2), speed: 80 });
  const plain = JSON.parse(JSON.stringify(found));
  for (const field of ['rdf', 'bonds', 'angles', 'dihedrals', 'diffusion', 'speed']) assert.ok(field in plain, field);
  assert.equal(
    plain.rdf.map((one: { pair: string }) => one.pair),
    ['CH3-CH3', 'centre-centre'],
  );
  for (const rdf of plain.rdf) {
    for (const field of ['pair', 'r', 'reference', 'candidate', 'meanAbsoluteError', 'firstPeak']) assert.ok(field in rdf, field);
    const mean =
      rdf.r.reduce((sum: number, _: number, k: number) => sum + Math.abs(rdf.reference[k] - rdf.candidate[k]), 0) / rdf.r.length;
    assert.ok(Math.abs(mean - rdf.meanAbsoluteError) < 1e-6);
    for (const list of [rdf.r, rdf.reference, rdf.candidate, rdf.referenceError]) assert.ok(list.every(Number.isFinite));
    assert.ok(Number.isFinite(rdf.firstPeak.reference.r) && Number.isFinite(rdf.firstPeak.candidate.height));
  }
  const [bond] = plain.bonds;
  for (const field of ['name', 'x', 'reference', 'candidate', 'overlap', 'jensenShannon']) assert.ok(field in bond, field);
  // two ideal gases differ by no more than their noise
  assert.ok(plain.rdf[1].meanAbsoluteError < 1.6 * plain.rdf[1].expectedFromNoise);
  // ... nor do their bonds, of one distribution
  const [short, expected] = [1 - bond.overlap, 1 - bond.overlapFromNoise];
  assert.ok(short > 0.6 * expected && short < 1.6 * expected, `${short} and ${expected}`);
  assert.is(plain.rmax, 1.2);
  assert.is(plain.speed.ratio, 8);
  // D grows with the square of the step; both estimates carry errors
  const { ratio, referenceError, candidateError, reference: d, candidate } = plain.diffusion;
  const spread = ratio * Math.hypot(referenceError / d, candidateError / candidate);
  assert.ok(Math.abs(ratio - 4) < 4 * spread && spread < 1, `${ratio} +- ${spread}`);
  assert.match(
    plain.verdict,
    /beads against atoms: g\(r\) differs by 0\.\d+ .* bond distributions overlap by at least 0\.9\d+; .* 8\.0 times faster/,
  );
});

test('molecules of three and more have a size and remember it; pressures are those of the logs', () => {
  const random = normal(uniform(5));
  const stretch = Float64Array.of(1, 1, 1, 1);
  const frames = Array.from({ length: 400 }, () => {
    // bond lengths that forget a fifth at each frame: autocorrelation 0.8 a frame, so 1/2 + 0.8/0.2 frames in all
    for (let m = 0; m < 4; m++) stretch[m] = 1 + 0.8 * (stretch[m] - 1) + 0.05 * random();
    return Float64Array.from([...stretch].flatMap((x, m) => [0, m, 0, x, m, 0, 2 * x, m, 0]));
  });
  const trajectory = trajectoryOf(structureOf({ count: 4, types: ['A', 'A', 'A'] }), orthorhombic(9, 9, 9), frames, 0.5);
  const side = { name: 'a', trajectory, speed: null, pressure: { mean: 10, error: 1 } };
  const { gyrationMemory, pressure } = compareTrajectories(side, { ...side, pressure: { mean: 20, error: null } });
  if (!gyrationMemory?.curves.reference) throw new Error('no memory');
  // four molecules of 400/(2 x 4.5) independent values each know the time to about 15 %
  assert.ok(Math.abs((gyrationMemory.reference as number) - 2.25) < 0.7, `${gyrationMemory.reference}`);
  const { time, correlation } = gyrationMemory.curves.reference;
  assert.is(time[1], 0.5);
  assert.is(correlation[0], 1);
  assert.ok(Math.abs(correlation[1] - 0.8) < 0.05, `${correlation[1]}`);
  assert.is(pressure?.ratio, 2);
  assert.is(pressure?.referenceError, 1);
});

test('a run compared with itself agrees exactly', () => {
  const found = compareTrajectories(reference, { ...reference, name: 'again' });
  for (const rdf of found.rdf) assert.is(rdf.meanAbsoluteError, 0);
  for (const bond of found.bonds) {
    assert.ok(Math.abs(bond.overlap - 1) < 1e-6);
    assert.is(bond.jensenShannon, 0);
  }
  assert.is(found.diffusion.ratio, 1);
});

test('diffusion is fitted over the same lags in both runs, whatever their length', () => {
  const { structure, frame } = reference.trajectory;
  const short = trajectoryOf(
    structure,
    orthorhombic(3, 3, 3),
    Array.from({ length: 30 }, (_, f) => frame(f).positions),
    0.1,
  );
  const { curves } = compareTrajectories(reference, { name: 'short', trajectory: short, speed: 1 }).diffusion;
  assert.equal(curves.reference?.fit, curves.candidate?.fit);
  assert.equal(curves.reference?.time, curves.candidate?.time);
});

test('longer bonds are noticed', () => {
  const found = compareTrajectories(reference, { name: 'stretched', trajectory: dumbbells(200, 3, 0.216, 0.02, 3), speed: null });
  // sd 0.004 each, 4 sd apart: overlap erfc(4 / (2 sqrt 2)) = 0.0455
  assert.ok(Math.abs(found.bonds[0].overlap - 0.0455) < 0.01, `${found.bonds[0].overlap}`);
  assert.is(found.speed.ratio, null);
});

test('the range of g(r) ends at half the smaller box', () => {
  const small = { name: 'small', trajectory: dumbbells(50, 1.8, 0.2, 0.02, 3), speed: 1 };
  assert.is(compareTrajectories(reference, small).rmax, 0.9);
});

test('runs in open boundaries are compared without g(r), and the reason is noted', () => {
  const { structure, frame } = reference.trajectory;
  const open = trajectoryOf(
    structure,
    openBox,
    Array.from({ length: 20 }, (_, f) => frame(f).positions),
  );
  const found = compareTrajectories({ name: 'a', trajectory: open, speed: 1 }, { name: 'b', trajectory: open, speed: 1 });
  assert.equal(found.rdf, []);
  assert.match(found.notes.join(), /open boundaries/);
  assert.is(found.bonds.length, 1);
});

test('runs with no type of particle in common are refused with both lists', () => {
  const other = trajectoryOf(structureOf({ count: 1, types: ['X'] }), openBox, [new Float64Array(3)]);
  assert.throws(
    () => compareTrajectories(reference, { name: 'other', trajectory: other, speed: null }),
    /"atoms" \(CH3\) and "other" \(X\) have no type of particle in common; give the `mapping`/,
  );
});

test('two force fields that name their types differently are compared element by element, and a note says so', () => {
  const { trajectory } = reference;
  const named = (typeNames: string[], element: string): Trajectory => ({
    ...trajectory,
    structure: { ...trajectory.structure, typeNames, element: trajectory.structure.element.map(() => element) },
  });
  const [a, b] = [named(['tip3p-O'], 'O'), named(['spce-O'], 'O')];
  const found = compareTrajectories({ name: 'a', trajectory: a, speed: 1 }, { name: 'b', trajectory: b, speed: 1 });
  assert.equal(
    found.rdf.map((one) => one.pair),
    ['O-O', 'centre-centre'],
  );
  assert.is(found.rdf[0].meanAbsoluteError, 0);
  assert.match(
    found.notes.join(),
    /types of particles \(tip3p-O; spce-O\) have no name in common, so that .* one element are compared/,
  );
  const other = { name: 'other', trajectory: named(['X'], 'N'), speed: 1 };
  assert.throws(() => compareTrajectories({ name: 'a', trajectory: a, speed: 1 }, other), /no type of particle in common/);
});

test.run();
