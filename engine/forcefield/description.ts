/** A force field as plain data, and what a parser of a force tag is given and gives. */
import type { ForceDescription } from '../forces/description.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { NonbondedSettings } from '../system/nonbonded-settings.ts';
import type { Structure } from '../system/system.ts';
import type { BondGraph } from '../system/topology.ts';
import type { XmlElement } from './xml.ts';

export interface AtomType {
  readonly name: string;
  readonly class: string;
  /** Empty for particles that are no atoms. */
  readonly element: string;
  /** 0 for virtual sites. */
  readonly mass: number;
  readonly where: string;
}

export interface TemplateAtom {
  readonly name: string;
  readonly type: string;
  /** Further attributes, such as `charge`, for forces that take them from the residue. */
  readonly values: ReadonlyMap<string, number>;
}

/** A virtual site of a residue: atoms by their index in the template, parameters as in `system/virtual-sites.ts`. */
export interface TemplateSite {
  readonly kind: 'average2' | 'average3' | 'outOfPlane' | 'localCoords';
  readonly site: number;
  readonly parents: readonly number[];
  /** Of `average2`, `average3` and `outOfPlane`. */
  readonly weights: readonly number[];
  /** Of `localCoords`. */
  readonly frame?: {
    readonly origin: readonly number[];
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly position: readonly [number, number, number];
  };
  /** The atom whose exclusions the site shares. */
  readonly excludeWith: number;
}

/** A residue that the field knows: its atoms, the bonds between them, and the atoms that bond to other residues. */
export interface ResidueTemplate {
  readonly name: string;
  readonly atoms: readonly TemplateAtom[];
  readonly bonds: readonly (readonly [number, number])[];
  /** One entry a bond to another residue: the atom's index. */
  readonly externalBonds: readonly number[];
  readonly sites: readonly TemplateSite[];
  /** Patches that may be applied: name and which of the patch's residues this is, from 0. */
  readonly patches: readonly { readonly name: string; readonly place: number }[];
  /** A template replaces one of the same name and a lower level. */
  readonly override: number;
  readonly where: string;
}

/** An atom of a patch: the place of its residue among those patched, from 0, and its name. */
export interface PatchAtom {
  readonly place: number;
  readonly name: string;
}

/** A change of one residue or of several that it joins: termini, protonation, disulphides. */
export interface Patch {
  readonly name: string;
  readonly residues: number;
  /** Atoms by their residue's place. */
  readonly added: readonly (readonly TemplateAtom[])[];
  readonly changed: readonly (readonly TemplateAtom[])[];
  readonly removed: readonly PatchAtom[];
  readonly addedBonds: readonly (readonly [PatchAtom, PatchAtom])[];
  readonly removedBonds: readonly (readonly [PatchAtom, PatchAtom])[];
  readonly addedExternalBonds: readonly PatchAtom[];
  readonly removedExternalBonds: readonly PatchAtom[];
  /** Every atom that it adds, changes or removes, as `place:name`. */
  readonly touched: ReadonlySet<string>;
  readonly where: string;
}

export interface ForceField {
  readonly units: UnitSystem;
  readonly atomTypes: ReadonlyMap<string, AtomType>;
  /** Names of the types of each class; the class '' holds all. */
  readonly classes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly residues: readonly ResidueTemplate[];
  readonly patches: ReadonlyMap<string, Patch>;
  /** The force elements of all files by tag, in the order in which they appear; parsed by `tags/`. */
  readonly forces: ReadonlyMap<string, readonly XmlElement[]>;
}

/** What the builder of a force may use: the structure with its types found, and what follows from its bonds. */
export interface AssignContext {
  readonly field: ForceField;
  /** Types are those of the field: `typeNames[type[i]]` is a name in `field.atomTypes`. */
  readonly structure: Structure;
  readonly graph: BondGraph;
  /** Bonds as they count for exclusions: a virtual site stands beside the atom that it shares them with. */
  readonly exclusionGraph: BondGraph;
  readonly nonbonded: NonbondedSettings;
  /** The atom's attributes in its residue's template. */
  templateValues(particle: number): ReadonlyMap<string, number>;
  /** The atom's index in its residue's template. */
  templateIndex(particle: number): number;
  /** Every bond, angle, dihedral (proper) and improper of the structure, flat. */
  readonly bonds: Int32Array;
  readonly angles: Int32Array;
  readonly dihedrals: Int32Array;
  readonly impropers: Int32Array;
  /** Which tuples have found a parameter so far, by kind and position in the list above; what stays out is reported. */
  readonly covered: Readonly<Record<'bonds' | 'angles' | 'dihedrals', Uint8Array>>;
  /** JSON path of the force field in the scenario. */
  readonly where: string;
}

/** What a force tag leads to. `charge` is set by the tag that knows the charges. */
export interface AssignedForce {
  readonly forces: readonly ForceDescription[];
  readonly charge?: Float64Array;
}

/** The parser of one force tag: a file under `tags/`. */
export interface ForceTag {
  readonly tag: string;
  /** Which tuples it gives parameters to; those that no tag of the field covers are an error. */
  readonly covers: 'bonds' | 'angles' | 'dihedrals' | 'particles';
  /** Gives some tuples further terms, beside the tag that is to cover them all: uncovered ones are no error of this tag. */
  readonly partial?: boolean;
  /** @param elements all elements of this tag, of all files; throws InputError at the place for what is not supported or missing */
  assign(elements: readonly XmlElement[], context: AssignContext): AssignedForce;
}
