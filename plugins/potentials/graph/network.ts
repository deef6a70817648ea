/** The passes of the graph network, written once over the operations that the f64 reference and the SIMD kernel provide. */
import type { Box } from '../../../engine/index.ts';
import { type GraphArchitecture, type ParameterOffsets, parameterOffsets } from './architecture.ts';
import type { GraphKernel } from './kernel.ts';

/**
 * Operations on per-site features. `A` is a handle of one array [site][feature]: a Float64Array, or an address in wasm memory.
 * Matrices and biases are named by their offset in the flat array of dense parameters (`parameterLayout`).
 */
export interface FeatureOperations<A> {
  /** A new array of features. */
  array(): A;

  /** out_i = embedding of the species of i. */
  embed(out: A): void;
  zero(out: A): void;
  /** out += v. */
  add(out: A, v: A): void;
  addBias(out: A, bias: number): void;
  /** out = v W, and out = v W^T. */
  multiply(out: A, v: A, matrix: number): void;
  multiplyTransposed(out: A, v: A, matrix: number): void;
  /** out = s(z). */
  activate(out: A, z: A): void;
  /** out = s'(z) v. */
  activationSlope(out: A, z: A, v: A): void;
  /** out += s''(z) u v. */
  addActivationCurvature(out: A, z: A, u: A, v: A): void;
  /** energyScale * sum of w . s(y_i), for the output weights w. */
  readout(y: A, output: number): number;
  /** out = energyScale * w, the same for all sites. */
  broadcastOutput(out: A, output: number): void;

  /** out_i = sum_j W(r_ij) * v_j. */
  convolve(out: A, v: A, layer: number): void;
  /** slope_ij += W'(r_ij) . (x_j * mBar_i + x_i * mBar_j); and xBar = the convolution of mBar, unless xBar is null. */
  convolveReverse(xBar: A | null, x: A, mBar: A, layer: number): void;
  /** out_i = sum_j W(r_ij) * vDot_j + W'(r_ij) rDot_ij * v_j. */
  convolveTangent(out: A, vDot: A, v: A, layer: number): void;

  /** Gradient of a matrix += u^T v; of a bias += sum_i v_i; of the embedding += sum over sites of a species. */
  gradeMatrix(matrix: number, u: A, v: A): void;
  gradeBias(bias: number, v: A): void;
  gradeEmbedding(v: A): void;
  /** Gradient of the output weights += energyScale * sum_i v_i. */
  gradeOutput(output: number, v: A): void;
  /** Gradient of the filters += the tangent of x_j * mBar_i + x_i * mBar_j, spread over each edge's four coefficients. */
  gradeFilters(layer: number, x: A, mBar: A, xDot: A, mBarDot: A): void;
}

/** All that a network is computed with. */
export interface NetworkOperations<A> extends FeatureOperations<A> {
  setNetwork(parameters: Float64Array, tables: Float64Array): void;
  setPairs(start: Int32Array, neighbours: Int32Array): void;
  readonly extremes: Float64Array;
  /** Collects the edges at these positions and sets their slopes dE/dr to zero. */
  buildEdges(positions: Float64Array, box: Box): void;
  /** Sets the derivative of every edge's length along a direction (3N). */
  setDirection(direction: Float64Array): void;
  /** Adds the forces -dE/dr along the edges, and their virial. */
  addForces(forces: Float64Array, virial: Float64Array): void;
  /** Sets the accumulated gradients to zero, and adds them to arrays laid out as in `setNetwork`. */
  clearGradients(): void;
  addGradientsTo(parameters: Float64Array, tables: Float64Array): void;
}

const layerNames = [
  'x',
  'm',
  'z',
  'zBar',
  'mBar',
  'xBar',
  'aBar',
  'xDot',
  'mDot',
  'zDot',
  'zBarDot',
  'mBarDot',
  'xBarDot',
] as const;
/** Features of one layer; `Dot` is the derivative along the direction, `Bar` the derivative of the energy by it. */
type LayerState<A> = Readonly<Record<(typeof layerNames)[number], A>>;

