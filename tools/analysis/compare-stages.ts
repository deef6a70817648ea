/** Comparing two finished simulations: which files hold them, and through which mapping the reference is seen. */
import { type FinishedStage, InputError, openTrajectory, type Trajectory } from '../../engine/index.ts';
import { MappedTrajectory, readMapping } from '../../plugins/coarse-graining/index.ts';
import { type CompareOptions, compareTrajectories, type Side } from './compare.ts';
import type { PressureAverage } from './compare-dynamics.ts';
import type { Comparison } from './comparison.ts';
import { moleculeCount } from './frames.ts';

export interface CompareStagesOptions extends CompareOptions {
  /** The mapping to see the reference through; found from the candidate's potential when absent. */
  readonly mapping?: FinishedStage | undefined;
  readonly progress?: (done: number, total: number, text: string) => void;
}

/**
 * Compares the finished simulations `reference` and `candidate`. If only the candidate was simulated from a trained potential, the
 * reference is turned into sites with the mapping that the potential was trained on.
 * Throws InputError for a stage without a trajectory, or if the two have no kind of particle in common.
 */
export async function compareStages(
  reference: FinishedStage,
  candidate: FinishedStage,
  options: CompareStagesOptions = {},
): Promise<Comparison> {
  const mapping = options.mapping ?? (mappingBehind(reference) ? undefined : mappingBehind(candidate));
  const opened: Trajectory[] = [];
  try {
    const a = await open(reference, opened);
    const b = await open(candidate, opened);
    const seen = mapping ? new MappedTrajectory(a, await readMapping(mapping)) : a;
    const left = await side(reference, seen, moleculeCount(a.structure));
    const right = await side(candidate, b, moleculeCount(b.structure));
    return compareTrajectories(left, right, options, mapping?.name ?? null, options.progress);
  } finally {
    for (const trajectory of opened) trajectory.close();
  }
}

/** The mapping stage behind a simulation of coarse-grained sites: through the stages its system came from. */
export function mappingBehind(stage: FinishedStage): FinishedStage | undefined {
  let source = stage.inputs['system.from'];
  while (source) {
    if (source.inputs.mapping) return source.inputs.mapping;
    source = source.inputs['system.from'];
  }
  return undefined;
}

async function open(stage: FinishedStage, opened: Trajectory[]): Promise<Trajectory> {
  if (!stage.folder.exists('trajectory.h5'))
    throw new InputError(
      stage.name,
      `the stage "${stage.name}" (${stage.kind}) has no trajectory.h5; only simulations that stored frames can be compared`,
    );
  const trajectory = await openTrajectory(stage.folder.path);
  opened.push(trajectory);
  return trajectory;
}

async function side(stage: FinishedStage, trajectory: Trajectory, molecules: number): Promise<Side> {
  const summary = stage.folder.exists('summary.json')
    ? (JSON.parse(await stage.folder.readText('summary.json')) as Record<string, unknown>)
    : {};
  const speed = simulatedTimePerDay(stage, summary);
  return { name: stage.name, trajectory, speed: speed === null ? null : speed * molecules, pressure: pressureOf(summary) };
}

/** ns per day of wall time (tau per day in reduced units) of a finished simulation, from its summary; null if it does not say. */
function simulatedTimePerDay(stage: FinishedStage, { stepsPerSecond, nsPerDay }: Record<string, unknown>): number | null {
  const timestep = (stage.settings.dynamics as Record<string, unknown> | undefined)?.timestep;
  if (typeof stepsPerSecond === 'number' && typeof timestep === 'number')
    return stepsPerSecond * timestep * 86400 * (stage.units === 'md' ? 1e-3 : 1);
  return typeof nsPerDay === 'number' ? nsPerDay : null;
}

function pressureOf(summary: Record<string, unknown>): PressureAverage | null {
  const averages = (summary.averages ?? {}) as Record<string, Partial<PressureAverage> | undefined>;
  const { pressure } = averages;
  return typeof pressure?.mean === 'number' ? { mean: pressure.mean, error: pressure.error ?? null } : null;
}
