/** The operations of the graph network in f32 SIMD: places the regions of the wasm memory and calls `assembly/kernel.ts`. */
import type { Box } from '../../../engine/index.ts';
import { isOrthorhombic, SimulationError } from '../../../engine/index.ts';
import { kernelModule } from '../kernel-module.ts';
import { type GraphArchitecture, gridRows, parameterLayout, parameterSize, tableRows, tableSize } from './architecture.ts';
import { kernelBinary } from './assembly/binary.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { GraphNetwork, type NetworkOperations } from './network.ts';

/** Width of a block of features; `features` must be a multiple of it. */
export const blockWidth = 16;

/** The pruned list reaches this part of the cut-off farther than edges do. */
const skin = 0.1;

type Call = (...addresses: number[]) => number;
type Exports = Readonly<Record<string, Call & WebAssembly.Global>>;

const compiled = kernelModule(kernelBinary);

/** Whether `simdKernel` can serve this network here. */
export function simdAvailable(architecture: GraphArchitecture): boolean {
  return architecture.features % blockWidth === 0 && compiled() !== null;
}

/**
 * A kernel in f32 with f64 positions and sums; relative force errors of about 1e-6 against the reference.
 * @throws SimulationError where `simdAvailable` is false
 */
export function simdKernel(architecture: GraphArchitecture, sites: GraphSites): GraphKernel {
  const module = compiled();
  if (!module || !simdAvailable(architecture))
    throw new SimulationError(
      `the SIMD graph kernel needs WebAssembly SIMD and a number of features that is a multiple of ${blockWidth}, not ${architecture.features}`,
    );
  return new GraphNetwork(architecture, new SimdOperations(architecture, sites, new WebAssembly.Instance(module)));
}

class SimdOperations implements NetworkOperations<number> {
  readonly extremes = new Float64Array(9);
  private readonly architecture: GraphArchitecture;
  private readonly n: number;
  private readonly padded: number;
  private readonly call: Exports;
  private readonly memory: WebAssembly.Memory;
  private top: number;
  /** Where the regions that grow with the pair list begin; set when the network's arrays have all been placed. */
  private growing = 0;
  private pairCapacity = 0;
  private readonly bondedCount: number;
  /** `uses` of the pruned list after the first; -1: there is none. */
  private pruning = { usable: true, uses: -1, box: new Float64Array(9) };
  /** Views of the f64 regions, made anew only when the memory has grown. */
  private readonly views = new Map<string, Float64Array>();

  constructor(architecture: GraphArchitecture, { species, bonded }: GraphSites, instance: WebAssembly.Instance) {
    this.architecture = architecture;
    this.n = species.length;
    this.padded = this.n + (this.n % 2);
    this.bondedCount = bonded.length / 2;
    this.call = instance.exports as unknown as Exports;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.top = this.call.heapBase();
    const { nonbonded, bonded: bondedGrid, energyScale, features } = architecture;
    this.setGlobals({
      sites: this.n,
      padded: this.padded,
      blocks: features / blockWidth,
      rows: tableRows(architecture),
      energyScale,
      cutoff: nonbonded.cutoff,
      inverseSpacing: nonbonded.intervals / nonbonded.cutoff,
      intervals: nonbonded.intervals,
      bondedCutoff: bondedGrid.cutoff,
      bondedInverseSpacing: bondedGrid.intervals / bondedGrid.cutoff,
      bondedIntervals: bondedGrid.intervals,
      bondedRow: gridRows(nonbonded),
      bondedCount: this.bondedCount,
      pruneReach: (1 + skin) * nonbonded.cutoff,
    });
    for (const name of ['positions', 'forces', 'direction', 'prunedAt']) this.place(name, 24 * this.n);
    for (const name of ['box', 'virial', 'extremes']) this.place(name, 72);
    for (const name of ['weights', 'transposed', 'weightGradient']) this.place(name, 4 * parameterSize(architecture));
    for (const name of ['tables', 'tableGradient']) this.place(name, 4 * tableSize(architecture));
    this.ints(this.place('species', 4 * this.n), this.n).set(species);
    this.ints(this.place('bonded', 4 * bonded.length), bonded.length).set(bonded);
  }

