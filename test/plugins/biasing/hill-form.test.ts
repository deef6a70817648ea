/** Hills at a slant and stretched ones: against their formulas, on grids, and in files as PLUMED writes them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { addHill, type HillForm, HillShape } from '../../../plugins/biasing/hill-form.ts';
import { gridForHills, type Hill, HillGrid, HillList } from '../../../plugins/biasing/hills.ts';
import { checkForm, hillLine, hillsHeader, readHills } from '../../../plugins/biasing/hills-file.ts';
import { uniform } from '../../support/trajectories.ts';

const period = { from: -Math.PI, to: Math.PI };
const all: Component[] = [
  { name: 'a', dimension: 'dimensionless', period: null },
  { name: 'phi', dimension: 'angle', period },
  { name: 'b', dimension: 'dimensionless', period: null },
];
const random = uniform(8);

/** A lower triangle, diagonal by diagonal, and the covariance that it makes. */
function slanted(n: number): { sigma: number[]; covariance: number[][] } {
  const L = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (j > i ? 0 : i === j ? 0.3 + 0.1 * random() : 0.3 * (random() - 0.5))),
  );
  const sigma = L.flatMap((_, below) => L.slice(below).map((row, j) => row[j]));
  return { sigma, covariance: L.map((row) => L.map((other) => row.reduce((sum, value, k) => sum + value * other[k], 0))) };
}

/** u^T C^-1 u by Gaussian elimination of C x = u. */
function squareOf(covariance: readonly number[][], u: readonly number[]): number {
  const n = u.length;
  const rows = covariance.map((row, i) => [...row, u[i]]);
  for (let i = 0; i < n; i++)
    for (let k = i + 1; k < n; k++) {
      const factor = rows[k][i] / rows[i][i];
      for (let j = i; j <= n; j++) rows[k][j] -= factor * rows[i][j];
    }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    x[i] = rows[i][n];
    for (let j = i + 1; j < n; j++) x[i] -= rows[i][j] * x[j];
    x[i] /= rows[i][i];
  }
  return u.reduce((sum, value, i) => sum + value * x[i], 0);
}

const forms: HillForm[] = [
  { kernel: 'stretched-gaussian', multivariate: false },
  { kernel: 'gaussian', multivariate: true },
  { kernel: 'stretched-gaussian', multivariate: true },
];

for (const form of forms)
  for (const n of [1, 2, 3])
    test(`${form.multivariate ? 'multivariate ' : ''}${form.kernel} hills of ${n} components: list and grid are the formula, slopes its derivatives`, () => {
      const components = all.slice(0, n);
      const made = Array.from({ length: n === 3 ? 4 : 10 }, () => {
        const { sigma, covariance } = slanted(n);
        const own = form.multivariate ? sigma : sigma.slice(0, n);
        const diagonal = own.map((s, i) => own.slice(0, n).map((_, j) => (i === j ? s * s : 0))).slice(0, n);
        const hill: Hill = { centre: components.map(() => 5 * (random() - 0.5)), sigma: own, height: 1 };
        return { hill, covariance: form.multivariate ? covariance : diagonal };
      });
      const list = new HillList(components, form);
      const ends = { from: components.map(() => -0.1), to: components.map(() => 0.1) };
      const grid = new HillGrid(
        components,
        gridForHills(
          components,
          components.map(() => 0.06),
          ends,
          '',
        ),
        '',
        null,
        form,
      );
      for (const { hill } of made) {
        list.add(hill);
        grid.add(hill);
      }
      const formula = (at: readonly number[]) =>
        made.reduce((sum, { hill, covariance }) => {
          const u = at.map((value, c) => {
            const d = value - hill.centre[c];
            return components[c].period ? d - 2 * Math.PI * Math.round(d / (2 * Math.PI)) : d;
          });
          const half = 0.5 * squareOf(covariance, u);
          if (form.kernel === 'gaussian') return sum + Math.exp(-half);
          return half < 6.25 ? sum + 1.001934187997447 * Math.exp(-half) - 0.0019341879974476 : sum;
        }, 0);
      let seen = 0;
      for (let k = 0; k < 200; k++) {
        const { hill } = made[k % made.length];
        const at = components.map((_, c) => hill.centre[c] + 2 * (random() - 0.5));
        const slopes = new Float64Array(n);
        const value = list.evaluate(Float64Array.from(at), slopes);
        assert.ok(Math.abs(value - formula(at)) < 1e-12, `${value} ${formula(at)}`);
        seen = Math.max(seen, value);
        const step = 1e-6;
        for (let c = 0; c < n; c++) {
          const [above, below] = [step, -step].map((h) => formula(at.map((x, j) => (j === c ? x + h : x))));
          // Rounding over the step; a slope of 0.02 may begin within it.
          assert.ok(Math.abs((above - below) / (2 * step) - slopes[c]) < 1e-8 || form.kernel !== 'gaussian', `${slopes[c]}`);
          assert.ok(Math.abs((above - below) / (2 * step) - slopes[c]) < 0.05);
        }
        const onGrid = new Float64Array(n);
        const found = grid.evaluate(Float64Array.from(at), onGrid);
        // 1e-5 of a smooth hill (metadynamics.test.ts), where they are narrower at a slant more of it; the edge of a stretched one is rounded by h/8 times its slope.
        assert.ok(Math.abs(found - value) < 2e-3, `${found} ${value}`);
        onGrid.forEach((slope, c) => void assert.ok(Math.abs(slope - slopes[c]) < 0.05, `${slope} ${slopes[c]}`));
      }
      assert.ok(seen > 0.5);
    });

test('files hold a lower triangle diagonal by diagonal, as PLUMED names its parts, and come back as they were', () => {
  const form: HillForm = { kernel: 'stretched-gaussian', multivariate: true };
  const header = hillsHeader(all, form);
  assert.match(
    header,
    '#! FIELDS time a phi b sigma_a_a sigma_phi_phi sigma_b_b sigma_phi_a sigma_b_phi sigma_b_a height biasf\n' +
      '#! SET multivariate true\n#! SET kerneltype stretched-gaussian\n',
  );
  const hill = { centre: [1, 2, 3], sigma: [0.1, 0.2, 0.3, 0.01, 0.02, 0.03], height: 1.5 };
  const read = readHills(`${header}\n${hillLine(4, hill, null)}\n`, all, 'HILLS');
  assert.equal(read, { form, hills: [{ time: 4, ...hill }] });
  assert.throws(
    () => checkForm({ kernel: 'gaussian', multivariate: false }, form, 'HILLS'),
    /HILLS: holds hills of the form gaussian, the others are multivariate stretched-gaussian; they cannot be put together/,
  );
});

test('a hill that lies beyond the ends of a grid, on either side, adds nothing there and spoils nothing', () => {
  const [a] = all;
  for (const kernel of ['gaussian', 'stretched-gaussian'] as const)
    for (const place of [-9, 9]) {
      const form: HillForm = { kernel, multivariate: false };
      const grid = gridForHills([a], [0.1], { from: [-1], to: [1] }, '');
      const shape = new HillShape(form, 1);
      addHill(grid, form, shape, { centre: [place], sigma: [0.3], height: 1 });
      assert.ok(grid.data.every((number) => number === 0));
      addHill(grid, form, shape, { centre: [0], sigma: [0.3], height: 1 });
      assert.ok(Math.abs(grid.at(10) - 1) < 1e-15);
    }
});

test.run();
