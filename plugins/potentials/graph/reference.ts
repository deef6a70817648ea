/** The operations of the graph network in f64 TypeScript: plain loops, the model for the SIMD kernel. */
import type { Box } from '../../../engine/index.ts';
import { splineWeights } from '../spline/b-spline.ts';
import { activation, activationCurvature, activationSlope } from './activation.ts';
import { type GraphArchitecture, parameterSize, tableRows, tableSize } from './architecture.ts';
import { Edges } from './edges.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { GraphNetwork, type NetworkOperations } from './network.ts';

export function referenceKernel(architecture: GraphArchitecture, sites: GraphSites): GraphKernel {
  return new GraphNetwork(architecture, new ReferenceOperations(architecture, sites));
}

class ReferenceOperations implements NetworkOperations<Float64Array> {
  private readonly architecture: GraphArchitecture;
  private readonly sites: GraphSites;
  private readonly n: number;
  private readonly f: number;
  private readonly weights: Float64Array;
  private readonly tables: Float64Array;
  private readonly weightGradient: Float64Array;
  private readonly tableGradient: Float64Array;
  private readonly edges: Edges;
  private start: Int32Array = new Int32Array(1);
  private neighbours: Int32Array = new Int32Array(0);
  /** dE/dr of each edge, and dr along the direction. */
  private slope = new Float64Array(0);
  private rDot = new Float64Array(0);
  private readonly basis = new Float64Array(8);

  constructor(architecture: GraphArchitecture, sites: GraphSites) {
    this.architecture = architecture;
    this.sites = sites;
    this.n = sites.species.length;
    this.f = architecture.features;
    this.weights = new Float64Array(parameterSize(architecture));
    this.tables = new Float64Array(tableSize(architecture));
    this.weightGradient = new Float64Array(this.weights.length);
    this.tableGradient = new Float64Array(this.tables.length);
    this.edges = new Edges(architecture);
  }

  get extremes(): Float64Array {
    return this.edges.extremes;
  }

  array(): Float64Array {
    return new Float64Array(this.n * this.f);
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    this.weights.set(parameters);
    this.tables.set(tables);
  }

  setPairs(start: Int32Array, neighbours: Int32Array): void {
    this.start = start;
    this.neighbours = neighbours;
  }

  buildEdges(positions: Float64Array, box: Box): void {
    this.edges.build(positions, box, this.start, this.neighbours, this.sites.bonded);
    if (this.slope.length < this.edges.count) {
      this.slope = new Float64Array(this.edges.i.length);
      this.rDot = new Float64Array(this.edges.i.length);
    }
    this.slope.fill(0);
  }

  setDirection(direction: Float64Array): void {
    const { i, j, unit, count } = this.edges;
    for (let e = 0; e < count; e++) {
      this.rDot[e] = 0;
      for (let c = 0; c < 3; c++) this.rDot[e] += unit[3 * e + c] * (direction[3 * i[e] + c] - direction[3 * j[e] + c]);
    }
  }

  addForces(forces: Float64Array, virial: Float64Array): void {
    this.edges.addForces(this.slope, forces, virial);
  }

