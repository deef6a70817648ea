/** The interfaces of energy terms: formula, parameters, evaluation. Loops, cut-offs and geometry are elsewhere, once. */
import type { Described } from '../registry.ts';
import type { Dimension } from '../scenario/schema.ts';
import type { Box } from '../system/box.ts';
import type { SystemDescription } from '../system/system.ts';
import type { KernelMemory } from '../threads/kernel-memory.ts';
import type { Threads } from '../threads/threads.ts';
import type { BondedForce, CoulombDescription, CustomForce, PairPotential } from './description.ts';

/** A parameter of a term: its name, what it measures, and its check. */
export interface Parameter {
  readonly name: string;
  readonly dimension: Dimension;
  readonly description: string;
  /** Taken where a scenario gives none; without it the parameter has to be given. */
  readonly default?: number;
}

/**
 * A term that depends on one internal coordinate x of two, three or four atoms: the distance, the angle (or its cosine),
 * or the dihedral angle in the IUPAC convention (trans = pi).
 */
export interface BondedTerm extends Described {
  readonly coordinate: 'distance' | 'angle' | 'cosine' | 'dihedral';
  readonly parameters: readonly Parameter[];
  /**
   * Writes the energy to out[0] and its derivative with respect to x to out[1]; `p[o..]` are the parameters.
   * Returns false where the term is undefined (a FENE bond at its maximum): the loop then names the atoms.
   */
  evaluate(x: number, p: Float64Array, o: number, out: Float64Array): boolean;
  /** For terms whose form is part of the force (expressions, tables): the evaluator of this force; used instead of `evaluate`. */
  compile?(force: BondedForce): BondedTerm['evaluate'];
}

/** A pair potential as a function of the squared distance. */
export interface PairTerm extends Described {
  readonly parameters: readonly Parameter[];
  /** Writes the energy to out[0] and -(dE/dr)/r to out[1]. */
  evaluate(r2: number, p: Float64Array, o: number, out: Float64Array): void;
  /** For terms whose form is part of the potential (expressions, tables): the evaluator of this potential; used instead of `evaluate`. */
  compile?(potential: PairPotential): PairTerm['evaluate'];
  /** The cut-off that the parameters themselves imply (WCA: 2^(1/6) sigma), if any. */
  range?(p: Float64Array, o: number): number;
}

/** A potential of the place where a particle is, the same for every particle: a wall, a trap, a model system in one or two coordinates. */
export interface FieldTerm extends Described {
  /** How many coordinates it depends on: x, x and y, or all. */
  readonly dimensions: number;
  readonly parameters: readonly Parameter[];
  /** Writes the energy to out[0] and its derivatives by x, y and z (those that it depends on) to out[1..]. */
  evaluate(x: number, y: number, z: number, p: Float64Array, o: number, out: Float64Array): void;
  /** For terms whose form is part of the force (expressions): the evaluator of this field; used instead of `evaluate`. */
  compile?(field: { readonly energy: string; readonly names: readonly string[] } | undefined): FieldTerm['evaluate'];
}

/** How charges interact: the pair part, and what is beyond pairs (reciprocal space) as further kernels. */
export interface CoulombMethod extends Described {
  /** Returns the pair evaluator for unit charge product; out as in PairTerm, in units of the Coulomb constant. */
  pair(description: CoulombDescription, cutoff: number): (r2: number, out: Float64Array) => void;
  /** Kernels for the long-ranged part; none for truncated methods. */
  longRange?(description: CoulombDescription, cutoff: number, exclusions: Int32Array, context: KernelContext): ForceKernel[];
}

/**
 * Pairs that may be within the cut-off, each once: particle i has the neighbours `neighbours[start[i] .. start[i + 1]]`.
 * Contains every pair within the cut-off asked for (and more: check the distance). Replaced as a whole when it is rebuilt:
 * read `version` to learn of it.
 */
export interface PairList {
  readonly start: Int32Array;
  readonly neighbours: Int32Array;
  readonly version: number;
}

