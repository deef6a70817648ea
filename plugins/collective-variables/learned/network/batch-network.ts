/**
 * A dense network on batches: values, gradients by the inputs, derivatives along directions (tangents), and the reverse pass of values and
 * tangents together, which gives the gradient by the parameters of any loss made of outputs and of their derivatives.
 *
 * A loss with |grad f|^2 needs no second reverse pass: with r = grad f held constant, d|grad f|^2 = 2 d(r . grad f), so the gradient is that of
 * the derivative along r, one forward pass of tangents, taken backwards once.
 */
import type { Arena } from './arena.ts';
import { activationNames, layerOffsets, type NetworkShape, parameterCount } from './description.ts';

/** Points that are worked on together: their numbers of one layer stay in the nearest cache. */
export const tilePoints = 64;

/** Addresses of the arrays of one tile, an array [unit][tilePoints] a layer. */
interface Tile {
  readonly input: number;
  readonly values: readonly number[];
  readonly slopes: readonly number[];
  readonly tangents: readonly Tangent[];
}

interface Tangent {
  readonly input: number;
  /** Before and after the slopes of the activation. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Pieces of a list: where each begins and how long it is. */
export type Pieces = readonly (readonly [from: number, count: number])[];

export class BatchNetwork {
  readonly shape: NetworkShape;
  readonly inputs: number;
  readonly outputs: number;
  readonly parameterCount: number;
  private readonly arena: Arena;
  private readonly layers: number;
  private readonly kinds: readonly number[];
  private readonly matrices: readonly number[];
  private readonly biases: readonly number[];
  private readonly parameters: number;
  private readonly gradient: number;
  private readonly tiles: readonly Tile[];
  private readonly width: number;
  /** Cotangents on their way down: of values, and of each tangent, two of each by turns. */
  private readonly down: readonly (readonly number[])[];

  /**
   * @param tiles how many tiles of `tilePoints` points it holds at once
   * @param tangents how many directions
   */
  constructor(arena: Arena, shape: NetworkShape, tiles: number, tangents: number) {
    const { sizes } = shape;
    this.arena = arena;
    this.shape = shape;
    this.layers = sizes.length - 1;
    this.inputs = sizes[0];
    this.outputs = sizes[this.layers];
    this.parameterCount = parameterCount(shape);
    this.kinds = shape.activations.map((name) => activationNames.indexOf(name));
    this.parameters = arena.allocate(this.parameterCount);
    this.gradient = arena.allocate(this.parameterCount);
    const offsets = layerOffsets(shape);
    this.matrices = offsets.map((offset) => offset * arena.size);
    this.biases = offsets.map((offset, k) => (offset + sizes[k] * sizes[k + 1]) * arena.size);
    this.width = tilePoints * arena.size;
    const array = (units: number): number => arena.allocate(units * tilePoints);
    const perLayer = (): number[] => sizes.slice(1).map(array);
    this.tiles = Array.from({ length: tiles }, () => ({
      input: array(sizes[0]),
      values: perLayer(),
      slopes: perLayer(),
      tangents: Array.from({ length: tangents }, () => ({
        input: array(sizes[0]),
        before: perLayer(),
        after: perLayer(),
      })),
    }));
    const widest = Math.max(...sizes);
    this.down = Array.from({ length: tangents + 1 }, () => [array(widest), array(widest)]);
  }

  /** Takes its parameters from pieces of a longer list, so that networks can share layers. */
  setParameters(parameters: ArrayLike<number>, pieces: Pieces = [[0, this.parameterCount]]): void {
    const view = this.arena.view(this.parameters, this.parameterCount);
    let p = 0;
    for (const [from, count] of pieces) for (let k = 0; k < count; k++) view[p++] = parameters[from + k];
  }

  clearGradient(): void {
    this.arena.view(this.gradient, this.parameterCount).fill(0);
  }

  /** Adds the gradient collected since `clearGradient` to the pieces that the parameters came from. */
  addGradient(out: Float32Array | Float64Array, pieces: Pieces = [[0, this.parameterCount]]): void {
    const view = this.arena.view(this.gradient, this.parameterCount);
    let p = 0;
    for (const [from, count] of pieces) for (let k = 0; k < count; k++) out[from + k] += view[p++];
  }

  /** Address of the inputs of a tile, [input][point]. */
  inputArray(tile: number): number {
    return this.tiles[tile].input;
  }

  outputArray(tile: number): number {
    return this.tiles[tile].values[this.layers - 1];
  }

