/** Judging a hard assignment. */
import { Matrix, solve } from 'ml-matrix';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { equalBlocks, fragments, hardMap, pcaBound } from '../../../plugins/coarse-graining/quality.ts';
import { gaussianRing, jitter, ring, twoBlobs } from './support.ts';

const belongs = [0, 1, 0, 1, 1, 0, 0, 1];

test('the optimal decoder reconstructs as well as least squares on the frames', async () => {
  const trajectory = twoBlobs(30, 2, belongs);
  const assignment = [0, 1, 2, 1, 1, 0, 2, 1];
  const n = 8;
  const map = hardMap(await covariances(trajectory, 'test'), assignment, 3, new Int32Array(0));
  const rows: number[][] = [];
  for (let t = 0; t < trajectory.length; t++)
    for (let k = 0; k < 3; k++) {
      const x = Array.from({ length: n }, (_, i) => trajectory.frame(t).positions[3 * i + k]);
      const centroid = x.reduce((sum, value) => sum + value, 0) / n;
      rows.push(x.map((value) => value - centroid));
    }
  const encoder = [0, 1, 2].map((site) =>
    assignment.map((s) => (s === site ? 1 / assignment.filter((a) => a === site).length : 0)),
  );
  const x = new Matrix(rows);
  // two of the three sites: the third is minus the weighted sum of the others
  const z = x.mmul(new Matrix(encoder.slice(0, 2)).transpose());
  const residual = Matrix.sub(x, z.mmul(solve(z, x, true)));
  const leastSquares = residual.norm('frobenius') ** 2 / (rows.length * n);
  assert.ok(Math.abs(map.reconstruction / leastSquares - 1) < 1e-9);
});

test('the right map of two blobs leaves only the jitter, which is the PCA bound', async () => {
  const data = await covariances(twoBlobs(4000, 3, belongs), 'test');
  const right = hardMap(data, belongs, 2, new Int32Array(0));
  // eight atoms, less the centroid and the difference of the blobs
  const expected = (jitter ** 2 * 6) / 8;
  assert.ok(Math.abs(right.reconstruction / expected - 1) < 0.03, `${right.reconstruction} against ${expected}`);
  assert.ok(right.reconstruction >= right.pcaBound);
  assert.ok(right.reconstruction < 1.01 * right.pcaBound);
  // forces within a blob cancel: one force of unit variance a coordinate is left
  assert.ok(Math.abs((right.force as number) / 3 - 1) < 0.05);
  const wrong = hardMap(data, [0, 0, 0, 0, 1, 1, 1, 1], 2, new Int32Array(0));
  assert.ok(wrong.reconstruction > 50 * right.reconstruction);
  assert.ok((wrong.force as number) > 50 * (right.force as number));
});

test('no partition of a ring beats the PCA bound, which is the sum of the eigenvalues left out', () => {
  const n = 20;
  const data = gaussianRing(n);
  for (const sites of [1, 2, 3, 7, 20]) {
    const eigenvalues = Array.from({ length: n - 1 }, (_, k) => 1 / (4 * Math.sin((Math.PI * (k + 1)) / n) ** 2)).sort(
      (a, b) => b - a,
    );
    const exact = eigenvalues.slice(sites - 1).reduce((sum, value) => sum + value, 0) / n;
    assert.ok(Math.abs(pcaBound(data, sites) - exact) < 1e-10);
    if (sites === n) assert.is(pcaBound(data, sites), 0, 'not the rounding of the eigenvalues');
    const bonds = Int32Array.from(ring(n).bonds.flat());
    const blocks = hardMap(data, equalBlocks(n, sites), sites, bonds);
    assert.ok(blocks.reconstruction >= blocks.pcaBound - 1e-10);
    assert.ok(blocks.fragments.every((pieces) => pieces === 1));
    // two cut springs a site, unless there is nothing to cut
    assert.ok(Math.abs((blocks.force as number) - (sites === 1 ? 0 : 6)) < 1e-9);
  }
});

test('sites in several pieces are counted along the bonds', () => {
  const bonds = Int32Array.from(ring(6).bonds.flat());
  assert.equal(fragments([0, 0, 1, 1, 0, 1], 2, bonds), [2, 2]);
  assert.equal(fragments([0, 1, 1, 1, 0, 0], 2, bonds), [1, 1]);
});

test.run();
