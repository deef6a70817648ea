/**
 * The pieces of a step that keeps constraints: those of step.ts with the corrections of constraints.ts in between, over shares of the waters,
 * stars and clusters. Shares follow from the system alone and know nothing of the ranges of particles, so barriers stand on both sides.
 * All threads run these together; they return whether the constraints could be met, the same on all threads.
 */
import { ConstraintSet, moveShare, velocityShare } from './constraints';
import { addHeat, constraints, noiseKeys, rate, timestep, widths } from './dynamics';
import { driftRange, kickDriftRange, kickRange, noiseRange, scaleKineticRange } from './integrate';
import { sumBegin, sumEnd } from './layout';
import { partEnd, partFirst, particleParts, positions, setSum, total } from './state';
import { barrier, staticEnd, staticFirst, thread } from '../../../threads/assembly/threads';

const failedMove: i32 = 1;
const failedVelocities: i32 = 2;

/**
 * Corrects the move that the ranges of particles have made, and then the velocities if asked for.
 * @param move whether positions are corrected, after a move for a time dt
 */
function correct(move: bool, dt: f64, project: bool): bool {
  const set = changetype<ConstraintSet>(constraints);
  barrier();
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    if (move && !moveShare(set, p, dt)) fail(set, failedMove);
    if (project && !velocityShare(set, p)) fail(set, failedVelocities);
  }
  barrier();
  // Nobody writes here before another barrier: the next corrections begin with one.
  return atomic.load<i32>(constraints + offsetof<ConstraintSet>('failure')) == 0;
}

/** Keeps the first failure: a move that failed spoils the velocities too. */
function fail(set: ConstraintSet, what: i32): void {
  atomic.cmpxchg<i32>(changetype<usize>(set) + offsetof<ConstraintSet>('failure'), 0, what);
}

/** Keeps the positions of a range, from which its move starts. */
// @ts-ignore: decorator
@inline
function remember(first: i32, last: i32): void {
  const from = <usize>first * 24;
  memory.copy(changetype<ConstraintSet>(constraints).before + from, positions + from, <usize>last * 24 - from);
}

/** v = factor v + kick f/m, then a move for a time dt. */
export function kickDriftRigid(factor: f64, kick: f64, dt: f64, project: bool): bool {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) {
    remember(partFirst(p), partEnd(p));
    kickDriftRange(partFirst(p), partEnd(p), factor, kick, dt, false);
  }
  return correct(true, dt, project);
}

/** v += dt f/m, and off the velocities what would change a length. */
export function kickRigid(dt: f64): bool {
  for (let p = staticFirst(particleParts); p < staticEnd(particleParts); p++) kickRange(partFirst(p), partEnd(p), dt);
  return correct(false, 0, true);
}

/** The part of a g-BAOAB step before the new forces: engine/dynamics/langevin.ts. */
export function langevinRigid(step: i64): bool {
  const half = 0.5 * timestep;
  const firstPart = staticFirst(particleParts);
  const endPart = staticEnd(particleParts);
  if (!kickDriftRigid(1, half, half, true)) return false;
  for (let p = firstPart; p < endPart; p++) {
    setSum(p, sumBegin, scaleKineticRange(partFirst(p), partEnd(p), 1));
    noiseRange(partFirst(p), partEnd(p), noiseKeys, step, widths, rate);
  }
  if (!correct(false, 0, true)) return false;
  for (let p = firstPart; p < endPart; p++) {
    const from = partFirst(p);
    const to = partEnd(p);
    setSum(p, sumEnd, scaleKineticRange(from, to, 1));
    remember(from, to);
    driftRange(from, to, half);
  }
  if (!correct(true, half, false)) return false;
  if (thread == 0) {
    addHeat(-0.5 * total(sumBegin));
    addHeat(0.5 * total(sumEnd));
  }
  return true;
}
