/** Metadynamics: hills against independent sums, grids that grow, the file of hills, restarts, and what is conserved. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Component, InputError, openBox } from '../../../engine/index.ts';
import { axisOf, HermiteGrid } from '../../../plugins/biasing/grid.ts';
import { gridForHills, HillGrid, HillList } from '../../../plugins/biasing/hills.ts';
import { hillLine, hillsHeader, mergeHills, readHills } from '../../../plugins/biasing/hills-file.ts';
import { scratch } from '../../support/fixtures.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { biased, chain, plane, report } from './support.ts';

const test = suite('metadynamics');

const phi: Component = { name: 'phi', dimension: 'angle', period: { from: -Math.PI, to: Math.PI } };
const d: Component = { name: 'd', dimension: 'length', period: null };
const w: Component = { name: 'w', dimension: 'dimensionless', period: null };
const random = uniform(3);
const gauss = normal(random);

/** An independent reader: the formula, nothing else. */
function sum(lines: readonly string[], at: readonly number[], periods: readonly (number | null)[]): number {
  const n = at.length;
  let energy = 0;
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    const numbers = line.trim().split(/\s+/).map(Number);
    let exponent = 0;
    for (let c = 0; c < n; c++) {
      let u = at[c] - numbers[1 + c];
      const period = periods[c];
      if (period !== null) u -= period * Math.round(u / period);
      exponent += (u / numbers[1 + n + c]) ** 2 / 2;
    }
    const gamma = numbers[2 + 2 * n];
    const height = gamma > 1 ? (numbers[1 + 2 * n] * (gamma - 1)) / gamma : numbers[1 + 2 * n];
    energy += height * Math.exp(-exponent);
  }
  return energy;
}

function someHills(components: readonly Component[], count: number) {
  return Array.from({ length: count }, () => ({
    centre: components.map(({ period }) => (period ? 2 * Math.PI * (random() - 0.5) : 2 * gauss())),
    sigma: components.map(() => 0.3 + 0.1 * random()),
    height: 0.5 + random(),
  }));
}

for (const components of [[phi], [d], [phi, d], [d, phi, w]]) {
  const names = components.map(({ name }) => name).join(', ');
  test(`hills over ${names}: the list is the formula to 1e-8, the grid to what cubic interpolation leaves`, () => {
    const hills = someHills(components, components.length === 3 ? 8 : 40);
    const lines = hills.map((hill, k) => hillLine(k, hill, null));
    const list = new HillList(components);
    const spacing = components.map(() => 0.06);
    const ends = { from: components.map(() => -0.1), to: components.map(() => 0.1) };
    const notes: string[] = [];
    const grid = new HillGrid(components, gridForHills(components, spacing, ends, ''), '', (line) => void notes.push(line));
    for (const hill of hills) {
      list.add(hill);
      grid.add(hill);
    }
    if (components.some(({ period }) => !period)) assert.match(notes[0], /too short along (d|w) and has been extended/);
    const periods = components.map(({ period }) => (period ? 2 * Math.PI : null));
    for (let k = 0; k < 200; k++) {
      const at = components.map(() => 3 * gauss());
      const expected = sum(lines, at, periods);
      const slopes = new Float64Array(components.length);
      // What is cut off a Gaussian is 1e-8 of its height.
      const exact = list.evaluate(Float64Array.from(at), slopes);
      assert.ok(Math.abs(exact - expected) < 1e-8 * hills.length, `${exact} ${expected}`);
      const onGrid = new Float64Array(components.length);
      const value = grid.evaluate(Float64Array.from(at), onGrid);
      // h^4/384 times the fourth derivative, 3/sigma^4: 1e-5 of a height at this spacing, for the hills that overlap; slopes h^3/125.
      assert.ok(Math.abs(value - expected) < 3e-4, `${value} ${expected}`);
      onGrid.forEach((slope, c) => {
        assert.ok(Math.abs(slope - slopes[c]) < 6e-3, `${slope} ${slopes[c]}`);
      });
    }
  });
}

test('the slope on a grid is the derivative of what is interpolated', () => {
  const components = [phi, d, w];
  const grid = new HermiteGrid(
    components.map((component) => axisOf(component, 0.2, -3, 3)),
    '',
  );
  for (const { centre, sigma, height } of someHills(components, 5)) grid.addGaussian(centre, sigma, height);
  for (let k = 0; k < 50; k++) {
    const at = Float64Array.from(components, () => gauss());
    const slopes = new Float64Array(3);
    grid.evaluate(at, slopes);
    for (let c = 0; c < 3; c++) {
      const h = 1e-6;
      const moved = (step: number) =>
        grid.evaluate(
          at.map((x, j) => (j === c ? x + step : x)),
          new Float64Array(3),
        );
      assert.ok(Math.abs((moved(h) - moved(-h)) / (2 * h) - slopes[c]) < 1e-7);
    }
  }
});

