/** Pairs at a lag in the time that a bias has sped up. */
import { InputError, type Settings } from '../../../../engine/index.ts';
import type { LearningData } from './prepared.ts';
import type { WeightSettings } from './weights.ts';

/** Above this share of pairs that are a frame with itself the lag is shorter than what frames stand for. */
const mostWithThemselves = 0.1;

interface LearnedFrom {
  readonly data: LearningData;
  readonly warnings: readonly string[];
}

interface TimeSettings {
  readonly weights?: WeightSettings;
  readonly learner: Settings & { readonly type: string };
}

/** The points as they are, or where a learner's lag is one of rescaled time its pairs. */
export function pointsOrPairs(data: LearningData, settings: TimeSettings, where: string): LearnedFrom {
  if (settings.weights?.time !== 'rescaled') return { data, warnings: [] };
  checkRescaledTime(settings, where);
  return pairsInRescaledTime(data, settings.learner.lag as number, `${where}.learner.lag`);
}

/** @throws InputError for rescaled time and a learner without a lag */
export function checkRescaledTime({ weights, learner }: TimeSettings, where: string): void {
  if (weights?.time !== 'rescaled' || typeof learner.lag === 'number') return;
  throw new InputError(
    `${where}.weights.time`,
    `is "rescaled", which is the time of pairs, and the learner "${learner.type}" has no lag here`,
  );
}

/**
 * In time t' with dt' = w dt a frame of weight w = exp(V/kT) stands for w times the interval of frames (McCarty & Parrinello, J. Chem. Phys. 147, 204109
 * (2017); Yang & Parrinello, J. Chem. Theory Comput. 14, 2889 (2018)). Frames are constant over their part of t', and two are a pair with as much weight as the part of
 * the one, a lag later, has in common with the part of the other: both ends then have the weights of the frames. Weights have mean 1 in each run, so
 * that a run is as long in t' as it was. No pair leaves its segment or its side of the split.
 * @returns the pairs as segments of two points a lag apart
 * @throws InputError where there are no neighbours in time
 */
export function pairsInRescaledTime(data: LearningData, lag: number, where: string): LearnedFrom {
  if (data.spacing === null) throw new InputError(where, 'the data hold no two frames of one trajectory: there are no pairs');
  const mean = meansBySource(data);
  const inTraining = new Uint8Array(data.count);
  for (const p of data.training) inTraining[p] = 1;
  const ends: number[] = [];
  const common: number[] = [];
  let [itself, total] = [0, 0];
  for (const { from, to } of data.segments) {
    const time = new Float64Array(to - from + 1);
    for (let p = from; p < to; p++) time[p - from + 1] = time[p - from] + (data.spacing * data.weights[p]) / mean[data.source[p]];
    let first = 0;
    for (let i = 0; i < to - from; i++) {
      const [begin, end] = [time[i] + lag, time[i + 1] + lag];
      while (first < to - from && time[first + 1] <= begin) first++;
      for (let j = first; j < to - from && time[j] < end; j++) {
        const shared = Math.min(end, time[j + 1]) - Math.max(begin, time[j]);
        if (!(shared > 0) || inTraining[from + i] !== inTraining[from + j]) continue;
        ends.push(from + i, from + j);
        common.push(shared * mean[data.source[from]]);
        total += shared;
        if (i === j) itself += shared;
      }
    }
  }
  const warnings =
    itself > mostWithThemselves * total
      ? [
          `${Math.round((100 * itself) / total)} % of the pairs at a lag of ${lag} in rescaled time are a frame with itself, because frames of large weight stand for longer than that: what is fast looks slow. ` +
            'Take a longer lag, or store frames more often',
        ]
      : [];
  return { data: asPairs(data, ends, common, inTraining, lag), warnings };
}

function meansBySource({ weights, source }: LearningData): number[] {
  const [sums, counts]: [number[], number[]] = [[], []];
  weights.forEach((w, p) => {
    sums[source[p]] = (sums[source[p]] ?? 0) + w;
    counts[source[p]] = (counts[source[p]] ?? 0) + 1;
  });
  return sums.map((sum, s) => sum / counts[s]);
}

function asPairs(
  data: LearningData,
  ends: readonly number[],
  common: readonly number[],
  inTraining: Uint8Array,
  lag: number,
): LearningData {
  const inputs = data.names.length;
  const count = ends.length;
  const scale = common.length / common.reduce((sum, c) => sum + c, 0);
  const x = new Float64Array(count * inputs);
  ends.forEach((p, n) => {
    x.set(data.x.subarray(p * inputs, (p + 1) * inputs), n * inputs);
  });
  const all = Int32Array.from({ length: count }, (_, n) => n);
  return {
    ...data,
    count,
    x,
    weights: Float64Array.from(all, (n) => scale * common[n >> 1]),
    segments: common.map((_, k) => ({ from: 2 * k, to: 2 * k + 2 })),
    spacing: lag,
    source: Int32Array.from(ends, (p) => data.source[p]),
    training: all.filter((n) => inTraining[ends[n]] === 1),
    validation: all.filter((n) => inTraining[ends[n]] === 0),
    metric: null,
  };
}
