/**
 * The pieces that integrators are made of, over a range of particles of the master state: the loops of engine/dynamics, fused so that a
 * step reads and writes as little memory as possible. A range starts at a multiple of four; the arrays have room for whole fours, in which
 * padding has no mass and does not move. What is summed is returned, so that ranges can be added in their order.
 */
import { inverseMass } from './dynamics';
import { noiseX, noiseY, noiseZ, normals4 } from './noise';
import { forces, mass, positions, velocities } from './state';

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
// @ts-ignore: decorator
@inline
function both(x: f64): v128 { return f64x2.splat(x); }
// @ts-ignore: decorator
@inline
function sum(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }

/** Of two values, one a particle, the vector that fits components `k` (0, 1, 2) of the three vectors of their x, y, z. */
// @ts-ignore: decorator
@inline
function spread(pair: v128, k: i32): v128 {
  return k == 0 ? i64x2.shuffle(pair, pair, 0, 0) : k == 1 ? pair : i64x2.shuffle(pair, pair, 1, 1);
}

// @ts-ignore: decorator
@inline
function kickVector(at: usize, w: v128, kicks: i32): v128 {
  const change = mul(w, v128.load(forces + at));
  let v = v128.load(velocities + at);
  v = add(v, change);
  if (kicks == 2) v = add(v, change);
  return v;
}

// @ts-ignore: decorator
@inline
function kickPair(at: usize, w: v128, k: i32): void {
  v128.store(velocities + at, kickVector(at, spread(w, k), 1));
}

/** v += dt f/m */
export function kickRange(first: i32, last: i32, dt: f64): void {
  for (let i = <usize>first; i < <usize>last; i += 2) {
    const at = i * 24;
    const w = mul(both(dt), v128.load(inverseMass + i * 8));
    kickPair(at, w, 0);
    kickPair(at + 16, w, 1);
    kickPair(at + 32, w, 2);
  }
}

/** x += dt v */
export function driftRange(first: i32, last: i32, dt: f64): void {
  for (let at = <usize>first * 24; at < <usize>last * 24; at += 16) {
    v128.store(positions + at, add(v128.load(positions + at), mul(both(dt), v128.load(velocities + at))));
  }
}

// @ts-ignore: decorator
@inline
function kickDriftVector(at: usize, factor: v128, w: v128, dt: v128, kicks: i32): void {
  const change = mul(w, v128.load(forces + at));
  let v = add(mul(factor, v128.load(velocities + at)), change);
  if (kicks == 2) v = add(v, change);
  v128.store(velocities + at, v);
  v128.store(positions + at, add(v128.load(positions + at), mul(dt, v)));
}

// @ts-ignore: decorator
@inline
function kickDriftLoop(first: i32, last: i32, factor: f64, kick: f64, drift: f64, kicks: i32): void {
  const c = both(factor);
  const dt = both(drift);
  for (let i = <usize>first; i < <usize>last; i += 2) {
    const at = i * 24;
    const w = mul(both(kick), v128.load(inverseMass + i * 8));
    kickDriftVector(at, c, spread(w, 0), dt, kicks);
    kickDriftVector(at + 16, c, w, dt, kicks);
    kickDriftVector(at + 32, c, spread(w, 2), dt, kicks);
  }
}

/**
 * v = factor v + kick f/m, then x += drift v. With `pending` the kick is done twice: the last one of the step before too, to the bits of
 * two passes.
 */
export function kickDriftRange(first: i32, last: i32, factor: f64, kick: f64, drift: f64, pending: bool): void {
  if (pending) kickDriftLoop(first, last, factor, kick, drift, 2);
  else kickDriftLoop(first, last, factor, kick, drift, 1);
}

/** v *= factor; returns the sum of m v^2. */
export function scaleKineticRange(first: i32, last: i32, factor: f64): f64 {
  const s = both(factor);
  let total = both(0);
  for (let i = <usize>first; i < <usize>last; i += 2) {
    const at = velocities + i * 24;
    const m = v128.load(mass + i * 8);
    const a = mul(s, v128.load(at));
    const b = mul(s, v128.load(at, 16));
    const c = mul(s, v128.load(at, 32));
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    total = add(total, add(mul(spread(m, 0), mul(a, a)), add(mul(m, mul(b, b)), mul(spread(m, 2), mul(c, c)))));
  }
  return sum(total);
}

