/** The noise of engine/random/noise.ts: ThreeFry-4x32-20 and Box-Muller, the same bits. */
import { allocate } from './memory';

let key0: i32 = 0;
let key1: i32 = 0;
let key2: i32 = 0;
let key3: i32 = 0;
let key4: i32 = 0;

export function setNoiseKey(a: i32, b: i32, c: i32, d: i32, e: i32): void {
  key0 = a;
  key1 = b;
  key2 = c;
  key3 = d;
  key4 = e;
}

const twoPi: f64 = 2 * 3.141592653589793;

/** Address of room for the noise of four particles: x, y, z of each, f64. */
let four: usize = 0;

export function fourNormals(): usize {
  if (four == 0) four = allocate(96);
  return four;
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

let y0: v128 = i32x4.splat(0);
let y1: v128 = i32x4.splat(0);
let y2: v128 = i32x4.splat(0);
let y3: v128 = i32x4.splat(0);

/** The four words of each of four particles: twenty rounds, with the key added every four. */
function threefry(step: i64, index: i32): void {
  let x0 = i32x4.splat(<i32>step + key0);
  let x1 = i32x4.splat(<i32>(step >> 32) + key1);
  let x2 = i32x4.add(i32x4.splat(index + key2), i32x4(0, 1, 2, 3));
  let x3 = i32x4.splat(key3);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, i32x4.splat(key1)); x1 = i32x4.add(x1, i32x4.splat(key2)); x2 = i32x4.add(x2, i32x4.splat(key3)); x3 = i32x4.add(x3, i32x4.splat(key4 + 1));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
  x0 = i32x4.add(x0, i32x4.splat(key2)); x1 = i32x4.add(x1, i32x4.splat(key3)); x2 = i32x4.add(x2, i32x4.splat(key4)); x3 = i32x4.add(x3, i32x4.splat(key0 + 2));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, i32x4.splat(key3)); x1 = i32x4.add(x1, i32x4.splat(key4)); x2 = i32x4.add(x2, i32x4.splat(key0)); x3 = i32x4.add(x3, i32x4.splat(key1 + 3));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
  x0 = i32x4.add(x0, i32x4.splat(key4)); x1 = i32x4.add(x1, i32x4.splat(key0)); x2 = i32x4.add(x2, i32x4.splat(key1)); x3 = i32x4.add(x3, i32x4.splat(key2 + 4));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, i32x4.splat(key0)); x1 = i32x4.add(x1, i32x4.splat(key1)); x2 = i32x4.add(x2, i32x4.splat(key2)); x3 = i32x4.add(x3, i32x4.splat(key3 + 5));
  y0 = x0;
  y1 = x1;
  y2 = x2;
  y3 = x3;
}

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
function number(x: f64): v128 { return f64x2.splat(x); }

/** The uniform deviates of the two low words. */
// @ts-ignore: decorator
@inline
function units(words: v128): v128 {
  return mul(add(f64x2.convert_low_i32x4_u(words), number(0.5)), number(2.3283064365386963e-10));
}

/** sqrt(-2 log x) for x in (0, 1), with the operations of `log` in math.ts. */
function radii(x: v128): v128 {
  const high = i64x2.shr_u(x, 32);
  const e = i64x2.sub(i64x2.shr_u(i64x2.add(high, i64x2.splat(0x95f62)), 20), i64x2.splat(1023));
  const scale = i64x2.shl(i64x2.sub(i64x2.splat(1023), e), 52);
  const k = f64x2.convert_low_i32x4_s(i32x4.shuffle(e, e, 0, 2, 0, 2));
  const f = sub(mul(x, scale), number(1));
  const s = f64x2.div(f, add(number(2), f));
  const z = mul(s, s);
  const w = mul(z, z);
  const even = add(number(0.6666666666666666), mul(w, add(number(0.2857142857080323), mul(w, add(number(0.18181795630884753), mul(w, number(0.13268759668560612)))))));
  const odd = add(number(0.4000000000000088), mul(w, add(number(0.2222222239180047), mul(w, add(number(0.15386240205813478), mul(w, number(0.13086767009948175)))))));
  const half = mul(mul(number(0.5), f), f);
  const inner = add(mul(s, add(half, mul(z, add(even, mul(z, odd))))), mul(k, number(1.9082149292705877e-10)));
  const log = sub(mul(k, number(0.6931471803691238)), sub(sub(half, inner), f));
  return f64x2.sqrt(mul(number(-2), log));
}

