/** Forms of hills: what PLUMED calls their kernel type, and whether they lie along the components or at a slant. */
import { exp } from '../../engine/index.ts';
import { gaussianReach, type HermiteGrid } from './grid.ts';
import type { Hill } from './hills.ts';

/**
 * Of all hills of a bias. `gaussian` is h exp(-q/2); `stretched-gaussian` is h (exp(-q/2) - e)/(1 - e) up to q/2 = 6.25, where it ends in 0, with
 * e = exp(-6.25): what PLUMED adds since version 2.8. q is sum (s - centre)^2/sigma^2, or where hills are `multivariate` |L^-1 (s - centre)|^2 with
 * L L^T their covariance; their `sigma` is then the lower triangle L by diagonals, the main one first, as PLUMED writes it.
 */
export interface HillForm {
  readonly kernel: 'gaussian' | 'stretched-gaussian';
  readonly multivariate: boolean;
}

/** What this program makes. */
export const plainForm: HillForm = { kernel: 'gaussian', multivariate: false };

export const isPlain = ({ kernel, multivariate }: HillForm): boolean => kernel === 'gaussian' && !multivariate;

export const sameForm = (a: HillForm, b: HillForm): boolean => a.kernel === b.kernel && a.multivariate === b.multivariate;

/** Numbers of the `sigma` of a hill. */
export const widthsOf = ({ multivariate }: HillForm, components: number): number =>
  multivariate ? (components * (components + 1)) / 2 : components;

/** Standard deviations along the components as the `sigma` of a hill. */
export function widthsAlong(form: HillForm, sigma: Float64Array): Float64Array {
  const widths = new Float64Array(widthsOf(form, sigma.length));
  widths.set(sigma);
  return widths;
}

/** exp(-6.25), and q where a stretched hill ends. */
const end = exp(-6.25);
const endSquare = 12.5;

/** Hills of a form in so many components, evaluated one by one. Allocates nothing after it is made. */
export class HillShape {
  private readonly form: HillForm;
  private readonly count: number;
  /** Of the hill that was set: L by rows, the inverse of its covariance, and the gradient of q/2 at the last point. */
  private readonly lower: Float64Array;
  readonly inverse: Float64Array;
  readonly gradient: Float64Array;
  /** The value of a hill of height 1: what falls off, and the constant beside it. */
  bell = 0;
  floor = 0;

  constructor(form: HillForm, count: number) {
    this.form = form;
    this.count = count;
    this.lower = new Float64Array(count * count);
    this.inverse = new Float64Array(count * count);
    this.gradient = new Float64Array(count);
  }

  /** @param sigma of a hill, from `offset` on */
  set(sigma: ArrayLike<number>, offset = 0): void {
    const { count: n, lower } = this;
    lower.fill(0);
    let k = offset;
    for (let below = 0; below < (this.form.multivariate ? n : 1); below++)
      for (let j = 0; j + below < n; j++) lower[(j + below) * n + j] = sigma[k++];
  }

  /** How far the hill reaches along a component before it is left off. */
  reach(component: number): number {
    const { count: n, lower } = this;
    let variance = 0;
    for (let j = 0; j <= component; j++) variance += lower[component * n + j] ** 2;
    return Math.sqrt(variance) * (this.form.kernel === 'gaussian' ? gaussianReach : Math.sqrt(endSquare));
  }

  /** q at a distance from the centre; `gradient` is then that of q/2. */
  square(distance: Float64Array): number {
    const { count: n, lower, gradient } = this;
    let square = 0;
    for (let i = 0; i < n; i++) {
      let rest = distance[i];
      for (let j = 0; j < i; j++) rest -= lower[i * n + j] * gradient[j];
      gradient[i] = rest / lower[i * n + i];
      square += gradient[i] * gradient[i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let j = i + 1; j < n; j++) gradient[i] -= lower[j * n + i] * gradient[j];
      gradient[i] /= lower[i * n + i];
    }
    return square;
  }

  /** Sets `inverse` for `derivative`. */
  invert(): void {
    const { count: n, inverse, gradient } = this;
    const unit = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      unit.fill(0);
      unit[i] = 1;
      this.square(unit);
      inverse.set(gradient, i * n);
    }
  }

  /** Sets `bell` and `floor` to what a hill of height 1 is at q. */
  weigh(square: number): void {
    const stretched = this.form.kernel === 'stretched-gaussian';
    const beyond = stretched && square >= endSquare;
    this.bell = beyond ? 0 : exp(-0.5 * square) / (stretched ? 1 - end : 1);
    this.floor = stretched && !beyond ? -end / (1 - end) : 0;
  }
}

/** Derivative of exp(-q/2) by the axes of a set, over exp(-q/2): at most three different ones. */
function derivative({ gradient: g, inverse: P }: HillShape, axes: readonly number[]): number {
  const n = g.length;
  const [i, j, k] = axes;
  if (axes.length === 0) return 1;
  if (axes.length === 1) return -g[i];
  if (axes.length === 2) return g[i] * g[j] - P[i * n + j];
  return -g[i] * g[j] * g[k] + P[i * n + j] * g[k] + P[i * n + k] * g[j] + P[j * n + k] * g[i];
}

/** Adds a hill of any form to a grid, to the nearest image in periodic components. */
export function addHill(grid: HermiteGrid, form: HillForm, shape: HillShape, { centre, sigma, height }: Hill): void {
  if (isPlain(form)) {
    grid.addGaussian(centre, sigma, height);
    return;
  }
  shape.set(sigma);
  shape.invert();
  const { axes, data } = grid;
  const n = axes.length;
  const kinds = 2 ** n;
  const sets = Array.from({ length: kinds }, (_, kind) => axes.flatMap((_, k) => (kind & (1 << k) ? [k] : [])));
  const units = sets.map((set) => set.reduce((product, k) => product * axes[k].spacing, height));
  const first = axes.map(({ start, spacing, points, periodic }, k) => {
    const low = Math.ceil((centre[k] - shape.reach(k) - start) / spacing);
    return periodic ? Math.max(low, Math.ceil((centre[k] - start) / spacing - 0.5 * points)) : Math.max(low, 0);
  });
  const last = axes.map(({ start, spacing, points, periodic }, k) => {
    const high = Math.floor((centre[k] + shape.reach(k) - start) / spacing);
    return periodic ? Math.min(high, first[k] + points - 1) : Math.min(high, points - 1);
  });
  const distance = new Float64Array(n);
  const visit = (axis: number, offset: number): void => {
    const { start, spacing, points } = axes[axis];
    for (let i = first[axis]; i <= last[axis]; i++) {
      distance[axis] = start + spacing * i - centre[axis];
      const at = offset * points + i - points * Math.floor(i / points);
      if (axis > 0) visit(axis - 1, at);
      else {
        shape.weigh(shape.square(distance));
        const { bell, floor } = shape;
        if (bell === 0) continue;
        for (let kind = 0; kind < kinds; kind++) data[at * kinds + kind] += units[kind] * bell * derivative(shape, sets[kind]);
        data[at * kinds] += height * floor;
      }
    }
  };
  visit(n - 1, 0);
}
