/** What a collective variable is: a few numbers that are functions of the positions, with exact gradients. */
import type { KernelCall, SystemMemory } from '../forces/terms.ts';
import type { Described, Registry } from '../registry.ts';
import type { Dimension, Settings } from '../scenario/schema.ts';
import type { FinishedStage } from '../stages/stage.ts';
import type { Box } from '../system/box.ts';
import type { Structure } from '../system/system.ts';

/** The interval of a component that repeats; its ends are the same point. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** One number of a variable. */
export interface Component {
  /** `phi`, or `map.0`, `map.1` for a variable of several components. */
  readonly name: string;
  readonly dimension: Dimension;
  readonly period: Period | null;
}

/** A variable compiled for a structure. Evaluation allocates nothing. */
export interface Variable {
  readonly name: string;
  readonly components: readonly Component[];
  /** The particles that it depends on, each once. */
  readonly atoms: Int32Array;
  /**
   * Computes all components.
   * @param positions 3N, of the whole system, not wrapped
   * @param values one number a component
   * @param gradients components x atoms x 3: the derivative with respect to the positions of `atoms`
   */
  evaluate(positions: Float64Array, box: Box, values: Float64Array, gradients: Float64Array): void;
  /** It takes positions as they are, as superposition does; otherwise it is made of nearest images, from each of its atoms to the next. */
  readonly unwrapped?: true;
  /**
   * Of what is made of anything else, such as pairs: in a periodic box sum_a r_a (x) d value / dr_a at the last `evaluate`, 9 a component, r from its first atom. Of a
   * variable with a `pullBack` 9 numbers, at the last of these.
   */
  readonly strain?: Float64Array;
  /** Of a variable of one component, where there is one that is simple enough; adaptive biasing forces need it. */
  readonly displacement?: Displacement;
  /**
   * Moves what evaluates it to the memory of a platform, whose loop of steps can then call it; `evaluate` gives the same bits before and after. Absent where
   * it is no WebAssembly.
   */
  placeIn?(memory: SystemMemory): VariableCalls;
  /** Lines on how it was used that a user should see when the run ends, such as that it was asked about what it never learned. */
  remarks?(): readonly string[];
}

/** The kernel of a variable on a platform's memory. */
export interface VariableCalls {
  /** Address of its values (f64 a component), which `forward` writes. */
  readonly values: number;
  /** Of the derivative of all biases by each, which `forward` sets to 0 and biases add to. */
  readonly slopes: number;
  readonly forward: KernelCall;
  /** Takes sum_c slope_c d value_c / dx off the forces, at the positions of `forward`. */
  readonly reverse: KernelCall;
}

/**
 * A variable that knows the derivative of any combination of its components without the whole matrix of derivatives, which would cost more than what
 * is asked for. Biases ask for no more.
 */
export interface PullBackVariable extends Variable {
  /** The components alone. */
  valuesAt(positions: Float64Array, box: Box, values: Float64Array): void;
  /** sum_c slopes[c] d value_c / dx over `atoms`, 3 each, at the positions of the last `valuesAt`; an array of its own, good until the next call. */
  pullBack(slopes: Float64Array): Float64Array;
}

export function hasPullBack(variable: Variable): variable is PullBackVariable {
  return 'pullBack' in variable;
}

/**
 * A way to change a variable and nothing else: a field v of displacements with v . grad xi = 1, which leaves bonds, angles, constraints and
 * the other variables alone. The mean of f . v + kT div v at a value of xi is minus the derivative of the free energy there (Ciccotti,
 * Lelievre & Vanden-Eijnden, Commun. Pure Appl. Math. 61, 371 (2008)).
 */
export interface Displacement {
  /** The particles that it moves. */
  readonly atoms: Int32Array;
  /** Writes v, 3 a particle of `atoms`; returns its divergence. */
  evaluate(positions: Float64Array, box: Box, field: Float64Array): number;
}

export interface VariableContext {
  readonly structure: Structure;
  /** Path of the variable's settings, for messages. */
  readonly where: string;
  /** A variable defined before this one, by name; throws InputError for an unknown one. */
  variable(name: string): Variable;
  /** Positions of the structure file named by the setting `reference`, 3 a particle of that file; null without one. */
  readonly reference: Float64Array | null;
  /** What `load` of the kind returned; null for a kind without. */
  readonly loaded: unknown;
  readonly registry: Registry;
}

/** Where a kind of variable that is made from files or stages finds them. */
export interface VariableSource {
  readonly where: string;
  /** Text of a file named in the scenario. */
  readText(path: string): Promise<string>;
  /** The finished stage that a property of the variable, such as `from`, names; null if it is absent. */
  stage(property: string): FinishedStage | null;
}

/** A kind of variable, under the registry kind `variable`. */
export interface VariableKind extends Described {
  /** Reads what `compile` needs beside the structure; its result is `loaded` of the context. @throws InputError */
  load?(settings: Settings, source: VariableSource): Promise<unknown>;
  /** @throws InputError for atoms that there are not, or settings that make no sense together */
  compile(name: string, settings: Settings, context: VariableContext): Variable;
}

/** a - b for a component: the shortest way round if it is periodic. */
export function difference(a: number, b: number, period: Period | null): number {
  const d = a - b;
  if (!period) return d;
  const length = period.to - period.from;
  return d - length * Math.round(d / length);
}

/** The value moved into its period. */
export function wrapped(x: number, period: Period | null): number {
  if (!period) return x;
  const length = period.to - period.from;
  return x - length * Math.floor((x - period.from) / length);
}
