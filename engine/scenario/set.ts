/** `--set path=value`: changes one setting of a scenario before it is resolved. */
import { InputError, nearest } from '../errors.ts';
import { scenarioProperties } from './scenario.ts';
import { isObject } from './validate.ts';

/**
 * A copy of the scenario with one value replaced or added, for example `stages.0.dynamics.temperature=200 K`,
 * `stages[0].run.time=1 ps`, `stages.atoms.run.time=1 ps` or `atoms.run.time=1 ps`. The value is read as JSON if it is JSON,
 * else it is a text. Objects on the way that are missing are made; elements of lists must exist, or follow the last one.
 * @throws InputError at `--set` if the assignment or its path makes no sense
 */
export function applySet(json: unknown, assignment: string): unknown {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, Math.max(0, equals)).trim();
  if (equals < 0 || path === '')
    throw new InputError('--set', `expected path=value, for example dynamics.temperature="200 K"; found "${assignment}"`);
  const copy = structuredClone(json);
  const keys = expand(copy, path.replace(/\[(\w[\w-]*)\]/g, '.$1').split('.'), path);
  const value = readValue(assignment.slice(equals + 1).trim());
  let target = copy;
  for (const [depth, key] of keys.entries()) {
    const last = depth === keys.length - 1;
    const position = locate(target, key, keys.slice(0, depth).join('.'), last);
    const holder = target as Record<string, unknown>;
    if (last) holder[position] = value;
    else {
      if (!Object.hasOwn(holder, position)) holder[position] = {};
      target = holder[position];
    }
  }
  return copy;
}

/** Puts `stages` before a path that begins with the name of a stage. */
function expand(json: unknown, keys: string[], path: string): string[] {
  if (keys.some((key) => key === '' || key === '__proto__')) throw new InputError('--set', `the path "${path}" cannot be read`);
  if (!isObject(json) || !Array.isArray(json.stages)) return keys;
  const known = [...Object.keys(scenarioProperties), 'stages'];
  if (known.includes(keys[0])) return keys;
  const names = json.stages.map((stage: unknown) => (isObject(stage) ? String(stage.name) : ''));
  if (names.includes(keys[0])) return ['stages', ...keys];
  const near = nearest(keys[0], [...known, ...names]);
  throw new InputError(
    '--set',
    `"${keys[0]}" in "${path}" is neither a stage nor a property of the scenario${near ? `; did you mean "${near}"?` : ''} ` +
      `Stages: ${names.join(', ')}`,
  );
}

/** The key itself, or the index in a list: a number, or the `name` of an element. */
function locate(target: unknown, key: string, path: string, last: boolean): string {
  if (isObject(target)) return key;
  if (!Array.isArray(target)) throw new InputError('--set', `"${path}" is ${JSON.stringify(target)} and has no "${key}"`);
  const byName = target.findIndex((element: unknown) => isObject(element) && element.name === key);
  if (byName >= 0) return String(byName);
  const index = /^\d+$/.test(key) ? Number(key) : -1;
  if (index >= 0 && (index < target.length || (last && index === target.length))) return key;
  const names = target.flatMap((element: unknown) =>
    isObject(element) && typeof element.name === 'string' ? [element.name] : [],
  );
  const near = nearest(key, names);
  throw new InputError(
    '--set',
    `"${path}" has no element "${key}"${near ? `; did you mean "${near}"?` : '.'} It has ${target.length}${names.length ? `: ${names.join(', ')}` : ''}`,
  );
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
