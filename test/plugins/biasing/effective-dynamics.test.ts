/** Effective dynamics: eigenvalues from exact densities, and from a run along a variable that bends the axis. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spectrum } from '../../../plugins/biasing/effective-dynamics.ts';
import { readJson, scratch } from '../../support/fixtures.ts';
import { runStages } from '../../support/stages.ts';
import { all } from './support.ts';

const test = suite('effective dynamics');

function within(found: number, expected: number, part: number): void {
  assert.ok(Math.abs(found / expected - 1) < part, `${found} instead of ${expected}`);
}

/** Eigenvalues for a density on bins with constant diffusion. */
function eigenvalues(density: (x: number) => number, from: number, to: number, count: number, diffusion: number): number[] {
  const width = (to - from) / count;
  const probability = Float64Array.from({ length: count }, (_, k) => density(from + (k + 0.5) * width));
  const axis = { start: from, width, count, periodic: false };
  return spectrum({ axis, probability, diffusion: new Float64Array(count).fill(diffusion) }).eigenvalues;
}

test('the double well (x^2 - 1)^2 at kT 1 has its three known eigenvalues', () => {
  const found = eigenvalues((x) => Math.exp(-((x * x - 1) ** 2)), -3, 3, 300, 1);
  // Converged values of numbers.md's source problem; the bins of 0.02 leave width^2 times curvatures.
  [0.748682, 6.00411, 11.6607].forEach((expected, k) => {
    within(found[k], expected, 2e-3);
  });
});

test('Mueller-Brown at kT 10 along y and x: 1.732 and 6.018, above the 0.200 of the full dynamics', () => {
  const { evaluate } = all.get('field', 'mueller-brown');
  const out = new Float64Array(4);
  const weight = (x: number, y: number) => {
    evaluate(x, y, 0, Float64Array.of(1), 0, out);
    return Math.exp(-(out[0] + 147) / 10);
  };
  const sum = (f: (t: number) => number, from: number, to: number) => {
    let total = 0;
    for (let k = 0; k < 400; k++) total += f(from + ((to - from) * (k + 0.5)) / 400);
    return total;
  };
  const y = eigenvalues((t) => sum((x) => weight(x, t), -2.2, 2), -1, 2.6, 300, 10);
  const x = eigenvalues((t) => sum((s) => weight(t, s), -1.2, 2.8), -2, 1.8, 320, 10);
  within(y[0], 1.732, 5e-3);
  within(x[0], 6.018, 5e-3);
});

test('a run in one dimension, seen along a bent axis, is as slow as along the straight one', async () => {
  const folder = scratch();
  const stages = [
    {
      name: 'run',
      do: 'simulate',
      system: { build: 'model', dimensions: 1, start: [[-1]], forces: [{ type: 'double-well' }] },
      dynamics: { integrator: 'overdamped-langevin', timestep: 0.004, temperature: 1, friction: 1 },
      variables: {
        x: { type: 'position', axis: 'x' },
        bent: { type: 'expression', of: ['x'], value: 'x + x^3/3' },
      },
      run: { steps: 1_000_000 },
      output: { everySteps: 100, forces: false },
    },
    { name: 'straight', do: 'effective-dynamics', from: 'run', variable: 'x', bins: 60 },
    { name: 'bent', do: 'effective-dynamics', from: 'run', variable: 'bent', bins: 60 },
  ];
  await runStages({ name: 'double', units: 'lj', seed: 5, stages }, all, folder);
  const [straight, bent] = ['straight', 'bent'].map(
    (name) => readJson<{ eigenvalues: number[] }>(join(folder, name, 'effective-dynamics.json')).eigenvalues,
  );
  // 4000 time units are some 3000 relaxation times: 3 % from the depths of the wells and the barrier's density; Euler's steps add 1 %.
  within(straight[0], 0.748682, 0.1);
  within(bent[0], straight[0], 0.05);
});

test.run();
