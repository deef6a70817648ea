/** Sums of Gaussian hills: on a grid that grows with them, or hill by hill. */
import { type Component, difference, exp } from '../../engine/index.ts';
import { axisOf, gaussianReach, HermiteGrid } from './grid.ts';

/** Square of the standard deviations at which a list leaves a hill off: 1e-16 of its height. */
const listReach2 = 2 * Math.log(1e16);

/** One hill: height exp(-sum (s - centre)^2 / 2 sigma^2). */
export interface Hill {
  readonly centre: ArrayLike<number>;
  readonly sigma: ArrayLike<number>;
  readonly height: number;
}

/** A potential that is made of hills. */
export interface HillSum {
  add(hill: Hill): void;
  /** Returns the value, and adds its derivatives to `slopes`. */
  evaluate(values: Float64Array, slopes: Float64Array): number;
  save(): Float64Array;
  load(state: Float64Array): void;
  /** Where the sum lies on a grid. */
  readonly grid: HermiteGrid | null;
}

/** Hills kept and summed one by one: exact, and slower with every one of them. */
export class HillList implements HillSum {
  readonly grid = null;
  private readonly components: readonly Component[];
  private data = new Float64Array(64);
  private count = 0;

  constructor(components: readonly Component[]) {
    this.components = components;
  }

  add({ centre, sigma, height }: Hill): void {
    const d = this.components.length;
    const width = 2 * d + 1;
    if ((this.count + 1) * width > this.data.length) {
      const more = new Float64Array(2 * Math.max(this.data.length, width));
      more.set(this.data);
      this.data = more;
    }
    const o = this.count++ * width;
    for (let c = 0; c < d; c++) {
      this.data[o + c] = centre[c];
      this.data[o + d + c] = sigma[c];
    }
    this.data[o + 2 * d] = height;
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { components, data, count } = this;
    const d = components.length;
    let energy = 0;
    for (let h = 0, o = 0; h < count; h++, o += 2 * d + 1) {
      let square = 0;
      for (let c = 0; c < d; c++) {
        const u = difference(values[c], data[o + c], components[c].period) / data[o + d + c];
        square += u * u;
      }
      if (square > listReach2) continue;
      const e = data[o + 2 * d] * exp(-0.5 * square);
      energy += e;
      for (let c = 0; c < d; c++) {
        const sigma = data[o + d + c];
        slopes[c] -= (e * difference(values[c], data[o + c], components[c].period)) / (sigma * sigma);
      }
    }
    return energy;
  }

  save(): Float64Array {
    return this.data.slice(0, this.count * (2 * this.components.length + 1));
  }

  load(state: Float64Array): void {
    this.data = state.slice();
    this.count = state.length / (2 * this.components.length + 1);
  }
}

/** Hills on a grid, which is extended before a hill would reach beyond it. */
export class HillGrid implements HillSum {
  readonly grid: HermiteGrid;
  private readonly components: readonly Component[];
  private readonly where: string;
  private readonly note: ((line: string) => void) | null;
  private placed: boolean;
  private readonly reach: Float64Array;

  /** @param note where extensions are told of; null where the ends of the grid are nobody's wish: it begins at the first hill */
  constructor(components: readonly Component[], grid: HermiteGrid, where: string, note: ((line: string) => void) | null) {
    this.components = components;
    this.grid = grid;
    this.where = where;
    this.note = note;
    this.placed = note !== null;
    this.reach = new Float64Array(components.length);
  }

  add({ centre, sigma, height }: Hill): void {
    for (let c = 0; c < this.reach.length; c++) this.reach[c] = gaussianReach * sigma[c];
    if (!this.placed) this.grid.placeAt(centre);
    this.placed = true;
    for (const c of this.grid.reach(centre, this.reach, this.where)) {
      const { start, spacing, points } = this.grid.axes[c];
      this.note?.(
        `the grid was too short along ${this.components[c].name} and has been extended: it reaches from ${start.toPrecision(4)} to ` +
          `${(start + spacing * (points - 1)).toPrecision(4)} now`,
      );
    }
    this.grid.addGaussian(centre, sigma, height);
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    return this.grid.evaluate(values, slopes);
  }

  save(): Float64Array {
    const state = this.grid.save();
    const all = new Float64Array(1 + state.length);
    all[0] = this.placed ? 1 : 0;
    all.set(state, 1);
    return all;
  }

  load(state: Float64Array): void {
    this.placed = state[0] === 1;
    this.grid.load(state.slice(1));
  }
}

/** A grid for hills. */
export function gridForHills(
  components: readonly Component[],
  spacing: ArrayLike<number>,
  ends: { readonly from: ArrayLike<number>; readonly to: ArrayLike<number> },
  where: string,
): HermiteGrid {
  return new HermiteGrid(
    components.map((component, c) => axisOf(component, spacing[c], ends.from[c], ends.to[c])),
    where,
  );
}
