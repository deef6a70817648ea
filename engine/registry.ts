/** Names to things: everything a scenario can name is found here, and plugins add to it. */

import type { BarostatKind } from './dynamics/barostat.ts';
import type { IntegratorKind, ThermostatKind } from './dynamics/dynamics.ts';
import { InputError, nearest } from './errors.ts';
import type { BondedTerm, CoulombMethod, CustomForceKind, FieldTerm, PairTerm } from './forces/terms.ts';
import type { PlatformKind } from './platforms/platform.ts';
import type { Schema } from './scenario/schema.ts';
import type { StageKind } from './stages/stage.ts';
import type { SystemBuilder } from './system/builder.ts';
import type { BiasKind } from './variables/bias.ts';
import type { VariableKind } from './variables/variable.ts';

/** How far an entry can be trusted; every run prints the status of what it uses. */
export type Status = 'validated' | 'pending' | 'experimental';

/** What every registered thing says of itself. `schema` describes its settings in a scenario. */
export interface Described {
  /** The name used in a scenario; also the name of its file and of its page in the docs. */
  readonly name: string;
  /** One sentence: what it is. */
  readonly summary: string;
  readonly status: Status;
  readonly schema: Schema;
}

/**
 * The kinds of things there are. A plugin adds a kind of its own by declaration merging:
 * `declare module '<engine>/registry.ts' { interface RegistryKinds { model: ModelKind } }`.
 */
export interface RegistryKinds {
  stage: StageKind;
  builder: SystemBuilder;
  platform: PlatformKind;
  integrator: IntegratorKind;
  thermostat: ThermostatKind;
  barostat: BarostatKind;
  bonded: BondedTerm;
  pair: PairTerm;
  field: FieldTerm;
  coulomb: CoulombMethod;
  force: CustomForceKind;
  variable: VariableKind;
  bias: BiasKind;
}
export type RegistryKind = keyof RegistryKinds;

/** A plugin: an npm package whose export `plugin` is one of these, or one of the project's own. */
export interface Plugin {
  readonly name: string;
  register(registry: Registry): void;
}

export class Registry {
  private readonly entries = new Map<string, Map<string, Described>>();

  /** Adds an entry. Throws InputError if the name is taken, so that two plugins cannot shadow each other. */
  add<K extends RegistryKind>(kind: K, entry: RegistryKinds[K]): void {
    const ofKind = this.entries.get(kind) ?? new Map<string, Described>();
    if (ofKind.has(entry.name))
      throw new InputError('', `two plugins register the ${kind} "${entry.name}"; load only one of them`);
    ofKind.set(entry.name, entry);
    this.entries.set(kind, ofKind);
  }

  has(kind: RegistryKind, name: string): boolean {
    return this.entries.get(kind)?.has(name) ?? false;
  }

  /** The entry, or an InputError at `where` that names the nearest and all known names. */
  get<K extends RegistryKind>(kind: K, name: string, where = ''): RegistryKinds[K] {
    const found = this.entries.get(kind)?.get(name);
    if (found) return found as RegistryKinds[K];
    const known = this.names(kind);
    const near = nearest(name, known);
    throw new InputError(
      where,
      `no ${kind} is called "${name}"; ${near ? `did you mean "${near}"? ` : ''}known: ${known.length ? known.join(', ') : 'none'}`,
    );
  }

  list<K extends RegistryKind>(kind: K): RegistryKinds[K][] {
    return [...(this.entries.get(kind)?.values() ?? [])] as RegistryKinds[K][];
  }

  names(kind: RegistryKind): string[] {
    return this.list(kind).map((entry) => entry.name);
  }

  kinds(): RegistryKind[] {
    return [...this.entries.keys()] as RegistryKind[];
  }
}
