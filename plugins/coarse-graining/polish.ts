/** Descent on the loss of a hard assignment: single atoms change their site, then whole sites are regrouped, as long as that lowers the loss. */
import type { AutoencoderProblem } from './autoencoder.ts';
import { fillEmpty, regroupOnce } from './regroup.ts';
import { SiteMoments } from './site-moments.ts';

export interface PolishedAssignment {
  /** Sites that hold atoms are numbered as before; a site may be emptied, and one of the problem's empty sites filled. */
  readonly assignment: number[];
  /** Moves of single atoms made. */
  readonly moves: number;
  /** Regroupings made; each is followed by moves. */
  readonly regroupings: number;
}

export interface PolishOptions {
  /** Whether every site of the problem has to hold an atom. */
  readonly fill?: boolean;
  /** Whether groups of atoms move too; single atoms always do. */
  readonly regroup?: boolean;
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
 * Atoms that rigid bonds hold together (`units`) move as one: the forces of constraints are not among those of the atoms, so a site that cut such a bond
 * would have no complete force.
 *
 * Filling an empty site never raises the reconstruction: whatever the decoder could do before, it still can.
 * Forces may speak against it: a site less has less force. With `fill` all sites are filled nevertheless, and stay so.
 */
export function polish(
  problem: AutoencoderProblem,
  start: readonly number[],
  forceWeight: number,
  { fill = false, regroup = true }: PolishOptions = {},
): PolishedAssignment {
  const moments = new SiteMoments(problem, start, forceWeight);
  moments.keepFilled = fill;
  const all = moments.movable();
  const sites = Array.from({ length: problem.sites }, (_, s) => s);
  let regroupings = fill ? fillEmpty(moments) : 0;
  let moves = descend(moments, all, sites);
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
      const alone = moments.counts[home] === moments.unit[atom].length;
      if (alone && moments.keepFilled) continue;
      let best = home;
      let lowest = loss - smallestGain;
      let triedEmpty = false;
      for (const site of sites) {
        const empty = moments.counts[site] === 0;
        // empty sites are all alike, and an atom alone gains nothing by changing to one
        if (site === home || (empty && (triedEmpty || alone))) continue;
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
