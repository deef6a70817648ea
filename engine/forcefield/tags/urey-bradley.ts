/**
 * `<AmoebaUreyBradleyForce> <UreyBradley class1..3 k d/>`: k (r - d)^2 between the outer atoms of an angle. CHARMM's Urey-Bradley terms
 * come under this tag; the anharmonic ones of AMOEBA itself (`cubic`, `quartic`) must be 0.
 */
import { InputError } from '../../errors.ts';
import type { ForceTag } from '../description.ts';
import { firstMatch, readRule, remembered, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute } from '../xml.ts';

export const ureyBradleyTag: ForceTag = {
  tag: 'AmoebaUreyBradleyForce',
  covers: 'angles',
  partial: true,
  assign(elements, context) {
    const rules = elements.flatMap((element) => {
      checkAttributes(element, ['cubic', 'quartic']);
      for (const name of ['cubic', 'quartic'])
        if (numberAttribute(element, name, 0) !== 0)
          throw new InputError(
            element.where,
            `${name}="${element.attributes.get(name)}" of <${element.tag}> is not supported; it must be 0`,
          );
      checkChildren(element, ['UreyBradley']);
      return element.children.map((child) => readRule(child, 3, ['k', 'd'], context));
    });
    const find = remembered((types) => firstMatch(rules, types));
    const atoms: number[] = [];
    const parameters: number[] = [];
    const { angles } = context;
    for (let t = 0; t < angles.length; t += 3) {
      const rule = find(typesOf(context, angles.subarray(t, t + 3)));
      if (!rule) continue;
      atoms.push(angles[t], angles[t + 2]);
      parameters.push(numberAttribute(rule.element, 'd'), 2 * numberAttribute(rule.element, 'k'));
    }
    if (atoms.length === 0) return { forces: [] };
    return {
      forces: [
        {
          kind: 'bonded',
          term: 'harmonic-bond',
          label: 'urey-bradley',
          atoms: Int32Array.from(atoms),
          parameters: Float64Array.from(parameters),
        },
      ],
    };
  },
};
