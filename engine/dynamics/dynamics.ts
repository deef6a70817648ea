/** Dynamics as data, and what a platform-independent integrator or thermostat says of itself. */
import type { Described } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import type { ConstraintSolver } from './constraints/solver.ts';

/** A resolved `dynamics` section: `integrator` names the entry, the rest are its settings in the system's units. */
export interface DynamicsDescription {
  readonly integrator: string;
  readonly timestep: number;
  readonly settings: Settings;
  readonly thermostat: { readonly type: string; readonly settings: Settings } | null;
  /** Keeps the pressure; the volume is constant if absent. */
  readonly barostat?: { readonly type: string; readonly settings: Settings } | null;
  /** Steps between removals of the centre-of-mass motion; 0: never. */
  readonly removeCenterOfMass: number;
  readonly seed: number;
}

/** The part of the state that an integrator works on. Arrays are 3N and owned by the context. */
export interface DynamicState {
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Conservative forces at `positions`. */
  readonly forces: Float64Array;
  readonly mass: Float64Array;
  /** kB in the system's units. */
  readonly boltzmann: number;
  readonly degreesOfFreedom: number;
  /** How many coordinates of a particle move, the first of x, y, z; 3 if absent. */
  readonly dimensions?: number;
  /** Steps done so far: with the seed, all that noise depends on. */
  step: number;
  potentialEnergy: number;
  /** Fixed distances, where there are any: `drift` and `projectVelocities` of primitives.ts keep them. */
  readonly constraints?: ConstraintSolver | null;
  /** The platform's own loops over the particles; the plain ones of primitives.ts serve where it brings none. */
  readonly primitives?: Primitives;
}

/** The loops over all particles that integrators and thermostats are made of, as a platform brings them. */
export interface Primitives {
  kick(dt: number): void;
  /** Keeps the constraints. */
  drift(dt: number): void;
  projectVelocities(): void;
  kineticEnergy(): number;
  scaleVelocities(factor: number): void;
}

/** One compiled integrator: a composition of kick, drift and noise that advances the state by one step. */
export interface Integrator {
  /** Advances positions and velocities by one timestep; `updateForces` recomputes forces and potential energy at the new positions. */
  step(state: DynamicState, updateForces: () => void): void;
  /** What the method conserves beyond kinetic + potential (thermostat energy, minus the heat taken in), energy units. */
  reservoirEnergy(state: DynamicState): number;
  /** Velocities whose kinetic energy and temperature are reported, where those that stand at the end of a step are not the best estimate. */
  reportedVelocities?(state: DynamicState): Float64Array;
  /** Internal variables for a checkpoint, and back. */
  save(): Float64Array;
  load(variables: Float64Array): void;
}

export interface IntegratorKind extends Described {
  /** Whether the equations of motion conserve total momentum, so that three degrees of freedom are lost when its motion is removed. */
  readonly conservesMomentum: boolean;
  /**
   * Whether it is composed so that constraints hold: positions change by `drift` alone, and `projectVelocities` follows what else
   * changed the velocities before they count. Systems with constraints are refused otherwise.
   */
  readonly keepsConstraints?: boolean;
  /** Target temperature, or null for constant energy. */
  temperature(settings: Settings): number | null;
  create(description: DynamicsDescription, thermostat: Thermostat | null): Integrator;
}

/** A thermostat acts on velocities before and after a velocity-Verlet step. */
export interface Thermostat {
  /** Applied at the start (`half` 0) and the end (`half` 1) of a step of length dt. */
  apply(state: DynamicState, dt: number, half: 0 | 1): void;
  reservoirEnergy(state: DynamicState): number;
  save(): Float64Array;
  load(variables: Float64Array): void;
}

export interface ThermostatKind extends Described {
  /** Target temperature. */
  temperature(settings: Settings): number;
  create(settings: Settings, seed: number): Thermostat;
}