/** What a kernel can ask of the platform when it is compiled. */
export interface KernelContext {
  readonly system: SystemDescription;
  /**
   * A list kept up to date by the platform before every `compute`; `exclusions` are flat pairs left out of it.
   * @param buffer how much farther the list reaches, so that it serves for several steps; the platform's choice if absent
   */
  pairList(cutoff: number, exclusions?: Int32Array, buffer?: number): PairList;
  /** What a force with WebAssembly of its own may run it on; the calling thread alone if absent. */
  readonly threads?: Threads;
  /** Where a force may have its own WebAssembly work on the platform's positions and forces (`ForceKernel.calls`); absent where the platform has no such memory. */
  readonly memory?: SystemMemory;
}

/** The memory of a platform in WebAssembly. */
export interface SystemMemory extends KernelMemory {
  /** Addresses of f64, 3 a particle, for as long as the memory lasts. */
  readonly positions: number;
  readonly forces: number;
}

/** A function that a module instantiated on a `SystemMemory` exports, for the platform's loop of steps to call without leaving WebAssembly. */
export interface KernelCall {
  /**
   * Has to be such an export. Returns 0, or what `attend` is then told.
   * @param block address of whatever it works on
   */
  readonly run: (block: number, step: number) => number;
  readonly block: number;
  /** The first step in which it is called, 0 if absent; the steps that it is told are counted from there. */
  readonly from?: number;
  /** Does in JavaScript, before anything else happens in the step, what the function leaves to it. */
  attend?(step: number, status: number): void;
}

/** A step of a force as calls. */
export interface ForceCalls {
  /** In their order: what `ForceMemory.update` does, then what `compute` does at the new positions of the step. */
  readonly calls: readonly KernelCall[];
  /** At the positions of the last step; what `compute` would have returned. */
  energy(): number;
}

/** A compiled force: adds to forces and virial, returns the energy. Allocates nothing in `compute`. */
export interface ForceKernel {
  /** Name in the energy table, in the log and in error messages. */
  readonly label: string;
  /**
   * @param positions 3N, not wrapped into the box
   * @param forces 3N; the kernel adds to it
   * @param virial 9 components, sum over pairs of r_ij (x) f_ij, row-major; the kernel adds to it
   * @returns potential energy
   */
  compute(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number;
  /** Whether its work is done in WebAssembly, for the times by task. */
  readonly wasm?: boolean;
  /**
   * In place of `compute` and `memory.update` in a step, with the same results to the bit, where all forces without kernels of the platform have them;
   * null where the system asks for more than they do.
   */
  readonly calls?: ForceCalls | null;
  /** Numbers that the end of a run tells of this force, by what they are. */
  findings?(): Readonly<Record<string, number>>;
  /** For forces that change from step to step; absent for those that are functions of the positions. */
  readonly memory?: ForceMemory;
}

/** The findings of kernels by label, as a property to spread: nothing where there are none. */
export function findingsOf(kernels: readonly ForceKernel[]): {
  readonly findings?: Readonly<Record<string, Readonly<Record<string, number>>>>;
} {
  const all = kernels.flatMap((kernel) => {
    const own = kernel.findings?.() ?? {};
    return Object.keys(own).length > 0 ? [[kernel.label, own] as const] : [];
  });
  return all.length > 0 ? { findings: Object.fromEntries(all) } : {};
}

/**
 * What a force remembers: hills, a restraint on its way, an extended variable. At the beginning of every step it may change; forces that
 * have been computed stand, and the next `compute` is the first with the change. So a state saved between two steps holds what the forces
 * at its positions were computed with.
 */
export interface ForceMemory {
  /** @param step the step that begins, counted from 0; the last `compute` was at the positions where it begins */
  update(step: number): void;
  /** What is conserved beyond the force's energy: an extended variable's own, less the energy that updates have put in. */
  reservoirEnergy(): number;
  save(): Float64Array;
  load(state: Float64Array): void;
}

/** A kind of force with a kernel of its own: plugins register potentials and biases as these. */
export interface CustomForceKind extends Described {
  /** For forces that run on several threads: particles below which another one costs more than it brings. */
  readonly particlesPerThread?: number;
  compile(description: CustomForce, context: KernelContext): ForceKernel;
}
