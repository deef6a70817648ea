/** Sizes and scales of a graph network that follow from the settings and the training frames. */
import { minimumImage } from '../../../engine/index.ts';
import type { TrainingSet } from '../model.ts';
import { emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import type { PriorEvaluator } from '../priors.ts';
import { measureTrainingRange } from '../training-range.ts';
import { largestCutoff } from '../training-set.ts';
import { defaultWatchdog } from '../watchdog.ts';
import type { GraphArchitecture } from './architecture.ts';
import type { EdgePairs } from './edge-pairs.ts';
import type { FilterShape } from './filters.ts';
import type { GraphOptions } from './options.ts';
import { type BondPoints, placeNodes, RelatedNodes } from './points.ts';

/** Root mean square of what the base leaves, over some of the training frames: sets the scale of the network's output. */
export function residualForce(set: TrainingSet, addBase: PriorEvaluator): number {
  const predicted = new Float64Array(3 * set.structure.mass.length);
  const frames = set.training.filter((_, k) => k % Math.max(1, Math.floor(set.training.length / 20)) === 0);
  let sum = 0;
  for (const frame of frames) {
    addBase(set.positions(frame), set.box(frame), predicted.fill(0));
    const forces = set.forces(frame);
    for (let k = 0; k < predicted.length; k++) sum += (forces[k] - predicted[k]) ** 2;
  }
  return Math.sqrt(sum / (frames.length * predicted.length));
}

/** The watchdog stops a run whose bonds are longer than this. */
export function boundOnBonds(set: TrainingSet, bondedRange: number): number {
  const bonds = measureTrainingRange(set, bondedRange).bonded.filter((range) => range.coordinate === 'bond');
  return Math.max(0, ...bonds.map((r) => r.maximum + defaultWatchdog.bondMargin * (r.maximum - r.minimum)));
}

/** The smallest distance of nodes that are edges of the non-bonded graph, over some of the training frames. */
function closestNodes(set: TrainingSet, points: BondPoints, unlisted: Int32Array, cutoff: number): number {
  const related = new RelatedNodes(set.structure, points, unlisted);
  const nodes = new Float64Array(3 * (set.structure.mass.length + points.fractions.length));
  const pairs = emptyPairs();
  let closest = cutoff;
  for (const frame of set.training.filter((_, k) => k % Math.max(1, Math.floor(set.training.length / 50)) === 0)) {
    placeNodes(points, set.positions(frame), set.box(frame), nodes);
    neighbourPairs(nodes, set.box(frame), cutoff, null, pairs);
    for (let n = 0; n < pairs.count; n++)
      if (pairs.distance[n] < closest && !related.has(pairs.i[n], pairs.j[n])) closest = pairs.distance[n];
  }
  return closest;
}

/** Sizes and scales that follow from the settings and the training frames. */
export function design(
  set: TrainingSet,
  options: GraphOptions,
  { bonded, unlisted }: EdgePairs,
  points: BondPoints,
  species: number,
  force: number,
) {
  const { cutoff, gridIntervals, radialFunctions, filterWidth, layers, features } = options;
  const closest = closestNodes(set, points, unlisted, cutoff);
  const [shortest, longest] = bonded.length > 0 ? bondedExtremes(set, bonded) : [0.5 * cutoff, 0.5 * cutoff];
  const bondedCutoff = options.bondedCutoff ?? Math.min(1.5 * longest, largestCutoff(set));
  const architecture: GraphArchitecture = {
    species,
    features,
    layers,
    nonbonded: { cutoff, intervals: gridIntervals },
    bonded: { cutoff: bondedCutoff, intervals: gridIntervals },
    energyScale: (force * cutoff) / 8, // forces change over about an eighth of the cut-off
  };
  const shape = (grid: GraphArchitecture['bonded'], from: number, to: number, neighbours: number): FilterShape => ({
    grid,
    from,
    to,
    radialFunctions,
    hidden: filterWidth,
    scale: 1 / Math.sqrt(Math.max(1, neighbours)),
  });
  const neighbours = meanNeighbours(set, set.structure.mass.length + points.fractions.length, cutoff);
  const margin = 0.2 * (longest - shortest) + 0.02 * longest;
  return {
    architecture,
    filters: {
      nonbonded: shape(architecture.nonbonded, 0.9 * closest, cutoff, neighbours),
      bonded: shape(architecture.bonded, shortest - margin, Math.min(longest + margin, bondedCutoff), 1),
    },
  };
}

/** Neighbours of a node, as if nodes lay anywhere. */
export function meanNeighbours(set: TrainingSet, nodes: number, cutoff: number): number {
  return (nodes / meanVolume(set)) * (4 / 3) * Math.PI * cutoff ** 3;
}

function meanVolume(set: TrainingSet): number {
  const v = set.box(set.training[0]).vectors;
  return v ? v[0] * v[4] * v[8] : Number.POSITIVE_INFINITY;
}

/** The shortest and the longest distance of bonded edges in the training frames. */
function bondedExtremes(set: TrainingSet, bonded: Int32Array): [number, number] {
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  const d = new Float64Array(3);
  for (const frame of set.training) {
    const positions = set.positions(frame);
    const box = set.box(frame);
    for (let k = 0; k < bonded.length; k += 2) {
      for (let c = 0; c < 3; c++) d[c] = positions[3 * bonded[k] + c] - positions[3 * bonded[k + 1] + c];
      minimumImage(box, d);
      const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      shortest = Math.min(shortest, r);
      longest = Math.max(longest, r);
    }
  }
  return [shortest, longest];
}
