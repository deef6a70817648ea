/**
 * The loop of steps that stays in wasm until something outside is due. Every thread runs it (threads.ts): each phase is a loop over ranges
 * of particles or parts of pair sets, and barriers stand between phases that read what others have written. A new piece of the step (a
 * constraint, a virtual site, a coupling) becomes a function of a range and gets its place here; ARCHITECTURE.md says how.
 */
import { hasCalls, makeCalls } from './calls';
import { startTiming, stopTiming, took } from './clock';
import {
  addHeat, constraints, enterDynamics, integrator, isThermostatted, moves, noiseKeys, rate, removal, thermostat, timestep, widths,
} from './dynamics';
import { computeForcesTogether, enterForces, placeSites, spreadSites } from './forces';
import {
  brownianRange, brownianWorkRange, driftRange, kickDriftRange, kickKineticRange, kickRange, langevinRange, momentumRange, scaleKineticRange,
  scaleRange, subtractRange,
} from './integrate';
import {
  langevin, overdampedLangevin, statusConstraint, statusDone, sumBegin, sumEnd, sumKinetic, sumMomentum, sumScalar, taskIntegrate, thermostatMassiveNoseHoover,
  thermostatNoseHoover,
} from './layout';
import { kickDriftRigid, kickRigid, langevinRigid } from './rigid';
import { enterState, forces, partEnd, partFirst, particleParts, particles, setSum, sumsOf, total } from './state';
import { chainHalfStep, factorAtEnd, massiveRange } from './thermostats';
import { barrier, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

/** Adds the forces that are computed in JavaScript to those of the kernels, in the step `k` of a `run`; only where there is one thread. */
// @ts-ignore: decorator
@external("env", "script")
declare function script(k: i32): void;

let scripts: bool = false;

/** Whether `run` calls JavaScript for forces. */
export function useScripts(used: bool): void {
  scripts = used;
}

/** Steps that the last `run` completed. */
export let completed: i32 = 0;

/** The half kick and the factor of the velocities that the step before has left to the passes of the next one; on all threads alike. */
let kickPending: bool = false;
let factorPending: f64 = 1;

/** What each thread does before a job. */
export function enter(): void {
  enterState();
  enterDynamics();
  enterForces();
}

/** The part of a step before the new forces. Returns a status. */
export function beginStep(first: f64): i32 {
  startTiming();
  const step = <i64>first;
  const half = 0.5 * timestep;
  const firstPart = staticFirst(particleParts);
  const endPart = staticEnd(particleParts);
  if (thermostat == thermostatNoseHoover) {
    for (let p = firstPart; p < endPart; p++) setSum(p, sumKinetic, scaleKineticRange(partFirst(p), partEnd(p), factorPending));
    barrier();
    if (thread == 0) setSum(0, sumScalar, chainHalfStep(total(sumKinetic)));
    barrier();
    factorPending = load<f64>(sumsOf(0) + sumScalar * 8);
  }
  if (constraints != 0) {
    const met = integrator == langevin ? langevinRigid(step) : kickDriftRigid(factorPending, half, timestep, false);
    factorPending = 1;
    took(taskIntegrate);
    return met ? statusDone : statusConstraint;
  }
  for (let p = firstPart; p < endPart; p++) {
    const from = partFirst(p);
    const to = partEnd(p);
    if (integrator == langevin) {
      setSum(p, sumBegin, langevinRange(from, to, noiseKeys, step, widths, rate, timestep, kickPending));
    } else if (integrator == overdampedLangevin) {
      setSum(p, sumBegin, brownianRange(from, to, noiseKeys, step, widths, rate, moves));
    } else {
      if (thermostat == thermostatMassiveNoseHoover) massiveRange(from, to);
      kickDriftRange(from, to, factorPending, half, timestep, kickPending);
    }
  }
  barrier();
  if (thread == 0 && (integrator == langevin || integrator == overdampedLangevin)) addHeat(total(sumBegin));
  kickPending = false;
  factorPending = 1;
  took(taskIntegrate);
  return statusDone;
}

/**
 * The part of a step after the new forces. With `more` what the next step's first pass can do is left to it. The ranges are those of
 * `beginStep`: no barrier is needed before the next. Returns a status.
 */
export function endStep(first: f64, more: bool): i32 {
  startTiming(false);
  const half = 0.5 * timestep;
  const removes = removal > 0 && (<i64>first + 1) % <i64>removal == 0;
  const firstPart = staticFirst(particleParts);
  const endPart = staticEnd(particleParts);
  if (integrator == overdampedLangevin) {
    for (let p = firstPart; p < endPart; p++) setSum(p, sumEnd, brownianWorkRange(partFirst(p), partEnd(p), rate, moves));
    barrier();
    if (thread == 0) addHeat(total(sumEnd));
  } else if (isThermostatted()) {
    const massive = thermostat == thermostatMassiveNoseHoover;
    if (constraints != 0 && !kickRigid(half)) return statusConstraint;
    for (let p = firstPart; p < endPart; p++) {
      if (constraints != 0) setSum(p, sumKinetic, scaleKineticRange(partFirst(p), partEnd(p), 1));
      else setSum(p, sumKinetic, kickKineticRange(partFirst(p), partEnd(p), half));
      if (massive) massiveRange(partFirst(p), partEnd(p));
    }
    if (!massive) {
      barrier();
      if (thread == 0) setSum(0, sumScalar, factorAtEnd(<i64>first, total(sumKinetic)));
      barrier();
      factorPending = load<f64>(sumsOf(0) + sumScalar * 8);
    }
    if (removes || !more) {
      scaleVelocities(factorPending);
      factorPending = 1;
    }
  } else if (constraints != 0) {
    if (!kickRigid(half)) return statusConstraint;
  } else if (removes || !more) {
    kick(half);
  } else {
    kickPending = true;
  }
  if (removes) removeCenterOfMassMotion();
  took(taskIntegrate);
  return statusDone;
}

/** Advances by `steps` from the step number `first`. Returns a status; `completed` says how far it came. */
export function run(first: f64, steps: i32): i32 {
  completed = 0;
  for (let k = 0; k < steps; k++) {
    let status = beginStep(first + <f64>k);
    if (status == statusDone) {
      placeSites();
      status = computeForcesTogether(false, true);
    }
    if (status == statusDone) {
      if (scripts) script(k);
      if (hasCalls()) makeCalls(first + <f64>k, k);
      // Both add to the forces on sites; what their part of the virial is will not be found out otherwise.
      spreadSites(scripts || hasCalls());
    }
    if (status == statusDone) status = endStep(first + <f64>k, k + 1 < steps);
    if (status != statusDone) {
      stopTiming();
      return status;
    }
    completed++;
  }
  stopTiming();
  return statusDone;
}

export function kick(dt: f64): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) kickRange(partFirst(p), partEnd(p), dt);
}

