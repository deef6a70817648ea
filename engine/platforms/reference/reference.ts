/** The reference platform: plain f64 loops, written to be read. It is the model that faster platforms must agree with. */
import {
  type Barostat,
  type BarostatState,
  checkWidth,
  extent,
  type Stretch,
  stretchMolecules,
} from '../../dynamics/barostat.ts';
import { compileConstraints, degreesOfFreedom } from '../../dynamics/constraints/compile.ts';
import { ConstraintSolver } from '../../dynamics/constraints/solver.ts';
import { compileBarostat } from '../../dynamics/describe.ts';
import type { DynamicState, DynamicsDescription, Integrator } from '../../dynamics/dynamics.ts';
import { minimise } from '../../dynamics/minimise.ts';
import { type Molecules, molecularPressureOf, moleculesOf, pressureOf } from '../../dynamics/pressure.ts';
import { drawVelocities, kineticEnergy, removeCenterOfMassMotion } from '../../dynamics/primitives.ts';
import { VirtualSites } from '../../dynamics/virtual-sites.ts';
import { InputError, SimulationError } from '../../errors.ts';
import { type ForceKernel, type ForceMemory, findingsOf, type KernelContext, type PairList } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import { type Box, isOrthorhombic, smallestWidth, volume } from '../../system/box.ts';
import { noConstraints } from '../../system/constraints.ts';
import { describeSystem, type System, type SystemDescription } from '../../system/system.ts';
import { energyNotFinite, movedFar } from '../blow-up.ts';
import type { Context, MolecularPressure, Observables, PlatformKind, PlatformStatistics, Snapshot } from '../platform.ts';
import { arraysOf } from '../snapshot.ts';
import { compileForce } from './compile.ts';
import { BufferedPairList } from './pair-list.ts';

export const referencePlatform: PlatformKind = {
  name: 'reference',
  summary: 'Plain f64 loops in TypeScript: slow, obvious, bit-reproducible.',
  status: 'validated',
  schema: { type: 'object', properties: {} },
  async compile(system, dynamics, registry) {
    return new ReferenceContext(system, dynamics, registry);
  },
};

/** The buffer of pair lists as a part of the cut-off: near the optimum for liquids at the usual timesteps. */
const bufferFraction = 0.14;

class ReferenceContext implements Context, KernelContext, BarostatState {
  readonly system: SystemDescription;
  readonly box: Box;
  readonly state: DynamicState;
  private readonly dynamics: DynamicsDescription;
  private readonly integrator: Integrator;
  private readonly kernels: ForceKernel[] = [];
  private readonly memories: readonly ForceMemory[];
  private readonly energies: Float64Array;
  private readonly lists: BufferedPairList[] = [];
  private readonly virial = new Float64Array(9);
  private readonly seconds: Record<string, number> = { integrate: 0, list: 0 };
  private listBuilds = 0;
  private readonly sites: VirtualSites;
  readonly momentumRemoved: boolean;
  private readonly barostat: Barostat | null;
  private readonly moleculeRanges: Molecules;
  private current = false;
  /** Whether positions and velocities have been brought onto the constraints. */
  private constrained = false;

