/**
 * The two lists of a set (clusters.ts has their form). The outer list holds, for each cluster, those whose boxes are within cutoff + outer of one of its
 * particles, and is built rarely; the inner list holds, for each particle, those with a member within the cut-off and both reaches, and is made
 * from it, by a prune, every few steps.
 *
 * Particles that come within the cut-off while none has left its sphere (reaches.ts) had their middles within it and both reaches at the prune, and
 * were within cutoff + outer at the build if since then no two middles have gone further than outer less their reaches: the first is checked before every
 * use, the second at every prune, so that no list is ever late.
 */
import { statusDone, statusMovedFar, statusNotFinite, taskList } from './layout';
import { adaptBuffers } from './buffers';
import { buildOuterList } from './clusters';
import { startRare, tookRare } from './clock';
import { slack } from './near';
import { pruneLists } from './prunes';
import { foresee, measureReaches, neededOfOuter, placeReaches, steerMargin } from './reaches';
import { updateRecords } from './records';
import { computeBounds } from './search';
import { PairSet, partOf } from './set';
import { sortClusters } from './sort';
import { partEnd, partFirst, particleParts, positions } from './state';
import { barrier, beginParts, nextPart, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

/**
 * Brings records and lists up to date with the positions; all threads together. Returns a status. `counts` is false where the positions have been seen before,
 * so that observing a run does not change it. Forces may be written at once: no thread reads what a build has put in their place any more.
 */
export function updateLists(set: PairSet, counts: bool): i32 {
  if (thread == 0 && counts) set.evaluations++;
  if (!set.built) return buildLists(set) ? statusDone : statusNotFinite;
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) updateRecords(set, partOf(set, p));
  barrier();
  let within = true;
  for (let p = 0; p < set.parts; p++) within = within && partOf(set, p).within;
  const blind = set.blind > 0;
  if (!within && !blind) {
    startRare();
    const status = renew(set);
    tookRare(taskList);
    return status;
  }
  if (blind) {
    barrier();
    if (thread == 0) {
      set.blind--;
      set.late = set.late || !within;
    }
  }
  return statusDone;
}

/** Prunes, or builds where that does not suffice. */
function renew(set: PairSet): i32 {
  const moved = farthestMove(set);
  if (moved == Infinity) return statusNotFinite;
  // Lists are looked at in every step, and so far no particle of a sound run goes in one.
  if (moved > set.cutoff + set.inner) return statusMovedFar;
  if (thread == 0) steerMargin(set, <f64>(set.evaluations - set.prunedAt));
  barrier();
  foresee(set);
  barrier();
  const needed = neededOfOuter();
  if (thread == 0) {
    measureReaches(set);
    countLate(set);
  }
  if (needed > set.outer - slack * set.cutoff) return build(set, true) ? statusDone : statusNotFinite;
  if (thread == 0) {
    set.prunes++;
    set.allPrunes++;
    set.prunedAt = set.evaluations;
  }
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) placeReaches(set, partOf(set, p));
  barrier();
  pruneLists(set);
  return statusDone;
}

/** How far the farthest particle is from the middle of its path; infinite where a position is not a number. */
function farthestMove(set: PairSet): f64 {
  let largest: f64 = 0;
  for (let p = 0; p < set.parts; p++) largest = Math.max(largest, partOf(set, p).largest);
  return Math.sqrt(largest);
}

/** Counts a list that was used while a particle was beyond its reach. */
function countLate(set: PairSet): void {
  if (set.late) set.dangerous++;
  set.late = false;
}

/** Sorts, builds and prunes at the present positions, with the buffers that there are; all threads together. */
export function buildLists(set: PairSet): bool {
  foresee(set);
  barrier();
  if (thread == 0) {
    measureReaches(set);
    countLate(set);
  }
  return build(set, false);
}

/** The same once reaches are there. */
function build(set: PairSet, adapts: bool): bool {
  barrier(); // the buffers that others have just looked at may change
  if (thread == 0 && adapts) adaptBuffers(set);
  if (!sortClusters(set)) return false;
  barrier();
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    const from = <usize>partFirst(p) * 24;
    memory.copy(set.builtAt + from, positions + from, <usize>partEnd(p) * 24 - from);
  }
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) computeBounds(set, partOf(set, p));
  barrier();
  beginParts(set.parts);
  for (let p = nextPart(); p >= 0; p = nextPart()) buildOuterList(set, partOf(set, p));
  barrier();
  pruneLists(set);
  if (thread == 0) {
    set.built = true;
    set.builds++;
    set.evaluations = 0;
    set.prunedAt = 0;
    set.prunes = 1;
  }
  return true;
}
