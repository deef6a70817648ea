/** Virtual sites as plain data: particles without mass whose position follows from that of others. `dynamics/virtual-sites.ts` moves them. */
import { InputError } from '../errors.ts';
import { particleLabel } from './structure.ts';
import type { Structure } from './system.ts';

/** r = sum_i weights[i] r(parents[i]); two parents, weights that sum to 1. */
export interface AverageOfTwo {
  readonly kind: 'average2';
  readonly site: number;
  readonly parents: readonly [number, number];
  readonly weights: readonly [number, number];
}

/** r = sum_i weights[i] r(parents[i]); three parents, weights that sum to 1. The site of a 4-site water. */
export interface AverageOfThree {
  readonly kind: 'average3';
  readonly site: number;
  readonly parents: readonly [number, number, number];
  readonly weights: readonly [number, number, number];
}

/** r = r1 + weights[0] (r2 - r1) + weights[1] (r3 - r1) + weights[2] (r2 - r1) x (r3 - r1); the last weight is in 1/length. */
export interface OutOfPlane {
  readonly kind: 'outOfPlane';
  readonly site: number;
  readonly parents: readonly [number, number, number];
  readonly weights: readonly [number, number, number];
}

/**
 * A place in a frame of two or more parents: origin = sum_i origin[i] r_i, x' along sum_i x[i] r_i, z' along x' x sum_i y[i] r_i,
 * y' = z' x x'; r = origin + position[0] x' + position[1] y' + position[2] z' (unit vectors, `position` in length units).
 * The weights `origin` sum to 1, `x` and `y` to 0.
 */
export interface LocalCoordinates {
  readonly kind: 'localCoords';
  readonly site: number;
  readonly parents: readonly number[];
  readonly origin: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly position: readonly [number, number, number];
}

/** The kinds that OpenMM has, with its parameters (`<VirtualSite>` of its force-field files). */
export type VirtualSite = AverageOfTwo | AverageOfThree | OutOfPlane | LocalCoordinates;

/** The same sites for `copies` copies of a structure of `particles` particles, one after another. */
export function replicateSites(sites: readonly VirtualSite[], particles: number, copies: number): VirtualSite[] {
  return Array.from({ length: copies }, (_, copy) => sites.map((site) => shifted(site, copy * particles))).flat();
}

function shifted(site: VirtualSite, by: number): VirtualSite {
  const parents = site.parents.map((parent) => parent + by);
  return { ...site, site: site.site + by, parents } as unknown as VirtualSite;
}

/**
 * Throws InputError at `where` for a particle without mass that is no virtual site (and the other way round), a parent that is none
 * or is itself a site, a site that is given twice, and weights that move the site when everything is shifted.
 */
export function checkVirtualSites(structure: Structure, sites: readonly VirtualSite[], where: string): void {
  const { mass, molecule } = structure;
  const isSite = new Uint8Array(mass.length);
  for (const { site } of sites) {
    if (!(site in mass))
      throw new InputError(where, `a virtual site is particle ${site}; there are ${mass.length}, counted from 0`);
    if (isSite[site]) throw new InputError(where, `particle ${particleLabel(structure, site)} is a virtual site twice`);
    if (mass[site] !== 0)
      throw new InputError(
        where,
        `particle ${particleLabel(structure, site)} is a virtual site and has mass ${mass[site]}; a virtual site has mass 0`,
      );
    isSite[site] = 1;
  }
  mass.forEach((m, i) => {
    if (m === 0 && !isSite[i])
      throw new InputError(
        where,
        `particle ${particleLabel(structure, i)} has mass 0 and is no virtual site: nothing says how it moves. Give it a mass`,
      );
  });
  for (const site of sites) {
    for (const parent of site.parents) {
      if (parent in mass && !isSite[parent] && molecule[parent] === molecule[site.site]) continue;
      throw new InputError(
        where,
        `the virtual site ${particleLabel(structure, site.site)} refers to particle ${parent}; it must be a particle with mass of the same molecule`,
      );
    }
    checkWeights(site, structure, where);
  }
}

function checkWeights(site: VirtualSite, structure: Structure, where: string): void {
  const sums: [readonly number[], number, string][] =
    site.kind === 'localCoords'
      ? [
          [site.origin, 1, 'of the origin'],
          [site.x, 0, 'of x'],
          [site.y, 0, 'of y'],
        ]
      : site.kind === 'outOfPlane'
        ? []
        : [[site.weights, 1, '']];
  for (const [weights, wanted, of] of sums) {
    const sum = weights.reduce((a, b) => a + b, 0);
    if (weights.length === site.parents.length && Math.abs(sum - wanted) < 1e-5) continue;
    throw new InputError(
      where,
      `the weights ${of} of the virtual site ${particleLabel(structure, site.site)} are ${weights.join(', ')}; there must be ` +
        `${site.parents.length}, with the sum ${wanted}`,
    );
  }
}
