/**
 * Constraints between one particle and one to three others around it, such as the hydrogens of a carbon: solved together and two stars at
 * once, in the lanes of f64 vectors. What is solved is what SHAKE and RATTLE (constraints.ts) approach one constraint after the other.
 *
 * A star is u32 x 4 (centre, ends), f64 inverse mass of the centre, then inverse mass and squared length of each arm.
 */
import { both, dot } from './geometry';
import { positions, velocities } from './state';
import { Double } from './vector';

/** Number of arms, known when the kernels are compiled. */
// @ts-ignore: decorator
@unmanaged
export class OneArm {
  // @ts-ignore: decorator
  @inline count(): i32 { return 1; }
}
// @ts-ignore: decorator
@unmanaged
export class TwoArms {
  // @ts-ignore: decorator
  @inline count(): i32 { return 2; }
}
// @ts-ignore: decorator
@unmanaged
export class ThreeArms {
  // @ts-ignore: decorator
  @inline count(): i32 { return 3; }
}

export const starBytes: usize = 72;

/** Rounds of the iteration for a move: sound ones need three or four. */
const mostRounds: i32 = 200;
/** Rounds that share a matrix. */
const roundsOfMatrix: i32 = 6;

// @ts-ignore: decorator
@inline
function atom(star: usize, k: usize): usize { return <usize>load<u32>(star + k * 4) * 24; }

/** The difference of two pairs of vectors, to `dx`, `dy`, `dz`. */
let dx: v128 = i32x4.splat(0);
let dy: v128 = i32x4.splat(0);
let dz: v128 = i32x4.splat(0);

// @ts-ignore: decorator
@inline
function difference(from: usize, a: usize, b: usize, c: usize, d: usize): void {
  const v = changetype<Double>(0);
  dx = v.sub(both(from + a, from + b, 0), both(from + c, from + d, 0));
  dy = v.sub(both(from + a, from + b, 8), both(from + c, from + d, 8));
  dz = v.sub(both(from + a, from + b, 16), both(from + c, from + d, 16));
}

/** Adds to the vectors of two particles; to the first alone where there are not `two`. */
// @ts-ignore: decorator
@inline
function push(p: usize, q: usize, two: bool, x: v128, y: v128, z: v128): void {
  const v = changetype<Double>(0);
  const ax = v.add(both(p, q, 0), x);
  const ay = v.add(both(p, q, 8), y);
  const az = v.add(both(p, q, 16), z);
  v128.store64_lane(p, ax, 0);
  v128.store64_lane(p + 8, ay, 0);
  v128.store64_lane(p + 16, az, 0);
  if (!two) return;
  v128.store64_lane(q, ax, 1);
  v128.store64_lane(q + 8, ay, 1);
  v128.store64_lane(q + 16, az, 1);
}

/** The inverse of the matrix that `invert` was given. */
let i00: v128 = i32x4.splat(0);
let i01: v128 = i32x4.splat(0);
let i02: v128 = i32x4.splat(0);
let i10: v128 = i32x4.splat(0);
let i11: v128 = i32x4.splat(0);
let i12: v128 = i32x4.splat(0);
let i20: v128 = i32x4.splat(0);
let i21: v128 = i32x4.splat(0);
let i22: v128 = i32x4.splat(0);

/** By cofactors; returns the determinant. */
// @ts-ignore: decorator
@inline
function invert<N>(
  m00: v128, m01: v128, m02: v128, m10: v128, m11: v128, m12: v128, m20: v128, m21: v128, m22: v128,
): v128 {
  const v = changetype<Double>(0);
  const n = changetype<N>(0).count();
  if (n == 1) {
    i00 = v.div(v.splat(1), m00);
    return m00;
  }
  if (n == 2) {
    const det = v.sub(v.mul(m00, m11), v.mul(m01, m10));
    const per = v.div(v.splat(1), det);
    i00 = v.mul(m11, per);
    i11 = v.mul(m00, per);
    i01 = f64x2.neg(v.mul(m01, per));
    i10 = f64x2.neg(v.mul(m10, per));
    return det;
  }
  const c00 = v.sub(v.mul(m11, m22), v.mul(m12, m21));
  const c10 = v.sub(v.mul(m12, m20), v.mul(m10, m22));
  const c20 = v.sub(v.mul(m10, m21), v.mul(m11, m20));
  const det = dot(m00, m01, m02, c00, c10, c20);
  const per = v.div(v.splat(1), det);
  i00 = v.mul(c00, per);
  i10 = v.mul(c10, per);
  i20 = v.mul(c20, per);
  i01 = v.mul(v.sub(v.mul(m02, m21), v.mul(m01, m22)), per);
  i11 = v.mul(v.sub(v.mul(m00, m22), v.mul(m02, m20)), per);
  i21 = v.mul(v.sub(v.mul(m01, m20), v.mul(m00, m21)), per);
  i02 = v.mul(v.sub(v.mul(m01, m12), v.mul(m02, m11)), per);
  i12 = v.mul(v.sub(v.mul(m02, m10), v.mul(m00, m12)), per);
  i22 = v.mul(v.sub(v.mul(m00, m11), v.mul(m01, m10)), per);
  return det;
}

