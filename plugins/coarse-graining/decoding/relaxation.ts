/** Decoded atoms relaxed with the force field that the atomistic run had, their sites held. */
import {
  type Box,
  type Context,
  describeDynamics,
  type FinishedStage,
  type StageContext,
  type System,
} from '../../../engine/index.ts';
import { atomisticSystem } from '../atomistic-system.ts';
import type { Assignment } from '../mapping.ts';
import { siteRestraint, takeRestraintOff } from './site-restraint.ts';

export interface RelaxOptions {
  /** Stop at this rms force component (energy/length). */
  readonly tolerance: number;
  readonly maxSteps: number;
  /** Of the restraint of the sites, energy/length^2. */
  readonly stiffness: number;
}

export interface Relaxed {
  /** Potential energy of the force field at the end, without the restraint. */
  readonly energy: number;
  /** Of the force field at the end, without the restraint, 3 x atoms. */
  readonly forces: Float64Array;
  /** Whether the tolerance was reached. */
  readonly converged: boolean;
}

/**
 * The minimiser of the engine on the system of an atomistic run plus harmonic restraints of the sites.
 *
 * Constraints of the run are left out: decoded bonds are far from their lengths, and where the force field has terms for them these bring them
 * back. Without restraints the atoms would go to the nearest minimum of the force field, and the ensemble of the sites would be lost.
 */
export class Relaxation {
  private readonly system: System;
  private readonly mapping: Assignment;
  private readonly options: RelaxOptions;
  private readonly stage: StageContext;
  private readonly targets: Float64Array;
  private context: Context | null = null;

  private constructor(system: System, mapping: Assignment, options: RelaxOptions, stage: StageContext) {
    this.system = system;
    this.mapping = mapping;
    this.options = options;
    this.stage = stage;
    this.targets = new Float64Array((3 * mapping.sites * system.structure.mass.length) / mapping.atomsPerMolecule);
  }

  /** @param atoms the atomistic run whose `system` is built again. @throws InputError if that cannot be built from here */
  static async create(
    atoms: FinishedStage,
    mapping: Assignment,
    options: RelaxOptions,
    stage: StageContext,
  ): Promise<Relaxation> {
    return new Relaxation(await atomisticSystem(atoms, stage), mapping, options, stage);
  }

  /** Moves `positions` (3 x atoms) to the minimum near them; `sites` are held. */
  async relax(positions: Float64Array, sites: Float64Array, box: Box): Promise<Relaxed> {
    const context = await this.compiled(positions, box);
    this.targets.set(sites);
    const steps = context.minimise(this.options);
    const { terms, potential } = context.observe();
    positions.set(context.positions);
    const restraint = terms.find((term) => term.label === 'site restraint')?.energy ?? 0;
    const forces = context.forces.slice();
    const { mapping, targets, options } = this;
    takeRestraintOff({ mapping, stiffness: options.stiffness, targets }, positions, forces);
    return { energy: potential - restraint, forces, converged: steps < options.maxSteps };
  }

  /** With open boundaries compiled once; in a box anew for each frame, since lists are made for particles that move a little at a time. */
  private async compiled(positions: Float64Array, box: Box): Promise<Context> {
    if (this.context && !box.vectors) {
      this.context.load({ ...this.context.save(), positions });
      return this.context;
    }
    this.context?.close?.();
    const { system, mapping, stage, targets } = this;
    const restraint = siteRestraint({ mapping, stiffness: this.options.stiffness, targets });
    const dynamics = describeDynamics({ integrator: 'velocity-verlet', timestep: 0.001 }, stage.seed);
    this.context = await stage.registry
      .get('platform', 'wasm')
      .compile(
        { ...system, positions: positions.slice(), velocities: null, box, forces: [...system.forces, restraint] },
        dynamics,
        stage.registry,
      );
    return this.context;
  }
}
