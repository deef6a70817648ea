/** An instance of the kernel of mean forces (assembly/kernel.ts): its memory, bins in it, and the energy that is fitted to them. */
import { importsOf, type KernelMemory, OwnMemory, type Period, requiredModule } from '../../engine/index.ts';
import type { Ramp } from './adaptive-force.ts';
import { kernelBinary } from './assembly/binary.ts';
import * as layout from './assembly/layout.ts';
import type { Bins } from './force-bins.ts';

export interface MeanForceSettings {
  readonly ramp: Ramp;
  /** One a variable. */
  readonly periods: readonly (Period | null)[];
  /** Whether what is taken off is the slope of an energy, which `useEnergy` gives, rather than the mean forces of the bins. */
  readonly projected: boolean;
  /** Of a fit of that energy (projected-force.ts). */
  readonly tolerance: number;
}

/** Where in its numbers a variable has what others ask for. */
export const places = {
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
export const width = layout.variableBytes / 8;

type Name = keyof typeof places;
type Numbers =
  | 'tolerance'
  | 'timestep'
  | 'decay'
  | 'fullSamples'
  | 'most'
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

const kernelModule = requiredModule(kernelBinary, 'adaptive biasing forces');

export class MeanForceKernel {
  /** Of variables. */
  readonly count: number;
  protected readonly kernel: Kernel;
  protected readonly home: KernelMemory;
  protected readonly numbers: Float64Array;
  /** Bins of the energy that there is room to fit. */
  private fittedBins = 0;

  /** @param home where it is to lie: the memory of a platform, or its own if absent */
  constructor({ ramp, periods, projected, tolerance }: MeanForceSettings, home?: KernelMemory) {
    const d = periods.length;
    const own = home ? null : new OwnMemory('the bins of a bias', 'Use wider bins, or "from" and "to"');
    this.count = d;
    this.home = home ?? (own as OwnMemory);
    const { memory } = this.home;
    this.kernel = new WebAssembly.Instance(kernelModule(), importsOf(memory)).exports as unknown as Kernel;
    const { kernel } = this;
    own?.startAt(kernel.heapBase());
    this.numbers = new Float64Array(memory.buffer, this.place('variables', d * layout.variableBytes), d * width);
    for (const name of ['extendedBins', 'realBins'] as const) this.place(name, layout.axes + d * layout.axisBytes);
    if (projected) this.place('energy', layout.axes + d * layout.axisBytes);
    kernel.count.value = d;
    kernel.fullSamples.value = ramp.full;
    kernel.most.value = ramp.most;
    kernel.tolerance.value = tolerance;
    periods.forEach((period, c) => {
      this.set('periodFrom', c, period ? period.from : 0);
      this.set('periodLength', c, period ? period.to - period.from : 0);
    });
  }

  /** The address of room for something, which the kernel is told. */
  protected place(name: Addresses, bytes: number): number {
    this.kernel[name].value = this.home.allocate(bytes);
    return this.kernel[name].value;
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
}