/** v += dt f/m; returns the sum of m v^2. */
export function kickKineticRange(first: i32, last: i32, dt: f64): f64 {
  let total = both(0);
  for (let i = <usize>first; i < <usize>last; i += 2) {
    const at = i * 24;
    const m = v128.load(mass + i * 8);
    const w = mul(both(dt), v128.load(inverseMass + i * 8));
    const a = kickVector(at, spread(w, 0), 1);
    const b = kickVector(at + 16, w, 1);
    const c = kickVector(at + 32, spread(w, 2), 1);
    v128.store(velocities + at, a);
    v128.store(velocities + at, b, 16);
    v128.store(velocities + at, c, 32);
    total = add(total, add(mul(spread(m, 0), mul(a, a)), add(mul(m, mul(b, b)), mul(spread(m, 2), mul(c, c)))));
  }
  return sum(total);
}

export function scaleRange(first: i32, last: i32, factor: f64): void {
  for (let at = <usize>first * 24; at < <usize>last * 24; at += 16) {
    v128.store(velocities + at, mul(v128.load(velocities + at), both(factor)));
  }
}

/** Sums of m, m vx, m vy, m vz to f64 sums[0..3]. */
export function momentumRange(first: i32, last: i32, sums: usize): void {
  let m: f64 = 0;
  let x: f64 = 0;
  let y: f64 = 0;
  let z: f64 = 0;
  for (let i = <usize>first; i < <usize>last; i++) {
    const w = load<f64>(mass + i * 8);
    const v = velocities + i * 24;
    m += w;
    x += w * load<f64>(v);
    y += w * load<f64>(v, 8);
    z += w * load<f64>(v, 16);
  }
  store<f64>(sums, m);
  store<f64>(sums, x, 8);
  store<f64>(sums, y, 16);
  store<f64>(sums, z, 24);
}

/** Takes a velocity off every particle. */
export function subtractRange(first: i32, last: i32, x: f64, y: f64, z: f64): void {
  for (let i = <usize>first; i < <usize>last; i++) {
    const v = velocities + i * 24;
    store<f64>(v, load<f64>(v) - x);
    store<f64>(v, load<f64>(v, 8) - y, 8);
    store<f64>(v, load<f64>(v, 16) - z, 16);
  }
}

/** The noise of two particles as three vectors of components, from the lanes `lane` and `lane` + 1 (lane 0 or 2) of x, y and z. */
// @ts-ignore: decorator
@inline
function noiseVector(k: i32, lane: i32): v128 {
  if (lane == 0) {
    if (k == 0) return f64x2.promote_low_f32x4(i32x4.shuffle(noiseX, noiseY, 0, 4, 0, 4));
    if (k == 1) return f64x2.promote_low_f32x4(i32x4.shuffle(noiseZ, noiseX, 0, 5, 0, 5));
    return f64x2.promote_low_f32x4(i32x4.shuffle(noiseY, noiseZ, 1, 5, 1, 5));
  }
  if (k == 0) return f64x2.promote_low_f32x4(i32x4.shuffle(noiseX, noiseY, 2, 6, 2, 6));
  if (k == 1) return f64x2.promote_low_f32x4(i32x4.shuffle(noiseZ, noiseX, 2, 7, 2, 7));
  return f64x2.promote_low_f32x4(i32x4.shuffle(noiseY, noiseZ, 3, 7, 3, 7));
}

/** Kick, half drift, Ornstein-Uhlenbeck, half drift of one vector; returns v^2 after minus v^2 before the noise. */
// @ts-ignore: decorator
@inline
function langevinVector(at: usize, w: v128, width: v128, xi: v128, decay: v128, drift: v128, kicks: i32): v128 {
  const before = kickVector(at, w, kicks);
  const after = add(mul(decay, before), mul(width, xi));
  v128.store(velocities + at, after);
  v128.store(positions + at, add(add(v128.load(positions + at), mul(drift, before)), mul(drift, after)));
  return mul(sub(after, before), add(after, before));
}

// @ts-ignore: decorator
@inline
function langevinPair(i: usize, lane: i32, kick: v128, widths: usize, decay: v128, drift: v128, kicks: i32): v128 {
  const at = i * 24;
  const w = mul(kick, v128.load(inverseMass + i * 8));
  const m = v128.load(mass + i * 8);
  const width = v128.load(widths + i * 8);
  const a = langevinVector(at, spread(w, 0), spread(width, 0), noiseVector(0, lane), decay, drift, kicks);
  const b = langevinVector(at + 16, w, width, noiseVector(1, lane), decay, drift, kicks);
  const c = langevinVector(at + 32, spread(w, 2), spread(width, 2), noiseVector(2, lane), decay, drift, kicks);
  return add(mul(spread(m, 0), a), add(mul(m, b), mul(spread(m, 2), c)));
}

// @ts-ignore: decorator
@inline
function langevinLoop(first: i32, last: i32, key: usize, step: i64, widths: usize, decay: f64, dt: f64, kicks: i32): f64 {
  const half = both(0.5 * dt);
  const c = both(decay);
  let total = both(0);
  for (let i = first; i < last; i += 4) {
    normals4(key, step, i);
    total = add(total, langevinPair(<usize>i, 0, half, widths, c, half, kicks));
    total = add(total, langevinPair(<usize>i + 2, 2, half, widths, c, half, kicks));
  }
  return 0.5 * sum(total);
}

