/**
 * Reads force fields in OpenMM's ffxml format (OpenMM user guide, "Creating Force Fields") into a plain description.
 *
 *   <ForceField units="lj"?>             units: "md" if absent (nm, kJ/mol, radians, Da, e)
 *     <Info>...</Info>                   passed over
 *     <AtomTypes>  <Type name class element? mass/>
 *     <Residues>   <Residue name> <Atom name type .../> <Bond from to | atomName1 atomName2/> <ExternalBond from | atomName/>
 *     <...Force>                         one parser a tag, in tags/
 *
 * Several files make one field: types and residues add up, force elements of one tag are read as one, in the order of the files.
 */
import { InputError, nearest } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { elementOf } from '../system/elements.ts';
import type { AtomType, ForceField, ResidueTemplate, TemplateAtom } from './description.ts';
import { forceTags } from './tags/tags.ts';
import { checkAttributes, checkChildren, numberAttribute, parseXml, textAttribute, type XmlElement } from './xml.ts';

/** @throws InputError at `file:line` for anything that is not understood. */
export function parseForceField(files: readonly { readonly name: string; readonly text: string }[]): ForceField {
  const atomTypes = new Map<string, AtomType>();
  const residues: ResidueTemplate[] = [];
  const forces = new Map<string, XmlElement[]>();
  let units: UnitSystem | undefined;
  for (const file of files) {
    const root = parseXml(file.text, file.name);
    if (root.tag !== 'ForceField')
      throw new InputError(root.where, `the root element is <${root.tag}>; <ForceField> is expected`);
    checkAttributes(root, ['units', 'name']);
    const here = root.attributes.get('units') ?? 'md';
    if (here !== 'md' && here !== 'lj') throw new InputError(root.where, `units="${here}"; allowed: md, lj`);
    if (units !== undefined && units !== here)
      throw new InputError(root.where, `this file is in ${here} units, an earlier one in ${units} units`);
    units = here;
    for (const child of root.children) {
      if (child.tag === 'Info') continue;
      if (child.tag === 'AtomTypes') readTypes(child, atomTypes);
      else if (child.tag === 'Residues') readResidues(child, residues);
      else if (forceTags.has(child.tag)) forces.set(child.tag, [...(forces.get(child.tag) ?? []), child]);
      else unsupported(child);
    }
  }
  for (const residue of residues)
    for (const atom of residue.atoms)
      if (!atomTypes.has(atom.type))
        throw new InputError(
          residue.where,
          `residue "${residue.name}": atom "${atom.name}" has the type "${atom.type}", which <AtomTypes> does not define`,
        );
  return { units: units ?? 'md', atomTypes, residues, forces };
}

function unsupported(element: XmlElement): never {
  const known = ['Info', 'AtomTypes', 'Residues', ...forceTags.keys()];
  const near = nearest(element.tag, known);
  throw new InputError(
    element.where,
    `<${element.tag}> is not supported${near ? `; did you mean <${near}>?` : '.'} Supported: ${known.map((tag) => `<${tag}>`).join(', ')}`,
  );
}

function readTypes(element: XmlElement, types: Map<string, AtomType>): void {
  checkAttributes(element, []);
  checkChildren(element, ['Type']);
  for (const child of element.children) {
    checkAttributes(child, ['name', 'class', 'element', 'mass']);
    const name = textAttribute(child, 'name');
    if (types.has(name))
      throw new InputError(child.where, `the type "${name}" is defined twice (first at ${types.get(name)?.where})`);
    const symbol = child.attributes.get('element') ?? '';
    if (symbol !== '' && !elementOf(symbol))
      throw new InputError(child.where, `type "${name}" has the element "${symbol}", which is not known`);
    const mass = numberAttribute(child, 'mass');
    if (!(mass > 0)) throw new InputError(child.where, `type "${name}" has mass ${mass}; a mass must be positive`);
    types.set(name, {
      name,
      class: textAttribute(child, 'class'),
      element: elementOf(symbol)?.symbol ?? '',
      mass,
      where: child.where,
    });
  }
}

function readResidues(element: XmlElement, residues: ResidueTemplate[]): void {
  checkAttributes(element, []);
  checkChildren(element, ['Residue']);
  for (const child of element.children) residues.push(readResidue(child));
}

function readResidue(element: XmlElement): ResidueTemplate {
  checkAttributes(element, ['name']);
  checkChildren(element, ['Atom', 'Bond', 'ExternalBond']);
  const atoms = element.children.filter((child) => child.tag === 'Atom').map(readTemplateAtom);
  const index = (child: XmlElement, byName: string, byIndex: string): number => {
    const name = child.attributes.get(byName);
    const i = name === undefined ? numberAttribute(child, byIndex) : atoms.findIndex((atom) => atom.name === name);
    if (!(i in atoms))
      throw new InputError(
        child.where,
        `<${child.tag}> names atom "${name ?? i}", which residue "${element.attributes.get('name')}" lacks`,
      );
    return i;
  };
  const bonds: [number, number][] = [];
  const externalBonds: number[] = [];
  for (const child of element.children) {
    if (child.tag === 'Bond') {
      checkAttributes(child, ['from', 'to', 'atomName1', 'atomName2']);
      bonds.push([index(child, 'atomName1', 'from'), index(child, 'atomName2', 'to')]);
    } else if (child.tag === 'ExternalBond') {
      checkAttributes(child, ['from', 'atomName']);
      externalBonds.push(index(child, 'atomName', 'from'));
    }
  }
  return { name: textAttribute(element, 'name'), atoms, bonds, externalBonds, where: element.where };
}

/** Attributes beside name and type are numbers that forces may ask for (`<UseAttributeFromResidue name="charge"/>`). */
function readTemplateAtom(element: XmlElement): TemplateAtom {
  const further = [...element.attributes.keys()].filter((name) => name !== 'name' && name !== 'type');
  return {
    name: textAttribute(element, 'name'),
    type: textAttribute(element, 'type'),
    values: new Map(further.map((name) => [name, numberAttribute(element, name)])),
  };
}
