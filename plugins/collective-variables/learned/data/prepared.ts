/** What a training works on: standardised inputs of points in time, with weights, split into blocks. */
import { InputError } from '../../../../engine/index.ts';

/** Points of equal spacing in time, one after the other in one trajectory of one copy. */
export interface Segment {
  readonly from: number;
  /** Behind the last. */
  readonly to: number;
}

/**
 * Inputs of a network at many points, in the order of stages, copies and frames. Points of a segment are neighbours in time; a lag of n steps
 * is the pair (p, p + n) within one segment, so that no pair crosses a gap between trajectories or a frame that is missing.
 */
export interface LearningData {
  readonly names: readonly string[];
  readonly count: number;
  /** [point][input], standardised. */
  readonly x: Float64Array;
  /** One a point, adding up to the number of points. */
  readonly weights: Float64Array;
  readonly segments: readonly Segment[];
  /** Time between neighbours of a segment; null where there are no neighbours. */
  readonly spacing: number | null;
  /** Which of the runs given each point comes from. */
  readonly source: Int32Array;
  /** Points to train on, and points to validate on: whole blocks of time, or whole copies. */
  readonly training: Int32Array;
  readonly validation: Int32Array;
  /** sum_a mobility_a (dx_i/dr_a . dx_j/dr_a) of each point, [point][input][input], in length^2/(energy time); one matrix if constant; null if not asked for. */
  readonly metric: Float64Array | null;
  /** energy units; NaN if unknown. */
  readonly kT: number;
}

/** Lag in steps of the spacing. @throws InputError if the lag is no multiple of it, or no pair is that far apart */
export function lagSteps(data: Pick<LearningData, 'spacing'>, lag: number, where: string): number {
  if (data.spacing === null) throw new InputError(where, 'the data hold no two frames of one trajectory: there are no pairs');
  const steps = Math.round(lag / data.spacing);
  if (steps < 1 || Math.abs(steps * data.spacing - lag) > 1e-6 * lag)
    throw new InputError(
      where,
      `is ${lag}; frames are ${Number(data.spacing.toPrecision(6))} apart, and a lag must be a multiple of that`,
    );
  return steps;
}

/** Of `points`, those whose partner `steps` later lies in the same segment and on the same side of the split. */
export function pairStarts(data: LearningData, points: Int32Array, steps: number): Int32Array {
  const end = new Int32Array(data.count);
  for (const { from, to } of data.segments) end.fill(to, from, to);
  const inside = new Uint8Array(data.count);
  for (const p of points) inside[p] = 1;
  return points.filter((p) => p + steps < end[p] && inside[p + steps] === 1);
}
