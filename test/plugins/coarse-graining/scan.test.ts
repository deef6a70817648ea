/** Which of several mappings is chosen. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanPoint } from '../../../plugins/coarse-graining/mapping.ts';
import { choosePoint, scanMappings } from '../../../plugins/coarse-graining/scan.ts';
import { failure, gaussianRing, ring } from './support.ts';

function point(sitesRequested: number, forceWeight: number, reconstruction: number, sites = sitesRequested): ScanPoint {
  const unused = {
    assignment: [],
    occupancy: [],
    pcaBound: 0,
    equalBlocks: null,
    force: null,
    fragments: [],
    loss: 0,
    agreeing: 1,
    seeds: [],
  };
  return { sitesRequested, forceWeight, sites, reconstruction, ...unused };
}

const rule = { tolerance: 0.06 };

test('the knee of the error is the number of sites that is chosen', () => {
  const points = [1, 0.5, 0.05, 0.04, 0.03].map((error, k) => point(k + 2, 0, error));
  const { index, because } = choosePoint(points, rule, false, 'stage');
  assert.is(points[index].sitesRequested, 4);
  assert.is(because, 'number of sites: the knee of the error');
});

test('without a knee it is the largest number, and a wish goes before the rule', () => {
  const straight = [2, 3, 4, 5].map((sites) => point(sites, 0, Math.exp(-sites)));
  assert.is(straight[choosePoint(straight, rule, false, 'stage').index].sitesRequested, 5);
  const wish = choosePoint(straight, { ...rule, sitesPerMolecule: 3 }, false, 'stage');
  assert.is(straight[wish.index].sitesRequested, 3);
  assert.is(wish.because, 'number of sites as asked for');
});

test('of the weights the largest whose error is within the tolerance is chosen', () => {
  const points = [point(3, 0, 1), point(3, 0.1, 1.05), point(3, 1, 1.2)];
  assert.is(points[choosePoint(points, rule, false, 'stage').index].forceWeight, 0.1);
  assert.is(points[choosePoint(points, { tolerance: 0.3 }, false, 'stage').index].forceWeight, 1);
});

test('a point with empty sites is not chosen unless that is allowed', async () => {
  const points = [point(2, 0, 1), point(3, 0, 0.1, 2)];
  assert.is(choosePoint(points, rule, false, 'stage').index, 0);
  assert.is(choosePoint(points, rule, true, 'stage').index, 1);
  const error = await failure(() => choosePoint(points, { ...rule, sitesPerMolecule: 3 }, false, 'stage'));
  assert.is(error.name, 'SimulationError');
  assert.match(error.message, 'no training filled all sites of the point to choose (2 of 2, 2 of 3)');
});

test('a wish for what was not tried is an error that lists what was', async () => {
  const error = await failure(() => choosePoint([point(2, 0, 1)], { ...rule, sitesPerMolecule: 4 }, false, 'stages[1]'));
  assert.is(error.name, 'InputError');
  assert.match(error.message, 'stages[1].choose.sitesPerMolecule: is 4, which is not tried; tried are 2');
});

test('a scan of a ring: the error falls with the sites, above the PCA bound, and with forces every site is connected', async () => {
  const data = gaussianRing(24);
  const bonds = Int32Array.from(ring(24).bonds.flat());
  const notes: string[] = [];
  const { scan, chosen } = await scanMappings(
    data,
    bonds,
    {
      where: 'stages[1]',
      sites: [3, 4, 6],
      forceWeights: [0, 0.05],
      choose: { ...rule, sitesPerMolecule: 4 },
      seeds: 1,
      allowEmptySites: false,
      polish: true,
      forceTerm: 'square',
      epochs: 500,
      learningRate: 0.05,
      annealing: { start: 4, decay: 80, floor: 0.2 },
    },
    1,
    { update: () => {}, note: (line) => notes.push(line) },
  );
  assert.is(scan.points.length, 6);
  assert.is(notes.length, 6);
  for (const of of scan.points) {
    assert.ok(of.reconstruction >= of.pcaBound * 0.999);
    // without forces two or three sites of a ring do better interleaved
    if (of.forceWeight > 0) assert.ok(of.fragments.every((pieces) => pieces === 1));
    assert.is(of.seeds.length, 1);
  }
  const errors = scan.points.filter((of) => of.forceWeight === 0).map((of) => of.reconstruction);
  assert.equal(
    errors,
    [...errors].sort((a, b) => b - a),
  );
  assert.is(scan.chosen.sitesPerMolecule, 4);
  assert.is(chosen.best.sites, 4);
});

test.run();
