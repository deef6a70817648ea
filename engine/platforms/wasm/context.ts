/** A system on the wasm platform: owns the memory, steps it, and answers what the platform interface asks. */
import {
  type Barostat,
  type BarostatState,
  checkWidth,
  extent,
  type Stretch,
  stretchMolecules,
} from '../../dynamics/barostat.ts';
import { ConstraintSolver, compileConstraints, degreesOfFreedom } from '../../dynamics/constraints.ts';
import { compileBarostat } from '../../dynamics/describe.ts';
import type { DynamicsDescription, Integrator } from '../../dynamics/dynamics.ts';
import { minimise } from '../../dynamics/minimise.ts';
import { type Molecules, molecularPressureOf, moleculesOf, pressureOf } from '../../dynamics/pressure.ts';
import { drawVelocities, kineticEnergy, removeCenterOfMassMotion } from '../../dynamics/primitives.ts';
import { InputError, SimulationError } from '../../errors.ts';
import { type ForceMemory, findingsOf } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import { type Box, volume } from '../../system/box.ts';
import { noConstraints } from '../../system/constraints.ts';
import { particleLabel } from '../../system/structure.ts';
import { describeSystem, type System, type SystemDescription } from '../../system/system.ts';
import type { Context, MolecularPressure, Observables, PlatformStatistics, Snapshot } from '../platform.ts';
import * as layout from './assembly/layout.ts';
import { Forces, type Term } from './forces.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import { configureNative, type NativeLoop } from './native.ts';
import type { ListSettings } from './pair-sets.ts';
import { particleRanges } from './parts.ts';
import { createSiteSet } from './sites.ts';
import { farthestMove, loadLists, saveLists } from './snapshot.ts';
import { WasmState } from './state.ts';
import type { Team } from './team.ts';

/** Steps between two looks for forces that are not finite, within one call of `advance`. */
const stepsBetweenChecks = 1000;

const noScript = (): void => undefined;

/** Threads end with the context that they work for. */
const endWithContext = new FinalizationRegistry((team: Team) => team.stop());

export class WasmContext implements Context, BarostatState {
  readonly system: SystemDescription;
  readonly box: Box;
  readonly state: WasmState;
  private readonly team: Team;
  private readonly kernel: Kernel;
  private readonly settings: ListSettings;
  private readonly dynamics: DynamicsDescription;
  private readonly integrator: Integrator;
  private readonly forceField: Forces;
  private readonly scripted: Extract<Term, { kind: 'javascript' }>[];
  /** Where their energies are kept. */
  private readonly scriptedAt: readonly number[];
  private scriptedCalls = 0;
  /** One of so many calls (a power of two) is timed: in a small system a look at the clock costs as much as a force. */
  private readonly timedEvery: number;
  /** Where the present call of `run` began. */
  private firstStep = 0;
  private readonly memories: readonly ForceMemory[];
  /** Where the steps are those of the kernels; null where the integrator is composed in TypeScript. */
  private readonly native: NativeLoop | null;
  /** Energies by term, and the virials of what the kernels do not sum, at the positions they were last computed for. */
  private readonly energies: Float64Array;
  private scriptedVirial = new Float64Array(9);
  private readonly tailVirial = new Float64Array(9);
  /** The virtual sites in the kernels, or 0. */
  private readonly sites: number;
  private readonly barostat: Barostat | null;
  private readonly moleculeRanges: Molecules;
  readonly momentumRemoved: boolean;
  /** Whether positions and velocities have been brought onto the constraints. */
  private constrained = false;
  private forcesCurrent = false;
  private energiesCurrent = false;
  private listBuilds = 0;
  /** Milliseconds of the lists of kernels in JavaScript, and of the kernels. */
  private readonly scriptedTimes: Float64Array;
  private integrateMilliseconds = 0;

