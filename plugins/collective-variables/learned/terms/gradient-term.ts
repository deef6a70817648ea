/** A term made of the outputs of a network and of the mean squares of their gradients by the inputs, in a metric. */
import { BatchNetwork, type Pieces, tilePoints } from '../network/batch-network.ts';
import type { NetworkShape } from '../network/description.ts';
import {
  batchWeights,
  type Capacity,
  loadInputs,
  loadMetric,
  type Report,
  readTile,
  rowsOf,
  type Term,
  tilesOf,
  writeTile,
} from './term.ts';

export interface GradientOutputs {
  readonly f: readonly Float64Array[];
  /** sum_points w grad f_i . G grad f_i, one an output. */
  readonly squares: Float64Array;
  readonly weights: Float64Array;
}

/** A loss of these; where `bars` are given, dL/df and dL/dsquares are written to them. */
export type GradientCriterion = (
  outputs: GradientOutputs,
  bars: { readonly f: readonly Float64Array[]; readonly squares: Float64Array } | null,
) => Report;

/**
 * d(grad f . G grad f) = 2 d(r . grad f) with r = G grad f held constant: forward, gradient by the inputs, one forward pass of tangents along r, and one
 * reverse pass. The cost does not depend on the number of inputs.
 */
export class GradientTerm implements Term {
  private readonly capacity: Capacity;
  private readonly network: BatchNetwork;
  private readonly pieces: Pieces;
  private readonly criterion: GradientCriterion;
  /** Identity, one matrix (address), or a matrix a point. */
  private readonly metric: 'identity' | 'constant' | 'points';
  private readonly matrix: number;
  private readonly slope: number;
  private readonly direction: number;
  private readonly bar: number;
  private readonly unit: number;
  private readonly tangentBars: readonly number[];

  /** @param euclidean gradients by the standardised inputs themselves, whatever the metric of the data */
  constructor(capacity: Capacity, shape: NetworkShape, pieces: Pieces, euclidean: boolean, criterion: GradientCriterion) {
    const { arena, data, batch } = capacity;
    const outputs = shape.sizes[shape.sizes.length - 1];
    const inputs = shape.sizes[0];
    this.capacity = capacity;
    this.network = new BatchNetwork(arena, shape, tilesOf(batch), outputs);
    this.pieces = pieces;
    this.criterion = criterion;
    this.metric = euclidean ? 'identity' : data.metric?.length === inputs * inputs ? 'constant' : 'points';
    const array = (units: number): number => arena.allocate(units * tilePoints);
    this.matrix =
      this.metric === 'identity' ? 0 : this.metric === 'constant' ? arena.allocate(inputs * inputs) : array(inputs * inputs);
    this.slope = array(inputs);
    this.direction = array(inputs);
    this.bar = array(outputs);
    this.unit = array(outputs);
    this.tangentBars = Array.from({ length: outputs }, () => array(outputs));
    if (this.metric === 'constant') arena.view(this.matrix, inputs * inputs).set(data.metric as Float64Array);
  }

  evaluate(parameters: ArrayLike<number>, points: Int32Array, gradient: Float64Array | null): Report {
    const { network, capacity } = this;
    const { arena, data } = capacity;
    const count = points.length;
    network.setParameters(parameters, this.pieces);
    const weights = batchWeights(data, points);
    const f = rowsOf(network.outputs, count);
    const squares = new Float64Array(network.outputs);
    for (let t = 0; t < tilesOf(count); t++) {
      const tile = gradient ? t : 0;
      const from = t * tilePoints;
      loadInputs(capacity, network.inputArray(tile), points, from);
      if (this.metric === 'points') loadMetric(capacity, this.matrix, points, from);
      network.forward(tile);
      readTile(arena, network.outputArray(tile), f, from, count);
      for (let o = 0; o < network.outputs; o++) squares[o] += this.square(tile, o, weights, from, gradient !== null);
    }
    if (!gradient) return this.criterion({ f, squares, weights }, null);
    const bars = { f: rowsOf(network.outputs, count), squares: new Float64Array(network.outputs) };
    const report = this.criterion({ f, squares, weights }, bars);
    network.clearGradient();
    for (let t = 0; t < tilesOf(count); t++) {
      const from = t * tilePoints;
      writeTile(arena, this.bar, bars.f, from, count);
      for (let o = 0; o < network.outputs; o++) {
        const view = arena.view(this.tangentBars[o] + o * tilePoints * arena.size, tilePoints);
        for (let p = 0; p < tilePoints; p++) view[p] = from + p < count ? 2 * bars.squares[o] * weights[from + p] : 0;
      }
      network.reverse(t, this.bar, this.tangentBars);
    }
    network.addGradient(gradient, this.pieces);
    return report;
  }

  /** sum w g . G g of output o over a tile, with g its gradient; leaves r = G g as direction o, and its tangents, for the reverse pass. */
  private square(tile: number, o: number, weights: Float64Array, from: number, tangents: boolean): number {
    const { network, capacity } = this;
    const { arena } = capacity;
    const { operations } = arena;
    const { inputs, outputs } = network;
    const unit = arena.view(this.unit, outputs * tilePoints);
    unit.fill(0);
    unit.fill(1, o * tilePoints, (o + 1) * tilePoints);
    const direction = tangents ? network.directionArray(tile, o) : this.direction;
    const width = tilePoints * arena.size;
    const slope = this.metric === 'identity' ? direction : this.slope;
    network.inputGradient(tile, this.unit, slope);
    if (this.metric === 'constant') operations.affine(direction, slope, this.matrix, 0, inputs, inputs, width);
    if (this.metric === 'points') operations.metric(direction, this.matrix, slope, inputs, width);
    const g = arena.view(slope, inputs * tilePoints);
    const r = arena.view(direction, inputs * tilePoints);
    const here = Math.min(tilePoints, weights.length - from);
    let sum = 0;
    for (let p = 0; p < here; p++) {
      let square = 0;
      for (let k = p; k < inputs * tilePoints; k += tilePoints) square += g[k] * r[k];
      sum += weights[from + p] * square;
    }
    if (tangents) network.tangent(tile, o);
    return sum;
  }
}
