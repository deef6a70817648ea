/** What tags with one set of parameters a bond or an angle share: the first rule that fits gives the parameters. */
import type { AssignContext, AssignedForce, ForceTag } from '../description.ts';
import { firstMatch, readRule, remembered, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute } from '../xml.ts';

interface Layout {
  readonly tag: string;
  readonly covers: 'bonds' | 'angles';
  /** Tag of a rule. */
  readonly child: string;
  /** Name of the term in the registry kind `bonded`. */
  readonly term: string;
  /** Attributes, in the order of the term's parameters. */
  readonly parameters: readonly string[];
}

export function simpleTag({ tag, covers, child, term, parameters }: Layout): ForceTag {
  const arity = covers === 'bonds' ? 2 : 3;
  return {
    tag,
    covers,
    assign(elements, context): AssignedForce {
      const rules = elements.flatMap((element) => {
        checkAttributes(element, []);
        checkChildren(element, [child]);
        return element.children.map((rule) => {
          const read = readRule(rule, arity, parameters, context);
          return { ...read, values: parameters.map((name) => numberAttribute(rule, name)) };
        });
      });
      const values = new Map(rules.map((rule) => [rule.element, rule.values]));
      const find = remembered((types) => firstMatch(rules, types));
      const { atoms, found } = matchTuples(context, covers, arity, find, values);
      if (atoms.length === 0) return { forces: [] };
      return { forces: [{ kind: 'bonded', term, atoms: Int32Array.from(atoms), parameters: Float64Array.from(found) }] };
    },
  };
}

function matchTuples(
  context: AssignContext,
  covers: 'bonds' | 'angles',
  arity: number,
  find: ReturnType<typeof remembered>,
  values: ReadonlyMap<unknown, readonly number[]>,
): { atoms: number[]; found: number[] } {
  const tuples = context[covers];
  const atoms: number[] = [];
  const found: number[] = [];
  for (let t = 0; t * arity < tuples.length; t++) {
    const tuple = tuples.subarray(arity * t, arity * (t + 1));
    const rule = find(typesOf(context, tuple));
    if (!rule) continue;
    context.covered[covers][t] = 1;
    atoms.push(...tuple);
    found.push(...(values.get(rule.element) ?? []));
  }
  return { atoms, found };
}
