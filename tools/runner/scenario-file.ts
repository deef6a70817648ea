/** From a scenario file to planned stages: read, plugins loaded, resolved, references found. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  applySet,
  InputError,
  parseScenario,
  type Registry,
  type ResolvedScenario,
  resolveScenario,
  type Settings,
  type StageReferenceSetting,
  type UnitSystem,
} from '../../engine/index.ts';
import { stageSeed } from './hash.ts';
import { loadRegistry, pluginNames } from './plugins.ts';
import { loadStageFolder, locateStageFolder } from './references.ts';
import { reason } from './stage-folder.ts';

/** A scenario as given, with the folder that its relative paths start from. */
export interface GivenScenario {
  readonly json: unknown;
  readonly folder: string;
}

/** Where an input of a planned stage is: an earlier stage of the same scenario, or a finished stage's folder (absolute). */
export interface PlannedInput {
  readonly where: string;
  /** What the scenario says: a name or a path. */
  readonly value: string;
  readonly location: { readonly stage: string } | { readonly folder: string };
}

export interface PlannedStage {
  readonly name: string;
  readonly do: string;
  readonly where: string;
  readonly units: UnitSystem;
  readonly seed: number;
  readonly settings: Settings;
  /** By property path such as `from` or `system.from`. */
  readonly inputs: Readonly<Record<string, PlannedInput>>;
}

export interface Plan {
  readonly name: string;
  readonly seed: number;
  readonly units: UnitSystem;
  readonly plugins: readonly string[];
  readonly stages: readonly PlannedStage[];
  readonly registry: Registry;
  readonly given: unknown;
  readonly resolved: unknown;
  readonly folder: string;
}

/** Reads a scenario file and applies `--set` assignments. @throws InputError with the file, line and column for bad JSON */
export async function readScenario(path: string, assignments: readonly string[] = []): Promise<GivenScenario> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InputError(path, `the scenario cannot be read: ${reason(error)}`);
  });
  let json = parseScenario(text, path);
  for (const assignment of assignments) json = applySet(json, assignment);
  return { json, folder: dirname(resolve(path)) };
}

/** Resolves a scenario: every setting validated, every reference found. @throws InputError at the first thing that is wrong */
export async function planScenario(given: GivenScenario, registry?: Registry): Promise<Plan> {
  const plugins = pluginNames(given.json);
  const filled = registry ?? (await loadRegistry(plugins, given.folder));
  const resolved = resolveScenario(given.json, filled);
  for (const stage of resolved.stages) filled.get('stage', stage.do).check?.(stage.settings, stage.where, filled, resolved.units);
  const names = resolved.stages.map((stage) => stage.name);
  const stages = resolved.stages.map((stage, i): PlannedStage => {
    const earlier = names.slice(0, i);
    const inputs: Record<string, PlannedInput> = {};
    for (const reference of stage.references) {
      inputs[reference.property] = locateInput(reference, earlier, given.folder);
    }
    return {
      name: stage.name,
      do: stage.do,
      where: stage.where,
      units: resolved.units,
      seed: stageSeed(resolved.seed, stage.name),
      settings: stage.settings,
      inputs,
    };
  });
  const { name, seed, units } = resolved;
  return {
    name,
    seed,
    units,
    plugins,
    stages,
    registry: filled,
    given: given.json,
    resolved: asScenario(resolved),
    folder: given.folder,
  };
}

/** The resolved scenario in the form of a scenario: it can be run as it is. */
function asScenario({ name, seed, units, plugins, stages }: ResolvedScenario): unknown {
  return { name, seed, units, plugins, stages: stages.map((stage) => ({ name: stage.name, do: stage.do, ...stage.settings })) };
}

/** An earlier stage of the scenario by name, else a finished stage's folder, whose kind must be one of those allowed. */
function locateInput(reference: StageReferenceSetting, earlier: readonly string[], folder: string): PlannedInput {
  const { where, value, kinds } = reference;
  if (earlier.includes(value)) return { where, value, location: { stage: value } };
  const found = locateStageFolder(value, folder, where, earlier);
  const { kind } = loadStageFolder(found, where).stage;
  if (kinds.length > 0 && !kinds.includes(kind))
    throw new InputError(where, `"${value}" is a stage of kind ${kind}; allowed here: ${kinds.join(', ')}`);
  return { where, value, location: { folder: found } };
}
