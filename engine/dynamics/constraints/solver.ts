/** Keeps distances fixed: SETTLE for rigid water, SHAKE and RATTLE for everything else. */
import { InputError, SimulationError } from '../../errors.ts';
import type { Constraints } from '../../system/constraints.ts';
import type { Structure } from '../../system/system.ts';
import { notMet, startNotMet, velocitiesNotMet } from './messages.ts';
import { type ConstraintPlan, planConstraints } from './plan.ts';
import { placeTriangle, settlePositions, settleVelocities, settleVirial } from './settle.ts';
import { distance, Shake } from './shake.ts';

/** Constraints compiled for a system: moves positions and velocities of whole arrays (3N) onto them. */
export class ConstraintSolver {
  readonly plan: ConstraintPlan;
  /** Number of constraints: degrees of freedom that are lost. */
  readonly count: number;
  private readonly structure: Structure;
  private readonly shake: Shake;
  private readonly before: Float64Array;
  private readonly free: Float64Array;

  /**
   * @param mass one a particle: those of the structure, or all equal where a minimiser asks for the nearest point
   * @param timestep what velocities are held against: they may change a length by the tolerance in so long
   */
  constructor(constraints: Constraints, structure: Structure, mass: Float64Array, timestep: number) {
    this.structure = structure;
    this.plan = planConstraints(constraints, mass);
    this.count = constraints.lengths.length;
    const inverseMass = mass.map((m) => (m > 0 ? 1 / m : 0));
    this.shake = new Shake(this.plan, inverseMass, timestep);
    this.before = new Float64Array(3 * mass.length);
    this.free = new Float64Array(3 * mass.length);
  }

  /** Keeps the positions from which the next move starts; they fulfil the constraints. */
  remember(positions: Float64Array): void {
    this.before.set(positions);
  }

  /**
   * Brings positions that were moved for a time dt from the remembered ones back onto the constraints, and the velocities to what
   * the corrected move needed. Ryckaert, Ciccotti & Berendsen, J. Comput. Phys. 23, 327 (1977); Andersen, ibid. 52, 24 (1983).
   */
  constrainMove(positions: Float64Array, velocities: Float64Array, dt: number, step: number): void {
    const { free } = this;
    free.set(positions);
    this.constrainPositions(positions, step);
    for (let k = 0; k < free.length; k++) if (positions[k] !== free[k]) velocities[k] += (positions[k] - free[k]) / dt;
  }

  /** Brings positions onto the constraints along the sides of the remembered ones. @throws SimulationError where that fails */
  constrainPositions(positions: Float64Array, step: number): void {
    const { before, plan } = this;
    const { waters, shapes } = plan;
    for (let k = 0; k < waters.length; k += 4) {
      const [a, b, c] = [3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]];
      if (!settlePositions(shapes[waters[k + 3]], before, positions, a, b, c)) this.explainWater(k, positions, step);
    }
    for (const cluster of plan.clusters) {
      const k = this.shake.positions(cluster, positions, before);
      if (k >= 0) this.explain(k, positions, step);
    }
  }

  /**
   * Brings positions that may be far off, as in a structure file, onto the constraints: each round takes the sides as they then are.
   * @throws InputError where that does not lead there
   */
  constrainStart(positions: Float64Array): void {
    const { plan, before } = this;
    const { waters, shapes } = plan;
    before.set(positions);
    for (let k = 0; k < waters.length; k += 4)
      placeTriangle(shapes[waters[k + 3]], positions, 3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]);
    for (const cluster of plan.clusters) {
      const k = this.shake.positions(cluster, positions, positions);
      if (k >= 0) this.explainStart(k, positions);
    }
  }

  /** Takes off the velocities what would change a constrained length at these positions. */
  projectVelocities(positions: Float64Array, velocities: Float64Array): void {
    const { waters, shapes, clusters } = this.plan;
    for (let k = 0; k < waters.length; k += 4)
      settleVelocities(shapes[waters[k + 3]], positions, velocities, 3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]);
    for (const cluster of clusters) {
      if (this.shake.velocities(cluster, positions, velocities)) continue;
      throw new SimulationError(velocitiesNotMet(this.structure, this.plan.atoms[2 * cluster.first]));
    }
  }

  /**
   * Adds the virial of the forces that keep the constraints at this instant, given the velocities (on the constraints) and the
   * conservative forces: lengths neither change nor begin to, |v_ij|^2 + r_ij . a_ij = 0.
   */
  addVirial(positions: Float64Array, velocities: Float64Array, forces: Float64Array, virial: Float64Array): void {
    const { waters, shapes, clusters } = this.plan;
    for (let k = 0; k < waters.length; k += 4) {
      const offsets = [3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]] as const;
      settleVirial(shapes[waters[k + 3]], positions, velocities, forces, offsets, virial);
    }
    for (const cluster of clusters) this.shake.addVirial(cluster, positions, velocities, forces, virial);
  }

  /** The largest relative error of a length. */
  largestError(positions: Float64Array): number {
    const { waters, shapes, atoms, lengths } = this.plan;
    let most = 0;
    for (let k = 0; k < waters.length; k += 4) {
      const { ra, rb, rc } = shapes[waters[k + 3]];
      const side = Math.hypot(ra + rb, rc);
      for (const [i, j, d] of [
        [0, 1, side],
        [0, 2, side],
        [1, 2, 2 * rc],
      ])
        most = Math.max(most, Math.abs(distance(positions, waters[k + i], waters[k + j]) / d - 1));
    }
    lengths.forEach((d, k) => {
      most = Math.max(most, Math.abs(distance(positions, atoms[2 * k], atoms[2 * k + 1]) / d - 1));
    });
    return most;
  }

  private explain(k: number, positions: Float64Array, step: number): never {
    const { atoms, lengths } = this.plan;
    const [i, j] = [atoms[2 * k], atoms[2 * k + 1]];
    throw new SimulationError(notMet(this.structure, i, j, lengths[k], distance(positions, i, j), step));
  }

  private explainStart(k: number, positions: Float64Array): never {
    const { atoms, lengths } = this.plan;
    const [i, j] = [atoms[2 * k], atoms[2 * k + 1]];
    throw new InputError('system.constraints', startNotMet(this.structure, i, j, lengths[k], distance(positions, i, j)));
  }

  private explainWater(k: number, positions: Float64Array, step: number): never {
    const { waters, shapes } = this.plan;
    const { ra, rb, rc } = shapes[waters[k + 3]];
    const found = distance(positions, waters[k], waters[k + 1]);
    throw new SimulationError(notMet(this.structure, waters[k], waters[k + 1], Math.hypot(ra + rb, rc), found, step));
  }
}
