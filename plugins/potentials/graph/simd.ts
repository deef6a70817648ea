/** The graph network in f32 SIMD on several threads: places the regions of the wasm memory and calls `assembly/kernel.ts`. */
import { type Box, lazyModule, SimulationError, smallestWidth, type Threads } from '../../../engine/index.ts';
import { type PairKernel, PairProgram } from '../pair-program.ts';
import { type GraphArchitecture, gridRows, parameterLayout, parameterSize, tableRows, tableSize } from './architecture.ts';
import { kernelBinary } from './assembly/binary.ts';
import { instructionWords } from './assembly/layout.ts';
import type { GraphKernel, GraphSites } from './kernel.ts';
import { NetworkPasses } from './network.ts';
import { Recorder } from './recorder.ts';

/** Width of a block of features; `features` must be a multiple of it. */
export const blockWidth = 16;

interface NetworkKernel extends PairKernel {
  createEdges(): void;
  placeBonded(a: number, b: number, count: number): number;
  evaluate(program: number, instructions: number): number;
  addGradient(program: number, instructions: number): void;
}

export interface SimdOptions {
  /** The calling thread alone if absent. */
  readonly threads?: Threads | undefined;
  /** The list of pairs reaches this part of the cut-off farther, where evaluations follow one another closely; 0 if absent. */
  readonly skin?: number;
}

const compiled = lazyModule(kernelBinary);

/** Whether `simdKernel` can serve this network here. */
export function simdAvailable(architecture: GraphArchitecture): boolean {
  return architecture.features % blockWidth === 0 && compiled() !== null;
}

/**
 * A kernel in f32 with f64 positions and sums; relative force errors of about 1e-6 against the reference. It finds pairs by itself.
 * @throws SimulationError where `simdAvailable` is false
 */
export function simdKernel(architecture: GraphArchitecture, sites: GraphSites, options: SimdOptions = {}): GraphKernel {
  const module = compiled();
  if (!module || !simdAvailable(architecture))
    throw new SimulationError(
      `the SIMD graph kernel needs WebAssembly SIMD and a number of features that is a multiple of ${blockWidth}, not ${architecture.features}`,
    );
  return new SimdKernel(architecture, sites, module, options);
}

interface Recorded {
  readonly at: number;
  readonly instructions: number;
}

class SimdKernel implements GraphKernel {
  readonly findsPairs = true;
  private readonly architecture: GraphArchitecture;
  private readonly program: PairProgram<NetworkKernel>;
  private readonly skin: number;
  private readonly positions: Float64Array;
  private readonly forces: Float64Array;
  private readonly direction: Float64Array;
  private readonly virial: Float64Array;
  readonly extremes: Float64Array;
  private readonly weights: Float32Array;
  private readonly transposed: Float32Array;
  private readonly tables: Float32Array;
  private readonly weightGradient: Float32Array;
  private readonly tableGradient: Float32Array;
  private readonly places: Places;
  private readonly energy: Recorded;
  /** Recorded when it is first needed: simulations have no use for it. */
  private gradient: Recorded | null = null;
  private readonly recorder: Recorder;
  private readonly passes: NetworkPasses<number>;

  constructor(
    architecture: GraphArchitecture,
    sites: GraphSites,
    module: WebAssembly.Module,
    { threads, skin = 0 }: SimdOptions,
  ) {
    this.architecture = architecture;
    this.places = placesOf(architecture);
    this.skin = skin;
    const n = sites.species.length;
    const program = new PairProgram<NetworkKernel>(module, n, threads);
    this.program = program;
    const padded = n + (n % 2);
    const doubles = (name: string, length: number) => program.doubles(program.place(name, 8 * length), length);
    const floats = (name: string, length: number) => program.floats(program.place(name, 4 * length), length);
    [this.positions, this.forces, this.direction] = ['positions', 'forces', 'direction'].map((name) => doubles(name, 3 * n));
    [this.virial, this.extremes] = ['virial', 'extremes'].map((name) => doubles(name, 9));
    const parameters = parameterSize(architecture);
    [this.weights, this.transposed, this.weightGradient] = ['weights', 'transposed', 'weightGradient'].map((name) =>
      floats(name, parameters),
    );
    [this.tables, this.tableGradient] = ['tables', 'tableGradient'].map((name) => floats(name, tableSize(architecture)));
    program.ints(program.place('species', 4 * n), n).set(sites.species);
    program.listPairs({ count: n, cutoff: architecture.nonbonded.cutoff, bytes: 24 }, program.at('positions'));
    program.place('energies', 8 * program.at('ranges'));
    this.setSizes(padded);
    program.kernel.createEdges();
    program.excludePairs(n, sites.excluded ?? sites.bonded);
    program.shareOut(sites.bonded, (a, b, count) => program.kernel.placeBonded(a, b, count));
    this.recorder = new Recorder({
      array: () => program.allocate(4 * padded * architecture.features),
      weights: program.at('weights'),
      transposed: program.at('transposed'),
    });
    this.passes = new NetworkPasses(architecture, this.recorder);
    this.energy = this.record(() => this.passes.energy());
  }

