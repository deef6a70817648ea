/** Averages of positions and forces of the atoms over a short run in which the sites are held. */
import { type Box, type Context, describeDynamics, type StageContext, type System } from '../../../engine/index.ts';
import { siteRestraint, takeRestraintOff } from '../decoding/site-restraint.ts';
import type { Assignment } from '../mapping.ts';

export interface SamplingOptions {
  readonly temperature: number;
  readonly timestep: number;
  readonly friction: number;
  /** Energy/length^2. */
  readonly stiffness: number;
  readonly equilibration: number;
  readonly samples: number;
  /** Steps from one sample to the next. */
  readonly every: number;
}

export interface Averages {
  /** 3 x atoms. */
  readonly positions: Float64Array;
  /** 3 x atoms, of the force field alone. */
  readonly forces: Float64Array;
}

/**
 * In the ensemble in which the sites z are held near z0 by k/2 |z - z0|^2, the mean force of the sites is, to first order in the width kT/k of
 * their distribution, that of the potential of mean force at the mean of z. Both are linear in the atoms: averages of the atoms' positions and
 * forces are all that any map of positions and forces needs.
 */
export class RestrainedSampling {
  private readonly system: System;
  private readonly box: Box;
  private readonly mapping: Assignment;
  private readonly options: SamplingOptions;
  private readonly stage: Pick<StageContext, 'registry' | 'seed'>;
  private readonly targets: Float64Array;
  private runs = 0;

  constructor(
    system: System,
    box: Box,
    mapping: Assignment,
    options: SamplingOptions,
    stage: Pick<StageContext, 'registry' | 'seed'>,
  ) {
    this.system = system;
    this.box = box;
    this.mapping = mapping;
    this.options = options;
    this.stage = stage;
    this.targets = new Float64Array((3 * mapping.sites * system.structure.mass.length) / mapping.atomsPerMolecule);
  }

  /** @param positions atoms, molecules whole, 3 x atoms; @param sites where they are held */
  async average(positions: Float64Array, sites: Float64Array): Promise<Averages> {
    const { options, targets } = this;
    targets.set(sites);
    const context = await this.compile(positions);
    context.drawVelocities(options.temperature);
    context.advance(options.equilibration);
    const mean = { positions: new Float64Array(positions.length), forces: new Float64Array(positions.length) };
    for (let sample = 0; sample < options.samples; sample++) {
      context.advance(options.every);
      for (let c = 0; c < positions.length; c++) {
        mean.positions[c] += context.positions[c] / options.samples;
        mean.forces[c] += context.forces[c] / options.samples;
      }
    }
    context.close?.();
    const { stiffness } = options;
    takeRestraintOff({ mapping: this.mapping, stiffness, targets }, mean.positions, mean.forces);
    return mean;
  }

  /** Anew for each frame: lists start from its positions, and its noise is its own. */
  private compile(positions: Float64Array): Promise<Context> {
    const { system, box, mapping, options, stage, targets } = this;
    const { timestep, temperature, friction, stiffness } = options;
    const dynamics = describeDynamics({ integrator: 'langevin', timestep, temperature, friction }, stage.seed + this.runs++);
    const forces = [...system.forces, siteRestraint({ mapping, stiffness, targets })];
    return stage.registry
      .get('platform', 'wasm')
      .compile({ ...system, positions: positions.slice(), velocities: null, box, forces }, dynamics, stage.registry);
  }
}
