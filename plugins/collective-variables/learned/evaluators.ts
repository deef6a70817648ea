/** How a learned variable is computed at the positions of a system: outputs of its network, and derivatives of combinations of them. */
import type { Box } from '../../../engine/index.ts';
import type { AlignedPositions } from '../aligned-positions.ts';
import type { Features } from './data/features.ts';
import { Arena } from './network/arena.ts';
import type { NetworkDescription } from './network/description.ts';
import { PointNetwork } from './network/point-network.ts';
import { Superposition } from './network/superposition.ts';

/** Nothing is allocated after construction. */
export interface Evaluator {
  /** Its values after `forward`; `bar` is what `reverse` goes by. */
  readonly network: PointNetwork;
  /** Evaluations that have seen each input outside its bounds. */
  readonly outside: Float64Array;
  /** Returns whether an input lies outside its bounds. */
  forward(positions: Float64Array, box: Box): boolean;
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
  readonly outside: Float64Array;
  private readonly features: Features;
  private readonly bounds: Bounds;
  private readonly gradient: Float64Array;

  constructor(network: NetworkDescription, features: Features, bounds: Bounds) {
    this.network = new PointNetwork(network);
    this.features = features;
    this.bounds = bounds;
    this.outside = new Float64Array(features.names.length);
    this.gradient = new Float64Array(3 * features.atoms.length);
  }

  forward(positions: Float64Array, box: Box): boolean {
    const { features, network, outside } = this;
    const { low, high } = this.bounds;
    features.evaluate(positions, box);
    let beyond = false;
    for (let i = 0; i < outside.length; i++) {
      const x = features.values[i];
      network.input[i] = x;
      if (x < low[i] || x > high[i]) {
        outside[i]++;
        beyond = true;
      }
    }
    network.forward();
    return beyond;
  }

  reverse(): Float64Array {
    this.network.reverse();
    this.features.chain(this.network.pulled, this.gradient, 0);
    return this.gradient;
  }
}

/** Superposed positions alone: superposition, network and their derivative in one call of the kernel each. */
export class SuperposedEvaluator implements Evaluator {
  readonly network: PointNetwork;
  readonly outside: Float64Array;
  private readonly superposition: Superposition;
  private readonly arena = new Arena('f64');
  private readonly bounds: Bounds;
  /** Calls of the kernel: looked up once, for in every step that would count. */
  private readonly runForward: () => number;
  private readonly runReverse: () => void;

  constructor(network: NetworkDescription, { superposedOn, atoms }: AlignedPositions, bounds: Bounds) {
    const { arena } = this;
    const superposition = new Superposition(superposedOn, atoms, arena);
    const { row, rows } = superposition;
    this.superposition = superposition;
    this.bounds = bounds;
    const [low, high] = [arena.allocate(3 * row), arena.allocate(3 * row)];
    const place = inRows(atoms.length, row);
    arena.view(low, 3 * row).set(place.map((i) => (i < 0 ? Number.NEGATIVE_INFINITY : bounds.low[i])));
    arena.view(high, 3 * row).set(place.map((i) => (i < 0 ? Number.POSITIVE_INFINITY : bounds.high[i])));
    this.outside = new Float64Array(3 * atoms.length);
    this.network = new PointNetwork(
      {
        ...network,
        sizes: [3 * row, ...network.sizes.slice(1)],
        weights: [network.weights[0].map((w) => place.map((i) => (i < 0 ? 0 : w[i]))), ...network.weights.slice(1)],
      },
      { arena, input: rows.aligned, pulled: rows.slopes },
    );
    const { forwardAligned, reverseAligned } = arena.exports;
    const { block } = superposition;
    const { description, bar, scratch, scratchBytes } = this.network.addresses;
    this.runForward = () => forwardAligned(block, description, low, high);
    this.runReverse = () => void reverseAligned(block, description, bar, scratch, scratchBytes);
  }

  forward(positions: Float64Array): boolean {
    this.superposition.gather(positions);
    if (this.runForward() === 0) return false;
    this.countOutside();
    return true;
  }

  private countOutside(): void {
    const { outside, bounds, network, superposition } = this;
    for (let i = 0; i < outside.length; i++) {
      const x = network.input[(i % 3) * superposition.row + Math.floor(i / 3)];
      if (x < bounds.low[i] || x > bounds.high[i]) outside[i]++;
    }
  }

  reverse(): Float64Array {
    this.runReverse();
    return this.superposition.gradient;
  }
}

/** For each number of the rows x, y, z of points the input that it is; -1 for padding. */
function inRows(atoms: number, row: number): number[] {
  return Array.from({ length: 3 * row }, (_, k) => (k % row < atoms ? 3 * (k % row) + Math.floor(k / row) : -1));
}
