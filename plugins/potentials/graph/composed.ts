/**
 * The operations of the graph network composed of tfjs' own: for backends that have no memory which a kernel of ours could work on, such as a GPU
 * behind tfjs-node-gpu. Edges are found and forces summed here, in f64; everything on features is a tensor. The passes are those of `network.ts`,
 * so that no gradient of tfjs is used.
 */
import type { Box } from '../../../engine/index.ts';
import type { Tensor1D, Tensor2D, Tf } from '../../learning/index.ts';
import { splineWeights } from '../spline/b-spline.ts';
import { type GraphArchitecture, parameterSize, tableRows, tableSize } from './architecture.ts';
import { Edges } from './edges.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { GraphNetwork, type NetworkOperations } from './network.ts';

/** An array of features: whatever was computed for it last. */
interface Slot {
  value: Tensor2D | null;
}

export function composedKernel(tf: Tf, architecture: GraphArchitecture, sites: GraphSites): GraphKernel {
  return new GraphNetwork(architecture, new ComposedOperations(tf, architecture, sites));
}

class ComposedOperations implements NetworkOperations<Slot> {
  private readonly tf: Tf;
  private readonly architecture: GraphArchitecture;
  private readonly sites: GraphSites;
  private readonly n: number;
  private readonly f: number;
  private readonly edges: Edges;
  private readonly species: Tensor1D;
  private weights: Tensor1D | null = null;
  private tables: Tensor2D | null = null;
  private start: Int32Array = new Int32Array(1);
  private neighbours: Int32Array = new Int32Array(0);
  /** First ends, second ends and first table rows of the edges; weights and slopes of their four rows, [4][edges, 1]. */
  private links: { readonly i: Tensor1D; readonly j: Tensor1D; readonly rows: readonly Tensor1D[] } | null = null;
  private basis: { readonly values: readonly Tensor2D[]; readonly slopes: readonly Tensor2D[] } | null = null;
  private rate: Tensor2D | null = null;
  private slope = new Float64Array(0);
  private readonly weightGradient: Float64Array;
  private readonly tableGradient: Float64Array;

  constructor(tf: Tf, architecture: GraphArchitecture, sites: GraphSites) {
    this.tf = tf;
    this.architecture = architecture;
    this.sites = sites;
    this.n = sites.species.length;
    this.f = architecture.features;
    this.edges = new Edges(architecture);
    this.species = tf.tensor1d(sites.species, 'int32');
    this.weightGradient = new Float64Array(parameterSize(architecture));
    this.tableGradient = new Float64Array(tableSize(architecture));
  }

  get extremes(): Float64Array {
    return this.edges.extremes;
  }

  array(): Slot {
    return { value: null };
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    const { tf, architecture, f } = this;
    tf.dispose([this.weights, this.tables].filter((t) => t !== null));
    this.weights = tf.tensor1d(Float32Array.from(parameters));
    this.tables = tf.tensor2d(Float32Array.from(tables), [architecture.layers * tableRows(architecture), f]);
  }

  setPairs(start: Int32Array, neighbours: Int32Array): void {
    this.start = start;
    this.neighbours = neighbours;
  }

  buildEdges(positions: Float64Array, box: Box): void {
    const { tf, edges } = this;
    edges.build(positions, box, this.start, this.neighbours, this.sites.bonded);
    const { count } = edges;
    if (this.links) tf.dispose([this.links.i, this.links.j, ...this.links.rows]);
    if (this.basis) tf.dispose([...this.basis.values, ...this.basis.slopes]);
    const ints = (values: Int32Array): Tensor1D => tf.tensor1d(values.slice(0, count), 'int32');
    const rows = [0, 1, 2, 3].map((q) => ints(edges.row.map((row) => row + q)));
    this.links = { i: ints(edges.i), j: ints(edges.j), rows };
    const columns = Array.from({ length: 8 }, () => new Float32Array(count));
    const b = new Float64Array(8);
    for (let e = 0; e < count; e++) {
      splineWeights(edges.t[e], b);
      for (let q = 0; q < 8; q++) columns[q][e] = q < 4 ? b[q] : b[q] * this.inverseSpacing(e);
    }
    const [values, slopes] = [columns.slice(0, 4), columns.slice(4)].map((four) => four.map((c) => tf.tensor2d(c, [count, 1])));
    this.basis = { values, slopes };
    if (this.slope.length < count) this.slope = new Float64Array(edges.i.length);
    this.slope.fill(0);
  }

