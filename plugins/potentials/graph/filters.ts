/** The trained side of a graph network: tfjs variables, filter networks evaluated on the grid, and the Adam optimiser. */

import type seedrandom from 'seedrandom';
import { cos, exp, log } from '../../../engine/index.ts';
import type { LearningBackend, Tensor1D, Tensor2D, Variable } from '../../learning/index.ts';
import { type GraphArchitecture, gridRows, parameterLayout, parameterSize, type RadialGrid, tableRows } from './architecture.ts';

type Tf = LearningBackend['tf'];

/** How the filters of one kind of edge are made: Gaussians centred from `from` to the grid's cut-off, then a hidden layer. */
export interface FilterShape {
  readonly grid: RadialGrid;
  /** First Gaussian and last Gaussian, length. */
  readonly from: number;
  readonly to: number;
  readonly radialFunctions: number;
  readonly hidden: number;
  /** Factor of the filters: 1/sqrt(neighbours), so that messages begin of order one. */
  readonly scale: number;
}

export interface Tensors {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array };
}

/** A smooth step from 1 to 0 with two vanishing derivatives at u = 1 (Gasteiger et al., ICLR 2020, with p = 6). */
function envelope(u: number): number {
  return u >= 1 ? 0 : 1 - u ** 6 * (28 - 48 * u + 21 * u * u);
}

/**
 * W(r) = (s(2 g(r) U + b) V + c) times the envelope, at every row of the grid; g are the Gaussians and s the network's activation,
 * s(2x) = x + sqrt(x^2 + 1) - 1. All operands are of equal shape: broadcasting is several times slower on tfjs' wasm backend.
 */
class FilterNetwork {
  /** Of U with b as its last row, V, c. */
  readonly shapes: readonly (readonly [number, number])[];
  private readonly tf: Tf;
  /** Gaussians and a column of ones, [rows, radialFunctions + 1], and the same transposed: tfjs' wasm backend is slow at transposed products. */
  private readonly radial: Tensor2D;
  private readonly radialTransposed: Tensor2D;
  /** [rows, 1], and repeated [rows, hidden]. */
  private readonly envelope: Tensor2D;
  private readonly wideEnvelope: Tensor2D;
  private readonly ones: Tensor2D;

  constructor(tf: Tf, shape: FilterShape, outputs: number) {
    this.tf = tf;
    const { grid, from, to, radialFunctions: k, hidden, scale } = shape;
    const rows = gridRows(grid);
    const spacing = grid.cutoff / grid.intervals;
    const width = (to - from) / (k - 1);
    const radial = new Float32Array(rows * (k + 1)).fill(1);
    const factor = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const r = (row - 1) * spacing; // the B-spline of row r is centred one interval before the interval it begins
      for (let c = 0; c < k; c++) radial[row * (k + 1) + c] = exp(-0.5 * ((r - from) / width - c) ** 2);
      // Reaching zero one interval early makes the last three coefficients, and so value and slope at the cut-off, vanish.
      factor[row] = scale * envelope(Math.abs(r) / (grid.cutoff - spacing));
    }
    this.radial = tf.tensor2d(radial, [rows, k + 1]);
    this.radialTransposed = tf.transpose(this.radial);
    this.envelope = tf.tensor2d(factor, [rows, 1]);
    this.wideEnvelope = tf.tile(this.envelope, [1, hidden]);
    this.ones = tf.tensor2d(new Float32Array(rows * hidden).fill(1), [rows, hidden]);
    this.shapes = [
      [k + 1, hidden],
      [hidden, outputs],
      [1, outputs],
    ];
  }

  /** What U with b, V and c begin as. */
  initial(draw: (size: number, width: number) => Float32Array): Float32Array[] {
    const [[inputs, hidden], [, outputs]] = this.shapes;
    const first = draw(inputs * hidden, 1 / Math.sqrt(8)).fill(0, (inputs - 1) * hidden);
    return [first, draw(hidden * outputs, 1.5 / Math.sqrt(hidden)), new Float32Array(outputs)];
  }

  /** Filters at the rows of the grid, [rows, layers * features], for U with b, V and c. */
  evaluate([first, output, bias]: readonly Tensor2D[]): Tensor2D {
    const { tf } = this;
    const { x, root } = this.hidden(first);
    return tf.add(tf.matMul(this.activated(x, root), output), tf.matMul(this.envelope, bias));
  }

  /** Gradients by U with b, V and c of sum(filters * cotangent): the reverse pass of `evaluate`, written out. */
  pullBack([first, output]: readonly Tensor2D[], cotangent: Tensor2D): Tensor2D[] {
    const { tf } = this;
    const { x, root } = this.hidden(first);
    const aBar = tf.mul(tf.matMul(cotangent, tf.transpose(output)), this.wideEnvelope);
    const xBar = tf.mul(aBar, tf.add(this.ones, tf.div(x, root))) as Tensor2D;
    return [
      tf.matMul(this.radialTransposed, xBar),
      tf.matMul(tf.transpose(this.activated(x, root)), cotangent),
      tf.matMul(this.envelope, cotangent, true, false),
    ];
  }

  private hidden(first: Tensor2D): { x: Tensor2D; root: Tensor2D } {
    const { tf } = this;
    const x = tf.matMul(this.radial, first) as Tensor2D;
    return { x, root: tf.sqrt(tf.add(tf.mul(x, x), this.ones)) as Tensor2D };
  }

  /** The hidden layer times the envelope. */
  private activated(x: Tensor2D, root: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.mul(tf.sub(tf.add(x, root), this.ones), this.wideEnvelope);
  }

  dispose(): void {
    this.tf.dispose([this.radial, this.radialTransposed, this.envelope, this.wideEnvelope, this.ones]);
  }
}

