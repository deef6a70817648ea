/** The system that a simulate stage would start from, built here and now: for `md check` and `md energy`. */
import { join } from 'node:path';
import { describeDynamics } from '../../engine/dynamics/describe.ts';
import { placedIn } from '../../engine/errors.ts';
import { buildSystem, type Context, type FinishedStage, InputError, type Settings, type System } from '../../engine/index.ts';
import { startingTemperature } from '../../engine/stages/start.ts';
import { addBiases } from '../../engine/variables/compile-biases.ts';
import { isFinished } from './cache.ts';
import { fileReader } from './files.ts';
import { readManifest } from './manifest.ts';
import { loadRecord, loadStageFolder } from './references.ts';
import type { Plan, PlannedInput, PlannedStage } from './scenario-file.ts';

/** Whether a stage simulates, that is, has a `system`. */
export function hasSystem(stage: PlannedStage): boolean {
  return typeof stage.settings.system === 'object' && stage.settings.system !== null;
}

/**
 * The finished stage that an input means, or null if it is a stage of this scenario that is not finished in `runFolder`.
 * Whether its inputs have changed since is not asked.
 */
export function finishedInput(input: PlannedInput, runFolder: string): FinishedStage | null {
  if ('folder' in input.location) return loadStageFolder(input.location.folder, input.where).stage;
  const { stage: name } = input.location;
  const record = readManifest(runFolder)?.stages.find((stored) => stored.name === name);
  return isFinished(runFolder, record) ? loadRecord(runFolder, record, join(runFolder, name)) : null;
}

/** Builds the system of a stage. @throws InputError for a missing file, parameter or unfinished input */
export async function startingSystem(plan: Plan, stage: PlannedStage, runFolder: string): Promise<System> {
  const where = stage.where === '' ? 'system' : `${stage.where}.system`;
  const readText = fileReader(plan.folder, () => {});
  const system = await buildSystem(
    stage.settings.system as Settings,
    {
      units: stage.units,
      seed: stage.seed,
      where,
      readText,
      async stage(name) {
        const input = Object.values(stage.inputs).find((candidate) => candidate.value === name);
        const finished = input && finishedInput(input, runFolder);
        if (!finished) throw new InputError(where, `the stage "${name}" is not finished yet; run it first: md run`);
        return finished;
      },
    },
    plan.registry,
  );
  if (stage.do !== 'simulate') return system;
  const dynamics = describeDynamics(stage.settings.dynamics as Settings, stage.seed);
  const biased = await addBiases(system, stage.settings, dynamics, {
    where: stage.where,
    registry: plan.registry,
    equilibration: 0,
    readText,
    input(property) {
      const input = stage.inputs[property];
      const finished = input ? finishedInput(input, runFolder) : null;
      if (input && !finished)
        throw new InputError(input.where, `the stage "${input.value}" is not finished yet; run it first: md run`);
      return finished;
    },
  });
  return biased.system;
}

/** Compiles a system on the reference platform, which refuses what it cannot compute (a box smaller than twice the cut-off). */
export async function compileStart(plan: Plan, stage: PlannedStage, system: System): Promise<Context> {
  // Energies and forces do not depend on the dynamics; without any the plainest will do.
  const dynamics = (stage.settings.dynamics as Settings | undefined) ?? { integrator: 'velocity-verlet', timestep: 0.001 };
  try {
    const platform = plan.registry.get('platform', 'reference');
    return await platform.compile(system, describeDynamics(dynamics, stage.seed), plan.registry);
  } catch (error) {
    throw placedIn(stage.where, error);
  }
}

/** Refuses a simulation of which nothing says how warm it starts. @throws InputError */
export function checkStart({ registry }: Plan, { settings, where, seed, do: kind }: PlannedStage, system: System): void {
  if (kind === 'simulate')
    startingTemperature(
      system.velocities !== null,
      describeDynamics(settings.dynamics as Settings, seed),
      settings,
      where,
      registry,
    );
}
