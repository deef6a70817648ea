/** The `variables` of a simulation: compiled in the order of the scenario, evaluated for the log. */
import { InputError, nearest } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { join } from '../scenario/validate.ts';
import type { FinishedStage } from '../stages/stage.ts';
import type { Box } from '../system/box.ts';
import { readStructure } from '../system/formats/read.ts';
import type { Structure } from '../system/system.ts';
import { type Component, hasPullBack, type Variable } from './variable.ts';

/** Variables by name, with room for their values. */
export class VariableSet {
  readonly variables: readonly Variable[];
  readonly components: readonly Component[];
  private readonly values: readonly Float64Array[];
  private readonly gradients: readonly Float64Array[];

  constructor(variables: readonly Variable[]) {
    this.variables = variables;
    this.components = variables.flatMap((variable) => variable.components);
    this.values = variables.map((variable) => new Float64Array(variable.components.length));
    this.gradients = variables.map((variable) =>
      hasPullBack(variable) ? new Float64Array(0) : new Float64Array(3 * variable.components.length * variable.atoms.length),
    );
  }

  /** What variables have to say at the end of a run. */
  remarks(): string[] {
    return this.variables.flatMap((variable) => (variable.remarks?.() ?? []).map((line) => `${variable.name}: ${line}`));
  }

  /** The values of all components, in order. */
  evaluate(positions: Float64Array, box: Box): number[] {
    return this.variables.flatMap((variable, k) => {
      if (hasPullBack(variable)) variable.valuesAt(positions, box, this.values[k]);
      else variable.evaluate(positions, box, this.values[k], this.gradients[k]);
      return [...this.values[k]];
    });
  }
}

/**
 * @param settings resolved: an object with a `type` for each name
 * @param readText reads a file beside the scenario
 * @param input the finished stage that a property of this stage, such as `variables.xi.from`, names
 * @throws InputError for atoms, variables or files that there are not
 */
export async function compileVariables(
  settings: Readonly<Record<string, Settings>>,
  structure: Structure,
  registry: Registry,
  readText: (path: string) => Promise<string>,
  where: string,
  input: (property: string) => FinishedStage | null = () => null,
): Promise<VariableSet> {
  const compiled = new Map<string, Variable>();
  for (const [name, own] of Object.entries(settings)) {
    const path = join(where, name);
    const reference = typeof own.reference === 'string' ? own.reference : null;
    const positions = reference === null ? null : await referencePositions(reference, structure, readText, path);
    const variable = (other: string): Variable => {
      const found = compiled.get(other);
      if (found) return found;
      const near = nearest(other, [...compiled.keys()]);
      throw new InputError(
        path,
        `there is no variable "${other}" before "${name}"${near ? `; did you mean "${near}"?` : ''} A variable uses those defined before it`,
      );
    };
    const kind = registry.get('variable', own.type as string, join(path, 'type'));
    const stage = (property: string): FinishedStage | null => input(join(join('variables', name), property));
    const loaded = (await kind.load?.(own, { where: path, readText, stage })) ?? null;
    compiled.set(name, kind.compile(name, own, { structure, where: path, variable, reference: positions, loaded, registry }));
  }
  return new VariableSet([...compiled.values()]);
}

async function referencePositions(
  path: string,
  structure: Structure,
  readText: (path: string) => Promise<string>,
  where: string,
): Promise<Float64Array> {
  const options = { units: structure.units, bonds: 'none' as const, massesElsewhere: true };
  return readStructure(await readText(path), path, options, join(where, 'reference')).positions;
}
