/**
 * SETTLE over a range of rigid waters, two at once in the lanes of f64 vectors: engine/dynamics/constraints/settle.ts, which explains it. A water is four
 * i32 (apex, end, end, kind of water), a kind is eight f64 (masses of apex and ends, ra, rb, rc, inverse moments of inertia).
 */
import { positions, velocities } from './state';

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
function div(a: v128, b: v128): v128 { return f64x2.div(a, b); }
// @ts-ignore: decorator
@inline
function root(a: v128): v128 { return f64x2.sqrt(a); }
// @ts-ignore: decorator
@inline
function both(x: f64): v128 { return f64x2.splat(x); }
/** One number from each of two places. */
// @ts-ignore: decorator
@inline
function pair(p: usize, q: usize): v128 { return v128.load64_lane(q, v128.load64_zero(p), 1); }
// @ts-ignore: decorator
@inline
function put(p: usize, q: usize, a: v128): void {
  v128.store64_lane(p, a, 0);
  v128.store64_lane(q, a, 1);
}
// @ts-ignore: decorator
@inline
function dot(ax: v128, ay: v128, az: v128, bx: v128, by: v128, bz: v128): v128 {
  return add(add(mul(ax, bx), mul(ay, by)), mul(az, bz));
}
// @ts-ignore: decorator
@inline
function atom(water: usize, k: usize): usize { return <usize>load<u32>(water + k * 4) * 24; }
// @ts-ignore: decorator
@inline
function shapeOf(shapes: usize, water: usize): usize { return shapes + <usize>load<u32>(water, 12) * 64; }

/** Stores a corrected coordinate, and the velocity that leads to it. */
// @ts-ignore: decorator
@inline
function move(p: usize, q: usize, from: v128, to: v128, inverseTime: v128): void {
  put(positions + p, positions + q, to);
  put(velocities + p, velocities + q, add(pair(velocities + p, velocities + q), mul(sub(to, from), inverseTime)));
}

/**
 * Brings the waters `first` to `last` back into shape after a move for a time dt from the positions at `before`.
 * @returns the first water for which no such place exists, or -1
 */