  constructor(team: Team, system: System, dynamics: DynamicsDescription, registry: Registry, settings: ListSettings) {
    const { structure } = system;
    const particles = structure.mass.length;
    const { kernel } = team;
    this.team = team;
    this.kernel = kernel;
    this.settings = settings;
    endWithContext.register(this, team);
    this.system = describeSystem(system);
    this.dynamics = dynamics;
    this.box = { vectors: system.box.vectors?.slice() ?? null };
    const ranges = particleRanges(structure.molecule);
    kernel.createState(particles, system.box.vectors !== null, settings.double, ranges.length - 1);
    kernel.setDimensions(system.dimensions ?? 3);
    intsAt(kernel, kernel.particleStarts.value, ranges.length).set(ranges);
    const kind = registry.get('integrator', dynamics.integrator, 'dynamics.integrator');
    const { boltzmann } = unitConstants(structure.units);
    this.momentumRemoved = kind.conservesMomentum && dynamics.removeCenterOfMass > 0 && particles > 1;
    const constraints = compileConstraints(system, dynamics, kind);
    this.moleculeRanges = moleculesOf(structure.molecule, structure.mass);
    this.state = new WasmState(
      team,
      structure.mass,
      boltzmann,
      degreesOfFreedom(system, this.momentumRemoved),
      constraints,
      dynamics.timestep,
      system.dimensions ?? 3,
    );
    this.state.positions.set(system.positions);
    if (system.velocities) this.state.velocities.set(system.velocities);
    // At once, not at the first removal: the energy would jump there.
    if (this.momentumRemoved) removeCenterOfMassMotion(this.state.velocities, structure.mass);
    doublesAt(kernel, kernel.mass.value, particles).set(structure.mass);
    this.writeBox();
    this.forceField = new Forces(team, ranges, this.system, this.box, registry, settings);
    this.sites = createSiteSet(kernel, system.virtualSites ?? [], structure.molecule, ranges.length - 1);
    this.scripted = this.forceField.javascript;
    this.scriptedTimes = new Float64Array(this.scripted.length + 1);
    this.timedEvery = structure.mass.length < 200 ? 256 : 1;
    this.scriptedAt = this.scripted.map((term) => this.forceField.terms.indexOf(term));
    this.memories = this.scripted.flatMap((term) => term.kernel.memory ?? []);
    this.energies = new Float64Array(this.forceField.terms.length);
    const thermostat = dynamics.thermostat
      ? registry
          .get('thermostat', dynamics.thermostat.type, 'dynamics.thermostat.type')
          .create(dynamics.thermostat.settings, dynamics.seed)
      : null;
    this.integrator = kind.create(dynamics, thermostat);
    this.native = configureNative(kernel, dynamics, this.state);
    this.barostat = compileBarostat(system, dynamics, registry);
    if (this.runsScripts) kernel.useScripts(true);
  }

