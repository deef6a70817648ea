/** The reference platform: plain f64 loops, written to be read. It is the model that faster platforms must agree with. */
import type { DynamicState, DynamicsDescription, Integrator } from '../../dynamics/dynamics.ts';
import { minimise } from '../../dynamics/minimise.ts';
import { drawVelocities, kineticEnergy, removeCenterOfMassMotion } from '../../dynamics/primitives.ts';
import { InputError, SimulationError } from '../../errors.ts';
import type { ForceKernel, KernelContext, PairList } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import { type Box, isOrthorhombic, smallestWidth, volume } from '../../system/box.ts';
import { refuseConstraints } from '../../system/constraints.ts';
import { particleLabel } from '../../system/structure.ts';
import type { System } from '../../system/system.ts';
import type { Context, Observables, PlatformKind, PlatformStatistics, Snapshot } from '../platform.ts';
import { compileForce } from './compile.ts';
import { BufferedPairList } from './pair-list.ts';

export const referencePlatform: PlatformKind = {
  name: 'reference',
  summary: 'Plain f64 loops in TypeScript: slow, obvious, bit-reproducible.',
  status: 'validated',
  schema: { type: 'object', properties: {} },
  async compile(system, dynamics, registry) {
    refuseConstraints(system);
    return new ReferenceContext(system, dynamics, registry);
  },
};

/** The buffer of pair lists as a part of the cut-off: near the optimum for liquids at the usual timesteps. */
const bufferFraction = 0.14;

class ReferenceContext implements Context, KernelContext {
  readonly system: System;
  readonly box: Box;
  readonly state: DynamicState;
  private readonly dynamics: DynamicsDescription;
  private readonly integrator: Integrator;
  private readonly kernels: ForceKernel[] = [];
  private readonly energies: Float64Array;
  private readonly lists: BufferedPairList[] = [];
  private readonly virial = new Float64Array(9);
  private readonly seconds: Record<string, number> = { integrate: 0, list: 0 };
  private listBuilds = 0;
  private current = false;

