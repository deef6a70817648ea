/** Learning a mapping from several seeds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { equalBlocks, hardMap } from '../../../plugins/coarse-graining/quality.ts';
import { type SearchOptions, searchMapping, trainingTable } from '../../../plugins/coarse-graining/search.ts';
import { failure, gaussianRing, ring, twoBlobs } from './support.ts';

const belongs = [0, 1, 0, 1, 1, 0, 0, 1];
const options: SearchOptions = {
  where: 'stages[1]',
  sites: 2,
  seeds: 5,
  allowEmptySites: false,
  polish: true,
  forceTerm: 'square',
  epochs: 2000,
  learningRate: 0.05,
  forceWeight: 0.05,
  annealing: { start: 4, decay: 320, floor: 0.2 },
};
const noBonds = new Int32Array(0);

for (const forceWeight of [0, 0.05])
  test(`every seed finds the two blobs of a molecule with force weight ${forceWeight}`, async () => {
    const data = await covariances(twoBlobs(200, 1, belongs), 'test');
    const { seeds, best } = await searchMapping(data, noBonds, { ...options, forceWeight }, 11);
    assert.is(seeds.length, 5);
    for (const seed of seeds) assert.equal(seed.assignment, belongs);
    assert.ok(best.reconstruction >= 0.999 * best.pcaBound);
    assert.equal(best.occupancy, [4, 4]);
  });

test('the same seed gives the same training, another a different one', async () => {
  const data = await covariances(twoBlobs(50, 1, belongs), 'test');
  const few = { ...options, seeds: 1, epochs: 50 };
  const first = await searchMapping(data, noBonds, few, 5);
  assert.equal((await searchMapping(data, noBonds, few, 5)).rows, first.rows);
  assert.not.equal((await searchMapping(data, noBonds, few, 6)).rows, first.rows);
});

test('a ring falls into contiguous sites, as good as equal blocks and above the PCA bound', async () => {
  const data = gaussianRing(30);
  const bonds = Int32Array.from(ring(30).bonds.flat());
  const { best, rows } = await searchMapping(data, bonds, { ...options, sites: 5, seeds: 3 }, 1);
  const blocks = hardMap(data, equalBlocks(30, 5), 5, bonds);
  assert.equal(best.fragments, [1, 1, 1, 1, 1]);
  assert.ok(best.reconstruction >= blocks.pcaBound);
  assert.ok(best.reconstruction <= 1.0001 * blocks.reconstruction, `${best.reconstruction} against ${blocks.reconstruction}`);
  const table = trainingTable(rows, data).trim().split('\n');
  assert.is(table[0], 'epoch,loss,reconstruction,force,temperature,entropy');
  assert.ok(
    table.slice(1).every((line) => line.split(',').length === 6 && line.split(',').every((cell) => Number.isFinite(+cell))),
  );
  const last = rows[rows.length - 1];
  assert.ok(rows[0].entropy > 0.5 && last.entropy < 0.05, 'the assignment decides itself while the temperature falls');
  assert.is(rows[0].loss, rows[0].reconstruction, 'no force term in the first half');
  assert.ok(Math.abs(last.loss - last.reconstruction - options.forceWeight * last.force) < 1e-12, 'but in the second');
});

test('sites that stay empty are an error that says how many each seed uses, unless they are allowed', async () => {
  const data = await covariances(twoBlobs(200, 1, belongs), 'test');
  const hopeless = { ...options, sites: 8, seeds: 2, epochs: 3, polish: false };
  const error = await failure(() => searchMapping(data, noBonds, hopeless, 1));
  assert.is(error.name, 'SimulationError');
  const used = [...error.message.matchAll(/seed (\d) uses (\d)/g)].map((match) => Number(match[2]));
  assert.is(used.length, 2);
  assert.ok(used.every((sites) => sites < 8));
  assert.match(error.message, 'no training filled all 8 sites');
  const { best } = await searchMapping(data, noBonds, { ...hopeless, allowEmptySites: true }, 1);
  assert.ok(best.sites < 8 && used.includes(best.sites));
  assert.ok(best.occupancy.every((count) => count > 0));
  assert.is(Math.max(...best.assignment), best.sites - 1);
});

test.run();
