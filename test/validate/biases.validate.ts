/** The scenarios `mueller-brown-bias` and `alanine-dipeptide-bias` against quadrature and against published free energies. */
import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { all } from '../plugins/biasing/support.ts';
import { md } from '../support/command.ts';
import { readJson, root, scratch } from '../support/fixtures.ts';

const test = suite('biases');
const folder = process.env.BIAS_RUNS ?? scratch();

async function run(name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, `scenarios/${name}.json`), join(folder, `${name}.json`));
  cpSync(join(root, 'scenarios/molecules'), join(folder, 'molecules'), { recursive: true });
  const { code, err } = await md(folder, 'run', `${name}.json`, '--continue', '--threads', '1');
  assert.is(code, 0, err);
}

function rows(name: string, stage: string): number[][] {
  const text = readFileSync(join(folder, 'runs', name, stage, 'free-energy.csv'), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
}

interface Result {
  readonly regions: Readonly<Record<string, { freeEnergy: number; error: number; probability: number }>>;
}
const result = (name: string, stage: string) => readJson<Result>(join(folder, 'runs', name, stage, 'free-energy.json'));

/** exp(-V/kT) of the Mueller-Brown potential on a fine grid, and what follows from it. */
function exact() {
  const { evaluate } = all.get('field', 'mueller-brown');
  const out = new Float64Array(4);
  const [nx, ny] = [1200, 1200];
  const x = Array.from({ length: nx }, (_, i) => -2.2 + (4.2 * i) / (nx - 1));
  const y = Array.from({ length: ny }, (_, j) => -1.2 + (4 * j) / (ny - 1));
  const [px, py] = [new Float64Array(nx), new Float64Array(ny)];
  for (let i = 0; i < nx; i++)
    for (let j = 0; j < ny; j++) {
      evaluate(x[i], y[j], 0, Float64Array.of(0.15), 0, out);
      const w = Math.exp(-(out[0] + 22));
      px[i] += w;
      py[j] += w;
    }
  const free = (p: Float64Array) => p.map((w) => -Math.log(w / Math.max(...p)));
  const total = py.reduce((a, b) => a + b);
  const lower = py.reduce((sum, w, j) => sum + (y[j] < 0.75 ? w : 0), 0) / total;
  return { x, y, Fx: free(px), Fy: free(py), lower };
}

function interpolate(at: readonly number[], values: Float64Array, x: number): number {
  const u = ((x - at[0]) / (at[at.length - 1] - at[0])) * (at.length - 1);
  const i = Math.min(at.length - 2, Math.max(0, Math.floor(u)));
  return values[i] + (u - i) * (values[i + 1] - values[i]);
}

test('Mueller-Brown times 0.15, kT 1: F(y) and F(x) by each bias within 0.15 kT below 10 kT, P(y < 0.75) within 5 %', async () => {
  await run('mueller-brown-bias');
  const { x, y, Fx, Fy, lower } = exact();
  assert.ok(Math.abs(lower - 0.003368) < 1e-5);
  for (const bias of ['metadynamics', 'opes', 'abf', 'eabf']) {
    const line: string[] = [bias];
    for (const [variable, at, F] of [
      ['y', y, Fy],
      ['x', x, Fx],
    ] as const) {
      const found = rows('mueller-brown-bias', `${bias}-${variable}`)
        .map(([s, value]) => [value, interpolate(at, F, s)])
        .filter(([, expected]) => expected < 10);
      const shift = found.reduce((sum, [a, b]) => sum + a - b, 0) / found.length;
      const rms = Math.sqrt(found.reduce((sum, [a, b]) => sum + (a - b - shift) ** 2, 0) / found.length);
      line.push(`F(${variable}) rms ${rms.toFixed(3)}`);
      assert.ok(rms < 0.15, `${bias} ${variable}: ${rms}`);
    }
    const { upper: _, lower: region } = result('mueller-brown-bias', `${bias}-y`).regions;
    line.push(`P(y < 0.75) ${region.probability.toPrecision(4)}, F error ${region.error.toFixed(3)}`);
    console.log(line.join('; '));
    assert.ok(Math.abs(region.probability / lower - 1) < 0.05, `${bias}: ${region.probability}`);
  }
});

test('Mueller-Brown unscaled, kT 10: effective dynamics along y 1.732 and along x 6.018 within 3 %', () => {
  for (const [variable, expected] of [
    ['y', 1.732],
    ['x', 6.018],
  ] as const) {
    const { eigenvalues } = readJson<{ eigenvalues: number[] }>(
      join(folder, 'runs/mueller-brown-bias', `slow-${variable}`, 'effective-dynamics.json'),
    );
    console.log(`along ${variable}: ${eigenvalues[0].toFixed(3)}, exact ${expected}`);
    assert.ok(Math.abs(eigenvalues[0] / expected - 1) < 0.03);
  }
});

test('alanine dipeptide in vacuum: the difference in phi within 1 kJ/mol of 9.5 and of each other within 0.4, the barrier of 35.9 within 1.5', async () => {
  await run('alanine-dipeptide-bias');
  const found = ['metadynamics', 'opes', 'abf', 'eabf'].map((bias) => {
    const { freeEnergy, error } = result('alanine-dipeptide-bias', `F-${bias}-phi`).regions.inside;
    // The barrier at -4 degrees: the highest point between C7eq and C7ax on the short way.
    const barrier = rows('alanine-dipeptide-bias', `F-${bias}-phi`)
      .filter(([phi]) => phi > -0.8 && phi < 0.6)
      .reduce((most, [, F]) => Math.max(most, F), 0);
    console.log(`${bias}: ${freeEnergy.toFixed(2)} +- ${error.toFixed(2)} kJ/mol, barrier ${barrier.toFixed(2)}`);
    assert.ok(Math.abs(barrier - 35.9) < 1.5, `${bias}: ${barrier}`);
    return freeEnergy;
  });
  for (const value of found) assert.ok(value > 8.5 && value < 10.5, `${value}`);
  assert.ok(Math.max(...found) - Math.min(...found) < 0.4, found.join(', '));
});

test.run();