/**
 * Continuous-filter convolutions (Schuett et al., NIPS 2017; J. Chem. Phys. 148, 241722, 2018) with separate filters for bonded and
 * non-bonded edges (Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125, 2019):
 *
 *     h_i = embedding of species; in each layer  x = h A,  m_i = sum_j x_j * W(r_ij),  h += s(m B + b) C + c;
 *     E = scale * sum_i w . s(h_i D + d)
 *
 * with filters W that are cubic splines on a grid of distances, and s the activation of `activation.ts`.
 */
export class NetworkPasses<A> {
  private readonly do: FeatureOperations<A>;
  private readonly offsets: ParameterOffsets;
  private readonly layers: readonly LayerState<A>[];
  /** h at the entrance of each layer and at the exit of the last. */
  private readonly h: readonly A[];
  private readonly hBar: readonly A[];
  private readonly hDot: readonly A[];
  private readonly hBarDot: readonly A[];
  private readonly y: A;
  private readonly yBar: A;
  private readonly yDot: A;
  private readonly yBarDot: A;
  private readonly scratch: A;

  constructor(architecture: GraphArchitecture, operations: FeatureOperations<A>) {
    this.do = operations;
    this.offsets = parameterOffsets(architecture);
    const array = (): A => operations.array();
    const perLayer = Array.from({ length: architecture.layers });
    this.layers = perLayer.map(() => Object.fromEntries(layerNames.map((name) => [name, array()])) as unknown as LayerState<A>);
    const levels = (): A[] => [...perLayer.map(array), array()];
    [this.h, this.hBar, this.hDot, this.hBarDot] = [levels(), levels(), levels(), levels()];
    [this.y, this.yBar, this.yDot, this.yBarDot, this.scratch] = [array(), array(), array(), array(), array()];
  }

  /** Sets the slopes of all edges; returns the energy. */
  energy(): number {
    const energy = this.forward();
    this.reverse();
    return energy;
  }

  /** Adds to the gradients, along the direction of the edges' rates; after `energy`. */
  gradient(): void {
    this.forwardTangent();
    this.reverseTangent();
  }

  private forward(): number {
    const { do: op, offsets, h, scratch: a } = this;
    const depth = this.layers.length;
    op.embed(h[0]);
    for (let l = 0; l < depth; l++) {
      const { x, m, z } = this.layers[l];
      const at = offsets.layers[l];
      op.multiply(x, h[l], at.send);
      op.convolve(m, x, l);
      op.multiply(z, m, at.update);
      op.addBias(z, at.updateBias);
      op.activate(a, z);
      op.multiply(h[l + 1], a, at.output);
      op.addBias(h[l + 1], at.outputBias);
      op.add(h[l + 1], h[l]);
    }
    op.multiply(this.y, h[depth], offsets.readout);
    op.addBias(this.y, offsets.readoutBias);
    return op.readout(this.y, offsets.readoutOutput);
  }

  private reverse(): void {
    const { do: op, offsets, hBar, scratch } = this;
    const depth = this.layers.length;
    op.broadcastOutput(scratch, offsets.readoutOutput);
    op.activationSlope(this.yBar, this.y, scratch);
    op.multiplyTransposed(hBar[depth], this.yBar, offsets.readout);
    for (let l = depth - 1; l >= 0; l--) {
      const { x, z, zBar, mBar, xBar, aBar } = this.layers[l];
      const at = offsets.layers[l];
      op.multiplyTransposed(aBar, hBar[l + 1], at.output);
      op.activationSlope(zBar, z, aBar);
      op.multiplyTransposed(mBar, zBar, at.update);
      op.convolveReverse(l > 0 ? xBar : null, x, mBar, l);
      if (l === 0) break; // the embedding does not depend on the positions
      op.multiplyTransposed(hBar[l], xBar, at.send);
      op.add(hBar[l], hBar[l + 1]);
    }
  }

