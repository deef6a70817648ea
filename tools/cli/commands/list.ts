/** `md list`: everything a scenario can name, and the settings of each. */
import {
  type BondedTerm,
  type Described,
  describeQuantity,
  InputError,
  nearest,
  type Parameter,
  type Registry,
  type RegistryKind,
  type Schema,
} from '../../../engine/index.ts';
import { describe } from '../../../engine/scenario/validate.ts';
import { loadRegistry } from '../../runner/plugins.ts';
import { exitCodes } from '../exit.ts';
import { table, wrap } from '../format.ts';

const lineWidth = 110;

export async function list(
  kind: string | undefined,
  name: string | undefined,
  flags: { readonly plugin?: readonly string[] },
): Promise<number> {
  const registry = await loadRegistry(flags.plugin);
  process.stdout.write(`${listing(registry, kind, name)}\n`);
  return exitCodes.done;
}

/** The text of `md list [kind [name]]`. @throws InputError for an unknown kind or name */
export function listing(registry: Registry, kind?: string, name?: string): string {
  if (kind === undefined)
    return `${registry
      .kinds()
      .map((each) => entriesOf(registry, each))
      .join('\n\n')}\n\nSettings: md list <kind> <name>`;
  const known = registry.kinds();
  if (!known.includes(kind as RegistryKind)) {
    const near = nearest(kind, known);
    throw new InputError('', `there is no kind "${kind}"; ${near ? `did you mean "${near}"? ` : ''}kinds: ${known.join(', ')}`);
  }
  if (name === undefined) return entriesOf(registry, kind as RegistryKind);
  return describeEntry(registry, kind, registry.get(kind as RegistryKind, name));
}

function entriesOf(registry: Registry, kind: RegistryKind): string {
  const rows = registry.list(kind).map((entry: Described) => [entry.name, entry.status, entry.summary]);
  return `${kind}\n${table(rows)}`;
}

function describeEntry(registry: Registry, kind: string, entry: Described): string {
  const parts = [`${entry.name} (${kind}, ${entry.status})\n${wrap(entry.summary, lineWidth, '  ')}`];
  const uses = usesOf(registry, kind, entry);
  if (uses.length > 0) parts.push(`In a scenario:\n${uses.map((use) => `  ${use}`).join('\n')}`);
  const { parameters } = entry as Partial<Pick<BondedTerm, 'parameters'>>;
  if (parameters && parameters.length > 0) parts.push(`Parameters:\n${parameters.map(parameterLine).join('\n')}`);
  const settings = settingLines(entry.schema, registry, '  ');
  if (settings.length > 0 || !parameters) parts.push(`Settings:\n${settings.length > 0 ? settings.join('\n') : '  none'}`);
  return parts.join('\n\n');
}

function parameterLine({ name, dimension, description }: Parameter): string {
  return `  ${name}: ${describeQuantity(dimension, 'md')}\n${wrap(description, lineWidth, '      ')}`;
}

/** How a scenario names an entry: as what a stage does, or in each place of a stage that takes its kind. */
function usesOf(registry: Registry, kind: string, entry: Described): string[] {
  const required = (entry.schema.required ?? []).map((name) => `, "${name}": ...`).join('');
  if (kind === 'stage') return [`{ "name": ..., "do": "${entry.name}"${required} }`];
  return registry.kinds().flatMap((holder) =>
    registry.list(holder).flatMap((each: Described) =>
      placesOf(each.schema, kind, '').map(({ place, slot }) => {
        const property = place.slice(place.lastIndexOf('.') + 1);
        const implied = slot.implied && Object.entries(slot.implied).find(([, name]) => name === entry.name);
        const key = implied ? '' : `"${slot.key}": "${entry.name}"`;
        return `"${property}": { ${`${key}${required}`.replace(/^, /, '')} }   (${holder} ${each.name}: ${place})`;
      }),
    ),
  );
}

interface Place {
  /** Path of the property, such as `dynamics.thermostat`. */
  readonly place: string;
  readonly slot: NonNullable<Schema['registered']>;
}

function placesOf(schema: Schema, kind: string, path: string): Place[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    placesOf(property, kind, path ? `${path}.${name}` : name),
  );
  const forms = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap((form) => placesOf(form, kind, path));
  const here = schema.registered?.kind === kind ? [{ place: path, slot: schema.registered }] : [];
  return [...here, ...inside, ...forms];
}

/** One block a setting: name, form, whether it must be given or its default, what it means; nested ones indented. */
function settingLines(schema: Schema, registry: Registry, indent: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, setting]) => {
    const must = schema.required?.includes(name) ? 'required' : defaultText(setting);
    const head = `${indent}${name}: ${form(setting, registry)}${must ? `, ${must}` : ''}`;
    const text = setting.description ? [wrap(setting.description, lineWidth, `${indent}    `)] : [];
    const nested = [setting, setting.items ?? {}, ...(setting.anyOf ?? [])].flatMap((part) =>
      settingLines(part, registry, `${indent}  `),
    );
    return [head, ...text, ...nested];
  });
}

function defaultText(setting: Schema): string {
  return setting.default === undefined ? '' : `default ${JSON.stringify(setting.default)}`;
}

/** What a value must be, in words, with its limits: `a length (a number in nm or, for example, "9 A"), above 0`. */
function form(schema: Schema, registry: Registry): string {
  if (schema.registered) {
    const { kind, key } = schema.registered;
    return `an object; its "${key}" names ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (md list ${kind})`;
  }
  // Their properties follow, one a line.
  if (schema.properties) return 'an object';
  if (schema.items?.properties) return 'a list of objects';
  return `${describe(schema, { units: 'md', registry })}${limits(schema)}`;
}

function limits({ exclusiveMinimum, minimum, maximum }: Schema): string {
  const parts: string[] = [];
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (minimum !== undefined) parts.push(`at least ${minimum}`);
  if (maximum !== undefined) parts.push(`at most ${maximum}`);
  return parts.length > 0 ? `, ${parts.join(', ')}` : '';
}
