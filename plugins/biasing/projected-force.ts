/** Mean forces along several variables made the gradient of one energy, so that a bias of them does no work around a loop. */
import { type Component, wrapped } from '../../engine/index.ts';
import { partTaken, type Ramp } from './adaptive-force.ts';
import type { Bins, ForceBins, Room } from './force-bins.ts';
import { differences, type Edges, edgesOf, solve } from './integrate.ts';

/**
 * How well the energy has to fit: any energy is a bias that can be taken off again, and the next one begins where this one ended.
 */
export const tolerance = 1e-3;
/** Steps before the energy is fitted anew; or as many as there are bins, if these are more. */
export const shortestWait = 1000;

/**
 * Tells when the energy is to be fitted anew; in eABF the kernel does (assembly/kernel.ts). Whatever has been learned in the shortest wait counts, if it may
 * have made one bin known: where a variable climbs a barrier its way on opens bin by bin, and few samples of a late run are there. With nothing new a
 * tenth of all steps is waited.
 */
export class FitClock {
  /** Samples since the last fit in bins that are not full, and its step. */
  private fresh = 0;
  private fitted = 0;

  sampled(full: boolean): void {
    if (!full) this.fresh++;
  }

  /**
   * @param bins how many there are; a fit that is due counts as done
   * @param full samples that make a bin full
   */
  due(step: number, bins: number, full: number): boolean {
    const since = step - this.fitted;
    if (since < Math.max(shortestWait, bins) || (this.fresh < 0.5 * full && since < 0.1 * step)) return false;
    [this.fresh, this.fitted] = [0, step];
    return true;
  }

  save(): readonly [fresh: number, fitted: number] {
    return [this.fresh, this.fitted];
  }

  load(fresh: number, fitted: number): void {
    [this.fresh, this.fitted] = [fresh, fitted];
  }
}

/**
 * Henin, J. Chem. Theory Comput. 17, 6789 (2021). Means of forces in bins carry noise that is the gradient of nothing: a walk among them is
 * heated, and what asks for equilibrium (CZAR, weights) is wrong. Here an energy on the middles of bins is fitted to them by least squares now and then, multilinear in between and
 * constant beyond its ends; bins that are not known yet have the gradient 0 and next to no weight, so that it goes on smoothly into them.
 */
export class ProjectedForce {
  private readonly bins: ForceBins;
  private readonly components: readonly Component[];
  private readonly ramp: Ramp;
  /** The bins of the last fit; those of the forces may have been extended since. */
  axes: readonly Bins[];
  private edges: Edges;
  /** By bin. */
  energy: Float64Array;
  private readonly room: Room;
  /** Of the point looked up: by axis the places of the two middles around it, how far it is from the first to the second, and 1/width or 0. */
  private readonly low: Int32Array;
  private readonly high: Int32Array;
  private readonly along: Float64Array;
  private readonly scale: Float64Array;

  /** @param room where the energy is to lie */
  constructor(bins: ForceBins, components: readonly Component[], ramp: Ramp, room: Room = (count) => new Float64Array(count)) {
    const d = components.length;
    this.room = room;
    this.bins = bins;
    this.components = components;
    this.ramp = ramp;
    [this.low, this.high] = [new Int32Array(d), new Int32Array(d)];
    [this.along, this.scale] = [new Float64Array(d), new Float64Array(d)];
    this.axes = [...bins.axes];
    this.edges = edgesOf(this.axes, () => true);
    this.energy = room(bins.samples.length);
  }

  /** Extends the energy to where the bins reach now. */
  follow(): void {
    const { bins } = this;
    if (bins.samples.length !== this.energy.length) this.placeIn(bins.axes, this.axes, this.energy);
  }

  /** Fits the energy to the forces as they are now; in a simulation the kernel does it (assembly/fit.ts). */
  fit(): void {
    const { bins, ramp } = this;
    this.follow();
    const gradient = (bin: number, axis: number) => -partTaken(bins.samples[bin], ramp) * bins.mean(bin, axis);
    const known = differences(this.axes, this.edges, gradient, (bin) => 1 + bins.samples[bin]);
    solve(this.energy, this.edges, ...known, tolerance);
  }

  /** An energy on bins that have been extended since; it begins there as it ended. */
  private placeIn(axes: readonly Bins[], before: readonly Bins[], energy: Float64Array): void {
    this.axes = [...axes];
    this.edges = edgesOf(axes, () => true);
    this.energy = this.room(axes.reduce((product, { count }) => product * count, 1));
    for (let bin = 0; bin < this.energy.length; bin++) {
      let rest = bin;
      let from = 0;
      let stride = 1;
      axes.forEach(({ start, width, count }, k) => {
        const i = (rest % count) - Math.round((before[k].start - start) / width);
        from += stride * Math.min(before[k].count - 1, Math.max(0, i));
        stride *= before[k].count;
        rest = Math.floor(rest / count);
      });
      this.energy[bin] = energy[from];
    }
  }

  /**
   * The slope of the energy at a point, which is the force that takes it off; in eABF the kernel finds it (assembly/kernel.ts).
   * @param least values below which the energy stays what it is there; `greatest` above
   */
  forceAt(values: ArrayLike<number>, least: ArrayLike<number>, greatest: ArrayLike<number>, out: Float64Array): void {
    const { low, high, along, scale, energy } = this;
    const d = low.length;
    this.place(values, least, greatest);
    for (let c = 0; c < d; c++) out[c] = 0;
    for (let corner = 0; corner < 1 << d; corner++) {
      let index = 0;
      for (let c = 0; c < d; c++) index += corner & (1 << c) ? high[c] : low[c];
      for (let c = 0; c < d; c++) {
        let share = corner & (1 << c) ? scale[c] : -scale[c];
        for (let other = 0; other < d; other++) if (other !== c) share *= corner & (1 << other) ? along[other] : 1 - along[other];
        out[c] += share * energy[index];
      }
    }
  }

  private place(values: ArrayLike<number>, least: ArrayLike<number>, greatest: ArrayLike<number>): void {
    const { axes, components } = this;
    let stride = 1;
    for (let c = 0; c < axes.length; c++) {
      const { start, width, count, periodic } = axes[c];
      const inside = values[c] >= least[c] && values[c] <= greatest[c];
      const value = inside ? values[c] : values[c] < least[c] ? least[c] : greatest[c];
      const u = (wrapped(value, components[c].period) - start) / width - 0.5;
      const i = Math.floor(u);
      this.along[c] = u - i;
      this.scale[c] = inside ? 1 / width : 0;
      this.low[c] = stride * neighbour(i, count, periodic);
      this.high[c] = stride * neighbour(i + 1, count, periodic);
      stride *= count;
    }
  }

  save(): Float64Array {
    const head = this.axes.flatMap(({ start, count }) => [start, count]);
    const state = new Float64Array(head.length + this.energy.length);
    state.set(head);
    state.set(this.energy, head.length);
    return state;
  }

  load(state: Float64Array): void {
    this.axes = this.axes.map((axis, k) => ({ ...axis, start: state[2 * k], count: state[2 * k + 1] }));
    this.edges = edgesOf(this.axes, () => true);
    const energy = state.subarray(2 * this.axes.length);
    this.energy = this.room(energy.length);
    this.energy.set(energy);
  }
}

/** A place along an axis, in the period or no farther than the ends. */
function neighbour(i: number, count: number, periodic: boolean): number {
  if (periodic) return ((i % count) + count) % count;
  return i < 0 ? 0 : i >= count ? count - 1 : i;
}