export function drift(dt: f64): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) driftRange(partFirst(p), partEnd(p), dt);
}

export function scaleVelocities(factor: f64): void {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) scaleRange(partFirst(p), partEnd(p), factor);
}

/** Sum of m v^2/2; on every thread the same. */
export function kineticEnergy(): f64 {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    setSum(p, sumKinetic, scaleKineticRange(partFirst(p), partEnd(p), 1));
  }
  barrier();
  return 0.5 * total(sumKinetic);
}

export function removeCenterOfMassMotion(): void {
  const firstPart = staticFirst(particleParts);
  const endPart = staticEnd(particleParts);
  barrier(); // sums of before have been read
  for (let p = firstPart; p < endPart; p++) momentumRange(partFirst(p), partEnd(p), sumsOf(p) + sumMomentum * 8);
  barrier();
  const m = total(sumMomentum);
  const x = total(sumMomentum + 1) / m;
  const y = total(sumMomentum + 2) / m;
  const z = total(sumMomentum + 3) / m;
  for (let p = firstPart; p < endPart; p++) subtractRange(partFirst(p), partEnd(p), x, y, z);
}

/** Whether all forces are finite. */
export function allFinite(): bool {
  const end = <usize>particles * 24;
  let sum: f64 = 0;
  for (let k: usize = 0; k < end; k += 8) sum += load<f64>(forces + k) * 0;
  return sum == 0;
}
