/**
 * What a system's constraints are in the memory: waters (settle.ts), stars (stars.ts), and all other clusters, with SHAKE and RATTLE for
 * these. See engine/dynamics/constraints/.
 */
import { allocate } from '../../../threads/assembly/memory';
import { settleMoveRange, settleVelocityRange } from './settle';
import { OneArm, starBytes, starMoveRange, starVelocityRange, ThreeArms, TwoArms } from './stars';
import { particles, particleParts, positions, velocities } from './state';

/** The constraints of a system. */
// @ts-ignore: decorator
@unmanaged
export class ConstraintSet {
  /** See settle.ts. */
  waters: usize;
  shapes: usize;
  waterCount: i32;
  /** Stars of one, two and three arms: how many, and where they begin. */
  oneArm: i32;
  twoArms: i32;
  threeArms: i32;
  stars1: usize;
  stars2: usize;
  stars3: usize;
  /** i32: first constraint of each cluster, and the end; i32 pairs of particles; f64 squared lengths. */
  starts: usize;
  clusterCount: i32;
  atoms: usize;
  squares: usize;
  /** f64 a particle. */
  inverseMass: usize;
  /** f64, 3 a particle: positions before a move, and after it before it is corrected. */
  before: usize;
  free: usize;
  tolerance: f64;
  timestep: f64;
  mostSweeps: i32;
  /** What could not be done (rigid.ts): 0 nothing, 1 a move, 2 a projection of velocities. */
  failure: i32;
}

export function createConstraints(
  waters: i32, shapes: i32, oneArm: i32, twoArms: i32, threeArms: i32, clusters: i32, constraints: i32, tolerance: f64, timestep: f64,
  mostSweeps: i32,
): ConstraintSet {
  const set = changetype<ConstraintSet>(allocate(offsetof<ConstraintSet>()));
  set.waterCount = waters;
  set.clusterCount = clusters;
  set.tolerance = tolerance;
  set.timestep = timestep;
  set.mostSweeps = mostSweeps;
  set.waters = allocate(<usize>waters * 16);
  set.shapes = allocate(<usize>shapes * 64);
  set.oneArm = oneArm;
  set.twoArms = twoArms;
  set.threeArms = threeArms;
  set.stars1 = allocate(<usize>oneArm * starBytes);
  set.stars2 = allocate(<usize>twoArms * starBytes);
  set.stars3 = allocate(<usize>threeArms * starBytes);
  set.starts = allocate(<usize>clusters * 4 + 4);
  set.atoms = allocate(<usize>constraints * 8);
  set.squares = allocate(<usize>constraints * 8);
  set.inverseMass = allocate(<usize>particles * 8);
  set.before = allocate(<usize>particles * 24);
  set.free = allocate(<usize>particles * 24);
  return set;
}

export function constraintWaters(set: ConstraintSet): usize { return set.waters; }
export function constraintShapes(set: ConstraintSet): usize { return set.shapes; }
/** Where the stars of so many arms begin. */
export function constraintStars(set: ConstraintSet, arms: i32): usize { return arms == 1 ? set.stars1 : arms == 2 ? set.stars2 : set.stars3; }
export function constraintStarts(set: ConstraintSet): usize { return set.starts; }
export function constraintAtoms(set: ConstraintSet): usize { return set.atoms; }
export function constraintSquares(set: ConstraintSet): usize { return set.squares; }
export function constraintInverseMass(set: ConstraintSet): usize { return set.inverseMass; }
export function constraintBefore(set: ConstraintSet): usize { return set.before; }

/** What the steps could not do since this was last asked: 0 nothing, 1 a move, 2 a projection of velocities. */
export function constraintFailure(set: ConstraintSet): i32 {
  const failure = set.failure;
  set.failure = 0;
  return failure;
}

/** Keeps the positions from which the next move starts. */
export function rememberPositions(set: ConstraintSet): void {
  memory.copy(set.before, positions, <usize>particles * 24);
}

/** Corrects a move for a time dt from the remembered positions. Returns whether all constraints could be met. */
export function constrainMove(set: ConstraintSet, dt: f64): bool {
  for (let p = 0; p < particleParts; p++) if (!moveShare(set, p, dt)) return false;
  return true;
}

/** Takes off the velocities what would change a length. Returns whether that came to an end. */
export function projectVelocities(set: ConstraintSet): bool {
  for (let p = 0; p < particleParts; p++) if (!velocityShare(set, p)) return false;
  return true;
}

/** Where share p of so many begins: a function of the system alone, like the number of ranges of particles. */
// @ts-ignore: decorator
@inline
function share(count: i32, p: i32): i32 {
  return <i32>((<i64>count * p) / particleParts);
}

/** `constrainMove` for share p of everything. */
export function moveShare(set: ConstraintSet, p: i32, dt: f64): bool {
  const before = set.before;
  const tolerance = set.tolerance;
  return (
    settleMoveRange(set.waters, set.shapes, before, share(set.waterCount, p), share(set.waterCount, p + 1), dt) < 0 &&
    starMoveRange<OneArm>(set.stars1, before, share(set.oneArm, p), share(set.oneArm, p + 1), dt, tolerance) &&
    starMoveRange<TwoArms>(set.stars2, before, share(set.twoArms, p), share(set.twoArms, p + 1), dt, tolerance) &&
    starMoveRange<ThreeArms>(set.stars3, before, share(set.threeArms, p), share(set.threeArms, p + 1), dt, tolerance) &&
    shakeRange(set, share(set.clusterCount, p), share(set.clusterCount, p + 1), dt)
  );
}

