/** What the loop of steps knows of the integrator and the thermostat: constants, arrays by particle, and variables that a checkpoint holds. */
import {
  langevin, overdampedLangevin, thermostatMassiveNoseHoover, thermostatNone, thermostatNoseHoover, thermostatVelocityRescaling,
} from './layout';
import { allocate } from './memory';
import { mass, particles } from './state';

export let integrator: i32 = 0;
export let thermostat: i32 = 0;
export let timestep: f64 = 0;
/** Steps between removals of the centre-of-mass motion; 0: never. */
export let removal: i32 = 0;
export let kT: f64 = 0;
/** Langevin: exp(-gamma dt). Overdamped: dt/gamma. */
export let rate: f64 = 0;
/** Relaxation time of a thermostat, and the degrees of freedom that it acts on. */
export let relaxation: f64 = 0;
export let degrees: f64 = 0;
/** Links of a Nosé-Hoover chain. */
export let chainLength: i32 = 0;

/** f64 a particle: 1/m, and the width of its noise. */
export let inverseMass: usize = 0;
export let widths: usize = 0;
/** f64, 3 a particle: displacements of the last step of overdamped dynamics. */
export let moves: usize = 0;
/** Expanded keys of the noise (engine/random/noise.ts): 24 words, and 24 more for the second stream of velocity rescaling. */
export let noiseKeys: usize = 0;
/**
 * f64: the heat taken in (overdamped dynamics: the work of its conserved energy); or for Nosé-Hoover chains the positions of all first
 * links, of all second ones, ..., then the velocities likewise.
 */
export let variables: usize = 0;
/** Numbers there are of the first links: 1, or for massive chains those of the coordinates, rounded up to whole fours of particles. */
export let chainStride: i32 = 0;

/** Once the masses are in place. */
export function prepareMasses(): void {
  const room = <usize>((particles + 3) & ~3);
  inverseMass = allocate(room * 8);
  // Particles without mass are virtual sites: nothing but their parents moves them.
  for (let i: usize = 0; i < <usize>particles; i++) {
    const m = load<f64>(mass + i * 8);
    store<f64>(inverseMass + i * 8, m > 0 ? 1 / m : 0);
  }
}

/** After `prepareMasses`. Allocates what the integrator needs; `noiseKeys` and `variables` are filled from outside. */
export function configureRun(kind: i32, bath: i32, dt: f64, removeEvery: i32, thermalEnergy: f64, constant: f64): void {
  integrator = kind;
  thermostat = bath;
  timestep = dt;
  removal = removeEvery;
  kT = thermalEnergy;
  rate = constant;
  if (kind == langevin || kind == overdampedLangevin) {
    const variance = kind == langevin ? (1 - rate * rate) * kT : 2 * kT * rate;
    const room = <usize>((particles + 3) & ~3);
    widths = allocate(room * 8);
    for (let i: usize = 0; i < <usize>particles; i++) store<f64>(widths + i * 8, Math.sqrt(variance * load<f64>(inverseMass + i * 8)));
    if (kind == overdampedLangevin) moves = allocate(room * 24);
  }
  if (kind == langevin || kind == overdampedLangevin || bath == thermostatVelocityRescaling) noiseKeys = allocate(192);
  if (bath < thermostatNoseHoover) variables = allocate(8);
}

/** Sets up the thermostat that `configureRun` named; `length` is that of Nosé-Hoover chains. */
export function configureThermostat(time: f64, degreesOfFreedom: f64, length: i32): void {
  relaxation = time;
  degrees = degreesOfFreedom;
  if (thermostat < thermostatNoseHoover) return;
  chainLength = length;
  chainStride = thermostat == thermostatMassiveNoseHoover ? 3 * ((particles + 3) & ~3) : 1;
  variables = allocate(<usize>chainStride * <usize>length * 16);
}

export function addHeat(amount: f64): void {
  store<f64>(variables, load<f64>(variables) + amount);
}

// @ts-ignore: decorator
@inline
export function isThermostatted(): bool {
  return thermostat != thermostatNone;
}
