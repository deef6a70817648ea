/** Adaptive widths of OPES: what is measured, when kernels begin, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Component, InputError } from '../../../engine/index.ts';
import { AdaptiveWidth } from '../../../plugins/biasing/adaptive-width.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { biased, plane, report } from './support.ts';

const components: Component[] = [
  { name: 'd', dimension: 'length', period: null },
  { name: 'phi', dimension: 'angle', period: { from: -Math.PI, to: Math.PI } },
];

test('the width is that of the fluctuations about a moving average, also across the end of a period, and what drifts is left out', () => {
  const gauss = normal(uniform(5));
  const width = new AdaptiveWidth(components, 500);
  for (let k = 0; k < 40_000; k++) {
    assert.is(width.ready, k >= 500);
    // A slow drift of 4 in all, which the average follows 500 steps behind: 0.05 off, 0.0025 in the square.
    width.add([0.3 * gauss() + 1e-4 * k, Math.PI + 0.2 * gauss()]);
  }
  const [d, phi] = width.widths();
  // 40 000 values: 0.4 % of the width.
  assert.ok(Math.abs(d - Math.hypot(0.3, 0.05)) < 0.005, `${d}`);
  assert.ok(Math.abs(phi - 0.2) < 0.003, `${phi}`);
  const again = new AdaptiveWidth(components, 500);
  again.load(width.save());
  assert.equal(again.widths(), width.widths());
  again.widen(4);
  assert.ok(Math.abs(again.widths()[1] - 2 * phi) < 1e-12);
});

const opes = { type: 'opes', variables: ['y'], barrier: 10, everySteps: 20, sigma: 'adaptive' };

test('without a number for sigma there are kernels once it has been measured, over ten of their intervals or as many steps as are given', async () => {
  for (const [settings, first] of [
    [{}, 200],
    [{ adaptiveSteps: 70 }, 80],
  ] as const) {
    const made = await biased(plane, { o: { ...opes, ...settings } });
    made.context.drawVelocities(1);
    // Kernels come at the beginning of a step.
    made.context.advance(first);
    assert.is(report(made)['o.kernels'], 0);
    made.context.advance(1);
    assert.is(report(made)['o.kernels'], 1);
  }
});

test('kernels get no narrower than sigmaMin', async () => {
  const kernels = async (further: object) => {
    const made = await biased(plane, { o: { ...opes, sigma: 0.1, everySteps: 5, ...further } });
    made.context.drawVelocities(1);
    made.context.advance(20_000);
    return report(made)['o.kernels'];
  };
  // Those that do not narrow are merged more often.
  assert.ok((await kernels({ sigmaMin: 0.1 })) < 0.5 * (await kernels({})));
});

test('settings that make no sense are refused by name', async () => {
  const refused = async (changes: object, pattern: RegExp) => {
    const error = await biased(plane, { o: { ...opes, ...changes } }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, InputError);
    assert.match((error as Error).message, pattern);
  };
  await refused({ biasFactor: 'infinite' }, /biases\.o\.sigma: cannot be adaptive with a flat target/);
  await refused({ sigma: 0.1, adaptiveSteps: 100 }, /biases\.o\.adaptiveSteps: is for "sigma": "adaptive"/);
  await refused({ sigmaMin: -1 }, /biases\.o\.sigmaMin: must be greater than 0/);
});

test.run();
