/** The state as integrators in TypeScript see it: views of the wasm memory, with the loops over particles in wasm. */
import type { ConstraintSolver } from '../../dynamics/constraints/solver.ts';
import type { DynamicState, Primitives } from '../../dynamics/dynamics.ts';
import { SimulationError } from '../../errors.ts';
import { constraintsNotMet } from '../blow-up.ts';
import { createConstraintSet } from './constraints.ts';
import { doublesAt, StateViews } from './memory.ts';
import type { Kernel } from './module.ts';
import type { Team } from './team.ts';

export class WasmState implements DynamicState {
  readonly mass: Float64Array;
  readonly boltzmann: number;
  readonly degreesOfFreedom: number;
  readonly dimensions: number;
  readonly primitives: Primitives;
  readonly constraints: ConstraintSolver | null;
  /** Where the kernels have them; 0 where there are none. */
  readonly constraintSet: number;
  step = 0;
  potentialEnergy = 0;
  private readonly views: StateViews;
  private readonly kernel: Kernel;

  constructor(
    team: Team,
    mass: Float64Array,
    boltzmann: number,
    degreesOfFreedom: number,
    constraints: ConstraintSolver | null,
    timestep: number,
    dimensions: number,
  ) {
    const { kernel } = team;
    this.kernel = kernel;
    this.mass = mass;
    this.boltzmann = boltzmann;
    this.degreesOfFreedom = degreesOfFreedom;
    this.dimensions = dimensions;
    this.constraints = constraints;
    this.views = new StateViews(kernel, mass.length);
    this.constraintSet = constraints ? createConstraintSet(kernel, constraints, mass, timestep) : 0;
    const set = this.constraintSet;
    this.primitives = {
      kick: (dt) => void team.all('kick', dt),
      drift: (dt) => {
        if (constraints) kernel.rememberPositions(set);
        team.all('drift', dt);
        if (constraints && !kernel.constrainMove(set, dt)) this.explainMove(constraints, kernel.constraintBefore(set));
      },
      kineticEnergy: () => team.all('kineticEnergy'),
      scaleVelocities: (factor) => void team.all('scaleVelocities', factor),
      projectVelocities: () => {
        // The solver in TypeScript says what cannot be done.
        if (constraints && !kernel.projectVelocities(set)) constraints.projectVelocities(this.positions, this.velocities);
      },
    };
  }

  /** A constraint cannot be met: the solver in TypeScript finds out which, and throws. */
  private explainMove(constraints: ConstraintSolver, before: number): void {
    constraints.remember(doublesAt(this.kernel, before, 3 * this.mass.length));
    constraints.constrainPositions(this.positions, this.step);
  }

  /** Steps in the kernels stopped: the solver in TypeScript says at which constraint. */
  explainConstraint(): never {
    const { kernel, constraints, constraintSet } = this;
    const moved = kernel.constraintFailure(constraintSet) === 1;
    if (constraints && moved) this.explainMove(constraints, kernel.constraintBefore(constraintSet));
    constraints?.projectVelocities(this.positions, this.velocities);
    throw new SimulationError(constraintsNotMet(this.step));
  }

  get positions(): Float64Array {
    return this.views.positions;
  }

  get velocities(): Float64Array {
    return this.views.velocities;
  }

  get forces(): Float64Array {
    return this.views.forces;
  }
}
