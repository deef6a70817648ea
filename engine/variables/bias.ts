/** What a bias is: an energy of a few collective variables, with or without a memory. */

import type { KernelCall, SystemMemory } from '../forces/terms.ts';
import type { Described } from '../registry.ts';
import type { Dimension, Settings } from '../scenario/schema.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { FinishedStage } from '../stages/stage.ts';
import type { LineSink } from '../trajectory/appended-files.ts';
import type { EarlierBias } from './earlier-bias.ts';
import type { Component } from './variable.ts';

/**
 * A bias compiled for its variables. Evaluation allocates nothing.
 *
 * `values` are those of its variables' components, in order. In every step `update` comes first, with the values of the last `evaluate`;
 * what it changes counts from the next `evaluate` on. So what is saved between two steps is what the last forces were computed with.
 */
export interface Bias {
  /** Adds its derivative by each component to `slopes`; returns its energy. */
  evaluate(values: Float64Array, slopes: Float64Array): number;
  /** @param step the production step that begins, from 0; not called during equilibration */
  update?(step: number, values: Float64Array): void;
  /**
   * Moves what it computes with to the memory of a platform, whose loop of steps can then call it: before its first step, and before `load`. Absent where it
   * is no WebAssembly.
   */
  placeIn?(memory: SystemMemory, components: readonly ComponentAddresses[]): PlacedCalls;
  /** What is conserved beyond its energy: of an extended variable its own, less the energy that updates have put in. */
  reservoirEnergy?(): number;
  /** Everything that updates change. */
  save?(): Float64Array;
  load?(state: Float64Array): void;
  /** Number of the layout of what `save` returns, 1 if absent: it changes with it, so that a checkpoint of another version is recognised. */
  readonly layout?: number;
  /** Lines on how it worked that a user should see when the run ends, such as that the timestep was too long for it. */
  remarks?(): readonly string[];
  /** Columns of the log beside its energy, and their values now. */
  readonly columns?: readonly { readonly name: string; readonly dimension: Dimension }[];
  report?(): readonly number[];
  /** Files of the run folder that are written whole when the run ends: text by name. */
  results?(): Readonly<Record<string, string>>;
}

/** Where a component of its variables (VariableCalls) has its value and its slope, f64 each. */
export interface ComponentAddresses {
  readonly value: number;
  readonly slope: number;
}

/** The kernel of a bias on a platform's memory. */
export interface PlacedCalls {
  /** In place of `update`; null where there is none. Steps are those of production. */
  readonly update: KernelCall | null;
  /** In place of `evaluate`. */
  readonly evaluate: KernelCall;
  /** Of the last `evaluate`. */
  energy(): number;
}

/** What a bias is compiled with. */
export interface BiasContext {
  readonly name: string;
  /** Path of its settings, for messages. */
  readonly where: string;
  readonly units: UnitSystem;
  /** Of its variables, in the order of the setting `variables`. */
  readonly components: readonly Component[];
  /** kT of the heat bath, energy units; null where there is none. */
  readonly kT: number | null;
  readonly timestep: number;
  /** Of all noise of the run; purposes keep streams apart. */
  readonly seed: number;
  /**
   * Asks for the force along each component that the system itself exerts, kept current before every `evaluate`: minus the derivative of
   * the free energy on average. `variables/variable.ts` says for which variables it is known.
   * @throws InputError naming a variable for which it is not
   */
  forcesAlong(): Float64Array;
  /** A file of the run folder to which lines are added; an interrupted run that goes on cuts it back. @throws InputError if the name is taken */
  file(name: string, header: string): LineSink;
  /** A line for the user. */
  note(line: string): void;
  /** The finished stage that a setting of the bias names; null if the setting is absent. */
  stage(property: string): Promise<FinishedStage | null>;
  /**
   * The bias of the same type over the same variables that the stage named by such a setting had, as it was when that ended; null if the setting is absent.
   * @param layout of what its `save` returned
   * @throws InputError at the setting where there is none, or the stages differ in units, temperature or these variables
   */
  earlier(property: string, layout: number): Promise<EarlierBias | null>;
  /** Text of a file named in the scenario. */
  readText(path: string): Promise<string>;
}

/** A kind of bias, under the registry kind `bias`. */
export interface BiasKind extends Described {
  /** A part of the system that is simulated, as walls are, rather than a means to sample it: frames are taken as they are, without weights. */
  readonly stays?: true;
  /** The column of the log, behind the bias' name, that divided by kT is the logarithm of the weight of a frame; absent where a column is not enough. */
  readonly weightColumn?: string;
  /** @throws InputError for settings that do not fit the variables */
  compile(settings: Settings, context: BiasContext): Bias | Promise<Bias>;
}
