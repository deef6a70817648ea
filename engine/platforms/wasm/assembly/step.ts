/** Forces of all terms that have kernels here, and the loop of steps that stays in wasm until something outside is due. */
import { BondedSet, computeBonded } from './bonded';
import {
  brownianMove, brownianWork, kick, kickAndDrift, ornsteinUhlenbeckAndDrift, removeCenterOfMassMotion,
} from './integrate';
import {
  langevin, overdampedLangevin, statusDone, statusNotFinite, statusUndefinedTerm, taskBonded, taskCount, taskIntegrate, taskList, taskPairs, velocityVerlet,
} from './layout';
import { updateLists } from './lists';
import { allocate } from './memory';
import { computePairs } from './pairs';
import { PairSet } from './set';
import { clearVirial, doublePrecision, forces, particles } from './state';

/** Milliseconds. */
// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

/** Addresses (u32) of the sets of pairs and of bonded terms. */
let pairSets: usize = 0;
let pairCount: i32 = 0;
let bondedSets: usize = 0;
let bondedCount: i32 = 0;
/** f64 a task: milliseconds. */
export let times: usize = 0;
/** Steps between two that are timed; their times count for all. */
let timedEvery: i32 = 1;
let calls: i32 = 0;

export function createForces(pairs: i32, bonded: i32): void {
  pairSets = allocate(<usize>pairs * 4);
  bondedSets = allocate(<usize>bonded * 4);
  times = allocate(taskCount * 8);
  timedEvery = particles < 2000 ? 32 : 1;
}

export function addPairSet(set: PairSet): void {
  store<u32>(pairSets + <usize>pairCount * 4, <u32>changetype<usize>(set));
  pairCount++;
}

export function addBondedSet(set: BondedSet): void {
  store<u32>(bondedSets + <usize>bondedCount * 4, <u32>changetype<usize>(set));
  bondedCount++;
}

let lastTime: f64 = 0;
let timing: bool = false;

// @ts-ignore: decorator
@inline
function took(task: i32): void {
  if (!timing) return;
  const time = now();
  const at = times + <usize>task * 8;
  store<f64>(at, load<f64>(at) + (time - lastTime) * <f64>timedEvery);
  lastTime = time;
}

/**
 * Sets the forces at the present positions; energies and virial too if asked for. `counts` is false where they have been computed
 * there before. Returns a status.
 */
export function computeForces(energies: bool, counts: bool): i32 {
  clearVirial();
  startTiming();
  const status = allForces(energies, counts);
  timing = false;
  return status;
}

function allForces(energies: bool, counts: bool): i32 {
  if (pairCount == 0) memory.fill(forces, 0, <usize>particles * 24);
  for (let k = 0; k < pairCount; k++) {
    const set = changetype<PairSet>(<usize>load<u32>(pairSets + <usize>k * 4));
    if (!updateLists(set, counts)) return statusNotFinite;
    took(taskList);
    computePairs(set, energies);
    collect(set, k > 0);
    took(taskPairs);
  }
  for (let k = 0; k < bondedCount; k++) {
    if (!computeBonded(changetype<BondedSet>(<usize>load<u32>(bondedSets + <usize>k * 4)))) return statusUndefinedTerm;
  }
  if (bondedCount > 0) took(taskBonded);
  return statusDone;
}

/** From the results of the slots to the forces of the particles. */
function collect(set: PairSet, add: bool): void {
  const n = <usize>particles;
  const results = set.results.at;
  const doubles = set.doubleResults.at;
  const slotOf = set.slot;
  for (let i: usize = 0; i < n; i++) {
    const slot = <usize>load<u32>(slotOf + i * 4);
    let x: f64;
    let y: f64;
    let z: f64;
    if (doublePrecision) {
      const from = doubles + (slot >> 2) * 96 + (slot & 3) * 8;
      x = load<f64>(from);
      y = load<f64>(from, 32);
      z = load<f64>(from, 64);
    } else {
      const from = results + (slot >> 2) * 48 + (slot & 3) * 4;
      x = <f64>load<f32>(from);
      y = <f64>load<f32>(from, 16);
      z = <f64>load<f32>(from, 32);
    }
    const to = forces + i * 24;
    if (add) {
      x += load<f64>(to);
      y += load<f64>(to, 8);
      z += load<f64>(to, 16);
    }
    store<f64>(to, x);
    store<f64>(to, y, 8);
    store<f64>(to, z, 16);
  }
}

/** The integrator of `run`. */
let integrator: i32 = 0;
let timestep: f64 = 0;
let removal: i32 = 0;
let decay: f64 = 0;
let friction: f64 = 0;
let kT: f64 = 0;
let moves: usize = 0;
/** Kinetic energy taken in from the noise; for overdamped dynamics the work that its conserved energy needs. */
export let heat: f64 = 0;
/** Steps that the last `run` completed. */
export let completed: i32 = 0;

export function configureRun(kind: i32, dt: f64, removeEvery: i32, rate: f64, factor: f64, thermalEnergy: f64): void {
  integrator = kind;
  timestep = dt;
  removal = removeEvery;
  friction = rate;
  decay = factor;
  kT = thermalEnergy;
  if (kind == overdampedLangevin) moves = allocate(<usize>particles * 24);
}

export function setHeat(value: f64): void {
  heat = value;
}

/** The part of a step before the new forces. */
export function beginStep(first: f64): void {
  startTiming();
  const step = <i64>first;
  if (integrator == velocityVerlet) {
    kickAndDrift(0.5 * timestep, timestep);
  } else if (integrator == langevin) {
    kickAndDrift(0.5 * timestep, 0.5 * timestep);
    heat += ornsteinUhlenbeckAndDrift(step, decay, kT, 0.5 * timestep);
  } else {
    heat += brownianMove(step, timestep, friction, kT, moves);
  }
  took(taskIntegrate);
}

/** The part of a step after the new forces. */
export function endStep(first: f64): void {
  if (timing) lastTime = now();
  if (integrator == overdampedLangevin) heat += brownianWork(timestep, friction, moves);
  else kick(0.5 * timestep);
  if (removal > 0 && (<i64>first + 1) % <i64>removal == 0) removeCenterOfMassMotion();
  took(taskIntegrate);
}

function startTiming(): void {
  timing = calls++ % timedEvery == 0;
  if (timing) lastTime = now();
}

/** Advances by `steps` from the step number `first`. Returns a status; `completed` says how far it came. */
export function run(first: f64, steps: i32): i32 {
  completed = 0;
  for (let k = 0; k < steps; k++) {
    beginStep(first + <f64>k);
    clearVirial();
    const status = allForces(false, true);
    if (status != statusDone) return status;
    endStep(first + <f64>k);
    completed++;
  }
  timing = false;
  return statusDone;
}

/** Whether all forces and velocities are finite. */
export function allFinite(): bool {
  const end = <usize>particles * 24;
  let sum: f64 = 0;
  for (let k: usize = 0; k < end; k += 8) sum += load<f64>(forces + k) * 0;
  return sum == 0;
}
