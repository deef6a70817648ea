/**
 * A function of one, two or three components on a regular grid, with values and derivatives at its points, cubic between them: it is
 * smooth, and its slope is the exact derivative of what is interpolated. Outside of a grid that is not periodic it is 0; `reach` extends
 * the grid so that nothing that is added ever lies outside.
 */
import { type Component, exp, InputError } from '../../engine/index.ts';

/** One axis: points at start + i spacing, i from 0 to points - 1; a periodic one goes on from the last to the first. */
export interface Axis {
  readonly start: number;
  readonly spacing: number;
  readonly points: number;
  readonly periodic: boolean;
}

export const mostAxes = 3;
/** More points than that are a mistake in the spacing, or a variable that has run away. */
const mostPoints = 2 ** 24;

/** Standard deviations from its centre at which a Gaussian is left off: 1e-8 of its height. */
export const gaussianReach = Math.sqrt(2 * Math.log(1e8));

/**
 * The axis of a component with points at most `spacing` apart.
 * @param from @param to the part to begin with, where it is not periodic
 */
export function axisOf({ period }: Component, spacing: number, from: number, to: number): Axis {
  if (!period) {
    const points = Math.max(2, Math.ceil((to - from) / spacing - 1e-9) + 1);
    return { start: from, spacing, points, periodic: false };
  }
  const points = Math.ceil((period.to - period.from) / spacing - 1e-9);
  return { start: period.from, spacing: (period.to - period.from) / points, points, periodic: true };
}

export class HermiteGrid {
  axes: Axis[];
  /** 2^d numbers a point, first axis fastest: bit k of their index says whether it is the derivative by axis k, per spacing. */
  data: Float64Array;
  private readonly kinds: number;
  /** Cell, and the weights of its two ends: value at 0 and 1, slope at 0 and 1; then their derivatives. */
  private readonly cell = new Int32Array(mostAxes);
  private readonly next = new Int32Array(mostAxes);
  private readonly weights = new Float64Array(8 * mostAxes);
  private readonly range = new Int32Array(2 * mostAxes);
  private bumps: Float64Array[] = [];

  constructor(axes: readonly Axis[], where: string) {
    this.axes = [...axes];
    this.kinds = 2 ** axes.length;
    this.data = new Float64Array(this.kinds * countPoints(axes, where));
  }

  get points(): number {
    return this.data.length / this.kinds;
  }

  /** The value at a point. */
  at(point: number): number {
    return this.data[point * this.kinds];
  }

  /** The derivative by an axis at a point, per unit of the component. */
  slopeAt(point: number, axis: number): number {
    return this.data[point * this.kinds + (1 << axis)] / this.axes[axis].spacing;
  }