test('a fixed trajectory leaves hills whose independent sum is the bias', async () => {
  const hills = { type: 'metadynamics', variables: ['r', 'phi'], sigma: [0.02, 0.3], height: 1.2, everySteps: 10, biasFactor: 6 };
  for (const grid of [false, true]) {
    const made = await biased(chain, { m: { ...hills, grid } });
    made.context.drawVelocities(300);
    const lines: string[] = [];
    const components = made.variables.components.slice(0, 2);
    for (let k = 0; k < 40; k++) {
      made.context.advance(10);
      const at = made.variables.evaluate(made.context.positions, openBox).slice(0, 2);
      const before = sum(lines, at, [null, 2 * Math.PI]);
      const found = report(made)['m.bias'];
      assert.ok(Math.abs(found - before) < (grid ? 1e-3 : 1e-8 * 40), `${found} ${before}`);
      // The hill that the next step begins with.
      const height = 1.2 * Math.exp(-found / (0.00831446261815324 * 300 * 5));
      lines.push(hillLine(k, { centre: at, sigma: [0.02, 0.3], height }, 6));
    }
    const read = readHills(`${hillsHeader(components)}\n${lines.join('\n')}\n`, components, 'HILLS').hills;
    assert.is(read.length, 40);
    assert.ok(Math.abs(read[39].height - 1.2 * Math.exp(-report(made)['m.bias'] / (0.00831446261815324 * 1500))) < 1e-9);
  }
});

test('what hills put in is counted: the conserved energy stays', async () => {
  const made = await biased(plane, { m: { type: 'metadynamics', variables: ['x', 'y'], sigma: 0.2, height: 1, everySteps: 20 } });
  const { context } = made;
  context.drawVelocities(1);
  const first = context.observe().conserved;
  context.advance(4000);
  // A hill of height 1 where the particle is puts in 1.
  assert.ok(Math.abs(made.force.reservoirEnergy() + 199) < 0.01);
  // What is left is the integrator's own error, some 0.01 kT here, and the half kick after a hill that is made without it: nothing at its top.
  assert.ok(Math.abs(context.observe().conserved - first) < 0.05, `${context.observe().conserved - first}`);
});

test('c(t) is the ratio of its two integrals', async () => {
  const settings = { type: 'metadynamics', variables: ['phi'], sigma: 0.4, height: 2, everySteps: 5, biasFactor: 6 };
  const made = await biased(chain, { m: settings });
  made.context.drawVelocities(300);
  made.context.advance(300);
  const kT = 0.00831446261815324 * 300;
  let above = 0;
  let below = 0;
  const x = made.context.positions.slice();
  const turned = x.slice();
  // The bias at all angles: the last bead turned about the axis of the middle ones, by a formula that only this test uses.
  const points = 720;
  const u = [0, 1, 2].map((c) => x[6 + c] - x[3 + c]);
  const length = Math.hypot(...u);
  for (let k = 0; k < points; k++) {
    const angle = (2 * Math.PI * k) / points;
    const v = [0, 1, 2].map((c) => x[9 + c] - x[6 + c]);
    const n = u.map((value) => value / length);
    const dot = v[0] * n[0] + v[1] * n[1] + v[2] * n[2];
    const cross = [n[1] * v[2] - n[2] * v[1], n[2] * v[0] - n[0] * v[2], n[0] * v[1] - n[1] * v[0]];
    for (let c = 0; c < 3; c++)
      turned[9 + c] = x[6 + c] + v[c] * Math.cos(angle) + cross[c] * Math.sin(angle) + n[c] * dot * (1 - Math.cos(angle));
    const energy = made.force.compute(turned, openBox, new Float64Array(15), new Float64Array(9));
    above += Math.exp(((6 / 5) * energy) / kT);
    below += Math.exp(((1 / 5) * energy) / kT);
  }
  made.force.compute(x, openBox, new Float64Array(15), new Float64Array(9));
  const { 'm.rct': constant, 'm.bias': bias, 'm.rbias': rest } = report(made);
  // Both are sums over equidistant points of a smooth periodic function; cubic interpolation differs by 1e-4 of a hill.
  assert.ok(Math.abs(constant - kT * Math.log(above / below)) < 1e-3, `${constant} ${kT * Math.log(above / below)}`);
  assert.ok(Math.abs(bias - constant - rest) < 1e-12);
});

