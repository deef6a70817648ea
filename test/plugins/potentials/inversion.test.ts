/** Refinement of tables until a run shows the distributions of the training frames. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BondedForce,
  type NonbondedForce,
  Registry,
  registerEngine,
  type Settings,
  type Table,
} from '../../../engine/index.ts';
import { evaluateTable, inversionModel, plugin, type TrainingContext } from '../../../plugins/potentials/index.ts';
import { SiteHistogram } from '../../../plugins/potentials/refinement/histogram.ts';
import {
  histogramOptions,
  inversionStep,
  measureTarget,
  relativeEntropyStep,
} from '../../../plugins/potentials/refinement/refine.ts';
import { bondPotential, chainInVacuum, cutoff, dimerLiquid, pairPotential } from './synthetic.ts';

const registry = new Registry();
registerEngine(registry);
plugin.register(registry);

const set = dimerLiquid({ frames: 600, molecules: 27 });
const rows: Readonly<Record<string, number>>[] = [];
const context = {
  seed: 3,
  registry,
  signal: new AbortController().signal,
  progress: { update() {}, note() {} },
  record: (row: Readonly<Record<string, number>>) => rows.push(row),
} as unknown as TrainingContext;

const settings: Settings = { cutoff, iterations: 10, mix: 0.7, samples: 250, every: 20, equilibration: 400, method: 'boltzmann' };

function tableOf(force: BondedForce | NonbondedForce | undefined): Table {
  const tables = force?.kind === 'nonbonded' ? force.pair?.tables : force?.tables;
  return (tables as readonly Table[])[0];
}

test('a histogram counts every bond and every pair within the cut-off once, shared between two nodes', () => {
  const histogram = new SiteHistogram(set, histogramOptions(set, cutoff));
  const counts = new Float64Array(histogram.nodes);
  histogram.add(set.positions(7), set.box(7), counts);
  const [bond, pair] = histogram.channels;
  assert.is(bond.coordinate, 'bond');
  assert.ok(Math.abs(counts.subarray(bond.offset, bond.offset + bond.nodes).reduce((a, b) => a + b) - 27) < 1e-9);
  // The first moment of linear weights is exact.
  let moment = 0;
  for (let k = 0; k < bond.nodes; k++) moment += counts[bond.offset + k] * (bond.start + k * bond.spacing);
  let expected = 0;
  const x = set.positions(7);
  for (let m = 0; m < 27; m++) {
    const d = [0, 1, 2].map((c) => x[6 * m + c] - x[6 * m + 3 + c]).map((dx) => dx - 5 * Math.round(dx / 5));
    expected += Math.hypot(...d);
  }
  assert.ok(Math.abs(moment - expected) < 1e-9, `${moment} ${expected}`);
  assert.ok(pair.nodes > 40);
});

test('a step is zero at the target, and raises the energy where a model has too many counts', () => {
  const histogram = new SiteHistogram(set, histogramOptions(set, cutoff));
  const target = measureTarget(set, histogram);
  for (const make of [inversionStep, relativeEntropyStep]) {
    const step = make(histogram, target, 1);
    assert.ok(step(target.counts).every((value) => Math.abs(value) < 1e-9));
    const pair = histogram.channels[1];
    const middle = pair.offset + Math.floor(0.4 * pair.nodes);
    const more = target.counts.slice();
    for (let k = middle - 3; k <= middle + 3; k++) more[k] *= 1.05;
    assert.ok(step(more)[middle] > 0.01, `${make.name} ${step(more)[middle]}`);
  }
});

for (const method of ['boltzmann', 'relative-entropy']) {
  test(`${method}: the potential that made the frames is found again from their distributions alone`, async () => {
    rows.length = 0;
    const model = await inversionModel.train(set, { ...settings, method }, context);
    const first = rows[0].deviation;
    const last = Math.min(...rows.slice(-3).map((row) => row.deviation));
    assert.is(rows.length, 10);
    assert.ok(last < 0.05 && last < 0.5 * first, `${first} to ${last}`);
    const forces = inversionModel.forces(model, set.structure, set.box(0));
    const pair = tableOf(forces.find((force) => force.label === 'inversion-pair') as NonbondedForce);
    const out = new Float64Array(2);
    let worst = 0;
    for (let r = 1.05; r < 2; r += 0.05) {
      evaluateTable(pair, r, out);
      worst = Math.max(worst, Math.abs(out[0] - pairPotential(r)[0]));
    }
    assert.ok(worst < 0.2, `pair energy off by ${worst} kT`);
    // The bond: prior and correction together, up to a constant.
    const correction = tableOf(forces.find((force) => force.label === 'inversion-bond') as BondedForce);
    const prior = (forces.find((force) => force.label === 'prior-bond') as BondedForce).parameters;
    const energy = (r: number) => {
      evaluateTable(correction, r, out);
      return out[0] + 0.5 * prior[1] * (r - prior[0]) ** 2 - bondPotential(r)[0];
    };
    for (const r of [0.72, 0.76, 0.84, 0.88])
      assert.ok(Math.abs(energy(r) - energy(0.8)) < 0.3, `bond at ${r}: ${energy(r) - energy(0.8)}`);
    assert.ok(model.errors.validation > 0 && Number.isFinite(model.errors.validation));
  });
}

test('with a base the tables correct a force-matched model, and are what is added to it', async () => {
  rows.length = 0;
  const short = { ...settings, iterations: 3, samples: 120 };
  const model = await inversionModel.train(set, { ...short, base: { type: 'spline', cutoff } }, context);
  // Forces matched on frames of a pair-additive model give its distributions: what is left is noise of 120 samples from the start.
  assert.ok(rows[0].deviation < 0.08, `${rows[0].deviation}`);
  const forces = inversionModel.forces(model, set.structure, set.box(0));
  assert.equal(
    forces.map(({ label }) => label),
    ['prior-bond', 'spline-bond', 'spline-pair', 'inversion-bond', 'inversion-pair'],
  );
  const correction = tableOf(forces.find(({ label }) => label === 'inversion-pair') as NonbondedForce);
  const out = new Float64Array(2);
  for (let r = 1.1; r < 2; r += 0.1) {
    evaluateTable(correction, r, out);
    assert.ok(Math.abs(out[0]) < 0.2, `correction at ${r}: ${out[0]} kT`);
  }
  assert.ok(model.errors.validation > 0 && model.errors.validation < 1.5 * model.errors.training, JSON.stringify(model.errors));
});

test('one chain in open boundaries, where there is no density, finds the distributions of its frames', async () => {
  rows.length = 0;
  const chain = chainInVacuum({ sites: 5, frames: 1000 });
  const model = await inversionModel.train(chain, { ...settings, cutoff: 3, samples: 1800 }, context);
  // The start, bonds and angles as they are distributed, lacks the pairs, which attract by 1 kT. 1800 samples of one chain leave a noise of 0.05 to 0.06 (600 left 0.08 to 0.1, too near the limit).
  const last = rows.slice(-5).reduce((sum, row) => sum + row.deviation / 5, 0);
  assert.ok(last < 0.12 && last < 0.6 * rows[0].deviation, `${rows.map((row) => row.deviation.toFixed(3))}`);
  assert.ok(Object.values(model.weights).every(({ data }) => data.every(Number.isFinite)));
});

test('an inversion cannot be the base of an inversion', async () => {
  try {
    await inversionModel.train(set, { ...settings, base: { type: 'inversion' } }, context);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, '"inversion" cannot be corrected; use one of spline, graph');
  }
});

test.run();
