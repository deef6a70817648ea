/** Sums of Gaussian hills: on a grid that grows with them, or hill by hill. */
import { type Component, difference } from '../../engine/index.ts';
import { axisOf, HermiteGrid } from './grid.ts';
import { addHill, type HillForm, HillShape, plainForm, widthsOf } from './hill-form.ts';

/** Square of the standard deviations at which a list leaves a hill off: 1e-16 of its height. */
const listReach2 = 2 * Math.log(1e16);

/** One hill: height exp(-sum (s - centre)^2 / 2 sigma^2), or as another `HillForm` says. */
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
  private readonly shape: HillShape;
  private readonly distance: Float64Array;
  private readonly width: number;
  /** Centre, sigma and height of each. */
  private data = new Float64Array(64);
  private count = 0;

  constructor(components: readonly Component[], form: HillForm = plainForm) {
    this.components = components;
    this.shape = new HillShape(form, components.length);
    this.distance = new Float64Array(components.length);
    this.width = components.length + widthsOf(form, components.length) + 1;
  }

  add({ centre, sigma, height }: Hill): void {
    const { width } = this;
    if ((this.count + 1) * width > this.data.length) {
      const more = new Float64Array(2 * Math.max(this.data.length, width));
      more.set(this.data);
      this.data = more;
    }
    const o = this.count++ * width;
    this.data.set(Array.from(centre), o);
    this.data.set(Array.from(sigma), o + this.components.length);
    this.data[o + width - 1] = height;
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { components, data, count, width, shape, distance } = this;
    const d = components.length;
    let energy = 0;
    for (let h = 0, o = 0; h < count; h++, o += width) {
      for (let c = 0; c < d; c++) distance[c] = difference(values[c], data[o + c], components[c].period);
      shape.set(data, o + d);
      const square = shape.square(distance);
      if (square > listReach2) continue;
      shape.weigh(square);
      const height = data[o + width - 1];
      energy += height * (shape.bell + shape.floor);
      for (let c = 0; c < d; c++) slopes[c] -= height * shape.bell * shape.gradient[c];
    }
    return energy;
  }

  save(): Float64Array {
    return this.data.slice(0, this.count * this.width);
  }

  load(state: Float64Array): void {
    this.data = state.slice();
    this.count = state.length / this.width;
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
  private readonly form: HillForm;
  private readonly shape: HillShape;

  /** @param note where extensions are told of; null where the ends of the grid are nobody's wish: it begins at the first hill */
  constructor(
    components: readonly Component[],
    grid: HermiteGrid,
    where: string,
    note: ((line: string) => void) | null,
    form: HillForm = plainForm,
  ) {
    this.components = components;
    this.grid = grid;
    this.where = where;
    this.note = note;
    this.placed = note !== null;
    this.reach = new Float64Array(components.length);
    this.form = form;
    this.shape = new HillShape(form, components.length);
  }

  add(hill: Hill): void {
    const { centre, sigma } = hill;
    this.shape.set(sigma);
    for (let c = 0; c < this.reach.length; c++) this.reach[c] = this.shape.reach(c);
    if (!this.placed) this.grid.placeAt(centre);
    this.placed = true;
    for (const c of this.grid.reach(centre, this.reach, this.where)) {
      const { start, spacing, points } = this.grid.axes[c];
      this.note?.(
        `the grid was too short along ${this.components[c].name} and has been extended: it reaches from ${start.toPrecision(4)} to ` +
          `${(start + spacing * (points - 1)).toPrecision(4)} now`,
      );
    }
    addHill(this.grid, this.form, this.shape, hill);
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
