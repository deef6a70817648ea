/** How far distributions of beads are from those of atoms, and what of that is noise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SiteHistogram } from '../../../plugins/potentials/refinement/histogram.ts';
import { histogramOptions } from '../../../plugins/potentials/refinement/refine.ts';
import { type Blocks, distributionError, errorOfDifference } from '../../../tools/bench/graph/distributions.ts';
import { cutoff, dimerLiquid, dimers, generator } from '../../plugins/potentials/synthetic.ts';

const test = suite('errors of distributions');
const set = dimerLiquid({ frames: 40, molecules: 27 });
const histogram = new SiteHistogram(set, histogramOptions(set, cutoff));
const truth = new Float64Array(histogram.nodes);
for (const frame of set.training) histogram.add(set.positions(frame), set.box(frame), truth);

/** Blocks of `truth` with relative noise, and something on top. */
function blocks(seed: number, noise: number, bias = 0): Blocks {
  const { normal } = generator(seed);
  return Array.from({ length: 8 }, () => truth.map((n, k) => n * (1 + noise * normal() + (k % 2 === 0 ? bias : -bias))));
}

test('a model that is right is off by the noise, one that is not by its error', () => {
  const right = Array.from({ length: 20 }, (_, k) => distributionError(histogram, blocks(2 * k, 0.05), blocks(2 * k + 1, 0.05)));
  const mean = (of: (one: (typeof right)[number]) => number): number => right.reduce((sum, one) => sum + of(one), 0) / 20;
  // 20 tries of some 70 nodes in two channels: a few per cent.
  assert.ok(Math.abs(mean((one) => one.error) / mean((one) => one.noise) - 1) < 0.1);
  const wrong = distributionError(histogram, blocks(1, 0.01), blocks(2, 0.01, 0.2));
  assert.ok(Math.abs(wrong.error - 0.2) < 4 * wrong.uncertainty + 0.005, `${wrong.error} +- ${wrong.uncertainty}`);
});

test('the uncertainty is the scatter of tries, and that of a difference leaves out what both share', () => {
  const errors = Array.from({ length: 40 }, (_, k) => distributionError(histogram, blocks(900 + k, 0.05), blocks(k, 0.05, 0.2)));
  const mean = errors.reduce((sum, { error }) => sum + error, 0) / 40;
  const scatter = Math.sqrt(errors.reduce((sum, { error }) => sum + (error - mean) ** 2, 0) / 39);
  const expected = Math.sqrt(errors.reduce((sum, { uncertainty }) => sum + uncertainty ** 2, 0) / 40);
  // The scatter of 40 tries is known to 11 %, jackknives of eight blocks to a fifth each.
  assert.ok(scatter / expected > 0.6 && scatter / expected < 1.5, `${scatter} and ${expected}`);
  const [atoms, beads] = [blocks(5, 0.2), blocks(6, 0.001, 0.2)];
  const alike = errorOfDifference(histogram, atoms, beads, blocks(7, 0.001, 0.2));
  assert.ok(alike < 0.3 * distributionError(histogram, atoms, beads).uncertainty);
});

test('a melt of another size is counted on the nodes of the first', () => {
  const structure = dimers(54);
  const larger = new SiteHistogram(set, histogramOptions(set, cutoff), structure);
  assert.is(larger.nodes, histogram.nodes);
  const counts = new Float64Array(larger.nodes);
  const box = set.box(0);
  const positions = set.positions(0);
  const twice = new Float64Array(2 * positions.length);
  twice.set(positions);
  twice.set(
    positions.map((x) => x + 0.37),
    positions.length,
  );
  larger.add(twice, box, counts);
  const bond = larger.channels[0];
  assert.ok(Math.abs(counts.subarray(bond.offset, bond.offset + bond.nodes).reduce((a, b) => a + b) - 54) < 1e-9);
});

test.run();
