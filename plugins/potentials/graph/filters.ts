/** The trained side of a graph network: tfjs variables, filter networks evaluated on the grid, and the Adam optimiser. */

import type seedrandom from 'seedrandom';
import { cos, exp, log } from '../../../engine/index.ts';
import type { LearningBackend, Tensor2D, Variable } from '../../learning/index.ts';
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
  /** U with b as its last row, V, c. */
  readonly variables: readonly Variable[];
  private readonly tf: Tf;
  /** Gaussians and a column of ones, [rows, radialFunctions + 1]. */
  private readonly radial: Tensor2D;
  /** [rows, 1], and repeated [rows, hidden]. */
  private readonly envelope: Tensor2D;
  private readonly wideEnvelope: Tensor2D;
  private readonly ones: Tensor2D;

  constructor(tf: Tf, shape: FilterShape, outputs: number, draw: (size: number, width: number) => Float32Array) {
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
    this.envelope = tf.tensor2d(factor, [rows, 1]);
    this.wideEnvelope = tf.tile(this.envelope, [1, hidden]);
    this.ones = tf.tensor2d(new Float32Array(rows * hidden).fill(1), [rows, hidden]);
    const first = draw((k + 1) * hidden, 1 / Math.sqrt(8)).fill(0, k * hidden);
    this.variables = [
      tf.variable(tf.tensor2d(first, [k + 1, hidden])),
      tf.variable(tf.tensor2d(draw(hidden * outputs, 1.5 / Math.sqrt(hidden)), [hidden, outputs])),
      tf.variable(tf.zeros([1, outputs])),
    ];
  }

  /** Filters at the rows of the grid, [rows, layers * features]. */
  evaluate(): Tensor2D {
    const { tf } = this;
    const [, output, bias] = this.variables as unknown as Tensor2D[];
    const { x, root } = this.hidden();
    return tf.add(tf.matMul(this.activated(x, root), output), tf.matMul(this.envelope, bias));
  }

  /** Gradients by `variables` of sum(filters * cotangent): the reverse pass of `evaluate`, written out. */
  pullBack(cotangent: Tensor2D): Tensor2D[] {
    const { tf } = this;
    const [, output] = this.variables as unknown as Tensor2D[];
    const { x, root } = this.hidden();
    const aBar = tf.mul(tf.matMul(cotangent, output, false, true), this.wideEnvelope);
    const xBar = tf.mul(aBar, tf.add(this.ones, tf.div(x, root))) as Tensor2D;
    return [
      tf.matMul(this.radial, xBar, true, false),
      tf.matMul(this.activated(x, root), cotangent, true, false),
      tf.matMul(this.envelope, cotangent, true, false),
    ];
  }

  private hidden(): { x: Tensor2D; root: Tensor2D } {
    const { tf } = this;
    const x = tf.matMul(this.radial, this.variables[0] as unknown as Tensor2D) as Tensor2D;
    return { x, root: tf.sqrt(tf.add(tf.mul(x, x), this.ones)) as Tensor2D };
  }

  /** The hidden layer times the envelope. */
  private activated(x: Tensor2D, root: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.mul(tf.sub(tf.add(x, root), this.ones), this.wideEnvelope);
  }

  dispose(): void {
    this.tf.dispose([this.radial, this.envelope, this.wideEnvelope, this.ones, ...this.variables]);
  }
}

/**
 * The parameters of a graph network as tfjs variables. The network itself is evaluated by a `GraphKernel`, which gives the gradients
 * by the dense parameters and by the filter tables; only the latter go on through the filter networks. No gradient of tfjs' own is used.
 */
