/**
 * `<CustomNonbondedForce energy="..." bondCutoff> <GlobalParameter/> <PerParticleParameter name/> <Atom type|class .../>`: a pair energy
 * given as an expression of r and of the parameters of both particles (`sigma1`, `sigma2`).
 */
import { InputError } from '../../errors.ts';
import type { ForceDescription } from '../../forces/description.ts';
import { particleLabel } from '../../system/structure.ts';
import { pairsByBonds } from '../../system/topology.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { readEnergy } from '../expressions.ts';
import { checkAttributes, checkChildren, numberAttribute, type XmlElement } from '../xml.ts';
import { elementsOfTypes, fromResidues, residueAttributes } from './types.ts';

export const customNonbondedTag: ForceTag = {
  tag: 'CustomNonbondedForce',
  covers: 'particles',
  assign: (elements, context) => ({ forces: elements.map((element) => customNonbonded(element, context)) }),
};

function customNonbonded(element: XmlElement, context: AssignContext): ForceDescription {
  checkAttributes(element, ['energy', 'bondCutoff', 'name']);
  checkChildren(element, ['GlobalParameter', 'PerParticleParameter', 'Atom', 'UseAttributeFromResidue', 'Function']);
  const bondCutoff = numberAttribute(element, 'bondCutoff');
  if (![0, 1, 2, 3].includes(bondCutoff))
    throw new InputError(element.where, `bondCutoff is ${bondCutoff}; a whole number from 0 to 3 is expected`);
  const { energy, names } = readEnergy(element, 'PerParticleParameter', new Map());
  const values = parametersOfTypes(element, names, context);
  const types = values.length;
  const width = 2 * names.length;
  const parameters = new Float64Array(types * types * width);
  for (let a = 0; a < types; a++)
    for (let b = 0; b < types; b++) parameters.set([...values[a], ...values[b]], (a * types + b) * width);
  const { modifier, switchDistance, cutoff } = context.nonbonded;
  return {
    kind: 'nonbonded',
    label: 'custom-nonbonded',
    cutoff,
    pair: {
      term: 'expression-pair',
      parameters,
      width,
      modifier,
      ...(switchDistance !== undefined && { switchDistance }),
      expression: { energy, names: [...names.map((name) => `${name}1`), ...names.map((name) => `${name}2`)] },
    },
    coulomb: null,
    exclusions: bondCutoff === 0 ? new Int32Array(0) : pairsByBonds(context.exclusionGraph, 1, bondCutoff),
  };
}

/** The values of each type; those left to residues must be equal for all atoms of a type. */
function parametersOfTypes(element: XmlElement, names: readonly string[], context: AssignContext): number[][] {
  const { structure } = context;
  const left = residueAttributes([element], names);
  const needed = names.filter((name) => !left.has(name));
  const ofType = elementsOfTypes([element], needed, [], context);
  const values = ofType.map((atom) => names.map((name) => (left.has(name) ? Number.NaN : numberAttribute(atom, name))));
  for (const name of left) {
    const k = names.indexOf(name);
    fromResidues(name, context).forEach((value, i) => {
      const own = values[structure.type[i]];
      if (Number.isNaN(own[k])) own[k] = value;
      if (own[k] !== value)
        throw new InputError(
          context.where,
          `particle ${particleLabel(structure, i)} has ${name} ${value}, another of its type ${own[k]}; <${element.tag}> needs one value a type`,
        );
    });
  }
  return values;
}
