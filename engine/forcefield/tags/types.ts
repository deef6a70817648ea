/** Parameters of atom types: the children `<Atom type|class .../>` of a tag, and those left to `<UseAttributeFromResidue name="..."/>`. */
import { InputError } from '../../errors.ts';
import { particleLabel } from '../../system/structure.ts';
import type { AssignContext } from '../description.ts';
import { typesAt } from '../matching.ts';
import { checkAttributes, numberAttribute, textAttribute, type XmlElement } from '../xml.ts';

/** Names that the tag leaves to the residues' atoms. @throws InputError for one that is not among `names` */
export function residueAttributes(elements: readonly XmlElement[], names: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const child of elements.flatMap((element) => element.children)) {
    if (child.tag !== 'UseAttributeFromResidue') continue;
    checkAttributes(child, ['name']);
    const name = textAttribute(child, 'name');
    if (!names.includes(name))
      throw new InputError(
        child.where,
        `<UseAttributeFromResidue name="${name}"/> is not supported here; allowed: ${names.join(', ')}`,
      );
    found.add(name);
  }
  return found;
}

/**
 * The element with the parameters of each type of the structure, in the order of its types: one that names the type beats one that names
 * its class, and of equals the last wins (as in OpenMM: later files refine earlier ones).
 * @param needed numbers that every element must have @param optional numbers that it may have
 * @throws InputError at the element for what is not understood; naming the type and a particle where there is none
 */
export function elementsOfTypes(
  elements: readonly XmlElement[],
  needed: readonly string[],
  optional: readonly string[],
  context: AssignContext,
): XmlElement[] {
  const tag = elements[0].tag;
  const byType = new Map<string, XmlElement>();
  const byClass = new Map<string, XmlElement>();
  for (const element of elements.flatMap((parent) => parent.children)) {
    if (element.tag !== 'Atom') continue;
    checkAttributes(element, ['type', 'class', ...needed, ...optional]);
    for (const name of needed) numberAttribute(element, name);
    const types = typesAt(element, '', context) ?? context.field.atomTypes.keys();
    const target = element.attributes.has('type') ? byType : byClass;
    for (const type of types) target.set(type, element);
  }
  const { structure, field } = context;
  return structure.typeNames.map((name, t) => {
    const element = byType.get(name) ?? byClass.get(name);
    if (!element)
      throw new InputError(
        context.where,
        `the force field has no non-bonded parameters for type "${name}" (class "${field.atomTypes.get(name)?.class}"), needed for particle ` +
          `${particleLabel(structure, structure.type.indexOf(t))}; add an <Atom> to <${tag}>`,
      );
    return element;
  });
}

/** An attribute of every particle's template atom. @throws InputError naming a particle without it */
export function fromResidues(name: string, context: AssignContext): Float64Array {
  return Float64Array.from(context.structure.mass, (_, i) => {
    const value = context.templateValues(i).get(name);
    if (value === undefined)
      throw new InputError(
        context.where,
        `the template of particle ${particleLabel(context.structure, i)} gives it no ${name}, as <UseAttributeFromResidue> asks`,
      );
    return value;
  });
}

/** Attributes on which the elements of all files must agree (within 1e-5: files round them differently). */
export function agreeing(elements: readonly XmlElement[], names: readonly string[], fallback: number): number[] {
  return names.map((name) => {
    const values = elements.map((element) => numberAttribute(element, name, fallback));
    values.forEach((value, k) => {
      if (Math.abs(value - values[0]) > 1e-5)
        throw new InputError(
          elements[k].where,
          `<${elements[k].tag}> has ${name} ${value} here, but ${values[0]} at ${elements[0].where}; these files do not belong together`,
        );
    });
    return values[0];
  });
}

/** A text attribute that has one of a few values, the first where it is absent, and on which all elements must agree. */
export function agreeingChoice<T extends string>(elements: readonly XmlElement[], name: string, allowed: readonly T[]): T {
  const values = elements.map((element) => {
    const value = (element.attributes.get(name) ?? allowed[0]) as T;
    if (!allowed.includes(value))
      throw new InputError(element.where, `${name}="${value}" of <${element.tag}>; allowed: ${allowed.join(', ')}`);
    return value;
  });
  const other = values.findIndex((value) => value !== values[0]);
  if (other >= 0)
    throw new InputError(
      elements[other].where,
      `<${elements[other].tag}> has ${name} ${values[other]} here, but ${values[0]} at ${elements[0].where}`,
    );
  return values[0];
}
