/** The bias `abf`: the mean force along the variables, measured bin by bin, is taken off; of several, or along a period, as the slope of an energy. */
import { type Bias, type BiasContext, type BiasKind, difference, InputError, type Settings } from '../../engine/index.ts';
import { binsOf, ForceBins, multicolumn, type Room } from './force-bins.ts';
import { ForceHistory } from './force-history.ts';
import { integrate } from './integrate.ts';
import { MeanForceKernel } from './mean-force-kernel.ts';
import { FitClock, ProjectedForce, tolerance } from './projected-force.ts';
import { perComponent, perComponentSchema, positivePerComponent } from './settings.ts';

/** Settings that `abf` and `eabf` share. */
export const binSettings = {
  width: perComponentSchema('Largest width of the bins'),
  from: perComponentSchema(
    'Where the bins begin, for components that are not periodic; beyond there is no force. Without ends bins are extended',
  ),
  to: perComponentSchema('Where they end'),
  fullSamples: {
    type: 'integer',
    minimum: 2,
    default: 200,
    description: 'Samples in a bin from which on its whole mean force is taken off; from half of them on, a rising part of it.',
  },
  biasFactor: {
    type: 'number',
    exclusiveMinimum: 1,
    description:
      'gamma: of a known mean force 1 - 1/gamma is taken off, which leaves the density p^(1/gamma) as well-tempered metadynamics does; all of it if ' +
      'absent. For variables that miss something slow.',
  },
} as const;

/** The bins that settings ask for. Without ends they lie around the first point, and are extended. */
export function binsFor(settings: Settings, context: BiasContext, room?: Room): ForceBins {
  const { components, where } = context;
  const width = positivePerComponent(settings, 'width', context);
  if ((settings.from === undefined) !== (settings.to === undefined))
    throw new InputError(where, 'has one of "from" and "to"; give both, or neither');
  const from = settings.from === undefined ? null : perComponent(settings, 'from', context);
  const to = settings.to === undefined ? null : perComponent(settings, 'to', context);
  components.forEach(({ name, period }, c) => {
    if (!period && from && to && !(to[c] > from[c]))
      throw new InputError(`${where}.to`, `of "${name}" is ${to[c]}; it must be greater than "from", ${from[c]}`);
  });
  const axes = components.map((component, c) => binsOf(component, width[c], from?.[c] ?? 0, to?.[c] ?? width[c]));
  return new ForceBins(components, axes, where, room);
}

/**
 * Finds the bin of a point. Bins without ends of their own are extended to it. Where the settings say where they end, there is no force beyond: a
 * flattened variable would go ever farther; the user is told when it is first seen there. Returns -1 there.
 */
export function binFinder(
  { note, components, timestep }: BiasContext,
  settings: Settings,
  bins: ForceBins,
): (values: ArrayLike<number>, step: number) => number {
  if (settings.from === undefined) return (values) => bins.reach(values, ignore);
  let told = false;
  return (values, step) => {
    const bin = bins.indexOf(values);
    if (bin < 0 && !told) {
      told = true;
      const at = components.map(({ name }, c) => `${name} ${values[c].toPrecision(4)}`).join(', ');
      note(
        `at time ${step * timestep} the bins were left (${at}): beyond their ends there is no biasing force, and nothing is sampled. Set "from" and ` +
          '"to" farther apart, or leave both out, if that is not meant',
      );
    }
    return bin;
  };
}

const ignore = (): void => undefined;

/** How much of a mean force is taken off: nothing up to half of `full` samples, `most` of it from `full` on. */
export interface Ramp {
  readonly full: number;
  readonly most: number;
}

export function rampOf({ fullSamples, biasFactor }: Settings): Ramp {
  return { full: fullSamples as number, most: biasFactor === undefined ? 1 : 1 - 1 / (biasFactor as number) };
}

/** The part of the mean force that is taken off with n samples. */
export function partTaken(n: number, { full, most }: Ramp): number {
  if (n >= full) return most;
  const half = 0.5 * full;
  return n <= half ? 0 : most * ((n - half) / half);
}

/**
 * E. Darve & A. Pohorille, J. Chem. Phys. 115, 9169 (2001); Comer et al., J. Phys. Chem. B 119, 1129 (2015). The force along a variable is
 * v . f + kT div v with the displacement v of the variable (engine/variables/variable.ts), of the system's own forces alone: other biases do
 * not enter the free energy. What is taken off of several variables, or of a periodic one, is the slope of an energy (projected-force.ts): means of bins are noisy, and a walk among
 * forces that are no gradient is heated. What it leaves on disk has Colvars' format.
 */
export const abf: BiasKind = {
  name: 'abf',
  summary:
    'Adaptive biasing force for coordinates, distances and dihedrals; other variables, and constraints in the way, need `eabf`.',
  status: 'validated',
  schema: { required: ['width'], properties: binSettings },
  compile: (settings, context) => new Abf(settings, context),
};

class Abf implements Bias {
  readonly columns;
  readonly layout = 2;
  private readonly context: BiasContext;
  private readonly along: Float64Array;
  private readonly bins: ForceBins;
  private readonly history: ForceHistory;
  private readonly find: (values: ArrayLike<number>, step: number) => number;
  private readonly ramp: Ramp;
  /** What is taken off, where mean forces need not be the gradient of anything; what fits it, and when. */
  private readonly projected: ProjectedForce | null;
  private readonly kernel: MeanForceKernel | null;
  private readonly clock = new FitClock();
  private readonly lowest: Float64Array;
  private readonly highest: Float64Array;
  /** Of the step before: values, and the force of the bias. */
  private readonly before: Float64Array;
  private readonly forceBefore: Float64Array;
  private readonly now: Float64Array;
  private readonly force: Float64Array;
  private steps = 0;
  private work = 0;

