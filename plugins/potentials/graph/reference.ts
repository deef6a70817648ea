/** The graph network in f64 TypeScript: forward, reverse, and the tangents of both; written to be read, the model for the fast kernel. */
import type { Box } from '../../../engine/index.ts';
import {
  type GraphArchitecture,
  type ParameterOffsets,
  parameterOffsets,
  parameterSize,
  tableRows,
  tableSize,
} from './architecture.ts';
import {
  activation,
  activationCurvature,
  activationSlope,
  addBias,
  addColumns,
  addOuter,
  addTo,
  multiply,
  multiplyTransposed,
} from './dense.ts';
import { Edges, splineWeights } from './edges.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';

/** Per-site features of one layer; `Dot` is the derivative along the direction, `Bar` the derivative of the energy by it. */
class LayerState {
  readonly x: Float64Array;
  readonly m: Float64Array;
  readonly z: Float64Array;
  readonly zBar: Float64Array;
  readonly mBar: Float64Array;
  readonly xBar: Float64Array;
  readonly xDot: Float64Array;
  readonly mDot: Float64Array;
  readonly zDot: Float64Array;
  readonly zBarDot: Float64Array;
  readonly mBarDot: Float64Array;
  readonly xBarDot: Float64Array;

  constructor(size: number) {
    const array = (): Float64Array => new Float64Array(size);
    this.x = array();
    this.m = array();
    this.z = array();
    this.zBar = array();
    this.mBar = array();
    this.xBar = array();
    this.xDot = array();
    this.mDot = array();
    this.zDot = array();
    this.zBarDot = array();
    this.mBarDot = array();
    this.xBarDot = array();
  }
}

/**
 * Continuous-filter convolutions (Schuett et al., NIPS 2017; J. Chem. Phys. 148, 241722, 2018) with separate filters for bonded and
 * non-bonded edges (Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125, 2019):
 *
 *     h_i = embedding of species; in each layer  x = h A,  m_i = sum_j x_j * W(r_ij),  h += s(m B + b) C + c;
 *     E = scale * sum_i w . s(h_i D + d)
 *
 * with filters W that are cubic splines on a grid of distances, and s the activation of `dense.ts`.
 */
export class ReferenceKernel implements GraphKernel {
  readonly edges: Edges;
  get extremes(): { values: Float64Array } {
    return { values: this.edges.extremes };
  }

  private readonly architecture: GraphArchitecture;
  private readonly sites: GraphSites;
  private readonly n: number;
  private readonly offsets: ParameterOffsets;
  private readonly weights: Float64Array;
  private readonly tables: Float64Array;
  private start: Int32Array = new Int32Array(1);
  private neighbours: Int32Array = new Int32Array(0);
  private readonly layers: LayerState[];
  /** h at the entrance of each layer and at the exit of the last, with adjoints, tangents and tangents of adjoints. */
  private readonly h: Float64Array[];
  private readonly hBar: Float64Array[];
  private readonly hDot: Float64Array[];
  private readonly hBarDot: Float64Array[];
  private readonly y: Float64Array;
  private readonly yBar: Float64Array;
  private readonly yDot: Float64Array;
  private readonly yBarDot: Float64Array;
  private readonly scratch: Float64Array;
  private readonly basis = new Float64Array(8);
  /** dE/dr of each edge, and dr along the direction. */
  private slope = new Float64Array(0);
  private rDot = new Float64Array(0);

  constructor(architecture: GraphArchitecture, sites: GraphSites) {
    this.architecture = architecture;
    this.sites = sites;
    this.n = sites.species.length;
    this.offsets = parameterOffsets(architecture);
    this.weights = new Float64Array(parameterSize(architecture));
    this.tables = new Float64Array(tableSize(architecture));
    this.edges = new Edges(architecture);
    const size = this.n * architecture.features;
    const array = (): Float64Array => new Float64Array(size);
    this.layers = Array.from({ length: architecture.layers }, () => new LayerState(size));
    const perLevel = (): Float64Array[] => Array.from({ length: architecture.layers + 1 }, array);
    this.h = perLevel();
    this.hBar = perLevel();
    this.hDot = perLevel();
    this.hBarDot = perLevel();
    [this.y, this.yBar, this.yDot, this.yBarDot, this.scratch] = [array(), array(), array(), array(), array()];
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    this.weights.set(parameters);
    this.tables.set(tables);
  }

  setPairs(start: Int32Array, neighbours: Int32Array): void {
    this.start = start;
    this.neighbours = neighbours;
  }

