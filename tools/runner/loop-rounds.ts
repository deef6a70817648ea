/** The rounds of a `loop` written out as the stages of one scenario: names get the number of their round, and references follow. */
import { InputError } from '../../engine/errors.ts';
import type { UnitSystem } from '../../engine/index.ts';
import type { Registry } from '../../engine/registry.ts';
import { resolveScenario } from '../../engine/scenario/resolve.ts';
import { isObject, join } from '../../engine/scenario/validate.ts';

type Json = Readonly<Record<string, unknown>>;

export interface LoopStages {
  readonly before: readonly Json[];
  readonly round: readonly Json[];
  readonly start: Readonly<Record<string, string>>;
}

const previous = '@previous';
/** In a list: the stage of every round before, what stands for it before the first one too. */
const earlier = '@earlier';

/**
 * Resolves one round by itself, in which `name@previous` is what it is in the first round.
 * @returns for each stage of the round the paths of its settings that name stages
 * @throws InputError at the place of the mistake in the loop
 */
export function roundScenario(loop: LoopStages, units: UnitSystem, registry: Registry, where: string): ReadonlySet<string>[] {
  const stages = [...loop.before, ...loop.round.map((stage) => first(stage, loop) as Json)];
  try {
    const resolved = resolveScenario({ units, stages }, registry);
    return resolved.stages.slice(loop.before.length).map((stage) => new Set(stage.references.map(({ property }) => property)));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(placeOf(error.where, loop, where), error.message, { cause: error });
  }
}

/** The stages of all rounds up to `count`, after those that come before: `train` of the second round is `train-2`. */
export function rounds(loop: LoopStages, count: number, units: UnitSystem, registry: Registry, where: string): Json[] {
  const references = roundScenario(loop, units, registry, where);
  const own = new Set(loop.round.map((stage) => stage.name as string));
  const stages: Json[] = [...loop.before];
  for (let round = 1; round <= count; round++) {
    const renamed = (value: string): string | string[] => {
      if (value.endsWith(earlier)) {
        const name = value.slice(0, -earlier.length);
        const before = Array.from({ length: round - 1 }, (_, k) => `${name}-${k + 1}`);
        return loop.start[name] !== undefined ? [loop.start[name], ...before] : round > 1 ? before : [`${name}-1`];
      }
      const back = value.endsWith(previous);
      const name = back ? value.slice(0, -previous.length) : value;
      if (!own.has(name)) return value;
      if (!back) return `${name}-${round}`;
      return round > 1 ? `${name}-${round - 1}` : (loop.start[name] ?? `${name}-1`);
    };
    loop.round.forEach((stage, k) => {
      const { name, ...settings } = stage;
      stages.push({ name: `${name}-${round}`, ...(at(settings, references[k], renamed) as Json) });
    });
  }
  return stages;
}

/** A path within the scenario of the rounds as one within the loop: `stages[2].run` is `round[1].run` after one stage before. */
export function placeOf(path: string, loop: LoopStages, where: string): string {
  const found = /^stages\[(\d+)\]/.exec(path);
  if (!found) return where;
  const index = Number(found[1]);
  const rest = path.slice(found[0].length);
  if (index < loop.before.length) return `${where}.before[${index}]${rest}`;
  return `${where}.round[${(index - loop.before.length) % loop.round.length}]${rest}`;
}

/** The value with `rename` applied to the texts at the given paths. */
function at(value: unknown, paths: ReadonlySet<string>, rename: (value: string) => string | string[], path = ''): unknown {
  if (typeof value === 'string') return paths.has(path) ? rename(value) : value;
  if (Array.isArray(value))
    return value.flatMap((item, k) => {
      const found = at(item, paths, rename, join(path, k));
      return typeof item === 'string' ? found : [found];
    });
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, at(item, paths, rename, join(path, key))]));
}

/** The stage with every `name@previous`, and `name@earlier` in lists, replaced by what stands for it in the first round. */
function first(value: unknown, loop: LoopStages, listed = false): unknown {
  if (typeof value === 'string') {
    const mark = listed && value.endsWith(earlier) ? earlier : previous;
    const name = value.endsWith(mark) ? value.slice(0, -mark.length) : null;
    return name !== null && loop.round.some((stage) => stage.name === name) ? (loop.start[name] ?? name) : value;
  }
  if (Array.isArray(value)) return value.map((item) => first(item, loop, true));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, first(item, loop)]));
}
