/** Runs of the coarse-grained model in the engine while it is being refined. */
import {
  type Context,
  describeDynamics,
  type ForceDescription,
  Interrupted,
  type Registry,
  type Structure,
  volume,
} from '../../../engine/index.ts';
import type { TrainingSet } from '../model.ts';
import { fitPriors } from '../priors.ts';
import type { SiteHistogram } from './histogram.ts';

/** How one iteration samples; steps count in units of the timestep. */
export interface SamplingOptions {
  readonly timestep: number;
  readonly friction: number;
  readonly equilibration: number;
  readonly samples: number;
  /** Steps from one sample to the next. */
  readonly every: number;
}

/** Steps a period of the stiffest bond. */
const stepsPerPeriod = 20;

/**
 * A timestep and a friction that suit a set: a twentieth of the period of the stiffest harmonic bond, at most a hundredth of the time in
 * which a site crosses its own size (0.4 nm or 1 sigma); friction of one over a hundred steps.
 */
export function suitableDynamics(set: TrainingSet): { timestep: number; friction: number } {
  const { structure, kT } = set;
  const lightest = structure.mass.reduce((a, b) => Math.min(a, b));
  const crossing = (structure.units === 'md' ? 0.4 : 1) / Math.sqrt(kT / lightest);
  const stiffest = fitPriors(set).harmonic.filter((prior) => prior.coordinate === 'bond');
  const periods = stiffest.map(({ k }) => 2 * Math.PI * Math.sqrt(lightest / (2 * k)));
  const timestep = Math.min(0.01 * crossing, ...periods.map((period) => period / stepsPerPeriod));
  return { timestep, friction: 0.01 / timestep };
}

/** The training frame whose volume is nearest to the mean: where runs start, and the box they keep. */
export function typicalFrame(set: TrainingSet): number {
  const volumes = set.training.map((frame) => volume(set.box(frame)));
  const mean = volumes.reduce((sum, v) => sum + v, 0) / volumes.length;
  let best = set.training.length - 1;
  volumes.forEach((v, k) => {
    if (Math.abs(v - mean) < Math.abs(volumes[best] - mean) * (1 - 1e-9)) best = k;
  });
  return set.training[best];
}

export interface Surroundings {
  readonly registry: Registry;
  readonly signal: AbortSignal;
  readonly seed: number;
}

/** One model in motion. Positions carry over from iteration to iteration, so that equilibration is short. */
export class Sampler {
  private readonly set: TrainingSet;
  private readonly options: SamplingOptions;
  private readonly around: Surroundings;
  private readonly structure: Structure;
  private readonly frame: number;
  private positions: Float64Array;
  private velocities: Float64Array | null = null;
  private runs = 0;

  constructor(set: TrainingSet, options: SamplingOptions, around: Surroundings) {
    this.set = set;
    this.options = options;
    this.around = around;
    this.structure = set.structure;
    this.frame = typicalFrame(set);
    this.positions = set.positions(this.frame).slice();
  }

  /**
   * Mean counts of `histogram` a configuration under `forces`.
   * @throws SimulationError if the model blows up; Interrupted if the signal is aborted
   */
  async sample(forces: readonly ForceDescription[], histogram: SiteHistogram): Promise<Float64Array> {
    const { set, options, around } = this;
    const context = await this.compile(forces);
    if (this.velocities === null) context.drawVelocities(set.temperature);
    await this.advance(context, options.equilibration);
    const counts = new Float64Array(histogram.nodes);
    for (let k = 0; k < options.samples; k++) {
      await this.advance(context, options.every);
      histogram.add(context.positions, context.box, counts);
    }
    context.observe(); // throws if anything is not finite
    this.positions = context.positions.slice();
    this.velocities = context.velocities.slice();
    this.runs++;
    if (around.signal.aborted) throw new Interrupted('stopped while refining; run again to start this stage over');
    return counts.map((count) => count / options.samples);
  }

  private compile(forces: readonly ForceDescription[]): Promise<Context> {
    const { set, options, around, structure } = this;
    const dynamics = {
      integrator: 'langevin',
      timestep: options.timestep,
      temperature: set.temperature,
      friction: options.friction,
    };
    const system = {
      structure,
      positions: this.positions,
      velocities: this.velocities,
      box: set.box(this.frame),
      forces: [...forces],
    };
    return around.registry
      .get('platform', 'wasm')
      .compile(system, describeDynamics(dynamics, around.seed + this.runs), around.registry);
  }

  private async advance(context: Context, steps: number): Promise<void> {
    context.advance(steps);
    await new Promise((resolve) => setTimeout(resolve));
    if (this.around.signal.aborted) throw new Interrupted('stopped while refining; run again to start this stage over');
  }
}
