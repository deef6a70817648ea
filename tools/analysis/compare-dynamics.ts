/** The part of a comparison that is about motion and state: diffusion, the size of molecules over time, pressure. */
import type { Trajectory, UnitSystem } from '../../engine/index.ts';
import { rounded } from './compare-structure.ts';
import type { ComparedNumber, Comparison, MemoryCurve, MsdCurve } from './comparison.ts';
import { type Diffusion, diffusion } from './diffusion.ts';
import { moleculeCount } from './frames.ts';
import { type Gyration, gyration } from './gyration.ts';

/** Diffusion coefficients fitted over the same lags. */
export function compareDiffusion(a: Trajectory, b: Trajectory, notes: string[]): Comparison['diffusion'] {
  let [left, right] = [diffusion(a), diffusion(b)];
  if (left && right) {
    // a slope depends on the lags it is fitted over while motion is not yet diffusive: the same for both
    const longestTime = Math.min(left.fit[1], right.fit[1]);
    [left, right] = [diffusion(a, { longestTime }), diffusion(b, { longestTime })];
  }
  if (!left || !right)
    notes.push('no diffusion coefficient of both runs over the same lags: one is too short, or its frames too far apart');
  const curve = (found: Diffusion | undefined): MsdCurve | null =>
    found ? { time: rounded(found.time), displacement: rounded(found.displacement), fit: found.fit } : null;
  return {
    ...ratioOf(left?.coefficient ?? null, right?.coefficient ?? null),
    referenceError: left?.error ?? null,
    candidateError: right?.error ?? null,
    unit: a.structure.units === 'md' ? 'nm2/ps' : 'sigma2/tau',
    description: "self-diffusion of the molecules' centres of mass, from the mean-square displacement",
    curves: { reference: curve(left), candidate: curve(right) },
  };
}

/** Size of molecules of more than two particles, and how long they keep it. */
export function compareGyration(a: Trajectory, b: Trajectory): Pick<Comparison, 'gyration' | 'gyrationMemory'> {
  if (a.structure.mass.length < 3 * moleculeCount(a.structure)) return { gyration: null, gyrationMemory: null };
  const [left, right] = [gyration(a), gyration(b)];
  const md = a.structure.units === 'md';
  const curve = ({ correlation }: Gyration): MemoryCurve | null =>
    correlation && { time: rounded(correlation.time), correlation: rounded(correlation.value) };
  return {
    gyration: {
      ...ratioOf(left.mean, right.mean),
      referenceError: left.error,
      candidateError: right.error,
      unit: md ? 'nm2' : 'sigma2',
      description: 'mean square radius of gyration of a molecule',
    },
    gyrationMemory: {
      ...ratioOf(left.autocorrelationTime, right.autocorrelationTime),
      unit: md ? 'ps' : 'tau',
      description: "integrated autocorrelation time of a molecule's square radius of gyration",
      curves: { reference: curve(left), candidate: curve(right) },
    },
  };
}

/** Mean pressure of a run and its block error, bar or reduced. */
export interface PressureAverage {
  readonly mean: number;
  readonly error: number | null;
}

export function comparePressure(a: PressureAverage | null, b: PressureAverage | null, units: UnitSystem): ComparedNumber | null {
  if (!a && !b) return null;
  return {
    ...ratioOf(a?.mean ?? null, b?.mean ?? null),
    referenceError: a?.error ?? null,
    candidateError: b?.error ?? null,
    unit: units === 'md' ? 'bar' : '',
    description: 'mean pressure',
  };
}

/** Numbers of both runs and candidate / reference where that means something. */
export function ratioOf(reference: number | null, candidate: number | null) {
  const finite = (x: number | null): number | null => (x !== null && Number.isFinite(x) ? x : null);
  const [a, b] = [finite(reference), finite(candidate)];
  return { reference: a, candidate: b, ratio: a !== null && b !== null && a > 0 ? b / a : null };
}
