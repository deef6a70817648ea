/**
 * Chooses the buffers of a set's lists: the lengths at which pairs, prunes and builds together cost least, by a count of operations. What
 * it counts is a function of the trajectory alone, never of the clock, so that results are reproducible.
 */
import { PairSet, setCandidates, setEntries, setOuterEntries } from './set';
import { particles } from './state';

/**
 * What things cost, in nanoseconds of the machine where they were timed; only ratios count (a particle in a prune was chosen by the speed of chains). Four pairs of the inner list: gathered, or of a
 * cluster beyond the cut-off, which are left out once their distances are known. In a prune an entry of the outer list for a particle, and a particle, whose
 * pairs are gathered or not. In a build a box that the particles of a cluster look at, and a particle, without and with excluded partners.
 */
const gatheredPairs: f64 = 6.5;
const clusterPairs: f64 = 2.5;
const pruneEntry: f64 = 1.8;
const pruneGathering: f64 = 90;
const pruneParticle: f64 = 20;
const buildBox: f64 = 7.7;
const buildParticle: f64 = 80;
const buildExcluding: f64 = 300;

/** A change must promise so much of the whole cost. */
const worthwhile: f64 = 0.003;

/**
 * Steers the buffers towards the optimum at a build: from the lists so far it predicts the cost of buffers somewhat shorter and longer.
 * How often lists are renewed goes with the length of their buffers, how long they are with the volume that they cover.
 */
export function adaptBuffers(set: PairSet): void {
  if (set.fixedBuffers || set.infinite || set.evaluations < 2) return;
  const listed = setEntries(set);
  const entries = setOuterEntries(set);
  const candidates = setCandidates(set);
  const volume = set.columnWidthX * <f64>set.columnsX * set.columnWidthY * <f64>set.columnsY * set.extentZ;
  const width = Math.cbrt(volume / <f64>set.clusters);
  const pairCost = set.gathers ? gatheredPairs : clusterPairs;
  const pruneCost = set.gathers ? pruneGathering : pruneParticle;
  const particleCost = load<i32>(set.excludedStart + <usize>particles * 4) > 0 ? buildExcluding : buildParticle;
  const perBuild = <f64>set.evaluations;
  const perPrune = perBuild / <f64>set.prunes;
  let best = Infinity;
  let horizon = set.horizon;
  let margin = set.margin;
  let outer = set.outer;
  // What is foreseen grows with the horizon, what is not faster (displacements that the jerk causes with its third power).
  const foreseen = Math.max(0, set.meanReach - set.margin);
  for (let i = -2; i <= 2; i++) {
    const scale = 1 + 0.1 * <f64>i;
    const stretch = marginGrowth(foreseen, scale);
    const reach = foreseen * scale + set.margin * stretch;
    const tryInner = (set.inner * reach) / set.meanReach;
    if (i != 0 && (tryInner < 0.01 * set.cutoff || tryInner > 0.8 * set.cutoff)) continue;
    for (let o = -2; o <= 2; o++) {
      const gap = Math.max(0.04 * set.cutoff, Math.min(1.5 * set.cutoff, (set.outer - set.inner) * (1 + 0.1 * <f64>o)));
      const tryOuter = tryInner + gap;
      const prunes = Math.max(1, perPrune * scale);
      const builds = Math.max(1, (perBuild * gap) / (set.outer - set.inner));
      const pairs = listed * growth(set.cutoff + (set.gathers ? 0 : 0.5 * width), 2 * set.meanReach, 2 * reach);
      const outerEntries = entries * growth(set.cutoff + 0.9 * width, set.outer, tryOuter);
      const looked = candidates * growth(set.cutoff + 0.6 * width, set.outer, tryOuter);
      const build = buildBox * looked + particleCost * <f64>particles;
      const prune = pruneEntry * outerEntries + pruneCost * <f64>particles;
      const stay: f64 = i == 0 && o == 0 ? 1 - worthwhile : 1;
      const cost = stay * (pairCost * pairs + prune / prunes + build / builds);
      if (cost < best) {
        best = cost;
        horizon = set.horizon * scale;
        margin = set.margin * stretch;
        outer = tryOuter;
      }
    }
  }
  set.horizon = horizon;
  set.margin = margin;
  set.outer = Math.max(outer, 1.02 * set.inner);
}

function marginGrowth(foreseen: f64, scale: f64): f64 {
  return foreseen > 0 ? scale * scale * Math.sqrt(scale) : scale;
}

/** How much more a sphere of radius `core` + `to` holds than one of `core` + `from`. */
function growth(core: f64, from: f64, to: f64): f64 {
  const ratio = (core + to) / (core + from);
  return ratio * ratio * ratio;
}
