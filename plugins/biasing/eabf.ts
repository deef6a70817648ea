/** The bias `eabf`: adaptive biasing forces on extended variables that springs tie to the real ones; free energies by CZAR. */
import {
  type Bias,
  type BiasContext,
  type BiasKind,
  type ComponentAddresses,
  exp,
  type PlacedCalls,
  type Settings,
  type SystemMemory,
} from '../../engine/index.ts';
import { binFinder, binSettings, binsFor, forceFiles, type Ramp, rampOf } from './adaptive-force.ts';
import { attentionDue, extendedOutside, realOutside } from './assembly/layout.ts';
import { czar, czarEnergy } from './czar.ts';
import { type ExtendedSettings, ExtendedVariables } from './extended-variables.ts';
import { type ForceBins, multicolumn } from './force-bins.ts';
import { ForceHistory } from './force-history.ts';
import { continued } from './integrate.ts';
import { ProjectedForce, shortestWait, tolerance } from './projected-force.ts';
import { joined, reader } from './saved.ts';
import { perComponentSchema, positivePerComponent, thermalEnergy } from './settings.ts';
import { hasStart, type Start, startOf, startSettings, total } from './starting-bins.ts';

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
      ...startSettings,
      sigma: perComponentSchema('How far variable and extended variable fluctuate apart; about a width'),
      time: { quantity: 'time', exclusiveMinimum: 0, description: 'Period of the spring; 100 timesteps if absent.' },
      friction: { quantity: 'rate', minimum: 0, description: 'Of the extended variables; a tenth of an oscillation if absent.' },
    },
  },
  compile(settings, context) {
    const bias = new ExtendedAbf(settings, context);
    return hasStart(settings) ? bias.begin().then(() => bias) : bias;
  },
};

/** What it samples with, all of it in one memory. */
interface Sampling {
  readonly extended: ExtendedVariables;
  /** Mean forces on the extended variables, and what CZAR needs: k (lambda - xi) by bins of xi. */
  readonly bins: ForceBins;
  readonly real: ForceBins;
  readonly history: ForceHistory;
  /** What is taken off, where mean forces need not be the gradient of anything. */
  readonly projected: ProjectedForce | null;
  readonly find: (values: ArrayLike<number>, step: number) => number;
  readonly findReal: (values: ArrayLike<number>, step: number) => number;
}

class ExtendedAbf implements Bias {
  readonly columns;
  readonly layout = 2;
  private readonly settings: Settings;
  private readonly context: BiasContext;
  private readonly kT: number;
  private readonly ramp: Ramp;
  private sampling: Sampling;
  /** What it begins with; a move to another memory begins anew. */
  private start: Start | null = null;

  constructor(settings: Settings, context: BiasContext) {
    this.settings = settings;
    this.context = context;
    this.kT = thermalEnergy(context);
    this.ramp = rampOf(settings);
    this.columns = context.components.map((component) => ({
      name: `${component.name}_extended`,
      dimension: component.dimension,
    }));
    this.sampling = this.sampleIn();
    this.useBins();
    this.useEnergy();
  }

  /** @param memory of a platform; its own if absent */
  private sampleIn(memory?: SystemMemory): Sampling {
    const { settings, context, ramp } = this;
    const { components } = context;
    const loops = components.length > 1 || components[0].period !== null;
    const extended = new ExtendedVariables(this.extendedSettings(loops), memory);
    const bins = binsFor(settings, context, extended.room);
    const real = binsFor(settings, context, extended.room);
    return {
      extended,
      bins,
      real,
      history: new ForceHistory(real),
      projected: loops ? new ProjectedForce(bins, components, ramp, extended.room) : null,
      find: binFinder(context, settings, bins),
      findReal: binFinder({ ...context, note: () => undefined }, settings, real),
    };
  }

  private extendedSettings(projected: boolean): ExtendedSettings {
    const { settings, context, kT, ramp } = this;
    const { components, timestep, seed, name } = context;
    const stiffness = positivePerComponent(settings, 'sigma', context).map((sigma) => kT / (sigma * sigma));
    const time = (settings.time as number | undefined) ?? 100 * timestep;
    const mass = stiffness.map((k) => k * (time / (2 * Math.PI)) ** 2);
    const decay = exp(-((settings.friction as number | undefined) ?? (0.1 * 2 * Math.PI) / time) * timestep);
    return {
      seed,
      purpose: `eabf ${name}`,
      timestep,
      stiffness,
      mass,
      decay,
      spread: mass.map((m) => Math.sqrt((1 - decay * decay) * (kT / m))),
      ramp,
      periods: components.map(({ period }) => period),
      // Many variables have a range that they never leave, and flattened extended ones would run ever farther from it, stretching the springs until
      // the timestep is too long for them. Bins with ends see to that themselves.
      bounded: settings.from === undefined,
      projected,
      tolerance,
    };
  }

  /** Begins with what an earlier stage, or files, know of the mean forces. @throws InputError */
  async begin(): Promise<void> {
    const { settings, context } = this;
    this.start = await startOf(settings, context, this.sampling.bins, this.layout, true);
    if (!this.start) return;
    this.beginWith(this.start);
    const { bins, real } = this.sampling;
    const [forces, springs] = [total(bins), total(real)];
    context.note(
      `starts with ${forces} samples of ${this.start.from}${springs > 0 ? '' : ', none of them for CZAR: there is no .zcount'}`,
    );
  }

