/** Moves of groups of atoms: the atoms of two sites divided anew, or two sites merged and a third split. */
import { EVD, Matrix } from 'ml-matrix';
import type { AutoencoderProblem } from './autoencoder.ts';
import { descend } from './polish.ts';
import type { SiteMoments } from './site-moments.ts';

/** Directions along which a group of atoms may be cut, of each kind. */
const directions = 2;
/** A regrouping must lower the loss, a fraction of the atoms' variance, by more than the rounding of many moves. */
const smallestGain = 1e-9;
/** Pairs of sites, those whose merging costs least, that are merged to free a site. */
const mergesTried = 6;

/**
 * Looks for one regrouping that lowers the loss, and makes it. Split-and-merge moves get a mixture out of a local optimum in which
 * one component covers two groups and two share another (Ueda, Nakano, Ghahramani & Hinton, Neural Comput. 12, 2109, 2000).
 *
 * Where to cut a group of atoms is asked of its covariances: along the leading eigenvectors of how its atoms move about their centre, and along the
 * lowest ones of their forces. Forces are derivatives of a sum over bonds, so their covariance is about kT times a Laplacian weighted by the bonds' stiffness:
 * its lowest eigenvectors are those of spectral graph partitioning, which cut where the least stiffness is cut (Fiedler, Czech. Math. J. 23, 298, 1973).
 * Of all thresholds along an eigenvector the one with the least loss is taken, and single atoms are moved between the two parts.
 * @returns whether one was found; if not, the assignment is as before
 */
export function regroupOnce(moments: SiteMoments): boolean {
  return divideAnew(moments) || mergeAndSplit(moments);
}

function filled({ counts }: SiteMoments): number[] {
  return [...counts.keys()].filter((site) => counts[site] > 0);
}

/** Splits sites until none is empty, each time where the loss is least afterwards; returns how often. */
export function fillEmpty(moments: SiteMoments): number {
  let splits = 0;
  for (let empty = moments.counts.indexOf(0); empty >= 0; empty = moments.counts.indexOf(0)) {
    const before = [...moments.assignment];
    let lowest = Number.POSITIVE_INFINITY;
    let best: number[] | null = null;
    for (const site of filled(moments))
      for (const order of orders(moments.problem, moments.movable([site]))) {
        cut(moments, order, site, empty);
        const loss = moments.loss();
        if (loss < lowest) [lowest, best] = [loss, [...moments.assignment]];
        moments.assign(before);
      }
    if (!best) break;
    moments.assign(best);
    splits++;
  }
  return splits;
}

/** The best change among all pairs of sites. */
function divideAnew(moments: SiteMoments): boolean {
  const sites = filled(moments);
  function* changes() {
    for (const a of sites)
      for (const b of sites) {
        if (b <= a) continue;
        const members = moments.movable([a, b]);
        for (const order of orders(moments.problem, members))
          yield () => {
            cut(moments, order, a, b);
            descend(moments, members, [a, b]);
          };
      }
  }
  return makeBest(moments, changes());
}

/** The best change among the merges that cost least, each with a split of every other site. */
function mergeAndSplit(moments: SiteMoments): boolean {
  const sites = filled(moments);
  const merges = cheapestMerges(moments, sites);
  function* changes() {
    for (const { a, b } of merges)
      for (const c of sites) {
        if (c === a || c === b) continue;
        const members = moments.movable([c]);
        for (const order of orders(moments.problem, members))
          yield () => {
            for (const atom of moments.movable([b])) moments.move(atom, a);
            cut(moments, order, c, b);
            descend(moments, members, [c, b]);
          };
      }
  }
  return makeBest(moments, changes());
}

/** Pairs of sites, those first that raise the loss least when they become one. */
function cheapestMerges(moments: SiteMoments, sites: readonly number[]): readonly { readonly a: number; readonly b: number }[] {
  const before = [...moments.assignment];
  const merges = sites.flatMap((a) =>
    sites
      .filter((b) => b > a)
      .map((b) => {
        for (const atom of moments.movable([b])) moments.move(atom, a);
        const loss = moments.loss();
        moments.assign(before);
        return { a, b, loss };
      }),
  );
  return merges.sort((p, q) => p.loss - q.loss || p.a - q.a || p.b - q.b).slice(0, mergesTried);
}

/** Makes every change from the assignment as it is, and keeps the one that lowers the loss most, if one does. */
function makeBest(moments: SiteMoments, changes: Iterable<() => void>): boolean {
  const before = [...moments.assignment];
  let lowest = moments.loss() - smallestGain;
  let best: number[] | null = null;
  for (const change of changes) {
    change();
    const loss = moments.loss();
    if (loss < lowest) [lowest, best] = [loss, [...moments.assignment]];
    moments.assign(before);
  }
  if (best) moments.assign(best);
  return best !== null;
}

/** Puts the first atoms of an order into site a and the rest into site b, cut where the loss is least; both keep an atom. */
function cut(moments: SiteMoments, order: readonly number[], a: number, b: number): void {
  for (const atom of order) if (moments.assignment[atom] !== b) moments.move(atom, b);
  let [lowest, at] = [Number.POSITIVE_INFINITY, 1];
  for (let k = 1; k < order.length; k++) {
    moments.move(order[k - 1], a);
    const loss = moments.loss();
    if (loss < lowest) [lowest, at] = [loss, k];
  }
  for (let k = order.length - 1; k > at; k--) moments.move(order[k - 1], b);
}

/** The atoms of a group, ordered along each of the directions in which it may be cut. */
function orders({ atoms: n, positions, forces }: AutoencoderProblem, members: readonly number[]): number[][] {
  if (members.length < 2) return [];
  const found = eigenvectors(centred(positions, n, members))
    .reverse()
    .slice(0, directions);
  // the lowest of the forces is the constant vector, which cuts nothing
  if (forces) found.push(...eigenvectors(centred(forces, n, members)).slice(1, 1 + directions));
  return found.map((vector) => [...members.keys()].sort((i, j) => vector[i] - vector[j] || i - j).map((k) => members[k]));
}

/** The covariance among some of the atoms with their mean taken out. */
function centred(covariance: Float64Array, n: number, members: readonly number[]): Matrix {
  const block = new Matrix(members.map((i) => members.map((j) => covariance[i * n + j])));
  const means = block.mean('row');
  const mean = means.reduce((sum, x) => sum + x, 0) / members.length;
  for (let i = 0; i < members.length; i++)
    for (let j = 0; j < members.length; j++) block.set(i, j, block.get(i, j) - means[i] - means[j] + mean);
  return block;
}

/** In ascending order of their eigenvalues. */
function eigenvectors(matrix: Matrix): number[][] {
  const { eigenvectorMatrix, realEigenvalues } = new EVD(matrix, { assumeSymmetric: true });
  return [...realEigenvalues.keys()]
    .sort((i, j) => realEigenvalues[i] - realEigenvalues[j])
    .map((k) => eigenvectorMatrix.getColumn(k));
}