  array(): number {
    return this.allocate(4 * this.padded * this.architecture.features);
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    const weights = this.floats('weights', parameters.length);
    const transposedWeights = this.floats('transposed', parameters.length);
    this.copyParameters((at, blocked, transposed) => {
      weights[blocked] = parameters[at];
      transposedWeights[transposed] = parameters[at];
    });
    const to = this.floats('tables', tables.length);
    this.eachTableRow((from, blocked, k) => {
      to[blocked + k] = tables[from + k];
    });
  }

  setPairs(start: Int32Array, neighbours: Int32Array): void {
    if (this.growing === 0) this.growing = this.top;
    if (this.pairCapacity < neighbours.length || this.pairCapacity === 0) {
      this.top = this.growing;
      this.pairCapacity = Math.ceil(1.2 * neighbours.length) + 64;
      const edges = this.pairCapacity + this.bondedCount;
      this.place('start', 4 * (this.n + 1));
      this.place('neighbours', 4 * this.pairCapacity);
      this.place('prunedStart', 4 * (this.n + 1));
      this.place('pruned', 4 * (this.pairCapacity + 1));
      for (const name of ['links', 'geometry', 'slopes']) this.place(name, 16 * edges);
      this.place('rates', 4 * edges);
    }
    this.ints(this.at('start'), this.n + 1).set(start.subarray(0, this.n + 1));
    this.ints(this.at('neighbours'), neighbours.length).set(neighbours);
    this.pruning = { usable: true, uses: -1, box: this.pruning.box };
  }

  buildEdges(positions: Float64Array, box: Box): void {
    this.doubles('positions', 3 * this.n).set(positions);
    this.call.periodic.value = box.vectors ? (isOrthorhombic(box) ? 1 : 2) : 0;
    if (box.vectors) this.doubles('box', 9).set(box.vectors);
    this.call.buildEdges(this.prunedServes(box) ? 1 : 0);
    this.extremes.set(this.doubles('extremes', 9));
  }

  /**
   * Whether edges may be looked for in the pruned list, which is made anew when a site has moved half the skin. Where frames have nothing to do
   * with each other (in training) a pruned list would serve once: then it is no longer made. Edges and their order are the same either way.
   */
  private prunedServes(box: Box): boolean {
    const { pruning } = this;
    if (!pruning.usable || this.call.periodic.value === 2) return false;
    const half = 0.5 * skin * this.architecture.nonbonded.cutoff;
    const sameBox = box.vectors?.every((x, k) => x === pruning.box[k]) ?? true;
    if (pruning.uses >= 0 && sameBox && this.call.movedSincePruned() < half * half) {
      pruning.uses++;
      return true;
    }
    if (pruning.uses === 0) {
      pruning.usable = false;
      return false;
    }
    if (box.vectors) pruning.box.set(box.vectors);
    this.call.prune();
    pruning.uses = 0;
    return true;
  }

  setDirection(direction: Float64Array): void {
    this.doubles('direction', 3 * this.n).set(direction);
    this.call.setDirection();
  }

  addForces(forces: Float64Array, virial: Float64Array): void {
    const own = this.doubles('forces', 3 * this.n);
    own.fill(0);
    this.call.addForces();
    for (let k = 0; k < own.length; k++) forces[k] += own[k];
    const ownVirial = this.doubles('virial', 9);
    for (let k = 0; k < 9; k++) virial[k] += ownVirial[k];
  }

  embed(out: number): void {
    this.call.embed(out);
  }

  zero(out: number): void {
    this.call.zero(out);
  }

  add(out: number, v: number): void {
    this.call.add(out, v);
  }

  addBias(out: number, bias: number): void {
    this.call.addBias(out, 4 * bias);
  }

  multiply(out: number, v: number, matrix: number): void {
    this.call.multiply(out, v, this.at('weights') + 4 * matrix);
  }

  multiplyTransposed(out: number, v: number, matrix: number): void {
    this.call.multiply(out, v, this.at('transposed') + 4 * matrix);
  }

  activate(out: number, z: number): void {
    this.call.activate(out, z);
  }

  activationSlope(out: number, z: number, v: number): void {
    this.call.activationSlope(out, z, v);
  }

  addActivationCurvature(out: number, z: number, u: number, v: number): void {
    this.call.addActivationCurvature(out, z, u, v);
  }

