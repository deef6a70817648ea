/** A part of a loss: a number over a batch of points, with its gradient by the parameters. */
import type { LearningData } from '../data/prepared.ts';
import type { Arena } from '../network/arena.ts';
import { tilePoints } from '../network/batch-network.ts';

/** The loss, and whatever else `training.csv` should show. */
export type Report = { loss: number } & Record<string, number>;

export interface Term {
  /**
   * @param parameters of all networks together
   * @param points indices into the data; first points of pairs where the term needs pairs
   * @param gradient the gradient is added to it; null for the value alone
   */
  evaluate(parameters: ArrayLike<number>, points: Int32Array, gradient: Float64Array | null): Report;
}

/** Most points that a gradient can be asked for at once. */
export interface Capacity {
  readonly arena: Arena;
  readonly data: LearningData;
  readonly batch: number;
}

export function tilesOf(points: number): number {
  return Math.ceil(points / tilePoints);
}

/** Writes the inputs of points[from ... from + tilePoints) plus `shift` to an array [input][point]; the last point stands in for missing ones. */
export function loadInputs({ arena, data }: Capacity, address: number, points: Int32Array, from: number, shift = 0): void {
  const inputs = data.names.length;
  const view = arena.view(address, inputs * tilePoints);
  for (let p = 0; p < tilePoints; p++) {
    const at = (points[Math.min(from + p, points.length - 1)] + shift) * inputs;
    for (let i = 0; i < inputs; i++) view[i * tilePoints + p] = data.x[at + i];
  }
}

/** The same for a matrix a point. */
export function loadMetric({ arena, data }: Capacity, address: number, points: Int32Array, from: number): void {
  const size = data.names.length ** 2;
  const metric = data.metric as Float64Array;
  const view = arena.view(address, size * tilePoints);
  for (let p = 0; p < tilePoints; p++) {
    const at = points[Math.min(from + p, points.length - 1)] * size;
    for (let i = 0; i < size; i++) view[i * tilePoints + p] = metric[at + i];
  }
}

/** Copies an array [unit][point] of a tile into rows of all points. */
export function readTile(arena: Arena, address: number, rows: readonly Float64Array[], from: number, count: number): void {
  const view = arena.view(address, rows.length * tilePoints);
  const here = Math.min(tilePoints, count - from);
  for (let u = 0; u < rows.length; u++) for (let p = 0; p < here; p++) rows[u][from + p] = view[u * tilePoints + p];
}

/** The other way; points beyond `count` get zero. */
export function writeTile(arena: Arena, address: number, rows: readonly Float64Array[], from: number, count: number): void {
  const view = arena.view(address, rows.length * tilePoints);
  for (let u = 0; u < rows.length; u++)
    for (let p = 0; p < tilePoints; p++) view[u * tilePoints + p] = from + p < count ? rows[u][from + p] : 0;
}

export function rowsOf(units: number, points: number): Float64Array[] {
  return Array.from({ length: units }, () => new Float64Array(points));
}

/** Weights of the points, adding up to 1. */
export function batchWeights(data: LearningData, points: Int32Array): Float64Array {
  const weights = new Float64Array(points.length);
  let total = 0;
  for (let p = 0; p < points.length; p++) {
    weights[p] = data.weights[points[p]];
    total += weights[p];
  }
  for (let p = 0; p < points.length; p++) weights[p] /= total;
  return weights;
}
