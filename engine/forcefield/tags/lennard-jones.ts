/**
 * `<LennardJonesForce lj14scale> <Atom type|class sigma epsilon sigma14? epsilon14?/> <NBFixPair type1|class1 type2|class2 sigma epsilon/>`:
 * Lennard-Jones with other parameters for 1-4 pairs, and with pairs of types that do not follow the mixing rule (CHARMM's NBFIX).
 */
import { InputError } from '../../errors.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { fits, readRule } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute, textAttribute, type XmlElement } from '../xml.ts';
import { type Mixed, mix, type PairSettings, pairForces, pairMatrix } from './pairs.ts';
import { agreeing, elementsOfTypes } from './types.ts';

export const lennardJonesTag: ForceTag = {
  tag: 'LennardJonesForce',
  covers: 'particles',
  assign(elements, context) {
    // Where there is a <NonbondedForce>, it reads this tag and makes one force of both.
    if (context.field.forces.has('NonbondedForce')) return { forces: [] };
    const settings = { potential: 'lennard-jones', bondCutoff: 3, coulomb14scale: 1, charge: null } as const;
    return { forces: pairForces({ ...settings, ...readLennardJones(elements, context) }, context) };
  },
};

/** The matrices over types. @throws InputError for what is not understood, negative parameters, and a type without any */
export function readLennardJones(
  elements: readonly XmlElement[],
  context: AssignContext,
): Pick<PairSettings, 'matrix' | 'matrix14' | 'lj14scale'> {
  for (const element of elements) {
    checkAttributes(element, ['lj14scale', 'useDispersionCorrection']);
    textAttribute(element, 'lj14scale');
    checkChildren(element, ['Atom', 'NBFixPair']);
  }
  const [lj14scale] = agreeing(elements, ['lj14scale'], 1);
  const ofType = elementsOfTypes(elements, ['sigma', 'epsilon'], ['sigma14', 'epsilon14'], context);
  const plain = ofType.map((element) => mixed(element, numberAttribute(element, 'sigma'), numberAttribute(element, 'epsilon')));
  const at14 = ofType.map((element, t) =>
    mixed(element, numberAttribute(element, 'sigma14', plain[t].sigma), numberAttribute(element, 'epsilon14', plain[t].epsilon)),
  );
  const special = specialPairs(elements, context);
  const types = plain.length;
  return {
    matrix: pairMatrix(types, (a, b) => special.get(a * types + b) ?? mix(plain[a], plain[b], 'lorentz-berthelot')),
    matrix14: pairMatrix(types, (a, b) => special.get(a * types + b) ?? mix(at14[a], at14[b], 'lorentz-berthelot')),
    lj14scale,
  };
}

/** NBFIX of two types of the structure, under a * types + b both ways; the last one given counts. */
function specialPairs(elements: readonly XmlElement[], context: AssignContext): Map<number, Mixed> {
  const special = new Map<number, Mixed>();
  const { typeNames } = context.structure;
  for (const element of elements.flatMap((parent) => parent.children)) {
    if (element.tag !== 'NBFixPair') continue;
    const rule = readRule(element, 2, ['sigma', 'epsilon'], context);
    const pair = mixed(element, numberAttribute(element, 'sigma'), numberAttribute(element, 'epsilon'));
    typeNames.forEach((a, i) => {
      typeNames.forEach((b, j) => {
        if (!fits(rule, [a, b])) return;
        special.set(i * typeNames.length + j, pair);
        special.set(j * typeNames.length + i, pair);
      });
    });
  }
  return special;
}

function mixed(element: XmlElement, sigma: number, epsilon: number): Mixed {
  if (sigma < 0 || epsilon < 0) throw new InputError(element.where, `sigma ${sigma} and epsilon ${epsilon} must not be negative`);
  return { sigma, epsilon };
}