  /** Returns the value, and adds its derivatives by the components to `slopes`. */
  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { axes } = this;
    for (let k = 0; k < axes.length; k++) if (!this.locate(k, values[k])) return 0;
    if (axes.length === 1) return this.evaluate1(slopes);
    return axes.length === 2 ? this.evaluate2(slopes) : this.evaluate3(slopes);
  }

  /** Finds the cell and sets the weights; false where the grid ends. */
  private locate(k: number, value: number): boolean {
    const { start, spacing, points, periodic } = this.axes[k];
    const u = (value - start) / spacing;
    let i = Math.floor(u);
    const t = u - i;
    if (periodic) {
      i -= points * Math.floor(i / points);
      this.next[k] = i + 1 === points ? 0 : i + 1;
    } else {
      // A number that is not finite is outside, too.
      if (!(i >= 0 && i < points - 1)) return false;
      this.next[k] = i + 1;
    }
    this.cell[k] = i;
    const { weights } = this;
    const o = 8 * k;
    const s = 1 - t;
    weights[o] = (1 + 2 * t) * s * s;
    weights[o + 1] = t * t * (3 - 2 * t);
    weights[o + 2] = t * s * s;
    weights[o + 3] = -t * t * s;
    weights[o + 4] = -6 * t * s;
    weights[o + 5] = 6 * t * s;
    weights[o + 6] = s * (1 - 3 * t);
    weights[o + 7] = t * (3 * t - 2);
    return true;
  }

  private evaluate1(slopes: Float64Array): number {
    const { data, weights: w } = this;
    const a = 2 * this.cell[0];
    const b = 2 * this.next[0];
    slopes[0] += (w[4] * data[a] + w[5] * data[b] + w[6] * data[a + 1] + w[7] * data[b + 1]) / this.axes[0].spacing;
    return w[0] * data[a] + w[1] * data[b] + w[2] * data[a + 1] + w[3] * data[b + 1];
  }

  private evaluate2(slopes: Float64Array): number {
    const { data, weights: w, axes } = this;
    const n = axes[0].points;
    let value = 0;
    let dx = 0;
    let dy = 0;
    for (let q = 0; q < 2; q++) {
      const row = (q === 0 ? this.cell[1] : this.next[1]) * n;
      const a = 4 * (row + this.cell[0]);
      const b = 4 * (row + this.next[0]);
      const f = w[0] * data[a] + w[1] * data[b] + w[2] * data[a + 1] + w[3] * data[b + 1];
      const fy = w[0] * data[a + 2] + w[1] * data[b + 2] + w[2] * data[a + 3] + w[3] * data[b + 3];
      const fx = w[4] * data[a] + w[5] * data[b] + w[6] * data[a + 1] + w[7] * data[b + 1];
      const fxy = w[4] * data[a + 2] + w[5] * data[b + 2] + w[6] * data[a + 3] + w[7] * data[b + 3];
      value += w[8 + q] * f + w[10 + q] * fy;
      dx += w[8 + q] * fx + w[10 + q] * fxy;
      dy += w[12 + q] * f + w[14 + q] * fy;
    }
    slopes[0] += dx / axes[0].spacing;
    slopes[1] += dy / axes[1].spacing;
    return value;
  }

  private evaluate3(slopes: Float64Array): number {
    const { data, weights: w, axes } = this;
    const [n, m] = [axes[0].points, axes[1].points];
    let [value, dx, dy, dz] = [0, 0, 0, 0];
    for (let corner = 0; corner < 8; corner++) {
      const [p, q, r] = [corner & 1, (corner >> 1) & 1, corner >> 2];
      const i = p === 0 ? this.cell[0] : this.next[0];
      const j = q === 0 ? this.cell[1] : this.next[1];
      const k = r === 0 ? this.cell[2] : this.next[2];
      const o = 8 * (i + n * (j + m * k));
      for (let kind = 0; kind < 8; kind++) {
        const x = p + 2 * (kind & 1);
        const y = 8 + q + 2 * ((kind >> 1) & 1);
        const z = 16 + r + 2 * (kind >> 2);
        const f = data[o + kind];
        value += f * w[x] * w[y] * w[z];
        dx += f * w[x + 4] * w[y] * w[z];
        dy += f * w[x] * w[y + 4] * w[z];
        dz += f * w[x] * w[y] * w[z + 4];
      }
    }
    slopes[0] += dx / axes[0].spacing;
    slopes[1] += dy / axes[1].spacing;
    slopes[2] += dz / axes[2].spacing;
    return value;
  }

  /** Adds height exp(-sum (s - centre)^2 / 2 sigma^2) up to `gaussianReach`, to the nearest image in periodic components. */
  addGaussian(centre: ArrayLike<number>, sigma: ArrayLike<number>, height: number): void {
    const { axes, range, bumps } = this;
    for (let k = 0; k < axes.length; k++) {
      const { start, spacing, points, periodic } = axes[k];
      const u = (centre[k] - start) / spacing;
      const reach = (gaussianReach * sigma[k]) / spacing;
      let first = Math.ceil(u - reach);
      let last = Math.floor(u + reach);
      if (periodic && last - first >= points) {
        first = Math.ceil(u - 0.5 * points);
        last = first + points - 1;
      } else if (!periodic) {
        first = Math.max(first, 0);
        last = Math.min(last, points - 1);
      }
      const count = Math.max(0, last - first + 1);
      if (!bumps[k] || bumps[k].length < 2 * count) bumps[k] = new Float64Array(4 * count);
      const scale = spacing / sigma[k];
      for (let i = 0; i < count; i++) {
        const d = (first + i - u) * scale;
        bumps[k][2 * i] = exp(-0.5 * d * d);
        bumps[k][2 * i + 1] = -d * scale * bumps[k][2 * i];
      }
      range[2 * k] = first;
      range[2 * k + 1] = count;
    }
    this.addProduct(axes.length - 1, 0, 0, height);
  }

  /** Adds the product of the bumps of axes 0 to `axis`, times `factor`, to the points at `offset`; `kind` are the derivatives taken so far. */
  private addProduct(axis: number, offset: number, kind: number, factor: number): void {
    const { range, bumps, data, kinds } = this;
    const { points } = this.axes[axis];
    const first = range[2 * axis];
    const count = range[2 * axis + 1];
    for (let i = 0; i < count; i++) {
      const index = first + i;
      const at = offset * points + index - points * Math.floor(index / points);
      const value = factor * bumps[axis][2 * i];
      const slope = factor * bumps[axis][2 * i + 1];
      if (axis > 0) {
        this.addProduct(axis - 1, at, kind, value);
        this.addProduct(axis - 1, at, kind | (1 << axis), slope);
      } else {
        data[at * kinds + kind] += value;
        data[at * kinds + kind + 1] += slope;
      }
    }
  }

  /**
   * Extends the grid until it holds centre +- reach in every component, and a quarter of its width more on that side.
   * Returns the axes that were too short.
   * @throws InputError at `where` if that takes too many points
   */
  reach(centre: ArrayLike<number>, reach: ArrayLike<number>, where: string): number[] {
    const before = this.axes;
    const short: number[] = [];
    const axes = before.map((axis, k) => {
      if (axis.periodic) return axis;
      const { start, spacing, points } = axis;
      const margin = Math.ceil(0.25 * points);
      const below = Math.ceil((start - (centre[k] - reach[k])) / spacing);
      const above = Math.ceil((centre[k] + reach[k] - start) / spacing) - (points - 1);
      if (below <= 0 && above <= 0) return axis;
      short.push(k);
      const low = below > 0 ? below + margin : 0;
      return { ...axis, start: start - low * spacing, points: points + low + (above > 0 ? above + margin : 0) };
    });
    if (short.length > 0) this.resize(axes, where);
    return short;
  }

  /** Moves an empty grid so that it begins at the multiple of its spacing below a point, where it is not periodic. */
  placeAt(centre: ArrayLike<number>): void {
    this.axes = this.axes.map((axis, k) =>
      axis.periodic ? axis : { ...axis, start: axis.spacing * Math.floor(centre[k] / axis.spacing) },
    );
  }

  private resize(axes: Axis[], where: string): void {
    const before = this.axes;
    const old = this.data;
    const shift = axes.map((axis, k) => Math.round((before[k].start - axis.start) / axis.spacing));
    this.data = new Float64Array(this.kinds * countPoints(axes, where));
    this.axes = axes;
    const count = old.length / this.kinds;
    for (let point = 0; point < count; point++) {
      let rest = point;
      let to = 0;
      let stride = 1;
      for (let k = 0; k < axes.length; k++) {
        to += stride * ((rest % before[k].points) + shift[k]);
        rest = Math.floor(rest / before[k].points);
        stride *= axes[k].points;
      }
      for (let kind = 0; kind < this.kinds; kind++) this.data[to * this.kinds + kind] = old[point * this.kinds + kind];
    }
  }

  /** The component of a point along an axis. */
  coordinate(point: number, axis: number): number {
    let rest = point;
    for (let k = 0; k < axis; k++) rest = Math.floor(rest / this.axes[k].points);
    const { start, spacing, points } = this.axes[axis];
    return start + spacing * (rest % points);
  }

  save(): Float64Array {
    const head = this.axes.flatMap(({ start, spacing, points }) => [start, spacing, points]);
    const all = new Float64Array(head.length + this.data.length);
    all.set(head);
    all.set(this.data, head.length);
    return all;
  }

  load(state: Float64Array): void {
    this.axes = this.axes.map(({ periodic }, k) => ({
      start: state[3 * k],
      spacing: state[3 * k + 1],
      points: state[3 * k + 2],
      periodic,
    }));
    this.data = state.slice(3 * this.axes.length);
  }
}

function countPoints(axes: readonly Axis[], where: string): number {
  const count = axes.reduce((product, { points }) => product * points, 1);
  if (count <= mostPoints) return count;
  throw new InputError(
    where,
    `its grid would have ${count} points (${axes.map(({ points }) => points).join(' x ')}), more than ${mostPoints}: use a wider spacing, fewer ` +
      'variables, walls that keep the variables in place, or "grid": false',
  );
}
