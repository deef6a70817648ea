/** Which registered things a stage uses, so that a run can say how far each can be trusted. */
import type { Described, Registry, RegistryKind, Schema, Settings } from '../../engine/index.ts';

export interface UsedEntry {
  readonly kind: string;
  readonly entry: Described;
}

/** The registered entries that resolved settings name, found by walking the schema and the settings side by side. */
export function usedEntries(schema: Schema, settings: unknown, registry: Registry): UsedEntry[] {
  if (settings === null || typeof settings !== 'object') return [];
  const forms = [schema, ...(schema.anyOf ?? [])];
  return forms.flatMap((form) => {
    if (Array.isArray(settings)) return settings.flatMap((item) => (form.items ? usedEntries(form.items, item, registry) : []));
    const object = settings as Settings;
    const own = properties(form, object, registry);
    const named = registeredEntry(form, object, registry);
    return named ? [named, ...own, ...properties(named.entry.schema, object, registry)] : own;
  });
}

function properties(schema: Schema, settings: Settings, registry: Registry): UsedEntry[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const ofKey = schema.properties?.[key] ?? schema.additionalProperties;
    return ofKey ? usedEntries(ofKey, value, registry) : [];
  });
}

function registeredEntry(schema: Schema, settings: Settings, registry: Registry): UsedEntry | null {
  if (!schema.registered) return null;
  const { kind, key } = schema.registered;
  const name = settings[key];
  if (typeof name !== 'string' || !registry.has(kind as RegistryKind, name)) return null;
  return { kind, entry: registry.get(kind as RegistryKind, name) };
}
