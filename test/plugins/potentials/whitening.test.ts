/** Weighing force errors by the inverse covariance of their noise: exactness, and what it gains. */
import { Matrix } from 'ml-matrix';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type NonbondedForce, openBox, Registry, type Table } from '../../../engine/index.ts';
import { evaluateTable } from '../../../plugins/potentials/hermite-table.ts';
import type { TrainingContext, TrainingSet } from '../../../plugins/potentials/model.ts';
import { splineModel } from '../../../plugins/potentials/spline/spline.ts';
import { estimateWhitening, whiten, whiteningOf, whitenTransposed } from '../../../plugins/potentials/whitening.ts';
import { cutoff, dimerLiquid, generator, pairPotential } from './synthetic.ts';

const context = {
  seed: 1,
  registry: new Registry(),
  progress: { update() {}, note() {} },
  signal: new AbortController().signal,
  record() {},
} as unknown as TrainingContext;

/** The set with the noise of a stiff hidden bond: opposite on the two sites of each dimer, `large`, and independent, `small`. */
function withBondNoise(set: TrainingSet, large: number, small: number): TrainingSet {
  const { normal } = generator(11);
  const forces = Array.from({ length: set.frames }, (_, frame) => {
    const noisy = set.forces(frame).slice();
    for (let first = 0; first < noisy.length; first += 6)
      for (let c = 0; c < 3; c++) {
        const shared = large * normal();
        noisy[first + c] += shared + small * normal();
        noisy[first + 3 + c] += -shared + small * normal();
      }
    return noisy;
  });
  return { ...set, forces: (frame) => forces[frame] };
}

test('whitened noise is uncorrelated and has the mean square of the plain noise', () => {
  const covariance = new Matrix([
    [5, -4, 0.5],
    [-4, 6, 0],
    [0.5, 0, 1],
  ]);
  const whitening = whiteningOf(covariance);
  assert.ok(whitening);
  const t = Matrix.from1DArray(3, 3, whitening.transform);
  const whitened = t.mmul(covariance).mmul(t.transpose());
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) assert.ok(Math.abs(whitened.get(a, b) - (a === b ? 4 : 0)) < 1e-12, `${a} ${b}`); // trace / 3
});

test('whitening forces and design rows is the same linear map, and its transpose is its transpose', () => {
  const whitening = whiteningOf(
    new Matrix([
      [2, -1],
      [-1, 2],
    ]),
    1,
    Int32Array.of(0, 1),
    Float64Array.of(0.2),
  );
  assert.ok(whitening);
  const { normal } = generator(3);
  const positions = Float64Array.from({ length: 12 }, normal);
  const design = Float64Array.from({ length: 12 * 5 }, normal);
  const coefficients = Float64Array.from({ length: 5 }, normal);
  const forcesOf = (matrix: Float64Array) =>
    Float64Array.from({ length: 12 }, (_, row) => coefficients.reduce((sum, x, k) => sum + matrix[row * 5 + k] * x, 0));
  const forces = forcesOf(design);
  const plain = forces.slice();
  whiten(forces, whitening, positions, openBox);
  whiten(design, whitening, positions, openBox, 5);
  const again = forcesOf(design);
  forces.forEach((f, k) => {
    assert.ok(Math.abs(f - again[k]) < 1e-12);
  });
  const other = Float64Array.from({ length: 12 }, normal);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k], 0);
  const right = dot(other, forces);
  whitenTransposed(other, whitening, positions, openBox);
  assert.ok(Math.abs(dot(other, plain) - right) < 1e-12);
});

test('noise along bonds is told from noise across them', async () => {
  const set = dimerLiquid();
  const { normal } = generator(5);
  const forces = Array.from({ length: set.frames }, (_, frame) => {
    const noisy = set.forces(frame).slice();
    const x = set.positions(frame);
    for (let first = 0; first < noisy.length; first += 6) {
      const n = [0, 1, 2].map((c) => x[first + 3 + c] - x[first + c]);
      const stretch = (20 * normal()) / Math.hypot(...n);
      for (let c = 0; c < 3; c++) {
        noisy[first + c] += stretch * n[c] + 3 * normal();
        noisy[first + 3 + c] += -stretch * n[c] + 3 * normal();
      }
    }
    return noisy;
  });
  const whitening = await estimateWhitening({ ...set, forces: (frame) => forces[frame] }, 1);
  assert.ok(whitening);
  // Along the bond the two sites share sqrt(2) 20 beside the 3 of each component.
  // The first fit is unweighted: its sixty coefficients take up some of the noise along bonds (400/3 x 60 of 15 000 rows, 6 % of 9).
  assert.ok(Math.abs(whitening.along[0] / (3 / Math.hypot(3, 20 * Math.SQRT2)) - 1) < 0.06, `factor ${whitening.along[0]}`);
  const [a, b, , d] = whitening.covariance;
  for (const found of [a, d]) assert.ok(Math.abs(found / 7.5 - 1) < 0.1, `${found}`); // 9, less the share of the bond: 9 (1 - 1/6)
  assert.ok(Math.abs(b - 1.5) < 0.3, `${b}`);
});

test('with noise along hidden bonds the pair force comes out several times more accurate', async () => {
  const noisy = withBondNoise(dimerLiquid(), 60, 3);
  const whitening = await estimateWhitening(noisy, 1);
  assert.ok(whitening);
  const error = async (set: TrainingSet) => {
    const model = await splineModel.train(set, { cutoff }, context);
    const forces = splineModel.forces(model, set.structure, set.box(0));
    const table = (forces.find((f) => f.label === 'spline-pair') as NonbondedForce).pair?.tables?.[0] as Table;
    const out = new Float64Array(2);
    let sum = 0;
    for (let r = 0.95; r < 2.2; r += 0.01) {
      evaluateTable(table, r, out);
      sum += (out[1] - pairPotential(r)[1]) ** 2;
    }
    return Math.sqrt(sum / 125);
  };
  const plain = await error(noisy);
  const weighted = await error({ ...noisy, whitening });
  assert.ok(weighted < plain / 3, `rms error of the pair force ${plain} plain, ${weighted} whitened`);
});

test.run();