  /** Whether the loop of steps in wasm calls the kernels in JavaScript itself; several threads leave it at every step instead. */
  private get runsScripts(): boolean {
    return this.native !== null && this.scripted.length > 0 && this.team.threads === 1;
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

  get molecules(): number {
    return this.moleculeRanges.mass.length;
  }

  constrain(): void {
    if (this.constrained) return;
    this.constrained = true;
    const { positions, velocities, constraints } = this.state;
    if (!constraints) return;
    constraints.constrainStart(positions);
    constraints.projectVelocities(positions, velocities);
    this.forcesCurrent = false;
  }

  pressureTensor(): Float64Array {
    this.ensureEnergies();
    return molecularPressureOf(this.state, this.moleculeRanges, this.virialTensor(), volume(this.box));
  }

  molecularPressure(): MolecularPressure {
    const unit = unitConstants(this.system.structure.units).pressure;
    const tensor = this.pressureTensor().map((p) => p * unit);
    return { pressure: (tensor[0] + tensor[4] + tensor[8]) / 3, tensor };
  }

  /** Of all conservative forces, at the positions of the last energies. */
  private virialTensor(): Float64Array {
    const { kernel, sites } = this;
    const read = (at: number) => doublesAt(kernel, at, layout.virialBytes / 8);
    const ofSites = sites !== 0 ? read(kernel.siteVirial(sites)) : null;
    const [xx, yy, zz, xy, xz, yz] = read(kernel.virial.value).map((w, k) => w + (ofSites?.[k] ?? 0));
    return Float64Array.of(xx, xy, xz, xy, yy, yz, xz, yz, zz).map((w, k) => w + this.scriptedVirial[k] + this.tailVirial[k]);
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
    this.ensureEnergies();
    const before = this.state.potentialEnergy;
    const positions = this.state.positions.slice();
    const vectors = this.box.vectors?.slice();
    this.scaleBox(factors);
    this.ensureEnergies();
    if (accept(this.state.potentialEnergy - before)) return;
    this.state.positions.set(positions);
    if (vectors) this.box.vectors?.set(vectors);
    this.afterStretch();
  }

  /** Lists hold for one box alone. */
  private afterStretch(): void {
    const { box, state, team, forceField } = this;
    for (const force of this.system.forces) if (force.kind === 'nonbonded') checkWidth(force.cutoff, box, state.step);
    this.writeBox();
    this.placeSites();
    for (const { set } of forceField.pairs) team.all('buildLists', set);
    for (const list of forceField.lists) {
      list.build(state.positions, box);
      this.listBuilds++;
    }
    this.forcesCurrent = false;
    this.energiesCurrent = false;
  }

  advance(steps: number): void {
    this.constrain();
    const { barostat, state } = this;
    for (let left = steps; left > 0; ) {
      const piece = barostat ? Math.min(left, barostat.every - (state.step % barostat.every)) : left;
      this.advanceAtVolume(piece);
      left -= piece;
      if (barostat && state.step % barostat.every === 0) barostat.apply(this);
    }
  }

  private advanceAtVolume(steps: number): void {
    this.ensureForces();
    this.energiesCurrent = false;
    const { kernel, team, state } = this;
    if (this.native && (this.scripted.length === 0 || this.runsScripts)) {
      for (let left = steps; left > 0; left -= stepsBetweenChecks) {
        const from = state.step;
        this.firstStep = from;
        // For the time of the call alone: the kernel outlives contexts that nobody refers to.
        kernel.hooks.script = this.scriptInStep;
        const status = team.all('run', from, Math.min(left, stepsBetweenChecks));
        kernel.hooks.script = noScript;
        state.step = from + kernel.completed.value;
        this.check(status);
        if (!kernel.allFinite()) this.explain();
      }
      return;
    }
    for (let k = 0; k < steps; k++) {
      for (const memory of this.memories) memory.update(state.step);
      if (this.native) {
        this.check(team.all('beginStep', state.step));
        this.updateForces();
        this.check(team.all('endStep', state.step, false));
        state.step++;
      } else {
        this.composedStep();
      }
    }
    if (!kernel.allFinite()) this.explain();
  }

  private readonly scriptInStep = (k: number): void => {
    const step = this.firstStep + k;
    const { memories } = this;
    this.state.step = step;
    for (let m = 0; m < memories.length; m++) memories[m].update(step);
    this.computeScripted();
  };

  private composedStep(): void {
    const { team, state, dynamics } = this;
    let last = performance.now();
    this.integrator.step(state, () => {
      this.integrateMilliseconds += performance.now() - last;
      this.updateForces();
      last = performance.now();
    });
    state.step++;
    if (dynamics.removeCenterOfMass > 0 && state.step % dynamics.removeCenterOfMass === 0) team.all('removeCenterOfMassMotion');
    this.integrateMilliseconds += performance.now() - last;
  }

  private readonly updateForces = (energies = false): void => {
    this.placeSites();
    this.check(this.team.all('computeForces', energies, true));
    if (this.scripted.length > 0) this.computeScripted();
    this.spreadSites();
    this.forcesCurrent = true;
    this.energiesCurrent = energies;
    if (energies) this.collectEnergies();
  };

  private placeSites(): void {
    if (this.sites !== 0) this.team.all('placeSites');
  }

  /** Once all forces are there. */
  private spreadSites(): void {
    if (this.sites !== 0) this.team.all('spreadSites', true);
  }

  /** Adds the forces of the kernels in JavaScript. */
  private computeScripted(): void {
    const { state, box, energies, scripted, scriptedAt, scriptedVirial: virial } = this;
    const { lists } = this.forceField;
    const timed = (this.scriptedCalls++ & (this.timedEvery - 1)) === 0;
    let from = timed ? performance.now() : 0;
    for (let l = 0; l < lists.length; l++) if (lists[l].update(state.positions, box)) this.listBuilds++;
    if (timed && lists.length > 0) from = this.tookScript(0, from);
    const { positions, forces } = state;
    // Without a box there is no pressure.
    if (box.vectors !== null) for (let k = 0; k < 9; k++) virial[k] = 0;
    for (let s = 0; s < scripted.length; s++) {
      const { kernel, label } = scripted[s];
      const energy = kernel.compute(positions, box, forces, virial);
      energies[scriptedAt[s]] = energy;
      if (!Number.isFinite(energy)) this.explain(label);
      if (timed) from = this.tookScript(1 + s, from);
    }
  }

  /** Counts the time since `from`, which stands for all calls that are not timed, for a kernel in JavaScript; returns the time now. */
  private tookScript(which: number, from: number): number {
    const now = performance.now();
    this.scriptedTimes[which] += this.timedEvery * (now - from);
    return now;
  }

  /** Seconds by the name of each task in JavaScript that took any. */
  private scriptedSeconds(): Record<string, number> {
    const seconds: Record<string, number> = {};
    ['list', ...this.scripted.map(({ label }) => label)].forEach((label, k) => {
      const task = `${label} (JavaScript)`;
      if (this.scriptedTimes[k] > 0) seconds[task] = (seconds[task] ?? 0) + this.scriptedTimes[k] / 1000;
    });
    return seconds;
  }

  private ensureForces(): void {
    if (!this.forcesCurrent) this.updateForces(true);
  }

  /** Energies and virial at the present positions; forces have been computed there, and stay as they are. */
  private ensureEnergies(): void {
    this.ensureForces();
    if (this.energiesCurrent) return;
    const kept = this.scripted.length > 0 ? this.state.forces.slice() : null;
    this.check(this.team.all('computeForces', true, false));
    if (kept) this.state.forces.set(kept);
    else this.spreadSites();
    this.energiesCurrent = true;
    this.collectEnergies();
  }

  private collectEnergies(): void {
    const { kernel, energies, state } = this;
    let potential = 0;
    this.tailVirial.fill(0);
    this.forceField.terms.forEach((term, k) => {
      if (term.kind === 'pairs') energies[k] = kernel.setEnergy(term.set);
      else if (term.kind === 'bonded') energies[k] = kernel.bondedEnergy(term.set);
      else if (term.kind === 'mesh') energies[k] = kernel.pmeEnergy(term.mesh);
      else if (term.kind === 'tail') energies[k] = term.kernel.compute(state.positions, this.box, state.forces, this.tailVirial);
      potential += energies[k];
    });
    state.potentialEnergy = potential;
    if (!Number.isFinite(potential)) this.explain();
  }

  /** Throws for a status of the kernels that is not `done`. */
  private check(status: number): void {
    if (status === layout.statusDone) return;
    if (status === layout.statusNotFinite) this.explain();
    if (status === layout.statusMovedFar) this.explainMove();
    if (status === layout.statusConstraint) this.state.explainConstraint();
    for (const term of this.forceField.bonded) {
      const tuple = this.kernel.bondedFailed(term.set);
      if (tuple < 0) continue;
      const { name } = this.system.structure;
      const k = term.order[tuple];
      const atoms = Array.from(term.atoms.subarray(k * term.arity, (k + 1) * term.arity), (i) => `${i} (${name[i]})`).join(', ');
      throw new SimulationError(
        `${term.label} between particles ${atoms} is undefined at distance ${this.kernel.bondedFailedAt(term.set).toPrecision(6)}: the bond is ` +
          'broken or the configuration has blown up. Use a smaller timestep, minimise first, or look for overlapping particles at the start.',
      );
    }
    throw new SimulationError(`the kernels stopped with status ${status}`);
  }

  /** Something is not finite: says where and what to do. */
  private explain(label?: string): never {
    const { positions, forces, step } = this.state;
    let at = positions.findIndex((x) => !Number.isFinite(x));
    if (at < 0) at = forces.findIndex((f) => !Number.isFinite(f));
    const i = Math.floor(at / 3);
    const where = at >= 0 ? `, first at particle ${i} (${this.system.structure.name[i]})` : '';
    throw new SimulationError(
      `At step ${step} the energy is not finite${label ? ` (${label})` : ''}${where}. ` +
        'Particles overlap or the timestep is too long: minimise first, shorten the timestep, or check the starting structure.',
    );
  }

  private explainMove(): never {
    const { structure } = this.system;
    const { particle, distance } = farthestMove(this.kernel, this.forceField);
    const unit = structure.units === 'md' ? 'nm' : 'sigma';
    throw new SimulationError(
      `At step ${this.state.step} particle ${particleLabel(structure, particle)} has moved ${distance.toPrecision(3)} ${unit}, further than the ` +
        'cut-off in a step: the configuration has blown up. Particles overlap or the timestep is too long: minimise first, shorten the ' +
        'timestep, or check the starting structure.',
    );
  }

  observe(): Observables {
    this.ensureEnergies();
    const { state, energies } = this;
    const { positions, forces, mass, constraints } = state;
    const atEnd = this.team.all('kineticEnergy');
    const reported = this.integrator.reportedVelocities?.(state);
    const velocities = reported ?? state.velocities;
    const kinetic = reported ? kineticEnergy({ velocities, mass }) : atEnd;
    const v = volume(this.box);
    const unit = unitConstants(this.system.structure.units).pressure;
    const instant = { positions, velocities, forces, mass, constraints };
    const pressureTensor = pressureOf(instant, this.virialTensor(), v).map((p) => p * unit);
    // The integrator in TypeScript knows what its variables are worth.
    if (this.native) this.integrator.load(this.native.save());
    const reservoir =
      this.integrator.reservoirEnergy(state) +
      (this.barostat?.reservoirEnergy(this) ?? 0) +
      this.memories.reduce((sum, memory) => sum + memory.reservoirEnergy(), 0);
    return {
      step: state.step,
      time: state.step * this.dynamics.timestep,
      potential: state.potentialEnergy,
      terms: this.forceField.terms.map((term, k) => ({ label: term.label, energy: energies[k] })),
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
      this.updateForces(true);
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
    this.ensureForces();
    const { state, kernel } = this;
    const snapshot: Record<string, number | Float64Array> = {
      step: state.step,
      positions: state.positions.slice(),
      velocities: state.velocities.slice(),
      box: this.box.vectors?.slice() ?? new Float64Array(0),
      integrator: (this.native ?? this.integrator).save(),
      ...(this.barostat ? { barostat: this.barostat.save() } : {}),
      listBuilds: this.listBuilds,
    };
    saveLists(kernel, this.forceField, state.mass.length, snapshot);
    this.memories.forEach((memory, k) => {
      snapshot[`memory${k}`] = memory.save();
    });
    return snapshot;
  }

  load(snapshot: Snapshot): void {
    const { state } = this;
    const array = (name: string) => {
      const value = snapshot[name];
      if (!(value instanceof Float64Array)) {
        throw new InputError(
          'checkpoint',
          `has no "${name}": it is of another system, version or platform; start the stage anew`,
        );
      }
      return value;
    };
    if (array('positions').length !== state.mass.length * 3) {
      throw new InputError(
        'checkpoint',
        `is of ${array('positions').length / 3} particles, the system has ${state.mass.length}; start the stage anew`,
      );
    }
    this.box.vectors?.set(array('box'));
    this.writeBox();
    // The same lists as in the run that was saved, so that sums are taken in the same order.
    loadLists(this.team, this.forceField, state, this.box, array);
    state.positions.set(array('positions'));
    state.velocities.set(array('velocities'));
    (this.native ?? this.integrator).load(array('integrator'));
    this.barostat?.load(array('barostat'));
    this.memories.forEach((memory, k) => {
      memory.load(array(`memory${k}`));
    });
    this.constrained = true;
    state.step = snapshot.step as number;
    this.check(this.team.all('computeForces', true, false));
    if (this.scripted.length > 0) this.computeScripted();
    this.spreadSites();
    this.forcesCurrent = true;
    this.energiesCurrent = true;
    this.collectEnergies();
    this.listBuilds = snapshot.listBuilds as number;
  }

  statistics(): PlatformStatistics {
    const { kernel, forceField } = this;
    const particles = this.state.mass.length;
    const times = doublesAt(kernel, kernel.times.value, layout.taskCount);
    const listed = forceField.lists.reduce((sum, list) => sum + list.start[particles], 0);
    const lanes = forceField.pairs.reduce((all, { set }) => all + layout.clusterSize * kernel.setEntries(set), 0);
    const sum = (read: (set: number) => number) => forceField.pairs.reduce((all, { set }) => all + read(set), 0);
    return {
      threads: this.team.workers.count,
      build: this.settings.relaxed ? 'relaxed' : 'plain',
      precision: this.settings.double ? 'double' : 'mixed',
      degreesOfFreedom: this.state.degreesOfFreedom,
      listBuilds: this.listBuilds + sum(kernel.setBuilds),
      listPrunes: sum(kernel.setAllPrunes),
      dangerousBuilds: sum(kernel.setDangerous),
      neighboursPerParticle: (2 * (listed + lanes)) / particles,
      secondsByTask: {
        pairs: times[layout.taskPairs] / 1000,
        list: times[layout.taskList] / 1000,
        bonded: times[layout.taskBonded] / 1000,
        ...(times[layout.taskMesh] > 0 ? { mesh: times[layout.taskMesh] / 1000 } : {}),
        integrate: (times[layout.taskIntegrate] + this.integrateMilliseconds) / 1000,
        ...this.scriptedSeconds(),
      },
      ...findingsOf(this.scripted.map((term) => term.kernel)),
    };
  }

  close(): void {
    this.team.stop();
  }

  private writeBox(): void {
    const { kernel, box } = this;
    if (box.vectors) doublesAt(kernel, kernel.box.value, 9).set(box.vectors);
    kernel.updateBox();
  }
}