let sines: v128 = i32x4.splat(0);
let cosines: v128 = i32x4.splat(0);

/** Sines and cosines of x in (0, 2 pi), with the operations of `sincos` in math.ts. */
function circle(x: v128): void {
  const magic = number(6755399441055744);
  const n = sub(add(mul(x, number(0.6366197723675814)), magic), magic);
  const r = sub(x, mul(n, number(1.5707963267341256)));
  const w1 = mul(n, number(6.077100506303966e-11));
  const t = sub(r, w1);
  const tBack = sub(t, r);
  const tError = sub(sub(r, sub(t, tBack)), add(w1, tBack));
  const v = mul(n, number(2.0222662487111665e-21));
  const u = sub(t, v);
  const uBack = sub(u, t);
  const tail = sub(add(tError, sub(sub(t, sub(u, uBack)), add(v, uBack))), mul(n, number(8.4784276603689e-32)));
  const a = add(u, tail);
  const b = add(sub(u, a), tail);
  const z = mul(a, a);
  const w = mul(z, z);
  const evenS = add(number(-0.16666666666666666), mul(w, add(number(-0.0001984126984126504), mul(w, add(number(-2.50521062259944e-8), mul(w, number(-7.586636882825159e-13)))))));
  const oddS = add(number(0.008333333333333331), mul(w, add(number(2.755731921932058e-6), mul(w, number(1.6058530596645953e-10)))));
  const s = add(a, add(mul(mul(a, z), add(evenS, mul(z, oddS))), mul(b, sub(number(1), mul(number(0.5), z)))));
  const evenC = add(number(0.041666666666666664), mul(w, add(number(2.4801587301584632e-5), mul(w, add(number(2.0876755787492604e-9), mul(w, number(4.745838412531023e-14)))))));
  const oddC = add(number(-0.0013888888888888887), mul(w, add(number(-2.755731922139249e-7), mul(w, number(-1.1470460319209511e-11)))));
  const half = mul(number(0.5), z);
  const one = sub(number(1), half);
  const c = add(one, add(sub(sub(number(1), one), half), sub(mul(w, add(evenC, mul(z, oddC))), mul(a, b))));
  const q = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  const swap = i64x2.ne(v128.and(q, i64x2.splat(1)), i64x2.splat(0));
  const first = v128.bitselect(c, s, swap);
  const second = v128.bitselect(s, c, swap);
  sines = v128.xor(first, i64x2.shl(v128.and(q, i64x2.splat(2)), 62));
  cosines = v128.xor(second, i64x2.shl(v128.and(i64x2.add(q, i64x2.splat(1)), i64x2.splat(2)), 62));
}

/** The noise of the particles `index` ... `index` + 3 at `fourNormals()`: the same bits as `Noise.normals` gives for each. */
export function normals4(step: i64, index: i32): void {
  const out = fourNormals();
  threefry(step, index);
  for (let pair: usize = 0; pair < 2; pair++) {
    const to = out + pair * 48;
    const a = radii(units(y0));
    circle(mul(number(twoPi), units(y1)));
    const x = mul(a, cosines);
    const y = mul(a, sines);
    const b = radii(units(y2));
    circle(mul(number(twoPi), units(y3)));
    const z = mul(b, cosines);
    store<f64>(to, f64x2.extract_lane(x, 0));
    store<f64>(to, f64x2.extract_lane(y, 0), 8);
    store<f64>(to, f64x2.extract_lane(z, 0), 16);
    store<f64>(to, f64x2.extract_lane(x, 1), 24);
    store<f64>(to, f64x2.extract_lane(y, 1), 32);
    store<f64>(to, f64x2.extract_lane(z, 1), 40);
    y0 = i32x4.shuffle(y0, y0, 2, 3, 2, 3);
    y1 = i32x4.shuffle(y1, y1, 2, 3, 2, 3);
    y2 = i32x4.shuffle(y2, y2, 2, 3, 2, 3);
    y3 = i32x4.shuffle(y3, y3, 2, 3, 2, 3);
  }
}
