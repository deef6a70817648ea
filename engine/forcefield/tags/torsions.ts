/** What torsion tags share: proper torsions by the most specific rule, impropers in OpenMM's default order of atoms. */
import { InputError } from '../../errors.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { type Rule, readRule, remembered, specificMatch, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, type XmlElement } from '../xml.ts';

interface Layout {
  readonly tag: string;
  readonly term: string;
  /** Attributes that a rule may have beside its types. */
  readonly allowed: readonly string[];
  /** The parameters of the terms that a rule stands for: none, one or several a torsion. */
  terms(element: XmlElement): readonly (readonly number[])[];
}

export function torsionTag({ tag, term, allowed, terms }: Layout): ForceTag {
  return {
    tag,
    covers: 'dihedrals',
    assign(elements, context) {
      const rules: Record<string, Rule[]> = { Proper: [], Improper: [] };
      const parameters = new Map<XmlElement, readonly (readonly number[])[]>();
      for (const element of elements) {
        checkAttributes(element, ['ordering']);
        const ordering = element.attributes.get('ordering') ?? 'default';
        if (ordering !== 'default')
          throw new InputError(element.where, `ordering="${ordering}" of <${tag}> is not supported; allowed: default`);
        checkChildren(element, ['Proper', 'Improper']);
        for (const child of element.children) {
          rules[child.tag].push(readRule(child, 4, allowed, context));
          parameters.set(child, terms(child));
        }
      }
      const out = { atoms: [] as number[], values: [] as number[] };
      const add = (atoms: ArrayLike<number>, rule: Rule) => {
        for (const values of parameters.get(rule.element) ?? []) {
          out.atoms.push(...Array.from(atoms));
          out.values.push(...values);
        }
      };
      assignPropers(rules.Proper, context, add);
      assignImpropers(rules.Improper, context, add);
      if (out.atoms.length === 0) return { forces: [] };
      return { forces: [{ kind: 'bonded', term, atoms: Int32Array.from(out.atoms), parameters: Float64Array.from(out.values) }] };
    },
  };
}

function assignPropers(rules: readonly Rule[], context: AssignContext, add: (atoms: Int32Array, rule: Rule) => void): void {
  const find = remembered((types) => specificMatch(rules, types));
  for (let t = 0; 4 * t < context.dihedrals.length; t++) {
    const atoms = context.dihedrals.subarray(4 * t, 4 * t + 4);
    const rule = find(typesOf(context, atoms));
    if (!rule) continue;
    context.covered.dihedrals[t] = 1;
    add(atoms, rule);
  }
}

const permutations: readonly (readonly [number, number, number])[] = [
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
];

/**
 * An improper's rule has the middle atom first. Of the rules that fit in any order of the three outer atoms, one without wildcards wins
 * (the last of them), else the first with. The torsion is (a1, a2, middle, a3): a1 and a2 are ordered by element, carbon last and otherwise
 * heavier first, or by index if their elements are equal, so that the result does not depend on the order in which atoms are listed.
 */
function assignImpropers(
  rules: readonly Rule[],
  context: AssignContext,
  add: (atoms: readonly number[], rule: Rule) => void,
): void {
  if (rules.length === 0) return;
  for (let t = 0; t < context.impropers.length; t += 4) {
    const atoms = context.impropers.subarray(t, t + 4);
    const types = typesOf(context, atoms);
    let match: { atoms: readonly number[]; rule: Rule } | undefined;
    for (const rule of rules) {
      if (match && rule.hasWildcard) continue;
      const order = permutations.find(
        (p) => fitsAt(rule, 0, types[0]) && p.every((k, place) => fitsAt(rule, place + 1, types[k])),
      );
      if (!order) continue;
      const [a1, a2] = orderByElement(context, atoms[order[0]], atoms[order[1]]);
      match = { atoms: [a1, a2, atoms[0], atoms[order[2]]], rule };
    }
    if (match) add(match.atoms, match.rule);
  }
}

function fitsAt(rule: Rule, place: number, type: string): boolean {
  const types = rule.places[place];
  return types === null || types.has(type);
}

function orderByElement(context: AssignContext, a: number, b: number): [number, number] {
  const { element, mass } = context.structure;
  if (element[a] === element[b]) return a > b ? [b, a] : [a, b];
  return element[a] !== 'C' && (element[b] === 'C' || mass[a] < mass[b]) ? [b, a] : [a, b];
}