export class TrainableNetwork {
  readonly architecture: GraphArchitecture;
  private readonly tf: Tf;
  private readonly dense: Variable;
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
    this.dense = tf.variable(tf.tensor1d(initialParameters(architecture, draw)));
    const outputs = architecture.layers * architecture.features;
    this.filters = [shapes.nonbonded, shapes.bonded].map((shape) => new FilterNetwork(tf, shape, outputs, draw));
    this.optimizer = tf.train.adam(1e-3);
  }

  /** Dense parameters, laid out as `parameterLayout` says. */
  parameters(): Float64Array {
    return Float64Array.from(this.dense.dataSync());
  }

  /** Filter tables [layer][row][feature]. */
  tables(): Float64Array {
    const { layers, features } = this.architecture;
    const rows = tableRows(this.architecture);
    const tables = new Float64Array(layers * rows * features);
    let firstRow = 0;
    for (const filter of this.filters) {
      const filters = this.tf.tidy(() => filter.evaluate());
      const values = filters.dataSync();
      filters.dispose();
      const count = values.length / (layers * features);
      for (let row = 0; row < count; row++)
        for (let layer = 0; layer < layers; layer++)
          for (let f = 0; f < features; f++)
            tables[(layer * rows + firstRow + row) * features + f] = values[(row * layers + layer) * features + f];
      firstRow += count;
    }
    return tables;
  }

  /** The gradient of every variable, in the order of `variables()`, from those by dense parameters and by tables. */
  gradients(parameters: Float64Array, tables: Float64Array): Float32Array[] {
    const gradients: Float32Array[] = [];
    this.withGradients(parameters, tables, (tensors) => {
      for (const { tensor } of tensors) gradients.push(Float32Array.from(tensor.dataSync()));
    });
    return gradients;
  }

  /** One step of Adam (Kingma & Ba, 2015). */
  step(parameters: Float64Array, tables: Float64Array, learningRate: number): void {
    (this.optimizer as unknown as { learningRate: number }).learningRate = learningRate;
    this.withGradients(parameters, tables, (tensors) => this.optimizer.applyGradients(tensors));
  }

  /** Copies of all variables: dense parameters, then hidden, output, outputBias of non-bonded and of bonded filters. */
  save(): Float32Array[] {
    return this.variables().map((variable) => Float32Array.from(variable.dataSync()));
  }

  load(values: readonly Float32Array[]): void {
    this.variables().forEach((variable, k) => {
      this.tf.tidy(() => variable.assign(this.tf.tensor(values[k], variable.shape)));
    });
  }

  /** Named tensors for `weights.safetensors`. */
  tensors(): Tensors {
    const parameters = this.parameters();
    const named: Record<string, Tensors[string]> = {};
    for (const { name, shape, offset, size } of parameterLayout(this.architecture))
      named[name] = { shape, data: Float32Array.from(parameters.subarray(offset, offset + size)) };
    this.filters.forEach((filter, kind) => {
      ['hidden', 'output', 'outputBias'].forEach((part, k) => {
        const { shape } = filter.variables[k];
        const name = `${kind === 0 ? 'nonbonded' : 'bonded'}Filter.${part}`;
        named[name] = { shape: [...shape], data: Float32Array.from(filter.variables[k].dataSync()) };
      });
    });
    const { layers, features } = this.architecture;
    named.tables = { shape: [layers, tableRows(this.architecture), features], data: Float32Array.from(this.tables()) };
    return named;
  }

  dispose(): void {
    for (const filter of this.filters) filter.dispose();
    this.dense.dispose();
    this.optimizer.dispose();
  }

  private variables(): Variable[] {
    return [this.dense, ...this.filters.flatMap((filter) => filter.variables)];
  }

  private withGradients(
    parameters: Float64Array,
    tables: Float64Array,
    use: (tensors: { name: string; tensor: Tensor2D }[]) => void,
  ): void {
    const { tf } = this;
    tf.tidy(() => {
      const cotangents = this.cotangents(tables);
      const dense = tf.tensor1d(Float32Array.from(parameters)) as unknown as Tensor2D;
      const ofFilters = this.filters.flatMap((filter, kind) =>
        filter.pullBack(cotangents[kind]).map((tensor, k) => ({ name: filter.variables[k].name, tensor })),
      );
      use([{ name: this.dense.name, tensor: dense }, ...ofFilters]);
    });
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
          for (let f = 0; f < features; f++)
            values[(row * layers + layer) * features + f] = tables[(layer * rows + firstRow + row) * features + f];
      firstRow += count;
      return this.tf.tensor2d(values, [count, layers * features]);
    });
  }
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
