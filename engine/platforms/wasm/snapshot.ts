/** What lists were built from, to a checkpoint and back: lists are functions of it, so a continued run sums in the same order. */
import type { Box } from '../../system/box.ts';
import { recordBytes } from './assembly/layout.ts';
import type { Forces } from './forces.ts';
import { doublesAt, floatsAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import type { WasmState } from './state.ts';
import type { Team } from './team.ts';

/**
 * Adds, for each set, `pairsK` (buffers and counters), `pairsKBuilt` (positions) and `pairsKPruned` (middles and reaches); for each list of JavaScript
 * kernels `listK`.
 */
export function saveLists(
  kernel: Kernel,
  forces: Forces,
  particles: number,
  snapshot: Record<string, number | Float64Array>,
): void {
  forces.pairs.forEach(({ set }, k) => {
    snapshot[`pairs${k}`] = Float64Array.of(
      kernel.setOuter(set),
      kernel.setHorizon(set),
      kernel.setMargin(set),
      kernel.setBuilds(set),
      kernel.setPrunes(set),
      kernel.setEvaluations(set),
      kernel.setDangerous(set),
      kernel.setAllPrunes(set),
      kernel.setPrunedAt(set),
    );
    snapshot[`pairs${k}Built`] = doublesAt(kernel, kernel.setBuiltAt(set), 3 * particles).slice();
    snapshot[`pairs${k}Pruned`] = Float64Array.from(recordsAtPrune(kernel, set));
  });
  forces.lists.forEach((list, k) => {
    snapshot[`list${k}`] = list.builtAt.slice();
  });
}

/** Builds the lists of a snapshot; positions are whatever they were built from afterwards. `array` reads an entry or throws. */
export function loadLists(team: Team, forces: Forces, state: WasmState, box: Box, array: (name: string) => Float64Array): void {
  const { kernel } = team;
  forces.pairs.forEach(({ set }, k) => {
    const [outer, horizon, margin, builds, prunes, evaluations, dangerous, allPrunes, prunedAt] = array(`pairs${k}`);
    kernel.setBuffers(set, outer, horizon, margin);
    state.positions.set(array(`pairs${k}Built`));
    team.all('buildLists', set);
    recordsAtPrune(kernel, set).set(array(`pairs${k}Pruned`));
    team.all('pruneLists', set);
    kernel.setCounters(set, builds, prunes, evaluations, dangerous, allPrunes, prunedAt);
  });
  forces.lists.forEach((list, k) => {
    list.build(array(`list${k}`), box);
  });
}

/** The particle that is farthest from where it was foreseen at the last prune of any list, and how far. */
export function farthestMove(kernel: Kernel, forces: Forces): { readonly particle: number; readonly distance: number } {
  let found = { particle: 0, distance: 0 };
  for (const { set } of forces.pairs) {
    const order = intsAt(kernel, kernel.setOrder(set), 4 * kernel.setClusters(set));
    for (let s = 0; s < order.length; s++) {
      const distance = kernel.moveOfSlot(set, s);
      if (distance > found.distance) found = { particle: order[s], distance };
    }
  }
  return found;
}

/** Middles and reaches: x, y, z and reach of the four particles of each cluster. */
function recordsAtPrune(kernel: Kernel, set: number): Float32Array {
  return floatsAt(kernel, kernel.setRecordsAtPrune(set), (recordBytes / 4) * kernel.setClusters(set));
}
