/** Bins of mean forces over one or more components: counts, sums and means, and files in Colvars' format. */
import { type Component, InputError, wrapped } from '../../engine/index.ts';

/** Equal bins along a component; edges start + i width. */
export interface Bins {
  readonly start: number;
  readonly width: number;
  readonly count: number;
  readonly periodic: boolean;
}

/** Bins of a component at most `width` wide; a periodic one is covered whole. */
export function binsOf({ period }: Component, width: number, from: number, to: number): Bins {
  const [start, end] = period ? [period.from, period.to] : [from, to];
  const count = Math.max(1, Math.ceil((end - start) / width - 1e-9));
  return { start, width: (end - start) / count, count, periodic: period !== null };
}

/** The bins next to a bin, each with the axis along which it lies and the direction. */
export function eachNeighbour(
  axes: readonly Bins[],
  bin: number,
  visit: (other: number, axis: number, sign: 1 | -1) => void,
): void {
  let stride = 1;
  let rest = bin;
  axes.forEach(({ count, periodic }, axis) => {
    const i = rest % count;
    const around = periodic && count > 2;
    if (i + 1 < count || around) visit(bin + (i + 1 < count ? 1 : 1 - count) * stride, axis, 1);
    if (i > 0 || around) visit(bin + (i > 0 ? -1 : count - 1) * stride, axis, -1);
    rest = Math.floor(rest / count);
    stride *= count;
  });
}

const mostBins = 2 ** 23;

/** Room for so many numbers, all zero. */
export type Room = (count: number) => Float64Array;

export class ForceBins {
  axes: Bins[];
  /** Samples by bin, the first axis fastest. */
  samples: Float64Array;
  /** Sums of forces: as many a bin as there are axes. */
  sums: Float64Array;
  private readonly components: readonly Component[];
  private readonly where: string;
  private readonly room: Room;
  /** Of the axes: start, width, count, and 1 for periodic ones; a point is looked up in every step. */
  private readonly edges: Float64Array;

  /** @param room where counts and sums are to lie; they take new room when they are extended or loaded */
  constructor(
    components: readonly Component[],
    axes: readonly Bins[],
    where: string,
    room: Room = (count) => new Float64Array(count),
  ) {
    this.components = components;
    this.axes = [...axes];
    this.where = where;
    this.room = room;
    this.edges = new Float64Array(4 * axes.length);
    const count = this.checked(this.axes);
    this.placeAxes();
    this.samples = room(count);
    this.sums = room(count * axes.length);
  }

  private checked(axes: readonly Bins[]): number {
    const count = axes.reduce((product, axis) => product * axis.count, 1);
    if (count <= mostBins) return count;
    throw new InputError(
      this.where,
      `there would be ${count} bins (${axes.map((axis) => axis.count).join(' x ')}), more than ${mostBins}: use wider bins, or walls that keep the variables in place`,
    );
  }

  private placeAxes(): void {
    this.axes.forEach(({ start, width, count, periodic }, k) => {
      this.edges.set([start, width, count, Number(periodic)], 4 * k);
    });
  }

  /** The bin of a point, or -1 outside. */
  indexOf(values: ArrayLike<number>): number {
    const { edges } = this;
    let index = 0;
    let stride = 1;
    for (let e = 0, k = 0; e < edges.length; e += 4, k++) {
      const count = edges[e + 2];
      const periodic = edges[e + 3] !== 0;
      const x = periodic ? wrapped(values[k], this.components[k].period) : values[k];
      let i = Math.floor((x - edges[e]) / edges[e + 1]);
      if (periodic && i === count) i = 0; // bins that begin before the period does, and rounding at its end
      if (!(i >= 0 && i < count)) return -1;
      index += stride * i;
      stride *= count;
    }
    return index;
  }

  /** The bin of a point, extending the bins to it where they are not periodic; `notice` hears of axes that were too short. */
  reach(values: ArrayLike<number>, notice: (axis: number) => void): number {
    const found = this.indexOf(values);
    if (found >= 0) return found;
    for (let k = 0; k < this.axes.length; k++) {
      const { start, width, count, periodic } = this.axes[k];
      if (periodic) continue;
      const i = Math.floor((values[k] - start) / width);
      if (i >= 0 && i < count) continue;
      if (!Number.isFinite(i)) return -1;
      const margin = Math.ceil(0.25 * count);
      const low = i < 0 ? -i + margin : 0;
      const high = i >= count ? i - count + 1 + margin : 0;
      this.extend(k, low, high);
      notice(k);
    }
    return this.indexOf(values);
  }

