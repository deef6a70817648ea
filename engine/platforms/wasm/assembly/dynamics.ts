/**
 * What the loop of steps knows of the integrator and the thermostat: constants, arrays by particle, and variables that a checkpoint holds.
 * The first thread sets it up; the others take it over at the start of a job.
 */
import {
  langevin, overdampedLangevin, thermostatMassiveNoseHoover, thermostatNone, thermostatNoseHoover, thermostatVelocityRescaling,
} from './layout';
import { allocate } from '../../../threads/assembly/memory';
import { dynamicsAt, keepDynamics, mass, particles } from './state';

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
/** The constraints that the steps keep (constraints.ts), or 0. */
export let constraints: usize = 0;

export function useConstraints(set: usize): void {
  constraints = set;
  share();
}

/** Once the masses are in place. */
export function prepareMasses(): void {
  const room = <usize>((particles + 3) & ~3);
  inverseMass = allocate(room * 8);
  // Particles without mass are virtual sites: nothing but their parents moves them.
  for (let i: usize = 0; i < <usize>particles; i++) {
    const m = load<f64>(mass + i * 8);
    store<f64>(inverseMass + i * 8, m > 0 ? 1 / m : 0);
  }
  share();
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
  share();
}

/** Sets up the thermostat that `configureRun` named; `length` is that of Nosé-Hoover chains. */
export function configureThermostat(time: f64, degreesOfFreedom: f64, length: i32): void {
  relaxation = time;
  degrees = degreesOfFreedom;
  share();
  if (thermostat < thermostatNoseHoover) return;
  chainLength = length;
  chainStride = thermostat == thermostatMassiveNoseHoover ? 3 * ((particles + 3) & ~3) : 1;
  variables = allocate(<usize>chainStride * <usize>length * 16);
  share();
}

// @ts-ignore: decorator
@unmanaged
class Dynamics {
  integrator: i32;
  thermostat: i32;
  timestep: f64;
  removal: i32;
  kT: f64;
  rate: f64;
  relaxation: f64;
  degrees: f64;
  chainLength: i32;
  chainStride: i32;
  inverseMass: usize;
  widths: usize;
  moves: usize;
  noiseKeys: usize;
  variables: usize;
  constraints: usize;
}

/** Leaves everything where the other threads find it. */
function share(): void {
  if (dynamicsAt == 0) keepDynamics(allocate(offsetof<Dynamics>()));
  const all = changetype<Dynamics>(dynamicsAt);
  all.integrator = integrator;
  all.thermostat = thermostat;
  all.timestep = timestep;
  all.removal = removal;
  all.kT = kT;
  all.rate = rate;
  all.relaxation = relaxation;
  all.degrees = degrees;
  all.chainLength = chainLength;
  all.chainStride = chainStride;
  all.inverseMass = inverseMass;
  all.widths = widths;
  all.moves = moves;
  all.noiseKeys = noiseKeys;
  all.variables = variables;
  all.constraints = constraints;
}

/** Takes over what the first thread has set up. */
export function enterDynamics(): void {
  if (dynamicsAt == 0) return;
  const all = changetype<Dynamics>(dynamicsAt);
  integrator = all.integrator;
  thermostat = all.thermostat;
  timestep = all.timestep;
  removal = all.removal;
  kT = all.kT;
  rate = all.rate;
  relaxation = all.relaxation;
  degrees = all.degrees;
  chainLength = all.chainLength;
  chainStride = all.chainStride;
  inverseMass = all.inverseMass;
  widths = all.widths;
  moves = all.moves;
  noiseKeys = all.noiseKeys;
  variables = all.variables;
  constraints = all.constraints;
}

/** By the first thread alone. */
export function addHeat(amount: f64): void {
  store<f64>(variables, load<f64>(variables) + amount);
}

// @ts-ignore: decorator
@inline
export function isThermostatted(): bool {
  return thermostat != thermostatNone;
}
