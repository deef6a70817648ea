/** Descent on the loss of a hard assignment: single atoms change their site, then whole sites are regrouped, as long as that lowers the loss. */
import type { AutoencoderProblem } from './autoencoder.ts';
import { regroupOnce } from './regroup.ts';
import { SiteMoments } from './site-moments.ts';

export interface PolishedAssignment {
  /** Sites that hold atoms are numbered as before; a site may be emptied, and one of the problem's empty sites filled. */
  readonly assignment: number[];
  /** Moves of single atoms made. */
  readonly moves: number;
  /** Regroupings made; each is followed by moves. */
  readonly regroupings: number;
}

/** A move must lower the loss, a fraction of the atoms' variance, by more than rounding. */
const smallestGain = 1e-12;
const mostSweeps = 200;
const mostRegroupings = 200;

/**
 * Moves atoms one at a time to the site that lowers the loss of `problem` most, sweep after sweep, until no single move does: a local minimum
 * over hard assignments, which annealing alone leaves by a few atoms at the borders of sites (`SiteMoments` has the loss).
 *
 * Where no single atom can go on, groups of atoms may: `regroupOnce` divides the atoms of two sites anew, or merges two sites and splits a third. What it
 * finds is polished again, until it finds nothing.
 *
 * Filling an empty site never raises the reconstruction: whatever the decoder could do before, it still can.
 * @param regroup whether groups of atoms move; single atoms always do
 */
export function polish(
  problem: AutoencoderProblem,
  start: readonly number[],
  forceWeight: number,
  regroup = true,
): PolishedAssignment {
  const moments = new SiteMoments(problem, start, forceWeight);
  const all = Array.from({ length: problem.atoms }, (_, i) => i);
  const sites = Array.from({ length: problem.sites }, (_, s) => s);
  let moves = descend(moments, all, sites);
  let regroupings = 0;
  while (regroup && regroupings < mostRegroupings && regroupOnce(moments)) {
    regroupings++;
    moves += descend(moments, all, sites);
  }
  return { assignment: [...moments.assignment], moves, regroupings };
}

/** Moves each of `atoms` between `sites` as long as that lowers the loss; returns how many moves it made. */
export function descend(moments: SiteMoments, atoms: readonly number[], sites: readonly number[]): number {
  let loss = moments.loss();
  let moves = 0;
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    const before = moves;
    for (const atom of atoms) {
      const home = moments.assignment[atom];
      let best = home;
      let lowest = loss - smallestGain;
      let triedEmpty = false;
      for (const site of sites) {
        const empty = moments.counts[site] === 0;
        // empty sites are all alike, and an atom alone gains nothing by changing to one
        if (site === home || (empty && (triedEmpty || moments.counts[home] === 1))) continue;
        if (empty) triedEmpty = true;
        moments.move(atom, site);
        const trial = moments.loss();
        if (trial < lowest) [lowest, best] = [trial, site];
        moments.move(atom, home);
      }
      if (best === home) continue;
      moments.move(atom, best);
      loss = moments.loss();
      moves++;
    }
    if (moves === before) break;
    moments.renew();
    loss = moments.loss();
  }
  return moves;
}