  /** Extended variables themselves start as ever, where the real ones are; steps, heat and work are counted anew. */
  private beginWith(start: Start): void {
    const { extended, history, bins, real, projected } = this.sampling;
    if ('state' in start) this.load(start.state);
    else {
      bins.load(start.bins);
      if (start.real) real.load(start.real);
      extended.bound(total(real) > 0 ? real : bins);
    }
    [extended.started, extended.steps, extended.heat, extended.work] = [false, 0, 0, 0];
    extended.waited = [extended.waited[0], 0];
    for (const name of ['velocity', 'force', 'forceBefore'] as const)
      for (let c = 0; c < extended.count; c++) extended.set(name, c, 0);
    history.begin();
    this.useBins();
    if ('state' in start || !projected) return;
    projected.follow();
    this.useEnergy();
    extended.fit();
  }

  placeIn(memory: SystemMemory, components: readonly ComponentAddresses[]): PlacedCalls {
    this.sampling = this.sampleIn(memory);
    this.useBins();
    this.useEnergy();
    if (this.start) this.beginWith(this.start);
    return this.sampling.extended.calls(components, (step, left) => this.finish(step, left));
  }

  private useBins(): void {
    const { extended, bins, real } = this.sampling;
    extended.useGrid('extendedBins', bins.axes, bins.samples, bins.sums);
    extended.useGrid('realBins', real.axes, real.samples, real.sums);
    extended.wait = Math.max(shortestWait, bins.samples.length);
  }

  private useEnergy(): void {
    const { extended, projected } = this.sampling;
    if (projected) extended.useEnergy(projected.axes, projected.energy);
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { extended } = this.sampling;
    extended.see(values);
    return extended.pull(slopes);
  }

  update(step: number): void {
    const left = this.sampling.extended.begin(step);
    if (left !== 0) this.finish(step, left);
  }

  /** What the kernel leaves of a step. */
  private finish(step: number, left: number): void {
    const { extended, projected, history } = this.sampling;
    if ((left & attentionDue) !== 0) {
      if (!extended.started) extended.start();
      history.update(step);
      extended.attention = history.after(step);
      this.update(step);
      return;
    }
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
    const { extended, bins, real, find, findReal } = this.sampling;
    const springs = extended.get('spring');
    if ((outside & realOutside) !== 0) {
      const bin = findReal(extended.get('real'), step);
      const forces = springs.map((force) => -force);
      if (bin >= 0) real.add(bin, forces);
    }
    if ((outside & extendedOutside) !== 0) {
      const bin = find(extended.get('value'), step);
      if (bin >= 0) bins.add(bin, springs);
      const [fresh, fitted] = extended.waited;
      if (bin >= 0 && bins.samples[bin] < this.ramp.full) extended.waited = [fresh + 1, fitted];
    }
    this.useBins();
  }

  reservoirEnergy(): number {
    const { extended } = this.sampling;
    return extended.started ? extended.reservoirEnergy() : 0;
  }

  report(): readonly number[] {
    return this.sampling.extended.get('value');
  }

  results(): Record<string, string> {
    const { name, timestep } = this.context;
    const { extended, bins, real, history } = this.sampling;
    const { axes, samples } = real;
    const gradient = czar(real, this.kT);
    const free = continued(axes, czarEnergy(real, this.kT), (bin, axis) => gradient[bin * axes.length + axis]);
    return {
      ...forceFiles(name, bins),
      [`${name}.history`]: history.text(timestep, extended.steps),
      [`${name}.zcount`]: multicolumn(axes, (bin) => [samples[bin]]),
      [`${name}.zgrad`]: multicolumn(axes, (bin) => axes.map((_, axis) => real.mean(bin, axis))),
      [`${name}.czar.grad`]: multicolumn(axes, (bin) => axes.map((_, axis) => gradient[bin * axes.length + axis])),
      [`${name}.czar.pmf`]: multicolumn(axes, (bin) => [free[bin]]),
    };
  }

  save(): Float64Array {
    const { extended, history, ...sampling } = this.sampling;
    const [bins, real] = [sampling.bins.save(), sampling.real.save()];
    const projected = sampling.projected?.save() ?? new Float64Array(0);
    const head = [
      Number(extended.started),
      extended.steps,
      extended.heat,
      extended.work,
      ...extended.waited,
      bins.length,
      real.length,
      projected.length,
    ];
    const moving = saved.flatMap((name) => extended.get(name));
    return joined(Float64Array.from([...head, ...moving]), bins, real, projected, history.save());
  }

  load(state: Float64Array): void {
    const { extended, history, ...sampling } = this.sampling;
    const next = reader(state);
    const [started, steps, heat, work, fresh, fitted, bins, real, projected] = next(9);
    [extended.started, extended.steps, extended.heat, extended.work] = [started !== 0, steps, heat, work];
    [extended.waited, extended.attention] = [[fresh, fitted], 0];
    for (const name of saved) next(extended.count).forEach((number, c) => void extended.set(name, c, number));
    sampling.bins.load(next(bins));
    sampling.real.load(next(real));
    this.useBins();
    const energy = next(projected);
    sampling.projected?.load(energy);
    this.useEnergy();
    history.load(next());
  }
}

/** What of the extended variables is saved; the rest follows from the settings, or is found by the next `evaluate`. */
const saved = ['value', 'velocity', 'forceBefore', 'valueBefore', 'least', 'greatest'] as const;
