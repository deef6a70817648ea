/** A GROMACS topology as plain data, as the file has it: nothing is looked up or mixed yet. */

/** Function type of non-bonded interactions: 1 Lennard-Jones. Combination rules: 1 C6 and C12 geometric, 2 Lorentz-Berthelot, 3 sigma and epsilon geometric. */
export interface Defaults {
  readonly combination: 1 | 2 | 3;
  /** Whether 1-4 parameters that [ pairtypes ] lacks are made from the atom types. */
  readonly generatePairs: boolean;
  readonly fudgeLJ: number;
  readonly fudgeQQ: number;
}

export interface GromacsAtomType {
  readonly name: string;
  /** The name by which bonded types refer to it. */
  readonly bondedType: string;
  /** 0 where the file has none. */
  readonly atomicNumber: number;
  readonly mass: number;
  readonly charge: number;
  /** C6 and C12, or sigma and epsilon, by the combination rule. */
  readonly parameters: readonly [number, number];
}

/** Parameters for a tuple of types: several lists where a dihedral has several lines. */
export interface TypeEntry {
  readonly types: readonly string[];
  readonly parameters: (readonly number[])[];
  readonly where: string;
}

/** Entries of one section and function by their types, in the order of the file. */
export type TypeTable = ReadonlyMap<string, TypeEntry>;

export interface GromacsAtom {
  readonly type: string;
  readonly name: string;
  readonly residueName: string;
  readonly residueNumber: string;
  readonly charge: number;
  readonly mass: number;
  readonly where: string;
}

/** A line of [ bonds ], [ angles ], ...: atoms count from 0. */
export interface Interaction {
  readonly atoms: readonly number[];
  readonly function: number;
  readonly parameters: readonly number[];
  readonly where: string;
}

export interface MoleculeType {
  readonly name: string;
  readonly excludedBonds: number;
  readonly atoms: GromacsAtom[];
  /** By section: `bonds`, `pairs`, `angles`, `dihedrals`, `constraints`, `settles`, `exclusions`, `virtual_sites2`, ... */
  readonly interactions: Map<string, Interaction[]>;
  readonly where: string;
}

export interface GromacsTopology {
  readonly defaults: Defaults;
  readonly atomTypes: ReadonlyMap<string, GromacsAtomType>;
  /** By `section function`, such as `bonds 1`; pairs of [ nonbond_params ] under `nonbonded`. */
  readonly types: ReadonlyMap<string, TypeTable>;
  readonly molecules: readonly { readonly type: MoleculeType; readonly count: number }[];
}
