/** What OPES knows of the density: its kernels, how many were put down, with what weights, and the mean of the density at the kernels. */
import { type Component, exp } from '../../engine/index.ts';
import { KernelDensity } from './kernels.ts';
import type { WrittenKernel } from './kernels-file.ts';
import type { OpesTarget } from './opes-target.ts';

export class SampledDensity {
  readonly density: KernelDensity;
  private readonly explore: boolean;
  /** Kernels put down, and one that stands for what is not sampled yet. */
  private kernels = 1;
  private sumOfWeights: number;
  private sumOfSquares: number;
  private sumAtCentres = 0;
  /** Z. */
  zed = 1;
  /** What the sum of the kernels is divided by. */
  norm: number;

  constructor({ explore, cutoff, logFirstWeight }: OpesTarget, components: readonly Component[]) {
    this.density = new KernelDensity(components, cutoff);
    this.explore = explore;
    this.sumOfWeights = exp(logFirstWeight);
    this.sumOfSquares = this.sumOfWeights * this.sumOfWeights;
    this.norm = explore ? 1 : this.sumOfWeights;
  }

  /** Counts a kernel that is about to be added. Returns its weight. */
  count(logWeight: number): number {
    const weight = exp(logWeight);
    this.kernels++;
    this.sumOfWeights += weight;
    this.sumOfSquares += weight * weight;
    this.norm = this.explore ? this.kernels : this.sumOfWeights;
    return weight;
  }

  /** n_eff of the weights. */
  get effectiveSize(): number {
    return (1 + this.sumOfWeights) ** 2 / (1 + this.sumOfSquares);
  }

  /** What kernels narrow with. */
  get size(): number {
    return this.explore ? this.kernels : this.effectiveSize;
  }

  /** exp(c(t)/kT). */
  get meanWeight(): number {
    return this.sumOfWeights / this.kernels;
  }

  add(centre: ArrayLike<number>, sigma: ArrayLike<number>, height: number): void {
    this.sumAtCentres += this.density.add(centre, sigma, height);
    this.zed = this.sumAtCentres / this.norm / this.density.count;
  }

  /** Puts down kernels again in the same order: what comes out is the same to the bit where all digits were written. */
  replay(kernels: readonly WrittenKernel[]): void {
    for (const { centre, sigma, height, logWeight } of kernels) {
      this.count(logWeight);
      this.add(centre, sigma, height);
    }
  }

  /** Everything but the kernels. */
  save(): readonly number[] {
    return [this.kernels, this.sumOfWeights, this.sumOfSquares, this.sumAtCentres, this.zed, this.norm];
  }

  load(numbers: Iterable<number>): void {
    [this.kernels, this.sumOfWeights, this.sumOfSquares, this.sumAtCentres, this.zed, this.norm] = numbers;
  }
}