/** a0 b0 + a1 b1 + a2 b2, as far as there are arms. */
// @ts-ignore: decorator
@inline
function along<N>(a0: v128, a1: v128, a2: v128, b0: v128, b1: v128, b2: v128): v128 {
  const v = changetype<Double>(0);
  const n = changetype<N>(0).count();
  if (n == 1) return v.mul(a0, b0);
  if (n == 2) return v.add(v.mul(a0, b0), v.mul(a1, b1));
  return dot(a0, a1, a2, b0, b1, b2);
}

/** Whether a squared length misses the mark by more than the tolerance; not a number counts as so. */
// @ts-ignore: decorator
@inline
function misses(error: v128, square: v128, twice: v128): v128 {
  return v128.not(f64x2.le(f64x2.abs(error), f64x2.mul(twice, square)));
}

/**
 * Corrects the positions of the stars `first` to `last` after a move for a time dt from those at `before`, and their velocities by what that
 * took. Newton's method along the sides of before, where some rounds share a matrix. Returns whether that came to an end.
 */
export function starMoveRange<N>(stars: usize, before: usize, first: i32, last: i32, dt: f64, tolerance: f64): bool {
  const v = changetype<Double>(0);
  const n = changetype<N>(0).count();
  const none = v.splat(0);
  const twice = v.splat(2 * tolerance);
  const perTime = v.splat(1 / dt);
  for (let k = first; k < last; k += 2) {
    const two = k + 1 < last;
    const s = stars + <usize>k * starBytes;
    const t = two ? s + starBytes : s;
    const c = atom(s, 0);
    const d = atom(t, 0);
    const w = both(s, t, 16);
    const w0 = both(s, t, 24);
    const d0 = both(s, t, 32);
    const a0 = atom(s, 1);
    const b0 = atom(t, 1);
    const w1 = n > 1 ? both(s, t, 40) : none;
    const d1 = n > 1 ? both(s, t, 48) : none;
    const a1 = n > 1 ? atom(s, 2) : 0;
    const b1 = n > 1 ? atom(t, 2) : 0;
    const w2 = n > 2 ? both(s, t, 56) : none;
    const d2 = n > 2 ? both(s, t, 64) : none;
    const a2 = n > 2 ? atom(s, 3) : 0;
    const b2 = n > 2 ? atom(t, 3) : 0;
    difference(before, c, d, a0, b0);
    const sx0 = dx;
    const sy0 = dy;
    const sz0 = dz;
    difference(positions, c, d, a0, b0);
    let rx0 = dx;
    let ry0 = dy;
    let rz0 = dz;
    if (n > 1) difference(before, c, d, a1, b1);
    const sx1 = n > 1 ? dx : none;
    const sy1 = n > 1 ? dy : none;
    const sz1 = n > 1 ? dz : none;
    if (n > 1) difference(positions, c, d, a1, b1);
    let rx1 = n > 1 ? dx : none;
    let ry1 = n > 1 ? dy : none;
    let rz1 = n > 1 ? dz : none;
    if (n > 2) difference(before, c, d, a2, b2);
    const sx2 = n > 2 ? dx : none;
    const sy2 = n > 2 ? dy : none;
    const sz2 = n > 2 ? dz : none;
    if (n > 2) difference(positions, c, d, a2, b2);
    let rx2 = n > 2 ? dx : none;
    let ry2 = n > 2 ? dy : none;
    let rz2 = n > 2 ? dz : none;
    let g0 = none;
    let g1 = none;
    let g2 = none;
    for (let round = 0; ; round++) {
      const e0 = v.sub(d0, dot(rx0, ry0, rz0, rx0, ry0, rz0));
      const e1 = n > 1 ? v.sub(d1, dot(rx1, ry1, rz1, rx1, ry1, rz1)) : none;
      const e2 = n > 2 ? v.sub(d2, dot(rx2, ry2, rz2, rx2, ry2, rz2)) : none;
      let off = misses(e0, d0, twice);
      if (n > 1) off = v128.or(off, misses(e1, d1, twice));
      if (n > 2) off = v128.or(off, misses(e2, d2, twice));
      if (!v128.any_true(off)) break;
      if (round == mostRounds) return false;
      if (round % roundsOfMatrix == 0) {
        const onto0 = dot(rx0, ry0, rz0, sx0, sy0, sz0);
        const onto1 = n > 1 ? dot(rx1, ry1, rz1, sx1, sy1, sz1) : none;
        const onto2 = n > 2 ? dot(rx2, ry2, rz2, sx2, sy2, sz2) : none;
        // A side that has turned too far.
        let sound = v.gt(onto0, v.mul(v.splat(1e-6), d0));
        if (n > 1) sound = v128.and(sound, v.gt(onto1, v.mul(v.splat(1e-6), d1)));
        if (n > 2) sound = v128.and(sound, v.gt(onto2, v.mul(v.splat(1e-6), d2)));
        if (!i64x2.all_true(sound)) return false;
        const u = v.add(w, w);
        invert<N>(
          v.mul(v.add(u, v.add(w0, w0)), onto0),
          n > 1 ? v.mul(u, dot(rx0, ry0, rz0, sx1, sy1, sz1)) : none,
          n > 2 ? v.mul(u, dot(rx0, ry0, rz0, sx2, sy2, sz2)) : none,
          n > 1 ? v.mul(u, dot(rx1, ry1, rz1, sx0, sy0, sz0)) : none,
          n > 1 ? v.mul(v.add(u, v.add(w1, w1)), onto1) : none,
          n > 2 ? v.mul(u, dot(rx1, ry1, rz1, sx2, sy2, sz2)) : none,
          n > 2 ? v.mul(u, dot(rx2, ry2, rz2, sx0, sy0, sz0)) : none,
          n > 2 ? v.mul(u, dot(rx2, ry2, rz2, sx1, sy1, sz1)) : none,
          n > 2 ? v.mul(v.add(u, v.add(w2, w2)), onto2) : none,
        );
      }
      // A star that is done stays as it is, whatever the one beside it needs.
      const h0 = v128.and(off, along<N>(i00, i01, i02, e0, e1, e2));
      const h1 = n > 1 ? v128.and(off, along<N>(i10, i11, i12, e0, e1, e2)) : none;
      const h2 = n > 2 ? v128.and(off, along<N>(i20, i21, i22, e0, e1, e2)) : none;
      g0 = v.add(g0, h0);
      g1 = v.add(g1, h1);
      g2 = v.add(g2, h2);
      const qx = v.mul(w, along<N>(h0, h1, h2, sx0, sx1, sx2));
      const qy = v.mul(w, along<N>(h0, h1, h2, sy0, sy1, sy2));
      const qz = v.mul(w, along<N>(h0, h1, h2, sz0, sz1, sz2));
      const f0 = v.mul(w0, h0);
      rx0 = v.add(rx0, v.add(qx, v.mul(f0, sx0)));
      ry0 = v.add(ry0, v.add(qy, v.mul(f0, sy0)));
      rz0 = v.add(rz0, v.add(qz, v.mul(f0, sz0)));
      if (n > 1) {
        const f1 = v.mul(w1, h1);
        rx1 = v.add(rx1, v.add(qx, v.mul(f1, sx1)));
        ry1 = v.add(ry1, v.add(qy, v.mul(f1, sy1)));
        rz1 = v.add(rz1, v.add(qz, v.mul(f1, sz1)));
      }
      if (n > 2) {
        const f2 = v.mul(w2, h2);
        rx2 = v.add(rx2, v.add(qx, v.mul(f2, sx2)));
        ry2 = v.add(ry2, v.add(qy, v.mul(f2, sy2)));
        rz2 = v.add(rz2, v.add(qz, v.mul(f2, sz2)));
      }
    }
    const qx = v.mul(w, along<N>(g0, g1, g2, sx0, sx1, sx2));
    const qy = v.mul(w, along<N>(g0, g1, g2, sy0, sy1, sy2));
    const qz = v.mul(w, along<N>(g0, g1, g2, sz0, sz1, sz2));
    correct(c, d, two, qx, qy, qz, perTime);
    const f0 = f64x2.neg(v.mul(w0, g0));
    correct(a0, b0, two, v.mul(f0, sx0), v.mul(f0, sy0), v.mul(f0, sz0), perTime);
    if (n > 1) {
      const f1 = f64x2.neg(v.mul(w1, g1));
      correct(a1, b1, two, v.mul(f1, sx1), v.mul(f1, sy1), v.mul(f1, sz1), perTime);
    }
    if (n > 2) {
      const f2 = f64x2.neg(v.mul(w2, g2));
      correct(a2, b2, two, v.mul(f2, sx2), v.mul(f2, sy2), v.mul(f2, sz2), perTime);
    }
  }
  return true;
}

