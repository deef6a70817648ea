/** The system of a finished atomistic run, built again so that its atoms can be moved with the forces that they had. */
import {
  buildSystem,
  type FinishedStage,
  InputError,
  type Settings,
  type StageContext,
  type System,
} from '../../engine/index.ts';

/**
 * Structure and forces as in the run, without its constraints: where the force field has terms for the bonds that were held, they act.
 * @throws InputError if the system cannot be built from here: a file or a stage is not there any more
 */
export async function atomisticSystem(atoms: FinishedStage, stage: StageContext): Promise<System> {
  const { constraints: _, ...settings } = atoms.settings.system as Settings;
  const where = `${stage.where} (the system of "${atoms.name}")`;
  const build = {
    units: atoms.units,
    seed: stage.seed,
    where,
    readText: (path: string) => stage.readText(path),
    async stage(name: string) {
      const found = atoms.inputs['system.from'];
      if (!found) throw new InputError(where, `the stage "${name}" that it was made from is not there any more`);
      return found;
    },
  };
  return buildSystem(settings, build, stage.registry);
}
