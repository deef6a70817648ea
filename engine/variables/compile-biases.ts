/** The `variables` and `biases` of a simulation: compiled, and put among the forces of its system. */
import { bathTemperature } from '../dynamics/describe.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import { InputError, nearest } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { unitConstants } from '../scenario/units.ts';
import { join } from '../scenario/validate.ts';
import type { FinishedStage } from '../stages/stage.ts';
import type { System } from '../system/system.ts';
import { AppendedFiles } from '../trajectory/appended-files.ts';
import type { BiasContext } from './bias.ts';
import { BiasForce, type ComponentPlace, type PlacedBias } from './bias-force.ts';
import { compileVariables, type VariableSet } from './compile.ts';
import { checkDisplacements } from './displacements.ts';
import { earlierBias } from './earlier-bias.ts';
import type { Variable } from './variable.ts';

/** The biases of a simulation as its stage sees them. */
export interface Biases {
  /** null where there are none. */
  readonly force: BiasForce | null;
  /** Files that grow while it runs. */
  readonly files: AppendedFiles;
  /** What biases had to say while they were compiled or since: the stage shows it. */
  readonly notes: string[];
}

export interface BiasedSystem {
  /** With the force of the biases, if there are any. */
  readonly system: System;
  readonly variables: VariableSet;
  readonly biases: Biases;
}

/** What compilation may use of the outside world. */
export interface BiasSurroundings {
  /** Path of the stage in the scenario. */
  readonly where: string;
  readonly registry: Registry;
  /** Steps before production. */
  readonly equilibration: number;
  readText(path: string): Promise<string>;
  /** The finished stage that a property of the stage, such as `biases.meta.from`, names; null where it is absent. */
  input(property: string): FinishedStage | null;
}

/**
 * @param settings resolved settings of the stage
 * @throws InputError for variables, atoms, files and settings that do not fit
 */
export async function addBiases(
  system: System,
  settings: Settings,
  dynamics: DynamicsDescription,
  around: BiasSurroundings,
): Promise<BiasedSystem> {
  const { registry, where } = around;
  const definitions = (settings.variables ?? {}) as Readonly<Record<string, Settings>>;
  const variables = await compileVariables(
    definitions,
    system.structure,
    registry,
    (path) => around.readText(path),
    join(where, 'variables'),
    (property) => around.input(property),
  );
  const biases: Biases = { force: null, files: new AppendedFiles(), notes: [] };
  const entries = Object.entries((settings.biases ?? {}) as Readonly<Record<string, Settings>>);
  if (entries.length === 0) return { system, variables, biases };
  const temperature = bathTemperature(dynamics, registry);
  const kT = temperature === null ? null : unitConstants(system.structure.units).boltzmann * temperature;
  const placed: PlacedBias[] = [];
  for (const [name, own] of entries) {
    const here = { ...around, definitions, where: join(join(where, 'biases'), name) };
    placed.push(await place(name, own, system, variables, biases, here, kT, dynamics));
  }
  const force = new BiasForce({
    variables: variables.variables,
    biases: placed,
    equilibration: around.equilibration,
    kT: kT ?? 0,
  });
  const description = { kind: 'custom', term: 'bias', label: 'bias', data: force } as const;
  return { system: { ...system, forces: [...system.forces, description] }, variables, biases: { ...biases, force } };
}

async function place(
  name: string,
  settings: Settings,
  system: System,
  { variables }: VariableSet,
  { files, notes }: Biases,
  around: BiasSurroundings & { readonly definitions: Readonly<Record<string, Settings>> },
  kT: number | null,
  { timestep, seed }: DynamicsDescription,
): Promise<PlacedBias> {
  const { where } = around;
  const places = findComponents(settings.variables as string[], variables, join(where, 'variables'));
  const components = places.map(({ variable, component }) => variables[variable].components[component]);
  let along: Float64Array | null = null;
  const context: BiasContext = {
    name,
    where,
    units: system.structure.units,
    components,
    kT,
    timestep,
    seed,
    forcesAlong() {
      checkDisplacements([...new Set(places.map(({ variable }) => variables[variable]))], system, where);
      along ??= new Float64Array(components.length);
      return along;
    },
    file: (file, header) => files.add(file, header, where),
    note: (line) => void notes.push(`${name}: ${line}`),
    stage: async (property) => around.input(`biases.${name}.${property}`),
    async earlier(property, layout) {
      const stage = around.input(`biases.${name}.${property}`);
      const used = places.map(({ variable }) => variables[variable].name);
      const later = { name, settings, used, definitions: around.definitions, units: system.structure.units, kT, layout };
      return stage && earlierBias(stage, later, around.registry, join(where, property));
    },
    readText: (path) => around.readText(path),
  };
  const bias = await around.registry.get('bias', settings.type as string, join(where, 'type')).compile(settings, context);
  return { name, bias, components: places, along };
}

/**
 * The components that names stand for: all of a variable, or one by its own name, such as `path.s`.
 * @throws InputError for a name that nothing has, and for a component that is named twice
 */
function findComponents(names: readonly string[], variables: readonly Variable[], where: string): ComponentPlace[] {
  const places: ComponentPlace[] = [];
  names.forEach((wanted, k) => {
    const whole = variables.findIndex((variable) => variable.name === wanted);
    const found = variables.flatMap(({ components }, variable) =>
      components.flatMap(({ name }, component) =>
        variable === whole || (whole < 0 && name === wanted) ? { variable, component } : [],
      ),
    );
    if (found.length === 0) throw new InputError(join(where, k), unknownVariable(wanted, variables));
    const twice = found.find((a) => places.some((b) => a.variable === b.variable && a.component === b.component));
    if (twice)
      throw new InputError(join(where, k), `names "${variables[twice.variable].components[twice.component].name}" twice`);
    places.push(...found);
  });
  return places;
}

function unknownVariable(wanted: string, variables: readonly Variable[]): string {
  if (variables.length === 0)
    return `there is no variable "${wanted}": the stage defines none. Add it under "variables", such as "${wanted}": { "type": "dihedral", "atoms": [4, 6, 8, 14] }`;
  const known = variables.map(({ name }) => name);
  const parent = variables.find(({ name }) => wanted.startsWith(`${name}.`));
  if (parent)
    return `"${parent.name}" has no component "${wanted}"; it has ${parent.components.map((component) => component.name).join(', ')}`;
  const near = nearest(wanted, known);
  return `there is no variable "${wanted}"${near ? `; did you mean "${near}"?` : '.'} Defined under "variables": ${known.join(', ')}`;
}
