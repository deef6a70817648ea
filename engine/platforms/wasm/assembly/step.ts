/** Forces of all terms that have kernels here, and the loop of steps that stays in wasm until something outside is due. */
import { BondedSet, computeBonded } from './bonded';
import { addHeat, integrator, isThermostatted, moves, noiseKeys, rate, removal, thermostat, timestep, widths } from './dynamics';
import {
  brownianRange, brownianWorkRange, driftRange, kickDriftRange, kickKineticRange, kickRange, langevinRange, momentumRange, scaleKineticRange,
  scaleRange, subtractRange,
} from './integrate';
import {
  langevin, overdampedLangevin, statusDone, statusNotFinite, statusUndefinedTerm, taskBonded, taskCount, taskIntegrate, taskList, taskMesh, taskPairs,
  thermostatMassiveNoseHoover, thermostatNoseHoover,
} from './layout';
import { updateLists } from './lists';
import { allocate } from './memory';
import { Pme } from './mesh';
import { computePairs } from './pairs';
import { computePme } from './pme';
import { PairSet } from './set';
import { clearVirial, doublePrecision, forces, particles } from './state';
import { chainHalfStep, factorAtEnd, massiveRange } from './thermostats';

/** Milliseconds. */
// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

/** Addresses (u32) of the sets of pairs and of bonded terms. */
let pairSets: usize = 0;
let pairCount: i32 = 0;
let bondedSets: usize = 0;
let bondedCount: i32 = 0;
let mesh: usize = 0;
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

export function addPme(pme: Pme): void {
  mesh = changetype<usize>(pme);
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
  if (mesh != 0) {
    computePme(changetype<Pme>(mesh), energies);
    took(taskMesh);
  }
  for (let k = 0; k < bondedCount; k++) {
    if (!computeBonded(changetype<BondedSet>(<usize>load<u32>(bondedSets + <usize>k * 4)), energies)) return statusUndefinedTerm;
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

/** Steps that the last `run` completed. */
export let completed: i32 = 0;

/** The half kick and the factor of the velocities that the step before has left to the passes of the next one. */
let kickPending: bool = false;
let factorPending: f64 = 1;

/** v += dt f/m, of all particles. */
export function kick(dt: f64): void {
  kickRange(0, particles, dt);
}

/** x += dt v, of all particles. */
export function drift(dt: f64): void {
  driftRange(0, particles, dt);
}

/** Sum of m v^2/2 of all particles. */
export function kineticEnergy(): f64 {
  return 0.5 * scaleKineticRange(0, particles, 1);
}

export function scaleVelocities(factor: f64): void {
  scaleRange(0, particles, factor);
}

/** Room for the sums of a range. */
const sums: usize = memory.data(32, 16);

export function removeCenterOfMassMotion(): void {
  momentumRange(0, particles, sums);
  const total = load<f64>(sums);
  subtractRange(0, particles, load<f64>(sums, 8) / total, load<f64>(sums, 16) / total, load<f64>(sums, 24) / total);
}

/** The part of a step before the new forces. */
export function beginStep(first: f64): void {
  startTiming();
  const step = <i64>first;
  const half = 0.5 * timestep;
  if (integrator == langevin) {
    addHeat(langevinRange(0, particles, noiseKeys, step, widths, rate, timestep, kickPending));
  } else if (integrator == overdampedLangevin) {
    addHeat(brownianRange(0, particles, noiseKeys, step, widths, rate, moves));
  } else {
    if (thermostat == thermostatMassiveNoseHoover) massiveRange(0, particles);
    if (thermostat == thermostatNoseHoover) factorPending = chainHalfStep(scaleKineticRange(0, particles, factorPending));
    kickDriftRange(0, particles, factorPending, half, timestep, kickPending);
  }
  kickPending = false;
  factorPending = 1;
  took(taskIntegrate);
}

/** The part of a step after the new forces. With `more` what the next step's first pass can do is left to it. */
export function endStep(first: f64, more: bool): void {
  if (timing) lastTime = now();
  const half = 0.5 * timestep;
  const removes = removal > 0 && (<i64>first + 1) % <i64>removal == 0;
  if (integrator == overdampedLangevin) {
    addHeat(brownianWorkRange(0, particles, rate, moves));
  } else if (isThermostatted()) {
    const twiceKinetic = kickKineticRange(0, particles, half);
    if (thermostat == thermostatMassiveNoseHoover) massiveRange(0, particles);
    else factorPending = factorAtEnd(<i64>first, twiceKinetic);
    if (removes || !more) {
      scaleRange(0, particles, factorPending);
      factorPending = 1;
    }
  } else if (removes || !more) {
    kickRange(0, particles, half);
  } else {
    kickPending = true;
  }
  if (removes) removeCenterOfMassMotion();
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
    if (status != statusDone) {
      timing = false;
      return status;
    }
    endStep(first + <f64>k, k + 1 < steps);
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
