/**
 * A kernel density estimate that compresses itself: a kernel that falls onto another one is merged with it (Sodkomkham et al.,
 * Knowl.-Based Syst. 100, 190 (2016)), so the number of kernels stays that of the region visited. Kernels are Gaussians cut off and lowered
 * so that they end at 0, as in Invernizzi & Parrinello, J. Phys. Chem. Lett. 11, 2731 (2020).
 */
import { type Component, difference, exp, wrapped } from '../../engine/index.ts';

/** Distance in standard deviations within which kernels are merged. */
export const compressionThreshold = 1;
/** How far beyond its cut-off a kernel is kept among the neighbours, in standard deviations. */
const neighbourBuffer = 2;

export class KernelDensity {
  /** Centre and standard deviation of each component, then the height; one after the other. */
  private data = new Float64Array(64);
  count = 0;
  readonly cutoff2: number;
  private readonly components: readonly Component[];
  private readonly valueAtCutoff: number;
  /** Kernels near `listedAt`: all that reach a point are among them while it is no farther from there than the buffer of each. */
  private neighbours = new Int32Array(0);
  private neighbourCount = -1;
  private readonly listedAt: Float64Array;
  private readonly slack: Float64Array;

  constructor(components: readonly Component[], cutoff: number) {
    this.components = components;
    this.cutoff2 = cutoff * cutoff;
    this.valueAtCutoff = exp(-0.5 * this.cutoff2);
    this.listedAt = new Float64Array(components.length);
    this.slack = new Float64Array(components.length);
  }

  private get width(): number {
    return 2 * this.components.length + 1;
  }

  /** The sum of the kernels; adds its derivatives to `slopes`. */
  evaluate(values: Float64Array, slopes: Float64Array): number {
    this.updateNeighbours(values);
    let sum = 0;
    for (let n = 0; n < this.neighbourCount; n++) sum += this.kernelAt(this.neighbours[n], values, slopes);
    return sum;
  }

  private kernelAt(k: number, values: ArrayLike<number>, slopes: Float64Array | null): number {
    const { data, components, width } = this;
    const d = components.length;
    const o = k * width;
    let square = 0;
    for (let c = 0; c < d; c++) {
      const u = difference(values[c], data[o + c], components[c].period) / data[o + d + c];
      square += u * u;
    }
    if (square >= this.cutoff2) return 0;
    const e = data[o + 2 * d] * exp(-0.5 * square);
    if (slopes)
      for (let c = 0; c < d; c++) {
        const sigma = data[o + d + c];
        slopes[c] -= (e * difference(values[c], data[o + c], components[c].period)) / (sigma * sigma);
      }
    return e - data[o + 2 * d] * this.valueAtCutoff;
  }

  /** Which kernels are looked at never changes a sum: those left out are 0. */
  private updateNeighbours(values: Float64Array): void {
    const { components, listedAt, slack, data, width } = this;
    const d = components.length;
    if (this.neighbourCount >= 0) {
      let near = true;
      for (let c = 0; c < d; c++) near &&= Math.abs(difference(values[c], listedAt[c], components[c].period)) <= slack[c];
      if (near) return;
    }
    const reach = Math.sqrt(this.cutoff2) + neighbourBuffer;
    slack.fill(Number.POSITIVE_INFINITY);
    if (this.neighbours.length < this.count) this.neighbours = new Int32Array(2 * this.count);
    this.neighbourCount = 0;
    for (let k = 0; k < this.count; k++) {
      const o = k * width;
      let near = true;
      for (let c = 0; c < d && near; c++)
        near = Math.abs(difference(values[c], data[o + c], components[c].period)) <= reach * data[o + d + c];
      if (near) this.neighbours[this.neighbourCount++] = k;
    }
    // A kernel that was left out was farther than cut-off + buffer in some component, in its own widths: the narrowest decides.
    for (let k = 0; k < this.count; k++)
      for (let c = 0; c < d; c++) slack[c] = Math.min(slack[c], neighbourBuffer * data[k * width + d + c]);
    listedAt.set(values);
  }

