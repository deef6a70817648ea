/** Holds a JSON value against a schema of settings: collects what is wrong, fills defaults, converts quantities, follows registered slots. */
import { InputError, nearest } from '../errors.ts';
import type { Registry, RegistryKind } from '../registry.ts';
import { describeQuantity, parseQuantity } from './quantity.ts';
import type { Schema } from './schema.ts';
import type { UnitSystem } from './units.ts';

/** Something wrong, and the JSON path at which it is. */
export interface Finding {
  readonly where: string;
  readonly message: string;
}

/** A setting that names an earlier stage or the folder of a finished one. */
export interface StageReferenceSetting {
  /** Path of the property within the stage, such as `from` or `system.from`. */
  readonly property: string;
  /** Path within the scenario, such as `stages[2].from`. */
  readonly where: string;
  readonly value: string;
  /** The kinds of stage that may stand here; empty: any. */
  readonly kinds: readonly string[];
}

/** What validation knows and what it collects. */
export interface Validation {
  readonly registry: Registry;
  readonly units: UnitSystem;
  /** JSON path of the stage. */
  readonly base: string;
  /** Stages that may be referred to, in order. */
  readonly earlier: readonly { readonly name: string; readonly do: string }[];
  /** Names of this stage and later ones, for a better message. */
  readonly later: readonly string[];
  readonly findings: Finding[];
  readonly references: StageReferenceSetting[];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Joins a JSON path: `stages[2]` and `model` give `stages[2].model`. */
export function join(where: string, key: string | number): string {
  if (typeof key === 'number') return `${where}[${key}]`;
  const plain = /^[\w$-]+$/.test(key);
  if (!plain) return `${where}["${key}"]`;
  return where === '' ? key : `${where}.${key}`;
}

/** A value as it is shown in a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The value with defaults filled and quantities converted; what is wrong is added to `v.findings`. */
export function validate(value: unknown, schema: Schema, where: string, v: Validation): unknown {
  if (schema.anyOf) return alternatives(value, schema, schema.anyOf, where, v);
  if (schema.registered) return registered(value, schema, where, v);
  if (schema.reference) return reference(value, schema, where, v);
  if (schema.quantity) return quantity(value, schema, where, v);
  if (!hasType(value, schema)) {
    v.findings.push({ where, message: `expected ${describe(schema, v)}; found ${show(value)}` });
    return value;
  }
  if (schema.enum && !schema.enum.includes(value as string)) {
    const near =
      typeof value === 'string'
        ? nearest(
            value,
            schema.enum.filter((x) => typeof x === 'string'),
          )
        : undefined;
    const hint = near ? `; did you mean "${near}"?` : '';
    v.findings.push({ where, message: `expected ${describe(schema, v)}; found ${show(value)}${hint}` });
    return value;
  }
  if (typeof value === 'number') bounds(value, value, schema, where, v);
  if (Array.isArray(value)) return list(value, schema, where, v);
  if (isObject(value) && (schema.type === 'object' || schema.properties)) return object(value, schema, where, v);
  return value;
}

function hasType(value: unknown, schema: Schema): boolean {
  if (schema.type === undefined) return !schema.properties || isObject(value);
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.some((type) => {
    switch (type) {
      case 'object':
        return isObject(value);
      case 'array':
        return Array.isArray(value);
      case 'integer':
        return Number.isSafeInteger(value);
      case 'number':
        return Number.isFinite(value);
      case 'null':
        return value === null;
      default:
        return typeof value === type;
    }
  });
}

function bounds(number: number, given: unknown, schema: Schema, where: string, v: Validation): void {
  const wrong = (must: string) => v.findings.push({ where, message: `must be ${must}; found ${show(given)}` });
  if (schema.exclusiveMinimum !== undefined && !(number > schema.exclusiveMinimum))
    wrong(`greater than ${schema.exclusiveMinimum}`);
  else if (schema.minimum !== undefined && !(number >= schema.minimum)) wrong(`at least ${schema.minimum}`);
  else if (schema.maximum !== undefined && !(number <= schema.maximum)) wrong(`at most ${schema.maximum}`);
}

function quantity(value: unknown, schema: Schema, where: string, v: Validation): unknown {
  if (!schema.quantity) return value;
  if (typeof value !== 'number' && typeof value !== 'string') {
    v.findings.push({ where, message: `expected ${describe(schema, v)}; found ${show(value)}` });
    return value;
  }
  try {
    const number = parseQuantity(value, schema.quantity, v.units, '');
    bounds(number, value, schema, where, v);
    return number;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    v.findings.push({ where, message: error.message });
    return value;
  }
}

function list(value: readonly unknown[], schema: Schema, where: string, v: Validation): unknown[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema;
  if (value.length < minItems || value.length > maxItems) {
    const allowed =
      minItems === maxItems ? `${minItems}` : maxItems < Infinity ? `${minItems} to ${maxItems}` : `at least ${minItems}`;
    v.findings.push({ where, message: `expected ${allowed} items; found ${value.length}` });
  }
  return value.map((item, i) => (items ? validate(item, items, join(where, i), v) : item));
}

function object(value: Record<string, unknown>, schema: Schema, where: string, v: Validation): Record<string, unknown> {
  const properties = schema.properties ?? {};
  const result: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    if (Object.hasOwn(value, key)) result[key] = validate(value[key], property, join(where, key), v);
    else if (property.default !== undefined) result[key] = validate(property.default, property, join(where, key), v);
    else if (schema.required?.includes(key)) {
      const what = property.description ? `${describe(property, v)}. ${property.description}` : describe(property, v);
      v.findings.push({ where, message: `"${key}" is missing: ${what}` });
    }
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(properties, key)) continue;
    if (schema.additionalProperties) result[key] = validate(value[key], schema.additionalProperties, join(where, key), v);
    else v.findings.push({ where: join(where, key), message: unknownProperty(key, Object.keys(properties)) });
  }
  return result;
}

