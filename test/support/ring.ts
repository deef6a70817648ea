/** The fully flexible Kremer-Grest ring of 70 beads and what is measured on it. */
import type { DynamicsDescription } from '../../engine/dynamics/dynamics.ts';
import { buildSystem } from '../../engine/index.ts';
import { blockAverage } from '../../engine/math/statistics.ts';
import type { Context } from '../../engine/platforms/platform.ts';
import type { System } from '../../engine/system/system.ts';
import { buildContext } from './assemblies.ts';
import { registry } from './systems.ts';

export const beads = 70;

/** A planar circle with forces from forcefields/kremer-grest.xml. */
export function ring(): Promise<System> {
  const settings = { build: 'ring', beads, bondLength: 0.97, forceField: ['kremer-grest.xml'] };
  return buildSystem(settings, buildContext('lj'), registry());
}

export function ringLangevin(timestep: number, friction: number, seed: number): DynamicsDescription {
  return {
    integrator: 'langevin',
    timestep,
    settings: { temperature: 1, friction, timestep },
    thermostat: null,
    removeCenterOfMass: 0,
    seed,
  };
}

export function ringNoseHoover(timestep: number, massive: boolean, seed: number): DynamicsDescription {
  return {
    integrator: 'velocity-verlet',
    timestep,
    settings: { timestep },
    thermostat: { type: 'nose-hoover', settings: { temperature: 1, time: 0.5, massive } },
    removeCenterOfMass: massive ? 0 : 100,
    seed,
  };
}

export interface Measured {
  readonly mean: number;
  /** Standard error of the mean from the integrated autocorrelation time. */
  readonly error: number;
}

export interface RingRun {
  readonly bond: Measured;
  readonly gyration: Measured;
  readonly gyrationSd: number;
  readonly potentialPerBead: Measured;
  readonly temperature: Measured;
  /** Size of the angular momentum about the centre of mass, one value a sample. */
  readonly angularMomentum: readonly number[];
  /** Positions of the centre of mass, 3 a sample. */
  readonly centre: readonly number[];
}

/** Advances the context and measures it `samples` times, `every` steps apart. */
export function measureRing(context: Context, samples: number, every: number): RingRun {
  const series = { bond: [] as number[], gyration: [] as number[], potential: [] as number[], temperature: [] as number[] };
  const angularMomentum: number[] = [];
  const centre: number[] = [];
  for (let s = 0; s < samples; s++) {
    context.advance(every);
    const now = context.observe();
    series.potential.push(now.potential / beads);
    series.temperature.push(now.temperature);
    series.bond.push(meanBond(context.positions));
    const motion = internalMotion(context);
    series.gyration.push(motion.gyration);
    angularMomentum.push(motion.angularMomentum);
    centre.push(...motion.centre);
  }
  const gyration = measured(series.gyration);
  return {
    bond: measured(series.bond),
    gyration,
    gyrationSd: Math.sqrt(series.gyration.reduce((sum, r) => sum + (r - gyration.mean) ** 2, 0) / samples),
    potentialPerBead: measured(series.potential),
    temperature: measured(series.temperature),
    angularMomentum,
    centre,
  };
}

function measured(values: readonly number[]): Measured {
  const { mean, error } = blockAverage(values);
  return { mean, error };
}

function meanBond(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < beads; i++) {
    const j = (i + 1) % beads;
    sum += Math.hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]);
  }
  return sum / beads;
}

function internalMotion({ positions, velocities }: Context): { gyration: number; angularMomentum: number; centre: number[] } {
  const centre = [0, 0, 0];
  const drift = [0, 0, 0];
  for (let k = 0; k < 3 * beads; k++) {
    centre[k % 3] += positions[k] / beads;
    drift[k % 3] += velocities[k] / beads;
  }
  let gyration = 0;
  const l = [0, 0, 0];
  for (let i = 0; i < beads; i++) {
    const [x, y, z] = [0, 1, 2].map((a) => positions[3 * i + a] - centre[a]);
    const [u, v, w] = [0, 1, 2].map((a) => velocities[3 * i + a] - drift[a]);
    gyration += (x * x + y * y + z * z) / beads;
    l[0] += y * w - z * v;
    l[1] += z * u - x * w;
    l[2] += x * v - y * u;
  }
  return { gyration, angularMomentum: Math.hypot(l[0], l[1], l[2]), centre };
}

/**
 * D of a free Langevin particle from displacements over `lag` samples: <|dx|^2> = 6 D (t - (1 - exp(-gamma t))/gamma).
 * Displacements follow each other without overlap, so that the error is that of independent normal deviates.
 */
export function centreDiffusion(centre: readonly number[], lag: number, interval: number, friction: number): Measured {
  let square = 0;
  let count = 0;
  for (let k = 0; k + 3 * lag + 2 < centre.length; k += 3 * lag)
    for (let a = 0; a < 3; a++, count++) square += (centre[k + 3 * lag + a] - centre[k + a]) ** 2;
  const t = lag * interval;
  const mean = square / count / (2 * (t - (1 - Math.exp(-friction * t)) / friction));
  // Neighbouring displacements share the velocity between them: a correlation of 1/(2 gamma t) at most, counted in full.
  return { mean, error: mean * Math.sqrt((2 / count) * (1 + 1 / (friction * t) ** 2)) };
}
