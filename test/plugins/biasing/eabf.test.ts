/** The kernel of eABF against plain loops, extended variables stay where the real ones can be, and CZAR's free energy has narrow wells as deep as they are. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Bias,
  type BiasContext,
  type Component,
  difference,
  exp,
  Noise,
  type Settings,
  wrapped,
} from '../../../engine/index.ts';
import { binsFor, rampOf } from '../../../plugins/biasing/adaptive-force.ts';
import { czarEnergy } from '../../../plugins/biasing/czar.ts';
import { eabf } from '../../../plugins/biasing/eabf.ts';
import { ForceBins } from '../../../plugins/biasing/force-bins.ts';
import { ProjectedForce } from '../../../plugins/biasing/projected-force.ts';
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

/** What the kernel does, in plain loops: BAOAB with the bath's noise by `Noise`, bins extended to every point, energies fitted in time. */
function plainEabf(
  settings: Settings & { width: number; sigma: number; fullSamples: number; biasFactor?: number },
  context: BiasContext,
): Bias & { forces: number } {
  const { components, timestep, seed, name } = context;
  const kT = context.kT as number;
  const k = kT / settings.sigma ** 2;
  const mass = k * ((100 * timestep) / (2 * Math.PI)) ** 2;
  const decay = exp(-((0.1 * 2 * Math.PI) / (100 * timestep)) * timestep);
  const spread = Math.sqrt((1 - decay * decay) * (kT / mass));
  const [bins, real] = [binsFor(settings, context), binsFor(settings, context)];
  const noise = new Noise(seed, `eabf ${name}`);
  const zero = () => components.map(() => 0);
  const [value, velocity, spring, force, deviates] = [zero(), zero(), zero(), zero(), new Float64Array(9)];
  const least = components.map(({ period }) => (period ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY));
  const greatest = least.map((end) => -end);
  const projected = components.length > 1 || components[0].period ? new ProjectedForce(bins, components, rampOf(settings)) : null;
  let [started, fresh, fitted] = [false, 0, 0];
  return {
    /** Steps in which the bias has pushed. */
    forces: 0,
    evaluate(values, slopes) {
      if (!started) return 0;
      let energy = 0;
      components.forEach(({ period }, c) => {
        const d = difference(values[c], value[c], period);
        energy += 0.5 * k * d * d;
        spring[c] = k * d;
        slopes[c] += k * d;
      });
      if (projected) {
        const slope = new Float64Array(components.length);
        projected.forceAt(value, least, greatest, slope);
        slope.forEach((f, c) => {
          force[c] = f;
        });
        if (slope.some((f) => f !== 0)) this.forces++;
        return energy;
      }
      const bin = bins.indexOf(value);
      const inside = value.every((x, c) => x >= least[c] && x <= greatest[c]);
      const n = bin < 0 || !inside ? 0 : bins.samples[bin];
      const half = 0.5 * settings.fullSamples;
      const most = settings.biasFactor ? 1 - 1 / settings.biasFactor : 1;
      const part = n >= settings.fullSamples ? most : most * Math.max(0, (n - half) / half);
      if (part > 0) this.forces++;
      components.forEach((_, c) => {
        force[c] = part === 0 ? 0 : -part * bins.mean(bin, c);
      });
      return energy;
    },
    update(step, values) {
      components.forEach(({ period }, c) => {
        if (!started) value[c] = wrapped(values[c], period);
        least[c] = Math.min(least[c], values[c]);
        greatest[c] = Math.max(greatest[c], values[c]);
      });
      started = true;
      const minus = spring.map((f) => -f);
      real.add(
        real.reach(values, () => undefined),
        minus,
      );
      const bin = bins.reach(value, () => undefined);
      bins.add(bin, spring);
      if (bins.samples[bin] < settings.fullSamples) fresh++;
      const wait = Math.max(1000, bins.samples.length);
      if (step - fitted >= wait && (fresh >= 0.5 * settings.fullSamples || step - fitted >= 0.1 * step)) {
        projected?.fit();
        [fresh, fitted] = [0, step];
      }
      for (let g = 0; 3 * g < components.length; g++) noise.normals(step, g, deviates, 3 * g);
      components.forEach(({ period }, c) => {
        velocity[c] += (timestep * (spring[c] + force[c])) / mass;
        const half = value[c] + 0.5 * timestep * velocity[c];
        velocity[c] = decay * velocity[c] + spread * deviates[c];
        value[c] = wrapped(half + 0.5 * timestep * velocity[c], period);
      });
    },
    report: () => value,
    save: () => Float64Array.from([...bins.save(), ...real.save()]),
  };
}

test('the kernel moves extended variables and fills bins as plain loops do, to the bit', () => {
  const angle = { from: -Math.PI, to: Math.PI };
  for (const [periods, own] of [
    [[null], {}],
    [[null], { biasFactor: 3 }],
    [[angle], {}],
    [[null, null], { biasFactor: 1.5 }],
    [[angle, null, angle, null], {}],
  ] as const) {
    const count = periods.length;
    const settings = { type: 'eabf', variables: [], width: 1.6, sigma: 0.5, fullSamples: 40, ...own };
    const context = {
      name: 'e',
      where: '',
      units: 'lj',
      components: periods.map((period, c): Component => ({ name: `z${c}`, dimension: 'dimensionless', period })),
      kT: 1.3,
      timestep: 0.01,
      seed: 2 ** 34 + 5,
      note: () => undefined,
    } as unknown as BiasContext;
    const fast = eabf.compile(settings, context) as Bias;
    const plain = plainEabf(settings, context);
    const both = [fast, plain];
    const values = new Float64Array(count);
    for (let step = 0; step < 3000; step++) {
      // They wander in a range that grows, angles around their circle; both begin within a block of noise.
      for (let c = 0; c < count; c++)
        values[c] = (1 + step / 1000) * Math.sin(0.013 * step + c) + (periods[c] ? 0.004 * step : 0);
      const slopes = both.map(() => new Float64Array(count));
      const energies = both.map((bias, b) => bias.evaluate(values, slopes[b]));
      assert.is(energies[0], energies[1], `${count}: energy in step ${step}`);
      assert.equal(slopes[0], slopes[1], `${count}: slopes in step ${step}`);
      for (const bias of both) bias.update?.(step + 5, values);
      assert.equal([...(fast.report?.() ?? [])], [...(plain.report?.() ?? [])], `${count}: values in step ${step}`);
    }
    assert.ok(plain.forces > 500, `${count}: the bias pushed in ${plain.forces} steps`);
    const bins = plain.save?.() ?? new Float64Array(0);
    assert.equal(fast.save?.().slice(9 + 6 * count, 9 + 6 * count + bins.length), bins);
  }
});

test.run();
