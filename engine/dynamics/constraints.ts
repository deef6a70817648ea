/** Keeps distances fixed: SETTLE for rigid water, SHAKE and RATTLE for everything else. */
import { InputError, SimulationError } from '../errors.ts';
import { type Constraints, checkTriangles, noConstraints } from '../system/constraints.ts';
import { particleLabel } from '../system/structure.ts';
import type { Structure, System } from '../system/system.ts';
import { checkVirtualSites } from '../system/virtual-sites.ts';
import type { DynamicsDescription, IntegratorKind } from './dynamics.ts';
import { type RigidTriangle, rigidTriangle, settlePositions, settleVelocities, settleVirial } from './settle.ts';

/** Relative error of a constrained length at which iterations stop. */
export const constraintTolerance = 1e-9;
/** Sweeps over the constraints of a cluster before giving up. */
export const mostSweeps = 1000;

const rounding = 1e-12;

/** A connected group of constraints that SHAKE solves together: `first .. last` of the solver's order. */
export interface Cluster {
  readonly first: number;
  readonly last: number;
}

/** Degrees of freedom: three a particle with mass, less constraints, less three where the motion of the centre of mass is taken out. */
export function degreesOfFreedom(system: System, momentumRemoved: boolean): number {
  const massive = system.structure.mass.reduce((count, m) => count + (m > 0 ? 1 : 0), 0);
  return (
    (system.dimensions ?? 3) * massive - (system.constraints?.lengths.length ?? 0) - (momentumRemoved && massive > 1 ? 3 : 0)
  );
}

/**
 * The constraints of a system compiled for its dynamics; null where there are none.
 * @throws InputError for an integrator that does not keep them, for one that moves particles without mass, and for lengths that contradict each other
 */
export function compileConstraints(system: System, dynamics: DynamicsDescription, kind: IntegratorKind): ConstraintSolver | null {
  const { structure, constraints = noConstraints, virtualSites = [] } = system;
  checkVirtualSites(structure, virtualSites, 'system');
  if (!kind.keepsConstraints && (constraints.lengths.length > 0 || virtualSites.length > 0))
    throw new InputError(
      'dynamics.integrator',
      `"${kind.name}" keeps neither constraints nor virtual sites, and the system has ${constraints.lengths.length} and ` +
        `${virtualSites.length}; use "velocity-verlet" or "langevin", or "constraints": "none"`,
    );
  const particles = structure.mass.length;
  for (let k = 0; k < constraints.lengths.length; k++) {
    const [i, j, length] = [constraints.atoms[2 * k], constraints.atoms[2 * k + 1], constraints.lengths[k]];
    if (!(i >= 0 && i < particles && j >= 0 && j < particles && i !== j && length > 0))
      throw new InputError(
        'system.constraints',
        `the distance of particles ${i} and ${j} is to be ${length}; there are ${particles}, and a length is positive`,
      );
    for (const p of [i, j])
      if (structure.mass[p] === 0)
        throw new InputError(
          'system.constraints',
          `particle ${particleLabel(structure, p)} has no mass (it is a virtual site), and cannot be constrained`,
        );
  }
  checkTriangles(structure, constraints, 'system.constraints');
  return constraints.lengths.length > 0 ? new ConstraintSolver(constraints, structure, structure.mass, dynamics.timestep) : null;
}

/** Waters for SETTLE, and clusters of the constraints that are left. */
export interface ConstraintPlan {
  /** Kinds of water. */
  readonly shapes: readonly RigidTriangle[];
  /** Apex, end, end and the kind, flat, four numbers a molecule. */
  readonly waters: Int32Array;
  /** Constraints of all clusters, cluster after cluster: flat pairs and lengths. */
  readonly atoms: Int32Array;
  readonly lengths: Float64Array;
  readonly clusters: readonly Cluster[];
}

/** @param mass one a particle; a water is a triangle with two equal sides and equal masses at its base */
export function planConstraints(constraints: Constraints, mass: ArrayLike<number>): ConstraintPlan {
  const shapes: RigidTriangle[] = [];
  const shapeOf = new Map<string, number>();
  const waters: number[] = [];
  const atoms: number[] = [];
  const lengths: number[] = [];
  const clusters: Cluster[] = [];
  for (const group of connected(constraints)) {
    const triangle = group.length === 3 ? triangleOf(constraints, group, mass) : null;
    if (triangle) {
      const { apex, ends, side, base } = triangle;
      const key = [mass[apex], mass[ends[0]], side, base].join(' ');
      let kind = shapeOf.get(key);
      if (kind === undefined) {
        kind = shapes.length;
        shapeOf.set(key, kind);
        shapes.push(rigidTriangle(mass[apex], mass[ends[0]], side, base));
      }
      waters.push(apex, ...ends, kind);
      continue;
    }
    clusters.push({ first: lengths.length, last: lengths.length + group.length });
    for (const k of group) {
      atoms.push(constraints.atoms[2 * k], constraints.atoms[2 * k + 1]);
      lengths.push(constraints.lengths[k]);
    }
  }
  return {
    shapes,
    waters: Int32Array.from(waters),
    atoms: Int32Array.from(atoms),
    lengths: Float64Array.from(lengths),
    clusters,
  };
}

