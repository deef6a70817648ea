/** Force errors of a graph network on training frames, and their gradient: what the optimiser asks for. */
import type { Box } from '../../../engine/index.ts';
import type { TrainingSet } from '../model.ts';
import { ExcludedPairs, emptyPairs, neighbourPairs } from '../neighbour-pairs.ts';
import type { PriorEvaluator } from '../priors.ts';
import { largestCutoff } from '../training-set.ts';
import { whiten, whitenTransposed } from '../whitening.ts';
import { type GraphArchitecture, parameterSize, tableSize } from './architecture.ts';
import { everyPair } from './force.ts';
import type { GraphKernel } from './kernel.ts';

export interface Errors {
  /** Per component, (energy/length)^2 and energy/length. */
  readonly meanSquare: number;
  readonly meanAbsolute: number;
  /** Mean square of the whitened residuals: what is minimised. Equal to `meanSquare` where the set has no whitening. */
  readonly weighted: number;
}

/** Below this number of sites every pair is offered to a kernel that does not find pairs itself; above it, those within the cut-off of each frame. */
const allPairsLimit = 400;

/** The residual of a frame is F_network - (F - F_priors), and its square is the loss. */
export class ForceMatching {
  readonly parameterGradient: Float64Array;
  readonly tableGradient: Float64Array;
  private readonly set: TrainingSet;
  private readonly kernel: GraphKernel;
  private readonly reach: number;
  private readonly offersAll: boolean;
  private readonly excluded: ExcludedPairs;
  private readonly priors: PriorEvaluator;
  /** Prior forces of the frames met so far. */
  private readonly priorForces: (Float64Array | undefined)[];
  private readonly residual: Float64Array;
  private readonly virial = new Float64Array(9);
  private readonly pairs = emptyPairs();
  private readonly start: Int32Array;

  /**
   * @param unlisted pairs of sites that are no edges of the non-bonded graph
   * @param reach largest distance of sites that may have edges, themselves or through their points; the cut-off if absent
   */
  constructor(
    set: TrainingSet,
    architecture: GraphArchitecture,
    kernel: GraphKernel,
    priors: PriorEvaluator,
    unlisted: Int32Array,
    reach = architecture.nonbonded.cutoff,
  ) {
    const sites = set.structure.mass.length;
    this.set = set;
    this.kernel = kernel;
    this.reach = reach;
    this.offersAll = sites <= allPairsLimit || reach > largestCutoff(set);
    this.excluded = new ExcludedPairs(sites, unlisted);
    this.priors = priors;
    this.priorForces = new Array(set.frames);
    this.residual = new Float64Array(3 * sites);
    this.start = new Int32Array(sites + 1);
    this.parameterGradient = new Float64Array(parameterSize(architecture));
    this.tableGradient = new Float64Array(tableSize(architecture));
    if (this.offersAll && !kernel.findsPairs) {
      const { start, neighbours } = everyPair(sites, unlisted);
      kernel.setPairs(start, neighbours);
    }
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    this.kernel.setNetwork(parameters, tables);
  }

  /** Forces of priors and network on a frame that lacks the network's: what it has to learn. Cached. */
  target(frame: number): Float64Array {
    const known = this.priorForces[frame];
    if (known) return known;
    const target = new Float64Array(this.residual.length);
    this.priors(this.set.positions(frame), this.set.box(frame), target);
    const forces = this.set.forces(frame);
    for (let k = 0; k < target.length; k++) target[k] = forces[k] - target[k];
    this.priorForces[frame] = target;
    return target;
  }

  /** Forces of the network alone on a frame, in an array of their own. */
  networkForces(frame: number): Float64Array {
    this.evaluate(frame);
    const target = this.target(frame);
    return this.residual.map((r, k) => r + target[k]);
  }

  /** Mean errors over frames. */
  errors(frames: readonly number[]): Errors {
    let [square, absolute, weighted] = [0, 0, 0];
    for (const frame of frames) {
      this.evaluate(frame);
      for (const r of this.residual) {
        square += r * r;
        absolute += Math.abs(r);
      }
      weighted += this.weigh(frame);
    }
    const count = Math.max(1, frames.length * this.residual.length);
    return { meanSquare: square / count, meanAbsolute: absolute / count, weighted: weighted / count };
  }

  /** Mean square error over a batch, whitened where the set says so; leaves its gradient in `parameterGradient` and `tableGradient`. */
  gradient(frames: readonly number[]): number {
    this.parameterGradient.fill(0);
    this.tableGradient.fill(0);
    const count = frames.length * this.residual.length;
    let square = 0;
    for (const frame of frames) {
      this.evaluate(frame);
      square += this.weigh(frame);
      this.kernel.addGradient(this.residual, this.parameterGradient, this.tableGradient);
    }
    // With r = F - F_target and u = T^T T r held constant, d(Tr . Tr) = 2 u . dF = -2 d(u . grad V); the kernel gives d(u . grad V).
    const factor = -2 / count;
    for (let k = 0; k < this.parameterGradient.length; k++) this.parameterGradient[k] *= factor;
    for (let k = 0; k < this.tableGradient.length; k++) this.tableGradient[k] *= factor;
    return square / count;
  }

  /** Turns the residual r of a frame into T^T T r and returns |T r|^2; without whitening T is one. */
  private weigh(frame: number): number {
    const { residual, set } = this;
    const [positions, box] = [set.positions(frame), set.box(frame)];
    if (set.whitening) whiten(residual, set.whitening, positions, box);
    let square = 0;
    for (const r of residual) square += r * r;
    if (set.whitening) whitenTransposed(residual, set.whitening, positions, box);
    return square;
  }

  /** Fills the residual of a frame. */
  private evaluate(frame: number): void {
    const { residual } = this;
    const positions = this.set.positions(frame);
    const box = this.set.box(frame);
    if (!this.offersAll && !this.kernel.findsPairs) this.offerNeighbours(positions, box);
    const target = this.target(frame);
    this.kernel.evaluate(positions, box, residual.fill(0), this.virial);
    for (let k = 0; k < residual.length; k++) residual[k] -= target[k];
  }

  /** `neighbourPairs` lists pairs by ascending first site, as a kernel wants them. */
  private offerNeighbours(positions: Float64Array, box: Box): void {
    neighbourPairs(positions, box, this.reach, this.excluded, this.pairs);
    this.start.fill(0);
    for (let n = 0; n < this.pairs.count; n++) this.start[this.pairs.i[n] + 1]++;
    for (let i = 1; i < this.start.length; i++) this.start[i] += this.start[i - 1];
    this.kernel.setPairs(this.start, this.pairs.j.subarray(0, this.pairs.count));
  }
}
