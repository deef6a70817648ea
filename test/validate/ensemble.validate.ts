/** Two temperatures of one melt: the ratio of their energy distributions is the difference of their inverse temperatures. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../engine/dynamics/dynamics.ts';
import { blockAverage } from '../../engine/math/statistics.ts';
import { compile, ljMelt, nve, platforms } from '../support/systems.ts';

const timestep = 0.004;
const thermostat =
  (type: string, time: number) =>
  (temperature: number): DynamicsDescription => ({
    ...nve,
    timestep,
    thermostat: { type, settings: { temperature, time } },
  });
const langevin = (temperature: number): DynamicsDescription => ({
  integrator: 'langevin',
  timestep,
  settings: { temperature, friction: 1, timestep },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 23,
});

interface Slope {
  readonly slope: number;
  readonly error: number;
}

/**
 * Shirts, J. Chem. Theory Comput. 9, 909 (2013): with equal numbers of samples P(2|E) = 1/(1 + exp(-(c + s E))) and s = beta1 - beta2;
 * maximum likelihood by Newton's method, the error by the curvature, widened for correlated samples.
 */
function inverseTemperatureDifference(cold: readonly number[], hot: readonly number[]): Slope {
  const all = [...cold, ...hot];
  const centre = all.reduce((a, b) => a + b) / all.length;
  let [c, s] = [0, 0];
  let hessian = [0, 0, 0];
  for (let iteration = 0; iteration < 50; iteration++) {
    let [gc, gs] = [0, 0];
    hessian = [0, 0, 0];
    all.forEach((energy, k) => {
      const e = energy - centre;
      const p = 1 / (1 + Math.exp(-(c + s * e)));
      const residual = (k >= cold.length ? 1 : 0) - p;
      gc += residual;
      gs += residual * e;
      const w = p * (1 - p);
      hessian[0] += w;
      hessian[1] += w * e;
      hessian[2] += w * e * e;
    });
    const determinant = hessian[0] * hessian[2] - hessian[1] ** 2;
    c += (hessian[2] * gc - hessian[1] * gs) / determinant;
    s += (hessian[0] * gs - hessian[1] * gc) / determinant;
  }
  const inefficiency = Math.max(blockAverage(cold).statisticalInefficiency, blockAverage(hot).statisticalInefficiency);
  return { slope: s, error: Math.sqrt((hessian[0] / (hessian[0] * hessian[2] - hessian[1] ** 2)) * inefficiency) };
}

async function energies(platform: string, dynamics: DynamicsDescription, temperature: number) {
  const context = await compile(platform, ljMelt(3, 0.8442, 'switch'), dynamics);
  context.drawVelocities(temperature);
  context.advance(4000);
  const [potential, total]: [number[], number[]] = [[], []];
  for (let s = 0; s < 1500; s++) {
    context.advance(50);
    const now = context.observe();
    potential.push(now.potential);
    total.push(now.potential + now.kinetic);
  }
  return { potential, total };
}

const [low, high] = [1.3, 1.45];
for (const platform of platforms) {
  for (const [name, dynamics] of [
    ['Langevin', langevin],
    ['Nosé-Hoover', thermostat('nose-hoover', 0.2)],
    ['velocity rescaling', thermostat('velocity-rescaling', 0.2)],
  ] as const) {
    test(`${platform}: ${name} samples the canonical ensemble (two temperatures)`, async () => {
      const [cold, hot] = [await energies(platform, dynamics(low), low), await energies(platform, dynamics(high), high)];
      const expected = 1 / low - 1 / high;
      for (const kind of ['potential', 'total'] as const) {
        const { slope, error } = inverseTemperatureDifference(cold[kind], hot[kind]);
        const quantiles = Math.abs(slope - expected) / error;
        process.stdout.write(
          `${name}, ${kind}: slope ${slope.toFixed(5)} +- ${error.toFixed(5)}, beta1 - beta2 ${expected.toFixed(5)}, ${quantiles.toFixed(2)} quantiles\n`,
        );
        assert.ok(quantiles < 3, `${name}, ${kind} energy: slope ${slope} +- ${error}, expected ${expected}`);
        assert.ok(error < 0.2 * expected, 'too few samples to tell');
      }
    });
  }

  test(`${platform}: Berendsen fails the same check`, async () => {
    const dynamics = thermostat('berendsen', 0.2);
    // Its total energy is so narrow that the two temperatures of above share no energy at all: nearer ones.
    const [low, high] = [1.3, 1.33];
    const [cold, hot] = [await energies(platform, dynamics(low), low), await energies(platform, dynamics(high), high)];
    const { slope, error } = inverseTemperatureDifference(cold.total, hot.total);
    const quantiles = Math.abs(slope - (1 / low - 1 / high)) / error;
    process.stdout.write(
      `Berendsen, total: slope ${slope.toFixed(5)} +- ${error.toFixed(5)}, ${quantiles.toFixed(2)} quantiles\n`,
    );
    assert.ok(quantiles > 3, `the check has no power: ${quantiles} quantiles`);
  });
}

test.run();
