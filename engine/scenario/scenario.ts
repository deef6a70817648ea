/** What a scenario is, before and after it is resolved: its own properties, and the stages that come out. */
import type { Schema, Settings } from './schema.ts';
import type { UnitSystem } from './units.ts';
import type { StageReferenceSetting } from './validate.ts';

export interface ResolvedStage {
  readonly name: string;
  /** Registry name of the stage's kind. */
  readonly do: string;
  /** JSON path of the stage in the scenario; empty for a scenario without `stages`. */
  readonly where: string;
  /** Fully resolved plain JSON. */
  readonly settings: Settings;
  /** Settings that name another stage, in the order in which they stand. */
  readonly references: readonly StageReferenceSetting[];
}

export interface ResolvedScenario {
  readonly name: string;
  readonly seed: number;
  readonly units: UnitSystem;
  readonly plugins: readonly string[];
  readonly stages: readonly ResolvedStage[];
  /** The scenario as it was given. */
  readonly raw: unknown;
}

/** The properties of a scenario itself; `stages` or the properties of one `simulate` stage come beside them. */
export const scenarioProperties: Readonly<Record<string, Schema>> = {
  $schema: { type: 'string', description: 'The JSON Schema by which editors complete this file.' },
  name: { type: 'string', description: 'Name of the scenario and of its run folder.' },
  description: { type: 'string', description: 'What the scenario is for; printed by the run and its report.' },
  seed: { type: 'integer', minimum: 0, default: 1, description: 'All randomness of the run follows from it.' },
  units: { enum: ['md', 'lj'], default: 'md', description: 'md: nm, ps, Da, kJ/mol, K, e, rad, bar. lj: reduced units.' },
  plugins: { type: 'array', items: { type: 'string' }, default: [], description: 'npm packages or paths of plugins to load.' },
};

/** The kind of the only stage of a scenario without `stages`, and its name. */
export const singleStage = 'simulate';
