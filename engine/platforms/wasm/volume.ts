/** Changes of the box, as barostats ask for them, and the pressure over molecules that goes with them. */
import { type BarostatState, checkWidth, extent, type Stretch, stretchMolecules } from '../../dynamics/barostat.ts';
import { type Molecules, molecularPressureOf, moleculesOf } from '../../dynamics/pressure.ts';
import { type Box, volume } from '../../system/box.ts';
import type { System } from '../../system/system.ts';
import type { Evaluation } from './evaluation.ts';
import { doublesAt } from './memory.ts';
import type { Kernel } from './module.ts';
import type { WasmState } from './state.ts';

/** Has the kernels take over the vectors of the box. */
export function writeBox(kernel: Kernel, box: Box): void {
  if (box.vectors) doublesAt(kernel, kernel.box.value, 9).set(box.vectors);
  kernel.updateBox();
}

export class Volume implements BarostatState {
  readonly box: Box;
  readonly momentumRemoved: boolean;
  private readonly kernel: Kernel;
  private readonly state: WasmState;
  private readonly evaluation: Evaluation;
  private readonly forces: System['forces'];
  private readonly molecule: Int32Array;
  private known: Molecules | null = null;

  constructor(kernel: Kernel, state: WasmState, evaluation: Evaluation, system: System, box: Box, momentumRemoved: boolean) {
    this.kernel = kernel;
    this.state = state;
    this.evaluation = evaluation;
    this.forces = system.forces;
    this.box = box;
    this.momentumRemoved = momentumRemoved;
    this.molecule = system.structure.molecule;
  }

  /** Found when they are first asked for: most runs have no barostat. */
  private get ranges(): Molecules {
    this.known ??= moleculesOf(this.molecule, this.state.mass);
    return this.known;
  }

  get step(): number {
    return this.state.step;
  }

  get molecules(): number {
    return this.ranges.mass.length;
  }

  pressureTensor(): Float64Array {
    this.evaluation.ensureEnergies();
    return molecularPressureOf(this.state, this.ranges, this.evaluation.virial(), volume(this.box));
  }

  stretch(factors: Stretch): void {
    const { positions, velocities, mass } = this.state;
    stretchMolecules(positions, velocities, mass, this.ranges, this.box, factors);
    this.afterStretch();
  }

  /** The same without velocities. @throws InputError for open boundaries */
  scale(factors: Stretch): void {
    extent(this.box, [0]);
    stretchMolecules(this.state.positions, null, this.state.mass, this.ranges, this.box, factors);
    this.afterStretch();
  }

  attempt(factors: Stretch, accept: (energyChange: number) => boolean): void {
    const { state, evaluation, box } = this;
    evaluation.ensureEnergies();
    const before = state.potentialEnergy;
    const positions = state.positions.slice();
    const vectors = box.vectors?.slice();
    this.scale(factors);
    evaluation.ensureEnergies();
    if (accept(state.potentialEnergy - before)) return;
    state.positions.set(positions);
    if (vectors) box.vectors?.set(vectors);
    this.afterStretch();
  }

  private afterStretch(): void {
    const { box, state } = this;
    for (const force of this.forces) if (force.kind === 'nonbonded') checkWidth(force.cutoff, box, state.step);
    writeBox(this.kernel, box);
    this.evaluation.buildLists();
  }
}