  readout(y: number, output: number): number {
    return this.call.readout(y, 4 * output);
  }

  broadcastOutput(out: number, output: number): void {
    this.call.broadcastOutput(out, 4 * output);
  }

  convolve(out: number, v: number, layer: number): void {
    this.call.convolve(out, v, layer);
  }

  convolveReverse(xBar: number | null, x: number, mBar: number, layer: number): void {
    if (xBar === null) this.call.addSlopes(x, mBar, layer);
    else this.call.convolveReverse(xBar, x, mBar, layer);
  }

  convolveTangent(out: number, vDot: number, v: number, layer: number): void {
    this.call.convolveTangent(out, vDot, v, layer);
  }

  clearGradients(): void {
    this.floats('weightGradient', parameterSize(this.architecture)).fill(0);
    this.floats('tableGradient', tableSize(this.architecture)).fill(0);
  }

  addGradientsTo(parameters: Float64Array, tables: Float64Array): void {
    const gradient = this.floats('weightGradient', parameters.length);
    this.copyParameters((at, blocked) => {
      parameters[at] += gradient[blocked];
    });
    const filters = this.floats('tableGradient', tables.length);
    this.eachTableRow((at, blocked, k) => {
      tables[at + k] += filters[blocked + k];
    });
  }

  gradeMatrix(matrix: number, u: number, v: number): void {
    this.call.gradeMatrix(4 * matrix, u, v);
  }

  gradeBias(bias: number, v: number): void {
    this.call.gradeBias(4 * bias, v, 1);
  }

  gradeEmbedding(v: number): void {
    this.call.gradeEmbedding(v);
  }

  gradeOutput(output: number, v: number): void {
    this.call.gradeBias(4 * output, v, this.architecture.energyScale);
  }

  gradeFilters(layer: number, x: number, mBar: number, xDot: number, mBarDot: number): void {
    this.call.gradeFilters(layer, x, mBar, xDot, mBarDot);
  }

  /** Visits each dense parameter with its index in the flat array, in blocked order, and in blocked order of the transposed matrix. */
  private copyParameters(visit: (at: number, blocked: number, transposed: number) => void): void {
    const f = this.architecture.features;
    const place = (row: number, column: number): number =>
      Math.floor(column / blockWidth) * blockWidth * f + row * blockWidth + (column % blockWidth);
    for (const { name, offset, size, shape } of parameterLayout(this.architecture)) {
      if (shape.length === 2 && name !== 'embedding')
        for (let row = 0; row < f; row++)
          for (let column = 0; column < f; column++)
            visit(offset + row * f + column, offset + place(row, column), offset + place(column, row));
      else for (let k = offset; k < offset + size; k++) visit(k, k, k);
    }
  }

  /** Visits each table entry: index of its block of features in [layer][row][feature] and in [layer][block][row][16]; k within. */
  private eachTableRow(visit: (at: number, blocked: number, k: number) => void): void {
    const { layers, features } = this.architecture;
    const rows = tableRows(this.architecture);
    for (let layer = 0; layer < layers; layer++)
      for (let block = 0; block < features / blockWidth; block++)
        for (let row = 0; row < rows; row++) {
          const at = (layer * rows + row) * features + block * blockWidth;
          const blocked = (layer * rows * features) / blockWidth + block * rows + row;
          for (let k = 0; k < blockWidth; k++) visit(at, blocked * blockWidth, k);
        }
  }

  private setGlobals(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.call[name].value = value;
  }

  private at(name: string): number {
    return this.call[name].value;
  }

  /** Reserves bytes for the region that the kernel exports under this name; returns its address. */
  private place(name: string, bytes: number): number {
    const address = this.allocate(bytes);
    this.setGlobals({ [name]: address });
    return address;
  }

  private allocate(bytes: number): number {
    const address = Math.ceil(this.top / 64) * 64;
    this.top = address + bytes;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    return address;
  }

  private ints(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  private floats(name: string, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.at(name), length);
  }

  private doubles(name: string, length: number): Float64Array {
    let view = this.views.get(name);
    if (view?.buffer !== this.memory.buffer) {
      view = new Float64Array(this.memory.buffer, this.at(name), length);
      this.views.set(name, view);
    }
    return view;
  }
}
