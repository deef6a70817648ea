/** Settings that biases share: numbers a component with their units, intervals, and the temperature. */
import {
  type BiasContext,
  type Component,
  type Dimension,
  InputError,
  parseQuantity,
  type Schema,
  type Settings,
  wholeSteps,
} from '../../engine/index.ts';

/** A number for all components, or a list of one each; strings carry units. */
export function perComponentSchema(description: string): Schema {
  return {
    anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'array', items: { type: ['number', 'string'] }, minItems: 1 }],
    description: `${description}: a number, or a list of one for each component; in the unit of the variable, or with a unit.`,
  };
}

/** energy/unit^2 of a component: what a spring along it is measured in. */
export function springDimension({ dimension }: Component): Dimension {
  if (dimension === 'length') return 'force-constant';
  return dimension === 'angle' ? 'angular-force-constant' : 'energy';
}

const own = ({ dimension }: Component): Dimension => dimension;

/**
 * One number a component of what was set with `perComponentSchema`.
 * @throws InputError at `key` for a list of another length, and for units that do not fit
 */
export function perComponent(
  settings: Settings,
  key: string,
  { components, where, units }: Pick<BiasContext, 'components' | 'where' | 'units'>,
  dimensionOf: (component: Component) => Dimension = own,
): Float64Array {
  const value = settings[key] as number | string | readonly (number | string)[];
  const list = Array.isArray(value) ? (value as readonly (number | string)[]) : components.map(() => value as number | string);
  if (list.length !== components.length)
    throw new InputError(
      `${where}.${key}`,
      `has ${list.length} values; the variables have ${components.length} components (${components.map((c) => c.name).join(', ')})`,
    );
  return Float64Array.from(list, (item, k) => parseQuantity(item, dimensionOf(components[k]), units, `${where}.${key}`));
}

/** The same where every number must be greater than 0. */
export function positivePerComponent(
  settings: Settings,
  key: string,
  context: BiasContext,
  dimensionOf?: (component: Component) => Dimension,
): Float64Array {
  const values = perComponent(settings, key, context, dimensionOf);
  for (const value of values)
    if (!(value > 0)) throw new InputError(`${context.where}.${key}`, `must be greater than 0; found ${value}`);
  return values;
}

/** Settings of an interval: a time, or steps. */
export function intervalSchema(what: string): Readonly<Record<'every' | 'everySteps', Schema>> {
  return {
    every: { quantity: 'time', exclusiveMinimum: 0, description: `Time between ${what}; or give \`everySteps\`.` },
    everySteps: { type: 'integer', minimum: 1, description: `Steps between ${what}.` },
  };
}

/** Steps of an interval. @throws InputError where both or neither are given */
export function intervalSteps(settings: Settings, { where, timestep }: BiasContext): number {
  const time = settings.every as number | undefined;
  const steps = settings.everySteps as number | undefined;
  if (time !== undefined && steps !== undefined)
    throw new InputError(where, 'found both "every" and "everySteps"; give one of them');
  if (time !== undefined) return wholeSteps(time, timestep, `${where}.every`);
  if (steps === undefined) throw new InputError(where, 'does not say how often: give "every": "1 ps", or "everySteps": 500');
  return steps;
}

/** kT of the heat bath. @throws InputError where there is none */
export function thermalEnergy({ kT, where }: BiasContext): number {
  if (kT !== null) return kT;
  throw new InputError(
    where,
    'needs a temperature, but the dynamics has no heat bath: use "integrator": "langevin", or a thermostat',
  );
}

/** The component names of a file, with what they are called there. */
export function names({ components }: BiasContext): string[] {
  return components.map(({ name }) => name);
}

/**
 * Text of a file that `restart` names.
 * @param what is in it, and how a run calls its own
 * @throws InputError if it cannot be read
 */
export async function readRestart(
  path: string,
  what: string,
  file: string,
  { readText, where }: Pick<BiasContext, 'readText' | 'where'>,
): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    throw new InputError(
      `${where}.restart`,
      `the ${what} to start from are not there: "${path}" cannot be read. Name the file ${file} of the earlier run, or leave "restart" out`,
      { cause },
    );
  }
}