  evaluate(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number {
    this.edges.build(positions, box, this.start, this.neighbours, this.sites.bonded);
    if (this.slope.length < this.edges.count) {
      this.slope = new Float64Array(this.edges.i.length);
      this.rDot = new Float64Array(this.edges.i.length);
    }
    const energy = this.forward();
    this.reverse();
    const { i, j, unit, r, count } = this.edges;
    for (let e = 0; e < count; e++)
      for (let c = 0; c < 3; c++) {
        const force = -this.slope[e] * unit[3 * e + c];
        forces[3 * i[e] + c] += force;
        forces[3 * j[e] + c] -= force;
        for (let a = 0; a < 3; a++) virial[3 * a + c] += r[e] * unit[3 * e + a] * force;
      }
    return energy;
  }

  addGradient(direction: Float64Array, parameters: Float64Array, tables: Float64Array): void {
    const { i, j, unit, count } = this.edges;
    for (let e = 0; e < count; e++) {
      let sum = 0;
      for (let c = 0; c < 3; c++) sum += unit[3 * e + c] * (direction[3 * i[e] + c] - direction[3 * j[e] + c]);
      this.rDot[e] = sum;
    }
    this.forwardTangent();
    this.reverseTangent(parameters, tables);
  }

  private forward(): number {
    const { n, weights, offsets, scratch: a, y } = this;
    const { features: f, energyScale } = this.architecture;
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) this.h[0][i * f + k] = weights[offsets.embedding + this.sites.species[i] * f + k];
    for (const [l, { x, m, z }] of this.layers.entries()) {
      const at = offsets.layers[l];
      multiply(x, this.h[l], weights, at.send, n, f);
      this.convolve(m, x, l);
      multiply(z, m, weights, at.update, n, f);
      addBias(z, weights, at.updateBias, n, f);
      for (let k = 0; k < n * f; k++) a[k] = activation(z[k]);
      multiply(this.h[l + 1], a, weights, at.output, n, f);
      addBias(this.h[l + 1], weights, at.outputBias, n, f);
      addTo(this.h[l + 1], this.h[l]);
    }
    multiply(y, this.h[this.layers.length], weights, offsets.readout, n, f);
    addBias(y, weights, offsets.readoutBias, n, f);
    let energy = 0;
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) energy += weights[offsets.readoutOutput + k] * activation(y[i * f + k]);
    return energyScale * energy;
  }

  private reverse(): void {
    const { n, weights, offsets, scratch: aBar, y, yBar } = this;
    const { features: f, energyScale, layers } = this.architecture;
    this.slope.fill(0);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++)
        yBar[i * f + k] = energyScale * weights[offsets.readoutOutput + k] * activationSlope(y[i * f + k]);
    multiplyTransposed(this.hBar[layers], yBar, weights, offsets.readout, n, f);
    for (let l = layers - 1; l >= 0; l--) {
      const { x, z, zBar, mBar, xBar } = this.layers[l];
      const at = offsets.layers[l];
      multiplyTransposed(aBar, this.hBar[l + 1], weights, at.output, n, f);
      for (let k = 0; k < n * f; k++) zBar[k] = aBar[k] * activationSlope(z[k]);
      multiplyTransposed(mBar, zBar, weights, at.update, n, f);
      this.convolve(xBar, mBar, l); // every edge carries its message both ways, so the sum is its own transpose
      this.addSlopes(x, mBar, l);
      multiplyTransposed(this.hBar[l], xBar, weights, at.send, n, f);
      addTo(this.hBar[l], this.hBar[l + 1]);
    }
  }

  private forwardTangent(): void {
    const { n, weights, offsets, scratch: aDot } = this;
    const { features: f } = this.architecture;
    this.hDot[0].fill(0);
    for (const [l, { x, z, xDot, mDot, zDot }] of this.layers.entries()) {
      const at = offsets.layers[l];
      multiply(xDot, this.hDot[l], weights, at.send, n, f);
      this.convolve(mDot, xDot, l);
      this.convolveSlope(mDot, x, l);
      multiply(zDot, mDot, weights, at.update, n, f);
      for (let k = 0; k < n * f; k++) aDot[k] = activationSlope(z[k]) * zDot[k];
      multiply(this.hDot[l + 1], aDot, weights, at.output, n, f);
      addTo(this.hDot[l + 1], this.hDot[l]);
    }
    multiply(this.yDot, this.hDot[this.layers.length], weights, offsets.readout, n, f);
  }

  /** The tangent of the reverse pass; at each matrix, the tangent of its gradient. */
  private reverseTangent(gradient: Float64Array, tableGradient: Float64Array): void {
    const { n, weights, offsets, scratch, y, yBar, yDot, yBarDot } = this;
    const { features: f, energyScale, layers } = this.architecture;
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) {
        const p = i * f + k;
        yBarDot[p] = energyScale * weights[offsets.readoutOutput + k] * activationCurvature(y[p]) * yDot[p];
        gradient[offsets.readoutOutput + k] += energyScale * activationSlope(y[p]) * yDot[p];
      }
    addOuter(gradient, offsets.readout, this.hDot[layers], yBar, n, f);
    addOuter(gradient, offsets.readout, this.h[layers], yBarDot, n, f);
    addColumns(gradient, offsets.readoutBias, yBarDot, n, f);
    multiplyTransposed(this.hBarDot[layers], yBarDot, weights, offsets.readout, n, f);
    for (let l = layers - 1; l >= 0; l--) {
      const { m, z, zBar, mBar, xBar, mDot, zDot, zBarDot, mBarDot, xBarDot } = this.layers[l];
      const at = offsets.layers[l];
      for (let k = 0; k < n * f; k++) scratch[k] = activationSlope(z[k]) * zDot[k];
      addOuter(gradient, at.output, scratch, this.hBar[l + 1], n, f);
      for (let k = 0; k < n * f; k++) scratch[k] = activation(z[k]);
      addOuter(gradient, at.output, scratch, this.hBarDot[l + 1], n, f);
      addColumns(gradient, at.outputBias, this.hBarDot[l + 1], n, f);
      multiplyTransposed(zBarDot, this.hBarDot[l + 1], weights, at.output, n, f);
      multiplyTransposed(scratch, this.hBar[l + 1], weights, at.output, n, f);
      for (let k = 0; k < n * f; k++)
        zBarDot[k] = zBarDot[k] * activationSlope(z[k]) + scratch[k] * activationCurvature(z[k]) * zDot[k];
      addOuter(gradient, at.update, mDot, zBar, n, f);
      addOuter(gradient, at.update, m, zBarDot, n, f);
      addColumns(gradient, at.updateBias, zBarDot, n, f);
      multiplyTransposed(mBarDot, zBarDot, weights, at.update, n, f);
      this.convolve(xBarDot, mBarDot, l);
      this.convolveSlope(xBarDot, mBar, l);
      this.addTableGradient(tableGradient, l);
      addOuter(gradient, at.send, this.hDot[l], xBar, n, f);
      addOuter(gradient, at.send, this.h[l], xBarDot, n, f);
      multiplyTransposed(this.hBarDot[l], xBarDot, weights, at.send, n, f);
      addTo(this.hBarDot[l], this.hBarDot[l + 1]);
    }
    for (let i = 0; i < n; i++)
      for (let k = 0; k < f; k++) gradient[offsets.embedding + this.sites.species[i] * f + k] += this.hBarDot[0][i * f + k];
  }

  /** dt/dr of an edge's grid. */
  private inverseSpacing(e: number): number {
    const grid = e < this.edges.nonbonded ? this.architecture.nonbonded : this.architecture.bonded;
    return grid.intervals / grid.cutoff;
  }

  /** Index in the tables of the first coefficient of an edge's filter in a layer. */
  private coefficients(e: number, layer: number): number {
    return (layer * tableRows(this.architecture) + this.edges.row[e]) * this.architecture.features;
  }

  /** out_i = sum_j W(r_ij) v_j. */
  private convolve(out: Float64Array, v: Float64Array, layer: number): void {
    out.fill(0);
    this.addConvolution(out, v, layer, 0);
  }

  /** out_i += sum_j rDot_ij W'(r_ij) v_j. */
  private convolveSlope(out: Float64Array, v: Float64Array, layer: number): void {
    this.addConvolution(out, v, layer, 4);
  }

  private addConvolution(out: Float64Array, v: Float64Array, layer: number, derivative: 0 | 4): void {
    const { tables: c, basis } = this;
    const f = this.architecture.features;
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

  /** slope_ij += W'(r_ij) . (x_j mBar_i + x_i mBar_j): the derivative of the energy by the distance. */
  private addSlopes(x: Float64Array, mBar: Float64Array, layer: number): void {
    const { tables: c, basis } = this;
    const f = this.architecture.features;
    for (let e = 0; e < this.edges.count; e++) {
      const [i, j, at] = [this.edges.i[e] * f, this.edges.j[e] * f, this.coefficients(e, layer)];
      splineWeights(this.edges.t[e], basis);
      let sum = 0;
      for (let k = 0; k < f; k++) {
        const w =
          basis[4] * c[at + k] + basis[5] * c[at + f + k] + basis[6] * c[at + 2 * f + k] + basis[7] * c[at + 3 * f + k];
        sum += w * (x[j + k] * mBar[i + k] + x[i + k] * mBar[j + k]);
      }
      this.slope[e] += sum * this.inverseSpacing(e);
    }
  }

  /** The tangent of the gradient by the filter tables, spread over the four coefficients that each edge's filter is made of. */
  private addTableGradient(gradient: Float64Array, layer: number): void {
    const { x, mBar, xDot, mBarDot } = this.layers[layer];
    const f = this.architecture.features;
    for (let e = 0; e < this.edges.count; e++) {
      const [i, j, at] = [this.edges.i[e] * f, this.edges.j[e] * f, this.coefficients(e, layer)];
      splineWeights(this.edges.t[e], this.basis);
      const tDot = this.rDot[e] * this.inverseSpacing(e);
      for (let k = 0; k < f; k++) {
        const wBar = x[j + k] * mBar[i + k] + x[i + k] * mBar[j + k];
        const wBarDot =
          xDot[j + k] * mBar[i + k] + x[j + k] * mBarDot[i + k] + xDot[i + k] * mBar[j + k] + x[i + k] * mBarDot[j + k];
        for (let q = 0; q < 4; q++) gradient[at + q * f + k] += this.basis[4 + q] * tDot * wBar + this.basis[q] * wBarDot;
      }
    }
  }
}
