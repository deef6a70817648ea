/** What a context tells of its run: lists, neighbours, seconds by task. */
import type { PlatformStatistics } from '../platform.ts';
import * as layout from './assembly/layout.ts';
import type { Forces } from './forces.ts';
import { doublesAt } from './memory.ts';
import type { ListSettings } from './pair-sets.ts';
import type { Scripted } from './scripted.ts';
import type { WasmState } from './state.ts';
import type { Team } from './team.ts';

/** @param milliseconds of the integrator in TypeScript */
export function statisticsOf(
  team: Team,
  state: WasmState,
  forces: Forces,
  scripted: Scripted,
  settings: ListSettings,
  milliseconds: number,
): PlatformStatistics {
  const { kernel } = team;
  const particles = state.mass.length;
  const times = doublesAt(kernel, kernel.times.value, layout.taskCount);
  const sum = (read: (set: number) => number) => forces.pairs.reduce((all, { set }) => all + read(set), 0);
  const lanes = layout.clusterSize * sum(kernel.setEntries);
  return {
    threads: team.workers.count,
    build: settings.relaxed ? 'relaxed' : 'plain',
    precision: settings.double ? 'double' : 'mixed',
    degreesOfFreedom: state.degreesOfFreedom,
    listBuilds: scripted.listBuilds + sum(kernel.setBuilds),
    listPrunes: sum(kernel.setAllPrunes),
    dangerousBuilds: sum(kernel.setDangerous),
    neighboursPerParticle: (2 * (scripted.pairs + lanes)) / particles,
    secondsByTask: {
      pairs: times[layout.taskPairs] / 1000,
      list: times[layout.taskList] / 1000,
      bonded: times[layout.taskBonded] / 1000,
      ...(times[layout.taskMesh] > 0 ? { mesh: times[layout.taskMesh] / 1000 } : {}),
      integrate: (times[layout.taskIntegrate] + milliseconds) / 1000,
      ...scripted.seconds(),
    },
    ...scripted.findings(),
  };
}
