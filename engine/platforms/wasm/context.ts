/** A system on the wasm platform: owns the memory, and answers what the platform interface asks. */
import type { Barostat, Stretch } from '../../dynamics/barostat.ts';
import { compileConstraints, degreesOfFreedom } from '../../dynamics/constraints/compile.ts';
import { ConstraintSolver } from '../../dynamics/constraints/solver.ts';
import { compileBarostat } from '../../dynamics/describe.ts';
import type { DynamicsDescription, Integrator, IntegratorKind } from '../../dynamics/dynamics.ts';
import { minimise } from '../../dynamics/minimise.ts';
import { pressureOf } from '../../dynamics/pressure.ts';
import { drawVelocities, kineticEnergy, removeCenterOfMassMotion } from '../../dynamics/primitives.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import { type Box, volume } from '../../system/box.ts';
import { noConstraints } from '../../system/constraints.ts';
import { describeSystem, type System, type SystemDescription } from '../../system/system.ts';
import type { Context, MolecularPressure, Observables, PlatformStatistics, Snapshot } from '../platform.ts';
import { arraysOf } from '../snapshot.ts';
import { Evaluation } from './evaluation.ts';
import { Forces } from './forces.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import type { ListSettings } from './pair-sets.ts';
import { particleRanges } from './parts.ts';
import { createSiteSet } from './sites.ts';
import { loadLists, saveLists } from './snapshot.ts';
import { WasmState } from './state.ts';
import { statisticsOf } from './statistics.ts';
import { Stepping } from './stepping.ts';
import type { Team } from './team.ts';
import { Volume, writeBox } from './volume.ts';

/** Threads end with the context that they work for. */
const endWithContext = new FinalizationRegistry((team: Team) => team.stop());

export class WasmContext implements Context {
  readonly system: SystemDescription;
  readonly box: Box;
  readonly state: WasmState;
  private readonly team: Team;
  private readonly kernel: Kernel;
  private readonly settings: ListSettings;
  private readonly dynamics: DynamicsDescription;
  private readonly forceField: Forces;
  private readonly evaluation: Evaluation;
  private readonly stepping: Stepping;
  private readonly barostat: Barostat | null;
  private readonly volume: Volume;
  private readonly momentumRemoved: boolean;
  /** Whether positions and velocities have been brought onto the constraints. */
  private constrained = false;

  constructor(team: Team, system: System, dynamics: DynamicsDescription, registry: Registry, settings: ListSettings) {
    const { structure } = system;
    const { kernel } = team;
    this.team = team;
    this.kernel = kernel;
    this.settings = settings;
    endWithContext.register(this, team);
    this.dynamics = dynamics;
    this.box = { vectors: system.box.vectors?.slice() ?? null };
    const ranges = particleRanges(structure.molecule);
    kernel.createState(structure.mass.length, system.box.vectors !== null, settings.double, ranges.length - 1);
    // One array of masses for the kernels and everybody else.
    const mass = doublesAt(kernel, kernel.mass.value, structure.mass.length);
    mass.set(structure.mass);
    this.system = describeSystem({ ...system, structure: { ...structure, mass } });
    kernel.setDimensions(system.dimensions ?? 3);
    intsAt(kernel, kernel.particleStarts.value, ranges.length).set(ranges);
    const kind = registry.get('integrator', dynamics.integrator, 'dynamics.integrator');
    this.momentumRemoved = kind.conservesMomentum && dynamics.removeCenterOfMass > 0 && structure.mass.length > 1;
    this.state = this.createState(system, kind);
    writeBox(kernel, this.box);
    this.forceField = new Forces(team, ranges, this.system, this.box, registry, settings);
    const sites = createSiteSet(kernel, system.virtualSites ?? [], structure.molecule, ranges.length - 1);
    this.evaluation = new Evaluation(team, this.state, this.box, this.forceField, sites);
    this.volume = new Volume(kernel, this.state, this.evaluation, system, this.box, this.momentumRemoved);
    this.stepping = new Stepping(team, this.state, this.evaluation, dynamics, createIntegrator(kind, dynamics, registry));
    this.barostat = compileBarostat(system, dynamics, registry);
  }

  /** The state at the start. */
  private createState(system: System, kind: IntegratorKind): WasmState {
    const { team, dynamics, momentumRemoved } = this;
    const { mass, units } = this.system.structure;
    const state = new WasmState(
      team,
      mass,
      unitConstants(units).boltzmann,
      degreesOfFreedom(system, momentumRemoved),
      compileConstraints(system, dynamics, kind),
      dynamics.timestep,
      system.dimensions ?? 3,
    );
    state.positions.set(system.positions);
    if (system.velocities) state.velocities.set(system.velocities);
    // At once, not at the first removal: the energy would jump there.
    if (momentumRemoved) removeCenterOfMassMotion(state.velocities, mass);
    return state;
  }

  get positions(): Float64Array {
    return this.state.positions;
  }
  get velocities(): Float64Array {
    return this.state.velocities;
  }
  get forces(): Float64Array {
    this.evaluation.ensureForces();
    return this.state.forces;
  }
  get step(): number {
    return this.state.step;
  }

  constrain(): void {
    if (this.constrained) return;
    this.constrained = true;
    const { positions, velocities, constraints } = this.state;
    if (!constraints) return;
    constraints.constrainStart(positions);
    constraints.projectVelocities(positions, velocities);
    this.evaluation.outdate();
  }

  molecularPressure(): MolecularPressure {
    const unit = unitConstants(this.system.structure.units).pressure;
    const tensor = this.volume.pressureTensor().map((p) => p * unit);
    return { pressure: (tensor[0] + tensor[4] + tensor[8]) / 3, tensor };
  }