  private extend(axis: number, low: number, high: number): void {
    const before = this.axes.map(({ count }) => count);
    const old = { samples: this.samples, sums: this.sums };
    const d = this.axes.length;
    const { start, width, count } = this.axes[axis];
    this.axes[axis] = { ...this.axes[axis], start: start - low * width, count: count + low + high };
    const total = this.checked(this.axes);
    this.placeAxes();
    this.samples = this.room(total);
    this.sums = this.room(total * d);
    for (let bin = 0; bin < old.samples.length; bin++) {
      let rest = bin;
      let to = 0;
      let stride = 1;
      for (let k = 0; k < d; k++) {
        to += stride * ((rest % before[k]) + (k === axis ? low : 0));
        rest = Math.floor(rest / before[k]);
        stride *= this.axes[k].count;
      }
      this.samples[to] = old.samples[bin];
      for (let k = 0; k < d; k++) this.sums[to * d + k] = old.sums[bin * d + k];
    }
  }

  add(bin: number, forces: ArrayLike<number>): void {
    const { sums } = this;
    const d = this.axes.length;
    this.samples[bin]++;
    for (let k = 0; k < d; k++) sums[bin * d + k] += forces[k];
  }

  /** The mean force in a bin along an axis; 0 without samples. */
  mean(bin: number, axis: number): number {
    const n = this.samples[bin];
    return n > 0 ? this.sums[bin * this.axes.length + axis] / n : 0;
  }

  /** The middle of a bin along an axis. */
  middle(bin: number, axis: number): number {
    let rest = bin;
    for (let k = 0; k < axis; k++) rest = Math.floor(rest / this.axes[k].count);
    const { start, width, count } = this.axes[axis];
    return start + (0.5 + (rest % count)) * width;
  }

  /** As one array, for a checkpoint. */
  save(): Float64Array {
    const head = this.axes.flatMap(({ start, count }) => [start, count]);
    const state = new Float64Array(head.length + this.samples.length + this.sums.length);
    state.set(head);
    state.set(this.samples, head.length);
    state.set(this.sums, head.length + this.samples.length);
    return state;
  }

  load(state: Float64Array): void {
    this.axes = this.axes.map((axis, k) => ({ ...axis, start: state[2 * k], count: state[2 * k + 1] }));
    this.placeAxes();
    const total = this.axes.reduce((product, axis) => product * axis.count, 1);
    const at = 2 * this.axes.length;
    this.samples = this.room(total);
    this.sums = this.room(total * this.axes.length);
    this.samples.set(state.subarray(at, at + total));
    this.sums.set(state.subarray(at + total));
  }
}

/**
 * A multicolumn grid file as Colvars writes it (.grad, .count, .pmf): `# d`, then `# start width count periodic` for each axis, then rows of
 * bin middles and values, the last axis fastest, with an empty line after each run of it.
 */
export function multicolumn(axes: readonly Bins[], valuesAt: (bin: number) => readonly number[]): string {
  const lines = [
    `# ${axes.length}`,
    ...axes.map(({ start, width, count, periodic }) => `# ${start} ${width} ${count} ${periodic ? 1 : 0}`),
  ];
  const index = axes.map(() => 0);
  const total = axes.reduce((product, { count }) => product * count, 1);
  for (let n = 0; n < total; n++) {
    let bin = 0;
    let stride = 1;
    for (let k = 0; k < axes.length; k++) {
      bin += stride * index[k];
      stride *= axes[k].count;
    }
    const middles = axes.map(({ start, width }, k) => start + (index[k] + 0.5) * width);
    lines.push(` ${[...middles, ...valuesAt(bin)].join(' ')}`);
    for (let k = axes.length - 1; k >= 0; k--) {
      if (++index[k] < axes[k].count) break;
      index[k] = 0;
      if (k === axes.length - 1) lines.push('');
    }
  }
  return `${lines.join('\n')}\n`;
}
