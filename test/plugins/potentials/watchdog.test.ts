import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, type KernelContext, SimulationError } from '../../../engine/index.ts';
import { measureTrainingRange } from '../../../plugins/potentials/training-range.ts';
import { trainingRangeWatchdog, watchdogForce } from '../../../plugins/potentials/watchdog.ts';
import { dimerLiquid } from './synthetic.ts';

const set = dimerLiquid({ molecules: 8, frames: 30, edge: 3.4 });
const range = measureTrainingRange(set);
const box: Box = { vectors: Float64Array.of(20, 0, 0, 0, 20, 0, 0, 0, 20) };

const context: KernelContext = {
  system: { structure: set.structure, box, forces: [] },
  pairList() {
    throw new Error('the watchdog needs no list');
  },
};

/** Molecules far apart along x, each with a bond of `length` along z. */
function apart(length: number): Float64Array {
  const x = new Float64Array(3 * set.structure.mass.length);
  for (let m = 0; m < x.length / 6; m++) x.set([2.2 * m, 0, 0, 2.2 * m, 0, length], 6 * m);
  return x;
}

function watch(positions: Float64Array, every = 1, calls = 1): void {
  const kernel = trainingRangeWatchdog.compile(watchdogForce(range, { every }), context);
  const forces = new Float64Array(positions.length);
  for (let call = 0; call < calls; call++) assert.is(kernel.compute(positions, box, forces, new Float64Array(9)), 0);
  assert.ok(forces.every((f) => f === 0));
}

test('configurations like those of the training pass without a force', () => {
  watch(apart(range.bonded[0].mean));
  for (const f of set.training) {
    const kernel = trainingRangeWatchdog.compile(watchdogForce(range, { every: 1 }), context);
    kernel.compute(set.positions(f), set.box(f), new Float64Array(48), new Float64Array(9));
  }
});

test('beads that come too close are named with the distance and the nearest example', () => {
  const x = apart(range.bonded[0].mean);
  const close = 0.75 * range.pairs[0].minimum;
  x.set([2.2 * 3 + close, 0, 0], 6 * 5);
  x.set([2.2 * 3 + close, 0, -range.bonded[0].mean], 6 * 5 + 3);
  const { minimum, minimumAt } = range.pairs[0];
  assert.throws(
    () => watch(x),
    (e: Error) =>
      e instanceof SimulationError &&
      /bead 6 .*and bead 10 .*apart/.test(e.message) &&
      e.message.includes(close.toPrecision(4)) &&
      e.message.includes(minimum.toPrecision(4)) &&
      e.message.includes(`sites ${minimumAt.sites.join(' and ')} in frame ${minimumAt.frame} `),
  );
});

test('bonds outside the range by more than the margin are named', () => {
  const { minimum, maximum } = range.bonded[0];
  const width = maximum - minimum;
  watch(apart(maximum + 0.4 * width));
  assert.throws(() => watch(apart(maximum + 0.6 * width)), /bond of bead 0 .*bead 1 .*outside the training range/);
  assert.throws(() => watch(apart(minimum - 0.6 * width)), /nearest example is/);
});

test('a bond that is not a number does not pass', () => {
  const x = apart(range.bonded[0].mean);
  x[7] = Number.NaN;
  assert.throws(() => watch(x), /is NaN long/);
});

test('it looks at the first and then every n-th configuration', () => {
  const kernel = trainingRangeWatchdog.compile(watchdogForce(range, { every: 3 }), context);
  const good = apart(range.bonded[0].mean);
  const bad = apart(2);
  const compute = (x: Float64Array): number => kernel.compute(x, box, new Float64Array(x.length), new Float64Array(9));
  compute(good);
  compute(bad);
  compute(bad);
  assert.throws(() => compute(bad), /outside the training range/);
});

test.run();
