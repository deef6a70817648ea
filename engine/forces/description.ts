/** Forces as plain data: what acts on which particles with which parameters. A platform compiles these; nothing here computes. */

/** A function of one coordinate on a uniform grid: cubic Hermite data (value and derivative) at `start + k * spacing`. */
export interface Table {
  readonly start: number;
  readonly spacing: number;
  readonly values: Float64Array;
  readonly derivatives: Float64Array;
}

/** A bonded term over a list of atom tuples, e.g. all harmonic bonds of a system. */
export interface BondedForce {
  readonly kind: 'bonded';
  /** Name of the term in the registry kind `bonded`. */
  readonly term: string;
  /** Flat tuples: `arity` atoms a term (2 bond, 3 angle, 4 torsion). */
  readonly atoms: Int32Array;
  /** Flat parameters, as many a tuple as the term declares, in the term's order and in the system's units. */
  readonly parameters: Float64Array;
  /** The energy as an expression, for `expression-bond`, `expression-angle` and `expression-torsion`; parameter names in `names`. */
  readonly expression?: { readonly energy: string; readonly names: readonly string[] };
  /** For tabulated terms: the tables; the parameter of a tuple is the index of its table. */
  readonly tables?: readonly Table[];
  /** Name in the energy table; the term's name if absent. */
  readonly label?: string;
}

/** How a pair potential ends at its cut-off. */
export type CutoffModifier = 'none' | 'shift' | 'force-shift' | 'switch' | 'force-switch';

/** The short-ranged potential between particle types. */
export interface PairPotential {
  /** Name of the term in the registry kind `pair` (`lennard-jones`, `wca`, `tabulated-pair`, `expression-pair`). */
  readonly term: string;
  /** Row-major matrix over types: `parameters[(ti * types + tj) * width + k]`, symmetric; width = the term's number of parameters. */
  readonly parameters: Float64Array;
  readonly width: number;
  readonly modifier: CutoffModifier;
  /** Where switching begins (length), for the modifiers `switch` and `force-switch`. */
  readonly switchDistance?: number;
  /** Whether energy and pressure get what the potential has lost beyond the cut-off, on average (dispersion-correction.ts). */
  readonly dispersionCorrection?: boolean;
  readonly expression?: { readonly energy: string; readonly names: readonly string[] };
  /** For `tabulated-pair`: the tables; the parameter of a type pair is the index of its table. */
  readonly tables?: readonly Table[];
}

export interface CoulombDescription {
  /** Name in the registry kind `coulomb`: `cutoff`, `reaction-field`, `ewald`, `pme`. */
  readonly method: string;
  /** Relative permittivity beyond the cut-off, for the reaction field (Infinity: conducting). */
  readonly dielectric?: number;
  /** Relative error aimed at by Ewald summation. */
  readonly tolerance?: number;
  /** For `pme`: the splitting parameter alpha (1/length); from the tolerance if absent. */
  readonly splitting?: number;
  /** For `pme`: points of the mesh along each box vector; from the tolerance, or from `spacing`, if absent. */
  readonly grid?: readonly number[];
  /** For `pme`: the largest distance of mesh points (length). */
  readonly spacing?: number;
  /** For `pme`: order of the splines, 4, 5 or 6. */
  readonly order?: number;
}

/** All non-bonded interactions that share one list of pairs and one cut-off. */
export interface NonbondedForce {
  readonly kind: 'nonbonded';
  readonly label?: string;
  /** Length; Infinity means every pair (open boundaries only). */
  readonly cutoff: number;
  readonly pair: PairPotential | null;
  readonly coulomb: CoulombDescription | null;
  /** Pairs without any non-bonded interaction, flat, i < j. */
  readonly exclusions: Int32Array;
}

/** Explicit Lennard-Jones and Coulomb pairs: scaled 1-4 interactions. No cut-off, plain 1/r, as in OpenMM's exceptions. */
export interface PairListForce {
  readonly kind: 'pair-list';
  readonly label?: string;
  readonly atoms: Int32Array;
  /** sigma, epsilon, charge product a pair; scaling already applied. */
  readonly parameters: Float64Array;
}

/** A force that a plugin or a module brings with its own kernel; `data` is its plain description. */
export interface CustomForce {
  readonly kind: 'custom';
  /** Name in the registry kind `force`. */
  readonly term: string;
  readonly label?: string;
  readonly data: unknown;
}

export type ForceDescription = BondedForce | NonbondedForce | PairListForce | CustomForce;