  /** The sum at the centre of every kernel, added up: what the normalisation of OPES averages over. */
  sumAtCentres(): number {
    const { data, width, count } = this;
    let sum = 0;
    for (let a = 0; a < count; a++) {
      const centre = data.subarray(a * width, a * width + this.components.length);
      for (let b = 0; b < count; b++) sum += this.kernelAt(b, centre, null);
    }
    return sum;
  }

  /** Of kernel `a` with all, itself included, in both directions: by how much it raises `sumAtCentres`. */
  private crossSum(a: number): number {
    const { data, width, count } = this;
    const d = this.components.length;
    const centre = data.subarray(a * width, a * width + d);
    let sum = 0;
    for (let b = 0; b < count; b++) {
      sum += this.kernelAt(b, centre, null);
      if (b !== a) sum += this.kernelAt(a, data.subarray(b * width, b * width + d), null);
    }
    return sum;
  }

  /**
   * Adds a kernel, merging as long as there is one within the threshold.
   * @returns by how much `sumAtCentres` has risen
   */
  add(centre: ArrayLike<number>, sigma: ArrayLike<number>, height: number): number {
    const { width } = this;
    const d = this.components.length;
    if ((this.count + 1) * width > this.data.length) {
      const more = new Float64Array(2 * Math.max(this.data.length, width));
      more.set(this.data);
      this.data = more;
    }
    const kernel = new Float64Array(width);
    for (let c = 0; c < d; c++) {
      kernel[c] = centre[c];
      kernel[d + c] = sigma[c];
    }
    kernel[2 * d] = height;
    this.neighbourCount = -1;
    let change = 0;
    for (let at = this.mergeable(kernel); at >= 0; at = this.mergeable(kernel)) {
      change -= this.crossSum(at);
      this.mergeInto(kernel, at);
      this.remove(at);
    }
    this.data.set(kernel, this.count * width);
    this.count++;
    return change + this.crossSum(this.count - 1);
  }

  /** The nearest kernel within the threshold, in its own widths, or -1. */
  private mergeable(kernel: Float64Array): number {
    const { data, components, width } = this;
    const d = components.length;
    let found = -1;
    let least = compressionThreshold * compressionThreshold;
    for (let k = 0; k < this.count; k++) {
      let square = 0;
      for (let c = 0; c < d && square < least; c++) {
        const u = difference(kernel[c], data[k * width + c], components[c].period) / data[k * width + d + c];
        square += u * u;
      }
      if (square < least) {
        least = square;
        found = k;
      }
    }
    return found;
  }

  /** Takes kernel `at` into another one: heights add, centre and variance are those of the mixture. */
  private mergeInto(kernel: Float64Array, at: number): void {
    const { data, components, width } = this;
    const d = components.length;
    const o = at * width;
    const height = kernel[2 * d] + data[o + 2 * d];
    const part = data[o + 2 * d] / height;
    for (let c = 0; c < d; c++) {
      const { period } = components[c];
      const apart = difference(data[o + c], kernel[c], period);
      const variance =
        (1 - part) * kernel[d + c] * kernel[d + c] + part * data[o + d + c] * data[o + d + c] + part * (1 - part) * apart * apart;
      kernel[c] = wrapped(kernel[c] + part * apart, period);
      kernel[d + c] = Math.sqrt(variance);
    }
    kernel[2 * d] = height;
  }

  private remove(at: number): void {
    this.data.copyWithin(at * this.width, (at + 1) * this.width, this.count * this.width);
    this.count--;
  }

  save(): Float64Array {
    return this.data.slice(0, this.count * this.width);
  }

  load(state: Float64Array): void {
    this.data = state.slice();
    this.count = state.length / this.width;
    this.neighbourCount = -1;
  }
}
