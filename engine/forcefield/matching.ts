/** Which rule of a force applies to a tuple of atoms: types, classes, wildcards, and which of several wins (as OpenMM decides). */
import { InputError } from '../errors.ts';
import { particleLabel } from '../system/structure.ts';
import type { AssignContext } from './description.ts';
import { checkAttributes, type XmlElement } from './xml.ts';

/** A rule for tuples: which types fit each place (`null`: all), and its element with the parameters. */
export interface Rule {
  readonly element: XmlElement;
  readonly places: readonly (ReadonlySet<string> | null)[];
  readonly hasWildcard: boolean;
}

/**
 * Reads `type1`/`class1` ... of an element. An empty string fits every type. An error for a place with both or neither,
 * and for an attribute beside these and `parameters`.
 */
export function readRule(element: XmlElement, arity: number, parameters: readonly string[], context: AssignContext): Rule {
  const numbers = Array.from({ length: arity }, (_, k) => k + 1);
  checkAttributes(element, [...numbers.flatMap((k) => [`type${k}`, `class${k}`]), ...parameters]);
  const places = numbers.map((k) => typesAt(element, String(k), context));
  return { element, places, hasWildcard: places.includes(null) };
}

/** The types that `type<suffix>` or `class<suffix>` stands for; `null` for all. */
export function typesAt(element: XmlElement, suffix: string, context: AssignContext): ReadonlySet<string> | null {
  const type = element.attributes.get(`type${suffix}`);
  const className = element.attributes.get(`class${suffix}`);
  if ((type === undefined) === (className === undefined))
    throw new InputError(
      element.where,
      `<${element.tag}> needs either type${suffix} or class${suffix}, and has ${type === undefined ? 'neither' : 'both'}`,
    );
  if (type === '' || className === '') return null;
  const { atomTypes, classes } = context.field;
  // A type or class that no atom has is harmless: fields for large sets of molecules are often cut down, or complete each other.
  if (type !== undefined) return new Set(atomTypes.has(type) ? [type] : []);
  return classes.get(className ?? '') ?? none;
}

const none: ReadonlySet<string> = new Set();

/** Whether types fit the rule's places in this order. */
export function fits(rule: Rule, types: readonly string[]): boolean {
  return rule.places.every((place, k) => place === null || place.has(types[k]));
}

/** For bonds and angles: the first rule that fits, read in either direction. */
export function firstMatch(rules: readonly Rule[], types: readonly string[]): Rule | undefined {
  const reversed = types.toReversed();
  return rules.find((rule) => fits(rule, types) || fits(rule, reversed));
}

/** For proper torsions: the first rule without wildcards that fits, else the first with them. */
export function specificMatch(rules: readonly Rule[], types: readonly string[]): Rule | undefined {
  const reversed = types.toReversed();
  const fitting = rules.filter((rule) => fits(rule, types) || fits(rule, reversed));
  return fitting.find((rule) => !rule.hasWildcard) ?? fitting[0];
}

/** The type names of a tuple's atoms. */
export function typesOf(context: AssignContext, atoms: Int32Array | readonly number[]): string[] {
  return Array.from(atoms, (i) => context.structure.typeNames[context.structure.type[i]]);
}

/** Rules found for tuples of types are remembered: a liquid asks the same question a million times. */
export function remembered(find: (types: readonly string[]) => Rule | undefined): (types: readonly string[]) => Rule | undefined {
  const answers = new Map<string, Rule | undefined>();
  return (types) => {
    const key = types.join('\n');
    if (!answers.has(key)) answers.set(key, find(types));
    return answers.get(key);
  };
}

/** Throws InputError naming the first tuple that no tag of the field gave parameters to. */
export function checkCovered(context: AssignContext, kind: 'bonds' | 'angles' | 'dihedrals', tags: readonly string[]): void {
  const first = context.covered[kind].indexOf(0);
  if (first < 0) return;
  const arity = { bonds: 2, angles: 3, dihedrals: 4 }[kind];
  const singular = { bonds: 'bond', angles: 'angle', dihedrals: 'torsion' }[kind];
  const atoms = context[kind].subarray(arity * first, arity * (first + 1));
  const types = typesOf(context, atoms);
  const classes = types.map((type) => context.field.atomTypes.get(type)?.class);
  throw new InputError(
    context.where,
    `the force field has no ${singular} parameters for types ${types.join(' - ')} (classes ${classes.join(' - ')}), needed for particles ` +
      `${Array.from(atoms, (i) => particleLabel(context.structure, i)).join(', ')}; add them to ${tags.map((tag) => `<${tag}>`).join(' or ')}`,
  );
}
