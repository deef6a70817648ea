/** Extended variables stay where the real ones can be, and CZAR's free energy has narrow wells as deep as they are. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { czarEnergy } from '../../../plugins/biasing/czar.ts';
import { ForceBins } from '../../../plugins/biasing/force-bins.ts';
import { biased, plane, report } from './support.ts';

const component: Component = { name: 'z', dimension: 'dimensionless', period: null };

test('without a spring force CZAR is -kT ln of the counts, also in a well of a bin or two', () => {
  const bins = new ForceBins([component], [{ start: 0, width: 0.1, count: 12, periodic: false }], '');
  const expected = [6, 4, 2, 0.5, 0, 1.5, 4, 5, 5.5, 4, 1, 3];
  expected.forEach((A, bin) => {
    bins.samples[bin] = 1e6 * Math.exp(-A / 2);
  });
  czarEnergy(bins, 2).forEach((A, bin) => {
    assert.ok(Math.abs(A - expected[bin]) < 1e-9, `${bin}: ${A} ${expected[bin]}`);
  });
});

test('with counts that a bias has made even it is the integral of the spring force', () => {
  const bins = new ForceBins([component], [{ start: 0, width: 0.1, count: 11, periodic: false }], '');
  for (let bin = 0; bin < 11; bin++) {
    bins.samples[bin] = 100;
    bins.sums[bin] = 100 * 2 * bins.middle(bin, 0);
  }
  const free = czarEnergy(bins, 1);
  // The slope 2 z is linear: the trapezoidal rule is exact.
  assert.ok(Math.abs(free[10] - free[0] - (1.05 ** 2 - 0.05 ** 2)) < 1e-12);
});

test('an extended variable does not run away from one that has a range it never leaves', async () => {
  const start = {
    ...plane,
    system: {
      ...plane.system,
      particle: { mass: 1 },
      start: [[0, 0]],
      forces: [{ type: 'expression-field', energy: 'x^2 + y^2' }],
    },
    // kT = 1 kJ/mol
    dynamics: { integrator: 'langevin', timestep: '5 fs', temperature: '120.27 K', friction: '10 /ps' },
    variables: { x: { type: 'position', axis: 'x' }, bounded: { type: 'expression', of: ['x'], value: '1 / (1 + exp(-4 * x))' } },
  };
  const sigma = 0.05;
  const { context, ...made } = await biased(start, {
    e: { type: 'eabf', variables: ['bounded'], width: 0.05, sigma, time: 0.5, fullSamples: 20 },
  });
  context.drawVelocities(1);
  let [least, greatest] = [1, 0];
  for (let k = 0; k < 400; k++) {
    context.advance(100);
    const { 'e.bounded_extended': value } = report(made as Parameters<typeof report>[0]);
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  // It goes all the way, and beyond as far as its spring lets it: five standard deviations.
  assert.ok(least < 0.05 && greatest > 0.95, `${least} ${greatest}`);
  assert.ok(least > -5 * sigma && greatest < 1 + 5 * sigma, `${least} ${greatest}`);
});

test.run();
