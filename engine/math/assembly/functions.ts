/**
 * The elementary functions of engine/math/functions.ts, operation by operation, so that both give the same bits; see there for
 * the method. Arguments of sine and cosine beyond 1e6 give NaN here: angles and phases never get there.
 */

const rounder: f64 = 6755399441055744;
const ln2High: f64 = 0.6931471803691238;
const ln2Low: f64 = 1.9082149292705877e-10;

/** 2^k for a normal exponent. */
// @ts-ignore: decorator
@inline
function power(k: i32): f64 {
  return reinterpret<f64>((<i64>(k + 1023)) << 52);
}

export function exp(x: f64): f64 {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = x * 1.4426950408889634 + rounder - rounder;
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const correction = high - r - low;
  const r2 = r * r;
  const r4 = r2 * r2;
  const a = 0.5 + r * 0.16666666666666666 + r2 * (0.04166666666666668 + r * 0.008333333333333333);
  const b = 0.0013888888888879073 + r * 0.00019841269841263298 + r2 * (2.4801587336442236e-5 + r * 2.755731924721873e-6);
  const c = 2.75572632790885e-7 + r * 2.505207109429355e-8 + r2 * (2.0918137737642736e-9 + r * 1.608662795678037e-10);
  const y = 1 + (r + (r2 * (a + r4 * (b + r4 * c)) + correction));
  if (k > 1023) return y * 2 * power(<i32>k - 1);
  if (k < -1021) return y * power(<i32>k + 100) * power(-100);
  return y * power(<i32>k);
}

// @ts-ignore: decorator
@inline
function madd2(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(c, f64x2.mul(a, b));
}

// @ts-ignore: decorator
@inline
function number(x: f64): v128 {
  return f64x2.splat(x);
}

/** `exp` of two numbers, which are taken as no further from 0 than 700. */
export function exp2x(argument: v128): v128 {
  const x = f64x2.pmax(number(-700), f64x2.pmin(number(700), argument));
  const k = f64x2.sub(madd2(x, number(1.4426950408889634), number(rounder)), number(rounder));
  const high = f64x2.sub(x, f64x2.mul(k, number(ln2High)));
  const low = f64x2.mul(k, number(ln2Low));
  const r = f64x2.sub(high, low);
  const correction = f64x2.sub(f64x2.sub(high, r), low);
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const a = f64x2.add(madd2(r, number(0.16666666666666666), number(0.5)), f64x2.mul(r2, madd2(r, number(0.008333333333333333), number(0.04166666666666668))));
  const b = f64x2.add(madd2(r, number(0.00019841269841263298), number(0.0013888888888879073)), f64x2.mul(r2, madd2(r, number(2.755731924721873e-6), number(2.4801587336442236e-5))));
  const c = f64x2.add(madd2(r, number(2.505207109429355e-8), number(2.75572632790885e-7)), f64x2.mul(r2, madd2(r, number(1.608662795678037e-10), number(2.0918137737642736e-9))));
  const inner = f64x2.add(f64x2.mul(r2, madd2(r4, madd2(r4, c, b), a)), correction);
  const y = f64x2.add(number(1), f64x2.add(r, inner));
  const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
  return f64x2.mul(y, i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52));
}

export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  let k = 0;
  let m = x;
  if (m < 2.2250738585072014e-308) {
    m *= 18014398509481984;
    k = -54;
  }
  const high = <i32>(reinterpret<i64>(m) >> 32);
  const e = ((high + 0x95f62) >> 20) - 1023;
  k += e;
  const f = (e > 1022 ? m * 0.5 * power(1 - e) : m * power(-e)) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = 0.6666666666666666 + w * (0.2857142857080323 + w * (0.18181795630884753 + w * 0.13268759668560612));
  const odd = 0.4000000000000088 + w * (0.2222222239180047 + w * (0.15386240205813478 + w * 0.13086767009948175));
  const half = 0.5 * f * f;
  return <f64>k * ln2High - (half - (s * (half + z * (even + z * odd)) + <f64>k * ln2Low) - f);
}

const halfPi1: f64 = 1.5707963267341256;
const halfPi2: f64 = 6.077100506303966e-11;
const halfPi3: f64 = 2.0222662487111665e-21;
const halfPi4: f64 = 8.4784276603689e-32;
const twoOverPi: f64 = 0.6366197723675814;

let reduced0: f64 = 0;
let reduced1: f64 = 0;