export function unknownProperty(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const allowed = known.length ? `allowed here: ${known.join(', ')}` : 'nothing is allowed here';
  return `unknown property "${key}"; ${near ? `did you mean "${near}"? ` : ''}${allowed}`;
}

/** The name of the registry entry that an object names, by its key, by an implied property, or by default. */
function registered(value: unknown, schema: Schema, where: string, v: Validation): unknown {
  const slot = schema.registered;
  if (!slot) return value;
  const kind = slot.kind as RegistryKind;
  const known = v.registry.names(kind);
  const choices = known.length ? known.join(', ') : 'none is registered';
  if (!isObject(value)) {
    const example = `{ "${slot.key}": "${typeof value === 'string' ? value : (known[0] ?? '...')}", ... }`;
    v.findings.push({ where, message: `expected an object such as ${example}; found ${show(value)}; known: ${choices}` });
    return value;
  }
  const implied = Object.entries(slot.implied ?? {}).find(([property]) => Object.hasOwn(value, property))?.[1];
  const name = value[slot.key] ?? implied ?? schema.properties?.[slot.key]?.default;
  if (name === undefined) {
    const or = Object.keys(slot.implied ?? {}).map((property) => ` (or give "${property}")`);
    v.findings.push({ where, message: `"${slot.key}" is missing: the name of a ${kind}, one of ${choices}${or.join('')}` });
    return value;
  }
  if (typeof name !== 'string' || !v.registry.has(kind, name)) {
    const near = typeof name === 'string' ? nearest(name, known) : undefined;
    const hint = near ? `; did you mean "${near}"?` : ';';
    v.findings.push({ where: join(where, slot.key), message: `no ${kind} is called ${show(name)}${hint} known: ${choices}` });
    return value;
  }
  return { [slot.key]: name, ...object(value, mergedSchema(schema, v.registry.get(kind, name).schema, slot.key), where, v) };
}

/** The schema of an object that names an entry: the properties common to the slot, and those of the entry. */
export function mergedSchema(slot: Schema, entry: Schema, key: string): Schema {
  return {
    type: 'object',
    properties: { [key]: { type: 'string' }, ...slot.properties, ...entry.properties },
    required: [...(slot.required ?? []), ...(entry.required ?? [])],
    ...(entry.additionalProperties ? { additionalProperties: entry.additionalProperties } : {}),
  };
}

