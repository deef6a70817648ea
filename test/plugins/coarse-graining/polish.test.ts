/** Moving single atoms of a hard assignment. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { polish } from '../../../plugins/coarse-graining/polish.ts';
import { equalBlocks, hardMap } from '../../../plugins/coarse-graining/quality.ts';
import { type ForceTerm, normalised } from '../../../plugins/coarse-graining/search.ts';
import { SiteMoments } from '../../../plugins/coarse-graining/site-moments.ts';
import { uniform } from '../../support/trajectories.ts';
import { ethane, gaussianRing, ring, threeHexagons, twoBlobs } from './support.ts';

const noBonds = new Int32Array(0);

test('polishing a ring with unequal blocks gives equal ones, and equal ones stay', () => {
  const data = gaussianRing(20);
  const problem = normalised(data, 5, 'square');
  const uneven = [
    ...new Array(6).fill(0),
    ...new Array(3).fill(1),
    ...new Array(5).fill(2),
    ...new Array(2).fill(3),
    ...new Array(4).fill(4),
  ];
  const { assignment, moves } = polish(problem, uneven, 0);
  const bonds = Int32Array.from(ring(20).bonds.flat());
  const found = hardMap(data, assignment, 5, bonds);
  const blocks = hardMap(data, equalBlocks(20, 5), 5, bonds);
  assert.ok(moves > 0);
  assert.equal(found.fragments, [1, 1, 1, 1, 1]);
  // the ridge of 1e-9 of an atom's variance is the difference
  assert.ok(found.reconstruction <= blocks.reconstruction * (1 + 1e-6), `${found.reconstruction} above ${blocks.reconstruction}`);
  assert.is(polish(problem, equalBlocks(20, 5), 0).moves, 0);
});

test('no move of a single atom lowers the loss of what comes out, by the matrices of quality.ts', async () => {
  const data = await covariances(twoBlobs(60, 5, [0, 1, 0, 1, 1, 0, 0, 1]), 'test');
  for (const forceWeight of [0, 0.3]) {
    const problem = normalised(data, 3, 'square');
    const { assignment } = polish(problem, [0, 1, 2, 0, 1, 2, 0, 1], forceWeight);
    const total = (of: Float64Array | null) => (of as Float64Array).reduce((sum, x, k) => sum + (k % 9 === 0 ? x : 0), 0);
    const loss = (of: readonly number[]) => {
      const map = hardMap(data, of, 3, noBonds);
      return (map.reconstruction * 8) / total(data.positions) + (forceWeight * (map.force as number)) / total(data.forces);
    };
    const lowest = loss(assignment);
    assert.ok(lowest < loss([0, 1, 2, 0, 1, 2, 0, 1]));
    for (let atom = 0; atom < 8; atom++)
      for (let site = 0; site < 3; site++) {
        const other = assignment.map((s, i) => (i === atom ? site : s));
        if (new Set(other).size === 3) assert.ok(loss(other) > lowest - 1e-6, `atom ${atom} to site ${site}`);
      }
  }
});

test('sites that are empty are filled, since that never costs reconstruction', () => {
  const problem = normalised(gaussianRing(12), 4, 'square');
  const { assignment } = polish(problem, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 0);
  assert.is(new Set(assignment).size, 4);
});

test('where forces weigh so much that another site costs more than it explains, empty sites stay empty', () => {
  const problem = normalised(gaussianRing(12), 4, 'square');
  const { assignment, moves } = polish(problem, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 1e3);
  assert.is(new Set(assignment).size, 2);
  assert.is(moves, 0);
  const filled = polish(problem, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], 1e3, { fill: true });
  assert.is(new Set(filled.assignment).size, 4, 'unless all have to be filled');
});

test('atoms of a unit stay together, and of all such assignments the best is found', () => {
  const data = gaussianRing(12);
  const units = [0, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 0];
  const problem = normalised({ ...data, units }, 3, 'square');
  const loss = (assignment: readonly number[]) => new SiteMoments(problem, assignment, 0).loss();
  const { assignment } = polish(problem, [0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0], 0);
  for (const [atom, first] of units.entries()) assert.is(assignment[atom], assignment[first]);
  // blocks of four from the second atom on: two units each
  const blocks = [0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0];
  assert.ok(loss(assignment) <= loss(blocks) + 1e-9);
});

test('three hexagons on a string are three sites from any start: regrouping goes on where no single atom can', () => {
  const problem = normalised(threeHexagons(0.15), 3, 'square');
  const random = uniform(3);
  const loss = (assignment: readonly number[]) => new SiteMoments(problem, assignment, 0.02).loss();
  const rings = loss(equalBlocks(18, 3));
  let stuck = 0;
  for (let k = 0; k < 20; k++) {
    const start = Array.from({ length: 18 }, () => Math.floor(3 * random()));
    const alone = polish(problem, start, 0.02, { regroup: false });
    const together = polish(problem, start, 0.02);
    assert.is(alone.regroupings, 0);
    if (loss(alone.assignment) > rings + 1e-6) stuck++;
    // rounding of the moments
    assert.ok(Math.abs(loss(together.assignment) - rings) < 1e-9, `${together.assignment} is not three hexagons`);
  }
  assert.ok(stuck >= 5, `only ${stuck} of 20 needed it`);
});

test('a lone hydrogen has the least square of a force, and the greatest over its mass', () => {
  // two carbons joined by a bond, each with three hydrogens; forces are those of springs along the bonds, kT times their Laplacian
  const n = 8;
  const bonds = ethane.bonds;
  const forces = new Float64Array(n * n);
  for (const [i, j] of bonds) {
    const k = i === 0 && j === 1 ? 2 : 1;
    forces[i * n + i] += k;
    forces[j * n + j] += k;
    forces[i * n + j] -= k;
    forces[j * n + i] -= k;
  }
  const data = { ...gaussianRing(n), forces, masses: Float64Array.from(ethane.masses) };
  const halves = [0, 1, 0, 0, 0, 1, 1, 1];
  const hydrogen = [0, 0, 0, 0, 0, 0, 0, 1];
  const force = (assignment: readonly number[], term: ForceTerm) => {
    const problem = normalised(data, 2, term);
    return new SiteMoments(problem, assignment, 1).loss() - new SiteMoments(problem, assignment, 0).loss();
  };
  assert.ok(Math.abs(force(halves, 'square') / force(hydrogen, 'square') - 2) < 1e-9, 'both cut bonds alone, one twice as stiff');
  const [h, c] = [1.008, 12.011];
  const expected = (2 * 2) / (c + 3 * h) / (1 / h + 1 / (2 * c + 5 * h));
  assert.ok(Math.abs(force(halves, 'frequency') / force(hydrogen, 'frequency') - expected) < 1e-9);
  assert.ok(expected < 0.3);
});

test.run();