export function settleMoveRange(waters: usize, shapes: usize, before: usize, first: i32, last: i32, dt: f64): i32 {
  const inverseTime = both(1 / dt);
  let failed = -1;
  for (let k = first; k < last; k += 2) {
    const s = waters + <usize>k * 16;
    const t = k + 1 < last ? s + 16 : s;
    const shape = shapeOf(shapes, s);
    const other = shapeOf(shapes, t);
    const ma = pair(shape, other);
    const mb = pair(shape + 8, other + 8);
    const ra = pair(shape + 16, other + 16);
    const rb = pair(shape + 24, other + 24);
    const rc = pair(shape + 32, other + 32);
    const perMass = div(both(1), add(ma, add(mb, mb)));
    const a = atom(s, 0);
    const b = atom(s, 1);
    const c = atom(s, 2);
    const d = atom(t, 0);
    const e = atom(t, 1);
    const f = atom(t, 2);
    const oldX = pair(before + a, before + d);
    const oldY = pair(before + a + 8, before + d + 8);
    const oldZ = pair(before + a + 16, before + d + 16);
    const b0x = sub(pair(before + b, before + e), oldX);
    const b0y = sub(pair(before + b + 8, before + e + 8), oldY);
    const b0z = sub(pair(before + b + 16, before + e + 16), oldZ);
    const c0x = sub(pair(before + c, before + f), oldX);
    const c0y = sub(pair(before + c + 8, before + f + 8), oldY);
    const c0z = sub(pair(before + c + 16, before + f + 16), oldZ);
    const xa = pair(positions + a, positions + d);
    const ya = pair(positions + a + 8, positions + d + 8);
    const za = pair(positions + a + 16, positions + d + 16);
    const xb = pair(positions + b, positions + e);
    const yb = pair(positions + b + 8, positions + e + 8);
    const zb = pair(positions + b + 16, positions + e + 16);
    const xc = pair(positions + c, positions + f);
    const yc = pair(positions + c + 8, positions + f + 8);
    const zc = pair(positions + c + 16, positions + f + 16);
    const mx = mul(add(mul(ma, xa), mul(mb, add(xb, xc))), perMass);
    const my = mul(add(mul(ma, ya), mul(mb, add(yb, yc))), perMass);
    const mz = mul(add(mul(ma, za), mul(mb, add(zb, zc))), perMass);
    const a1x = sub(xa, mx);
    const a1y = sub(ya, my);
    const a1z = sub(za, mz);
    const b1x = sub(xb, mx);
    const b1y = sub(yb, my);
    const b1z = sub(zb, mz);
    const c1x = sub(xc, mx);
    const c1y = sub(yc, my);
    const c1z = sub(zc, mz);
    let wx = sub(mul(b0y, c0z), mul(b0z, c0y));
    let wy = sub(mul(b0z, c0x), mul(b0x, c0z));
    let wz = sub(mul(b0x, c0y), mul(b0y, c0x));
    let ux = sub(mul(a1y, wz), mul(a1z, wy));
    let uy = sub(mul(a1z, wx), mul(a1x, wz));
    let uz = sub(mul(a1x, wy), mul(a1y, wx));
    let vx = sub(mul(wy, uz), mul(wz, uy));
    let vy = sub(mul(wz, ux), mul(wx, uz));
    let vz = sub(mul(wx, uy), mul(wy, ux));
    const wn = div(both(1), root(dot(wx, wy, wz, wx, wy, wz)));
    const un = div(both(1), root(dot(ux, uy, uz, ux, uy, uz)));
    const vn = div(both(1), root(dot(vx, vy, vz, vx, vy, vz)));
    wx = mul(wx, wn);
    wy = mul(wy, wn);
    wz = mul(wz, wn);
    ux = mul(ux, un);
    uy = mul(uy, un);
    uz = mul(uz, un);
    vx = mul(vx, vn);
    vy = mul(vy, vn);
    vz = mul(vz, vn);
    const b0u = dot(b0x, b0y, b0z, ux, uy, uz);
    const b0v = dot(b0x, b0y, b0z, vx, vy, vz);
    const c0u = dot(c0x, c0y, c0z, ux, uy, uz);
    const c0v = dot(c0x, c0y, c0z, vx, vy, vz);
    const a1w = dot(a1x, a1y, a1z, wx, wy, wz);
    const b1u = dot(b1x, b1y, b1z, ux, uy, uz);
    const b1v = dot(b1x, b1y, b1z, vx, vy, vz);
    const b1w = dot(b1x, b1y, b1z, wx, wy, wz);
    const c1u = dot(c1x, c1y, c1z, ux, uy, uz);
    const c1v = dot(c1x, c1y, c1z, vx, vy, vz);
    const c1w = dot(c1x, c1y, c1z, wx, wy, wz);
    const one = both(1);
    const sinPhi = div(a1w, ra);
    const cosPhi = root(sub(one, mul(sinPhi, sinPhi)));
    const sinPsi = div(sub(b1w, c1w), mul(add(rc, rc), cosPhi));
    const cosPsi = root(sub(one, mul(sinPsi, sinPsi)));
    const a2v = mul(ra, cosPhi);
    const b2u = f64x2.neg(mul(rc, cosPsi));
    const along = f64x2.neg(mul(rb, cosPhi));
    const tilt = mul(mul(rc, sinPsi), sinPhi);
    const b2v = sub(along, tilt);
    const c2v = add(along, tilt);
    const alpha = add(mul(b2u, sub(b0u, c0u)), add(mul(b0v, b2v), mul(c0v, c2v)));
    const beta = add(mul(b2u, sub(c0v, b0v)), add(mul(b0u, b2v), mul(c0u, c2v)));
    const gamma = add(sub(mul(b0u, b1v), mul(b1u, b0v)), sub(mul(c0u, c1v), mul(c1u, c0v)));
    const square = add(mul(alpha, alpha), mul(beta, beta));
    const sinTheta = div(sub(mul(alpha, gamma), mul(beta, root(sub(square, mul(gamma, gamma))))), square);
    const cosTheta = root(sub(one, mul(sinTheta, sinTheta)));
    const sound = v128.and(f64x2.gt(cosPhi, both(0)), v128.and(f64x2.gt(cosPsi, both(0)), f64x2.gt(cosTheta, both(0))));
    if (!i64x2.all_true(sound)) {
      if (failed < 0) failed = i64x2.extract_lane(sound, 0) == 0 ? k : k + 1;
      continue;
    }
    const a3u = f64x2.neg(mul(a2v, sinTheta));
    const a3v = mul(a2v, cosTheta);
    const b3u = sub(mul(b2u, cosTheta), mul(b2v, sinTheta));
    const b3v = add(mul(b2u, sinTheta), mul(b2v, cosTheta));
    const c3u = f64x2.neg(add(mul(b2u, cosTheta), mul(c2v, sinTheta)));
    const c3v = sub(mul(c2v, cosTheta), mul(b2u, sinTheta));
    move(a, d, xa, add(mx, dot(ux, vx, wx, a3u, a3v, a1w)), inverseTime);
    move(a + 8, d + 8, ya, add(my, dot(uy, vy, wy, a3u, a3v, a1w)), inverseTime);
    move(a + 16, d + 16, za, add(mz, dot(uz, vz, wz, a3u, a3v, a1w)), inverseTime);
    move(b, e, xb, add(mx, dot(ux, vx, wx, b3u, b3v, b1w)), inverseTime);
    move(b + 8, e + 8, yb, add(my, dot(uy, vy, wy, b3u, b3v, b1w)), inverseTime);
    move(b + 16, e + 16, zb, add(mz, dot(uz, vz, wz, b3u, b3v, b1w)), inverseTime);
    move(c, f, xc, add(mx, dot(ux, vx, wx, c3u, c3v, c1w)), inverseTime);
    move(c + 8, f + 8, yc, add(my, dot(uy, vy, wy, c3u, c3v, c1w)), inverseTime);
    move(c + 16, f + 16, zc, add(mz, dot(uz, vz, wz, c3u, c3v, c1w)), inverseTime);
  }
  return failed;
}

