/** What lists were built from, to a checkpoint and back: lists are functions of it, so a continued run sums in the same order. */
import type { Box } from '../../system/box.ts';
import type { Forces } from './forces.ts';
import { doublesAt } from './memory.ts';
import type { Kernel } from './module.ts';
import type { WasmState } from './state.ts';

/** Adds, for each set, `pairsK` (buffers and counters), `pairsKBuilt` and `pairsKPruned`; for each list of JavaScript kernels `listK`. */
export function saveLists(
  kernel: Kernel,
  forces: Forces,
  particles: number,
  snapshot: Record<string, number | Float64Array>,
): void {
  forces.pairs.forEach(({ set }, k) => {
    snapshot[`pairs${k}`] = Float64Array.of(
      kernel.setInner(set),
      kernel.setOuter(set),
      kernel.setBuilds(set),
      kernel.setPrunes(set),
      kernel.setEvaluations(set),
    );
    snapshot[`pairs${k}Built`] = doublesAt(kernel, kernel.setBuiltAt(set), 3 * particles).slice();
    snapshot[`pairs${k}Pruned`] = doublesAt(kernel, kernel.setPrunedAt(set), 3 * particles).slice();
  });
  forces.lists.forEach((list, k) => {
    snapshot[`list${k}`] = list.builtAt.slice();
  });
}

/** Builds the lists of a snapshot; positions are whatever they were built from afterwards. `array` reads an entry or throws. */
export function loadLists(
  kernel: Kernel,
  forces: Forces,
  state: WasmState,
  box: Box,
  array: (name: string) => Float64Array,
): void {
  forces.pairs.forEach(({ set }, k) => {
    const [inner, outer, builds, prunes, evaluations] = array(`pairs${k}`);
    kernel.setBuffers(set, inner, outer);
    state.positions.set(array(`pairs${k}Built`));
    kernel.buildLists(set);
    state.positions.set(array(`pairs${k}Pruned`));
    kernel.updateRecords(set);
    kernel.pruneList(set);
    kernel.setCounters(set, builds, prunes, evaluations);
  });
  forces.lists.forEach((list, k) => {
    list.build(array(`list${k}`), box);
  });
}
