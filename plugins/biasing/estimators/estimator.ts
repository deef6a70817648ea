/** What a method of finding free energies is: from parts of runs to values on bins. */
import type { Component, Registry, Settings } from '../../../engine/index.ts';
import type { Bins } from '../force-bins.ts';
import type { BiasedRun } from '../runs.ts';
import type { Overlap } from './overlap.ts';

/** A part of every run, as fractions of what is not discarded. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** All but that part is meant. */
  readonly except?: true;
}

export const whole: Part = { from: 0, to: 1 };

export interface Estimator {
  readonly components: readonly Component[];
  readonly axes: readonly Bins[];
  /** The free energy by bin in kT, up to a constant; NaN where nothing is known. */
  estimate(part: Part): Float64Array;
  /** Whether any part stands by itself; otherwise only those from the beginning do (sums of hills). */
  readonly independent: boolean;
  /** ln of the weight of each row, by run, where the method has them. */
  readonly weights: readonly Float64Array[] | null;
  /** Of methods that put windows together. */
  readonly overlap?: Overlap;
}

export interface Request {
  readonly runs: readonly BiasedRun[];
  /** Variables that the free energy is wanted over. */
  readonly names: readonly string[];
  /** The bias that the method is about; null: the only one of its type. */
  readonly bias: string | null;
  readonly settings: Settings;
  readonly where: string;
  readonly registry: Registry;
  /** Bins over components, from the settings `bins` and `range`, or what was visited. */
  axes(components: readonly Component[]): Bins[];
}

/** Rows of a run that are in a part. */
export function rowsOf({ first, rows }: BiasedRun, { from, to, except }: Part): Int32Array {
  const [begin, end] = [Math.round(from * rows), Math.round(to * rows)];
  if (!except) return Int32Array.from({ length: end - begin }, (_, k) => first + begin + k);
  return Int32Array.from({ length: rows - (end - begin) }, (_, k) => first + (k < begin ? k : k + end - begin));
}
