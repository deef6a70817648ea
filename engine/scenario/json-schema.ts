/** One JSON Schema (draft-07) of everything a scenario can say, generated from the registry: editors complete scenarios with it. */
import type { Registry, RegistryKind } from '../registry.ts';
import { scenarioProperties, singleStage } from './scenario.ts';
import type { Dimension, Schema } from './schema.ts';
import { unitOf } from './units.ts';
import { mergedSchema } from './validate.ts';

type Json = Record<string, unknown>;

/** The schema as a plain object, with a definition for each registered entry in each place where it can stand. */
export function publishedSchema(registry: Registry): object {
  const writer = new Writer(registry);
  const head = mapValues(scenarioProperties, (schema) => writer.schema(schema));
  const name = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$', description: 'Name of the stage and of its folder.' };
  const stages = registry.list('stage').map((kind) => {
    const own = writer.schema({ type: 'object', ...kind.schema });
    return {
      ...own,
      title: kind.name,
      description: kind.summary,
      properties: { name, do: { const: kind.name, description: kind.summary }, ...(own.properties as Json) },
      required: ['name', 'do', ...((own.required as string[] | undefined) ?? [])],
    };
  });
  const simulate = registry.has('stage', singleStage)
    ? writer.schema({ type: 'object', ...registry.get('stage', singleStage).schema })
    : { properties: {}, required: [] };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Scenario',
    description: 'A molecular-dynamics scenario: stages, or the properties of one simulation.',
    type: 'object',
    if: { required: ['stages'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: {
      properties: {
        ...head,
        stages: {
          type: 'array',
          minItems: 1,
          items: byConstant(stages, 'do'),
          description: 'What is done, one after the other.',
        },
      },
      additionalProperties: false,
    },
    else: {
      properties: { ...head, ...(simulate.properties as Json) },
      required: simulate.required ?? [],
      additionalProperties: false,
    },
    definitions: writer.definitions,
  };
}

class Writer {
  readonly definitions: Json = {};
  private readonly written = new Map<Schema, Json>();
  private readonly registry: Registry;

  constructor(registry: Registry) {
    this.registry = registry;
  }

  schema(schema: Schema): Json {
    const { description } = schema;
    const common: Json = {};
    if (description !== undefined) common.description = description;
    if (schema.default !== undefined) common.default = schema.default;
    if (schema.anyOf) return { ...common, anyOf: schema.anyOf.map((form) => this.schema(form)) };
    if (schema.quantity)
      return { ...common, type: ['number', 'string'], description: quantityText(schema.quantity, description) };
    if (schema.reference) {
      const kinds = schema.reference.stage.join(' or ');
      const text = `The name of an earlier ${kinds ? `${kinds} ` : ''}stage, or the path of the folder of a finished one.`;
      return { ...common, type: 'string', description: description ? `${description} ${text}` : text };
    }
    if (schema.registered) return { ...common, ...this.slot(schema, schema.registered) };
    const { properties, items, additionalProperties, ...rest } = schema;
    const result: Json = { ...rest };
    if (items) result.items = this.schema(items);
    if (schema.type === 'object' || properties) {
      result.properties = mapValues(properties ?? {}, (property) => this.schema(property));
      result.additionalProperties = additionalProperties ? this.schema(additionalProperties) : false;
    }
    return result;
  }

  /** A choice among the entries of a kind; written once a place, so that entries may contain each other. */
  private slot(schema: Schema, slot: NonNullable<Schema['registered']>): Json {
    const known = this.written.get(schema);
    if (known) return known;
    const kind = slot.kind as RegistryKind;
    let id = `${slot.kind}`;
    for (let n = 2; Object.hasOwn(this.definitions, id); n++) id = `${slot.kind}-${n}`;
    const result: Json = { $ref: `#/definitions/${id}` };
    this.written.set(schema, result);
    this.definitions[id] = {};
    const entries = this.registry.list(kind).map((entry) => {
      const implied = Object.entries(slot.implied ?? {}).find(([, name]) => name === entry.name)?.[0];
      const isDefault = schema.properties?.[slot.key]?.default === entry.name;
      const own = this.schema(mergedSchema(schema, entry.schema, slot.key));
      const required = (own.required as string[]).filter((key) => key !== slot.key);
      return {
        ...own,
        title: entry.name,
        description: entry.summary,
        properties: { ...(own.properties as Json), [slot.key]: { const: entry.name, description: entry.summary } },
        required: [...new Set([implied ?? (isDefault ? null : slot.key), ...required])].filter((key) => key !== null),
      };
    });
    // With a description beside it a $ref would be ignored by draft-07, hence allOf.
    this.definitions[id] = entries.length ? { oneOf: entries } : { not: {}, description: `No ${slot.kind} is registered.` };
    return schema.description || schema.default !== undefined ? { allOf: [result] } : result;
  }
}

/** A choice decided by a constant; the list of constants beside it lets an editor offer them before one is chosen. */
function byConstant(forms: readonly Json[], key: string): Json {
  if (forms.length === 0) return { not: {}, description: 'Nothing is registered.' };
  return {
    type: 'object',
    required: [key],
    properties: { [key]: { enum: forms.map((form) => form.title) } },
    oneOf: forms,
  };
}

function quantityText(dimension: Dimension, description: string | undefined): string {
  const kind =
    dimension === 'dimensionless'
      ? 'A pure number.'
      : `A ${dimension.replaceAll('-', ' ')}: a number in ${unitOf(dimension, 'md')} (or reduced units), or a text with a unit.`;
  return description ? `${description} ${kind}` : kind;
}

function mapValues(record: Readonly<Record<string, Schema>>, map: (schema: Schema) => Json): Json {
  return Object.fromEntries(Object.entries(record).map(([key, schema]) => [key, map(schema)]));
}
