/** The bias `abf`: the mean force along the variables, measured bin by bin, is taken off; of several, or along a period, as the slope of an energy. */
import { type Bias, type BiasContext, type BiasKind, difference, type Settings } from '../../engine/index.ts';
import { binFinder, binSettings, binsFor, forceFiles, partTaken, type Ramp, rampOf } from './adaptive-force.ts';
import type { ForceBins } from './force-bins.ts';
import { ForceHistory } from './force-history.ts';
import { MeanForceKernel } from './mean-force-kernel.ts';
import { FitClock, ProjectedForce, tolerance } from './projected-force.ts';
import { joined, reader } from './saved.ts';
import { hasStart, startOf, startSettings, total } from './starting-bins.ts';

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
  schema: { required: ['width'], properties: { ...binSettings, ...startSettings } },
  compile(settings, context) {
    const bias = new Abf(settings, context);
    return hasStart(settings) ? bias.begin(settings).then(() => bias) : bias;
  },
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

  /** Begins with what an earlier stage, or files, know of the mean forces; steps and work are counted anew. @throws InputError */
  async begin(settings: Settings): Promise<void> {
    const { bins, clock, projected, context } = this;
    const start = await startOf(settings, context, bins, this.layout, false);
    if (!start) return;
    if ('state' in start) this.load(start.state);
    else {
      bins.load(start.bins);
      if (projected) this.fit(projected);
    }
    [this.steps, this.work] = [0, 0];
    clock.load(clock.save()[0], 0);
    this.history.begin();
    context.note(`starts with ${total(bins)} samples of ${start.from}`);
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
    if (this.projected && clock.due(step, bins.samples.length, this.ramp.full)) this.fit(this.projected);
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
    const next = reader(state);
    const [steps, work, fresh, fitted, bins, projected] = next(6);
    [this.steps, this.work] = [steps, work];
    this.clock.load(fresh, fitted);
    this.before.set(next(this.before.length));
    this.forceBefore.set(next(this.before.length));
    this.bins.load(next(bins));
    const energy = next(projected);
    this.projected?.load(energy);
    this.history.load(next());
  }
}