  constructor(system: System, dynamics: DynamicsDescription, registry: Registry) {
    this.system = describeSystem(system);
    this.dynamics = dynamics;
    const { structure } = system;
    const particles = structure.mass.length;
    this.box = { vectors: system.box.vectors?.slice() ?? null };
    const kind = registry.get('integrator', dynamics.integrator, 'dynamics.integrator');
    this.momentumRemoved = kind.conservesMomentum && dynamics.removeCenterOfMass > 0 && particles > 1;
    this.sites = new VirtualSites(system.virtualSites ?? []);
    this.state = {
      positions: system.positions.slice(),
      velocities: system.velocities?.slice() ?? new Float64Array(3 * particles),
      forces: new Float64Array(3 * particles),
      mass: structure.mass,
      boltzmann: unitConstants(structure.units).boltzmann,
      degreesOfFreedom: degreesOfFreedom(system, this.momentumRemoved),
      dimensions: system.dimensions ?? 3,
      constraints: compileConstraints(system, dynamics, kind),
      step: 0,
      potentialEnergy: 0,
    };
    // At once, not at the first removal: the energy would jump there.
    if (this.momentumRemoved) removeCenterOfMassMotion(this.state.velocities, structure.mass);
    for (const force of system.forces) this.kernels.push(...compileForce(force, this, registry));
    this.energies = new Float64Array(this.kernels.length);
    this.memories = this.kernels.flatMap((kernel) => kernel.memory ?? []);
    const thermostat = dynamics.thermostat
      ? registry
          .get('thermostat', dynamics.thermostat.type, 'dynamics.thermostat.type')
          .create(dynamics.thermostat.settings, dynamics.seed)
      : null;
    this.integrator = kind.create(dynamics, thermostat);
    this.barostat = compileBarostat(system, dynamics, registry);
    this.moleculeRanges = moleculesOf(structure.molecule, structure.mass);
  }

  get positions(): Float64Array {
    return this.state.positions;
  }
  get velocities(): Float64Array {
    return this.state.velocities;
  }
  get forces(): Float64Array {
    this.ensureForces();
    return this.state.forces;
  }
  get step(): number {
    return this.state.step;
  }

  pairList(cutoff: number, exclusions: Int32Array = new Int32Array(0), wish = bufferFraction * cutoff): PairList {
    const width = smallestWidth(this.box);
    if (cutoff > 0.5 * width) {
      throw new InputError(
        'system.nonbonded.cutoff',
        `the cut-off ${cutoff} is more than half the smallest width of the box, ${width.toPrecision(6)}: a particle would meet two images of ` +
          'another one. Use a larger box or a smaller cut-off.',
      );
    }
    // In a sheared box the image found coordinate by coordinate is the nearest only within half the width: the list ends there.
    const room = isOrthorhombic(this.box) ? Number.POSITIVE_INFINITY : 0.5 * width - cutoff;
    const buffer = cutoff === Number.POSITIVE_INFINITY ? 0 : Math.min(wish, room);
    const list = new BufferedPairList(this.system.structure.mass.length, cutoff, buffer, exclusions);
    this.lists.push(list);
    return list;
  }

  private readonly updateForces = (): void => {
    const { state, virial, kernels, energies, seconds } = this;
    const before = performance.now();
    this.sites.place(state.positions);
    for (const list of this.lists) {
      if (!list.update(state.positions, this.box)) continue;
      this.listBuilds++;
      // Lists are looked at every step, and built anew after half a buffer: so far in one step no particle of a sound run goes.
      const { particle, distance } = list.lastMove;
      if (!(distance <= list.cutoff)) throw new SimulationError(movedFar(this.system.structure, state.step, particle, distance));
    }
    let from = performance.now();
    seconds.list += from - before;
    state.forces.fill(0);
    virial.fill(0);
    let potential = 0;
    for (let k = 0; k < kernels.length; k++) {
      energies[k] = kernels[k].compute(state.positions, this.box, state.forces, virial);
      potential += energies[k];
      const now = performance.now();
      seconds[kernels[k].label] = (seconds[kernels[k].label] ?? 0) + now - from;
      from = now;
    }
    this.sites.spread(state.positions, state.forces, virial);
    state.potentialEnergy = potential;
    this.current = true;
    seconds.forces = (seconds.forces ?? 0) + from - before;
    if (!Number.isFinite(potential)) this.explainEnergy();
  };

  private explainEnergy(): never {
    const { step, positions, forces } = this.state;
    const terms = this.kernels.filter((_, k) => !Number.isFinite(this.energies[k])).map((kernel) => kernel.label);
    throw new SimulationError(energyNotFinite(this.system.structure, step, positions, forces, terms));
  }