/** Numbers of the constraints that share particles, group by group, in the order of the first of each. */
function connected({ atoms, lengths }: Constraints): number[][] {
  const parent = new Map<number, number>();
  const root = (i: number): number => {
    let r = i;
    for (let p = parent.get(r); p !== undefined && p !== r; p = parent.get(r)) r = p;
    parent.set(i, r);
    return r;
  };
  for (let k = 0; k < lengths.length; k++) parent.set(root(atoms[2 * k]), root(atoms[2 * k + 1]));
  const groups = new Map<number, number[]>();
  for (let k = 0; k < lengths.length; k++) {
    const r = root(atoms[2 * k]);
    const group = groups.get(r);
    if (group) group.push(k);
    else groups.set(r, [k]);
  }
  return [...groups.values()];
}

function triangleOf(constraints: Constraints, group: readonly number[], mass: ArrayLike<number>) {
  const { atoms, lengths } = constraints;
  for (const base of group) {
    const [first, second] = group.filter((k) => k !== base);
    const ends: [number, number] = [atoms[2 * base], atoms[2 * base + 1]];
    const apex = [atoms[2 * first], atoms[2 * first + 1]].find((i) => !ends.includes(i));
    const other = [atoms[2 * second], atoms[2 * second + 1]].find((i) => !ends.includes(i));
    const side = lengths[first];
    if (apex === undefined || apex !== other || side !== lengths[second] || mass[ends[0]] !== mass[ends[1]]) continue;
    if (lengths[base] < 2 * side) return { apex, ends, side, base: lengths[base] };
  }
  return null;
}

