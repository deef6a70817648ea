/** Finished simulations as free energies need them: variables and biases by time, and what the biases were. */
import {
  bathTemperature,
  type Component,
  type Dimension,
  describeDynamics,
  type FieldsTable,
  type FinishedStage,
  fieldNumber,
  InputError,
  parseFields,
  type Registry,
  readLog,
  type Settings,
  unitConstants,
  unitOf,
} from '../../engine/index.ts';

/** Rows of COLVAR from `first` on; earlier ones are discarded. */
export interface BiasedRun {
  readonly stage: FinishedStage;
  readonly table: FieldsTable;
  readonly components: ReadonlyMap<string, Component>;
  readonly first: number;
  readonly rows: number;
  readonly kT: number;
  readonly timestep: number;
  /** Settings of its biases by name. */
  readonly biases: Readonly<Record<string, Settings>>;
}

const dimensions: readonly Dimension[] = ['length', 'angle', 'energy'];

/**
 * @param discard time at the beginning that is left out
 * @throws InputError at `where` for a stage without variables, or without a heat bath
 */
export async function loadRun(stage: FinishedStage, discard: number, registry: Registry, where: string): Promise<BiasedRun> {
  if (!stage.folder.exists('COLVAR'))
    throw new InputError(where, `the stage "${stage.name}" has no COLVAR: its simulation had no "variables"`);
  const table = parseFields(await stage.folder.readText('COLVAR'), `${stage.name}/COLVAR`);
  const dynamics = describeDynamics(stage.settings.dynamics as Settings, 0);
  const temperature = bathTemperature(dynamics, registry);
  if (temperature === null)
    throw new InputError(where, `the stage "${stage.name}" had no heat bath: without a temperature there are no free energies`);
  const { units } = readLog(`${stage.folder.path}/log.csv`);
  const components = new Map<string, Component>();
  const [bias] = Object.keys((stage.settings.biases ?? {}) as object);
  const reports = table.fields.indexOf(`${bias}.bias`);
  // Variables stand before what biases report; a bias may have the name of a variable.
  for (const name of table.fields.slice(1, reports < 0 ? undefined : reports)) {
    const [from, to] = [table.constants[`min_${name}`], table.constants[`max_${name}`]];
    components.set(name, {
      name,
      dimension: dimensions.find((d) => units[name] !== '' && unitOf(d, stage.units) === units[name]) ?? 'dimensionless',
      period: from !== undefined && to !== undefined ? { from: fieldNumber(from), to: fieldNumber(to) } : null,
    });
  }
  const first = table.columns.time.findIndex((time) => time >= discard);
  if (first < 0 || table.rows - first < 10)
    throw new InputError(
      where,
      `the stage "${stage.name}" has ${first < 0 ? 0 : table.rows - first} rows in its log after the part that is discarded; there must be at least 10`,
    );
  return {
    stage,
    table,
    components,
    first,
    rows: table.rows - first,
    kT: unitConstants(stage.units).boltzmann * temperature,
    timestep: dynamics.timestep,
    biases: (stage.settings.biases ?? {}) as Readonly<Record<string, Settings>>,
  };
}

/** A column of a run. @throws InputError at `where` naming what there is */
export function column({ table, stage }: BiasedRun, name: string, where: string): Float64Array {
  const found = table.columns[name];
  if (found) return found;
  throw new InputError(
    where,
    `the stage "${stage.name}" has no column "${name}" in its COLVAR; it has ${table.fields.join(', ')}`,
  );
}

/** The components of that name. @throws InputError as above */
export function componentsOf({ components, stage }: BiasedRun, names: readonly string[], where: string): Component[] {
  return names.map((name) => {
    const found = components.get(name);
    if (found) return found;
    throw new InputError(
      where,
      `the stage "${stage.name}" has no variable "${name}"; it has ${[...components.keys()].join(', ') || 'none'}`,
    );
  });
}

/** Components of a bias, in its order: those of its variables, which may have several each. */
export function biasComponents(run: BiasedRun, settings: Settings): string[] {
  return (settings.variables as string[]).flatMap((name) => {
    const parts = [...run.components.keys()].filter((known) => known.startsWith(`${name}.`));
    return run.components.has(name) ? [name] : parts;
  });
}