  private ensureForces(): void {
    if (!this.current) this.updateForces();
  }

  constrain(): void {
    if (this.constrained) return;
    this.constrained = true;
    const { positions, velocities, constraints } = this.state;
    if (!constraints) return;
    constraints.constrainStart(positions);
    constraints.projectVelocities(positions, velocities);
    this.current = false;
  }

  advance(steps: number): void {
    this.constrain();
    this.ensureForces();
    const { state, dynamics, seconds } = this;
    const started = performance.now();
    const before = seconds.forces ?? 0;
    for (let k = 0; k < steps; k++) {
      if (this.memories.length > 0) this.ensureForces();
      for (const memory of this.memories) memory.update(state.step);
      this.integrator.step(state, this.updateForces);
      state.step++;
      if (dynamics.removeCenterOfMass > 0 && state.step % dynamics.removeCenterOfMass === 0) {
        removeCenterOfMassMotion(state.velocities, state.mass);
      }
      if (this.barostat && state.step % this.barostat.every === 0) this.barostat.apply(this);
    }
    this.ensureForces();
    seconds.integrate += performance.now() - started - ((seconds.forces ?? 0) - before);
  }

  observe(): Observables {
    this.ensureForces();
    const { state } = this;
    const atEnd = kineticEnergy(state);
    const reported = { ...state, velocities: this.integrator.reportedVelocities?.(state) ?? state.velocities };
    const kinetic = kineticEnergy(reported);
    const v = volume(this.box);
    const unit = unitConstants(this.system.structure.units).pressure;
    const pressureTensor = pressureOf(reported, this.virial, v).map((p) => p * unit);
    return {
      step: state.step,
      time: state.step * this.dynamics.timestep,
      potential: state.potentialEnergy,
      terms: this.kernels.map((kernel, k) => ({ label: kernel.label, energy: this.energies[k] })),
      kinetic,
      conserved:
        atEnd +
        state.potentialEnergy +
        this.integrator.reservoirEnergy(state) +
        (this.barostat?.reservoirEnergy(this) ?? 0) +
        this.memories.reduce((sum, memory) => sum + memory.reservoirEnergy(), 0),
      temperature: (2 * kinetic) / (state.degreesOfFreedom * state.boltzmann),
      volume: v,
      pressure: (pressureTensor[0] + pressureTensor[4] + pressureTensor[8]) / 3,
      pressureTensor,
    };
  }

  get molecules(): number {
    return this.moleculeRanges.mass.length;
  }

  pressureTensor(): Float64Array {
    this.ensureForces();
    return molecularPressureOf(this.state, this.moleculeRanges, this.virial, volume(this.box));
  }

  molecularPressure(): MolecularPressure {
    const unit = unitConstants(this.system.structure.units).pressure;
    const tensor = this.pressureTensor().map((p) => p * unit);
    return { pressure: (tensor[0] + tensor[4] + tensor[8]) / 3, tensor };
  }

  stretch(factors: Stretch): void {
    const { positions, velocities, mass } = this.state;
    stretchMolecules(positions, velocities, mass, this.moleculeRanges, this.box, factors);
    this.afterStretch();
  }

  scaleBox(factors: Stretch): void {
    extent(this.box, [0]);
    stretchMolecules(this.state.positions, null, this.state.mass, this.moleculeRanges, this.box, factors);
    this.afterStretch();
  }

  attempt(factors: Stretch, accept: (energyChange: number) => boolean): void {
    this.ensureForces();
    const { state, box } = this;
    const before = state.potentialEnergy;
    const positions = state.positions.slice();
    const vectors = box.vectors?.slice();
    this.scaleBox(factors);
    this.ensureForces();
    if (accept(state.potentialEnergy - before)) return;
    state.positions.set(positions);
    if (vectors) box.vectors?.set(vectors);
    this.afterStretch();
    this.ensureForces();
  }

