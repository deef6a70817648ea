/** Places virtual sites and hands the forces on them to the particles that they follow. */
import type { LocalCoordinates, VirtualSite } from '../system/virtual-sites.ts';

/** Sites compiled for a system. Molecules must be whole: no images are taken within one. */
export class VirtualSites {
  private readonly sites: readonly VirtualSite[];

  constructor(sites: readonly VirtualSite[]) {
    this.sites = sites;
  }

  get count(): number {
    return this.sites.length;
  }

  /** Sets the positions (3N) of the sites. */
  place(positions: Float64Array): void {
    for (const site of this.sites) placeSite(site, positions);
  }

  /**
   * Moves the force on each site to its parents, exactly as the chain rule asks, and clears it. `virial` (9, or null) is changed
   * from that of a system in which the site were a particle to that of one in which it follows its parents.
   */
  spread(positions: Float64Array, forces: Float64Array, virial: Float64Array | null): void {
    for (const site of this.sites) spreadSite(site, positions, forces, virial);
  }

  /** Sites have no velocity of their own. */
  clear(vectors: Float64Array): void {
    for (const { site } of this.sites) vectors.fill(0, 3 * site, 3 * site + 3);
  }
}

function placeSite(site: VirtualSite, x: Float64Array): void {
  const s = 3 * site.site;
  switch (site.kind) {
    case 'average2':
    case 'average3':
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (let p = 0; p < site.parents.length; p++) sum += site.weights[p] * x[3 * site.parents[p] + k];
        x[s + k] = sum;
      }
      return;
    case 'outOfPlane': {
      const [a, b, c] = site.parents;
      const u = side(x, b, a);
      const v = side(x, c, a);
      const n = cross(u, v);
      const [wu, wv, wn] = site.weights;
      for (let k = 0; k < 3; k++) x[s + k] = x[3 * a + k] + wu * u[k] + wv * v[k] + wn * n[k];
      return;
    }
    case 'localCoords': {
      const axes = axesOf(site, x);
      const origin = weighted(site.origin, site.parents, x);
      const [p, q, r] = site.position;
      for (let k = 0; k < 3; k++) x[s + k] = origin[k] + p * axes.x[k] + q * axes.y[k] + r * axes.z[k];
      return;
    }
  }
}

function spreadSite(site: VirtualSite, x: Float64Array, forces: Float64Array, virial: Float64Array | null): void {
  const s = 3 * site.site;
  const f = [forces[s], forces[s + 1], forces[s + 2]];
  forces.fill(0, s, s + 3);
  const origin = 3 * site.parents[0];
  const add = (parent: number, share: readonly number[], sign: number) => {
    const i = 3 * parent;
    for (let l = 0; l < 3; l++) {
      if (sign > 0) forces[i + l] += share[l];
      if (virial) for (let k = 0; k < 3; k++) virial[3 * k + l] += sign * (x[i + k] - x[origin + k]) * share[l];
    }
  };
  if (virial) add(site.site, f, -1);
  switch (site.kind) {
    case 'average2':
    case 'average3':
      site.parents.forEach((parent, p) => {
        const w = site.weights[p];
        add(parent, [w * f[0], w * f[1], w * f[2]], 1);
      });
      return;
    case 'outOfPlane': {
      const [a, b, c] = site.parents;
      const u = side(x, b, a);
      const v = side(x, c, a);
      const [wu, wv, wn] = site.weights;
      const vf = cross(v, f);
      const fu = cross(f, u);
      const fb = f.map((fk, k) => wu * fk + wn * vf[k]);
      const fc = f.map((fk, k) => wv * fk + wn * fu[k]);
      add(b, fb, 1);
      add(c, fc, 1);
      add(
        a,
        f.map((fk, k) => fk - fb[k] - fc[k]),
        1,
      );
      return;
    }
    case 'localCoords': {
      const { X, Y, x: ex, z: ez, lengthX, lengthZ } = axesOf(site, x);
      const [p, q, r] = site.position;
      // Backwards through y' = z' x x', z' = Z/|Z|, Z = X x Y, x' = X/|X|.
      const fz = cross(f, ez);
      const xf = cross(ex, f);
      const ontoX = perpendicular(
        f.map((fk, k) => p * fk + q * fz[k]),
        ex,
        lengthX,
      );
      const ontoZ = perpendicular(
        f.map((fk, k) => r * fk + q * xf[k]),
        ez,
        lengthZ,
      );
      const yz = cross(Y, ontoZ);
      const forceX = ontoX.map((v, k) => v + yz[k]);
      const forceY = cross(ontoZ, X);
      site.parents.forEach((parent, i) => {
        const [wo, wx, wy] = [site.origin[i], site.x[i], site.y[i]];
        add(
          parent,
          f.map((fk, k) => wo * fk + wx * forceX[k] + wy * forceY[k]),
          1,
        );
      });
      return;
    }
  }
}

function axesOf(site: LocalCoordinates, positions: Float64Array) {
  const X = weighted(site.x, site.parents, positions);
  const Y = weighted(site.y, site.parents, positions);
  const Z = cross(X, Y);
  const lengthX = norm(X);
  const lengthZ = norm(Z);
  const x = X.map((v) => v / lengthX);
  const z = Z.map((v) => v / lengthZ);
  return { X, Y, x, y: cross(z, x), z, lengthX, lengthZ };
}

function weighted(weights: readonly number[], parents: readonly number[], x: Float64Array): number[] {
  return [0, 1, 2].map((k) => parents.reduce((sum, parent, p) => sum + weights[p] * x[3 * parent + k], 0));
}

function side(x: Float64Array, to: number, from: number): number[] {
  return [0, 1, 2].map((k) => x[3 * to + k] - x[3 * from + k]);
}

function cross(u: readonly number[], v: readonly number[]): number[] {
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

function norm(v: readonly number[]): number {
  return Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

/** The part of v perpendicular to the unit vector e, divided by a length. */
function perpendicular(v: readonly number[], e: readonly number[], length: number): number[] {
  const along = v[0] * e[0] + v[1] * e[1] + v[2] * e[2];
  return v.map((vk, k) => (vk - along * e[k]) / length);
}