/** A stretch of the flat variable. */
interface Stretch {
  readonly offset: number;
  readonly size: number;
}

/**
 * The parameters of a graph network as one tfjs variable: a step of Adam is a dozen operations for each. The network itself is evaluated by a
 * `GraphKernel`, which gives the gradients by the dense parameters and by the filter tables; only the latter go on through the filter networks.
 * No gradient of tfjs' own is used.
 */
export class TrainableNetwork {
  readonly architecture: GraphArchitecture;
  private readonly tf: Tf;
  /** Dense parameters; then U with b, V and c of the filters of non-bonded and of bonded edges. */
  private readonly all: Variable;
  private readonly stretches: readonly Stretch[];
  private readonly filters: readonly FilterNetwork[];
  private readonly optimizer: ReturnType<Tf['train']['adam']>;

  constructor(
    tf: Tf,
    architecture: GraphArchitecture,
    shapes: { readonly nonbonded: FilterShape; readonly bonded: FilterShape },
    random: seedrandom.PRNG,
  ) {
    this.tf = tf;
    this.architecture = architecture;
    const draw = (size: number, width: number): Float32Array => Float32Array.from({ length: size }, () => width * normal(random));
    const outputs = architecture.layers * architecture.features;
    const dense = initialParameters(architecture, draw);
    this.filters = [shapes.nonbonded, shapes.bonded].map((shape) => new FilterNetwork(tf, shape, outputs));
    const parts = [dense, ...this.filters.flatMap((filter) => filter.initial(draw))];
    this.stretches = parts.map(({ length: size }, k) => ({ offset: joined(parts.slice(0, k)).length, size }));
    this.all = tf.variable(tf.tensor1d(joined(parts)));
    this.optimizer = tf.train.adam(1e-3);
  }

  /** Dense parameters, laid out as `parameterLayout` says. */
  parameters(): Float64Array {
    return Float64Array.from(this.all.dataSync().subarray(0, this.stretches[0].size));
  }

  /** Filter tables [layer][row][feature]. */
  tables(): Float64Array {
    const { layers, features } = this.architecture;
    const rows = tableRows(this.architecture);
    const tables = new Float64Array(layers * rows * features);
    let firstRow = 0;
    this.filters.forEach((filter, kind) => {
      const filters = this.tf.tidy(() => filter.evaluate(this.tensorsOf(kind)));
      const values = filters.dataSync() as Float32Array;
      filters.dispose();
      const count = values.length / (layers * features);
      for (let row = 0; row < count; row++)
        for (let layer = 0; layer < layers; layer++)
          copy(tables, (layer * rows + firstRow + row) * features, values, (row * layers + layer) * features, features);
      firstRow += count;
    });
    return tables;
  }

  /** The gradient of every group of parameters, in the order of `save`, from those by dense parameters and by tables. */
  gradients(parameters: Float64Array, tables: Float64Array): Float32Array[] {
    return this.tf.tidy(() => this.split(this.gradient(parameters, tables).dataSync() as Float32Array));
  }

