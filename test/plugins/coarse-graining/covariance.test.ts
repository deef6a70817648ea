/** The matrices that mappings are trained on. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic } from '../../../engine/index.ts';
import { covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { hardMap } from '../../../plugins/coarse-graining/quality.ts';
import { copies, ethane, failure, frameOf, inMemory, twoBlobs } from './support.ts';

const belongs = [0, 1, 0, 1, 1, 0, 0, 1];
const noBonds = new Int32Array(0);

test('the loss on the two matrices is the loss on the frames', async () => {
  const trajectory = twoBlobs(40, 3, belongs);
  const assignment = [0, 1, 1, 2, 2, 0, 1, 2]; // any partition will do
  const sites = 3;
  const n = belongs.length;
  const map = hardMap(await covariances(trajectory, 'test'), assignment, sites, noBonds);
  let error = 0;
  let force = 0;
  for (let t = 0; t < trajectory.length; t++) {
    const { positions, forces } = trajectory.frame(t);
    for (let k = 0; k < 3; k++) {
      const all = Array.from({ length: n }, (_, i) => positions[3 * i + k]);
      const centroid = all.reduce((sum, x) => sum + x, 0) / n;
      const x = all.map((value) => value - centroid);
      const mean = (site: number) => {
        const atoms = x.filter((_, i) => assignment[i] === site);
        return atoms.reduce((sum, value) => sum + value, 0) / atoms.length;
      };
      const z = Array.from({ length: sites }, (_, site) => mean(site));
      for (let i = 0; i < n; i++)
        error += (z.reduce((sum, value, site) => sum + map.decoder[i * sites + site] * value, 0) - x[i]) ** 2;
      for (let site = 0; site < sites; site++)
        force += assignment.reduce((sum, s, i) => sum + (s === site ? (forces as Float64Array)[3 * i + k] : 0), 0) ** 2;
    }
  }
  const coordinates = 3 * n * trajectory.length;
  assert.ok(Math.abs(map.reconstruction / (error / coordinates) - 1) < 1e-10);
  assert.ok(Math.abs((map.force as number) / (force / (sites * trajectory.length)) - 1) < 1e-10);
});

test('where a molecule is, and whether the box cuts it, does not matter', async () => {
  const one = twoBlobs(10, 4, belongs);
  const box = orthorhombic(20, 30, 40);
  const moved = Array.from({ length: one.length }, (_, t) => {
    const frame = one.frame(t);
    const shifted = frame.positions.map((x, c) => {
      const edge = [20, 30, 40][c % 3];
      return (((x + 13 * t) % edge) + edge) % edge;
    });
    return frameOf(shifted, frame.forces, box);
  });
  const expected = await covariances(one, 'test');
  const found = await covariances(inMemory(one.structure, moved), 'test');
  assert.ok(found.positions.every((value, k) => Math.abs(value - expected.positions[k]) < 1e-12));
});

test('molecules are averaged over', async () => {
  const a = twoBlobs(1, 5, belongs).frame(0);
  const b = twoBlobs(1, 6, belongs).frame(0);
  const { structure } = twoBlobs(1, 5, belongs);
  const overFrames = await covariances(inMemory(structure, [a, b]), 'test');
  const both = frameOf(Float64Array.of(...a.positions, ...b.positions), null);
  const two = { ...copies({ elements: belongs.map(() => 'C'), masses: belongs.map(() => 12), bonds: [] }, 2) };
  const overMolecules = await covariances(inMemory(two, [both]), 'test');
  assert.ok(overMolecules.positions.every((value, k) => Math.abs(value - overFrames.positions[k]) < 1e-12));
  assert.is(overMolecules.forces, null);
  assert.is(overMolecules.molecules, 2);
});

test('a value that is no number stops the training and names frame and atom', async () => {
  const structure = copies(ethane, 2);
  const good = () => frameOf(new Float64Array(48), new Float64Array(48));
  const withNaN = good();
  withNaN.positions[3 * 11 + 1] = Number.NaN;
  const position = await failure(() => covariances(inMemory(structure, [good(), good(), withNaN]), 'stages[1].from'));
  assert.is(position.name, 'InputError');
  assert.match(position.message, 'stages[1].from: frame 2, atom 11 (H3): the y component of its position is NaN');
  const withInfinity = good();
  (withInfinity.forces as Float64Array)[3 * 8 + 2] = Number.NEGATIVE_INFINITY;
  const force = await failure(() => covariances(inMemory(structure, [withInfinity]), 'stages[1].from'));
  assert.is(force.name, 'InputError');
  assert.match(force.message, 'frame 0, atom 8 (C0): the z component of its force is -Infinity');
});

test('a trajectory without frames is an error that says so', async () => {
  const error = await failure(() => covariances(inMemory(copies(ethane, 1), []), 'stages[1].from'));
  assert.is(error.name, 'InputError');
  assert.match(error.message, 'holds no frames');
});

test.run();