/** Constraints compiled for a system: moves positions and velocities of whole arrays (3N) onto them. */
export class ConstraintSolver {
  readonly plan: ConstraintPlan;
  /** Number of constraints: degrees of freedom that are lost. */
  readonly count: number;
  private readonly structure: Structure;
  private readonly inverseMass: Float64Array;
  private readonly timestep: number;
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
    this.inverseMass = mass.map((m) => (m > 0 ? 1 / m : 0));
    this.timestep = timestep;
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
      if (settlePositions(shapes[waters[k + 3]], before, positions, 3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]))
        continue;
      this.explainWater(k, positions, step);
    }
    for (const cluster of plan.clusters) this.shake(cluster, positions, step);
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
      for (let sweep = 0; this.sweep(cluster, positions, positions) > 0; sweep++)
        if (sweep === mostSweeps) this.explainStart(this.worst(cluster, positions), positions);
    }
  }

  /** Takes off the velocities what would change a constrained length at these positions. */
  projectVelocities(positions: Float64Array, velocities: Float64Array): void {
    const { waters, shapes, clusters } = this.plan;
    for (let k = 0; k < waters.length; k += 4)
      settleVelocities(shapes[waters[k + 3]], positions, velocities, 3 * waters[k], 3 * waters[k + 1], 3 * waters[k + 2]);
    for (const cluster of clusters) this.rattle(cluster, positions, velocities);
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
    for (const cluster of clusters) this.addClusterVirial(cluster, positions, velocities, forces, virial);
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

  private shake(cluster: Cluster, positions: Float64Array, step: number): void {
    for (let sweep = 0; this.sweep(cluster, positions, this.before) > 0; sweep++)
      if (sweep === mostSweeps) this.explain(this.worst(cluster, positions), positions, step);
  }

  /** Corrects each length in turn along the sides of `before`; returns how many were off. */
  private sweep({ first, last }: Cluster, x: Float64Array, before: Float64Array): number {
    const { inverseMass, plan } = this;
    const { atoms, lengths } = plan;
    let off = 0;
    for (let k = first; k < last; k++) {
      const [p, q] = [atoms[2 * k], atoms[2 * k + 1]];
      const [i, j] = [3 * p, 3 * q];
      const d2 = lengths[k] * lengths[k];
      const rx = x[i] - x[j];
      const ry = x[i + 1] - x[j + 1];
      const rz = x[i + 2] - x[j + 2];
      const error = d2 - (rx * rx + ry * ry + rz * rz);
      // Written so that NaN counts as off.
      if (Math.abs(error) <= 2 * constraintTolerance * d2) continue;
      off++;
      const sx = before[i] - before[j];
      const sy = before[i + 1] - before[j + 1];
      const sz = before[i + 2] - before[j + 2];
      const along = rx * sx + ry * sy + rz * sz;
      if (!(along > 1e-6 * d2)) return this.cannotTurn(k);
      const g = error / (2 * along * (inverseMass[p] + inverseMass[q]));
      const gi = g * inverseMass[p];
      const gj = g * inverseMass[q];
      x[i] += gi * sx;
      x[i + 1] += gi * sy;
      x[i + 2] += gi * sz;
      x[j] -= gj * sx;
      x[j + 1] -= gj * sy;
      x[j + 2] -= gj * sz;
    }
    return off;
  }

  private rattle({ first, last }: Cluster, x: Float64Array, v: Float64Array): void {
    const { inverseMass, plan, timestep } = this;
    const { atoms, lengths } = plan;
    const tolerance = constraintTolerance / timestep;
    for (let sweep = 0, off = 1; off > 0; sweep++) {
      off = 0;
      for (let k = first; k < last; k++) {
        const [p, q] = [atoms[2 * k], atoms[2 * k + 1]];
        const [i, j] = [3 * p, 3 * q];
        const d2 = lengths[k] * lengths[k];
        const rx = x[i] - x[j];
        const ry = x[i + 1] - x[j + 1];
        const rz = x[i + 2] - x[j + 2];
        const x1 = rx * (v[i] - v[j]);
        const y1 = ry * (v[i + 1] - v[j + 1]);
        const z1 = rz * (v[i + 2] - v[j + 2]);
        const rate = x1 + y1 + z1;
        // The second part is what rounding leaves of large vectors, such as the forces of a start.
        if (Math.abs(rate) <= tolerance * d2 + rounding * (Math.abs(x1) + Math.abs(y1) + Math.abs(z1))) continue;
        off++;
        const g = -rate / (d2 * (inverseMass[p] + inverseMass[q]));
        const gi = g * inverseMass[p];
        const gj = g * inverseMass[q];
        v[i] += gi * rx;
        v[i + 1] += gi * ry;
        v[i + 2] += gi * rz;
        v[j] -= gj * rx;
        v[j + 1] -= gj * ry;
        v[j + 2] -= gj * rz;
      }
      if (sweep === mostSweeps) this.explainVelocities(first);
    }
  }

  /** As `rattle`, with accelerations in the place of velocities. */
  private addClusterVirial(
    { first, last }: Cluster,
    x: Float64Array,
    v: Float64Array,
    f: Float64Array,
    virial: Float64Array,
  ): void {
    const { inverseMass, free: acceleration, plan } = this;
    const { atoms, lengths } = plan;
    const multiplier = new Float64Array(last - first);
    let scale = 0;
    for (let k = 2 * first; k < 2 * last; k++) {
      const p = atoms[k];
      for (let c = 3 * p; c < 3 * p + 3; c++) {
        acceleration[c] = f[c] * inverseMass[p];
        scale = Math.max(scale, Math.abs(acceleration[c]), (v[c] * v[c]) / lengths[k >> 1]);
      }
    }
    for (let sweep = 0, worst = 1; worst > 1e-12 * scale && sweep < mostSweeps; sweep++) {
      worst = 0;
      for (let k = first; k < last; k++) {
        const [p, q] = [atoms[2 * k], atoms[2 * k + 1]];
        let [r2, rate] = [0, 0];
        for (let c = 0; c < 3; c++) {
          const r = x[3 * p + c] - x[3 * q + c];
          const velocity = v[3 * p + c] - v[3 * q + c];
          r2 += r * r;
          rate += velocity * velocity + r * (acceleration[3 * p + c] - acceleration[3 * q + c]);
        }
        worst = Math.max(worst, Math.abs(rate) / lengths[k]);
        const g = -rate / (r2 * (inverseMass[p] + inverseMass[q]));
        multiplier[k - first] += g;
        for (let c = 0; c < 3; c++) {
          const r = x[3 * p + c] - x[3 * q + c];
          acceleration[3 * p + c] += g * inverseMass[p] * r;
          acceleration[3 * q + c] -= g * inverseMass[q] * r;
        }
      }
    }
    for (let k = first; k < last; k++) {
      const [i, j] = [3 * atoms[2 * k], 3 * atoms[2 * k + 1]];
      for (let c = 0; c < 9; c++) {
        const [row, column] = [Math.floor(c / 3), c % 3];
        virial[c] += multiplier[k - first] * (x[i + row] - x[j + row]) * (x[i + column] - x[j + column]);
      }
    }
  }

  private turned = -1;

  /** A side has turned by a right angle or more in one step: no correction along it can help. */
  private cannotTurn(k: number): number {
    this.turned = k;
    return Number.POSITIVE_INFINITY;
  }

  private worst({ first, last }: Cluster, positions: Float64Array): number {
    if (this.turned >= first && this.turned < last) return this.turned;
    const { atoms, lengths } = this.plan;
    const error = (k: number) => Math.abs(distance(positions, atoms[2 * k], atoms[2 * k + 1]) / lengths[k] - 1);
    let worst = first;
    for (let k = first; k < last; k++) if (!(error(k) <= error(worst))) worst = k;
    return worst;
  }

  private explain(k: number, positions: Float64Array, step: number): never {
    const { atoms, lengths } = this.plan;
    throw new SimulationError(
      notMet(
        this.structure,
        atoms[2 * k],
        atoms[2 * k + 1],
        lengths[k],
        distance(positions, atoms[2 * k], atoms[2 * k + 1]),
        step,
      ),
    );
  }

  private explainStart(k: number, positions: Float64Array): never {
    const { atoms, lengths } = this.plan;
    const [i, j] = [atoms[2 * k], atoms[2 * k + 1]];
    const unit = this.structure.units === 'md' ? ' nm' : '';
    throw new InputError(
      'system.constraints',
      `the start cannot be brought onto the constraint between particles ${particleLabel(this.structure, i)} and ` +
        `${particleLabel(this.structure, j)}: after ${mostSweeps} rounds they are ${distance(positions, i, j).toPrecision(6)}${unit} apart ` +
        `instead of ${lengths[k].toPrecision(6)}${unit}. Constraints contradict each other, or the starting structure is far from them`,
    );
  }

  private explainWater(k: number, positions: Float64Array, step: number): never {
    const { waters, shapes } = this.plan;
    const { ra, rb, rc } = shapes[waters[k + 3]];
    const found = distance(positions, waters[k], waters[k + 1]);
    throw new SimulationError(notMet(this.structure, waters[k], waters[k + 1], Math.hypot(ra + rb, rc), found, step));
  }

  private explainVelocities(first: number): never {
    const { atoms } = this.plan;
    throw new SimulationError(
      `the velocities of particles ${particleLabel(this.structure, atoms[2 * first])} and those rigidly bonded to it cannot be ` +
        `brought onto the constraints in ${mostSweeps} rounds: they are not finite, or constraints contradict each other`,
    );
  }
}

