/** SHAKE and RATTLE over clusters of constraints, one length at a time until none is off. */
import type { Cluster, ConstraintPlan } from './plan.ts';

/** Relative error of a constrained length at which iterations stop. */
export const constraintTolerance = 1e-9;
/** Sweeps over the constraints of a cluster before giving up. */
export const mostSweeps = 1000;

const rounding = 1e-12;

/** Ryckaert, Ciccotti & Berendsen, J. Comput. Phys. 23, 327 (1977); Andersen, ibid. 52, 24 (1983). Arrays hold 3 numbers a particle. */
export class Shake {
  private readonly plan: ConstraintPlan;
  private readonly inverseMass: Float64Array;
  private readonly timestep: number;
  private readonly acceleration: Float64Array;
  /** The constraint whose side has turned by a right angle or more in one step: no correction along it can help; -1 if none has. */
  private turned = -1;

  constructor(plan: ConstraintPlan, inverseMass: Float64Array, timestep: number) {
    this.plan = plan;
    this.inverseMass = inverseMass;
    this.timestep = timestep;
    this.acceleration = new Float64Array(3 * inverseMass.length);
  }

  /**
   * Brings the positions of a cluster onto its constraints along the sides of `before`, which may be the positions themselves.
   * @returns the constraint that cannot be met, or -1
   */
  positions(cluster: Cluster, x: Float64Array, before: Float64Array): number {
    this.turned = -1;
    for (let sweep = 0; this.sweep(cluster, x, before) > 0; sweep++)
      if (sweep === mostSweeps) return this.turned >= 0 ? this.turned : this.worst(cluster, x);
    return -1;
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
      if (!(along > 1e-6 * d2)) {
        this.turned = k;
        return Number.POSITIVE_INFINITY;
      }
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

  /** Takes off the velocities of a cluster what would change its lengths. @returns whether that succeeded */
  velocities({ first, last }: Cluster, x: Float64Array, v: Float64Array): boolean {
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
      if (sweep === mostSweeps) return false;
    }
    return true;
  }

  /** As `velocities`, with accelerations in their place: adds the virial of the forces that keep the constraints. */
  addVirial({ first, last }: Cluster, x: Float64Array, v: Float64Array, f: Float64Array, virial: Float64Array): void {
    const { inverseMass, acceleration, plan } = this;
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

  private worst({ first, last }: Cluster, x: Float64Array): number {
    const { atoms, lengths } = this.plan;
    const error = (k: number) => Math.abs(distance(x, atoms[2 * k], atoms[2 * k + 1]) / lengths[k] - 1);
    let worst = first;
    for (let k = first; k < last; k++) if (!(error(k) <= error(worst))) worst = k;
    return worst;
  }
}

/** Distance of two particles, no images. */
export function distance(x: Float64Array, i: number, j: number): number {
  return Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);
}
