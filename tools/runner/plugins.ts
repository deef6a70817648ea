/** Fills the registry: the engine's own entries, the project's plugins, and the npm packages that a scenario names. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../../engine/errors.ts';
import type { Plugin } from '../../engine/index.ts';
import { Registry } from '../../engine/registry.ts';

/** A module that may export a plugin; npm packages and the project's own are held to the same form. */
interface PluginModule {
  readonly plugin?: Plugin;
}

/** The plugins that come with the package. Each uses only what an npm package could use. */
const firstParty: readonly (() => Promise<PluginModule>)[] = [
  () => import('../../plugins/biasing/index.ts'),
  () => import('../../plugins/coarse-graining/index.ts'),
  () => import('../../plugins/collective-variables/index.ts'),
  () => import('../../plugins/potentials/index.ts'),
  () => import('../analysis/index.ts'),
  () => import('./index.ts'),
];

/**
 * A registry with everything a scenario can name.
 * @param plugins npm packages, or paths that start with `.` or `/`, as listed in the scenario
 * @param folder folder of the scenario, from which they are resolved
 * @throws InputError at `plugins[i]` if one cannot be found, loaded or has no `plugin` export
 */
export async function loadRegistry(plugins: readonly string[] = [], folder: string = process.cwd()): Promise<Registry> {
  const registry = new Registry();
  const { registerEngine } = await import('../../engine/builtin.ts');
  registerEngine(registry);
  for (const load of firstParty) (await load()).plugin?.register(registry);
  for (const [i, specifier] of plugins.entries()) {
    const where = `plugins[${i}]`;
    const plugin = await loadPlugin(specifier, folder, where);
    try {
      plugin.register(registry);
    } catch (error) {
      if (error instanceof InputError) throw new InputError(where, error.message, { cause: error });
      throw error;
    }
  }
  return registry;
}

/** The names in a scenario's `plugins`, read before the scenario can be resolved (what is registered decides what it may say). */
export function pluginNames(scenario: unknown): string[] {
  const named = (scenario as { plugins?: unknown } | null)?.plugins;
  if (named === undefined) return [];
  if (!Array.isArray(named) || named.some((name) => typeof name !== 'string'))
    throw new InputError(
      'plugins',
      'must be a list of package names or paths, for example ["md-some-package", "./my-plugin.js"]',
    );
  return named as string[];
}

async function loadPlugin(specifier: string, folder: string, where: string): Promise<Plugin> {
  const path = findPlugin(specifier, folder, where);
  let loaded: PluginModule;
  try {
    loaded = (await import(pathToFileURL(path).href)) as PluginModule;
  } catch (error) {
    throw new InputError(where, `the plugin "${specifier}" cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const plugin = loaded.plugin;
  if (typeof plugin?.register !== 'function' || typeof plugin.name !== 'string') {
    const exported = Object.keys(loaded);
    throw new InputError(
      where,
      `"${specifier}" is not a plugin: it must export \`plugin\`, an object with \`name\` and \`register(registry)\`; ` +
        `it exports ${exported.length ? exported.join(', ') : 'nothing'}`,
    );
  }
  return plugin;
}

function findPlugin(specifier: string, folder: string, where: string): string {
  if (/^(\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(specifier)) {
    const path = resolve(folder, specifier);
    if (!existsSync(path)) throw new InputError(where, `there is no file "${specifier}" (looked for ${path})`);
    return path;
  }
  for (const from of [folder, process.cwd()]) {
    try {
      return createRequire(join(resolve(from), 'scenario.json')).resolve(specifier);
    } catch {
      // not installed there: try the next folder
    }
  }
  throw new InputError(
    where,
    `the plugin "${specifier}" is not installed; install it beside the scenario: npm install ${specifier}`,
  );
}
