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
  readonly mass: number;
  readonly where: string;
}

export interface TemplateAtom {
  readonly name: string;
  readonly type: string;
  /** Further attributes, such as `charge`, for forces that take them from the residue. */
  readonly values: ReadonlyMap<string, number>;
}

/** A residue that the field knows: its atoms, the bonds between them, and the atoms that bond to other residues. */
export interface ResidueTemplate {
  readonly name: string;
  readonly atoms: readonly TemplateAtom[];
  readonly bonds: readonly (readonly [number, number])[];
  /** One entry a bond to another residue: the atom's index. */
  readonly externalBonds: readonly number[];
  readonly where: string;
}

export interface ForceField {
  readonly units: UnitSystem;
  readonly atomTypes: ReadonlyMap<string, AtomType>;
  readonly residues: readonly ResidueTemplate[];
  /** The force elements of all files by tag, in the order in which they appear; parsed by `tags/`. */
  readonly forces: ReadonlyMap<string, readonly XmlElement[]>;
}

/** What the builder of a force may use: the structure with its types found, and what follows from its bonds. */
export interface AssignContext {
  readonly field: ForceField;
  /** Types are those of the field: `typeNames[type[i]]` is a name in `field.atomTypes`. */
  readonly structure: Structure;
  readonly graph: BondGraph;
  readonly nonbonded: NonbondedSettings;
  /** The atom's attributes in its residue's template. */
  templateValues(particle: number): ReadonlyMap<string, number>;
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

/** What a force tag leads to. `structure` is set by the tag that knows the charges. */
export interface AssignedForce {
  readonly forces: readonly ForceDescription[];
  readonly charge?: Float64Array;
}

/** The parser of one force tag: a file under `tags/`. */
export interface ForceTag {
  readonly tag: string;
  /** Which tuples it gives parameters to; those that no tag of the field covers are an error. */
  readonly covers: 'bonds' | 'angles' | 'dihedrals' | 'particles';
  /** @param elements all elements of this tag, of all files; throws InputError at the place for what is not supported or missing */
  assign(elements: readonly XmlElement[], context: AssignContext): AssignedForce;
}
