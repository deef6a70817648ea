/** OPES: its bias is that of the formula, adaptive widths, when kernels begin, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bias, type BiasContext, type Component, InputError } from '../../../engine/index.ts';
import { AdaptiveWidth } from '../../../plugins/biasing/adaptive-width.ts';
import { opes, opesExplore } from '../../../plugins/biasing/opes.ts';
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

/** A bias over x at kT 1.5 outside of any simulation, and the lines of its file. */
function alone(explore: boolean, settings: object) {
  const lines: string[] = [];
  const context = {
    name: 'o',
    where: '',
    units: 'lj',
    components: [{ name: 'x', dimension: 'dimensionless', period: null }],
    kT: 1.5,
    timestep: 1,
    file: (_: string, header: string) => {
      lines.push(...header.split('\n'));
      return { line: (line: string) => void lines.push(line) };
    },
  } as unknown as BiasContext;
  const kind = explore ? opesExplore : opes;
  const bias = kind.compile({ type: kind.name, variables: ['x'], everySteps: 1, file: 'KERNELS', ...settings }, context) as Bias;
  return { bias, lines };
}

for (const explore of [false, true])
  test(`${explore ? 'opes-explore' : 'opes'}: around a tall kernel among low ones the bias is that of sums that are not cut off, and goes down to its floor without a cliff`, () => {
    const [kT, barrier, width] = [1.5, 30, 0.1];
    const gamma = barrier / kT;
    const { bias, lines } = alone(explore, { sigma: explore ? width / Math.sqrt(gamma) : width, sigmaMin: width, barrier });
    const at = (x: number) => bias.evaluate(Float64Array.of(x), new Float64Array(1));
    // Two hundred at 0, and one at each of forty places that the bias does not know yet: kernels of the weights 1 and exp(-barrier/kT), or all of weight 1.
    for (let step = 1; step <= 240; step++) {
      const x = step <= 200 ? 0 : 2 * (step - 200);
      at(x);
      bias.update?.(step, Float64Array.of(x));
    }
    const kernels = lines.filter((line) => !line.startsWith('#')).map((line) => line.trim().split(/\s+/).map(Number));
    const norm = kernels.reduce(
      (sum, [, , , , lnWeight]) => sum + (explore ? 1 : Math.exp(lnWeight)),
      explore ? 1 : Math.exp(-gamma),
    );
    const density = (x: number) =>
      kernels.reduce((sum, [, centre, sigma, height]) => sum + height * Math.exp(-0.5 * ((x - centre) / sigma) ** 2), 0) / norm;
    const centres = Array.from({ length: 41 }, (_, k) => 2 * k);
    const zed = centres.reduce((sum, x) => sum + density(x), 0) / 41;
    const prefactor = explore ? gamma - 1 : 1 - 1 / gamma;
    const expected = (x: number) => prefactor * kT * Math.log(density(x) / zed + Math.exp(-gamma / prefactor));
    assert.ok(density(0) / zed > 30, `${density(0) / zed}`);
    // What is cut off of a kernel 41 times Z is 41 exp(-10) of epsilon, over the prefactor where that is greater than 1.
    for (let x = 0; x < 1; x += 0.01)
      assert.ok(Math.abs(at(x) - expected(x)) < 0.003 * kT, `${x}: ${at(x)}, expected ${expected(x)}`);
  });

test('the header of the kernels says what PLUMED asks for when it restarts from them, in its order', () => {
  for (const [explore, action, epsilon] of [
    [false, 'OPES_METAD_kernels', Math.exp(-20 / 0.95)],
    [true, 'OPES_METAD_EXPLORE_kernels', Math.exp(-20 / 19)],
  ] as const) {
    const [fields, ...constants] = alone(explore, { sigma: 0.1, barrier: 30 }).lines;
    assert.is(fields, '#! FIELDS time x sigma_x height logweight');
    const found = constants.map((line) => line.split(' '));
    assert.ok(found.every(([mark, set]) => mark === '#!' && set === 'SET'));
    assert.equal(
      found.map(([, , name]) => name),
      ['action', 'biasfactor', 'epsilon', 'kernel_cutoff', 'compression_threshold'],
    );
    assert.is(found[0][3], action);
    assert.is(Number(found[1][3]), 20);
    assert.ok(Math.abs(Number(found[2][3]) / epsilon - 1) < 1e-12);
    assert.is(Number(found[4][3]), 1);
  }
});

const adaptive = { type: 'opes', variables: ['y'], barrier: 10, everySteps: 20, sigma: 'adaptive' };

test('without a number for sigma there are kernels once it has been measured, over ten of their intervals or as many steps as are given', async () => {
  for (const [settings, first] of [
    [{}, 200],
    [{ adaptiveSteps: 70 }, 80],
  ] as const) {
    const made = await biased(plane, { o: { ...adaptive, ...settings } });
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
    const made = await biased(plane, { o: { ...adaptive, sigma: 0.1, everySteps: 5, ...further } });
    made.context.drawVelocities(1);
    made.context.advance(20_000);
    return report(made)['o.kernels'];
  };
  // Those that do not narrow are merged more often.
  assert.ok((await kernels({ sigmaMin: 0.1 })) < 0.5 * (await kernels({})));
});

test('settings that make no sense are refused by name', async () => {
  const refused = async (changes: object, pattern: RegExp) => {
    const error = await biased(plane, { o: { ...adaptive, ...changes } }).then(
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