/** Puts the velocities of a rigid body into three places of two waters. */
// @ts-ignore: decorator
@inline
function turn(
  p: usize, q: usize, rx: v128, ry: v128, rz: v128, vx: v128, vy: v128, vz: v128, wx: v128, wy: v128, wz: v128,
): void {
  put(velocities + p, velocities + q, add(vx, sub(mul(wy, rz), mul(wz, ry))));
  put(velocities + p + 8, velocities + q + 8, add(vy, sub(mul(wz, rx), mul(wx, rz))));
  put(velocities + p + 16, velocities + q + 16, add(vz, sub(mul(wx, ry), mul(wy, rx))));
}

/** Takes off the velocities of the waters `first` to `last` what would change their shape. */
export function settleVelocityRange(waters: usize, shapes: usize, first: i32, last: i32): void {
  for (let k = first; k < last; k += 2) {
    const s = waters + <usize>k * 16;
    const t = k + 1 < last ? s + 16 : s;
    const shape = shapeOf(shapes, s);
    const other = shapeOf(shapes, t);
    const ma = pair(shape, other);
    const mb = pair(shape + 8, other + 8);
    const ra = pair(shape + 16, other + 16);
    const rb = pair(shape + 24, other + 24);
    const rc = pair(shape + 32, other + 32);
    const perMass = div(both(1), add(ma, add(mb, mb)));
    const a = atom(s, 0);
    const b = atom(s, 1);
    const c = atom(s, 2);
    const d = atom(t, 0);
    const e = atom(t, 1);
    const f = atom(t, 2);
    const xb = pair(positions + b, positions + e);
    const yb = pair(positions + b + 8, positions + e + 8);
    const zb = pair(positions + b + 16, positions + e + 16);
    const xc = pair(positions + c, positions + f);
    const yc = pair(positions + c + 8, positions + f + 8);
    const zc = pair(positions + c + 16, positions + f + 16);
    // Axes: end to end, bisector towards the apex, normal.
    const half = both(0.5);
    const middleX = mul(half, add(xb, xc));
    const middleY = mul(half, add(yb, yc));
    const middleZ = mul(half, add(zb, zc));
    const base = div(half, rc);
    const px = mul(sub(xc, xb), base);
    const py = mul(sub(yc, yb), base);
    const pz = mul(sub(zc, zb), base);
    const height = div(both(1), add(ra, rb));
    const qx = mul(sub(pair(positions + a, positions + d), middleX), height);
    const qy = mul(sub(pair(positions + a + 8, positions + d + 8), middleY), height);
    const qz = mul(sub(pair(positions + a + 16, positions + d + 16), middleZ), height);
    const nx = sub(mul(py, qz), mul(pz, qy));
    const ny = sub(mul(pz, qx), mul(px, qz));
    const nz = sub(mul(px, qy), mul(py, qx));
    const vax = pair(velocities + a, velocities + d);
    const vay = pair(velocities + a + 8, velocities + d + 8);
    const vaz = pair(velocities + a + 16, velocities + d + 16);
    const vbx = pair(velocities + b, velocities + e);
    const vby = pair(velocities + b + 8, velocities + e + 8);
    const vbz = pair(velocities + b + 16, velocities + e + 16);
    const vcx = pair(velocities + c, velocities + f);
    const vcy = pair(velocities + c + 8, velocities + f + 8);
    const vcz = pair(velocities + c + 16, velocities + f + 16);
    const vx = mul(add(mul(ma, vax), mul(mb, add(vbx, vcx))), perMass);
    const vy = mul(add(mul(ma, vay), mul(mb, add(vby, vcy))), perMass);
    const vz = mul(add(mul(ma, vaz), mul(mb, add(vbz, vcz))), perMass);
    // Angular momentum about the axes. In the frame the apex is at (0, ra), the ends at (-rc, -rb) and (rc, -rb).
    const ahead = sub(mul(mul(ma, ra), dot(vax, vay, vaz, nx, ny, nz)), mul(mul(mb, rb), add(dot(vbx, vby, vbz, nx, ny, nz), dot(vcx, vcy, vcz, nx, ny, nz))));
    const aside = mul(mul(mb, rc), sub(dot(vbx, vby, vbz, nx, ny, nz), dot(vcx, vcy, vcz, nx, ny, nz)));
    const round = sub(
      mul(mul(mb, rb), add(dot(vbx, vby, vbz, px, py, pz), dot(vcx, vcy, vcz, px, py, pz))),
      add(mul(mul(ma, ra), dot(vax, vay, vaz, px, py, pz)), mul(mul(mb, rc), sub(dot(vbx, vby, vbz, qx, qy, qz), dot(vcx, vcy, vcz, qx, qy, qz)))),
    );
    const wp = mul(ahead, pair(shape + 40, other + 40));
    const wq = mul(aside, pair(shape + 48, other + 48));
    const wn = mul(round, pair(shape + 56, other + 56));
    const wx = dot(wp, wq, wn, px, qx, nx);
    const wy = dot(wp, wq, wn, py, qy, ny);
    const wz = dot(wp, wq, wn, pz, qz, nz);
    const ax = mul(ra, qx);
    const ay = mul(ra, qy);
    const az = mul(ra, qz);
    turn(a, d, ax, ay, az, vx, vy, vz, wx, wy, wz);
    const downX = mul(rb, qx);
    const downY = mul(rb, qy);
    const downZ = mul(rb, qz);
    const outX = mul(rc, px);
    const outY = mul(rc, py);
    const outZ = mul(rc, pz);
    turn(b, e, f64x2.neg(add(outX, downX)), f64x2.neg(add(outY, downY)), f64x2.neg(add(outZ, downZ)), vx, vy, vz, wx, wy, wz);
    turn(c, f, sub(outX, downX), sub(outY, downY), sub(outZ, downZ), vx, vy, vz, wx, wy, wz);
  }
}
