/** Improper torsions: which rule applies to an atom with three bonds, and in which order its atoms are taken (OpenMM's four orderings). */
import type { AssignContext } from '../description.ts';
import { type Rule, typesOf } from '../matching.ts';

/**
 * How the atoms of an improper are ordered; a rule has the middle atom first.
 *   default   (a1, a2, middle, a3): a1, a2 by element, carbon last and otherwise heavier first, or by index if their elements are equal
 *   charmm    (middle, a1, a2, a3) as the rule has them; as default for a rule with wildcards
 *   amber     (a1, a2, middle, a3): atoms of equal type (element, for a rule with wildcards) by residue and place in its template
 *   smirnoff  the three torsions (middle, a1, a2, a3), (middle, a2, a3, a1), (middle, a3, a1, a2)
 */
export type Ordering = 'default' | 'charmm' | 'amber' | 'smirnoff';

export interface ImproperRule extends Rule {
  readonly ordering: Ordering;
}

/** The rule for a middle atom and its neighbours (places 1 to 3), and the places in the rule's order. */
interface Found {
  readonly rule: ImproperRule;
  readonly order: readonly [number, number, number];
}

const permutations: readonly (readonly [number, number, number])[] = [
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
];

/** Calls `add` with the atoms of each torsion that the rules ask for. */
export function assignImpropers(
  rules: readonly ImproperRule[],
  context: AssignContext,
  add: (atoms: readonly number[], rule: ImproperRule) => void,
): void {
  if (rules.length === 0) return;
  const known = new Map<string, Found | undefined>();
  for (let t = 0; t < context.impropers.length; t += 4) {
    const atoms = context.impropers.subarray(t, t + 4);
    const types = typesOf(context, atoms);
    const key = types.join('\n');
    if (!known.has(key)) known.set(key, find(rules, types));
    const found = known.get(key);
    if (!found) continue;
    const { rule, order } = found;
    const outer = order.map((place) => atoms[place]) as [number, number, number];
    const outerTypes = order.map((place) => types[place]);
    for (const torsion of torsionsOf(rule, atoms[0], outer, outerTypes, context)) add(torsion, rule);
  }
}

/** Of the rules that fit in any order of the outer atoms, the last without wildcards wins, else the first with. */
function find(rules: readonly ImproperRule[], types: readonly string[]): Found | undefined {
  let found: Found | undefined;
  for (const rule of rules) {
    if ((found && rule.hasWildcard) || !fitsAt(rule, 0, types[0])) continue;
    const order = permutations.find((p) => p.every((k, place) => fitsAt(rule, place + 1, types[k])));
    if (order) found = { rule, order };
  }
  return found;
}

function fitsAt(rule: Rule, place: number, type: string): boolean {
  const types = rule.places[place];
  return types === null || types.has(type);
}

function torsionsOf(
  { ordering, hasWildcard }: ImproperRule,
  middle: number,
  outer: readonly [number, number, number],
  types: readonly string[],
  context: AssignContext,
): number[][] {
  const [a, b, c] = outer;
  switch (ordering) {
    case 'charmm':
      if (!hasWildcard) return [[middle, a, b, c]];
      return [[...byElement(context, a, b), middle, c]];
    case 'default':
      return [[...byElement(context, a, b), middle, c]];
    case 'amber':
      return [byTemplate(context, middle, outer, types, hasWildcard)];
    case 'smirnoff':
      return [
        [middle, a, b, c],
        [middle, b, c, a],
        [middle, c, a, b],
      ];
  }
}

function byElement(context: AssignContext, a: number, b: number): [number, number] {
  const { element, mass } = context.structure;
  if (element[a] === element[b]) return a > b ? [b, a] : [a, b];
  return element[a] !== 'C' && (element[b] === 'C' || mass[a] < mass[b]) ? [b, a] : [a, b];
}

function byTemplate(
  context: AssignContext,
  middle: number,
  outer: readonly [number, number, number],
  types: readonly string[],
  hasWildcard: boolean,
): number[] {
  const { residue, element } = context.structure;
  const after = (i: number, j: number) =>
    residue[i] > residue[j] || (residue[i] === residue[j] && context.templateIndex(i) > context.templateIndex(j));
  let [a, b, c] = outer;
  const kinds = hasWildcard ? outer.map((i) => element[i]) : types;
  if (kinds[0] === kinds[2] && after(a, c)) [a, c] = [c, a];
  if (kinds[1] === kinds[2] && after(b, c)) [b, c] = [c, b];
  if ((hasWildcard || kinds[0] === kinds[1]) && after(a, b)) [a, b] = [b, a];
  return [a, b, middle, c];
}