  /** Address of the direction m of a tile, [input][point]. */
  directionArray(tile: number, m: number): number {
    return this.tiles[tile].tangents[m].input;
  }

  /** Address of the derivatives of the outputs along direction m. */
  tangentArray(tile: number, m: number): number {
    return this.tiles[tile].tangents[m].after[this.layers - 1];
  }

  forward(tile: number): void {
    const { affine, activate } = this.arena.operations;
    const { input, values, slopes } = this.tiles[tile];
    const { sizes } = this.shape;
    for (let k = 0; k < this.layers; k++) {
      affine(
        values[k],
        k === 0 ? input : values[k - 1],
        this.parameters + this.matrices[k],
        this.parameters + this.biases[k],
        sizes[k + 1],
        sizes[k],
        this.width,
      );
      activate(this.kinds[k], values[k], slopes[k], values[k], sizes[k + 1] * this.width);
    }
  }

  /** Writes the gradient by the inputs of sum_o cotangent[o] y[o], point by point; both [unit][point]. */
  inputGradient(tile: number, cotangent: number, out: number): void {
    const { transposed, multiply } = this.arena.operations;
    const { slopes } = this.tiles[tile];
    const { sizes } = this.shape;
    const [a, b] = this.down[0];
    let from = cotangent;
    for (let k = this.layers - 1; k >= 0; k--) {
      multiply(a, from, slopes[k], sizes[k + 1] * this.width);
      const to = k === 0 ? out : b;
      transposed(to, a, this.parameters + this.matrices[k], sizes[k + 1], sizes[k], this.width);
      from = to;
    }
  }

  /** The derivatives of all layers along direction m, whose inputs have been set. */
  tangent(tile: number, m: number): void {
    const { affine, multiply } = this.arena.operations;
    const { slopes, tangents } = this.tiles[tile];
    const { input, before, after } = tangents[m];
    const { sizes } = this.shape;
    for (let k = 0; k < this.layers; k++) {
      affine(
        before[k],
        k === 0 ? input : after[k - 1],
        this.parameters + this.matrices[k],
        0,
        sizes[k + 1],
        sizes[k],
        this.width,
      );
      multiply(after[k], before[k], slopes[k], sizes[k + 1] * this.width);
    }
  }

  /**
   * Adds to the gradient by the parameters that of sum y cotangent + sum_m tangent_m tangentCotangents[m], all [output][point].
   * @param out where the cotangents of inputs go, or 0; @param tangentOut the same for directions
   */
  reverse(
    tile: number,
    cotangent: number,
    tangentCotangents: readonly number[] = [],
    out = 0,
    tangentOut: readonly number[] = [],
  ) {
    const { transposed, multiply, outer, sums, reverseTangent } = this.arena.operations;
    const { input, values, slopes, tangents } = this.tiles[tile];
    const { sizes } = this.shape;
    let from = cotangent;
    const above = [...tangentCotangents];
    for (let k = this.layers - 1; k >= 0; k--) {
      const bytes = sizes[k + 1] * this.width;
      const [bar, next] = this.down[0];
      multiply(bar, from, slopes[k], bytes);
      const matrix = this.gradient + this.matrices[k];
      const below = k === 0 ? input : values[k - 1];
      for (let m = 0; m < above.length; m++) {
        const tangent = tangents[m];
        const [tangentBar, tangentNext] = this.down[m + 1];
        if (above[m] !== tangentBar) copy(this.arena, tangentBar, above[m], bytes);
        // The part that goes to z does not pass the slopes again.
        reverseTangent(this.kinds[k], bar, tangentBar, tangent.before[k], values[k], slopes[k], bytes);
        outer(matrix, tangentBar, k === 0 ? tangent.input : tangent.after[k - 1], sizes[k + 1], sizes[k], this.width);
        if (k > 0 || tangentOut.length > 0) {
          const to = k === 0 ? tangentOut[m] : tangentNext;
          transposed(to, tangentBar, this.parameters + this.matrices[k], sizes[k + 1], sizes[k], this.width);
          above[m] = to;
        }
      }
      outer(matrix, bar, below, sizes[k + 1], sizes[k], this.width);
      sums(this.gradient + this.biases[k], bar, sizes[k + 1], this.width);
      if (k > 0 || out !== 0) {
        const to = k === 0 ? out : next;
        transposed(to, bar, this.parameters + this.matrices[k], sizes[k + 1], sizes[k], this.width);
        from = to;
      }
    }
  }
}

function copy(arena: Arena, to: number, from: number, bytes: number): void {
  new Uint8Array(arena.memory.buffer).copyWithin(to, from, from + bytes);
}