  setDirection(direction: Float64Array): void {
    const { i, j, unit, count } = this.edges;
    const rate = new Float32Array(count);
    for (let e = 0; e < count; e++)
      for (let c = 0; c < 3; c++) rate[e] += unit[3 * e + c] * (direction[3 * i[e] + c] - direction[3 * j[e] + c]);
    this.rate?.dispose();
    this.rate = this.tf.tensor2d(rate, [count, 1]);
  }

  addForces(forces: Float64Array, virial: Float64Array): void {
    this.edges.addForces(this.slope, forces, virial);
  }

  embed(out: Slot): void {
    const { species } = this.architecture;
    const { f } = this;
    this.set(out, () => this.tf.gather(this.part(0, species * f, [species, f]), this.species) as Tensor2D);
  }

  zero(out: Slot): void {
    this.set(out, () => this.tf.zeros([this.n, this.f]));
  }

  add(out: Slot, v: Slot): void {
    this.set(out, () => this.tf.add(of(out), of(v)) as Tensor2D);
  }

  addBias(out: Slot, bias: number): void {
    this.set(out, () => this.tf.add(of(out), this.row(bias)) as Tensor2D);
  }

  multiply(out: Slot, v: Slot, matrix: number): void {
    this.set(out, () => this.tf.matMul(of(v), this.matrix(matrix)) as Tensor2D);
  }

  multiplyTransposed(out: Slot, v: Slot, matrix: number): void {
    this.set(out, () => this.tf.matMul(of(v), this.matrix(matrix), false, true) as Tensor2D);
  }

  activate(out: Slot, z: Slot): void {
    this.set(out, () => this.activation(of(z)));
  }

  activationSlope(out: Slot, z: Slot, v: Slot): void {
    const { tf } = this;
    this.set(out, () => tf.mul(of(v), tf.add(tf.mul(tf.div(of(z), this.root(of(z))), 0.5), 0.5)) as Tensor2D);
  }

  addActivationCurvature(out: Slot, z: Slot, u: Slot, v: Slot): void {
    const { tf } = this;
    this.set(out, () => {
      const root = this.root(of(z));
      const curvature = tf.div(tf.scalar(2), tf.mul(root, tf.mul(root, root)));
      return tf.add(of(out), tf.mul(curvature, tf.mul(of(u), of(v)))) as Tensor2D;
    });
  }

  readout(y: Slot, output: number): number {
    const { tf } = this;
    // Sums of a site in f32, their sum in f64.
    const each = tf.tidy(() => tf.sum(tf.mul(this.activation(of(y)), this.row(output)), 1));
    const energies = Float64Array.from(each.dataSync());
    each.dispose();
    return this.architecture.energyScale * energies.reduce((sum, e) => sum + e, 0);
  }

  broadcastOutput(out: Slot, output: number): void {
    const { tf, n } = this;
    this.set(out, () => tf.tile(tf.mul(this.row(output), this.architecture.energyScale), [n, 1]) as Tensor2D);
  }

  convolve(out: Slot, v: Slot, layer: number): void {
    this.set(out, () => this.convolution(this.filter(layer, 'values'), of(v)));
  }

  convolveReverse(xBar: Slot | null, x: Slot, mBar: Slot, layer: number): void {
    const { tf } = this;
    if (xBar) this.convolve(xBar, mBar, layer); // every edge carries its message both ways: the sum is its own transpose
    const slopes = tf.tidy(() => tf.sum(tf.mul(this.filter(layer, 'slopes'), this.exchanged(of(x), of(mBar))), 1));
    slopes.dataSync().forEach((slope, e) => {
      this.slope[e] += slope;
    });
    slopes.dispose();
  }

  convolveTangent(out: Slot, vDot: Slot, v: Slot, layer: number): void {
    const { tf } = this;
    this.set(out, () => {
      const moving = tf.mul(this.filter(layer, 'slopes'), known(this.rate)) as Tensor2D;
      return tf.add(this.convolution(this.filter(layer, 'values'), of(vDot)), this.convolution(moving, of(v))) as Tensor2D;
    });
  }

  clearGradients(): void {
    this.weightGradient.fill(0);
    this.tableGradient.fill(0);
  }

  addGradientsTo(parameters: Float64Array, tables: Float64Array): void {
    for (let k = 0; k < parameters.length; k++) parameters[k] += this.weightGradient[k];
    for (let k = 0; k < tables.length; k++) tables[k] += this.tableGradient[k];
  }

  gradeMatrix(matrix: number, u: Slot, v: Slot): void {
    this.accumulate(this.weightGradient, matrix, () => this.tf.matMul(of(u), of(v), true, false) as Tensor2D);
  }

