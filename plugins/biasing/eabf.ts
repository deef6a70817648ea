/** The bias `eabf`: adaptive biasing forces on extended variables that springs tie to the real ones; free energies by CZAR. */
import { type Bias, type BiasContext, type BiasKind, exp, type Settings } from '../../engine/index.ts';
import { binFinder, binSettings, binsFor, forceFiles, joined } from './abf.ts';
import { extendedOutside, realOutside } from './assembly/layout.ts';
import { czar, czarEnergy } from './czar.ts';
import { ExtendedVariables } from './extended-variables.ts';
import { type ForceBins, multicolumn } from './force-bins.ts';
import { ForceHistory } from './force-history.ts';
import { ProjectedForce, shortestWait, tolerance } from './projected-force.ts';
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
  private readonly extended: ExtendedVariables;
  /** Mean forces on the extended variables, and what CZAR needs: k (lambda - xi) by bins of xi. */
  private readonly bins: ForceBins;
  private readonly real: ForceBins;
  private readonly history: ForceHistory;
  /** What is taken off, where mean forces need not be the gradient of anything. */
  private readonly projected: ProjectedForce | null;
  private readonly find: (values: ArrayLike<number>, step: number) => number;
  private readonly findReal: (values: ArrayLike<number>, step: number) => number;
  private readonly full: number;
  private started = 0;
  /** Samples taken. */
  private steps = 0;

  constructor(settings: Settings, context: BiasContext) {
    const { components, timestep, seed, name } = context;
    const kT = thermalEnergy(context);
    const stiffness = positivePerComponent(settings, 'sigma', context).map((sigma) => kT / (sigma * sigma));
    const time = (settings.time as number | undefined) ?? 100 * timestep;
    const mass = stiffness.map((k) => k * (time / (2 * Math.PI)) ** 2);
    const decay = exp(-((settings.friction as number | undefined) ?? (0.1 * 2 * Math.PI) / time) * timestep);
    const full = settings.fullSamples as number;
    const loops = components.length > 1 || components[0].period !== null;
    this.context = context;
    this.kT = kT;
    this.full = full;
    this.extended = new ExtendedVariables({
      seed,
      purpose: `eabf ${name}`,
      timestep,
      stiffness,
      mass,
      decay,
      spread: mass.map((m) => Math.sqrt((1 - decay * decay) * (kT / m))),
      fullSamples: full,
      periods: components.map(({ period }) => period),
      // Many variables have a range that they never leave, and flattened extended ones would run ever farther from it, stretching the springs until
      // the timestep is too long for them. Bins with ends see to that themselves.
      bounded: settings.from === undefined,
      projected: loops,
      tolerance,
    });
    this.bins = binsFor(settings, context, this.extended.room);
    this.real = binsFor(settings, context, this.extended.room);
    this.projected = loops ? new ProjectedForce(this.bins, components, full, this.extended.room) : null;
    this.useBins();
    this.useEnergy();
    this.history = new ForceHistory(this.real);
    this.find = binFinder(context, settings, this.bins);
    this.findReal = binFinder({ ...context, note: () => undefined }, settings, this.real);
    this.columns = components.map((component) => ({ name: `${component.name}_extended`, dimension: component.dimension }));
  }

  private useBins(): void {
    const { extended, bins, real } = this;
    extended.useGrid('extendedBins', bins.axes, bins.samples, bins.sums);
    extended.useGrid('realBins', real.axes, real.samples, real.sums);
    extended.wait = Math.max(shortestWait, bins.samples.length);
  }

  private useEnergy(): void {
    if (this.projected) this.extended.useEnergy(this.projected.axes, this.projected.energy);
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { extended } = this;
    extended.see(values);
    return this.started === 0 ? 0 : extended.pull(slopes);
  }

  update(step: number, values: Float64Array): void {
    if (this.started === 0) {
      this.started = 1;
      this.extended.see(values);
      this.extended.start();
    }
    this.steps = step + 1;
    this.history.update(step);
    const left = this.extended.begin(step);
    if (left !== 0) this.finish(step, left);
  }

  /** What the kernel leaves of a step. */
  private finish(step: number, left: number): void {
    const { extended, projected } = this;
    if ((left & (realOutside | extendedOutside)) !== 0) {
      this.reach(step, left);
      extended.move(step);
    }
    if (!projected || !extended.needsFit(step)) return;
    projected.follow();
    this.useEnergy();
    extended.fit();
    extended.waited = [0, step];
  }

  /** Samples at points that lie outside the bins. */
  private reach(step: number, outside: number): void {
    const { extended, bins, real } = this;
    const springs = extended.get('spring');
    if ((outside & realOutside) !== 0) {
      const bin = this.findReal(extended.get('real'), step);
      const forces = springs.map((force) => -force);
      if (bin >= 0) real.add(bin, forces);
    }
    if ((outside & extendedOutside) !== 0) {
      const bin = this.find(extended.get('value'), step);
      if (bin >= 0) bins.add(bin, springs);
      const [fresh, fitted] = extended.waited;
      if (bin >= 0 && bins.samples[bin] < this.full) extended.waited = [fresh + 1, fitted];
    }
    this.useBins();
  }

  reservoirEnergy(): number {
    return this.started === 0 ? 0 : this.extended.reservoirEnergy();
  }

  report(): readonly number[] {
    return this.extended.get('value');
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
    const { extended } = this;
    const [bins, real] = [this.bins.save(), this.real.save()];
    const projected = this.projected?.save() ?? new Float64Array(0);
    const head = [
      this.started,
      this.steps,
      extended.heat,
      extended.work,
      ...extended.waited,
      bins.length,
      real.length,
      projected.length,
    ];
    const moving = saved.flatMap((name) => extended.get(name));
    return joined(Float64Array.from([...head, ...moving]), bins, real, projected, this.history.save());
  }

  load(state: Float64Array): void {
    const { extended } = this;
    let at = 0;
    const next = (length: number) => {
      at += length;
      return state.slice(at - length, at);
    };
    const [started, steps, heat, work, fresh, fitted, bins, real, projected] = next(9);
    [this.started, this.steps, extended.heat, extended.work, extended.waited] = [started, steps, heat, work, [fresh, fitted]];
    for (const name of saved) next(extended.count).forEach((number, c) => void extended.set(name, c, number));
    this.bins.load(next(bins));
    this.real.load(next(real));
    this.useBins();
    const energy = next(projected);
    this.projected?.load(energy);
    this.useEnergy();
    this.history.load(state.slice(at));
  }
}

/** What of the extended variables is saved; the rest follows from the settings, or is found by the next `evaluate`. */
const saved = ['value', 'velocity', 'forceBefore', 'valueBefore', 'least', 'greatest'] as const;
