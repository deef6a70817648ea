/**
 * `<CustomTorsionForce energy="..." ordering> <GlobalParameter/> <PerTorsionParameter name/> <Proper .../> <Improper .../>`: an energy given
 * as an expression of theta, the dihedral angle from -pi to pi.
 */
import type { BondedForce } from '../../forces/description.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { readEnergy } from '../expressions.ts';
import { checkAttributes, checkChildren, numberAttribute, type XmlElement } from '../xml.ts';
import { assignTorsions } from './torsions.ts';

export const customTorsionTag: ForceTag = {
  tag: 'CustomTorsionForce',
  covers: 'dihedrals',
  partial: true,
  assign: (elements, context) => ({
    forces: elements.map((element) => customTorsion(element, context)).filter((force) => force !== null),
  }),
};

function customTorsion(element: XmlElement, context: AssignContext): BondedForce | null {
  checkAttributes(element, ['energy', 'ordering', 'name']);
  checkChildren(element, ['GlobalParameter', 'PerTorsionParameter', 'Proper', 'Improper', 'Function']);
  // The engine calls the angle phi; a parameter of that name makes way.
  const renamed = new Map([
    ['theta', 'phi'],
    ['phi', 'phi_parameter'],
  ]);
  const { energy, names } = readEnergy(element, 'PerTorsionParameter', renamed);
  const { atoms, parameters } = assignTorsions(
    [element],
    {
      tag: element.tag,
      allowed: names,
      orderings: ['charmm', 'default', 'amber'],
      terms: (rule) => [names.map((name) => numberAttribute(rule, name))],
    },
    context,
  );
  if (atoms.length === 0) return null;
  const expression = { energy, names: names.map((name) => (name === 'phi' ? 'phi_parameter' : name)) };
  return { kind: 'bonded', term: 'expression-torsion', label: 'custom-torsion', atoms, parameters, expression };
}
