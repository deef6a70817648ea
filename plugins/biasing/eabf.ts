/** The bias `eabf`: adaptive biasing forces on extended variables that springs tie to the real ones; free energies by CZAR. */
import {
  type Bias,
  type BiasContext,
  type BiasKind,
  difference,
  exp,
  Noise,
  type Settings,
  wrapped,
} from '../../engine/index.ts';
import { binFinder, binSettings, binsFor, forceFiles, joined, ramp } from './abf.ts';
import { czar, czarEnergy } from './czar.ts';
import { type ForceBins, multicolumn } from './force-bins.ts';
import { ForceHistory } from './force-history.ts';
import { ProjectedForce } from './projected-force.ts';
import { perComponentSchema, positivePerComponent, thermalEnergy } from './settings.ts';

/**
 * Lesage, Lelievre, Stoltz & Henin, J. Phys. Chem. B 121, 3676 (2017). Each component xi has an extended variable lambda with V = k/2 (xi -
 * lambda)^2, k = kT/sigma^2, and the mass k (time/2 pi)^2; it moves by BAOAB with a bath of its own, in the same steps as the system. The mean
 * of k (xi - lambda) at lambda is taken off; of several variables, or a periodic one, as the gradient of an energy, since CZAR asks for
 * equilibrium (`projected-force.ts`). Works with every variable: no second derivatives, and constraints are in nobody's way.
 */
export const eabf: BiasKind = {
  name: 'eabf',
  summary: 'Extended-system adaptive biasing force, for every variable; free energies by the CZAR estimator.',
  status: 'validated',
  schema: {
    required: ['width', 'sigma'],
    properties: {
      ...binSettings,
      sigma: perComponentSchema('How far variable and extended variable fluctuate apart; about a width'),
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Period of the spring; 100 timesteps if absent.' },
      friction: { quantity: 'rate', minimum: 0, description: 'Of the extended variables; a tenth of an oscillation if absent.' },
    },
  },
  compile: (settings, context) => new ExtendedAbf(settings, context),
};

class ExtendedAbf implements Bias {
  readonly columns;
  private readonly context: BiasContext;
  private readonly kT: number;
  private readonly k: Float64Array;
  private readonly mass: Float64Array;
  private readonly decay: number;
  /** Of what the bath adds to the velocities in a step. */
  private readonly spread: Float64Array;
  private readonly noise: Noise;
  private readonly deviates: Float64Array;
  /** Mean forces on the extended variables, and what CZAR needs: k (lambda - xi) by bins of xi. */
  private readonly bins: ForceBins;
  private readonly real: ForceBins;
  private readonly history: ForceHistory;
  /** What is taken off, where mean forces need not be the gradient of anything. */
  private readonly projected: ProjectedForce | null;
  private readonly find: (values: ArrayLike<number>, step: number) => number;
  private readonly findReal: (values: ArrayLike<number>, step: number) => number;
  private readonly full: number;
  /** Where the extended variables are, of the last `evaluate`; -1 outside all bins, or not known. */
  private bin = -1;
  private started = 0;
  /** Samples taken. */
  private steps = 0;
  private heat = 0;
  private work = 0;
  private readonly lambda: Float64Array;
  /** Before the last half kick of the step. */
  private readonly velocity: Float64Array;
  /** On the extended variables: of the springs, and of the bias; the second also one step before. */
  private readonly spring: Float64Array;
  private readonly force: Float64Array;
  private readonly forceBefore: Float64Array;
  private readonly lambdaBefore: Float64Array;
  private readonly scratch: Float64Array;
  /** Least and greatest values of the real variables so far; none of variables that are periodic, or whose bins have ends. */
  private readonly least: Float64Array;
  private readonly greatest: Float64Array;

