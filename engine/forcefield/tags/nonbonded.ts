/**
 * `<NonbondedForce coulomb14scale lj14scale> <UseAttributeFromResidue name="charge"/> <Atom type|class charge sigma epsilon/>`.
 * Where a file has a `<LennardJonesForce>` too, that gives sigma and epsilon and this one only charges.
 *
 * Additions to ffxml, each with OpenMM's behaviour as default:
 *   combination="lorentz-berthelot" | "geometric"   how sigma mixes (epsilon is geometric in both)
 *   potential="lennard-jones" | "wca"               wca: cut at the minimum and shifted, its own cut-off (Weeks, Chandler & Andersen 1971)
 *   bondCutoff="3"                                  pairs up to so many bonds apart do not interact, except for the scaled 1-4 pairs at 3;
 *                                                   0 in the Kremer-Grest model, where bonded beads repel each other too
 */
import { InputError } from '../../errors.ts';
import type { AssignContext, AssignedForce, ForceTag } from '../description.ts';
import { checkAttributes, checkChildren, numberAttribute, textAttribute, type XmlElement } from '../xml.ts';
import { readLennardJones } from './lennard-jones.ts';
import { type Combination, type Mixed, mix, pairForces, pairMatrix } from './pairs.ts';
import { agreeing, agreeingChoice, elementsOfTypes, fromResidues, residueAttributes } from './types.ts';

const combinations: readonly Combination[] = ['lorentz-berthelot', 'geometric'];

export const nonbondedTag: ForceTag = {
  tag: 'NonbondedForce',
  covers: 'particles',
  assign(elements, context): AssignedForce {
    for (const element of elements) {
      checkAttributes(element, [
        'coulomb14scale',
        'lj14scale',
        'combination',
        'potential',
        'bondCutoff',
        'useDispersionCorrection',
      ]);
      checkChildren(element, ['Atom', 'UseAttributeFromResidue']);
    }
    const combination = agreeingChoice(elements, 'combination', combinations);
    const potential = agreeingChoice(elements, 'potential', ['lennard-jones', 'wca']);
    const bondCutoff = Number(agreeingChoice(elements, 'bondCutoff', ['3', '2', '1', '0']));
    const scales = ['coulomb14scale', 'lj14scale'] as const;
    // Without 1-4 pairs there is nothing to scale.
    if (bondCutoff === 3) for (const element of elements) for (const name of scales) textAttribute(element, name);
    const [coulomb14scale, lj14scale] = agreeing(elements, scales, 1);
    const fromResidue = residueAttributes(elements, ['charge']).has('charge');
    const needed = fromResidue ? ['sigma', 'epsilon'] : ['charge', 'sigma', 'epsilon'];
    const ofType = elementsOfTypes(elements, needed, [], context);
    const charge = fromResidue ? fromResidues('charge', context) : typeCharges(ofType, context);
    const interacting = context.nonbonded.coulomb !== null && charge.some((q) => q !== 0) ? charge : null;
    const common = { potential, bondCutoff, coulomb14scale, charge: interacting };
    const separate = context.field.forces.get('LennardJonesForce');
    if (separate) {
      const wrong = ofType.find((element) => numberAttribute(element, 'epsilon') !== 0);
      if (wrong)
        throw new InputError(
          wrong.where,
          'both <NonbondedForce> and <LennardJonesForce> give Lennard-Jones parameters to a type; epsilon must be 0 in one of them',
        );
      return { charge, forces: pairForces({ ...common, ...readLennardJones(separate, context) }, context) };
    }
    const mixed = ofType.map(lennardJonesOf);
    const matrix = pairMatrix(mixed.length, (a, b) => mix(mixed[a], mixed[b], combination));
    return { charge, forces: pairForces({ ...common, matrix, matrix14: matrix, lj14scale }, context) };
  },
};

function typeCharges(ofType: readonly XmlElement[], context: AssignContext): Float64Array {
  const charges = ofType.map((element) => numberAttribute(element, 'charge'));
  return Float64Array.from(context.structure.type, (t) => charges[t]);
}

function lennardJonesOf(element: XmlElement): Mixed {
  const [sigma, epsilon] = [numberAttribute(element, 'sigma'), numberAttribute(element, 'epsilon')];
  if (sigma < 0 || epsilon < 0) throw new InputError(element.where, `sigma ${sigma} and epsilon ${epsilon} must not be negative`);
  return { sigma, epsilon };
}
