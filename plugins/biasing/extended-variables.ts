/** Extended variables in their kernel (assembly/kernel.ts): its memory, and what JavaScript reads and writes there. */
import {
  type ComponentAddresses,
  difference,
  expandNoiseKey,
  importsOf,
  type KernelMemory,
  noiseKey,
  OwnMemory,
  type Period,
  type PlacedCalls,
  SimulationError,
  wrapped,
} from '../../engine/index.ts';
import { kernelBinary } from './assembly/binary.ts';
import * as layout from './assembly/layout.ts';
import type { Bins } from './force-bins.ts';

export interface ExtendedSettings {
  readonly seed: number;
  /** Of the noise. */
  readonly purpose: string;
  readonly timestep: number;
  /** Width of what the bath adds to the velocity in a step, and what it leaves of it. */
  readonly spread: Float64Array;
  readonly decay: number;
  readonly fullSamples: number;
  /** One a variable, like constants of the springs and masses. */
  readonly periods: readonly (Period | null)[];
  readonly stiffness: Float64Array;
  readonly mass: Float64Array;
  /** Whether nothing is taken off the springs where no real value has been; not asked of periodic variables. */
  readonly bounded: boolean;
  /** Whether what is taken off is the slope of an energy, which `useGrid` gives, rather than the mean forces of the bins. */
  readonly projected: boolean;
  /** Of a fit of that energy (projected-force.ts). */
  readonly tolerance: number;
}

/** Where in its numbers a variable has what others ask for. */
const places = {
  value: layout.value / 8,
  velocity: layout.velocity / 8,
  spring: layout.spring / 8,
  force: layout.force / 8,
  forceBefore: layout.forceBefore / 8,
  valueBefore: layout.valueBefore / 8,
  real: layout.real / 8,
  least: layout.least / 8,
  greatest: layout.greatest / 8,
  stiffness: layout.stiffness / 8,
  mass: layout.mass / 8,
  spread: layout.spread / 8,
  periodFrom: layout.periodFrom / 8,
  periodLength: layout.periodLength / 8,
};
const width = layout.variableBytes / 8;

type Name = keyof typeof places;
type Numbers =
  | 'tolerance'
  | 'timestep'
  | 'decay'
  | 'fullSamples'
  | 'heat'
  | 'work'
  | 'bin'
  | 'count'
  | 'fresh'
  | 'fitted'
  | 'wait'
  | 'started'
  | 'attention'
  | 'steps'
  | 'springEnergy';
type Grid = 'extendedBins' | 'realBins' | 'energy';
type Addresses = Grid | 'variables' | 'noiseKey' | 'noise' | 'fitRoom';

/** The exports of assembly/kernel.ts. */
type Kernel = Readonly<Record<Numbers | Addresses, WebAssembly.Global>> & {
  heapBase(): number;
  begin(step: number): number;
  updateVariables(block: number, step: number): number;
  biasVariables(components: number, step: number): number;
  move(step: number): void;
  pull(): number;
  needsFit(step: number): number;
  fit(): void;
};

let compiled: WebAssembly.Module | null = null;

/** @throws SimulationError where this machine's WebAssembly has no SIMD or no shared memory */
function kernelModule(): WebAssembly.Module {
  if (compiled) return compiled;
  const bytes = Uint8Array.from(atob(kernelBinary), (c) => c.charCodeAt(0));
  if (!WebAssembly.validate(bytes))
    throw new SimulationError('the bias "eabf" needs WebAssembly with SIMD and threads; use a newer Node');
  compiled = new WebAssembly.Module(bytes);
  return compiled;
}

export class ExtendedVariables {
  readonly count: number;
  private readonly kernel: Kernel;
  private readonly periods: readonly (Period | null)[];
  private readonly home: KernelMemory;
  private readonly numbers: Float64Array;
  /** What every step calls: looked up once, for exports of a module are found slowly. */
  private readonly runBegin: (step: number) => number;
  private readonly runPull: () => number;
  /** Bins of the energy that there is room to fit. */
  private fittedBins = 0;

