/** Kernels of OPES that are too narrow for the timestep are told of when the run ends. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NarrowKernels } from '../../../plugins/biasing/narrow-kernels.ts';
import { biased, plane } from './support.ts';

const components = [
  { name: 'd', dimension: 'length', period: null },
  { name: 'phi', dimension: 'angle', period: { from: -Math.PI, to: Math.PI } },
] as const;

test('widths are compared with the steps since the last kernel, across the end of a period too', () => {
  const narrow = new NarrowKernels(components);
  const put = (d: number, phi: number, sigma: readonly number[]) => {
    // Ten of eleven steps are moves.
    for (let k = 0; k <= 10; k++) narrow.step([k % 2 ? d : 0, k % 2 ? Math.PI - phi / 2 : -Math.PI + phi / 2]);
    narrow.kernel(sigma);
  };
  for (let k = 0; k < 19; k++) put(0.01, 0.02, [0.011, 0.021]);
  assert.equal(narrow.remarks(), []);
  put(0.01, 0.2, [0.011, 0.1]);
  assert.equal(narrow.remarks(), [], 'one of twenty');
  const again = new NarrowKernels(components);
  again.load(narrow.save());
  put(0.01, 0.1, [0.011, 0.051]);
  assert.match(narrow.remarks()[0], /^9\.5 % of 21 kernels were narrower .* width of 0\.1 in phi, which moved by 0\.19 a step/);
  assert.match(narrow.remarks()[0], '"sigmaMin" to at least [0.02, 0.39]');
  assert.equal(again.save().length, again.size);
});

test('a run says so where its kernels are too narrow, and nothing where they are wide', async () => {
  // A step of the timestep 0.005 at kT 1 is 0.005.
  for (const [sigma, said] of [
    [0.003, 1],
    [0.1, 0],
  ]) {
    const { context, force } = await biased(plane, {
      o: { type: 'opes', variables: ['y'], barrier: 10, everySteps: 20, sigma },
    });
    context.drawVelocities(1);
    context.advance(2000);
    const remarks = force.remarks();
    assert.is(remarks.length, said, remarks.join('\n'));
    if (said) assert.match(remarks[0], /^o: .*down to a width of .* in y, .*Set "sigmaMin"/);
  }
});

test.run();
