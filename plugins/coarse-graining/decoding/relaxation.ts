/** Decoded atoms relaxed with the force field that the atomistic run had, their sites held. */
import {
  type Box,
  buildSystem,
  type Context,
  describeDynamics,
  type FinishedStage,
  InputError,
  type Settings,
  type StageContext,
  type System,
} from '../../../engine/index.ts';
import type { Assignment } from '../mapping.ts';
import { siteRestraint } from './site-restraint.ts';

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
    const { constraints: _, ...settings } = atoms.settings.system as Settings;
    const where = `${stage.where} (the system of "${atoms.name}")`;
    const build = {
      units: atoms.units,
      seed: stage.seed,
      where,
      readText: (path: string) => stage.readText(path),
      async stage(name: string) {
        const found = atoms.inputs['system.from'];
        if (!found) throw new InputError(where, `the stage "${name}" that it was made from is not there any more`);
        return found;
      },
    };
    return new Relaxation(await buildSystem(settings, build, stage.registry), mapping, options, stage);
  }

  /** Number of atoms of the system. */
  get atoms(): number {
    return this.system.structure.mass.length;
  }

  /** Moves `positions` (3 x atoms) to the minimum near them; `sites` are held. */
  async relax(positions: Float64Array, sites: Float64Array, box: Box): Promise<Relaxed> {
    const context = await this.compiled(positions, box);
    this.targets.set(sites);
    context.load({ ...context.save(), positions });
    const steps = context.minimise(this.options);
    const { terms, potential } = context.observe();
    positions.set(context.positions);
    const restraint = terms.find((term) => term.label === 'site restraint')?.energy ?? 0;
    return { energy: potential - restraint, converged: steps < this.options.maxSteps };
  }

  /** Compiled once; anew where the box has changed. */
  private async compiled(positions: Float64Array, box: Box): Promise<Context> {
    const same = (context: Context) => (box.vectors ?? []).every((v, k) => v === context.box.vectors?.[k]);
    if (this.context && same(this.context)) return this.context;
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
