/** Two pressures of one fluid: the ratio of their volume distributions is the difference of the pressures over kT. Both barostats. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blockAverage } from '../../engine/math/statistics.ts';
import { volume } from '../../engine/system/box.ts';
import { compile, ljMelt, nve } from '../support/systems.ts';

const temperature = 1.5;
const pressures = [1.9, 2.1];

/** Maximum likelihood of s in P(second|V) = 1/(1 + exp(-(c + s V))), and its error (Shirts, J. Chem. Theory Comput. 9, 909 (2013)). */
function slope(first: readonly number[], second: readonly number[]): { slope: number; error: number } {
  const all = [...first, ...second];
  const centre = all.reduce((a, b) => a + b) / all.length;
  let [c, s] = [0, 0];
  let [h0, h1, h2] = [0, 0, 0];
  for (let iteration = 0; iteration < 50; iteration++) {
    let [gc, gs] = [0, 0];
    [h0, h1, h2] = [0, 0, 0];
    all.forEach((v, k) => {
      const e = v - centre;
      const p = 1 / (1 + Math.exp(-(c + s * e)));
      const residual = (k >= first.length ? 1 : 0) - p;
      gc += residual;
      gs += residual * e;
      h0 += p * (1 - p);
      h1 += p * (1 - p) * e;
      h2 += p * (1 - p) * e * e;
    });
    const determinant = h0 * h2 - h1 * h1;
    c += (h2 * gc - h1 * gs) / determinant;
    s += (h0 * gs - h1 * gc) / determinant;
  }
  const inefficiency = Math.max(blockAverage(first).statisticalInefficiency, blockAverage(second).statisticalInefficiency);
  return { slope: s, error: Math.sqrt((h0 / (h0 * h2 - h1 * h1)) * inefficiency) };
}

for (const [type, settings] of [
  ['monte-carlo', { every: 5 }],
  ['stochastic-cell-rescaling', { every: 5, time: 0.5, compressibility: 0.1 }],
] as const) {
  test(`${type}: volumes at two pressures have the ratio of the isobaric ensemble`, async () => {
    const volumes: number[][] = [];
    for (const pressure of pressures) {
      const context = await compile('wasm', ljMelt(4, 0.75, 'switch'), {
        ...nve,
        timestep: 0.004,
        seed: 5,
        thermostat: { type: 'velocity-rescaling', settings: { temperature, time: 0.1 } },
        barostat: { type, settings: { pressure, ...settings } },
      });
      context.drawVelocities(temperature);
      context.advance(5000);
      const values: number[] = [];
      for (let k = 0; k < 2000; k++) {
        context.advance(20);
        values.push(volume(context.box));
      }
      volumes.push(values);
    }
    const found = slope(volumes[0], volumes[1]);
    const expected = -(pressures[1] - pressures[0]) / temperature;
    const quantiles = (found.slope - expected) / found.error;
    console.log(
      `${type}: slope ${found.slope.toFixed(4)} +- ${found.error.toFixed(4)}, exact ${expected.toFixed(4)}: ${quantiles.toFixed(2)} quantiles`,
    );
    assert.ok(Math.abs(quantiles) < 3 && found.error < 0.3 * Math.abs(expected));
  });
}

test.run();
