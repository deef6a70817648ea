/** The schema language of scenario settings: JSON Schema plus three keywords, from which validation, defaults and editor completion follow. */

/** Physical dimensions that a quantity in a scenario can have; `units.ts` maps them to units. */
export type Dimension =
  | 'length'
  | 'time'
  | 'mass'
  | 'energy'
  | 'temperature'
  | 'charge'
  | 'pressure'
  | 'angle'
  | 'density' // mass density in md units (g/cm3 -> Da nm-3), number density in lj units
  | 'concentration' // amount/volume: mol/L in md units, number density in lj units
  | 'rate' // 1/time
  | 'force-constant' // energy/length^2
  | 'angular-force-constant' // energy/rad^2
  | 'force' // energy/length
  | 'velocity' // length/time
  | 'inverse-length'
  | 'dimensionless';

/**
 * A JSON Schema object (draft-07 subset used by ajv) with three additions.
 *
 * * `quantity: D` — a number in the scenario's units or a string with a unit; the resolved scenario holds the number.
 * * `registered: { kind, key, implied? }` — an object that names an entry of the registry under `key`; the entry's own schema
 *   describes its other properties. `implied` maps a property whose presence decides the entry when `key` is absent.
 *   `properties` beside it are those that the object may have whatever the entry.
 * * `reference: 'stage'` — the name of an earlier stage, or a path to the folder of a finished one. `stage` lists the kinds allowed.
 *
 * Objects are closed: a property that is not listed is an error with the nearest known name. `default` fills what is absent.
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  /** Properties of any name, each described by this schema (for maps such as parameters by name). */
  readonly additionalProperties?: Schema;
  /** The value may have any of these forms; the first that fits is taken. */
  readonly anyOf?: readonly Schema[];
  readonly quantity?: Dimension;
  readonly registered?: {
    readonly kind: string;
    readonly key: string;
    readonly implied?: Readonly<Record<string, string>>;
  };
  readonly reference?: { readonly stage: readonly string[] };
}

/** Settings after validation: quantities are numbers, defaults are filled, registered objects carry their `key`. */
export type Settings = Readonly<Record<string, unknown>>;