/** Moves two particles, and changes their velocities as if they had done that in so much time. */
// @ts-ignore: decorator
@inline
function correct(p: usize, q: usize, two: bool, x: v128, y: v128, z: v128, perTime: v128): void {
  const v = changetype<Double>(0);
  push(positions + p, positions + q, two, x, y, z);
  push(velocities + p, velocities + q, two, v.mul(x, perTime), v.mul(y, perTime), v.mul(z, perTime));
}

/** Takes off the velocities of the stars `first` to `last` what would change a length: one solution. Returns whether there was one. */
export function starVelocityRange<N>(stars: usize, first: i32, last: i32): bool {
  const v = changetype<Double>(0);
  const n = changetype<N>(0).count();
  const none = v.splat(0);
  for (let k = first; k < last; k += 2) {
    const two = k + 1 < last;
    const s = stars + <usize>k * starBytes;
    const t = two ? s + starBytes : s;
    const c = atom(s, 0);
    const d = atom(t, 0);
    const w = both(s, t, 16);
    const w0 = both(s, t, 24);
    const a0 = atom(s, 1);
    const b0 = atom(t, 1);
    const w1 = n > 1 ? both(s, t, 40) : none;
    const a1 = n > 1 ? atom(s, 2) : 0;
    const b1 = n > 1 ? atom(t, 2) : 0;
    const w2 = n > 2 ? both(s, t, 56) : none;
    const a2 = n > 2 ? atom(s, 3) : 0;
    const b2 = n > 2 ? atom(t, 3) : 0;
    difference(positions, c, d, a0, b0);
    const rx0 = dx;
    const ry0 = dy;
    const rz0 = dz;
    difference(velocities, c, d, a0, b0);
    const e0 = dot(rx0, ry0, rz0, dx, dy, dz);
    if (n > 1) difference(positions, c, d, a1, b1);
    const rx1 = n > 1 ? dx : none;
    const ry1 = n > 1 ? dy : none;
    const rz1 = n > 1 ? dz : none;
    if (n > 1) difference(velocities, c, d, a1, b1);
    const e1 = n > 1 ? dot(rx1, ry1, rz1, dx, dy, dz) : none;
    if (n > 2) difference(positions, c, d, a2, b2);
    const rx2 = n > 2 ? dx : none;
    const ry2 = n > 2 ? dy : none;
    const rz2 = n > 2 ? dz : none;
    if (n > 2) difference(velocities, c, d, a2, b2);
    const e2 = n > 2 ? dot(rx2, ry2, rz2, dx, dy, dz) : none;
    const m01 = n > 1 ? v.mul(w, dot(rx0, ry0, rz0, rx1, ry1, rz1)) : none;
    const m02 = n > 2 ? v.mul(w, dot(rx0, ry0, rz0, rx2, ry2, rz2)) : none;
    const m12 = n > 2 ? v.mul(w, dot(rx1, ry1, rz1, rx2, ry2, rz2)) : none;
    const det = invert<N>(
      v.mul(v.add(w, w0), dot(rx0, ry0, rz0, rx0, ry0, rz0)),
      m01,
      m02,
      m01,
      n > 1 ? v.mul(v.add(w, w1), dot(rx1, ry1, rz1, rx1, ry1, rz1)) : none,
      m12,
      m02,
      m12,
      n > 2 ? v.mul(v.add(w, w2), dot(rx2, ry2, rz2, rx2, ry2, rz2)) : none,
    );
    const g0 = along<N>(i00, i01, i02, e0, e1, e2);
    const g1 = n > 1 ? along<N>(i10, i11, i12, e0, e1, e2) : none;
    const g2 = n > 2 ? along<N>(i20, i21, i22, e0, e1, e2) : none;
    if (!i64x2.all_true(v128.and(v.gt(det, none), f64x2.eq(g0, g0)))) return false;
    const minus = f64x2.neg(w);
    const qx = v.mul(minus, along<N>(g0, g1, g2, rx0, rx1, rx2));
    const qy = v.mul(minus, along<N>(g0, g1, g2, ry0, ry1, ry2));
    const qz = v.mul(minus, along<N>(g0, g1, g2, rz0, rz1, rz2));
    push(velocities + c, velocities + d, two, qx, qy, qz);
    const f0 = v.mul(w0, g0);
    push(velocities + a0, velocities + b0, two, v.mul(f0, rx0), v.mul(f0, ry0), v.mul(f0, rz0));
    if (n > 1) {
      const f1 = v.mul(w1, g1);
      push(velocities + a1, velocities + b1, two, v.mul(f1, rx1), v.mul(f1, ry1), v.mul(f1, rz1));
    }
    if (n > 2) {
      const f2 = v.mul(w2, g2);
      push(velocities + a2, velocities + b2, two, v.mul(f2, rx2), v.mul(f2, ry2), v.mul(f2, rz2));
    }
  }
  return true;
}
