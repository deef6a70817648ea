/** What a comparison of two simulations holds: the content of `compare.json`. */
import type { UnitSystem } from '../../engine/index.ts';
import type { Peak } from './rdf.ts';

export interface ComparedCurve {
  readonly reference: readonly number[];
  readonly candidate: readonly number[];
  /** Block standard errors of the two curves; null where a run is too short for blocks. */
  readonly referenceError: readonly number[] | null;
  readonly candidateError: readonly number[] | null;
}

export interface ComparedRdf extends ComparedCurve {
  /** `A-B` of site types, or `centre-centre`. */
  readonly pair: string;
  /** Middle of each bin (length units). */
  readonly r: readonly number[];
  /** Mean of |g_ref - g_cand| over 0 < r <= rmax. */
  readonly meanAbsoluteError: number;
  /** What `meanAbsoluteError` would be for two equal models: the counting noise of the two curves. */
  readonly expectedFromNoise: number | null;
  readonly firstPeak: { readonly reference: Peak; readonly candidate: Peak };
}

export interface ComparedDistribution extends ComparedCurve {
  readonly name: string;
  /** Middle of each bin (length units, or rad). */
  readonly x: readonly number[];
  /** Integral of min(p_ref, p_cand). */
  readonly overlap: number;
  /** What `overlap` would be for two equal models; absent in files that older versions wrote. */
  readonly overlapFromNoise?: number | null;
  /** Nats; 0 for equal, ln 2 for disjoint distributions. */
  readonly jensenShannon: number;
  readonly mean: { readonly reference: number; readonly candidate: number };
}

/** A number of both runs and candidate / reference; null where a run does not yield it. */
export interface ComparedNumber {
  readonly reference: number | null;
  readonly candidate: number | null;
  readonly ratio: number | null;
  readonly referenceError?: number | null;
  readonly candidateError?: number | null;
  readonly unit: string;
  readonly description: string;
}

/** The joint distribution of two dihedrals of both runs, on a square grid over (-pi, pi) each. */
export interface ComparedMap {
  readonly name: string;
  /** Names of the particles of the two dihedrals. */
  readonly axes: readonly [string, string];
  readonly bins: number;
  /** Probability density (1/rad^2), row by row of the second dihedral, each from -pi. */
  readonly reference: readonly number[];
  readonly candidate: readonly number[];
  /** Integral of min(p_ref, p_cand). */
  readonly overlap: number;
  /** Nats. */
  readonly jensenShannon: number;
}

/** Autocorrelation of a property of molecules: its integrated time, and the functions, each at the lags that its run allows. */
export interface ComparedMemory extends ComparedNumber {
  readonly curves: { readonly reference: MemoryCurve | null; readonly candidate: MemoryCurve | null };
}

export interface MemoryCurve {
  readonly time: readonly number[];
  /** 1 at lag 0. */
  readonly correlation: readonly number[];
}

/** The content of `compare.json`. */
export interface Comparison {
  readonly reference: string;
  readonly candidate: string;
  /** Name of the mapping through which the reference was seen; null if both were compared as they are. */
  readonly mapping: string | null;
  readonly units: UnitSystem;
  readonly verdict: string;
  readonly molecules: { readonly reference: number; readonly candidate: number };
  readonly frames: { readonly reference: number; readonly candidate: number };
  /** Largest distance of g(r); null where there is no g(r) (open boundaries, a single molecule). */
  readonly rmax: number | null;
  readonly rdf: readonly ComparedRdf[];
  readonly bonds: readonly ComparedDistribution[];
  readonly angles: readonly ComparedDistribution[];
  readonly dihedrals: readonly ComparedDistribution[];
  /** Joint distributions of two dihedrals, such as a Ramachandran map. */
  readonly maps: readonly ComparedMap[];
  /** <Rg^2> of molecules (length^2), for molecules of more than two particles. */
  readonly gyration: ComparedNumber | null;
  /** How long a molecule remembers its Rg^2. */
  readonly gyrationMemory: ComparedMemory | null;
  /** Mean pressure of the two runs as their logs have it; null in open boundaries. */
  readonly pressure: ComparedNumber | null;
  readonly diffusion: ComparedNumber & {
    readonly curves: { readonly reference: MsdCurve | null; readonly candidate: MsdCurve | null };
  };
  readonly speed: ComparedNumber;
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

export interface MsdCurve {
  readonly time: readonly number[];
  readonly displacement: readonly number[];
  readonly fit: readonly [number, number];
}