  private setSizes(padded: number): void {
    const { nonbonded, bonded, energyScale, features } = this.architecture;
    this.program.set({
      padded,
      blocks: features / blockWidth,
      rows: tableRows(this.architecture),
      energyScale,
      inverseSpacing: nonbonded.intervals / nonbonded.cutoff,
      intervals: nonbonded.intervals,
      bondedCutoff: bonded.cutoff,
      bondedInverseSpacing: bonded.intervals / bonded.cutoff,
      bondedIntervals: bonded.intervals,
      bondedRow: gridRows(nonbonded),
    });
  }

  private record(pass: () => void): Recorded {
    const words = this.recorder.record(pass);
    const at = this.program.allocate(4 * words.length);
    this.program.ints(at, words.length).set(words);
    return { at, instructions: words.length / instructionWords };
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    const { weights, transposed, tables: to, places } = this;
    const { blocked, across, ofTables } = places;
    for (let k = 0; k < parameters.length; k++) weights[blocked[k]] = parameters[k];
    for (let k = 0; k < parameters.length; k++) transposed[across[k]] = parameters[k];
    for (let k = 0; k < tables.length; k++) to[ofTables[k]] = tables[k];
  }

  setPairs(): void {
    // It finds them itself.
  }

  /** @throws SimulationError if the box has become smaller than twice the cut-off */
  evaluate(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number {
    const { program, energy } = this;
    this.positions.set(positions);
    const value = program.call('evaluate', box, this.reachIn(box), energy.at, energy.instructions);
    for (let k = 0; k < forces.length; k++) forces[k] += this.forces[k];
    for (let k = 0; k < 9; k++) virial[k] += this.virial[k];
    return value;
  }

  private reachIn(box: Box): number {
    const { cutoff } = this.architecture.nonbonded;
    const half = 0.5 * smallestWidth(box);
    // To rounding, which makes a box of just this size at the start a little smaller.
    if (half >= (1 - 1e-9) * cutoff) return Math.max(cutoff, Math.min((1 + this.skin) * cutoff, half));
    throw new SimulationError(
      `the box has shrunk to a smallest width of ${(2 * half).toPrecision(6)}, but the graph potential reaches ${cutoff.toPrecision(6)} and needs at ` +
        'least twice that; start from a larger box',
    );
  }

  addGradient(direction: Float64Array, parameters: Float64Array, tables: Float64Array): void {
    const { program, weightGradient, tableGradient } = this;
    this.gradient ??= this.record(() => this.passes.gradient());
    this.direction.set(direction);
    weightGradient.fill(0);
    tableGradient.fill(0);
    program.all('addGradient', this.gradient.at, this.gradient.instructions);
    const { blocked, ofHalves } = this.places;
    for (let k = 0; k < parameters.length; k++) parameters[k] += weightGradient[blocked[k]];
    for (let k = 0; k < tables.length; k++) tables[k] += tableGradient[ofHalves[k]];
  }
}

/** Where each number of the flat arrays of parameters and of tables lies in the kernel's. */
interface Places {
  /** Of parameters: in blocked order, and in that of transposed matrices. */
  readonly blocked: Int32Array;
  readonly across: Int32Array;
  /** Of tables [layer][row][feature]: in [layer][block][row][16], and in [layer][half of a block][row][8], as gradients are. */
  readonly ofTables: Int32Array;
  readonly ofHalves: Int32Array;
}

/** Features of a table's row that lie side by side in its gradient: what one thread adds up. */
const halfBlock = blockWidth / 2;

function placesOf(architecture: GraphArchitecture): Places {
  const { features } = architecture;
  const within = (row: number, column: number, width: number, rows: number): number =>
    (Math.floor(column / width) * rows + row) * width + (column % width);
  const blocked = Int32Array.from({ length: parameterSize(architecture) }, (_, k) => k);
  const across = blocked.slice();
  for (const { name, offset, shape } of parameterLayout(architecture)) {
    if (shape.length !== 2 || name === 'embedding') continue;
    for (let row = 0; row < features; row++)
      for (let column = 0; column < features; column++) {
        blocked[offset + row * features + column] = offset + within(row, column, blockWidth, features);
        across[offset + row * features + column] = offset + within(column, row, blockWidth, features);
      }
  }
  const rows = tableRows(architecture);
  const ofTables = new Int32Array(tableSize(architecture));
  const ofHalves = new Int32Array(ofTables.length);
  for (let k = 0; k < ofTables.length; k++) {
    const layer = Math.floor(k / (rows * features));
    const [row, column] = [Math.floor(k / features) % rows, k % features];
    ofTables[k] = layer * rows * features + within(row, column, blockWidth, rows);
    ofHalves[k] = layer * rows * features + within(row, column, halfBlock, rows);
  }
  return { blocked, across, ofTables, ofHalves };
}