// @ts-ignore: decorator
@inline
function quadrant(x: f64): i32 {
  if (x > -0.7853981633974483 && x < 0.7853981633974483) {
    reduced0 = x;
    reduced1 = 0;
    return 0;
  }
  if (!(x > -1e6 && x < 1e6)) {
    reduced0 = NaN;
    reduced1 = NaN;
    return 0;
  }
  const n = x * twoOverPi + rounder - rounder;
  const r = x - n * halfPi1;
  const w = n * halfPi2;
  const t = r - w;
  const tBack = t - r;
  const tError = r - (t - tBack) - (w + tBack);
  const v = n * halfPi3;
  const u = t - v;
  const uBack = u - t;
  const tail = tError + (t - (u - uBack) - (v + uBack)) - n * halfPi4;
  reduced0 = u + tail;
  reduced1 = u - reduced0 + tail;
  return <i32>n & 3;
}

// @ts-ignore: decorator
@inline
function sinReduced(y0: f64, y1: f64): f64 {
  const z = y0 * y0;
  const w = z * z;
  const even = -0.16666666666666666 + w * (-0.0001984126984126504 + w * (-2.50521062259944e-8 + w * -7.586636882825159e-13));
  const odd = 0.008333333333333331 + w * (2.755731921932058e-6 + w * 1.6058530596645953e-10);
  return y0 + (y0 * z * (even + z * odd) + y1 * (1 - 0.5 * z));
}

// @ts-ignore: decorator
@inline
function cosReduced(y0: f64, y1: f64): f64 {
  const z = y0 * y0;
  const w = z * z;
  const even = 0.041666666666666664 + w * (2.4801587301584632e-5 + w * (2.0876755787492604e-9 + w * 4.745838412531023e-14));
  const odd = -0.0013888888888888887 + w * (-2.755731922139249e-7 + w * -1.1470460319209511e-11);
  const half = 0.5 * z;
  const one = 1 - half;
  return one + (1 - one - half + (w * (even + z * odd) - y0 * y1));
}

export function cos(x: f64): f64 {
  const n = quadrant(x);
  const value = (n & 1) == 0 ? cosReduced(reduced0, reduced1) : sinReduced(reduced0, reduced1);
  return ((n + 1) & 2) == 0 ? value : -value;
}

/** Results of the last `sincos`. */
export let sine: f64 = 0;
export let cosine: f64 = 0;

export function sincos(x: f64): void {
  const n = quadrant(x);
  const s = sinReduced(reduced0, reduced1);
  const c = cosReduced(reduced0, reduced1);
  const first = (n & 1) == 0 ? s : c;
  const second = (n & 1) == 0 ? c : s;
  sine = (n & 2) == 0 ? first : -first;
  cosine = ((n + 1) & 2) == 0 ? second : -second;
}

// @ts-ignore: decorator
@inline
function eighthHigh(k: i32): f64 {
  return k == 0 ? 0 : k == 1 ? 0.7853981633974483 : k == 2 ? 1.5707963267948966 : k == 3 ? 2.356194490192345 : 3.141592653589793;
}

// @ts-ignore: decorator
@inline
function eighthLow(k: i32): f64 {
  return k == 0 ? 0 : k == 1 ? 3.061616997868383e-17 : k == 2 ? 6.123233995736766e-17 : k == 3 ? 9.184850993605148e-17 : 1.2246467991473532e-16;
}

export function atan2(y: f64, x: f64): f64 {
  if (isNaN(x) || isNaN(y)) return NaN;
  let a = Math.abs(y);
  let b = Math.abs(x);
  let eighths = 0;
  let sign: f64 = 1;
  const swapped = a > b;
  if (swapped) {
    const c = a;
    a = b;
    b = c;
  }
  let q: f64 = 0;
  if (b == 0) q = 0;
  else if (b == Infinity) q = a == b ? 1 : 0;
  else if (b > 1e300) q = (a * 0.25) / (b * 0.25);
  else q = a / b;
  if (q > 0.4142135623730951) {
    q = b > 1e300 ? (q - 1) / (q + 1) : (a - b) / (a + b);
    eighths = 1;
  }
  if (swapped) {
    eighths = 2 - eighths;
    sign = -1;
  }
  if (x < 0 || (x == 0 && 1 / x < 0)) {
    eighths = 4 - eighths;
    sign = -sign;
  }
  const t = sign * q;
  const z = t * t;
  const w = z * z;
  const even =
    -0.3333333333333333 +
    w *
      (-0.1428571428571149 +
        w * (-0.0909090906681608 + w * (-0.06666641869131183 + w * (-0.05258020272656758 + w * (-0.04103887546862687 + w * -0.013905374533113234)))));
  const odd =
    0.19999999999999993 +
    w *
      (0.11111111110751482 + w * (0.07692306729194896 + w * (0.058819230561140225 + w * (0.04719259188242093 + w * 0.030622995553735516))));
  const angle = eighthHigh(eighths) + (t + (t * z * (even + z * odd) + eighthLow(eighths)));
  return y < 0 || (y == 0 && 1 / y < 0) ? -angle : angle;
}
