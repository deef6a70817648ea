/** The state as integrators in TypeScript see it: views of the wasm memory, with the loops over particles in wasm. */
import type { ConstraintSolver } from '../../dynamics/constraints.ts';
import type { DynamicState, Primitives } from '../../dynamics/dynamics.ts';
import { StateViews } from './memory.ts';
import type { Kernel } from './module.ts';

export class WasmState implements DynamicState {
  readonly mass: Float64Array;
  readonly boltzmann: number;
  readonly degreesOfFreedom: number;
  readonly primitives: Primitives;
  readonly constraints: ConstraintSolver | null;
  step = 0;
  potentialEnergy = 0;
  private readonly views: StateViews;

  constructor(
    kernel: Kernel,
    mass: Float64Array,
    boltzmann: number,
    degreesOfFreedom: number,
    constraints: ConstraintSolver | null,
  ) {
    this.mass = mass;
    this.boltzmann = boltzmann;
    this.degreesOfFreedom = degreesOfFreedom;
    this.constraints = constraints;
    this.primitives = {
      kick: (dt) => kernel.kick(dt),
      drift: (dt) => {
        constraints?.remember(this.positions);
        kernel.drift(dt);
        constraints?.constrainMove(this.positions, this.velocities, dt, this.step);
      },
      kineticEnergy: () => kernel.kineticEnergy(),
      scaleVelocities: (factor) => kernel.scaleVelocities(factor),
      projectVelocities: () => constraints?.projectVelocities(this.positions, this.velocities),
    };
    this.views = new StateViews(kernel, mass.length);
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
