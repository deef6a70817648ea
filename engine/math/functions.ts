/**
 * Elementary functions from additions, multiplications, divisions and square roots only, so that every engine and machine
 * gives the same bits (Math.exp and its like differ between them).
 *
 * Method: reduction of the argument in two or more doubles, then a polynomial fitted in extended precision
 * (coefficients and their fit errors: test/fixtures/math/coefficients.py). Errors in the docstrings are in units in the last
 * place of the result, measured against mpmath at 60 digits over the fixtures of test/engine/math; the fits are an order
 * smaller than the rounding. W. J. Cody, W. Waite, "Software Manual for the Elementary Functions" (1980).
 */
import { quadrantOfLarge } from './reduction.ts';

/** 2^(i - 1074), the exact powers of two that a double can hold: a load is faster than assembling the bits. */
const powersOfTwo = new Float64Array(2098);
for (let i = 0, value = Number.MIN_VALUE; i < powersOfTwo.length; i++, value *= 2) powersOfTwo[i] = value;

/** Adding and subtracting it rounds a double below 2^51 in magnitude to the nearest integer (ties to even). */
const rounder = 6755399441055744;

const log2e = Math.LOG2E;
// The first part has 32 bits: its product with an exponent is exact.
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** e^x. Error below 1 ulp (below 2^-1074 where the result is subnormal). */
export function exp(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = x * log2e + rounder - rounder;
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const correction = high - r - low;
  const r2 = r * r;
  const r4 = r2 * r2;
  // (e^r - 1 - r)/r^2 in three groups of four terms, for instruction-level parallelism.
  const a = 0.5 + r * 0.16666666666666666 + r2 * (0.04166666666666668 + r * 0.008333333333333333);
  const b = 0.0013888888888879073 + r * 0.00019841269841263298 + r2 * (2.4801587336442236e-5 + r * 2.755731924721873e-6);
  const c = 2.75572632790885e-7 + r * 2.505207109429355e-8 + r2 * (2.0918137737642736e-9 + r * 1.608662795678037e-10);
  const y = 1 + (r + (r2 * (a + r4 * (b + r4 * c)) + correction));
  if (k > 1023) return y * 2 * powersOfTwo[k + 1073];
  if (k < -1021) return y * powersOfTwo[k + 1174] * powersOfTwo[974];
  return y * powersOfTwo[k + 1074];
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const highWord = new Uint8Array(Int32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Natural logarithm. Error below 1 ulp. -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let m = x;
  if (m < 2.2250738585072014e-308) {
    m *= 18014398509481984;
    k = -54;
  }
  double[0] = m;
  // The exponent such that the mantissa lies in [sqrt(1/2), sqrt(2)): 0x95f62 is 2^20 less the fraction of sqrt(2).
  const e = ((words[highWord] + 0x95f62) >> 20) - 1023;
  k += e;
  const f = m * powersOfTwo[1074 - e] - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = 0.6666666666666666 + w * (0.2857142857080323 + w * (0.18181795630884753 + w * 0.13268759668560612));
  const odd = 0.4000000000000088 + w * (0.2222222239180047 + w * (0.15386240205813478 + w * 0.13086767009948175));
  const half = 0.5 * f * f;
  return k * ln2High - (half - (s * (half + z * (even + z * odd)) + k * ln2Low) - f);
}

// pi/2 in three parts of 33 bits, whose products with an integer below 2^20 are exact, and the rest.
const halfPi1 = 1.5707963267341256;
const halfPi2 = 6.077100506303966e-11;
const halfPi3 = 2.0222662487111665e-21;
const halfPi4 = 8.4784276603689e-32;
const twoOverPi = 0.6366197723675814;

/** The reduced argument of the last call of `quadrant`, as a sum of two doubles. */
const reduced = new Float64Array(2);

/** Splits x = n pi/2 + r with |r| <= pi/4 (and a rounding more); writes r to `reduced`, returns n mod 4. */
function quadrant(x: number): number {
  if (x > -0.7853981633974483 && x < 0.7853981633974483) {
    reduced[0] = x;
    reduced[1] = 0;
    return 0;
  }
  if (!(x > -1e6 && x < 1e6)) return quadrantOfLarge(x, reduced);
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
  reduced[0] = u + tail;
  reduced[1] = u - reduced[0] + tail;
  return n & 3;
}

/** sin of the reduced argument y0 + y1, |y0| <= pi/4. */
function sinReduced(y0: number, y1: number): number {
  const z = y0 * y0;
  const w = z * z;
  const even = -0.16666666666666666 + w * (-0.0001984126984126504 + w * (-2.50521062259944e-8 + w * -7.586636882825159e-13));
  const odd = 0.008333333333333331 + w * (2.755731921932058e-6 + w * 1.6058530596645953e-10);
  return y0 + (y0 * z * (even + z * odd) + y1 * (1 - 0.5 * z));
}

function cosReduced(y0: number, y1: number): number {
  const z = y0 * y0;
  const w = z * z;
  const even = 0.041666666666666664 + w * (2.4801587301584632e-5 + w * (2.0876755787492604e-9 + w * 4.745838412531023e-14));
  const odd = -0.0013888888888888887 + w * (-2.755731922139249e-7 + w * -1.1470460319209511e-11);
  const half = 0.5 * z;
  const one = 1 - half;
  return one + (1 - one - half + (w * (even + z * odd) - y0 * y1));
}

/** Sine. Error below 1 ulp for every finite argument. */
export function sin(x: number): number {
  const n = quadrant(x);
  const value = (n & 1) === 0 ? sinReduced(reduced[0], reduced[1]) : cosReduced(reduced[0], reduced[1]);
  return (n & 2) === 0 ? value : -value;
}

/** Cosine. Error below 1 ulp for every finite argument. */
export function cos(x: number): number {
  const n = quadrant(x);
  const value = (n & 1) === 0 ? cosReduced(reduced[0], reduced[1]) : sinReduced(reduced[0], reduced[1]);
  return ((n + 1) & 2) === 0 ? value : -value;
}

/** Sine to out[0] and cosine to out[1], with one reduction of the argument; the same bits as `sin` and `cos`. */
export function sincos(x: number, out: Float64Array): void {
  const n = quadrant(x);
  const s = sinReduced(reduced[0], reduced[1]);
  const c = cosReduced(reduced[0], reduced[1]);
  const first = (n & 1) === 0 ? s : c;
  const second = (n & 1) === 0 ? c : s;
  out[0] = (n & 2) === 0 ? first : -first;
  out[1] = ((n + 1) & 2) === 0 ? second : -second;
}

/** Tangent, as sin/cos. Error below 3 ulp. */
export function tan(x: number): number {
  const n = quadrant(x);
  const s = sinReduced(reduced[0], reduced[1]);
  const c = cosReduced(reduced[0], reduced[1]);
  return (n & 1) === 0 ? s / c : -c / s;
}

// Multiples of pi/4, 0 to 4, each as a sum of two doubles.
const eighthsHigh = Float64Array.of(0, 0.7853981633974483, 1.5707963267948966, 2.356194490192345, Math.PI);
const eighthsLow = Float64Array.of(
  0,
  3.061616997868383e-17,
  6.123233995736766e-17,
  9.184850993605148e-17,
  1.2246467991473532e-16,
);

/** The angle of the point (x, y) in [-pi, pi], signs of zeros as in Math.atan2. Error below 2 ulp. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  let a = Math.abs(y);
  let b = Math.abs(x);
  let eighths = 0;
  let sign = 1;
  const swapped = a > b;
  if (swapped) [a, b] = [b, a];
  let q: number;
  if (b === 0) q = 0;
  else if (b === Number.POSITIVE_INFINITY) q = a === b ? 1 : 0;
  else if (b > 1e300) q = (a * 0.25) / (b * 0.25);
  else q = a / b;
  if (q > 0.4142135623730951) {
    // atan(a/b) = pi/4 + atan((a - b)/(a + b))
    q = b > 1e300 ? (q - 1) / (q + 1) : (a - b) / (a + b);
    eighths = 1;
  }
  if (swapped) {
    eighths = 2 - eighths;
    sign = -1;
  }
  if (x < 0 || (x === 0 && 1 / x < 0)) {
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
        w *
          (-0.0909090906681608 +
            w * (-0.06666641869131183 + w * (-0.05258020272656758 + w * (-0.04103887546862687 + w * -0.013905374533113234)))));
  const odd =
    0.19999999999999993 +
    w *
      (0.11111111110751482 +
        w * (0.07692306729194896 + w * (0.058819230561140225 + w * (0.04719259188242093 + w * 0.030622995553735516))));
  const angle = eighthsHigh[eighths] + (t + (t * z * (even + z * odd) + eighthsLow[eighths]));
  return y < 0 || (y === 0 && 1 / y < 0) ? -angle : angle;
}

/** Arc cosine in [0, pi]; NaN outside [-1, 1]. Error below 2 ulp. */
export function acos(x: number): number {
  return atan2(Math.sqrt((1 - x) * (1 + x)), x);
}

/** Arc sine in [-pi/2, pi/2]; NaN outside [-1, 1]. Error below 3 ulp. */
export function asin(x: number): number {
  return atan2(x, Math.sqrt((1 - x) * (1 + x)));
}

/** (1 + 2x) e^(x^2) erfc(x) as a polynomial in (x - 4)/(x + 4), highest power last. */
const erfcCoefficients = Float64Array.of(
  1.2329951186255526,
  -0.1396211168405629,
  0.01537965210262074,
  0.06809705425473732,
  -0.10103906603635213,
  0.09373283499679412,
  -0.06633036581152939,
  0.03716751556249286,
  -0.016197734059115006,
  0.005031969755895426,
  -0.00075777334141333,
  -0.00019925550755614952,
  0.000150622243948303,
  -2.4403169244974074e-5,
  -1.1224789135154701e-5,
  5.7178872846321855e-6,
  3.0135049944875397e-7,
  -8.351619688696847e-7,
  6.270727157198311e-8,
  1.1534943745754157e-7,
  -7.71541861441783e-9,
  -1.3670989863347383e-8,
  -1.8206098680308682e-9,
);

/**
 * Complementary error function. Relative error below 1e-15 down to the smallest normal number (x < 26.5).
 * M. M. Shepherd, J. G. Laframboise, Math. Comput. 36, 249 (1981), for the mapping of the half line.
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  let tail = 0;
  if (a < 27.5) {
    const y = (a - 4) / (a + 4);
    const y2 = y * y;
    let even = erfcCoefficients[22];
    let odd = erfcCoefficients[21];
    for (let k = 20; k >= 2; k -= 2) {
      even = erfcCoefficients[k] + y2 * even;
      odd = erfcCoefficients[k - 1] + y2 * odd;
    }
    // e^(-a^2) with the rounding error of a^2 put back (Veltkamp's split of a).
    const square = a * a;
    const split = a * 134217729;
    const high = split - (split - a);
    const low = a - high;
    const error = high * high - square + 2 * high * low + low * low;
    const gaussian = exp(-square);
    tail = ((gaussian - gaussian * error) * (erfcCoefficients[0] + (y * odd + y2 * even))) / (1 + 2 * a);
  }
  return x < 0 ? 2 - tail : tail;
}

/** Error function. Error below 2 ulp. */
export function erf(x: number): number {
  if (x > 1) return 1 - erfc(x);
  if (x < -1) return erfc(-x) - 1;
  const z = x * x;
  const w = z * z;
  const even =
    0.1128379167095512 +
    w *
      (0.005223977625423116 +
        w * (0.00012055332902288382 + w * (1.6462045054724144e-6 + w * (1.4792347499413907e-8 + w * 8.707834948949949e-11))));
  const odd =
    -0.026866170645129826 +
    w *
      (-0.0008548327021921774 +
        w * (-1.4925647549075886e-5 + w * (-1.636463660480217e-7 + w * (-1.2164225654817864e-9 + w * -4.229011708989197e-12))));
  return x * (1.1283791670955126 + z * (-0.37612638903183754 + z * (even + z * odd)));
}

/**
 * x^y. Integer powers up to 1024 by repeated squaring (error below |y| ulp), half-integer ones with a square root, others as
 * e^(y ln x) (relative error about 1e-16 (1 + |y ln x|)). NaN for a negative x with a y that is not an integer.
 */
export function pow(x: number, y: number): number {
  if (y === Math.floor(y) && y >= -1024 && y <= 1024) return y < 0 ? 1 / integerPower(x, -y) : integerPower(x, y);
  const doubled = 2 * y;
  if (doubled === Math.floor(doubled) && doubled >= -128 && doubled <= 128) {
    return y < 0 ? 1 / (integerPower(x, -y - 0.5) * Math.sqrt(x)) : integerPower(x, y - 0.5) * Math.sqrt(x);
  }
  if (x === 0) return y < 0 ? Number.POSITIVE_INFINITY : 0;
  return exp(y * log(x));
}

function integerPower(x: number, n: number): number {
  let result = 1;
  let base = x;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= base;
    if (left > 1) base *= base;
  }
  return result;
}
