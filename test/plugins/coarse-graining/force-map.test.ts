/** Force maps: consistent with the map of the positions, and the optimal one of least noise. */
import { inverse, Matrix } from 'ml-matrix';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Assignment,
  type ForceMap,
  forceCovariance,
  mapForces,
  mapFrame,
  meanSquareMapped,
  moleculeLayout,
  optimalForceMap,
  rigidPairs,
  sumForceMap,
} from '../../../plugins/coarse-graining/index.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { copies, ethane, failure, frameOf, inMemory } from './support.ts';

const methyls: Assignment = { atomsPerMolecule: 8, sites: 2, assignment: [0, 1, 0, 0, 0, 1, 1, 1] };

/** A random stiffness: symmetric, positive definite. */
function stiffness(n: number, seed: number): Matrix {
  const gauss = normal(uniform(seed));
  const a = new Matrix(Array.from({ length: n }, () => Array.from({ length: n }, gauss)));
  return a.mmul(a.transpose()).add(Matrix.eye(n));
}

/** M: a site is the mean of its atoms. */
function positionMap({ sites, assignment }: Assignment): Matrix {
  const counts = Array.from({ length: sites }, (_, s) => assignment.filter((site) => site === s).length);
  return new Matrix(counts.map((count, s) => assignment.map((site) => (site === s ? 1 / count : 0))));
}

const matrixOf = ({ sites, atoms, weights }: ForceMap) => Matrix.from1DArray(sites, atoms, [...weights]);
const flat = (matrix: Matrix) => Float64Array.from(matrix.to1DArray());

function closeTo(found: Matrix, expected: Matrix, bound: number): void {
  const worst = Math.max(...Matrix.sub(found, expected).to1DArray().map(Math.abs));
  assert.ok(worst < bound, `${worst}`);
}

test('both maps give every site its own mean force: W M^T = 1', () => {
  const covariance = flat(stiffness(8, 1));
  for (const map of [sumForceMap(methyls), optimalForceMap(methyls, covariance)])
    closeTo(matrixOf(map).mmul(positionMap(methyls).transpose()), Matrix.eye(2), 1e-10);
});

test('between harmonic atoms the optimal map leaves no noise: it is the mean force itself', () => {
  // f = -K x with <x x^T> = K^-1 (kT = 1): the mean force at z = M x is -(M K^-1 M^T)^-1 z, and <f f^T> = K.
  const k = stiffness(8, 2);
  const m = positionMap(methyls);
  const meanForce = inverse(m.mmul(inverse(k)).mmul(m.transpose()));
  const map = optimalForceMap(methyls, flat(k));
  closeTo(matrixOf(map).mmul(k), meanForce.mmul(m), 1e-5);
  assert.ok(Math.abs(meanSquareMapped(map, flat(k)) / (meanForce.trace() / 2) - 1) < 1e-6);
  assert.ok(meanSquareMapped(map, flat(k)) < 0.9 * meanSquareMapped(sumForceMap(methyls), flat(k)));
});

test('no other consistent map has less noise', () => {
  const covariance = flat(stiffness(8, 3));
  const best = optimalForceMap(methyls, covariance);
  const least = meanSquareMapped(best, covariance);
  const gauss = normal(uniform(4));
  const m = positionMap(methyls);
  for (let trial = 0; trial < 20; trial++) {
    const step = new Matrix(Array.from({ length: 2 }, () => Array.from({ length: 8 }, () => 0.1 * gauss())));
    // Only what does not change W M^T.
    const free = Matrix.sub(
      step,
      step
        .mmul(m.transpose())
        .mmul(inverse(m.mmul(m.transpose())))
        .mmul(m),
    );
    const other = { ...best, weights: flat(matrixOf(best).add(free)) };
    assert.ok(meanSquareMapped(other, covariance) > least);
  }
});

test('atoms of one rigid group share a weight, and the map stays consistent', () => {
  const structure = copies(ethane, 1);
  assert.equal([...rigidPairs(structure, 'hydrogens')], [0, 2, 0, 3, 0, 4, 1, 5, 1, 6, 1, 7]);
  assert.is(rigidPairs(structure, 'bonds').length, 14);
  assert.is(rigidPairs(structure, undefined).length, 0);
  const map = optimalForceMap(methyls, flat(stiffness(8, 5)), Int32Array.of(0, 2, 2, 3));
  for (let s = 0; s < 2; s++) {
    const row = map.weights.subarray(8 * s, 8 * s + 8);
    assert.is(row[0], row[2]);
    assert.is(row[0], row[3]);
    assert.is.not(row[0], row[4]);
  }
  closeTo(matrixOf(map).mmul(positionMap(methyls).transpose()), Matrix.eye(2), 1e-10);
});

test('the covariance and the mapped forces of a trajectory are those of its frames, molecule by molecule', () => {
  const structure = copies(ethane, 3);
  const gauss = normal(uniform(6));
  const frames = [0, 1].map(() => frameOf(new Float64Array(72), Float64Array.from({ length: 72 }, gauss)));
  const covariance = forceCovariance(inMemory(structure, frames), 'from');
  let expected = 0;
  for (const { forces } of frames)
    for (let m = 0; m < 3; m++)
      for (let k = 0; k < 3; k++)
        expected += ((forces as Float64Array)[24 * m + 6 + k] * (forces as Float64Array)[24 * m + 15 + k]) / 18;
  assert.ok(Math.abs(covariance[2 * 8 + 5] - expected) < 1e-14);
  assert.is(covariance[2 * 8 + 5], covariance[5 * 8 + 2]);
  const map = optimalForceMap(methyls, covariance);
  const layout = moleculeLayout(structure);
  const mapped = mapForces(map, layout, frames[0].forces as Float64Array);
  let sum = 0;
  for (let j = 0; j < 8; j++) sum += map.weights[8 + j] * (frames[0].forces as Float64Array)[3 * (16 + j) + 1];
  assert.ok(Math.abs(mapped[3 * 5 + 1] - sum) < 1e-13);
  assert.equal(mapFrame(frames[0], layout, methyls, map).forces, mapped);
});

test('a run without forces is an error that says what to do', async () => {
  const trajectory = inMemory(copies(ethane, 1), [frameOf(new Float64Array(24), null)]);
  assert.match((await failure(() => forceCovariance(trajectory, 'stages[2].from'))).message, 'stored no forces');
});

test.run();
