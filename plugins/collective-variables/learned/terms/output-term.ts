/** A term made of the outputs of a network at points, or at both ends of pairs in time. */
import { BatchNetwork, type Pieces, tilePoints } from '../network/batch-network.ts';
import type { NetworkShape } from '../network/description.ts';
import { batchWeights, type Capacity, loadInputs, type Report, readTile, rowsOf, type Term, tilesOf, writeTile } from './term.ts';

/** Outputs of a batch, a row an output. */
export interface Outputs {
  readonly f: readonly Float64Array[];
  /** A lag later; the same rows as `f` where the term has no lag. */
  readonly later: readonly Float64Array[];
  /** Adding up to 1. */
  readonly weights: Float64Array;
  readonly points: Int32Array;
}

/** A loss of outputs. Where `bars` are given, dL/df and dL/dlater are written to them. */
export type Criterion = (
  outputs: Outputs,
  bars: { readonly f: readonly Float64Array[]; readonly later: readonly Float64Array[] } | null,
) => Report;

export class OutputTerm implements Term {
  private readonly capacity: Capacity;
  private readonly network: BatchNetwork;
  private readonly pieces: Pieces;
  private readonly criterion: Criterion;
  private readonly lag: number;
  private readonly bar: number;
  private readonly tiles: number;

  /** @param lag in steps; 0 for points alone */
  constructor(capacity: Capacity, shape: NetworkShape, pieces: Pieces, lag: number, criterion: Criterion) {
    this.capacity = capacity;
    this.tiles = tilesOf(capacity.batch);
    this.network = new BatchNetwork(capacity.arena, shape, lag > 0 ? 2 * this.tiles : this.tiles, 0);
    this.pieces = pieces;
    this.lag = lag;
    this.criterion = criterion;
    this.bar = capacity.arena.allocate(this.network.outputs * tilePoints);
  }

  evaluate(parameters: ArrayLike<number>, points: Int32Array, gradient: Float64Array | null): Report {
    const { network, lag, capacity } = this;
    const { arena, data } = capacity;
    network.setParameters(parameters, this.pieces);
    const count = points.length;
    const f = rowsOf(network.outputs, count);
    const later = lag > 0 ? rowsOf(network.outputs, count) : f;
    const forward = (tile: number, from: number, rows: readonly Float64Array[], shift: number): void => {
      loadInputs(capacity, network.inputArray(tile), points, from, shift);
      network.forward(tile);
      readTile(arena, network.outputArray(tile), rows, from, count);
    };
    const tiles = tilesOf(count);
    for (let t = 0; t < tiles; t++) {
      forward(gradient ? t : 0, t * tilePoints, f, 0);
      if (lag > 0) forward(gradient ? this.tiles + t : 0, t * tilePoints, later, lag);
    }
    const weights = batchWeights(data, points);
    if (!gradient) return this.criterion({ f, later, weights, points }, null);
    const bars = { f: rowsOf(network.outputs, count), later: lag > 0 ? rowsOf(network.outputs, count) : [] };
    const report = this.criterion({ f, later, weights, points }, bars);
    network.clearGradient();
    for (let t = 0; t < tiles; t++) {
      writeTile(arena, this.bar, bars.f, t * tilePoints, count);
      network.reverse(t, this.bar);
      if (lag === 0) continue;
      writeTile(arena, this.bar, bars.later, t * tilePoints, count);
      network.reverse(this.tiles + t, this.bar);
    }
    network.addGradient(gradient, this.pieces);
    return report;
  }
}