test('settings that make no sense are refused by name', async () => {
  const good = { type: 'metadynamics', variables: ['r', 'phi'], sigma: [0.02, 0.3], height: 1, everySteps: 10 };
  const refused = async (changes: object, pattern: RegExp, start: typeof chain = chain) => {
    try {
      await biased(start, { m: { ...good, ...changes } });
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, pattern);
      return;
    }
    assert.unreachable(`${pattern}`);
  };
  await refused(
    { variables: ['r', 'theta'] },
    /biases\.m\.variables\[1\]: there is no variable "theta".* Defined under "variables": r, phi, psi/,
  );
  await refused({ sigma: [0.1] }, /biases\.m\.sigma: has 1 values; the variables have 2 components \(r, phi\)/);
  await refused({ sigma: ['0.2 A', '10 K'] }, /biases\.m\.sigma/);
  await refused({ everySteps: 10, every: 1 }, /found both "every" and "everySteps"/);
  await refused({ biasFactor: 5 }, /needs a temperature/, {
    ...chain,
    dynamics: { integrator: 'velocity-verlet', timestep: '1 fs' },
  });
  await refused(
    { restart: 'nowhere/HILLS' },
    /biases\.m\.restart: the hills to start from are not there: "nowhere\/HILLS" cannot be read/,
  );
});

test('hills of other variables are no start', () => {
  const text = `${hillsHeader([phi])}\n${hillLine(1, { centre: [1], sigma: [0.3], height: 1 }, null)}\n`;
  assert.throws(() => readHills(text, [d], 'HILLS'), /HILLS: has no field d, sigma_d; these are hills of other variables/);
  assert.throws(
    () => readHills(text.replace('kerneltype gaussian', 'kerneltype triangular'), [phi], 'HILLS'),
    /holds kernels of the type "triangular"; "gaussian" and "stretched-gaussian" are understood/,
  );
  const stretched = text.replace('kerneltype gaussian', 'kerneltype stretched-gaussian');
  assert.throws(
    () => readHills(text + stretched, [phi], 'HILLS'),
    /says "kerneltype" gaussian and stretched-gaussian: it holds hills of different forms/,
  );
});

test('hills of several files are merged by time, each as often as in the file with most of it', () => {
  const hill = (time: number, centre: number) => ({ time, centre: [centre], sigma: [0.1], height: 1 });
  const merged = mergeHills([
    [hill(-2, 0.5), hill(-1, 0.5), hill(1, 0.6), hill(3, 0.7)],
    [hill(-2, 0.5), hill(-1, 0.5), hill(2, 0.8), hill(2.5, 0.6), hill(4, 0.8)],
  ]);
  assert.equal(
    merged.map(({ time, centre }) => [time, centre[0]]),
    [
      [-2, 0.5],
      [-1, 0.5],
      [1, 0.6],
      [2, 0.8],
      [3, 0.7],
      [4, 0.8],
    ],
  );
});

test('walkers that share a folder add their hills to one bias, each once, also after an interruption', async () => {
  const shared = scratch();
  const walker = (id: number) =>
    biased(
      plane,
      {
        m: {
          type: 'metadynamics',
          variables: ['y'],
          sigma: 0.1,
          height: 1,
          everySteps: 10,
          grid: false,
          walkers: { folder: shared, id, count: 2, everySteps: 20 },
        },
      },
      'reference',
      {},
      10 + id,
    );
  const [a, b] = [await walker(0), await walker(1)];
  for (const { context } of [a, b]) context.drawVelocities(1);
  a.context.advance(101);
  b.context.advance(101);
  const saved = b.context.save();
  b.context.advance(20);
  a.context.advance(40);
  const files = [0, 1].map((id) => readFileSync(join(shared, `HILLS.${id}`), 'utf8').split('\n'));
  const y = b.variables.evaluate(b.context.positions, openBox)[1];
  // Of b: its own hills so far, and those that a had left when b last looked, at step 120: all of its first 101 steps.
  const own = files[1].filter((line) => !line.startsWith('#') && line !== '').slice(0, 12);
  const others = files[0].filter((line) => !line.startsWith('#') && line !== '').slice(0, 10);
  assert.ok(Math.abs(report(b)['m.bias'] - sum([...own, ...others], [y], [null])) < 1e-6);
  // Taken up from its checkpoint, b finds what it had added since as hills that are there, and adds none of the others twice.
  const again = await walker(1);
  again.context.load(saved);
  again.context.advance(20);
  const now = readFileSync(join(shared, 'HILLS.1'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  const z = again.variables.evaluate(again.context.positions, openBox)[1];
  assert.is(now.length, 14);
  const all = files[0].filter((line) => !line.startsWith('#') && line !== '');
  assert.ok(Math.abs(report(again)['m.bias'] - sum([...now, ...all], [z], [null])) < 1e-6);
});

test.run();