/**
 * The part of a BAOAB step before the new forces: half a kick, half a drift, v = c v + sqrt((1 - c^2) kT/m) xi, half a drift. With
 * `pending` half a kick more at the start, the last of the step before.
 * @param widths f64 a particle: sqrt((1 - c^2) kT/m)
 * @returns the kinetic energy that the noise added
 */
export function langevinRange(
  first: i32, last: i32, key: usize, step: i64, widths: usize, decay: f64, dt: f64, pending: bool,
): f64 {
  if (pending) return langevinLoop(first, last, key, step, widths, decay, dt, 2);
  return langevinLoop(first, last, key, step, widths, decay, dt, 1);
}

// @ts-ignore: decorator
@inline
function noiseVelocity(at: usize, k: i32, lane: i32, width: v128, decay: v128): void {
  v128.store(at, add(mul(decay, v128.load(at)), mul(width, noiseVector(k, lane))));
}

// @ts-ignore: decorator
@inline
function noisePair(i: usize, lane: i32, widths: usize, decay: v128): void {
  const at = velocities + i * 24;
  const width = v128.load(widths + i * 8);
  noiseVelocity(at, 0, lane, spread(width, 0), decay);
  noiseVelocity(at + 16, 1, lane, width, decay);
  noiseVelocity(at + 32, 2, lane, spread(width, 2), decay);
}

/** The noise of a BAOAB step alone: v = c v + sqrt((1 - c^2) kT/m) xi. */
export function noiseRange(first: i32, last: i32, key: usize, step: i64, widths: usize, decay: f64): void {
  const c = both(decay);
  for (let i = first; i < last; i += 4) {
    normals4(key, step, i);
    noisePair(<usize>i, 0, widths, c);
    noisePair(<usize>i + 2, 2, widths, c);
  }
}

/** Moves of one vector; returns f d/2 - a f^2/4. */
// @ts-ignore: decorator
@inline
function brownianVector(at: usize, a: v128, width: v128, xi: v128, moves: usize): v128 {
  const f = v128.load(forces + at);
  const ahead = mul(a, f);
  const move = add(ahead, mul(width, xi));
  v128.store(moves + at, move);
  v128.store(positions + at, add(v128.load(positions + at), move));
  return mul(f, sub(mul(both(0.5), move), mul(both(0.25), ahead)));
}

// @ts-ignore: decorator
@inline
function brownianPair(i: usize, lane: i32, scale: v128, widths: usize, moves: usize): v128 {
  const at = i * 24;
  const a = mul(scale, v128.load(inverseMass + i * 8));
  const width = v128.load(widths + i * 8);
  const x = brownianVector(at, spread(a, 0), spread(width, 0), noiseVector(0, lane), moves);
  const y = brownianVector(at + 16, a, width, noiseVector(1, lane), moves);
  const z = brownianVector(at + 32, spread(a, 2), spread(width, 2), noiseVector(2, lane), moves);
  return add(x, add(y, z));
}

/**
 * One step of Ermak and McCammon: moves by a f + b xi, a = `scale`/m = dt/(m gamma), and keeps the displacements in `moves`. Returns the
 * first half of the work that engine/dynamics/overdamped-langevin.ts defines.
 * @param widths f64 a particle: b = sqrt(2 kT a)
 */
export function brownianRange(first: i32, last: i32, key: usize, step: i64, widths: usize, scale: f64, moves: usize): f64 {
  let work = both(0);
  for (let i = first; i < last; i += 4) {
    normals4(key, step, i);
    work = add(work, brownianPair(<usize>i, 0, both(scale), widths, moves));
    work = add(work, brownianPair(<usize>i + 2, 2, both(scale), widths, moves));
  }
  return sum(work);
}

// @ts-ignore: decorator
@inline
function brownianWorkVector(at: usize, a: v128, moves: usize): v128 {
  const f = v128.load(forces + at);
  return mul(f, add(mul(both(0.5), v128.load(moves + at)), mul(both(0.25), mul(a, f))));
}

/** The second half of that work, with the forces at the new positions. */
export function brownianWorkRange(first: i32, last: i32, scale: f64, moves: usize): f64 {
  let work = both(0);
  for (let i = <usize>first; i < <usize>last; i += 2) {
    const at = i * 24;
    const a = mul(both(scale), v128.load(inverseMass + i * 8));
    work = add(work, brownianWorkVector(at, spread(a, 0), moves));
    work = add(work, brownianWorkVector(at + 16, a, moves));
    work = add(work, brownianWorkVector(at + 32, spread(a, 2), moves));
  }
  return sum(work);
}
