/**
 * Reads force fields in OpenMM's ffxml format (OpenMM user guide, "Creating Force Fields") into a plain description.
 *
 *   <ForceField units="lj"?>             units: "md" if absent (nm, kJ/mol, radians, Da, e)
 *     <Info>...</Info>                   passed over
 *     <Include file/>                    see include.ts
 *     <AtomTypes>  <Type name class element? mass/>
 *     <Residues>   <Residue name> <Atom name type .../> <Bond from to | atomName1 atomName2/> <ExternalBond from | atomName/>
 *                  <VirtualSite type .../> <AllowPatch name/>
 *     <Patches>    <Patch name residues?> <AddAtom/> <ChangeAtom/> <RemoveAtom/> <AddBond/> <RemoveBond/> <AddExternalBond/>
 *                  <RemoveExternalBond/> <ApplyToResidue name/>
 *     <...Force>                         one parser a tag, in tags/
 *
 * Several files make one field: types and residues add up, force elements of one tag are read as one, in the order of the files.
 */
import { InputError, nearest } from '../errors.ts';
import type { UnitSystem } from '../scenario/units.ts';
import { elementOf } from '../system/elements.ts';
import type { AtomType, ForceField, Patch, ResidueTemplate, TemplateAtom } from './description.ts';
import { type ForceFieldFile, includedNames } from './include.ts';
import { readPatch } from './patches.ts';
import { readResidue } from './residues.ts';
import { forceTags } from './tags/tags.ts';
import { checkAttributes, checkChildren, numberAttribute, parseXml, textAttribute, type XmlElement } from './xml.ts';

/** What is collected while files are read. */
interface Reading {
  readonly atomTypes: Map<string, AtomType>;
  readonly residues: Map<string, ResidueTemplate>;
  readonly patches: Map<string, Patch>;
  /** Residues that patches name: patch, its place, and where that is said. */
  readonly applies: { patch: string; residue: string; place: number; where: string }[];
  readonly forces: Map<string, XmlElement[]>;
}

/** @throws InputError at `file:line` for anything that is not understood. */
export function parseForceField(files: readonly ForceFieldFile[]): ForceField {
  const reading: Reading = { atomTypes: new Map(), residues: new Map(), patches: new Map(), applies: [], forces: new Map() };
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
    // First, so that a file is refused for what it is about and not for a detail of it.
    for (const child of root.children) if (!sections.includes(child.tag) && !forceTags.has(child.tag)) unsupported(child);
    for (const child of root.children) readSection(child, file, files, reading);
  }
  const { atomTypes, patches, forces } = reading;
  const residues = withPatches(reading);
  for (const { name, atoms, where } of residues) checkTypes(`residue "${name}"`, atoms, atomTypes, where);
  for (const { name, added, changed, where } of patches.values())
    checkTypes(`patch "${name}"`, [...added.flat(), ...changed.flat()], atomTypes, where);
  return { units: units ?? 'md', atomTypes, classes: classesOf(atomTypes), residues, patches, forces };
}

const sections: readonly string[] = ['Info', 'Include', 'AtomTypes', 'Residues', 'Patches'];

function readSection(child: XmlElement, file: ForceFieldFile, files: readonly ForceFieldFile[], reading: Reading): void {
  const { forces } = reading;
  if (child.tag === 'Info') return;
  if (child.tag === 'Include') {
    const names = includedNames(file.name, textAttribute(child, 'file'));
    if (!files.some(({ name }) => names.includes(name)))
      throw new InputError(
        child.where,
        `the file "${names[0]}" that <Include> names has not been loaded; name it beside this one`,
      );
  } else if (child.tag === 'AtomTypes') readTypes(child, reading.atomTypes);
  else if (child.tag === 'Residues') readResidues(child, reading.residues);
  else if (child.tag === 'Patches') readPatches(child, reading);
  else forces.set(child.tag, [...(forces.get(child.tag) ?? []), child]);
}

