/** The pieces that integrators are made of, over the master state: the loops of engine/dynamics/primitives.ts. */
import { fourNormals, normals4 } from './noise';
import { forces, mass, particles, positions, velocities } from './state';

/** v += dt f/m */
export function kick(dt: f64): void {
  const n = <usize>particles;
  for (let i: usize = 0; i < n; i++) {
    const scale = dt / load<f64>(mass + i * 8);
    const v = velocities + i * 24;
    const f = forces + i * 24;
    store<f64>(v, load<f64>(v) + scale * load<f64>(f));
    store<f64>(v, load<f64>(v, 8) + scale * load<f64>(f, 8), 8);
    store<f64>(v, load<f64>(v, 16) + scale * load<f64>(f, 16), 16);
  }
}

/** x += dt v */
export function drift(dt: f64): void {
  const end = <usize>particles * 24;
  for (let k: usize = 0; k < end; k += 8) store<f64>(positions + k, load<f64>(positions + k) + dt * load<f64>(velocities + k));
}

/** v += dt f/m, then x += dt v: kick and drift in one pass. */
export function kickAndDrift(kickStep: f64, driftStep: f64): void {
  const n = <usize>particles;
  for (let i: usize = 0; i < n; i++) {
    const scale = kickStep / load<f64>(mass + i * 8);
    const v = velocities + i * 24;
    const f = forces + i * 24;
    const x = positions + i * 24;
    const vx = load<f64>(v) + scale * load<f64>(f);
    const vy = load<f64>(v, 8) + scale * load<f64>(f, 8);
    const vz = load<f64>(v, 16) + scale * load<f64>(f, 16);
    store<f64>(v, vx);
    store<f64>(v, vy, 8);
    store<f64>(v, vz, 16);
    store<f64>(x, load<f64>(x) + driftStep * vx);
    store<f64>(x, load<f64>(x, 8) + driftStep * vy, 8);
    store<f64>(x, load<f64>(x, 16) + driftStep * vz, 16);
  }
}

/** Sum of m v^2/2, in the order of the particles. */
export function kineticEnergy(): f64 {
  const n = <usize>particles;
  let twice: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    const v = velocities + i * 24;
    const x = load<f64>(v);
    const y = load<f64>(v, 8);
    const z = load<f64>(v, 16);
    twice += load<f64>(mass + i * 8) * (x * x + y * y + z * z);
  }
  return 0.5 * twice;
}

export function scaleVelocities(factor: f64): void {
  const end = <usize>particles * 24;
  for (let k: usize = 0; k < end; k += 8) store<f64>(velocities + k, load<f64>(velocities + k) * factor);
}

export function removeCenterOfMassMotion(): void {
  const n = <usize>particles;
  let total: f64 = 0;
  let x: f64 = 0;
  let y: f64 = 0;
  let z: f64 = 0;
  for (let i: usize = 0; i < n; i++) {
    const m = load<f64>(mass + i * 8);
    const v = velocities + i * 24;
    total += m;
    x += m * load<f64>(v);
    y += m * load<f64>(v, 8);
    z += m * load<f64>(v, 16);
  }
  x /= total;
  y /= total;
  z /= total;
  for (let i: usize = 0; i < n; i++) {
    const v = velocities + i * 24;
    store<f64>(v, load<f64>(v) - x);
    store<f64>(v, load<f64>(v, 8) - y, 8);
    store<f64>(v, load<f64>(v, 16) - z, 16);
  }
}

/** The exact Ornstein-Uhlenbeck step v = c v + sqrt((1 - c^2) kT/m) xi, then x += dt v. Returns the kinetic energy that it added. */
export function ornsteinUhlenbeckAndDrift(step: i64, decay: f64, kT: f64, dt: f64): f64 {
  const variance = (1 - decay * decay) * kT;
  const n = particles;
  let before: f64 = 0;
  let after: f64 = 0;
  const noise = fourNormals();
  for (let i = 0; i < n; i++) {
    if ((i & 3) == 0) normals4(step, i);
    const xi = noise + <usize>(i & 3) * 24;
    const m = load<f64>(mass + <usize>i * 8);
    const width = Math.sqrt(variance / m);
    const v = velocities + <usize>i * 24;
    const x = positions + <usize>i * 24;
    let vx = load<f64>(v);
    let vy = load<f64>(v, 8);
    let vz = load<f64>(v, 16);
    before += m * (vx * vx + vy * vy + vz * vz);
    vx = decay * vx + width * load<f64>(xi);
    vy = decay * vy + width * load<f64>(xi, 8);
    vz = decay * vz + width * load<f64>(xi, 16);
    after += m * (vx * vx + vy * vy + vz * vz);
    store<f64>(v, vx);
    store<f64>(v, vy, 8);
    store<f64>(v, vz, 16);
    store<f64>(x, load<f64>(x) + dt * vx);
    store<f64>(x, load<f64>(x, 8) + dt * vy, 8);
    store<f64>(x, load<f64>(x, 16) + dt * vz, 16);
  }
  return 0.5 * after - 0.5 * before;
}

/**
 * One step of Ermak and McCammon: moves by a f + b xi, a = dt/(m gamma), and keeps the displacements in `moves`. Returns the first
 * half of the work that engine/dynamics/overdamped-langevin.ts defines.
 */
export function brownianMove(step: i64, dt: f64, friction: f64, kT: f64, moves: usize): f64 {
  const n = particles;
  let work: f64 = 0;
  const noise = fourNormals();
  for (let i = 0; i < n; i++) {
    if ((i & 3) == 0) normals4(step, i);
    const mobility = dt / (load<f64>(mass + <usize>i * 8) * friction);
    const width = Math.sqrt(2 * kT * mobility);
    for (let d: usize = 0; d < 3; d++) {
      const at = <usize>i * 24 + 8 * d;
      const f = load<f64>(forces + at);
      const move = mobility * f + width * load<f64>(noise + <usize>(i & 3) * 24 + 8 * d);
      store<f64>(moves + at, move);
      store<f64>(positions + at, load<f64>(positions + at) + move);
      work += 0.5 * f * move - 0.25 * mobility * f * f;
    }
  }
  return work;
}

/** The second half of that work, with the forces at the new positions. */
export function brownianWork(dt: f64, friction: f64, moves: usize): f64 {
  const n = particles;
  let work: f64 = 0;
  for (let i = 0; i < n; i++) {
    const mobility = dt / (load<f64>(mass + <usize>i * 8) * friction);
    for (let d: usize = 0; d < 3; d++) {
      const at = <usize>i * 24 + 8 * d;
      const f = load<f64>(forces + at);
      work += 0.5 * f * load<f64>(moves + at) + 0.25 * mobility * f * f;
    }
  }
  return work;
}
