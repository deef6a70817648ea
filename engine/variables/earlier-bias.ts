/** The bias that an earlier stage had, as it was when the stage ended: what one of a later stage can begin with. */
import { bathTemperature, describeDynamics } from '../dynamics/describe.ts';
import { InputError } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import { type UnitSystem, unitConstants } from '../scenario/units.ts';
import type { FinishedStage } from '../stages/stage.ts';
import { readCheckpoint } from '../trajectory/checkpoint.ts';
import { isJoined, stateOf } from './bias-states.ts';

export interface EarlierBias {
  readonly stage: FinishedStage;
  readonly name: string;
  /** Its resolved settings. */
  readonly settings: Settings;
  /** What its `save` returned after the last step. */
  readonly state: Float64Array;
}

/** The bias that is to begin with another one. */
interface LaterBias {
  readonly name: string;
  readonly settings: Settings;
  /** Names of its variables, and the settings `variables` of its stage. */
  readonly used: readonly string[];
  readonly definitions: Readonly<Record<string, Settings>>;
  readonly units: UnitSystem;
  readonly kT: number | null;
  /** Of its `save`. */
  readonly layout: number;
}

/**
 * The bias of a stage that is of the same type, over the same variables in the same order; where there are several, that of the same name.
 * @throws InputError at `where` if there is none, or the stage is in other units, at another temperature, with other definitions of these variables, or of another
 * version of the program
 */
export function earlierBias(stage: FinishedStage, later: LaterBias, registry: Registry, where: string): EarlierBias {
  if (stage.units !== later.units)
    throw new InputError(where, `the stage "${stage.name}" is in "${stage.units}" units, this one in "${later.units}"`);
  const biases = (stage.settings.biases ?? {}) as Readonly<Record<string, Settings>>;
  const name = chosen(stage.name, biases, later, where);
  checkVariables(stage, later, where);
  checkTemperature(stage, later, registry, where);
  const checkpoint = readCheckpoint(stage.folder.path, null);
  const states = Object.values(checkpoint?.snapshot ?? {}).filter((part) => typeof part !== 'number');
  const joined = states.reverse().find(isJoined);
  if (!joined)
    throw new InputError(
      where,
      `the stage "${stage.name}" has no state of its biases in ${stage.folder.path}/checkpoint.bin; run it again`,
    );
  const names = Object.keys(biases);
  return {
    stage,
    name,
    settings: biases[name],
    state: stateOf(joined, names.indexOf(name), names.length, later.layout, stage.name),
  };
}

function chosen(stage: string, biases: Readonly<Record<string, Settings>>, { name, settings }: LaterBias, where: string): string {
  const over = ({ variables }: Settings): string => (variables as readonly string[]).join(', ');
  const fitting = Object.keys(biases).filter(
    (each) => biases[each].type === settings.type && over(biases[each]) === over(settings),
  );
  if (fitting.includes(name)) return name;
  if (fitting.length === 1) return fitting[0];
  const known = Object.entries(biases).map(([each, own]) => `"${each}" (${own.type as string} over ${over(own)})`);
  throw new InputError(
    where,
    `the stage "${stage}" has ${fitting.length === 0 ? 'no bias' : 'several biases'} of the type "${settings.type as string}" over ${over(settings)}` +
      `${fitting.length === 0 ? '' : `, none of them called "${name}"`}; it has ${known.join(', ') || 'none'}`,
  );
}

function checkVariables(stage: FinishedStage, { used, definitions }: LaterBias, where: string): void {
  const before = (stage.settings.variables ?? {}) as Readonly<Record<string, Settings>>;
  for (const name of withParts(used, definitions)) {
    const [then, now] = [before[name], definitions[name]].map((definition) => JSON.stringify(definition));
    if (then !== now)
      throw new InputError(
        where,
        `the variable "${name}" of the stage "${stage.name}" is another one: ${then} there, ${now} here`,
      );
  }
}

/** Variables and those that they are made of: what their settings name, whole or by component. */
function withParts(names: readonly string[], definitions: Readonly<Record<string, Settings>>): ReadonlySet<string> {
  const all = new Set(names);
  for (const name of all)
    for (const [, word] of JSON.stringify(definitions[name]).matchAll(/"([^"]*)"/g))
      for (const known of Object.keys(definitions)) if (word === known || word.startsWith(`${known}.`)) all.add(known);
  return all;
}

function checkTemperature(stage: FinishedStage, { kT }: LaterBias, registry: Registry, where: string): void {
  const temperature = bathTemperature(describeDynamics(stage.settings.dynamics as Settings, 0), registry);
  const { boltzmann } = unitConstants(stage.units);
  if (temperature !== null && kT !== null && Math.abs(boltzmann * temperature - kT) < 1e-9 * kT) return;
  if (temperature === null && kT === null) return;
  const said = (value: number | null): string => (value === null ? 'without a heat bath' : `at ${Number(value.toPrecision(6))}`);
  throw new InputError(
    where,
    `the stage "${stage.name}" is ${said(temperature)}, this one ${said(kT === null ? null : kT / boltzmann)}: a bias is one of its temperature`,
  );
}
