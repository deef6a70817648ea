/** Making a potential reproduce the distributions of its training frames: run it, compare, correct, again. */

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type ForceDescription, log, type Table } from '../../../engine/index.ts';
import type { TrainingSet } from '../model.ts';
import { storeTable, type TableEntry, type Weights } from '../tables.ts';
import type { HistogramChannel, HistogramOptions, SiteHistogram } from './histogram.ts';
import { nodeTable, smoothed } from './node-table.ts';
import type { Sampler } from './sampling.ts';

/** Mean counts of the training frames, and how counts of one frame vary together. */
export interface Target {
  readonly counts: Float64Array;
  /** Covariance of the counts of single frames, row-major nodes x nodes. */
  readonly covariance: Float64Array;
}

/** Nodes with fewer counts than this part of the channel's fullest hold too little to compare. */
const leastFraction = 0.01;

/** Directions of node space in which counts vary by less than this part of the most variable direction are left alone. */
const leastVariance = 3e-4;

/** No correction of one iteration is larger than this many kT at a node. */
const largestStep = 1;

export function measureTarget(set: TrainingSet, histogram: SiteHistogram): Target {
  const n = histogram.nodes;
  const mean = new Float64Array(n);
  const products = new Float64Array(n * n);
  const one = new Float64Array(n);
  for (const frame of set.training) {
    histogram.add(set.positions(frame), set.box(frame), one.fill(0));
    for (let i = 0; i < n; i++) {
      mean[i] += one[i];
      for (let j = i; j < n; j++) products[i * n + j] += one[i] * one[j];
    }
  }
  const frames = set.training.length;
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++)
      covariance[i * n + j] = covariance[j * n + i] = products[i * n + j] / frames - (mean[i] * mean[j]) / frames ** 2;
  return { counts: mean.map((sum) => sum / frames), covariance };
}

/** How far counts are from their target: the mean over channels of |n - n*| summed over nodes over the sum of n*. */
export function deviation(histogram: SiteHistogram, counts: Float64Array, target: Float64Array): number {
  let sum = 0;
  for (const { offset, nodes } of histogram.channels) {
    let [difference, total] = [0, 0];
    for (let k = offset; k < offset + nodes; k++) {
      difference += Math.abs(counts[k] - target[k]);
      total += target[k];
    }
    sum += difference / total / histogram.channels.length;
  }
  return sum;
}

/** From counts of a run and their target to the correction of the energy at each node. */
export type Step = (counts: Float64Array) => Float64Array;

/** Whether the node is compared: populated enough in the target, and not the node at the cut-off. */
function compared(histogram: SiteHistogram, target: Float64Array): Uint8Array {
  const use = new Uint8Array(histogram.nodes);
  for (const { offset, nodes, coordinate } of histogram.channels) {
    const most = target.subarray(offset, offset + nodes).reduce((a, b) => Math.max(a, b));
    const end = coordinate === 'pair' ? nodes - 1 : nodes;
    for (let k = offset; k < offset + end; k++) use[k] = target[k] > leastFraction * most ? 1 : 0;
  }
  return use;
}

/**
 * Iterative Boltzmann inversion: kT ln(n/n*) at every node (Reith, Puetz & Mueller-Plathe, J. Comput. Chem. 24, 1624, 2003); where the model has no
 * counts at all, a step down by `largestStep`.
 */
export function inversionStep(histogram: SiteHistogram, { counts: target }: Target, kT: number): Step {
  const use = compared(histogram, target);
  return (counts) =>
    target.map((wanted, k) =>
      use[k] ? kT * Math.max(-largestStep, Math.min(largestStep, log(Math.max(counts[k], 1e-9 * wanted) / wanted))) : 0,
    );
}

/**
 * Newton's step of relative-entropy minimisation (Shell, J. Chem. Phys. 129, 144108, 2008; Chaimovich & Shell, J. Chem. Phys. 134, 094112, 2011),
 * for node values the same as inverse Monte Carlo (Lyubartsev & Laaksonen, Phys. Rev. E 52, 3730, 1995): the correction c solves
 * C c = kT (n - n*), with the covariance C of the counts. C is taken from the training frames, which are many and vary as the model will once
 * it is right; directions in which counts hardly vary are left out, since noise would be all that they bring. Of C the part between pairs
 * is kept: bonds, angles and dihedrals, which vary by themselves, take the inversion step.
 */