/** The message for a constraint that cannot be met. */
export function notMet(structure: Structure, i: number, j: number, wanted: number, found: number, step: number): string {
  const unit = structure.units === 'md' ? ' nm' : '';
  return (
    `At step ${step} the constraint between particles ${particleLabel(structure, i)} and ${particleLabel(structure, j)} cannot be met: ` +
    `the length wanted is ${wanted.toPrecision(6)}${unit}, found ${found.toPrecision(6)}${unit}. ` +
    'The configuration has blown up, the start is far from the constraints, or constraints contradict each other: minimise first, shorten the ' +
    'timestep, or check the starting structure and the lengths of its bonds.'
  );
}

function distance(x: Float64Array, i: number, j: number): number {
  return Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);
}

/**
 * Puts a triangle of the right shape where one of another shape is: same centre of mass, plane and direction of the base. Where its
 * corners lie on a line, or its ends in one place, any plane will do.
 */
function placeTriangle(shape: RigidTriangle, x: Float64Array, a: number, b: number, c: number): void {
  const { apexMass, endMass, ra, rb, rc } = shape;
  const total = apexMass + 2 * endMass;
  const at = (o: number) => [x[o], x[o + 1], x[o + 2]];
  const [pa, pb, pc] = [at(a), at(b), at(c)];
  const centre = pa.map((v, k) => (apexMass * v + endMass * (pb[k] + pc[k])) / total);
  const base = unit(pc.map((v, k) => v - pb[k])) ?? [1, 0, 0];
  const up = pa.map((v, k) => v - 0.5 * (pb[k] + pc[k]));
  const slope = up[0] * base[0] + up[1] * base[1] + up[2] * base[2];
  const bisector = unit(up.map((v, k) => v - slope * base[k])) ?? across(base);
  for (let k = 0; k < 3; k++) {
    x[a + k] = centre[k] + ra * bisector[k];
    x[b + k] = centre[k] - rb * bisector[k] - rc * base[k];
    x[c + k] = centre[k] - rb * bisector[k] + rc * base[k];
  }
}

/** Of length 1; null for (nearly) none. */
function unit(v: readonly number[]): number[] | null {
  const length = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  return length < 1e-9 ? null : v.map((x) => x / length);
}

/** Some direction at right angles to a unit vector. */
function across([x, y, z]: readonly number[]): number[] {
  const size = Math.sqrt(y * y + z * z);
  return size > 0.5 ? [0, z / size, -y / size] : [-y / Math.sqrt(x * x + y * y), x / Math.sqrt(x * x + y * y), 0];
}
