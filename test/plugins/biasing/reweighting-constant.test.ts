/** c(t) of metadynamics: the formula, whatever has been computed before, and wherever the grid ends. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Component, parseFields } from '../../../engine/index.ts';
import type { HermiteGrid } from '../../../plugins/biasing/grid.ts';
import { gridForHills, HillGrid } from '../../../plugins/biasing/hills.ts';
import { ReweightingConstant } from '../../../plugins/biasing/reweighting-constant.ts';
import { doubleWell } from '../../support/double-well.ts';
import { scratch } from '../../support/fixtures.ts';
import { runStages } from '../../support/stages.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { all as registry } from './support.ts';

const components: Component[] = ['a', 'b'].map((name) => ({ name, dimension: 'dimensionless', period: null }));
const kT = 2.5;

/** The formula over all points of a grid. */
function formula(grid: HermiteGrid, biasFactor: number | null): number {
  const [above, below] = biasFactor === null ? [1 / kT, 0] : [biasFactor / ((biasFactor - 1) * kT), 1 / ((biasFactor - 1) * kT)];
  let [up, down] = [0, 0];
  for (let p = 0; p < grid.points; p++) {
    up += Math.exp(above * grid.at(p));
    down += Math.exp(below * grid.at(p));
  }
  return kT * Math.log(up / down);
}

for (const biasFactor of [null, 8])
  test(`c(t) with the bias factor ${biasFactor} on a grid that is extended is the formula on a fixed one that holds all hills, after every hill`, () => {
    const gauss = normal(uniform(4));
    const made = (from: number[], to: number[]) =>
      new HillGrid(components, gridForHills(components, [0.1, 0.1], { from, to }, ''), '', () => undefined);
    // Points at multiples of 0.1 in both, those of the wide one where no hill will reach beyond.
    const [hills, wide] = [made([-1, -1], [1, 1]), made([-6, -6], [6, 6])];
    const domain = wide.grid.points;
    const kept = new ReweightingConstant(kT, biasFactor, domain);
    const points = new Set<number>();
    for (let k = 0; k < 120; k++) {
      const hill = { centre: [gauss(), gauss()], sigma: [0.3, 0.3], height: 20 };
      hills.add(hill);
      wide.add(hill);
      points.add(hills.grid.points);
      const found = kept.of(hills.grid);
      assert.is(found, new ReweightingConstant(kT, biasFactor, domain).of(hills.grid));
      // Rounding of sums over some thousand points.
      const expected = formula(wide.grid, biasFactor);
      assert.ok(Math.abs(found - expected) < 1e-9 * kT, `${found} ${expected}`);
    }
    assert.ok(points.size > 2, 'the grid was extended');
    assert.is(wide.grid.points, domain);
    let highest = 0;
    for (let p = 0; p < wide.grid.points; p++) highest = Math.max(highest, wide.grid.at(p));
    assert.ok(highest > 32 * kT, 'the sums were taken relative to another reference');
  });

test('where the grid is larger than the domain, and before the first hill, c(t) is finite and 0', () => {
  const hills = new HillGrid(components, gridForHills(components, [0.1, 0.1], { from: [-1, -1], to: [1, 1] }, ''), '', null);
  const constant = new ReweightingConstant(kT, 8, 100);
  assert.is(constant.of(hills.grid), 0);
  hills.add({ centre: [0, 0], sigma: [0.3, 0.3], height: 20 });
  assert.ok(hills.grid.points > 1000);
  assert.ok(constant.of(hills.grid) > 0);
});

const well = {
  ...doubleWell,
  run: { steps: 200_000 },
  output: { everySteps: 100_000, logEverySteps: 50, forces: false },
};
const sigma = 0.15;
const bias = { type: 'metadynamics', variables: ['x'], sigma, height: 0.5, everySteps: 100, biasFactor: 8 };

/** -kT ln of the weighted number of rows at x > 0 over that at x < 0. */
function difference(x: Float64Array, logWeights: ArrayLike<number>, first: number): number {
  let [left, right] = [0, 0];
  const most = Math.max(...Array.from(logWeights).slice(first));
  for (let r = first; r < x.length; r++) {
    const weight = Math.exp(logWeights[r] - most);
    if (x[r] > 0) right += weight;
    else left += weight;
  }
  return -Math.log(right / left);
}

test('a run whose grid is extended has the weights, and so the free energies, of a wide fixed grid', async () => {
  const folder = scratch();
  await runStages({ name: 'well', units: 'lj', seed: 2, stages: [{ name: 'run', ...well, biases: { bias } }] }, registry, folder);
  const read = (file: string) => parseFields(readFileSync(join(folder, 'run', file), 'utf8'), file).columns;
  const [hills, rows] = [read('HILLS'), read('COLVAR')];
  /** c(t) at every row by the formula on fixed points from -4 to 4, a tenth of sigma apart; integrals are over `size`, of which the rest has no hills. */
  const byFormula = (size: number): Float64Array => {
    const spacing = sigma / 10;
    const V = new Float64Array(Math.round(8 / spacing));
    const rest = size / spacing - V.length;
    let next = 0;
    let current = 0;
    return rows.time.map((time) => {
      const before = next;
      for (; next < hills.time.length && hills.time[next] < time - 1e-9; next++)
        V.forEach((_, p) => {
          const d = (-4 + p * spacing - hills.x[next]) / sigma;
          V[p] += (7 / 8) * hills.height[next] * Math.exp(-0.5 * d * d);
        });
      if (next > before) {
        let [up, down] = [rest, rest];
        for (const value of V) {
          up += Math.exp((8 / 7) * value);
          down += Math.exp(value / 7);
        }
        current = Math.log(up / down);
      }
      return current;
    });
  };
  const same = byFormula(20 * sigma);
  // Two grids of a smooth function, one of them with hills left off at 1e-8 of their height and cubic between its points.
  rows['bias.rct'].forEach((value, r) => {
    assert.ok(Math.abs(value - same[r]) < 1e-4, `${rows.time[r]}: ${value} ${same[r]}`);
  });
  let fall = 0;
  for (let r = 1; r < same.length; r++) fall = Math.min(fall, rows['bias.rct'][r] - rows['bias.rct'][r - 1]);
  // Noise of a quotient of sums: a hill where there is little adds more to the lower one. Each extension took 0.15 to 0.22 off before.
  assert.ok(fall > -0.02, `${fall}`);
  const first = 800;
  const found = difference(rows.x, rows['bias.rbias'], first);
  const weights = (constant: Float64Array) => rows['bias.bias'].map((V, r) => V - constant[r]);
  assert.ok(Math.abs(found - difference(rows.x, weights(same), first)) < 1e-3);
  // How large a fixed grid is, 8 in place of 3 here, moves weights against each other while they still grow: far less than the error, 0.2 of runs of this length.
  const larger = difference(rows.x, weights(byFormula(8)), first);
  assert.ok(Math.abs(found - larger) < 0.05, `${found} ${larger}`);
  assert.ok(Math.abs(found - 1.934) < 0.6, `${found}`);
});

test.run();