  embed(out: Float64Array): void {
    const { n, f } = this;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) out[i * f + k] = this.weights[this.sites.species[i] * f + k];
  }

  zero(out: Float64Array): void {
    out.fill(0);
  }

  add(out: Float64Array, v: Float64Array): void {
    for (let k = 0; k < out.length; k++) out[k] += v[k];
  }

  addBias(out: Float64Array, bias: number): void {
    const { n, f } = this;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) out[i * f + k] += this.weights[bias + k];
  }

  multiply(out: Float64Array, v: Float64Array, matrix: number): void {
    const { n, f, weights } = this;
    out.fill(0);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) for (let o = 0; o < f; o++) out[i * f + o] += v[i * f + k] * weights[matrix + k * f + o];
  }

  multiplyTransposed(out: Float64Array, v: Float64Array, matrix: number): void {
    const { n, f, weights } = this;
    out.fill(0);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) for (let o = 0; o < f; o++) out[i * f + k] += v[i * f + o] * weights[matrix + k * f + o];
  }

  activate(out: Float64Array, z: Float64Array): void {
    for (let k = 0; k < out.length; k++) out[k] = activation(z[k]);
  }

  activationSlope(out: Float64Array, z: Float64Array, v: Float64Array): void {
    for (let k = 0; k < out.length; k++) out[k] = activationSlope(z[k]) * v[k];
  }

  addActivationCurvature(out: Float64Array, z: Float64Array, u: Float64Array, v: Float64Array): void {
    for (let k = 0; k < out.length; k++) out[k] += activationCurvature(z[k]) * u[k] * v[k];
  }

  readout(y: Float64Array, output: number): number {
    const { n, f } = this;
    let energy = 0;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) energy += this.weights[output + k] * activation(y[i * f + k]);
    return this.architecture.energyScale * energy;
  }

  broadcastOutput(out: Float64Array, output: number): void {
    const { n, f } = this;
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) out[i * f + k] = this.architecture.energyScale * this.weights[output + k];
  }

  convolve(out: Float64Array, v: Float64Array, layer: number): void {
    out.fill(0);
    this.addConvolution(out, v, layer, 0);
  }

  convolveReverse(xBar: Float64Array | null, x: Float64Array, mBar: Float64Array, layer: number): void {
    if (xBar) this.convolve(xBar, mBar, layer); // every edge carries its message both ways: the sum is its own transpose
    const { f, basis: b, tables: c } = this;
    for (let e = 0; e < this.edges.count; e++) {
      const [i, j, at] = [this.edges.i[e] * f, this.edges.j[e] * f, this.coefficients(e, layer)];
      splineWeights(this.edges.t[e], b);
      let sum = 0;
      for (let k = 0; k < f; k++) {
        const w = b[4] * c[at + k] + b[5] * c[at + f + k] + b[6] * c[at + 2 * f + k] + b[7] * c[at + 3 * f + k];
        sum += w * (x[j + k] * mBar[i + k] + x[i + k] * mBar[j + k]);
      }
      this.slope[e] += sum * this.inverseSpacing(e);
    }
  }

  convolveTangent(out: Float64Array, vDot: Float64Array, v: Float64Array, layer: number): void {
    this.convolve(out, vDot, layer);
    this.addConvolution(out, v, layer, 4);
  }

  clearGradients(): void {
    this.weightGradient.fill(0);
    this.tableGradient.fill(0);
  }

  addGradientsTo(parameters: Float64Array, tables: Float64Array): void {
    this.add(parameters, this.weightGradient);
    this.add(tables, this.tableGradient);
  }

  gradeMatrix(matrix: number, u: Float64Array, v: Float64Array): void {
    const { n, f, weightGradient: g } = this;
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) for (let o = 0; o < f; o++) g[matrix + k * f + o] += u[i * f + k] * v[i * f + o];
  }

  gradeBias(bias: number, v: Float64Array): void {
    const { n, f } = this;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) this.weightGradient[bias + k] += v[i * f + k];
  }

  gradeEmbedding(v: Float64Array): void {
    const { n, f } = this;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) this.weightGradient[this.sites.species[i] * f + k] += v[i * f + k];
  }

  gradeOutput(output: number, v: Float64Array): void {
    const { n, f } = this;
    const scale = this.architecture.energyScale;
    for (let i = 0; i < n; i++) for (let k = 0; k < f; k++) this.weightGradient[output + k] += scale * v[i * f + k];
  }

  gradeFilters(layer: number, x: Float64Array, mBar: Float64Array, xDot: Float64Array, mBarDot: Float64Array): void {
    const { f, basis, tableGradient: gradient } = this;
    for (let e = 0; e < this.edges.count; e++) {
      const [i, j, at] = [this.edges.i[e] * f, this.edges.j[e] * f, this.coefficients(e, layer)];
      splineWeights(this.edges.t[e], basis);
      const tDot = this.rDot[e] * this.inverseSpacing(e);
      for (let k = 0; k < f; k++) {
        const wBar = x[j + k] * mBar[i + k] + x[i + k] * mBar[j + k];
        const wBarDot =
          xDot[j + k] * mBar[i + k] + x[j + k] * mBarDot[i + k] + xDot[i + k] * mBar[j + k] + x[i + k] * mBarDot[j + k];
        for (let q = 0; q < 4; q++) gradient[at + q * f + k] += basis[4 + q] * tDot * wBar + basis[q] * wBarDot;
      }
    }
  }

  /** dt/dr of an edge's grid. */
  private inverseSpacing(e: number): number {
    const grid = e < this.edges.nonbonded ? this.architecture.nonbonded : this.architecture.bonded;
    return grid.intervals / grid.cutoff;
  }

  /** Index in the tables of the first coefficient of an edge's filter in a layer. */
  private coefficients(e: number, layer: number): number {
    return (layer * tableRows(this.architecture) + this.edges.row[e]) * this.f;
  }

  /** out_i += sum_j W_ij v_j with the filter (derivative 0) or its derivative along the direction (derivative 4). */
  private addConvolution(out: Float64Array, v: Float64Array, layer: number, derivative: 0 | 4): void {
    const { f, basis, tables: c } = this;
    for (let e = 0; e < this.edges.count; e++) {
      const [i, j, at] = [this.edges.i[e] * f, this.edges.j[e] * f, this.coefficients(e, layer)];
      splineWeights(this.edges.t[e], basis);
      const factor = derivative ? this.rDot[e] * this.inverseSpacing(e) : 1;
      const b0 = factor * basis[derivative];
      const b1 = factor * basis[derivative + 1];
      const b2 = factor * basis[derivative + 2];
      const b3 = factor * basis[derivative + 3];
      for (let k = 0; k < f; k++) {
        const w = b0 * c[at + k] + b1 * c[at + f + k] + b2 * c[at + 2 * f + k] + b3 * c[at + 3 * f + k];
        out[i + k] += w * v[j + k];
        out[j + k] += w * v[i + k];
      }
    }
  }
}