  constructor(settings: Settings, context: BiasContext) {
    const { components, timestep, seed, name } = context;
    const d = components.length;
    const room = () => new Float64Array(d);
    this.context = context;
    this.kT = thermalEnergy(context);
    this.k = positivePerComponent(settings, 'sigma', context).map((sigma) => this.kT / (sigma * sigma));
    const time = (settings.time as number | undefined) ?? 100 * timestep;
    this.mass = this.k.map((k) => k * (time / (2 * Math.PI)) ** 2);
    this.decay = exp(-((settings.friction as number | undefined) ?? (0.1 * 2 * Math.PI) / time) * timestep);
    this.spread = this.mass.map((mass) => Math.sqrt((1 - this.decay * this.decay) * (this.kT / mass)));
    this.noise = new Noise(seed, `eabf ${name}`);
    this.deviates = new Float64Array(d);
    this.bins = binsFor(settings, context);
    this.real = binsFor(settings, context);
    this.history = new ForceHistory(this.real);
    this.find = binFinder(context, settings, this.bins);
    this.findReal = binFinder({ ...context, note: () => undefined }, settings, this.real);
    this.full = settings.fullSamples as number;
    const loops = d > 1 || components[0].period !== null;
    this.projected = loops ? new ProjectedForce(this.bins, components, this.full) : null;
    [this.lambda, this.velocity, this.spring, this.force] = [room(), room(), room(), room()];
    [this.forceBefore, this.lambdaBefore, this.scratch] = [room(), room(), room()];
    const open = settings.from === undefined;
    this.least = Float64Array.from(components, ({ period }) =>
      open && !period ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
    );
    this.greatest = this.least.map((end) => -end);
    this.columns = components.map((component) => ({ name: `${component.name}_extended`, dimension: component.dimension }));
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    if (!this.started) return 0;
    const { k, lambda, spring, force, bins } = this;
    let energy = 0;
    for (let c = 0; c < k.length; c++) {
      const d = difference(values[c], lambda[c], this.context.components[c].period);
      energy += 0.5 * k[c] * d * d;
      slopes[c] += k[c] * d;
      spring[c] = k[c] * d;
    }
    const bin = bins.indexOf(lambda);
    this.bin = bin;
    if (this.projected) {
      this.projected.forceAt(lambda, this.least, this.greatest, force);
      return energy;
    }
    const part = bin < 0 || !this.visited() ? 0 : ramp(bins.samples[bin], this.full);
    for (let c = 0; c < k.length; c++) force[c] = part === 0 ? 0 : -part * bins.mean(bin, c);
    return energy;
  }

  /**
   * Whether the extended variables are where the real ones have been. Beyond, nothing is taken off the springs: many variables have a range that they
   * never leave, and flattened ones would run ever farther from it, stretching the springs until the timestep is too long for them.
   */
  private visited(): boolean {
    const { least, greatest, lambda } = this;
    for (let c = 0; c < least.length; c++) if (lambda[c] < least[c] || lambda[c] > greatest[c]) return false;
    return true;
  }

  update(step: number, values: Float64Array): void {
    if (!this.started) this.start(values);
    this.steps = step + 1;
    this.history.update(step);
    const { lambda, velocity, mass, k, force, spring, scratch } = this;
    const dt = this.context.timestep;
    for (let c = 0; c < k.length; c++) {
      scratch[c] = -spring[c];
      if (values[c] < this.least[c]) this.least[c] = values[c];
      if (values[c] > this.greatest[c]) this.greatest[c] = values[c];
    }
    const realBin = this.findReal(values, step);
    if (realBin >= 0) this.real.add(realBin, scratch);
    const bin = this.bin >= 0 ? this.bin : this.find(lambda, step);
    this.bin = -1;
    if (bin >= 0) this.bins.add(bin, spring);
    this.projected?.update(step, bin);
    this.work += this.lastWork();
    for (let c = 0; c < k.length; c++) {
      this.forceBefore[c] = force[c];
      this.lambdaBefore[c] = lambda[c];
    }
    for (let g = 0; 3 * g < k.length; g++) this.noise.normals(step, g, this.deviates, 3 * g, Math.min(3, k.length - 3 * g));
    for (let c = 0; c < k.length; c++) {
      // The last half kick of the step before and the first of this one.
      velocity[c] += (dt * (spring[c] + force[c])) / mass[c];
      const half = lambda[c] + 0.5 * dt * velocity[c];
      this.heat -= 0.5 * mass[c] * velocity[c] * velocity[c];
      velocity[c] = this.decay * velocity[c] + this.spread[c] * this.deviates[c];
      this.heat += 0.5 * mass[c] * velocity[c] * velocity[c];
      lambda[c] = wrapped(half + 0.5 * dt * velocity[c], this.context.components[c].period);
    }
  }

