/**
 * A platform turns a described system into something that can be advanced.
 *
 * It owns the state, the pair lists and the kernels, and is the only place where speed matters. It does not know of scenarios,
 * files or stages. The reference platform is plain f64 loops, written to be read; others must agree with it in every test.
 */
import type { Stretch } from '../dynamics/barostat.ts';
import type { DynamicsDescription } from '../dynamics/dynamics.ts';
import type { Described, Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import type { Box } from '../system/box.ts';
import type { System, SystemDescription } from '../system/system.ts';

/** Potential energy by term, in the order of the system's forces. */
export interface EnergyTerm {
  readonly label: string;
  readonly energy: number;
}

/**
 * Energies in energy units, pressure in pressure units (bar, or reduced), temperature in K or reduced. `kinetic`, and with it temperature and
 * pressure, is the integrator's best estimate: for Langevin dynamics that of the velocities in the middle of the last step.
 */
export interface Observables {
  readonly step: number;
  readonly time: number;
  readonly potential: number;
  readonly terms: readonly EnergyTerm[];
  readonly kinetic: number;
  readonly conserved: number;
  readonly temperature: number;
  readonly volume: number;
  /** A third of the trace of the pressure tensor. */
  readonly pressure: number;
  /** Row-major, 9: (sum m v (x) v + sum r (x) f + constraint forces' part)/V, over atoms, at this instant. */
  readonly pressureTensor: Float64Array;
}

/** Pressure units; `tensor` is row-major, 9. */
export interface MolecularPressure {
  readonly pressure: number;
  readonly tensor: Float64Array;
}

export interface PlatformStatistics {
  readonly threads: number;
  /** Which code runs: `JavaScript`, or the build of the kernels. */
  readonly build: string;
  /** Of pair forces: `mixed` (f32 with f64 sums) or `double`. */
  readonly precision: string;
  readonly degreesOfFreedom: number;
  readonly listBuilds: number;
  /** Shortenings of the list between builds. */
  readonly listPrunes: number;
  /** Lists that were renewed after particles had moved farther than they allowed for when they were last used: must be 0. */
  readonly dangerousBuilds: number;
  readonly neighboursPerParticle: number;
  /** Seconds by task: `pairs`, `bonded`, `list`, `integrate`, ... */
  readonly secondsByTask: Readonly<Record<string, number>>;
  /** What forces tell of the run, by their label; absent where none does. */
  readonly findings?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A checkpoint's content: named numbers and arrays, enough to go on to the bit. */
export type Snapshot = Readonly<Record<string, number | Float64Array>>;

export interface Context {
  readonly system: SystemDescription;
  /** Live views; valid until the next `advance`. Positions are not wrapped. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Conservative forces at `positions`. */
  readonly forces: Float64Array;
  readonly box: Box;
  readonly step: number;
  /** Brings positions and velocities onto the constraints, once; `advance`, `minimise`, `drawVelocities` and `save` do it by themselves. */
  constrain(): void;
  advance(steps: number): void;
  observe(): Observables;
  /**
   * The pressure over molecules (their centres of mass, and forces between them): what the energy says when the box is stretched with the
   * molecules' centres. Its mean is that of the pressure over atoms.
   */
  molecularPressure(): MolecularPressure;
  /** Stretches the axes of the box by three factors, and moves every molecule as a whole with its centre. @throws InputError for open boundaries */
  scaleBox(factors: Stretch): void;
  /** Relaxes positions; `tolerance` is the largest rms force (energy/length) to stop at. Returns the steps taken. */
  minimise(options: { readonly tolerance: number; readonly maxSteps: number }): number;
  /** Draws velocities at `temperature`; removes the centre-of-mass motion where it is conserved. */
  drawVelocities(temperature: number): void;
  save(): Snapshot;
  load(snapshot: Snapshot): void;
  statistics(): PlatformStatistics;
  /** Lets go of threads and the like; nothing can be computed afterwards. It happens by itself once nothing refers to the context. */
  close?(): void;
}

export interface PlatformKind extends Described {
  /**
   * Throws InputError for anything in the system or the dynamics that it has no kernel for. `settings` are those of its schema;
   * without them the defaults.
   */
  compile(system: System, dynamics: DynamicsDescription, registry: Registry, settings?: Settings): Promise<Context>;
}
