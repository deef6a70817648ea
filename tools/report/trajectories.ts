/** Opens the trajectories of a run for the report; one that is absent or cannot be read is no error. */
import type { Trajectory } from '../../engine/index.ts';
import { has } from './read.ts';
import type { StageView } from './run.ts';

/** Calls `use` with the stage's trajectory and closes it; null if there is none, it is empty, or reading it fails. */
export async function withTrajectory<T>(stage: StageView, use: (trajectory: Trajectory) => T): Promise<T | null> {
  if (!has(stage.folder, 'structure.json') && !has(stage.folder, 'trajectory.h5')) return null;
  let trajectory: Trajectory | null = null;
  try {
    const { openTrajectory } = await import('../../engine/index.ts');
    trajectory = await openTrajectory(stage.folder);
    return trajectory.length > 0 ? use(trajectory) : null;
  } catch {
    return null;
  } finally {
    trajectory?.close();
  }
}
