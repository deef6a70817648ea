/** Which registered things a run used that are not yet validated. */
import type { RunView } from './run.ts';

/** Sentences such as "beads uses the model graph (experimental)"; or one that says why the registry cannot be loaded. */
export async function unvalidated(run: RunView): Promise<string[]> {
  try {
    const { loadRegistry } = await import('../runner/plugins.ts');
    const { usedEntries } = await import('../runner/used-entries.ts');
    const plugins = (run.manifest.scenario as { plugins?: string[] } | undefined)?.plugins ?? [];
    const registry = await loadRegistry(plugins);
    const users = new Map<string, string[]>();
    for (const stage of run.stages) {
      if (!registry.has('stage', stage.kind)) continue;
      const kind = registry.get('stage', stage.kind);
      for (const { kind: what, entry } of [
        { kind: 'stage', entry: kind },
        ...usedEntries(kind.schema, stage.settings, registry),
      ]) {
        if (entry.status === 'validated') continue;
        const name = `The ${what} \u201c${entry.name}\u201d has the status \u201c${entry.status}\u201d`;
        users.set(name, [...new Set([...(users.get(name) ?? []), stage.name])]);
      }
    }
    return [...users].map(([name, stages]) => `${name} (used by ${stages.join(', ')})`);
  } catch (error) {
    return [`What was used could not be looked up, so its statuses are unknown: ${(error as Error).message}`];
  }
}
