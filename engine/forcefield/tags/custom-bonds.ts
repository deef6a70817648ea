/**
 * Bonds and angles with an energy given as an expression:
 * `<CustomBondForce energy="..."> <GlobalParameter/> <PerBondParameter name/> <Bond class1 class2 .../>` of r, and
 * `<CustomAngleForce energy="..."> <GlobalParameter/> <PerAngleParameter name/> <Angle class1 class2 class3 .../>` of theta.
 */
import type { BondedForce } from '../../forces/description.ts';
import type { ForceTag } from '../description.ts';
import { readEnergy } from '../expressions.ts';
import { firstMatch, readRule, remembered, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute, type XmlElement } from '../xml.ts';

interface Layout {
  readonly tag: string;
  readonly covers: 'bonds' | 'angles';
  readonly child: string;
  readonly parameterTag: string;
  readonly term: string;
}

function customTag({ tag, covers, child, parameterTag, term }: Layout): ForceTag {
  const arity = covers === 'bonds' ? 2 : 3;
  const one = (element: XmlElement, context: Parameters<ForceTag['assign']>[1]): BondedForce | null => {
    checkAttributes(element, ['energy', 'name']);
    checkChildren(element, ['GlobalParameter', parameterTag, child, 'Function']);
    const expression = readEnergy(element, parameterTag, new Map());
    const rules = element.children
      .filter((rule) => rule.tag === child)
      .map((rule) => readRule(rule, arity, expression.names, context));
    const find = remembered((types) => firstMatch(rules, types));
    const atoms: number[] = [];
    const parameters: number[] = [];
    const tuples = context[covers];
    for (let t = 0; t * arity < tuples.length; t++) {
      const tuple = tuples.subarray(arity * t, arity * (t + 1));
      const rule = find(typesOf(context, tuple));
      if (!rule) continue;
      context.covered[covers][t] = 1;
      atoms.push(...tuple);
      parameters.push(...expression.names.map((name) => numberAttribute(rule.element, name)));
    }
    if (atoms.length === 0) return null;
    return { kind: 'bonded', term, atoms: Int32Array.from(atoms), parameters: Float64Array.from(parameters), expression };
  };
  return {
    tag,
    covers,
    assign: (elements, context) => ({
      forces: elements.map((element) => one(element, context)).filter((force) => force !== null),
    }),
  };
}

export const customBondTag = customTag({
  tag: 'CustomBondForce',
  covers: 'bonds',
  child: 'Bond',
  parameterTag: 'PerBondParameter',
  term: 'expression-bond',
});

export const customAngleTag = customTag({
  tag: 'CustomAngleForce',
  covers: 'angles',
  child: 'Angle',
  parameterTag: 'PerAngleParameter',
  term: 'expression-angle',
});