  constructor(system: System, dynamics: DynamicsDescription, registry: Registry) {
    this.system = system;
    this.dynamics = dynamics;
    const { structure } = system;
    const particles = structure.mass.length;
    this.box = { vectors: system.box.vectors?.slice() ?? null };
    const kind = registry.get('integrator', dynamics.integrator, 'dynamics.integrator');
    const lost = kind.conservesMomentum && dynamics.removeCenterOfMass > 0 && particles > 1 ? 3 : 0;
    this.state = {
      positions: system.positions.slice(),
      velocities: system.velocities?.slice() ?? new Float64Array(3 * particles),
      forces: new Float64Array(3 * particles),
      mass: structure.mass,
      boltzmann: unitConstants(structure.units).boltzmann,
      degreesOfFreedom: 3 * particles - lost,
      step: 0,
      potentialEnergy: 0,
    };
    // At once, not at the first removal: the energy would jump there.
    if (lost > 0) removeCenterOfMassMotion(this.state.velocities, structure.mass);
    for (const force of system.forces) this.kernels.push(...compileForce(force, this, registry));
    this.energies = new Float64Array(this.kernels.length);
    const thermostat = dynamics.thermostat
      ? registry
          .get('thermostat', dynamics.thermostat.type, 'dynamics.thermostat.type')
          .create(dynamics.thermostat.settings, dynamics.seed)
      : null;
    this.integrator = kind.create(dynamics, thermostat);
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

  pairList(cutoff: number, exclusions: Int32Array = new Int32Array(0)): PairList {
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
    const buffer = cutoff === Number.POSITIVE_INFINITY ? 0 : Math.min(bufferFraction * cutoff, room);
    const list = new BufferedPairList(this.system.structure.mass.length, cutoff, buffer, exclusions);
    this.lists.push(list);
    return list;
  }

  private readonly updateForces = (): void => {
    const { state, virial, kernels, energies, seconds } = this;
    const before = performance.now();
    for (const list of this.lists) {
      if (!list.update(state.positions, this.box)) continue;
      this.listBuilds++;
      // Lists are looked at every step, and built anew after half a buffer: so far in one step no particle of a sound run goes.
      if (!(list.lastMove.distance <= list.cutoff)) this.explainMove(list.lastMove, list.cutoff);
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
    state.potentialEnergy = potential;
    this.current = true;
    seconds.forces = (seconds.forces ?? 0) + from - before;
    if (!Number.isFinite(potential)) this.explain();
  };

  /** The energy is not finite: says where and what to do. */
  private explain(): never {
    const { positions, forces } = this.state;
    let at = forces.findIndex((f) => !Number.isFinite(f));
    if (at < 0) at = positions.findIndex((x) => !Number.isFinite(x));
    const i = Math.floor(at / 3);
    const name = this.system.structure.name[i] ?? '';
    const terms = this.kernels.filter((_, k) => !Number.isFinite(this.energies[k])).map((kernel) => kernel.label);
    throw new SimulationError(
      `At step ${this.state.step} the energy is not finite (${terms.join(', ')})${at >= 0 ? `, first at particle ${i} (${name})` : ''}. ` +
        'Particles overlap or the timestep is too long: minimise first, shorten the timestep, or check the starting structure.',
    );
  }

  /** A particle has flown off, or its position is not a number: says which and what to do. */
  private explainMove({ particle, distance }: BufferedPairList['lastMove'], cutoff: number): never {
    const { structure } = this.system;
    const what = Number.isFinite(distance)
      ? `moved ${distance.toPrecision(3)} ${structure.units === 'md' ? 'nm' : 'sigma'} at once, further than the cut-off of ${cutoff}`
      : 'has a position that is not finite';
    throw new SimulationError(
      `At step ${this.state.step} particle ${particleLabel(structure, particle)} ${what}: the configuration has blown up. ` +
        'Particles overlap or the timestep is too long: minimise first, shorten the timestep, or check the starting structure.',
    );
  }

  private ensureForces(): void {
    if (!this.current) this.updateForces();
  }

  advance(steps: number): void {
    this.ensureForces();
    const { state, dynamics, seconds } = this;
    const started = performance.now();
    const before = seconds.forces ?? 0;
    for (let k = 0; k < steps; k++) {
      this.integrator.step(state, this.updateForces);
      state.step++;
      if (dynamics.removeCenterOfMass > 0 && state.step % dynamics.removeCenterOfMass === 0) {
        removeCenterOfMassMotion(state.velocities, state.mass);
      }
    }
    seconds.integrate += performance.now() - started - ((seconds.forces ?? 0) - before);
  }

  observe(): Observables {
    this.ensureForces();
    const { state } = this;
    const kinetic = kineticEnergy(state);
    const v = volume(this.box);
    const trace = this.virial[0] + this.virial[4] + this.virial[8];
    return {
      step: state.step,
      time: state.step * this.dynamics.timestep,
      potential: state.potentialEnergy,
      terms: this.kernels.map((kernel, k) => ({ label: kernel.label, energy: this.energies[k] })),
      kinetic,
      conserved: kinetic + state.potentialEnergy + this.integrator.reservoirEnergy(state),
      temperature: (2 * kinetic) / (state.degreesOfFreedom * state.boltzmann),
      volume: v,
      pressure: ((2 * kinetic + trace) / (3 * v)) * unitConstants(this.system.structure.units).pressure,
    };
  }

  minimise(options: { readonly tolerance: number; readonly maxSteps: number }): number {
    const maxDisplacement = this.system.structure.units === 'md' ? 0.01 : 0.05;
    const energy = () => {
      this.updateForces();
      return this.state.potentialEnergy;
    };
    return minimise(this.state.positions, this.state.forces, energy, { ...options, maxDisplacement });
  }

  drawVelocities(temperature: number): void {
    const { state } = this;
    drawVelocities(state.velocities, state.mass, state.boltzmann * temperature, this.dynamics.seed);
    const constrained = 3 * state.mass.length - state.degreesOfFreedom;
    if (constrained > 0) removeCenterOfMassMotion(state.velocities, state.mass);
  }

  save(): Snapshot {
    this.ensureForces();
    const { state } = this;
    const snapshot: Record<string, number | Float64Array> = {
      step: state.step,
      positions: state.positions.slice(),
      velocities: state.velocities.slice(),
      box: this.box.vectors?.slice() ?? new Float64Array(0),
      integrator: this.integrator.save(),
      listBuilds: this.listBuilds,
    };
    this.lists.forEach((list, k) => {
      snapshot[`list${k}`] = list.builtAt.slice();
    });
    return snapshot;
  }

  load(snapshot: Snapshot): void {
    const { state } = this;
    const array = (name: string) => {
      const value = snapshot[name];
      if (!(value instanceof Float64Array))
        throw new InputError('checkpoint', `has no "${name}": it is of another system or version; start the stage anew`);
      return value;
    };
    if (array('positions').length !== state.positions.length) {
      throw new InputError(
        'checkpoint',
        `is of ${array('positions').length / 3} particles, the system has ${state.mass.length}; start the stage anew`,
      );
    }
    state.positions.set(array('positions'));
    state.velocities.set(array('velocities'));
    this.box.vectors?.set(array('box'));
    this.integrator.load(array('integrator'));
    state.step = snapshot.step as number;
    // The same lists as in the run that was saved, so that sums are taken in the same order.
    this.lists.forEach((list, k) => {
      list.build(array(`list${k}`), this.box);
    });
    this.current = false;
    this.ensureForces();
    this.listBuilds = snapshot.listBuilds as number;
  }

  statistics(): PlatformStatistics {
    const particles = this.system.structure.mass.length;
    const listed = this.lists.reduce((sum, list) => sum + list.start[particles], 0);
    const { forces: _all, ...tasks } = this.seconds;
    return {
      listBuilds: this.listBuilds,
      // Every list is checked before every use, so none is ever used too late.
      dangerousBuilds: 0,
      neighboursPerParticle: (2 * listed) / particles,
      secondsByTask: Object.fromEntries(Object.entries(tasks).map(([task, ms]) => [task, ms / 1000])),
    };
  }
}
