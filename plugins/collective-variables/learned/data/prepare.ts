/** Standardises points and splits them for training and validation. */
import { InputError } from '../../../../engine/index.ts';
import type { Points } from './load.ts';
import type { LearningData } from './prepared.ts';

/** What a network's inputs were like in training, and how they were scaled. */
export interface InputStatistics {
  readonly names: readonly string[];
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly minimum: readonly number[];
  readonly maximum: readonly number[];
}

export interface SplitSettings {
  readonly blocks: number;
  readonly validationFraction: number;
}

export interface Prepared {
  readonly data: LearningData;
  readonly statistics: InputStatistics;
  /** (sum w)^2 / sum w^2: how many unweighted points these are worth. */
  readonly effectivePoints: number;
}

/** @throws InputError if no point has weight, or too few are there to be split */
export function prepare(points: Points, kT: number, split: SplitSettings, where: string): Prepared {
  const { count } = points;
  if (count < 2 * split.blocks)
    throw new InputError(where, `holds ${count} frames; learning in ${split.blocks} blocks takes at least ${2 * split.blocks}`);
  const own = byWorth(points);
  let [sum, squares] = [0, 0];
  for (const w of own) {
    sum += w;
    squares += w * w;
  }
  if (!(sum > 0)) throw new InputError(where, 'no frame has a weight above zero');
  const weights = own.map((w) => (w * count) / sum);
  const statistics = measure(points, weights);
  const data: LearningData = {
    names: points.names,
    count,
    x: standardised(points.x, statistics),
    weights,
    segments: points.segments,
    spacing: points.spacing,
    source: points.source,
    ...splitPoints(points, split),
    metric: points.metric && standardisedMetric(points.metric, statistics),
    kT,
  };
  return { data, statistics, effectivePoints: (sum * sum) / squares };
}

/**
 * Weights of which those of a run add up to the number of points that it is worth, (sum w)^2 / sum w^2: weights of two runs have no common scale, and of
 * independent estimates of one average that counts most which is worth most.
 */
function byWorth({ weights, source }: Points): Float64Array {
  const [sum, squares]: [number[], number[]] = [[], []];
  weights.forEach((w, p) => {
    sum[source[p]] = (sum[source[p]] ?? 0) + w;
    squares[source[p]] = (squares[source[p]] ?? 0) + w * w;
  });
  return weights.map((w, p) => (squares[source[p]] > 0 ? (w * sum[source[p]]) / squares[source[p]] : 0));
}

function measure({ x, names, count }: Points, weights: Float64Array): InputStatistics {
  const inputs = names.length;
  const [mean, square] = [new Float64Array(inputs), new Float64Array(inputs)];
  const minimum = new Float64Array(inputs).fill(Number.POSITIVE_INFINITY);
  const maximum = new Float64Array(inputs).fill(Number.NEGATIVE_INFINITY);
  for (let p = 0; p < count; p++)
    for (let i = 0; i < inputs; i++) {
      const value = x[p * inputs + i];
      mean[i] += (weights[p] * value) / count;
      minimum[i] = Math.min(minimum[i], value);
      maximum[i] = Math.max(maximum[i], value);
    }
  for (let p = 0; p < count; p++)
    for (let i = 0; i < inputs; i++) square[i] += (weights[p] * (x[p * inputs + i] - mean[i]) ** 2) / count;
  // An input that never changes says nothing: it is shifted, not blown up.
  const deviation = square.map((s, i) => (s > 1e-16 * (1 + mean[i] * mean[i]) ? Math.sqrt(s) : 1));
  return { names, mean: [...mean], deviation: [...deviation], minimum: [...minimum], maximum: [...maximum] };
}

function standardised(x: Float64Array, { mean, deviation }: InputStatistics): Float64Array {
  const inputs = mean.length;
  return x.map((value, k) => (value - mean[k % inputs]) / deviation[k % inputs]);
}

function standardisedMetric(metric: Float64Array, { deviation }: InputStatistics): Float64Array {
  const inputs = deviation.length;
  return metric.map((m, k) => m / (deviation[Math.floor(k / inputs) % inputs] * deviation[k % inputs]));
}

/**
 * Blocks of consecutive frames, some of them for validation, spread evenly: neighbouring frames are alike. Where there are at least as many copies or
 * runs as blocks, whole ones are held back instead, which are independent.
 */
function splitPoints(points: Points, { blocks, validationFraction }: SplitSettings) {
  const held = Math.max(1, Math.min(blocks - 1, Math.round(blocks * validationFraction)));
  const forValidation = new Set(Array.from({ length: held }, (_, v) => Math.floor(((v + 0.5) * blocks) / held)));
  const block = new Int32Array(points.count);
  if (points.walkers >= blocks) for (let p = 0; p < points.count; p++) block[p] = points.walker[p] % blocks;
  else {
    const first = new Int32Array(points.walkers).fill(-1);
    const length = new Int32Array(points.walkers);
    for (let p = 0; p < points.count; p++) {
      if (first[points.walker[p]] < 0) first[points.walker[p]] = p;
      length[points.walker[p]]++;
    }
    for (let p = 0; p < points.count; p++) {
      const w = points.walker[p];
      block[p] = Math.floor(((p - first[w]) * blocks) / length[w]);
    }
  }
  const all = Int32Array.from({ length: points.count }, (_, p) => p);
  return {
    training: all.filter((p) => !forValidation.has(block[p])),
    validation: all.filter((p) => forValidation.has(block[p])),
  };
}