export function relativeEntropyStep(histogram: SiteHistogram, target: Target, kT: number): Step {
  const n = histogram.nodes;
  const { counts: wanted, covariance } = target;
  const use = compared(histogram, wanted);
  const ofPairs = histogram.channels
    .filter((channel) => channel.coordinate === 'pair')
    .flatMap(({ offset, nodes }) => Array.from({ length: nodes }, (_, k) => offset + k));
  const index = ofPairs.filter((k) => use[k]);
  const bonded = inversionStep(histogram, target, kT);
  if (index.length === 0) return bonded;
  // In units of the Poisson noise of each node, so that rare and frequent nodes count alike.
  const scale = index.map((k) => 1 / Math.sqrt(wanted[k]));
  const reduced = new Matrix(index.map((i, a) => index.map((j, b) => covariance[i * n + j] * scale[a] * scale[b])));
  const { realEigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(reduced, { assumeSymmetric: true });
  const most = Math.max(...realEigenvalues);
  const inverse = realEigenvalues.map((value) => (value > leastVariance * most ? 1 / value : 0));
  return (counts) => {
    const right = Matrix.columnVector(index.map((k, a) => kT * (counts[k] - wanted[k]) * scale[a]));
    const modes = vectors.transpose().mmul(right);
    inverse.forEach((factor, m) => {
      modes.set(m, 0, modes.get(m, 0) * factor);
    });
    const solved = vectors.mmul(modes);
    const step = bonded(counts);
    for (const k of ofPairs) step[k] = 0;
    index.forEach((k, a) => {
      step[k] = Math.max(-largestStep * kT, Math.min(largestStep * kT, solved.get(a, 0) * scale[a]));
    });
    return step;
  };
}

/** What one iteration found. */
export interface RefinementRow {
  readonly iteration: number;
  /** `deviation` of the model that the iteration ran. */
  readonly deviation: number;
}

/**
 * Iterates: sample under the model with the present node values, step. Returns the node values averaged over the last half of the iterations
 * (single ones carry the noise of their own samples), and the rows.
 * @param forcesFor the whole model with these node values
 * @param mix part of each step that is taken
 */
export async function refine(
  sampler: Sampler,
  histogram: SiteHistogram,
  target: Target,
  initial: Float64Array,
  step: Step,
  forcesFor: (values: Float64Array) => ForceDescription[],
  { iterations, mix }: { readonly iterations: number; readonly mix: number },
  report: (row: RefinementRow) => void,
): Promise<Float64Array> {
  const values = initial.slice();
  const average = new Float64Array(values.length);
  const averaged = Math.max(1, Math.floor(iterations / 2));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const counts = await sampler.sample(forcesFor(values), histogram);
    report({ iteration, deviation: deviation(histogram, counts, target.counts) });
    const correction = step(counts);
    for (const channel of histogram.channels) {
      const { offset, nodes } = channel;
      const smooth = smoothed(channel, correction.slice(offset, offset + nodes));
      for (let k = 0; k < nodes; k++) values[offset + k] += mix * smooth[k];
    }
    if (iteration >= iterations - averaged) for (let k = 0; k < values.length; k++) average[k] += values[k] / averaged;
  }
  return average;
}

/** Where nodes are not compared: the energy of the nearest compared node, so that a correction goes on flat. */
export function extended(histogram: SiteHistogram, target: Target, values: Float64Array): Float64Array {
  const use = compared(histogram, target.counts);
  const out = values.slice();
  for (const { offset, nodes, coordinate, periodic } of histogram.channels) {
    if (periodic) continue;
    let first = offset;
    while (first < offset + nodes - 1 && !use[first]) first++;
    let last = offset + nodes - 1;
    while (last > first && !use[last]) last--;
    for (let k = offset; k < first; k++) out[k] = values[first];
    if (coordinate !== 'pair') for (let k = last + 1; k < offset + nodes; k++) out[k] = values[last];
  }
  return out;
}

/** Tables of all channels, stored among the weights. `shape` may change a table, to add a core for instance. */
export function storeNodes(
  histogram: SiteHistogram,
  values: Float64Array,
  weights: Weights,
  prefix: string,
  shape: (channel: HistogramChannel, table: Table) => Table = (_, table) => table,
): TableEntry[] {
  return histogram.channels.map((channel) => {
    const { offset, nodes } = channel;
    return storeTable(channel, shape(channel, nodeTable(channel, values.subarray(offset, offset + nodes))), weights, prefix);
  });
}

export function histogramOptions(set: TrainingSet, cutoff: number): HistogramOptions {
  return { cutoff, excludedBonds: 2, pairSpacing: set.structure.units === 'lj' ? 0.03 : 0.01, bondedNodes: 24 };
}
