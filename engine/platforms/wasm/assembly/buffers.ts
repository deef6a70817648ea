/**
 * Chooses the buffers of a set's lists: the lengths at which pairs, prunes and builds together cost least, by a count of operations. What
 * it counts is a function of the trajectory alone, never of the clock, so that results are reproducible.
 */
import { PairSet, setCandidates, setEntries, setOuterEntries } from './set';
import { particles } from './state';

/**
 * What things cost, in nanoseconds of the machine where they were timed; only ratios count. Four pairs of the inner list: gathered, or of a
 * cluster beyond the cut-off, which are left out once their distances are known; an entry of the outer list in a prune; a box and a particle in a build.
 */
const gatheredPairs: f64 = 5.7;
const clusterPairs: f64 = 2.5;
const pruneToParticle: f64 = 2.7;
const pruneToCluster: f64 = 1.8;
const buildBox: f64 = 2;
const buildParticle: f64 = 90;

/** A change must promise so much of the whole cost. */
const worthwhile: f64 = 0.003;

/**
 * Steers the buffers towards the optimum at a build: from the lists so far it predicts the cost of buffers somewhat shorter and longer.
 * How often lists are renewed goes with the length of their buffers, how long they are with the volume that they cover.
 */
export function adaptBuffers(set: PairSet): void {
  if (set.fixedBuffers || set.evaluations < 2) return;
  const listed = setEntries(set);
  const entries = setOuterEntries(set);
  const candidates = setCandidates(set);
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  const width = Math.cbrt(volume / <f64>set.clusters);
  const pairCost = set.gathers ? gatheredPairs : clusterPairs;
  const pruneCost = set.gathers ? pruneToParticle : pruneToCluster;
  const perBuild = <f64>set.evaluations;
  const perPrune = perBuild / <f64>set.prunes;
  let best = Infinity;
  let inner = set.inner;
  let outer = set.outer;
  for (let i = -2; i <= 2; i++) {
    for (let o = -2; o <= 2; o++) {
      const tryInner = Math.max(0.02 * set.cutoff, Math.min(0.6 * set.cutoff, set.inner * (1 + 0.1 * <f64>i)));
      const gap = Math.max(0.04 * set.cutoff, Math.min(1.5 * set.cutoff, (set.outer - set.inner) * (1 + 0.1 * <f64>o)));
      const tryOuter = tryInner + gap;
      const prunes = Math.max(1, (perPrune * tryInner) / set.inner);
      const builds = Math.max(1, (perBuild * gap) / (set.outer - set.inner));
      const pairs = listed * growth(set.cutoff + (set.gathers ? 0 : 0.5 * width), set.inner, tryInner);
      const outerEntries = entries * growth(set.cutoff + 0.7 * width, set.outer, tryOuter);
      const looked = candidates * growth(set.cutoff + width, set.outer, tryOuter);
      const build = buildBox * looked + buildParticle * <f64>particles;
      const stay: f64 = i == 0 && o == 0 ? 1 - worthwhile : 1;
      const cost = stay * (pairCost * pairs + (pruneCost * outerEntries) / prunes + build / builds);
      if (cost < best) {
        best = cost;
        inner = tryInner;
        outer = tryOuter;
      }
    }
  }
  set.inner = inner;
  set.outer = outer;
}

/** How much more a sphere of radius `core` + `to` holds than one of `core` + `from`. */
function growth(core: f64, from: f64, to: f64): f64 {
  const ratio = (core + to) / (core + from);
  return ratio * ratio * ratio;
}