/** Why well-known tags are not supported. */
const reasons: Readonly<Record<string, string>> = {
  Script: 'it is a Python program that OpenMM would run; only forces that are described as data can be read',
  InitializationScript: 'it is a Python program that OpenMM would run; only forces that are described as data can be read',
  GBSAOBCForce: 'implicit solvent (generalised Born) is not available; use explicit water',
  CustomGBForce: 'implicit solvent (generalised Born) is not available; use explicit water',
  AmoebaGeneralizedKirkwoodForce: 'implicit solvent is not available; use explicit water',
  DrudeForce: 'polarisable force fields (Drude oscillators) are not available',
  AmoebaMultipoleForce: 'polarisable force fields (AMOEBA) are not available',
  AmoebaBondForce: 'polarisable force fields (AMOEBA) are not available',
  AmoebaVdwForce: 'polarisable force fields (AMOEBA) are not available',
};

function unsupported(element: XmlElement): never {
  const known = [...sections, ...forceTags.keys()];
  const reason = reasons[element.tag];
  const near = reason ? undefined : nearest(element.tag, known);
  throw new InputError(
    element.where,
    `<${element.tag}> is not supported${reason ? `: ${reason}.` : near ? `; did you mean <${near}>?` : '.'} Supported: ${known.map((tag) => `<${tag}>`).join(', ')}`,
  );
}

function checkTypes(what: string, atoms: readonly TemplateAtom[], types: ReadonlyMap<string, AtomType>, where: string): void {
  for (const atom of atoms)
    if (!types.has(atom.type))
      throw new InputError(where, `${what}: atom "${atom.name}" has the type "${atom.type}", which <AtomTypes> does not define`);
}

function classesOf(types: ReadonlyMap<string, AtomType>): Map<string, Set<string>> {
  const classes = new Map<string, Set<string>>([['', new Set(types.keys())]]);
  for (const type of types.values()) {
    const members = classes.get(type.class) ?? new Set();
    classes.set(type.class, members.add(type.name));
  }
  return classes;
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
    if (!(mass >= 0))
      throw new InputError(child.where, `type "${name}" has mass ${mass}; a mass must be positive, or 0 for virtual sites`);
    types.set(name, {
      name,
      class: textAttribute(child, 'class'),
      element: elementOf(symbol)?.symbol ?? '',
      mass,
      where: child.where,
    });
  }
}

function readResidues(element: XmlElement, residues: Map<string, ResidueTemplate>): void {
  checkAttributes(element, []);
  checkChildren(element, ['Residue']);
  for (const child of element.children) {
    const residue = readResidue(child);
    const earlier = residues.get(residue.name);
    if (earlier && earlier.override === residue.override)
      throw new InputError(
        child.where,
        `the residue "${residue.name}" is defined twice (first at ${earlier.where}); name only one of the files, or give the better one override="1"`,
      );
    if (!earlier || residue.override > earlier.override) residues.set(residue.name, residue);
  }
}

function readPatches(element: XmlElement, { patches, applies }: Reading): void {
  checkAttributes(element, []);
  checkChildren(element, ['Patch']);
  for (const child of element.children) {
    const { patch, applies: named } = readPatch(child);
    if (patches.has(patch.name))
      throw new InputError(
        child.where,
        `the patch "${patch.name}" is defined twice (first at ${patches.get(patch.name)?.where})`,
      );
    patches.set(patch.name, patch);
    for (const { residue, place } of named) applies.push({ patch: patch.name, residue, place, where: child.where });
  }
}

/** The templates with all patches that they or the patches themselves name. */
function withPatches({ residues, patches, applies }: Reading): ResidueTemplate[] {
  const further = new Map<string, { name: string; place: number }[]>();
  for (const { patch, residue, place, where } of applies) {
    if (!residues.has(residue))
      throw new InputError(where, `patch "${patch}" applies to residue "${residue}", which is not defined`);
    further.set(residue, [...(further.get(residue) ?? []), { name: patch, place }]);
  }
  return [...residues.values()].map((residue) => {
    for (const { name, place } of residue.patches) {
      const patch = patches.get(name);
      if (!patch)
        throw new InputError(
          residue.where,
          `residue "${residue.name}" allows the patch "${name}", which <Patches> does not define`,
        );
      if (place >= patch.residues)
        throw new InputError(
          residue.where,
          `residue "${residue.name}" is to be residue ${place + 1} of patch "${name}", which has ${patch.residues}`,
        );
    }
    const more = further.get(residue.name);
    return more ? { ...residue, patches: [...residue.patches, ...more] } : residue;
  });
}