  /** @param home where it is to lie: the memory of a platform, or its own if absent */
  constructor(settings: ExtendedSettings, home?: KernelMemory) {
    const { periods, seed, purpose } = settings;
    const d = periods.length;
    this.count = d;
    this.periods = periods;
    const own = home ? null : new OwnMemory('a bias "eabf"', 'Use wider bins, or "from" and "to"');
    this.home = home ?? (own as OwnMemory);
    const { memory } = this.home;
    this.kernel = new WebAssembly.Instance(kernelModule(), importsOf(memory)).exports as unknown as Kernel;
    const { kernel } = this;
    own?.startAt(kernel.heapBase());
    const { begin, pull } = kernel;
    this.runBegin = (step) => begin(step);
    this.runPull = () => pull();
    const place = (name: Addresses, bytes: number): number => {
      kernel[name].value = this.home.allocate(bytes);
      return kernel[name].value;
    };
    this.numbers = new Float64Array(memory.buffer, place('variables', d * layout.variableBytes), d * width);
    for (const name of ['extendedBins', 'realBins'] as const) place(name, layout.axes + d * layout.axisBytes);
    if (settings.projected) place('energy', layout.axes + d * layout.axisBytes);
    const key = new Int32Array(memory.buffer, place('noiseKey', layout.keyBytes), layout.keyBytes / 4);
    key.set(expandNoiseKey(noiseKey(seed, purpose)));
    place('noise', 24 * Math.ceil(d / 3) * layout.stepsAhead);
    kernel.count.value = d;
    for (const name of ['timestep', 'decay', 'fullSamples', 'tolerance'] as const) kernel[name].value = settings[name];
    periods.forEach((period, c) => {
      const end = settings.bounded && !period ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      this.set('least', c, -end);
      this.set('greatest', c, end);
      for (const name of ['stiffness', 'mass', 'spread'] as const) this.set(name, c, settings[name][c]);
      this.set('periodFrom', c, period ? period.from : 0);
      this.set('periodLength', c, period ? period.to - period.from : 0);
    });
  }

  /** Room for bins. */
  readonly room = (count: number): Float64Array => {
    return new Float64Array(this.home.memory.buffer, this.home.allocate(8 * count), count);
  };

  /** Tells the kernel where numbers by bin are (counts and sums, or an energy), which lie in `room`, and how far the bins reach. */
  useGrid(name: Grid, axes: readonly Bins[], first: Float64Array, second: Float64Array = first): void {
    const view = new DataView(this.home.memory.buffer, this.kernel[name].value, layout.axes + axes.length * layout.axisBytes);
    view.setInt32(layout.samples, first.byteOffset, true);
    view.setInt32(layout.sums, second.byteOffset, true);
    axes.forEach(({ start, width, count }, k) => {
      const at = layout.axes + k * layout.axisBytes;
      view.setFloat64(at + layout.axisStart, start, true);
      view.setFloat64(at + layout.axisWidth, width, true);
      view.setFloat64(at + layout.axisCount, count, true);
    });
    this.kernel.bin.value = -1;
  }

  /** Takes an energy on these bins, with room to fit it. */
  useEnergy(axes: readonly Bins[], energy: Float64Array): void {
    this.useGrid('energy', axes, energy);
    if (energy.length <= this.fittedBins) return;
    // Bins that have grown often grow again.
    this.fittedBins = Math.ceil(1.5 * energy.length);
    const ofEdge = 4 * layout.fitIndicesOfEdge + 8 * layout.fitNumbersOfEdge;
    this.kernel.fitRoom.value = this.home.allocate(this.fittedBins * (8 * layout.fitNumbersOfBin + axes.length * ofEdge));
  }

  /** Fits the energy to the mean forces in the bins, which must be those that it has been given on. */
  fit(): void {
    this.kernel.fit();
  }

  /** One number of each variable. */
  get(name: Name): number[] {
    return Array.from({ length: this.count }, (_, c) => this.numbers[c * width + places[name]]);
  }

  set(name: Name, variable: number, number: number): void {
    this.numbers[variable * width + places[name]] = number;
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

  /** The least wait for the next fit, in such samples or in steps. */
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