/** `projectVelocities` for share p of everything. */
export function velocityShare(set: ConstraintSet, p: i32): bool {
  settleVelocityRange(set.waters, set.shapes, share(set.waterCount, p), share(set.waterCount, p + 1));
  return (
    starVelocityRange<OneArm>(set.stars1, share(set.oneArm, p), share(set.oneArm, p + 1)) &&
    starVelocityRange<TwoArms>(set.stars2, share(set.twoArms, p), share(set.twoArms, p + 1)) &&
    starVelocityRange<ThreeArms>(set.stars3, share(set.threeArms, p), share(set.threeArms, p + 1)) &&
    rattleRange(set, share(set.clusterCount, p), share(set.clusterCount, p + 1))
  );
}

/** Corrects the positions of the clusters `first` to `last`, and their velocities by what that took. */
function shakeRange(set: ConstraintSet, first: i32, last: i32, dt: f64): bool {
  const free = set.free;
  for (let cluster = first; cluster < last; cluster++) {
    const from = load<i32>(set.starts + <usize>cluster * 4);
    const to = load<i32>(set.starts + <usize>cluster * 4, 4);
    for (let k = 2 * from; k < 2 * to; k++) {
      const i = <usize>load<u32>(set.atoms + <usize>k * 4) * 24;
      memory.copy(free + i, positions + i, 24);
    }
    let sweeps = 0;
    while (sweep(set, from, to)) if (++sweeps > set.mostSweeps) return false;
    for (let k = 2 * from; k < 2 * to; k++) {
      const i = <usize>load<u32>(set.atoms + <usize>k * 4) * 24;
      for (let c: usize = 0; c < 24; c += 8) {
        const moved = load<f64>(positions + i + c);
        const was = load<f64>(free + i + c);
        if (moved == was) continue;
        store<f64>(velocities + i + c, load<f64>(velocities + i + c) + (moved - was) / dt);
        // A particle of several constraints is visited again: its correction is done.
        store<f64>(free + i + c, moved);
      }
    }
  }
  return true;
}

/** Corrects each length in turn; returns whether any was off. A side that turned too far stays off. */
function sweep(set: ConstraintSet, from: i32, to: i32): bool {
  let off = false;
  const before = set.before;
  for (let k = from; k < to; k++) {
    const p = <usize>load<u32>(set.atoms + <usize>k * 8);
    const q = <usize>load<u32>(set.atoms + <usize>k * 8, 4);
    const i = p * 24;
    const j = q * 24;
    const d2 = load<f64>(set.squares + <usize>k * 8);
    const rx = load<f64>(positions + i) - load<f64>(positions + j);
    const ry = load<f64>(positions + i, 8) - load<f64>(positions + j, 8);
    const rz = load<f64>(positions + i, 16) - load<f64>(positions + j, 16);
    const error = d2 - (rx * rx + ry * ry + rz * rz);
    if (Math.abs(error) <= 2 * set.tolerance * d2) continue;
    off = true;
    const sx = load<f64>(before + i) - load<f64>(before + j);
    const sy = load<f64>(before + i, 8) - load<f64>(before + j, 8);
    const sz = load<f64>(before + i, 16) - load<f64>(before + j, 16);
    const along = rx * sx + ry * sy + rz * sz;
    if (!(along > 1e-6 * d2)) return true;
    const wi = load<f64>(set.inverseMass + p * 8);
    const wj = load<f64>(set.inverseMass + q * 8);
    const g = error / (2 * along * (wi + wj));
    push(positions + i, g * wi, sx, sy, sz);
    push(positions + j, -g * wj, sx, sy, sz);
  }
  return off;
}

// @ts-ignore: decorator
@inline
function push(at: usize, g: f64, x: f64, y: f64, z: f64): void {
  store<f64>(at, load<f64>(at) + g * x);
  store<f64>(at, load<f64>(at, 8) + g * y, 8);
  store<f64>(at, load<f64>(at, 16) + g * z, 16);
}

/** What rounding leaves of large velocities, as a part of them. */
const rounding: f64 = 1e-12;

function rattleRange(set: ConstraintSet, first: i32, last: i32): bool {
  const tolerance = set.tolerance / set.timestep;
  for (let cluster = first; cluster < last; cluster++) {
    const from = load<i32>(set.starts + <usize>cluster * 4);
    const to = load<i32>(set.starts + <usize>cluster * 4, 4);
    let off = true;
    for (let sweeps = 0; off; sweeps++) {
      if (sweeps > set.mostSweeps) return false;
      off = false;
      for (let k = from; k < to; k++) {
        const p = <usize>load<u32>(set.atoms + <usize>k * 8);
        const q = <usize>load<u32>(set.atoms + <usize>k * 8, 4);
        const i = p * 24;
        const j = q * 24;
        const d2 = load<f64>(set.squares + <usize>k * 8);
        const rx = load<f64>(positions + i) - load<f64>(positions + j);
        const ry = load<f64>(positions + i, 8) - load<f64>(positions + j, 8);
        const rz = load<f64>(positions + i, 16) - load<f64>(positions + j, 16);
        const x = rx * (load<f64>(velocities + i) - load<f64>(velocities + j));
        const y = ry * (load<f64>(velocities + i, 8) - load<f64>(velocities + j, 8));
        const z = rz * (load<f64>(velocities + i, 16) - load<f64>(velocities + j, 16));
        const rate = x + y + z;
        if (Math.abs(rate) <= tolerance * d2 + rounding * (Math.abs(x) + Math.abs(y) + Math.abs(z))) continue;
        off = true;
        const wi = load<f64>(set.inverseMass + p * 8);
        const wj = load<f64>(set.inverseMass + q * 8);
        const g = -rate / (d2 * (wi + wj));
        push(velocities + i, g * wi, rx, ry, rz);
        push(velocities + j, -g * wj, rx, ry, rz);
      }
    }
  }
  return true;
}
