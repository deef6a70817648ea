/** Radius of gyration of molecules: mean square, spread and memory. */
import type { Trajectory } from '../../engine/index.ts';
import { autocorrelation, integratedAutocorrelationTime } from './autocorrelation.ts';
import { moleculeCentres, moleculeCount, moleculeMasses } from './frames.ts';
import { blockStandardError, mean, standardDeviation } from './statistics.ts';

export interface Gyration {
  /** Time of each frame. */
  readonly time: Float64Array;
  /** Mean over the molecules of Rg^2 (length^2), one value a frame. */
  readonly series: Float64Array;
  /** <Rg^2>, length^2. */
  readonly mean: number;
  /** Block standard error of the mean. */
  readonly error: number | null;
  /** Standard deviation of Rg^2 over molecules and frames. */
  readonly sd: number;
  /** Integrated autocorrelation time of Rg^2 of a molecule (time units), averaged over molecules; null if the run is too short. */
  readonly autocorrelationTime: number | null;
  /** Autocorrelation of Rg^2, averaged over molecules, up to a fifth of the run (at most 100 lags); null for fewer than ten frames. */
  readonly correlation: { readonly time: Float64Array; readonly value: Float64Array } | null;
}

const mostLags = 100;

/** Rg^2 = sum m |x - centre|^2 / sum m of every molecule, in each frame; molecules are whole in a trajectory. */
export function gyration(trajectory: Trajectory): Gyration {
  const { structure } = trajectory;
  const molecules = moleculeCount(structure);
  const masses = moleculeMasses(structure);
  const time = new Float64Array(trajectory.length);
  const each = Array.from({ length: molecules }, () => new Float64Array(trajectory.length));
  for (let f = 0; f < trajectory.length; f++) {
    const { positions, time: at } = trajectory.frame(f);
    time[f] = at;
    const centres = moleculeCentres(structure, positions);
    for (let i = 0; i < structure.mass.length; i++) {
      const m = structure.molecule[i];
      let square = 0;
      for (let k = 0; k < 3; k++) square += (positions[3 * i + k] - centres[3 * m + k]) ** 2;
      each[m][f] += (structure.mass[i] / masses[m]) * square;
    }
  }
  const series = Float64Array.from(time, (_, f) => mean(each.map((values) => values[f])));
  const all = new Float64Array(molecules * trajectory.length);
  each.forEach((values, m) => {
    all.set(values, m * trajectory.length);
  });
  const interval = trajectory.length > 1 ? (time[time.length - 1] - time[0]) / (time.length - 1) : 0;
  const times = each.map(integratedAutocorrelationTime).filter((tau) => tau !== null);
  return {
    time,
    series,
    mean: mean(series),
    error: blockStandardError(series),
    sd: standardDeviation(all),
    autocorrelationTime: times.length === 0 || times.length < molecules / 2 ? null : mean(times) * interval,
    correlation: time.length < 10 ? null : meanCorrelation(each, interval),
  };
}

function meanCorrelation(each: readonly Float64Array[], interval: number): Gyration['correlation'] {
  const lags = Math.min(mostLags, Math.floor(each[0].length / 5));
  const value = new Float64Array(lags + 1);
  for (const values of each)
    autocorrelation(values, lags).forEach((c, lag) => {
      value[lag] += c / each.length;
    });
  return { time: Float64Array.from(value, (_, lag) => lag * interval), value };
}