  /** At the beginning of production: where the variables are, at rest. */
  private start(values: Float64Array): void {
    this.started = 1;
    for (let c = 0; c < values.length; c++) this.lambda[c] = wrapped(values[c], this.context.components[c].period);
    this.lambdaBefore.set(this.lambda);
  }

  /** Work of the bias on the extended variables since the last update. */
  private lastWork(): number {
    let work = 0;
    for (let c = 0; c < this.k.length; c++) {
      const move = difference(this.lambda[c], this.lambdaBefore[c], this.context.components[c].period);
      work += 0.5 * (this.force[c] + this.forceBefore[c]) * move;
    }
    return work;
  }

  reservoirEnergy(): number {
    if (!this.started) return 0;
    let kinetic = 0;
    for (let c = 0; c < this.k.length; c++) {
      const v = this.velocity[c] + (0.5 * this.context.timestep * (this.spring[c] + this.force[c])) / this.mass[c];
      kinetic += 0.5 * this.mass[c] * v * v;
    }
    return kinetic - this.heat - this.work - this.lastWork();
  }

  report(): readonly number[] {
    return [...this.lambda];
  }

  results(): Record<string, string> {
    const { name, timestep } = this.context;
    const { axes, samples } = this.real;
    const gradient = czar(this.real, this.kT);
    const free = czarEnergy(this.real, this.kT);
    return {
      ...forceFiles(name, this.bins),
      [`${name}.history`]: this.history.text(timestep, this.steps),
      [`${name}.zcount`]: multicolumn(axes, (bin) => [samples[bin]]),
      [`${name}.czar.grad`]: multicolumn(axes, (bin) => axes.map((_, axis) => gradient[bin * axes.length + axis])),
      [`${name}.czar.pmf`]: multicolumn(axes, (bin) => [free[bin]]),
    };
  }

  save(): Float64Array {
    const { started, steps, heat, work, lambda, velocity, forceBefore, lambdaBefore } = this;
    const [bins, real] = [this.bins.save(), this.real.save()];
    const projected = this.projected?.save() ?? new Float64Array(0);
    const head = [
      started,
      steps,
      heat,
      work,
      bins.length,
      real.length,
      projected.length,
      ...lambda,
      ...velocity,
      ...forceBefore,
      ...lambdaBefore,
      ...this.least,
      ...this.greatest,
    ];
    return joined(Float64Array.from(head), bins, real, projected, this.history.save());
  }

  load(state: Float64Array): void {
    const d = this.k.length;
    this.bin = -1;
    let [length, more, last] = [0, 0, 0];
    [this.started, this.steps, this.heat, this.work, length, more, last] = state;
    [this.lambda, this.velocity, this.forceBefore, this.lambdaBefore, this.least, this.greatest].forEach((vector, n) => {
      vector.set(state.subarray(7 + n * d, 7 + (n + 1) * d));
    });
    let at = 7 + 6 * d;
    this.bins.load(state.slice(at, at + length));
    at += length;
    this.real.load(state.slice(at, at + more));
    at += more;
    this.projected?.load(state.slice(at, at + last));
    this.history.load(state.slice(at + last));
  }
}