function reference(value: unknown, schema: Schema, where: string, v: Validation): unknown {
  const kinds = schema.reference?.stage ?? [];
  if (typeof value !== 'string' || value === '') {
    v.findings.push({ where, message: `expected ${describe(schema, v)}; found ${show(value)}` });
    return value;
  }
  const property = v.base === '' ? where : where.slice(v.base.length + 1);
  v.references.push({ property, where, value, kinds });
  if (value.includes('/') || value.includes('\\') || value.startsWith('.')) return value;
  const stage = v.earlier.find(({ name }) => name === value);
  const fitting = v.earlier.filter((s) => kinds.length === 0 || kinds.includes(s.do)).map((s) => s.name);
  const allowed = `earlier stages that may stand here: ${fitting.length ? fitting.join(', ') : 'none'}`;
  if (stage) {
    if (kinds.length && stage.do !== '' && !kinds.includes(stage.do))
      v.findings.push({ where, message: `"${value}" is a ${stage.do} stage; expected ${kinds.join(' or ')}; ${allowed}` });
  } else if (v.later.includes(value)) {
    v.findings.push({ where, message: `the stage "${value}" does not come before this one; ${allowed}` });
  } else {
    const near =
      nearest(value, fitting) ??
      nearest(
        value,
        v.earlier.map((s) => s.name),
      );
    const hint = near ? `did you mean "${near}"? ` : '';
    const path = 'or give the path of the folder of a finished stage, such as "runs/ethane/graph"';
    v.findings.push({ where, message: `no earlier stage is called "${value}"; ${hint}${allowed}, ${path}` });
  }
  return value;
}

/** The first form that fits; if none does, what is wrong with the form that the value is nearest to. */
function alternatives(value: unknown, schema: Schema, forms: readonly Schema[], where: string, v: Validation): unknown {
  const tries: { findings: Finding[]; form: Schema }[] = [];
  for (const form of forms) {
    const trial: Validation = { ...v, findings: [], references: [] };
    const result = validate(value, form, where, trial);
    if (trial.findings.length === 0) {
      v.references.push(...trial.references);
      return result;
    }
    tries.push({ findings: trial.findings, form });
  }
  // A form that fails only deeper inside was meant; so was the only one that takes this type of value.
  const deeper = tries.filter(({ findings }) => findings.every((f) => f.where !== where));
  const typed = tries.filter(({ form }) => accepts(value, form));
  const meant = deeper.length === 1 ? deeper : typed.length === 1 ? typed : [];
  if (meant.length) v.findings.push(...meant[0].findings);
  else v.findings.push({ where, message: `expected ${describe(schema, v)}; found ${show(value)}` });
  return value;
}

function accepts(value: unknown, schema: Schema): boolean {
  if (schema.quantity) return typeof value === 'number' || typeof value === 'string';
  if (schema.reference) return typeof value === 'string';
  if (schema.registered) return isObject(value);
  if (schema.enum) return schema.enum.some((x) => typeof x === typeof value);
  return schema.anyOf ? schema.anyOf.some((form) => accepts(value, form)) : hasType(value, schema);
}

/** What a schema allows, in words. */
export function describe(schema: Schema, v: Pick<Validation, 'units' | 'registry'>): string {
  if (schema.anyOf) return schema.anyOf.map((form) => describe(form, v)).join(', or ');
  if (schema.quantity) return describeQuantity(schema.quantity, v.units);
  if (schema.enum) return schema.enum.length === 1 ? show(schema.enum[0]) : `one of ${schema.enum.map(show).join(', ')}`;
  if (schema.reference) {
    const kinds = schema.reference.stage.length ? `${schema.reference.stage.join(' or ')} stage` : 'stage';
    return `the name of an earlier ${kinds} or the path of the folder of a finished one`;
  }
  if (schema.registered) {
    const { kind, key } = schema.registered;
    const names = v.registry.names(kind as RegistryKind);
    return `an object whose "${key}" is one of ${names.length ? names.join(', ') : '(none registered)'}`;
  }
  const types =
    schema.type === undefined
      ? schema.properties
        ? ['object']
        : []
      : typeof schema.type === 'string'
        ? [schema.type]
        : schema.type;
  if (types.length === 0) return 'any value';
  return types.map((type) => describeType(type, schema, v)).join(' or ');
}

function describeType(type: string, schema: Schema, v: Pick<Validation, 'units' | 'registry'>): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'object':
      return schema.properties ? `an object with ${Object.keys(schema.properties).join(', ')}` : 'an object';
    case 'array': {
      const { minItems, maxItems, items } = schema;
      const count = minItems !== undefined && minItems === maxItems ? ` of ${minItems}` : '';
      return `a list${count}${items ? `, each item ${describe(items, v)}` : ''}`;
    }
    default:
      return type;
  }
}
