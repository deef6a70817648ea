/** What CZAR on bins makes of the Mueller-Brown potential (times 0.15, kT 1) when its counts and spring forces are exact: the error of its bins alone. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { czarEnergy } from '../../../plugins/biasing/czar.ts';
import { type Bins, ForceBins } from '../../../plugins/biasing/force-bins.ts';
import { all } from './support.ts';

/** An axis of the quadrature: `sub` points a bin, and a margin beyond the bins. */
interface Axis extends Bins {
  readonly spacing: number;
  readonly points: number;
  readonly margin: number;
}

function axisOf(start: number, length: number, width: number, sub: number): Axis {
  const count = Math.round(length / width);
  const margin = sub * Math.ceil(0.4 / width);
  return {
    start,
    width: length / count,
    count,
    periodic: false,
    spacing: length / count / sub,
    points: count * sub + 2 * margin,
    margin,
  };
}

const at = ({ start, spacing, margin }: Axis, i: number) => start + (i - margin + 0.5) * spacing;

/** The mean over a Gaussian about each point along an axis (0: the slow one), of the function, or of it times the distance. */
function smoothed(f: Float64Array, axes: readonly [Axis, Axis], along: 0 | 1, sigma: number, moment: 0 | 1): Float64Array {
  const { spacing, points } = axes[along];
  const stride = along === 0 ? axes[1].points : 1;
  // Five standard deviations are too few: far from a well the bias is e^20 times greater.
  const reach = Math.ceil((7 * sigma) / spacing);
  const gauss = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * (((k - reach) * spacing) / sigma) ** 2));
  const total = gauss.reduce((a, b) => a + b);
  return f.map((_, p) => {
    const here = Math.floor(p / stride) % points;
    let sum = 0;
    for (let k = Math.max(-reach, -here); k <= Math.min(reach, points - 1 - here); k++)
      sum += gauss[k + reach] * (moment ? k * spacing : 1) * f[p + k * stride];
    return sum / total;
  });
}

/** How far P(y < 0.75) is off, relative, when exp(-bias) flattens the extended variables. */
function off(width: number, sigma: number): number {
  const sub = Math.round(width / 0.0075);
  const axes: [Axis, Axis] = [axisOf(-1.5, 2.7, width, sub), axisOf(-0.4, 2.28, width, sub)];
  const [x, y] = axes;
  const { evaluate } = all.get('field', 'mueller-brown');
  const out = new Float64Array(4);
  const density = new Float64Array(x.points * y.points).map((_, p) => {
    evaluate(at(x, Math.floor(p / y.points)), at(y, p % y.points), 0, Float64Array.of(0.15), 0, out);
    return Math.exp(-(out[0] + 22));
  });
  const extended = smoothed(smoothed(density, axes, 0, sigma, 0), axes, 1, sigma, 0);
  const flat = extended.map((value) => 1 / Math.max(value, 1e-30));
  const along = [0, 1].map((m) => smoothed(flat, axes, 0, sigma, m as 0 | 1));
  const [weight, dx, dy] = [
    smoothed(along[0], axes, 1, sigma, 0),
    smoothed(along[1], axes, 1, sigma, 0),
    smoothed(along[0], axes, 1, sigma, 1),
  ];
  const component = (name: string): Component => ({ name, dimension: 'dimensionless', period: null });
  const bins = new ForceBins([component('x'), component('y')], axes, '');
  let [below, total] = [0, 0];
  density.forEach((rho, p) => {
    const point = [at(x, Math.floor(p / y.points)), at(y, p % y.points)];
    total += rho;
    if (point[1] < 0.75) below += rho;
    const bin = bins.indexOf(point);
    if (bin < 0) return;
    bins.samples[bin] += rho * weight[p];
    bins.sums[2 * bin] += (rho * dx[p]) / sigma ** 2;
    bins.sums[2 * bin + 1] += (rho * dy[p]) / sigma ** 2;
  });
  // Bins a run of finite length would not see.
  const most = bins.samples.reduce((a, b) => Math.max(a, b));
  bins.samples.forEach((n, bin) => {
    if (n < 1e-6 * most) bins.samples[bin] = 0;
  });
  let [found, whole] = [0, 0];
  czarEnergy(bins, 1).forEach((A, bin) => {
    if (!Number.isFinite(A)) return;
    whole += Math.exp(-A);
    if (bins.middle(bin, 1) < 0.75) found += Math.exp(-A);
  });
  return found / whole / (below / total) - 1;
}

test('with exact counts and forces, P(y < 0.75) is off by the bins alone: with the square of their width', () => {
  const [wide, narrow] = [off(0.03, 0.03), off(0.015, 0.03)];
  // Found: 0.0131 and 0.0031.
  assert.ok(Math.abs(wide) < 0.02, `${wide}`);
  assert.ok(Math.abs(narrow) < 0.5 * Math.abs(wide), `${narrow} ${wide}`);
});

test.run();
