/** What the training frames contained: the extremes and moments of every distance, angle and dihedral, and where they occurred. */
import { coordinateFunctions } from './coordinates.ts';
import type { TrainingSet } from './model.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from './neighbour-pairs.ts';
import { arity, bondedGroups, exclusionsAlongBonds, type InternalCoordinate } from './topology.ts';
import { largestCutoff } from './training-set.ts';

/** Where an extreme value was seen. `time` is null where the set does not know it. */
export interface Occurrence {
  /** Frame of the stored trajectory. */
  readonly frame: number;
  readonly time: number | null;
  readonly sites: readonly number[];
}

/** Distances in length units, angles in rad. */
export interface CoordinateRange {
  readonly coordinate: InternalCoordinate;
  readonly types: readonly string[];
  readonly minimum: number;
  readonly maximum: number;
  readonly minimumAt: Occurrence;
  readonly maximumAt: Occurrence;
  readonly mean: number;
  readonly variance: number;
  readonly samples: number;
}

/** The closest approach of two types that are not bonded or excluded. Type pairs that never came within the cut-off are absent. */
export interface PairRange {
  readonly types: readonly [string, string];
  readonly minimum: number;
  readonly minimumAt: Occurrence;
  readonly samples: number;
}

/** JSON: part of `model.json`. */
export interface TrainingRange {
  /** Pairs up to so many bonds apart do not count as non-bonded. */
  readonly excludedBonds: number;
  readonly bonded: readonly CoordinateRange[];
  readonly pairs: readonly PairRange[];
}

/** Angles this near to straight (rad) leave a dihedral without meaning: the forces of its potential grow as 1/sin of the angle. */
const nearlyStraight = 0.1;

/**
 * Whether a chain straightens: then models leave dihedrals out. With them a run of C24 in twelve sites, whose angles go to 179.8 degrees, breaks
 * bonds within picoseconds, and its dihedrals are nearly free anyway.
 */
export function straightens({ bonded }: TrainingRange): boolean {
  return bonded.some(({ coordinate, maximum }) => coordinate === 'angle' && maximum > Math.PI - nearlyStraight);
}

/** Pairs farther apart than this say nothing of how near they come, and looking at them takes time. */
const farthest = { md: 1.2, lj: 4 } as const;

const known = new WeakMap<TrainingSet, Map<number, TrainingRange>>();

/** The range of the training frames (not the validation frames) of a set. Measured once for each set and `excludedBonds`. */
export function measureTrainingRange(set: TrainingSet, excludedBonds = 2): TrainingRange {
  const ofSet = known.get(set) ?? new Map<number, TrainingRange>();
  known.set(set, ofSet);
  const range = ofSet.get(excludedBonds) ?? { excludedBonds, bonded: bondedRanges(set), pairs: pairRanges(set, excludedBonds) };
  ofSet.set(excludedBonds, range);
  return range;
}

function occurrence(set: TrainingSet, frame: number, sites: Iterable<number>): Occurrence {
  const source = set.source?.(frame);
  return { frame: source?.frame ?? frame, time: source?.time ?? null, sites: [...sites] };
}

function bondedRanges(set: TrainingSet): CoordinateRange[] {
  const gradient = new Float64Array(12);
  return bondedGroups(set.structure).map(({ coordinate, types, sites }) => {
    const width = arity[coordinate];
    const evaluate = coordinateFunctions[coordinate];
    let [samples, mean, sumOfSquares] = [0, 0, 0];
    let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [least, most] = [
      [0, 0],
      [0, 0],
    ];
    for (const frame of set.training) {
      const positions = set.positions(frame);
      const box = set.box(frame);
      for (let o = 0; o < sites.length; o += width) {
        const x = evaluate(positions, box, sites, o, gradient);
        samples++;
        const step = x - mean; // Welford's running moments
        mean += step / samples;
        sumOfSquares += step * (x - mean);
        if (x < minimum) [minimum, least] = [x, [frame, o]];
        if (x > maximum) [maximum, most] = [x, [frame, o]];
      }
    }
    const at = ([frame, o]: number[]): Occurrence => occurrence(set, frame, sites.subarray(o, o + width));
    const variance = sumOfSquares / Math.max(1, samples - 1);
    return { coordinate, types, minimum, maximum, minimumAt: at(least), maximumAt: at(most), mean, variance, samples };
  });
}

function pairRanges(set: TrainingSet, excludedBonds: number): PairRange[] {
  const { structure } = set;
  const types = structure.typeNames.length;
  const excluded = new ExcludedPairs(structure.mass.length, exclusionsAlongBonds(structure, excludedBonds));
  const cutoff = Math.min(largestCutoff(set), structure.units === 'lj' ? farthest.lj : farthest.md);
  const closest = new Map<number, { distance: number; frame: number; sites: [number, number]; samples: number }>();
  const pairs = emptyPairs();
  for (const frame of set.training) {
    neighbourPairs(set.positions(frame), set.box(frame), cutoff, excluded, pairs);
    for (let n = 0; n < pairs.count; n++) {
      const [i, j, distance] = [pairs.i[n], pairs.j[n], pairs.distance[n]];
      const [a, b] = [structure.type[i], structure.type[j]];
      const key = Math.min(a, b) * types + Math.max(a, b);
      const found = closest.get(key);
      if (!found) closest.set(key, { distance, frame, sites: [i, j], samples: 1 });
      else {
        found.samples++;
        if (distance < found.distance) Object.assign(found, { distance, frame, sites: [i, j] });
      }
    }
  }
  return [...closest.entries()]
    .sort(([a], [b]) => a - b)
    .map(([key, { distance, frame, sites, samples }]) => ({
      types: [structure.typeNames[Math.floor(key / types)], structure.typeNames[key % types]],
      minimum: distance,
      minimumAt: occurrence(set, frame, sites),
      samples,
    }));
}