  constructor(settings: Settings, context: BiasContext) {
    const d = context.components.length;
    // Of the system's own forces, as they are averaged; in energy units a unit of the variable.
    this.columns = context.components.map(({ name }) => ({ name: `${name}_force`, dimension: 'dimensionless' as const }));
    this.context = context;
    this.along = context.forcesAlong();
    this.ramp = rampOf(settings);
    const periods = context.components.map(({ period }) => period);
    const loops = d > 1 || periods[0] !== null;
    this.kernel = loops ? new MeanForceKernel({ ramp: this.ramp, periods, projected: true, tolerance }) : null;
    this.bins = binsFor(settings, context, this.kernel?.room);
    this.history = new ForceHistory(this.bins);
    this.find = binFinder(context, settings, this.bins);
    this.projected = this.kernel && new ProjectedForce(this.bins, context.components, this.ramp, this.kernel.room);
    this.lowest = new Float64Array(d).fill(Number.NEGATIVE_INFINITY);
    this.highest = new Float64Array(d).fill(Number.POSITIVE_INFINITY);
    this.before = new Float64Array(d);
    this.forceBefore = new Float64Array(d);
    this.now = new Float64Array(d);
    this.force = new Float64Array(d);
  }

  evaluate(values: Float64Array, slopes: Float64Array): number {
    const { force, now } = this;
    if (this.projected) this.projected.forceAt(values, this.lowest, this.highest, force);
    else this.takeOffMean(values);
    for (let c = 0; c < force.length; c++) {
      now[c] = values[c];
      slopes[c] -= force[c];
    }
    // What is taken off changes as it becomes known: its work is counted instead of an energy.
    return 0;
  }

  /** Minus the mean force in the bin. */
  private takeOffMean(values: Float64Array): void {
    const { bins, force } = this;
    const bin = bins.indexOf(values);
    const part = bin < 0 ? 0 : partTaken(bins.samples[bin], this.ramp);
    for (let c = 0; c < force.length; c++) force[c] = part === 0 ? 0 : -part * bins.mean(bin, c);
  }

  update(step: number, values: Float64Array): void {
    const { bins, clock } = this;
    this.history.update(step);
    const bin = this.find(values, step);
    if (bin >= 0) {
      bins.add(bin, this.along);
      clock.sampled(bins.samples[bin] >= this.ramp.full);
    }
    this.work += this.lastWork();
    this.before.set(values);
    this.forceBefore.set(this.force);
    this.steps++;
    if (this.projected && clock.due(step, bins.samples.length)) this.fit(this.projected);
  }

  private fit(projected: ProjectedForce): void {
    const { bins, kernel } = this;
    projected.follow();
    kernel?.useGrid('extendedBins', bins.axes, bins.samples, bins.sums);
    kernel?.useEnergy(projected.axes, projected.energy);
    kernel?.fit();
  }

  /** Work of the bias since the last update, by the trapezoidal rule. */
  private lastWork(): number {
    if (this.steps === 0) return 0;
    let work = 0;
    for (let c = 0; c < this.now.length; c++)
      work +=
        0.5 * (this.force[c] + this.forceBefore[c]) * difference(this.now[c], this.before[c], this.context.components[c].period);
    return work;
  }

  reservoirEnergy(): number {
    return -(this.work + this.lastWork());
  }

  report(): readonly number[] {
    return [...this.along];
  }

  results(): Record<string, string> {
    const { name, timestep } = this.context;
    return { ...forceFiles(name, this.bins), [`${name}.history`]: this.history.text(timestep, this.steps) };
  }

  save(): Float64Array {
    const [bins, history] = [this.bins.save(), this.history.save()];
    const projected = this.projected?.save() ?? new Float64Array(0);
    const head = [
      this.steps,
      this.work,
      ...this.clock.save(),
      bins.length,
      projected.length,
      ...this.before,
      ...this.forceBefore,
    ];
    return joined(Float64Array.from(head), bins, projected, history);
  }

  load(state: Float64Array): void {
    let at = 0;
    const next = (length: number) => {
      at += length;
      return state.slice(at - length, at);
    };
    const [steps, work, fresh, fitted, bins, projected] = next(6);
    [this.steps, this.work] = [steps, work];
    this.clock.load(fresh, fitted);
    this.before.set(next(this.before.length));
    this.forceBefore.set(next(this.before.length));
    this.bins.load(next(bins));
    const energy = next(projected);
    this.projected?.load(energy);
    this.history.load(state.slice(at));
  }
}

/** Arrays one after the other. */
export function joined(...parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Gradients (minus mean forces), counts, and the free energy that follows, as text by file name. */
export function forceFiles(prefix: string, bins: ForceBins): Record<string, string> {
  const { axes } = bins;
  const gradient = (bin: number, axis: number) => 0 - bins.mean(bin, axis);
  const free = integrate(axes, gradient, (bin) => bins.samples[bin]);
  return {
    [`${prefix}.grad`]: multicolumn(axes, (bin) => axes.map((_, axis) => gradient(bin, axis))),
    [`${prefix}.count`]: multicolumn(axes, (bin) => [bins.samples[bin]]),
    [`${prefix}.pmf`]: multicolumn(axes, (bin) => [free[bin]]),
  };
}
