/** A bias of mean forces that is a gradient: no work around a loop, no heat for what walks in it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { type Bins, ForceBins } from '../../../plugins/biasing/force-bins.ts';
import { ProjectedForce } from '../../../plugins/biasing/projected-force.ts';
import { uniform } from '../../support/trajectories.ts';
import { biased, plane } from './support.ts';

const full = 200;
const everywhere = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
const nowhere = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Full bins, known so well that others, with the weight of one sample, do not count. */
function fill(bins: ForceBins, force: (bin: number, axis: number) => number): void {
  const d = bins.axes.length;
  bins.samples.fill(1e4);
  for (let bin = 0; bin < bins.samples.length; bin++)
    for (let axis = 0; axis < d; axis++) bins.sums[bin * d + axis] = 1e4 * force(bin, axis);
}

/** The energy fitted to these mean forces. */
function known(axes: readonly Bins[], force: (bin: number, axis: number) => number): ProjectedForce {
  const components = axes.map(
    ({ start, width, count, periodic }, k): Component => ({
      name: `v${k}`,
      dimension: 'dimensionless',
      period: periodic ? { from: start, to: start + width * count } : null,
    }),
  );
  const bins = new ForceBins(components, axes, '');
  fill(bins, force);
  const projected = new ProjectedForce(bins, components, { full, most: 1 });
  projected.fit();
  return projected;
}

const line = { start: 0, width: 0.5, count: 10, periodic: false };

test('mean forces that are a gradient are taken off as they are, and there is no force across the ends', () => {
  // Energies have errors of the fit's tolerance, 1e-3.
  const projected = known([line, { ...line, count: 12 }], (_, axis) => [-3, 2][axis]);
  const out = new Float64Array(2);
  projected.forceAt([1.9, 4.1], everywhere, nowhere, out);
  assert.ok(Math.abs(out[0] - 3) < 0.02 && Math.abs(out[1] + 2) < 0.02, `${out}`);
  projected.forceAt([5.5, 4.1], everywhere, nowhere, out);
  assert.ok(out[0] === 0 && Math.abs(out[1] + 2) < 0.02, `${out}`);
  projected.forceAt([1.9, 4.1], everywhere, [5, 3], out);
  assert.ok(Math.abs(out[0] - 3) < 0.02 && out[1] === 0, `${out}`);
});

test('of noise in the bins what is left does no work around a loop', () => {
  const random = uniform(3);
  const noise = Float64Array.from({ length: 200 }, () => 2 * random() - 1);
  const projected = known([line, line], (bin, axis) => noise[2 * bin + axis]);
  const out = new Float64Array(2);
  /** Along an axis the force is constant between two middles: a point in each is the integral. */
  const work = (axis: 0 | 1, from: number, to: number, other: number): number => {
    let sum = 0;
    for (let cell = from; cell < to; cell++) {
      const at = 0.25 + 0.5 * (cell + 0.3);
      projected.forceAt(axis === 0 ? [at, other] : [other, at], everywhere, nowhere, out);
      sum += 0.5 * out[axis];
    }
    return sum;
  };
  const there = work(0, 1, 7, 1.25) + work(1, 2, 8, 3.75);
  const back = work(1, 2, 8, 0.75) + work(0, 1, 7, 4.25);
  assert.ok(Math.abs(there) > 0.01, `${there}`);
  assert.ok(Math.abs(there - back) < 1e-12, `${there} ${back}`);
});

test('a mean force around a period, which is no gradient, is not taken off', () => {
  const projected = known([{ ...line, periodic: true }], () => 1);
  const out = new Float64Array(1);
  projected.forceAt([2.2], everywhere, nowhere, out);
  assert.ok(Math.abs(out[0]) < 1e-9, `${out}`);
});

test('the energy goes on as it was in bins that are added', () => {
  const component = (name: string): Component => ({ name, dimension: 'dimensionless', period: null });
  const components = [component('x'), component('y')];
  const bins = new ForceBins(components, [line, line], '');
  fill(bins, (_, axis) => [-3, 2][axis]);
  const projected = new ProjectedForce(bins, components, { full, most: 1 });
  projected.fit();
  bins.reach([-1, 2], () => undefined);
  projected.fit();
  const [out, again] = [new Float64Array(2), new Float64Array(2)];
  projected.forceAt([2, 2], everywhere, nowhere, out);
  assert.ok(Math.abs(out[0] - 3) < 0.02 && Math.abs(out[1] + 2) < 0.02, `${out}`);
  const loaded = new ProjectedForce(bins, components, { full, most: 1 });
  loaded.load(projected.save());
  loaded.forceAt([2, 2], everywhere, nowhere, again);
  assert.equal(again, out);
});

const eabf = { type: 'eabf', sigma: 0.1 };

for (const type of ['eabf', 'abf'])
  test(`${type} along two variables goes on to the bit with fits before and after the cut`, async () => {
    const along = { e: { variables: ['x', 'y'], width: 0.1, fullSamples: 10, ...(type === 'eabf' ? eabf : { type }) } };
    const whole = (await biased(plane, along)).context;
    whole.drawVelocities(1);
    whole.advance(3100);
    const saved = whole.save();
    whole.advance(5900);
    const next = (await biased(plane, along)).context;
    next.load(saved);
    next.advance(5900);
    assert.equal(next.positions, whole.positions);
  });

// The temperature has the error 1/sqrt(friction time) = 0.06. Means of the bins as they are make it 1.40 (eABF) and 3.2 (ABF).
for (const [type, own] of [
  ['eabf', { sigma: 0.03, time: 0.3, friction: 0.1 }],
  ['abf', {}],
] as const)
  test(`${type} along two variables does not heat what it biases`, async () => {
    const start = {
      ...plane,
      // kT = 1 kJ/mol, and little friction to take heat away
      system: { ...plane.system, particle: { mass: 1 } },
      dynamics: { integrator: 'langevin', timestep: '10 fs', temperature: '120.27 K', friction: '0.1 /ps' },
    };
    const ends = { from: [-1.5, -0.4], to: [1.2, 1.9] };
    const { context } = await biased(start, {
      e: { type, variables: ['x', 'y'], width: 0.03, ...ends, fullSamples: 20, ...own },
    });
    context.drawVelocities(1);
    let sum = 0;
    for (let k = 0; k < 15000; k++) {
      context.advance(20);
      sum += context.observe().temperature;
    }
    const temperature = sum / 15000 / 120.27;
    assert.ok(Math.abs(temperature - 1) < 0.18, `${temperature}`);
  });

test.run();