  /** One step of Adam (Kingma & Ba, 2015). */
  step(parameters: Float64Array, tables: Float64Array, learningRate: number): void {
    (this.optimizer as unknown as { learningRate: number }).learningRate = learningRate;
    this.tf.tidy(() => {
      this.optimizer.applyGradients([{ name: this.all.name, tensor: this.gradient(parameters, tables) }]);
    });
  }

  /** Copies of all groups: dense parameters, then hidden, output, outputBias of non-bonded and of bonded filters. */
  save(): Float32Array[] {
    return this.split(this.all.dataSync() as Float32Array);
  }

  load(values: readonly Float32Array[]): void {
    this.tf.tidy(() => this.all.assign(this.tf.tensor1d(joined(values))));
  }

  private split(values: Float32Array): Float32Array[] {
    return this.stretches.map(({ offset, size }) => values.slice(offset, offset + size));
  }

  /** Named tensors for `weights.safetensors`. */
  tensors(): Tensors {
    const parameters = this.parameters();
    const named: Record<string, Tensors[string]> = {};
    for (const { name, shape, offset, size } of parameterLayout(this.architecture))
      named[name] = { shape, data: Float32Array.from(parameters.subarray(offset, offset + size)) };
    const saved = this.save();
    this.filters.forEach(({ shapes }, kind) => {
      ['hidden', 'output', 'outputBias'].forEach((part, k) => {
        named[`${kind === 0 ? 'nonbonded' : 'bonded'}Filter.${part}`] = { shape: shapes[k], data: saved[1 + 3 * kind + k] };
      });
    });
    const { layers, features } = this.architecture;
    named.tables = { shape: [layers, tableRows(this.architecture), features], data: Float32Array.from(this.tables()) };
    return named;
  }

  dispose(): void {
    for (const filter of this.filters) filter.dispose();
    this.all.dispose();
    this.optimizer.dispose();
  }

  /** U with b, V and c of one kind of filters. */
  private tensorsOf(kind: number): Tensor2D[] {
    return this.filters[kind].shapes.map((shape, k) => {
      const { offset, size } = this.stretches[1 + 3 * kind + k];
      return this.tf.reshape(this.tf.slice(this.all, offset, size), [...shape]) as Tensor2D;
    });
  }

  /** The gradient of all parameters, flat. */
  private gradient(parameters: Float64Array, tables: Float64Array): Tensor1D {
    const { tf } = this;
    const cotangents = this.cotangents(tables);
    const ofFilters = this.filters.flatMap((filter, kind) => filter.pullBack(this.tensorsOf(kind), cotangents[kind]));
    return tf.concat1d([
      tf.tensor1d(Float32Array.from(parameters)),
      ...ofFilters.map((tensor) => tf.reshape(tensor, [-1]) as Tensor1D),
    ]);
  }

  /** Table gradients in the form [rows, layers * features] of each kind of filter. */
  private cotangents(tables: Float64Array): Tensor2D[] {
    const { layers, features, nonbonded, bonded } = this.architecture;
    const rows = tableRows(this.architecture);
    let firstRow = 0;
    return [nonbonded, bonded].map((grid) => {
      const count = gridRows(grid);
      const values = new Float32Array(count * layers * features);
      for (let row = 0; row < count; row++)
        for (let layer = 0; layer < layers; layer++)
          copy(values, (row * layers + layer) * features, tables, (layer * rows + firstRow + row) * features, features);
      firstRow += count;
      return this.tf.tensor2d(values, [count, layers * features]);
    });
  }
}

type Numbers = Float32Array | Float64Array;

function copy(to: Numbers, at: number, from: Numbers, begin: number, count: number): void {
  for (let k = 0; k < count; k++) to[at + k] = from[begin + k];
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Matrices of variance 1/inputs, biases zero, an output small enough that the untrained network hardly changes the priors. */
function initialParameters(architecture: GraphArchitecture, draw: (size: number, width: number) => Float32Array): Float32Array {
  const parameters = new Float32Array(parameterSize(architecture));
  const width = 1 / Math.sqrt(architecture.features);
  for (const { name, offset, size, shape } of parameterLayout(architecture)) {
    if (name === 'embedding') parameters.set(draw(size, 1), offset);
    else if (name === 'readoutOutput') parameters.set(draw(size, 0.3 * width), offset);
    else if (shape.length === 2) parameters.set(draw(size, width), offset);
  }
  return parameters;
}

/** A normally distributed number (Box & Muller, 1958). */
function normal(random: seedrandom.PRNG): number {
  return Math.sqrt(-2 * log(1 - random())) * cos(2 * Math.PI * random());
}
