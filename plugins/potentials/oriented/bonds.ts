/** Bonds as bodies with a middle, a direction and a length: where they are, and how forces on them become forces on their two sites. */
import { type Box, minimumImage, type Structure } from '../../../engine/index.ts';

/** Middles, unit vectors and lengths of bonds; and the forces on middles and the derivatives of the energy by the unit vectors. */
export class Bonds {
  /** Flat pairs of sites. */
  readonly sites: Int32Array;
  readonly middle: Float64Array;
  readonly direction: Float64Array;
  readonly length: Float64Array;
  /** Force on each middle. */
  readonly push: Float64Array;
  /** dE/dn of each bond, any component along n. */
  readonly turn: Float64Array;
  private readonly d = new Float64Array(3);

  constructor(sites: Int32Array) {
    const count = sites.length / 2;
    this.sites = sites;
    this.length = new Float64Array(count);
    const vectors = (): Float64Array => new Float64Array(3 * count);
    [this.middle, this.direction, this.push, this.turn] = [vectors(), vectors(), vectors(), vectors()];
  }

  get count(): number {
    return this.length.length;
  }

  /** Takes the positions and sets the forces to zero. */
  place(positions: Float64Array, box: Box): void {
    const { sites, middle, direction, length, d } = this;
    for (let b = 0; b < length.length; b++) {
      const [i, j] = [3 * sites[2 * b], 3 * sites[2 * b + 1]];
      d[0] = positions[j] - positions[i];
      d[1] = positions[j + 1] - positions[i + 1];
      d[2] = positions[j + 2] - positions[i + 2];
      minimumImage(box, d);
      const r = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      length[b] = r;
      for (let c = 0; c < 3; c++) {
        middle[3 * b + c] = positions[i + c] + 0.5 * d[c];
        direction[3 * b + c] = d[c] / r;
      }
    }
    this.push.fill(0);
    this.turn.fill(0);
  }

  /** Adds the forces to those of the sites, and what the turning of bonds adds to the virial (sum of bond (x) force on it). */
  spread(forces: Float64Array, virial: Float64Array): void {
    const { sites, direction: n, length, push, turn } = this;
    for (let b = 0; b < length.length; b++) {
      const [i, j, at] = [3 * sites[2 * b], 3 * sites[2 * b + 1], 3 * b];
      const along = turn[at] * n[at] + turn[at + 1] * n[at + 1] + turn[at + 2] * n[at + 2];
      for (let c = 0; c < 3; c++) {
        const across = -(turn[at + c] - along * n[at + c]) / length[b]; // force on the bond's vector
        forces[i + c] += 0.5 * push[at + c] - across;
        forces[j + c] += 0.5 * push[at + c] + across;
        for (let a = 0; a < 3; a++) virial[3 * a + c] += length[b] * n[at + a] * across;
      }
    }
  }
}

/** One bond a molecule, ends alike: what two-site molecules of one kind are; null for any other structure. */
export function loneBonds({ bonds, type, mass }: Structure): Int32Array | null {
  if (bonds.length !== mass.length || bonds.length === 0) return null;
  const used = new Set(bonds);
  const alike = type.every((t) => t === type[0]);
  return used.size === mass.length && alike ? bonds : null;
}