  gradeBias(bias: number, v: Slot): void {
    this.accumulate(this.weightGradient, bias, () => this.tf.sum(of(v), 0));
  }

  gradeEmbedding(v: Slot): void {
    this.accumulate(this.weightGradient, 0, () => this.tf.unsortedSegmentSum(of(v), this.species, this.architecture.species));
  }

  gradeOutput(output: number, v: Slot): void {
    this.accumulate(this.weightGradient, output, () => this.tf.mul(this.tf.sum(of(v), 0), this.architecture.energyScale));
  }

  gradeFilters(layer: number, x: Slot, mBar: Slot, xDot: Slot, mBarDot: Slot): void {
    const { tf, architecture, f } = this;
    const [links, basis, rate] = [known(this.links), known(this.basis), known(this.rate)];
    const rows = tableRows(architecture);
    this.accumulate(this.tableGradient, layer * rows * f, () => {
      const bar = tf.mul(this.exchanged(of(x), of(mBar)), rate);
      const barDot = tf.add(this.exchanged(of(xDot), of(mBar)), this.exchanged(of(x), of(mBarDot)));
      return tf.addN(
        [0, 1, 2, 3].map((q) => {
          const share = tf.add(tf.mul(basis.slopes[q], bar), tf.mul(basis.values[q], barDot)) as Tensor2D;
          return tf.unsortedSegmentSum(share, links.rows[q], rows);
        }),
      );
    });
  }

  /** The filters of all edges, or their derivatives by the distance, [edges, features]. */
  private filter(layer: number, which: 'values' | 'slopes'): Tensor2D {
    const { tf, f } = this;
    const rows = tableRows(this.architecture);
    const table = tf.slice(known(this.tables), [layer * rows, 0], [rows, f]);
    const links = known(this.links).rows;
    return tf.addN(known(this.basis)[which].map((weight, q) => tf.mul(tf.gather(table, links[q]), weight))) as Tensor2D;
  }

  /** sum_j w_ij * v_j over the edges, both ways. */
  private convolution(w: Tensor2D, v: Tensor2D): Tensor2D {
    const { tf, n } = this;
    const { i, j } = known(this.links);
    const toI = tf.unsortedSegmentSum(tf.mul(w, tf.gather(v, j)), i, n);
    const toJ = tf.unsortedSegmentSum(tf.mul(w, tf.gather(v, i)), j, n);
    return tf.add(toI, toJ) as Tensor2D;
  }

  /** x_j * y_i + x_i * y_j for every edge. */
  private exchanged(x: Tensor2D, y: Tensor2D): Tensor2D {
    const { tf } = this;
    const { i, j } = known(this.links);
    return tf.add(tf.mul(tf.gather(x, j), tf.gather(y, i)), tf.mul(tf.gather(x, i), tf.gather(y, j))) as Tensor2D;
  }

  private activation(z: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.sub(tf.mul(tf.add(z, this.root(z)), 0.5), 1) as Tensor2D;
  }

  private root(z: Tensor2D): Tensor2D {
    return this.tf.sqrt(this.tf.add(this.tf.mul(z, z), 4)) as Tensor2D;
  }

  private part(offset: number, size: number, shape: [number, number]): Tensor2D {
    return this.tf.reshape(this.tf.slice(known(this.weights), offset, size), shape) as Tensor2D;
  }

  private matrix(offset: number): Tensor2D {
    return this.part(offset, this.f * this.f, [this.f, this.f]);
  }

  private row(offset: number): Tensor2D {
    return this.part(offset, this.f, [1, this.f]);
  }

  private set(out: Slot, compute: () => Tensor2D): void {
    const value = this.tf.tidy(compute);
    out.value?.dispose();
    out.value = value;
  }

  private accumulate(
    gradient: Float64Array,
    at: number,
    compute: () => { dataSync(): ArrayLike<number>; dispose(): void },
  ): void {
    const result = this.tf.tidy(compute as () => Tensor2D);
    const values = result.dataSync();
    for (let k = 0; k < values.length; k++) gradient[at + k] += values[k];
    result.dispose();
  }

  /** dt/dr of an edge's grid. */
  private inverseSpacing(e: number): number {
    const grid = e < this.edges.nonbonded ? this.architecture.nonbonded : this.architecture.bonded;
    return grid.intervals / grid.cutoff;
  }
}

function of({ value }: Slot): Tensor2D {
  return known(value);
}

function known<T>(value: T | null): T {
  if (value === null) throw new Error('a step of the graph network is taken before those that it needs');
  return value;
}
