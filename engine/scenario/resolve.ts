/** From a scenario as written to a scenario as run: validated, defaults filled, quantities in the scenario's units, references found. */
import { InputError, nearest } from '../errors.ts';
import type { Registry } from '../registry.ts';
import { parseJson } from './json-text.ts';
import { type ResolvedScenario, type ResolvedStage, scenarioProperties, singleStage } from './scenario.ts';
import type { Settings } from './schema.ts';
import type { UnitSystem } from './units.ts';
import {
  type Finding,
  isObject,
  join,
  type StageReferenceSetting,
  show,
  unknownProperty,
  type Validation,
  validate,
} from './validate.ts';

/** Names become folders: letters, digits, dot, dash, underscore; they begin with a letter or digit. */
const folderName = /^[A-Za-z0-9][\w.-]*$/;

/**
 * Parses the text of a scenario.
 * @throws InputError with file, line and column, what was expected, and the offending line
 */
export function parseScenario(text: string, fileName: string): unknown {
  return parseJson(text, fileName);
}

/**
 * Resolves a scenario against what is registered.
 * @throws InputError at the JSON path of the first thing that is wrong (`stages[2].model.type`); its message goes on with the others
 */
export function resolveScenario(json: unknown, registry: Registry): ResolvedScenario {
  if (!isObject(json)) throw new InputError('', `a scenario is a JSON object { ... }; found ${show(json)}`);
  const findings: Finding[] = [];
  const head = resolveHead(json, registry, findings);
  const listed = Object.hasOwn(json, 'stages');
  const stages: ResolvedStage[] = [];
  if (listed) {
    if (!Array.isArray(json.stages) || json.stages.length === 0)
      throw new InputError('stages', `expected a list of at least one stage; found ${show(json.stages)}`);
    const names = stageNames(json.stages, registry, findings);
    for (const [i, given] of json.stages.entries()) {
      if (!isObject(given) || !names[i]?.do) continue;
      const { name: _name, do: _do, ...settings } = given;
      stages.push(resolveStage(names[i], names, settings, join('stages', i), { registry, units: head.units, findings }));
    }
  } else {
    const settings = Object.fromEntries(Object.entries(json).filter(([key]) => !Object.hasOwn(scenarioProperties, key)));
    if (Object.keys(settings).length === 0)
      throw new InputError(
        '',
        'the scenario does nothing: give "stages", or "system", "dynamics" and "run" for a single simulation',
      );
    const stage = { name: singleStage, do: singleStage, index: 0 };
    stages.push(resolveStage(stage, [stage], settings, '', { registry, units: head.units, findings }));
  }
  throwFindings(findings);
  return { ...head, stages, raw: json };
}

type Head = Pick<ResolvedScenario, 'name' | 'seed' | 'units' | 'plugins'>;

function resolveHead(json: Record<string, unknown>, registry: Registry, findings: Finding[]): Head {
  const v: Validation = { registry, units: 'md', base: '', earlier: [], later: [], findings, references: [] };
  const own = Object.fromEntries(Object.entries(json).filter(([key]) => Object.hasOwn(scenarioProperties, key)));
  const head = validate(own, { type: 'object', properties: scenarioProperties }, '', v) as Record<string, unknown>;
  // Units decide what the rest means: nothing else is worth checking without them.
  if (head.units !== 'md' && head.units !== 'lj') throwFindings(findings.filter(({ where }) => where === 'units'));
  const name = head.name ?? 'scenario';
  if (typeof name === 'string' && !folderName.test(name)) findings.push({ where: 'name', message: badName(name) });
  if (Object.hasOwn(json, 'stages')) {
    const known = [...Object.keys(scenarioProperties), 'stages'];
    const ofStage = registry.has('stage', singleStage) ? (registry.get('stage', singleStage).schema.properties ?? {}) : {};
    for (const key of Object.keys(json)) {
      if (known.includes(key)) continue;
      if (Object.hasOwn(ofStage, key))
        findings.push({ where: key, message: `"${key}" belongs into a stage, since the scenario has "stages"` });
      else findings.push({ where: key, message: unknownProperty(key, known) });
    }
  }
  return { name: name as string, seed: head.seed as number, units: head.units as UnitSystem, plugins: head.plugins as string[] };
}

interface NamedStage {
  readonly name: string;
  readonly do: string;
  readonly index: number;
}

/** Names and kinds of all stages: no name, undefined; no kind that is known, `do` empty (a reference to it is no mistake of its own). */
function stageNames(stages: readonly unknown[], registry: Registry, findings: Finding[]): (NamedStage | undefined)[] {
  const seen = new Map<string, number>();
  return stages.map((stage, index) => {
    const where = join('stages', index);
    if (!isObject(stage)) {
      findings.push({ where, message: `a stage is an object { "name": ..., "do": ... }; found ${show(stage)}` });
      return undefined;
    }
    const { name, do: kind } = stage;
    if (typeof name !== 'string') {
      findings.push({ where: join(where, 'name'), message: `every stage has a name (a text); found ${show(name)}` });
    } else if (!folderName.test(name)) {
      findings.push({ where: join(where, 'name'), message: badName(name) });
    } else if (seen.has(name)) {
      findings.push({
        where: join(where, 'name'),
        message: `stages[${seen.get(name)}] is called "${name}" already; names must differ`,
      });
    } else {
      seen.set(name, index);
    }
    const known = registry.names('stage');
    if (typeof kind !== 'string' || !registry.has('stage', kind)) {
      const near = typeof kind === 'string' ? nearest(kind, known) : undefined;
      const found = kind === undefined ? 'it is missing' : `found ${show(kind)}`;
      const hint = near ? `; did you mean "${near}"?` : ';';
      findings.push({
        where: join(where, 'do'),
        message: `must name what the stage does; ${found}${hint} known: ${known.join(', ')}`,
      });
      return typeof name === 'string' ? { name, do: '', index } : undefined;
    }
    return typeof name === 'string' ? { name, do: kind, index } : undefined;
  });
}

function resolveStage(
  stage: NamedStage,
  all: readonly (NamedStage | undefined)[],
  settings: Record<string, unknown>,
  where: string,
  context: Pick<Validation, 'registry' | 'units' | 'findings'>,
): ResolvedStage {
  const named = all.filter((other) => other !== undefined);
  const references: StageReferenceSetting[] = [];
  const earlier = named.filter((other) => other.index < stage.index);
  const later = named.filter((other) => other.index >= stage.index).map((other) => other.name);
  const v: Validation = { ...context, base: where, earlier, later, references };
  const schema = context.registry.get('stage', stage.do, where).schema;
  const resolved = validate(settings, { type: 'object', ...schema }, where, v) as Settings;
  return { name: stage.name, do: stage.do, where, settings: resolved, references };
}

function badName(name: string): string {
  return `"${name}" becomes the name of a folder: use letters, digits, "-", "_" and ".", beginning with a letter or a digit`;
}

/** One error with all findings: the first gives the path, each other one stands on a line of its own. */
function throwFindings(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const [first, ...others] = findings;
  const shown = others.slice(0, 9).map(({ where, message }) => `\n${where === '' ? '' : `${where}: `}${message}`);
  const more = others.length > shown.length ? `\n... and ${others.length - shown.length} more` : '';
  throw new InputError(first.where, first.message + shown.join('') + more);
}
