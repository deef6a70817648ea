/** How a learned variable is computed at the positions of a system: outputs of its network, and derivatives of combinations of them. */
import type { Box, SystemMemory, VariableCalls } from '../../../engine/index.ts';
import type { AlignedPositions } from '../aligned-positions.ts';
import type { Features } from './data/features.ts';
import * as layout from './network/assembly/variable-layout.ts';
import type { NetworkDescription } from './network/description.ts';
import { PointKernel } from './network/point-kernel.ts';
import { PointNetwork } from './network/point-network.ts';
import { Superposition } from './network/superposition.ts';

/** Nothing is allocated after construction. */
export interface Evaluator {
  /** Its values after `forward`; `bar` is what `reverse` goes by. */
  readonly network: PointNetwork;
  /** Evaluations, and those that have seen an input outside its bounds. */
  readonly evaluations: number;
  readonly extrapolations: number;
  /** Those that have seen each input outside. */
  outside(): Float64Array;
  forward(positions: Float64Array, box: Box): void;
  /** sum_o bar[o] d output_o / dx, 3 an atom, at the positions of the last `forward`; good until the next call. */
  reverse(): Float64Array;
}

/** What counts as outside, one an input. */
export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Whatever the features are. */
export class FeatureEvaluator implements Evaluator {
  readonly network: PointNetwork;
  evaluations = 0;
  extrapolations = 0;
  private readonly counts: Float64Array;
  private readonly features: Features;
  private readonly bounds: Bounds;
  private readonly gradient: Float64Array;

  constructor(network: NetworkDescription, features: Features, bounds: Bounds) {
    this.network = new PointNetwork(network);
    this.features = features;
    this.bounds = bounds;
    this.counts = new Float64Array(features.names.length);
    this.gradient = new Float64Array(3 * features.atoms.length);
  }

  outside(): Float64Array {
    return this.counts;
  }

  forward(positions: Float64Array, box: Box): void {
    const { features, network, counts } = this;
    const { low, high } = this.bounds;
    features.evaluate(positions, box);
    let beyond = false;
    for (let i = 0; i < counts.length; i++) {
      const x = features.values[i];
      network.input[i] = x;
      if (x < low[i] || x > high[i]) {
        counts[i]++;
        beyond = true;
      }
    }
    this.evaluations++;
    if (beyond) this.extrapolations++;
    network.forward();
  }

  reverse(): Float64Array {
    this.network.reverse();
    this.features.chain(this.network.pulled, this.gradient, 0);
    return this.gradient;
  }
}

/** Superposed positions alone: superposition, network and their derivative are one kernel (network/assembly/variable.ts). */
export class SuperposedEvaluator implements Evaluator {
  readonly network: PointNetwork;
  private readonly superposition: Superposition;
  private readonly kernel: PointKernel;
  private readonly starts: Int32Array;
  /** Address of the block of the variable, and its numbers. */
  private readonly block: number;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly rows: Float64Array;
  /** Calls of the kernel: looked up once, for in every step that would count. */
  private readonly runForward: () => void;
  private readonly runReverse: () => void;

  /** @param memory of a platform, where it is to lie; its own if absent */
  constructor(description: NetworkDescription, { superposedOn, atoms }: AlignedPositions, bounds: Bounds, memory?: SystemMemory) {
    const kernel = new PointKernel(memory);
    const superposition = new Superposition(superposedOn, atoms, kernel);
    const { row, rows } = superposition;
    this.kernel = kernel;
    this.superposition = superposition;
    const place = inRows(atoms.length, row);
    const weights = description.weights.map((matrix, k) =>
      k > 0 ? matrix : matrix.map((w) => place.map((i) => (i < 0 ? 0 : w[i]))),
    );
    const padded = { ...description, sizes: [3 * row, ...description.sizes.slice(1)], weights };
    this.network = new PointNetwork(padded, { kernel, input: rows.aligned, pulled: rows.slopes });
    const [low, high, outside] = [0, 1, 2].map(() => kernel.allocate(3 * row));
    kernel.view(low, 3 * row).set(place.map((i) => (i < 0 ? Number.NEGATIVE_INFINITY : bounds.low[i])));
    kernel.view(high, 3 * row).set(place.map((i) => (i < 0 ? Number.POSITIVE_INFINITY : bounds.high[i])));
    this.rows = kernel.view(outside, 3 * row);
    this.starts = atoms.map((i) => 24 * i);
    const starts = kernel.allocateBytes(4 * atoms.length);
    kernel.integers(starts, atoms.length).set(this.starts);
    this.block = kernel.allocateBytes(layout.variableBytes);
    this.words = kernel.integers(this.block, layout.variableBytes / 4);
    this.numbers = kernel.view(this.block, layout.variableBytes / 8);
    const { addresses } = this.network;
    const block: [number, number][] = [
      [layout.ofSuperposition, superposition.block],
      [layout.ofNetwork, addresses.description],
      [layout.low, low],
      [layout.high, high],
      [layout.outside, outside],
      [layout.positions, memory?.positions ?? 0],
      [layout.forces, memory?.forces ?? 0],
      [layout.starts, starts],
      [layout.slopes, addresses.bar],
      [layout.slopesBytes, addresses.barBytes],
      [layout.scratch, addresses.scratch],
      [layout.scratchBytes, addresses.scratchBytes],
    ];
    for (const [at, value] of block) this.words[at / 4] = value;
    const { valuesOfRows, gradientOf } = kernel.exports;
    this.runForward = () => valuesOfRows(this.block);
    this.runReverse = () => gradientOf(this.block);
  }

  get evaluations(): number {
    return this.numbers[layout.evaluations / 8];
  }

  get extrapolations(): number {
    return this.numbers[layout.extrapolations / 8];
  }

  outside(): Float64Array {
    const { row } = this.superposition;
    return Float64Array.from({ length: 3 * this.starts.length }, (_, i) => this.rows[(i % 3) * row + Math.floor(i / 3)]);
  }

  forward(positions: Float64Array): void {
    this.superposition.gather(positions);
    this.runForward();
  }

  reverse(): Float64Array {
    this.runReverse();
    return this.superposition.gradient;
  }

  /** For the loop of steps of the platform on whose memory it lies. */
  calls(): VariableCalls {
    const { block, network, kernel } = this;
    return {
      values: network.addresses.values,
      slopes: network.addresses.bar,
      forward: { run: kernel.exports.forwardVariable, block },
      reverse: { run: kernel.exports.reverseVariable, block },
    };
  }
}

/** For each number of the rows x, y, z of points the input that it is; -1 for padding. */
function inRows(atoms: number, row: number): number[] {
  return Array.from({ length: 3 * row }, (_, k) => (k % row < atoms ? 3 * (k % row) + Math.floor(k / row) : -1));
}