  private forwardTangent(): void {
    const { do: op, offsets, hDot, scratch: aDot } = this;
    const depth = this.layers.length;
    op.zero(hDot[0]);
    for (let l = 0; l < depth; l++) {
      const { x, z, xDot, mDot, zDot } = this.layers[l];
      const at = offsets.layers[l];
      op.multiply(xDot, hDot[l], at.send);
      op.convolveTangent(mDot, xDot, x, l);
      op.multiply(zDot, mDot, at.update);
      op.activationSlope(aDot, z, zDot);
      op.multiply(hDot[l + 1], aDot, at.output);
      op.add(hDot[l + 1], hDot[l]);
    }
    op.multiply(this.yDot, hDot[depth], offsets.readout);
  }

  /** The tangent of the reverse pass; at each matrix, the tangent of its gradient. */
  private reverseTangent(): void {
    const { do: op, offsets, h, hBar, hDot, hBarDot, scratch } = this;
    const depth = this.layers.length;
    op.broadcastOutput(scratch, offsets.readoutOutput);
    op.zero(this.yBarDot);
    op.addActivationCurvature(this.yBarDot, this.y, this.yDot, scratch);
    op.activationSlope(scratch, this.y, this.yDot);
    op.gradeOutput(offsets.readoutOutput, scratch);
    op.gradeMatrix(offsets.readout, hDot[depth], this.yBar);
    op.gradeMatrix(offsets.readout, h[depth], this.yBarDot);
    op.gradeBias(offsets.readoutBias, this.yBarDot);
    op.multiplyTransposed(hBarDot[depth], this.yBarDot, offsets.readout);
    for (let l = depth - 1; l >= 0; l--) {
      const { x, m, z, aBar, zBar, mBar, xBar, xDot, mDot, zDot, zBarDot, mBarDot, xBarDot } = this.layers[l];
      const at = offsets.layers[l];
      op.activationSlope(scratch, z, zDot);
      op.gradeMatrix(at.output, scratch, hBar[l + 1]);
      op.activate(scratch, z);
      op.gradeMatrix(at.output, scratch, hBarDot[l + 1]);
      op.gradeBias(at.outputBias, hBarDot[l + 1]);
      op.multiplyTransposed(scratch, hBarDot[l + 1], at.output);
      op.activationSlope(zBarDot, z, scratch);
      op.addActivationCurvature(zBarDot, z, zDot, aBar);
      op.gradeMatrix(at.update, mDot, zBar);
      op.gradeMatrix(at.update, m, zBarDot);
      op.gradeBias(at.updateBias, zBarDot);
      op.multiplyTransposed(mBarDot, zBarDot, at.update);
      op.convolveTangent(xBarDot, mBarDot, mBar, l);
      op.gradeFilters(l, x, mBar, xDot, mBarDot);
      if (l > 0) op.gradeMatrix(at.send, hDot[l], xBar);
      op.gradeMatrix(at.send, h[l], xBarDot);
      op.multiplyTransposed(hBarDot[l], xBarDot, at.send);
      op.add(hBarDot[l], hBarDot[l + 1]);
    }
    op.gradeEmbedding(hBarDot[0]);
  }
}

/** A kernel that does the passes' operations one by one. */
export class GraphNetwork<A> implements GraphKernel {
  readonly findsPairs = false;
  private readonly do: NetworkOperations<A>;
  private readonly passes: NetworkPasses<A>;

  constructor(architecture: GraphArchitecture, operations: NetworkOperations<A>) {
    this.do = operations;
    this.passes = new NetworkPasses(architecture, operations);
  }

  get extremes(): Float64Array {
    return this.do.extremes;
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    this.do.setNetwork(parameters, tables);
  }

  setPairs(start: Int32Array, neighbours: Int32Array): void {
    this.do.setPairs(start, neighbours);
  }

  evaluate(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number {
    this.do.buildEdges(positions, box);
    const energy = this.passes.energy();
    this.do.addForces(forces, virial);
    return energy;
  }

  addGradient(direction: Float64Array, parameters: Float64Array, tables: Float64Array): void {
    this.do.setDirection(direction);
    this.do.clearGradients();
    this.passes.gradient();
    this.do.addGradientsTo(parameters, tables);
  }
}
