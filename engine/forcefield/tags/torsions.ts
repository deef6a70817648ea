/** What torsion tags share: proper torsions by the most specific rule, impropers in the order that the tag asks for. */
import { InputError } from '../../errors.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { type Rule, readRule, remembered, specificMatch, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, type XmlElement } from '../xml.ts';
import { assignImpropers, type ImproperRule, type Ordering } from './impropers.ts';

interface Layout {
  readonly tag: string;
  readonly term: string;
  /** Attributes that a rule may have beside its types. */
  readonly allowed: readonly string[];
  /** The first is taken where none is said. */
  readonly orderings: readonly Ordering[];
  /** The parameters of the terms that a rule stands for: none, one or several a torsion. */
  terms(element: XmlElement): readonly (readonly number[])[];
}

/** Atoms and parameters of the torsions of one tag, flat. */
export interface Torsions {
  readonly atoms: Int32Array;
  readonly parameters: Float64Array;
}

export function torsionTag(layout: Layout): ForceTag {
  return {
    tag: layout.tag,
    covers: 'dihedrals',
    assign(elements, context) {
      for (const element of elements) checkAttributes(element, ['ordering']);
      for (const element of elements) checkChildren(element, ['Proper', 'Improper']);
      const { atoms, parameters } = assignTorsions(elements, layout, context);
      return { forces: atoms.length === 0 ? [] : [{ kind: 'bonded', term: layout.term, atoms, parameters }] };
    },
  };
}

/** Finds the rule of each proper and improper torsion among the children `Proper` and `Improper`, and lists the terms. */
export function assignTorsions(
  elements: readonly XmlElement[],
  { tag, allowed, orderings, terms }: Omit<Layout, 'term'>,
  context: AssignContext,
): Torsions {
  const propers: Rule[] = [];
  const impropers: ImproperRule[] = [];
  const parameters = new Map<XmlElement, readonly (readonly number[])[]>();
  for (const element of elements) {
    const ordering = (element.attributes.get('ordering') ?? orderings[0]) as Ordering;
    if (!orderings.includes(ordering))
      throw new InputError(
        element.where,
        `ordering="${ordering}" of <${tag}> is not supported; allowed: ${orderings.toSorted().join(', ')}`,
      );
    for (const child of element.children) {
      if (child.tag !== 'Proper' && child.tag !== 'Improper') continue;
      const rule = readRule(child, 4, allowed, context);
      parameters.set(child, terms(child));
      if (child.tag === 'Proper') propers.push(rule);
      else impropers.push({ ...rule, ordering });
    }
  }
  const out = { atoms: [] as number[], values: [] as number[] };
  const add = (atoms: ArrayLike<number>, rule: Rule) => {
    for (const values of parameters.get(rule.element) ?? []) {
      out.atoms.push(...Array.from(atoms));
      out.values.push(...values);
    }
  };
  assignPropers(propers, context, add);
  assignImpropers(impropers, context, add);
  return { atoms: Int32Array.from(out.atoms), parameters: Float64Array.from(out.values) };
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
