/** c(t) of metadynamics: the formula, whatever has been computed before, and on grids that have been extended since. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { gridForHills, HillGrid } from '../../../plugins/biasing/hills.ts';
import { ReweightingConstant } from '../../../plugins/biasing/reweighting-constant.ts';
import { normal, uniform } from '../../support/trajectories.ts';

const components: Component[] = ['a', 'b'].map((name) => ({ name, dimension: 'dimensionless', period: null }));
const kT = 2.5;

for (const biasFactor of [null, 8])
  test(`c(t) with the bias factor ${biasFactor} is the ratio of its sums after every hill, and does not depend on what was computed before`, () => {
    const gauss = normal(uniform(4));
    const ends = { from: [-1, -1], to: [1, 1] };
    const hills = new HillGrid(components, gridForHills(components, [0.1, 0.1], ends, ''), '', null);
    const { grid } = hills;
    const kept = new ReweightingConstant(kT, biasFactor);
    const points = new Set<number>();
    for (let k = 0; k < 120; k++) {
      hills.add({ centre: [gauss(), gauss()], sigma: [0.3, 0.3], height: 20 });
      points.add(grid.points);
      const found = kept.of(grid);
      assert.is(found, new ReweightingConstant(kT, biasFactor).of(grid));
      const [above, below] = biasFactor === null ? [1 / kT, 0] : [8 / (7 * kT), 1 / (7 * kT)];
      let [up, down] = [0, 0];
      for (let p = 0; p < grid.points; p++) {
        up += Math.exp(above * grid.at(p));
        down += Math.exp(below * grid.at(p));
      }
      // Rounding of sums over some thousand points.
      assert.ok(Math.abs(found - kT * Math.log(up / down)) < 1e-10 * kT, `${found} ${kT * Math.log(up / down)}`);
    }
    assert.ok(points.size > 2, 'the grid was extended');
    let highest = 0;
    for (let p = 0; p < grid.points; p++) highest = Math.max(highest, grid.at(p));
    assert.ok(highest > 32 * kT, 'the sums were taken relative to another reference');
  });

test.run();
