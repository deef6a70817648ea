/** Self-diffusion of molecules from the mean-square displacement of their centres of mass. */
import type { Trajectory } from '../../engine/index.ts';
import { moleculeCentres, moleculeCount, moleculeMasses } from './frames.ts';
import { standardErrorOfBlocks } from './statistics.ts';

export interface Diffusion {
  /** Lag times (time units), from one interval between frames. */
  readonly time: Float64Array;
  /** Mean-square displacement (length^2) at each lag. */
  readonly displacement: Float64Array;
  /** D = slope / 6, length^2/time. */
  readonly coefficient: number;
  /** Standard error from blocks of molecules, or of time origins where there are few molecules. */
  readonly error: number | null;
  /** Lag times between which the slope was fitted. */
  readonly fit: readonly [number, number];
}

export interface DiffusionOptions {
  /** Longest lag as a part of the run; a fifth if absent, where there are few molecules a fiftieth (but ten frames, if they are in that fifth). */
  readonly longest?: number;
  /** Bound on the longest lag in time units, so that two runs are fitted over the same lags. */
  readonly longestTime?: number;
  /** The fit starts at this part of the longest lag, after the ballistic and caged motion. */
  readonly fitFrom?: number;
  /** Subtract the displacement of the whole system's centre of mass; by default where there is more than one molecule. */
  readonly removeDrift?: boolean;
  readonly blocks?: number;
}

const mostLags = 100;

/**
 * From so many molecules on they are the independent samples. Fewer are averaged over time, where windows overlap: of one molecule a displacement over
 * a fifth of the run is known to 35 %, and blocks of time origins shorter than the lag are no estimate of that; over a fiftieth both are right.
 */
const manyMolecules = 8;

/**
 * Einstein's relation <|x(t) - x(0)|^2> = 6 D t, averaged over molecules and all time origins, with a straight line fitted by least
 * squares between two lags (Allen & Tildesley, section 8.5). Frames must be evenly spaced, positions unwrapped.
 * `undefined` for fewer than ten frames. No finite-size correction is applied (Yeh & Hummer, J. Phys. Chem. B 108, 15873, 2004).
 */
export function diffusion(trajectory: Trajectory, options: DiffusionOptions = {}): Diffusion | undefined {
  const { length } = trajectory;
  if (length < 10) return undefined;
  const timeBetween = (trajectory.frame(length - 1).time - trajectory.frame(0).time) / (length - 1);
  const bound = options.longestTime === undefined ? length : Math.round(options.longestTime / timeBetween);
  const molecules = moleculeCount(trajectory.structure);
  const byMolecule = molecules >= manyMolecules;
  const part = (fraction: number): number => Math.floor(fraction * (length - 1));
  const usual = byMolecule ? part(0.2) : Math.max(part(0.02), Math.min(10, part(0.2)));
  const longest = Math.min(bound, options.longest === undefined ? usual : part(options.longest));
  if (longest < 2) return undefined;
  const { centres, interval } = centresOverTime(trajectory, options.removeDrift ?? molecules > 1);
  const spacing = Math.ceil(longest / mostLags);
  const lags = Array.from({ length: Math.floor(longest / spacing) }, (_, k) => (k + 1) * spacing);
  const wanted = options.blocks ?? 10;
  const blocks = byMolecule ? Math.min(wanted, molecules >> 1) : wanted;
  const sums = Array.from({ length: blocks }, () => new Float64Array(lags.length));
  const counts = Array.from({ length: blocks }, () => new Float64Array(lags.length));
  lags.forEach((lag, k) => {
    for (let origin = 0; origin + lag < length; origin++) {
      const a = centres[origin];
      const b = centres[origin + lag];
      const timeBlock = Math.floor((origin * blocks) / (length - lag));
      for (let m = 0; m < molecules; m++) {
        const block = byMolecule ? Math.floor((m * blocks) / molecules) : timeBlock;
        const dx = b[3 * m] - a[3 * m];
        const dy = b[3 * m + 1] - a[3 * m + 1];
        const dz = b[3 * m + 2] - a[3 * m + 2];
        sums[block][k] += dx * dx + dy * dy + dz * dz;
        counts[block][k]++;
      }
    }
  });
  const time = Float64Array.from(lags, (lag) => lag * interval);
  const total = (rows: Float64Array[], k: number): number => rows.reduce((sum, row) => sum + row[k], 0);
  const displacement = Float64Array.from(lags, (_, k) => total(sums, k) / total(counts, k));
  const from = Math.min(lags.length - 2, Math.floor((options.fitFrom ?? 0.25) * lags.length));
  const blockCoefficients = sums.map(
    (sum, b) =>
      slope(
        time,
        Float64Array.from(sum, (s, k) => s / counts[b][k]),
        from,
      ) / 6,
  );
  return {
    time,
    displacement,
    coefficient: slope(time, displacement, from) / 6,
    error: blockCoefficients.every(Number.isFinite) ? standardErrorOfBlocks(blockCoefficients) : null,
    fit: [time[from], time[time.length - 1]],
  };
}

function centresOverTime(trajectory: Trajectory, removeDrift: boolean): { centres: Float64Array[]; interval: number } {
  const masses = moleculeMasses(trajectory.structure);
  const total = masses.reduce((a, b) => a + b, 0);
  const centres: Float64Array[] = [];
  const times: number[] = [];
  for (let f = 0; f < trajectory.length; f++) {
    const frame = trajectory.frame(f);
    times.push(frame.time);
    const x = moleculeCentres(trajectory.structure, frame.positions);
    if (removeDrift) {
      const centre = [0, 0, 0];
      for (let i = 0; i < x.length; i++) centre[i % 3] += (masses[Math.floor(i / 3)] / total) * x[i];
      for (let i = 0; i < x.length; i++) x[i] -= centre[i % 3];
    }
    centres.push(x);
  }
  return { centres, interval: (times[times.length - 1] - times[0]) / (times.length - 1) };
}

/** Slope of the least-squares line through (x, y) from index `from` on. */
function slope(x: Float64Array, y: Float64Array, from: number): number {
  const count = x.length - from;
  let mx = 0;
  let my = 0;
  for (let k = from; k < x.length; k++) {
    mx += x[k] / count;
    my += y[k] / count;
  }
  let xy = 0;
  let xx = 0;
  for (let k = from; k < x.length; k++) {
    xy += (x[k] - mx) * (y[k] - my);
    xx += (x[k] - mx) ** 2;
  }
  return xy / xx;
}
