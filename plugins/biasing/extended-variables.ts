/** Extended variables in their kernel (assembly/kernel.ts): its memory, and what JavaScript reads and writes there. */
import {
  type ComponentAddresses,
  difference,
  expandNoiseKey,
  type KernelMemory,
  noiseKey,
  type Period,
  type PlacedCalls,
  wrapped,
} from '../../engine/index.ts';
import * as layout from './assembly/layout.ts';
import type { ForceBins } from './force-bins.ts';
import { MeanForceKernel, type MeanForceSettings, places, width } from './mean-force-kernel.ts';

export interface ExtendedSettings extends MeanForceSettings {
  readonly seed: number;
  /** Of the noise. */
  readonly purpose: string;
  readonly timestep: number;
  /** Width of what the bath adds to the velocity in a step, and what it leaves of it. */
  readonly spread: Float64Array;
  readonly decay: number;
  /** One a variable: constants of the springs, and masses. */
  readonly stiffness: Float64Array;
  readonly mass: Float64Array;
  /** Whether nothing is taken off the springs where no real value has been; not asked of periodic variables. */
  readonly bounded: boolean;
}

export class ExtendedVariables extends MeanForceKernel {
  private readonly periods: readonly (Period | null)[];
  /** What every step calls: looked up once, for exports of a module are found slowly. */
  private readonly runBegin: (step: number) => number;
  private readonly runPull: () => number;

  /** @param home where it is to lie: the memory of a platform, or its own if absent */
  constructor(settings: ExtendedSettings, home?: KernelMemory) {
    super(settings, home);
    const { periods, seed, purpose } = settings;
    const { kernel } = this;
    this.periods = periods;
    const { begin, pull } = kernel;
    this.runBegin = (step) => begin(step);
    this.runPull = () => pull();
    const key = new Int32Array(this.home.memory.buffer, this.place('noiseKey', layout.keyBytes), layout.keyBytes / 4);
    key.set(expandNoiseKey(noiseKey(seed, purpose)));
    this.place('noise', 24 * Math.ceil(this.count / 3) * layout.stepsAhead);
    for (const name of ['timestep', 'decay'] as const) kernel[name].value = settings[name];
    periods.forEach((period, c) => {
      const end = settings.bounded && !period ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      this.set('least', c, -end);
      this.set('greatest', c, end);
      for (const name of ['stiffness', 'mass', 'spread'] as const) this.set(name, c, settings[name][c]);
    });
  }

  /** Puts them where the real ones are, at rest. */
  start(): void {
    this.kernel.started.value = 1;
    this.get('real').forEach((x, c) => {
      const value = wrapped(x, this.periods[c]);
      this.set('value', c, value);
      this.set('valueBefore', c, value);
    });
  }

  /** What is in these bins counts as the range of the real ones so far. */
  bound({ axes, samples }: ForceBins): void {
    let stride = 1;
    axes.forEach(({ start, width, count }, c) => {
      let [first, last] = [count, -1];
      samples.forEach((n, bin) => {
        const i = Math.floor(bin / stride) % count;
        if (n > 0) [first, last] = [Math.min(first, i), Math.max(last, i)];
      });
      stride *= count;
      if (last < 0) return;
      // Infinite ends, of those that have none, stay what they are.
      this.set('least', c, Math.min(this.get('least')[c], start + first * width));
      this.set('greatest', c, Math.max(this.get('greatest')[c], start + (last + 1) * width));
    });
  }

  /** Takes the values of the real ones. */
  see(values: Float64Array): void {
    const { numbers } = this;
    for (let c = 0, at = places.real; c < values.length; c++, at += width) numbers[at] = values[c];
  }

  /** Finds the forces on them and returns the energy of the springs, whose derivatives by the real ones are added to `slopes`; nothing before `start`. */
  pull(slopes: Float64Array): number {
    if (!this.started) return 0;
    const { numbers } = this;
    const energy = this.runPull();
    for (let c = 0, at = places.spring; c < slopes.length; c++, at += width) slopes[c] += numbers[at];
    return energy;
  }

  /** The same as calls of the loop of steps of the platform on whose memory it lies. */
  calls(components: readonly ComponentAddresses[], attend: (step: number, status: number) => void): PlacedCalls {
    const { kernel, home } = this;
    const block = home.allocate(components.length * layout.componentBytes);
    const view = new DataView(home.memory.buffer, block, components.length * layout.componentBytes);
    components.forEach(({ value, slope }, c) => {
      view.setInt32(c * layout.componentBytes + layout.componentValue, value, true);
      view.setInt32(c * layout.componentBytes + layout.componentSlope, slope, true);
    });
    return {
      update: { run: kernel.updateVariables, block, attend },
      evaluate: { run: kernel.biasVariables, block },
      energy: () => (this.started ? kernel.springEnergy.value : 0),
    };
  }

  /**
   * Samples and moves. Returns what is left to do: 0; layout.attentionDue, and nothing has been done; which points lie outside their bins, and it has not moved;
   * or layout.fitDue.
   */
  begin(step: number): number {
    return this.runBegin(step);
  }

  move(step: number): void {
    this.kernel.move(step);
  }

  /** Whether the energy is to be fitted in this step. */
  needsFit(step: number): boolean {
    return this.kernel.needsFit(step) !== 0;
  }

  /** The state of the waiting for a fit: samples since the last one in bins that are not full, and its step. */
  get waited(): readonly [fresh: number, fitted: number] {
    return [this.kernel.fresh.value, this.kernel.fitted.value];
  }

  set waited([fresh, fitted]: readonly [fresh: number, fitted: number]) {
    [this.kernel.fresh.value, this.kernel.fitted.value] = [fresh, fitted];
  }

  /** The least wait for the next fit, in steps. */
  set wait(least: number) {
    this.kernel.wait.value = least;
  }

  get started(): boolean {
    return this.kernel.started.value !== 0;
  }

  set started(started: boolean) {
    this.kernel.started.value = Number(started);
  }

  /** Samples taken. */
  get steps(): number {
    return this.kernel.steps.value;
  }

  set steps(count: number) {
    this.kernel.steps.value = count;
  }

  /** The step before which `begin` asks for attention; it does at once if nobody has said when. */
  set attention(step: number) {
    this.kernel.attention.value = step;
  }

  /** Taken in from the bath until the last `move`. */
  get heat(): number {
    return this.kernel.heat.value;
  }

  set heat(energy: number) {
    this.kernel.heat.value = energy;
  }

  /** Done by the bias until the last `move`. */
  get work(): number {
    return this.kernel.work.value;
  }

  set work(energy: number) {
    this.kernel.work.value = energy;
  }

  /** Kinetic energy at the end of the step, less what has been put in by the bath and by the bias. */
  reservoirEnergy(): number {
    const [velocity, spring, force, forceBefore] = (['velocity', 'spring', 'force', 'forceBefore'] as const).map((name) =>
      this.get(name),
    );
    const [mass, value, valueBefore] = (['mass', 'value', 'valueBefore'] as const).map((name) => this.get(name));
    let energy = -this.heat - this.work;
    mass.forEach((m, c) => {
      const v = velocity[c] + (0.5 * this.kernel.timestep.value * (spring[c] + force[c])) / m;
      energy += 0.5 * m * v * v - 0.5 * (force[c] + forceBefore[c]) * difference(value[c], valueBefore[c], this.periods[c]);
    });
    return energy;
  }
}
