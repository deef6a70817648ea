/** How far variables fluctuate about where they have been lately: the width of kernels where nobody knows it beforehand. */
import { type Component, difference, wrapped } from '../../engine/index.ts';

/**
 * The mean square distance from an average that forgets what is older than some number of steps (M. Invernizzi & M. Parrinello, J. Chem. Theory
 * Comput. 18, 3988 (2022)). While fewer steps are known it is their variance, by Welford's recurrence.
 */
export class AdaptiveWidth {
  private readonly components: readonly Component[];
  private readonly memory: number;
  private count = 0;
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;

  /** @param memory steps that the average remembers */
  constructor(components: readonly Component[], memory: number) {
    this.components = components;
    this.memory = memory;
    this.mean = new Float64Array(components.length);
    this.squares = new Float64Array(components.length);
  }

  /** Whether as many steps are known as it remembers. */
  get ready(): boolean {
    return this.count >= this.memory;
  }

  add(values: ArrayLike<number>): void {
    const { components, mean, squares, memory } = this;
    this.count++;
    for (let c = 0; c < mean.length; c++) {
      const { period } = components[c];
      if (this.count === 1) mean[c] = values[c];
      const before = difference(values[c], mean[c], period);
      mean[c] = wrapped(mean[c] + before / Math.min(this.count, memory), period);
      squares[c] += before * difference(values[c], mean[c], period);
    }
  }

  /** What was seen so far counts as if it had been seen `factor` times as wide, in squares. */
  widen(factor: number): void {
    for (let c = 0; c < this.squares.length; c++) this.squares[c] *= factor;
  }

  /** Standard deviations. */
  widths(): Float64Array {
    return this.squares.map((square) => Math.sqrt(square / Math.max(1, this.count)));
  }

  save(): Float64Array {
    return Float64Array.of(this.count, ...this.mean, ...this.squares);
  }

  load(state: Float64Array): void {
    const d = this.mean.length;
    this.count = state[0];
    this.mean.set(state.subarray(1, 1 + d));
    this.squares.set(state.subarray(1 + d, 1 + 2 * d));
  }
}