  scaleBox(factors: Stretch): void {
    this.volume.scale(factors);
  }

  advance(steps: number): void {
    this.constrain();
    const { barostat, state } = this;
    for (let left = steps; left > 0; ) {
      const piece = barostat ? Math.min(left, barostat.every - (state.step % barostat.every)) : left;
      this.stepping.advance(piece);
      left -= piece;
      if (barostat && state.step % barostat.every === 0) barostat.apply(this.volume);
    }
  }

  observe(): Observables {
    const { state, evaluation, stepping } = this;
    evaluation.ensureEnergies();
    const { positions, forces, mass, constraints } = state;
    const atEnd = this.team.all('kineticEnergy');
    const reported = stepping.integrator.reportedVelocities?.(state);
    const velocities = reported ?? state.velocities;
    const kinetic = reported ? kineticEnergy({ velocities, mass }) : atEnd;
    const v = volume(this.box);
    const unit = unitConstants(this.system.structure.units).pressure;
    const instant = { positions, velocities, forces, mass, constraints };
    const pressureTensor = pressureOf(instant, evaluation.virial(), v).map((p) => p * unit);
    const reservoir =
      stepping.reservoirEnergy() +
      (this.barostat?.reservoirEnergy(this.volume) ?? 0) +
      evaluation.scripted.memories.reduce((sum, memory) => sum + memory.reservoirEnergy(), 0);
    return {
      step: state.step,
      time: state.step * this.dynamics.timestep,
      potential: state.potentialEnergy,
      terms: this.forceField.terms.map((term, k) => ({ label: term.label, energy: evaluation.energies[k] })),
      kinetic,
      conserved: atEnd + state.potentialEnergy + reservoir,
      temperature: (2 * kinetic) / (state.degreesOfFreedom * state.boltzmann),
      volume: v,
      pressure: (pressureTensor[0] + pressureTensor[4] + pressureTensor[8]) / 3,
      pressureTensor,
    };
  }

  minimise(options: { readonly tolerance: number; readonly maxSteps: number }): number {
    this.constrain();
    const { state } = this;
    const { structure, constraints = noConstraints } = this.system;
    // Unit masses: what the minimiser moves by are forces.
    const mass = structure.mass.map((m) => (m > 0 ? 1 : 0));
    const solver =
      constraints.lengths.length > 0 ? new ConstraintSolver(constraints, structure, mass, this.dynamics.timestep) : null;
    this.constrained = !solver;
    const maxDisplacement = this.system.structure.units === 'md' ? 0.01 : 0.05;
    // Arrays of its own: the views of the memory change when it grows.
    const positions = state.positions.slice();
    const forces = state.forces.slice();
    const energy = () => {
      state.positions.set(positions);
      this.evaluation.update(true);
      forces.set(state.forces);
      return state.potentialEnergy;
    };
    return minimise(positions, forces, energy, { ...options, maxDisplacement, constraints: solver });
  }

  drawVelocities(temperature: number): void {
    this.constrain();
    const { state } = this;
    drawVelocities(state.velocities, state.mass, state.boltzmann * temperature, this.dynamics.seed, this.system.dimensions);
    state.primitives.projectVelocities();
    if (this.momentumRemoved) removeCenterOfMassMotion(state.velocities, state.mass);
  }

  save(): Snapshot {
    this.constrain();
    const { state, evaluation } = this;
    evaluation.ensureForces();
    const snapshot: Record<string, number | Float64Array> = {
      step: state.step,
      positions: state.positions.slice(),
      velocities: state.velocities.slice(),
      box: this.box.vectors?.slice() ?? new Float64Array(0),
      integrator: this.stepping.save(),
      ...(this.barostat ? { barostat: this.barostat.save() } : {}),
      listBuilds: evaluation.scripted.listBuilds,
    };
    saveLists(this.kernel, this.forceField, state.mass.length, snapshot);
    evaluation.scripted.memories.forEach((memory, k) => {
      snapshot[`memory${k}`] = memory.save();
    });
    return snapshot;
  }

  load(snapshot: Snapshot): void {
    const { state, evaluation } = this;
    const array = arraysOf(snapshot, state.mass.length);
    this.box.vectors?.set(array('box'));
    writeBox(this.kernel, this.box);
    // The same lists as in the run that was saved, so that sums are taken in the same order.
    loadLists(this.team, this.forceField, state, this.box, array);
    state.positions.set(array('positions'));
    state.velocities.set(array('velocities'));
    this.stepping.load(array('integrator'));
    this.barostat?.load(array('barostat'));
    evaluation.scripted.memories.forEach((memory, k) => {
      memory.load(array(`memory${k}`));
    });
    this.constrained = true;
    state.step = snapshot.step as number;
    evaluation.repeat();
    evaluation.scripted.listBuilds = snapshot.listBuilds as number;
  }

  statistics(): PlatformStatistics {
    const { team, state, forceField, evaluation, settings, stepping } = this;
    return statisticsOf(team, state, forceField, evaluation.scripted, settings, stepping.milliseconds);
  }

  close(): void {
    this.team.stop();
  }
}

function createIntegrator(kind: IntegratorKind, dynamics: DynamicsDescription, registry: Registry): Integrator {
  const { thermostat, seed } = dynamics;
  if (!thermostat) return kind.create(dynamics, null);
  const bath = registry.get('thermostat', thermostat.type, 'dynamics.thermostat.type');
  return kind.create(dynamics, bath.create(thermostat.settings, seed));
}
