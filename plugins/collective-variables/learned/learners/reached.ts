/** What `deep-tda` reached: where each state lies along the variable, how wide it is, and how far states overlap. */
import type { LearningData } from '../data/prepared.ts';
import { outputsAt } from '../forms.ts';
import type { NetworkDescription } from '../network/description.ts';
import { PointNetwork } from '../network/point-network.ts';
import type { Targets } from '../terms/target-distribution.ts';

/** More common area than this, and two states are not told apart. */
const mostOverlap = 0.05;
/** A mean may be off by this part of the distance to the nearest other target, a width by this factor. */
const [meanOff, widthOff] = [0.1, 3];
const bins = 50;

interface ReachedState {
  readonly mean: readonly number[];
  readonly width: readonly number[];
}

export interface Reached {
  readonly states: readonly ReachedState[];
  /** Common area of the distributions of two states along the line between their targets. */
  readonly overlaps: readonly { readonly states: readonly [number, number]; readonly overlap: number }[];
  readonly warnings: readonly string[];
}

/** Over validation points, or all where a state has none of those. */
export function reached(
  network: NetworkDescription,
  data: LearningData,
  { means, widths }: Pick<Targets, 'means' | 'widths'>,
): Reached {
  const members = means.map((_, state) => {
    const seen = data.validation.filter((p) => data.source[p] === state);
    return seen.length > 1 ? seen : Int32Array.from(data.source.keys()).filter((p) => data.source[p] === state);
  });
  const point = new PointNetwork(network);
  const outputs = members.map((points) => outputsAt(point, data, points));
  const weights = members.map((points) => Float64Array.from(points, (p) => data.weights[p]));
  const states = outputs.map((rows, state) => {
    const moments = rows.map((row) => momentsOf(row, weights[state]));
    return { mean: moments.map(({ mean }) => mean), width: moments.map(({ width }) => width) };
  });
  const overlaps = means.flatMap((target, a) =>
    means.slice(a + 1).map((other, n) => {
      const b = a + 1 + n;
      const line = target.map((t, k) => other[k] - t);
      const [along, across] = [a, b].map((state) => projected(outputs[state], line));
      return { states: [a, b] as const, overlap: overlapOf(along, weights[a], across, weights[b]) };
    }),
  );
  return { states, overlaps, warnings: warningsOf(states, overlaps, means, widths) };
}

function warningsOf(
  states: Reached['states'],
  overlaps: Reached['overlaps'],
  means: Targets['means'],
  widths: Targets['widths'],
): string[] {
  const mixed = overlaps.filter(({ overlap }) => overlap > mostOverlap);
  if (mixed.length > 0)
    return mixed.map(
      ({ states: [a, b], overlap }) =>
        `states ${a + 1} and ${b + 1} are not told apart: their distributions along the variable have ${Math.round(100 * overlap)} % in common. Either the two runs are ` +
        'of the same state, or a run went from one to the other, or the features do not tell them apart',
    );
  const short = (x: number): string => String(Number(x.toPrecision(3)));
  return states.flatMap(({ mean, width }, state) => {
    const others = means.filter((_, other) => other !== state).map((other) => distance(other, means[state]));
    const off = distance(mean, means[state]) > meanOff * Math.min(...others);
    const wide = width.some((w, k) => w > widthOff * widths[state][k] || w < widths[state][k] / widthOff);
    if (!off && !wide) return [];
    return [
      `state ${state + 1} lies at ${mean.map(short).join(', ')} with width ${width.map(short).join(', ')}, and was to lie at ${means[state].map(short).join(', ')} with width ` +
        `${widths[state].map(short).join(', ')}: train longer, or ask for other means and widths`,
    ];
  });
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0));
}

function projected(rows: readonly Float64Array[], line: readonly number[]): Float64Array {
  return rows[0].map((_, b) => rows.reduce((sum, row, k) => sum + line[k] * row[b], 0));
}

function momentsOf(row: Float64Array, weights: Float64Array): { mean: number; width: number } {
  let [total, sum, square] = [0, 0, 0];
  row.forEach((value, b) => {
    total += weights[b];
    sum += weights[b] * value;
  });
  row.forEach((value, b) => {
    square += weights[b] * (value - sum / total) ** 2;
  });
  return { mean: sum / total, width: Math.sqrt(square / total) };
}

/** Sum over bins of the lesser of two densities. */
function overlapOf(a: Float64Array, weightsA: Float64Array, b: Float64Array, weightsB: Float64Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of [a, b])
    for (const value of row) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (!(high > low)) return 1;
  const histogram = (row: Float64Array, weights: Float64Array): Float64Array => {
    const counts = new Float64Array(bins);
    let total = 0;
    row.forEach((value, k) => {
      counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))] += weights[k];
      total += weights[k];
    });
    return counts.map((count) => count / total);
  };
  const [first, second] = [histogram(a, weightsA), histogram(b, weightsB)];
  return first.reduce((sum, share, k) => sum + Math.min(share, second[k]), 0);
}
