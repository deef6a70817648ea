/** What is simulated: a structure (particles and how they are connected), where it is, and which forces act. Pure data. */
import type { ForceDescription } from '../forces/description.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { Box } from './box.ts';
import type { Constraints } from './constraints.ts';
import type { VirtualSite } from './virtual-sites.ts';

/** Particles and connectivity; arrays have one element a particle unless said otherwise. JSON form: `structure.json` of a run. */
export interface Structure {
  readonly units: UnitSystem;
  /** Da, or reduced mass; 0 for virtual sites. */
  readonly mass: Float64Array;
  /** Elementary charges, or reduced charge. */
  readonly charge: Float64Array;
  /** Index into `typeNames`. */
  readonly type: Int32Array;
  readonly typeNames: readonly string[];
  /** Atom names such as `CA`; site names for coarse-grained particles. */
  readonly name: readonly string[];
  /** Element symbols; an empty string where there is none. */
  readonly element: readonly string[];
  /** Index of the particle's molecule, 0, 1, ...; the particles of a molecule are contiguous. */
  readonly molecule: Int32Array;
  /** Index into `residueNames` order, 0, 1, ...; one entry of `residueNames` a residue. */
  readonly residue: Int32Array;
  readonly residueNames: readonly string[];
  /** Pairs of bonded particles, flat: i0, j0, i1, j1, ... with i < j. */
  readonly bonds: Int32Array;
}

/** A structure with coordinates, and the forces that act if the source of the structure knows them. */
export interface Assembly {
  readonly structure: Structure;
  /** 3N, length units; molecules whole (not broken across the box). */
  readonly positions: Float64Array;
  /** 3N, length/time; `null` means: draw from the Maxwell-Boltzmann distribution if a temperature is known. */
  readonly velocities: Float64Array | null;
  readonly box: Box;
  /** Set by sources that carry their own forces (a trained potential); called after replication, on the final structure. */
  readonly forces?: (structure: Structure, box: Box) => ForceDescription[];
  /** Set by sources that know them (topology files); force fields add theirs. Replicated with the structure. */
  readonly constraints?: Constraints;
  readonly virtualSites?: readonly VirtualSite[];
  /** Of particles in an external field, which do not see each other: as in a System. */
  readonly dimensions?: number;
}

/** Everything a platform needs. */
export interface System extends SystemDescription {
  readonly positions: Float64Array;
  readonly velocities: Float64Array | null;
}

/** What a system is made of, without where its particles are: what is kept beside a context, which has their positions. */
export interface SystemDescription {
  readonly structure: Structure;
  /** At the start. */
  readonly box: Box;
  readonly forces: readonly ForceDescription[];
  /** Fixed distances; none if absent. */
  readonly constraints?: Constraints;
  /** How many coordinates of a particle move, the first of x, y, z; 3 if absent. */
  readonly dimensions?: number;
  /** Particles without mass that follow others; none if absent. */
  readonly virtualSites?: readonly VirtualSite[];
}

/** Lets go of the positions and velocities, which a platform has copied. */
export function describeSystem({ positions: _, velocities: __, ...description }: System): SystemDescription {
  return description;
}