  /** Lists hold for one box alone. */
  private afterStretch(): void {
    this.sites.place(this.state.positions);
    for (const list of this.lists) {
      checkWidth(list.cutoff + (isOrthorhombic(this.box) ? 0 : list.buffer), this.box, this.state.step);
      list.build(this.state.positions, this.box);
      this.listBuilds++;
    }
    this.current = false;
  }

  minimise(options: { readonly tolerance: number; readonly maxSteps: number }): number {
    const maxDisplacement = this.system.structure.units === 'md' ? 0.01 : 0.05;
    const energy = () => {
      this.updateForces();
      return this.state.potentialEnergy;
    };
    const { positions, forces } = this.state;
    const { structure, constraints = noConstraints } = this.system;
    // Unit masses: what the minimiser moves by are forces.
    const mass = structure.mass.map((m) => (m > 0 ? 1 : 0));
    const solver =
      constraints.lengths.length > 0 ? new ConstraintSolver(constraints, structure, mass, this.dynamics.timestep) : null;
    this.constrain();
    const steps = minimise(positions, forces, energy, { ...options, maxDisplacement, constraints: solver });
    // With constraints the minimiser has projected the forces.
    this.current = this.current && !solver;
    this.constrained = !solver;
    return steps;
  }

  drawVelocities(temperature: number): void {
    this.constrain();
    const { state } = this;
    drawVelocities(state.velocities, state.mass, state.boltzmann * temperature, this.dynamics.seed, this.system.dimensions);
    state.constraints?.projectVelocities(state.positions, state.velocities);
    if (this.momentumRemoved) removeCenterOfMassMotion(state.velocities, state.mass);
  }

  save(): Snapshot {
    this.constrain();
    this.ensureForces();
    const { state } = this;
    const snapshot: Record<string, number | Float64Array> = {
      step: state.step,
      positions: state.positions.slice(),
      velocities: state.velocities.slice(),
      box: this.box.vectors?.slice() ?? new Float64Array(0),
      integrator: this.integrator.save(),
      ...(this.barostat ? { barostat: this.barostat.save() } : {}),
      listBuilds: this.listBuilds,
    };
    this.lists.forEach((list, k) => {
      snapshot[`list${k}`] = list.builtAt.slice();
    });
    this.memories.forEach((memory, k) => {
      snapshot[`memory${k}`] = memory.save();
    });
    return snapshot;
  }

  load(snapshot: Snapshot): void {
    const { state } = this;
    const array = arraysOf(snapshot, state.mass.length);
    state.positions.set(array('positions'));
    state.velocities.set(array('velocities'));
    this.box.vectors?.set(array('box'));
    this.integrator.load(array('integrator'));
    this.barostat?.load(array('barostat'));
    this.memories.forEach((memory, k) => {
      memory.load(array(`memory${k}`));
    });
    state.step = snapshot.step as number;
    // The same lists as in the run that was saved, so that sums are taken in the same order.
    this.lists.forEach((list, k) => {
      list.build(array(`list${k}`), this.box);
    });
    this.current = false;
    this.constrained = true;
    this.ensureForces();
    this.listBuilds = snapshot.listBuilds as number;
  }

  statistics(): PlatformStatistics {
    const particles = this.system.structure.mass.length;
    const listed = this.lists.reduce((sum, list) => sum + list.start[particles], 0);
    const { forces: _all, ...tasks } = this.seconds;
    return {
      threads: 1,
      build: 'JavaScript',
      precision: 'double',
      degreesOfFreedom: this.state.degreesOfFreedom,
      listBuilds: this.listBuilds,
      listPrunes: 0,
      // Every list is checked before every use, so none is ever used too late.
      dangerousBuilds: 0,
      neighboursPerParticle: (2 * listed) / particles,
      secondsByTask: Object.fromEntries(Object.entries(tasks).map(([task, ms]) => [task, ms / 1000])),
      ...findingsOf(this.kernels),
    };
  }
}
