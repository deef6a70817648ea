/** How a scenario's `system` becomes an assembly: one builder a kind of source (file, pack, lattice, ring, an earlier stage). */
import type { Described } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { FinishedStage } from '../stages/stage.ts';
import type { Assembly } from './system.ts';

/** What a builder may use of the outside world. */
export interface BuildContext {
  readonly units: UnitSystem;
  readonly seed: number;
  /** The JSON path of the system in the scenario, for error messages. */
  readonly where: string;
  /** Text of a file named in the scenario (relative to the scenario file, or the name of a file the package ships). */
  readText(path: string): Promise<string>;
  /** An earlier stage, or the folder of a finished one. */
  stage(name: string): Promise<FinishedStage>;
  /** The finished stage that a property of the stage names, by its path such as `biases.meta.from`; null where nothing does. */
  input?(property: string): FinishedStage | null;
}

export interface SystemBuilder extends Described {
  build(settings: Settings, context: BuildContext): Promise<Assembly>;
}
