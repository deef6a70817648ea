/** How far the distributions of a model's run are from those of the atoms: the sum that inversion lowers, with what noise alone would make of it. */

import type { SiteHistogram } from '../../../plugins/potentials/refinement/histogram.ts';
import { deviation } from '../../../plugins/potentials/refinement/refine.ts';

/** Mean counts of a configuration in each of several time blocks, on the nodes of one histogram. */
export type Blocks = readonly Float64Array[];

export interface DistributionError {
  /** Mean over bonds, angles, dihedrals and pairs of each kind of the sum of differences over the sum of counts. */
  readonly error: number;
  /** Standard error, from leaving out one time block after the other. */
  readonly uncertainty: number;
  /** What the error would be on average if the model were right. */
  readonly noise: number;
}

export function distributionError(histogram: SiteHistogram, atoms: Blocks, beads: Blocks): DistributionError {
  const error = deviation(histogram, meanOf(beads), meanOf(atoms));
  const uncertainty = Math.hypot(...jackknife(histogram, atoms, beads).map(standardError));
  return { error, uncertainty, noise: expectedFromNoise(histogram, atoms, beads) };
}

/** Standard error of the difference of two models' errors; the noise of the atoms' distributions is in both. */
export function errorOfDifference(histogram: SiteHistogram, atoms: Blocks, one: Blocks, other: Blocks): number {
  const [[sharedByOne, ownOfOne], [sharedByOther, ownOfOther]] = [one, other].map((beads) => jackknife(histogram, atoms, beads));
  const shared = sharedByOne.map((value, b) => value - sharedByOther[b]);
  return Math.hypot(...[shared, ownOfOne, ownOfOther].map(standardError));
}

/** The deviation without each block of the atoms, and without each of the beads. */
function jackknife(histogram: SiteHistogram, atoms: Blocks, beads: Blocks): [number[], number[]] {
  const [target, counts] = [meanOf(atoms), meanOf(beads)];
  const without = (blocks: Blocks): Float64Array[] => blocks.map((_, left) => meanOf(blocks.filter((_block, b) => b !== left)));
  return [
    without(atoms).map((fewer) => deviation(histogram, counts, fewer)),
    without(beads).map((fewer) => deviation(histogram, fewer, target)),
  ];
}

/** Of the estimate whose values with one block left out these are. */
function standardError(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  return Math.sqrt((values.reduce((sum, v) => sum + (v - mean) ** 2, 0) * (n - 1)) / n);
}

/** The mean of |x| is sqrt(2/pi) times the standard error where x is noise about zero. */
function expectedFromNoise(histogram: SiteHistogram, atoms: Blocks, beads: Blocks): number {
  const target = meanOf(atoms);
  const [here, there] = [atoms, beads].map(varianceOfMean);
  const moved = target.map((n, k) => n + Math.sqrt((2 / Math.PI) * (here[k] + there[k])));
  return deviation(histogram, moved, target);
}

function varianceOfMean(blocks: Blocks): Float64Array {
  const mean = meanOf(blocks);
  const n = blocks.length;
  return mean.map((m, k) => blocks.reduce((sum, block) => sum + (block[k] - m) ** 2, 0) / (n * (n - 1)));
}

function meanOf(blocks: Blocks): Float64Array {
  return blocks[0].map((_, k) => blocks.reduce((sum, block) => sum + block[k], 0) / blocks.length);
}
