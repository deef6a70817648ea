/** Reduction of large arguments of sine and cosine modulo pi/2, exactly, with 1280 bits of 2/pi. Slow and rare. */

/** floor(2^1280 * 2/pi); the largest double needs 1024 + 53 bits and a guard. */
const twoOverPi = BigInt(
  '0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73ee88235f5' +
    '2ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d' +
    '7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361d',
);
const bits = 1280n;
const half = 1n << (bits - 1n);
const mask = (1n << bits) - 1n;

const halfPiHigh = 1.5707963267948966;
const halfPiLow = 6.123233995736766e-17;

/**
 * Splits x = n pi/2 + r, |r| <= pi/4, for any |x| >= 1. Writes r as a sum of two doubles to `reduced` (NaN for x not finite) and
 * returns n mod 4. Method: M. H. Payne, R. N. Hanek, SIGNUM Newsl. 18, 19 (1983), in big integers.
 */
export function quadrantOfLarge(x: number, reduced: Float64Array): number {
  if (!Number.isFinite(x)) {
    reduced.fill(Number.NaN);
    return 0;
  }
  // |x| = mantissa * 2^exponent, both integers.
  let mantissa = Math.abs(x);
  let exponent = 0;
  while (mantissa !== Math.floor(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  let product = BigInt(mantissa) * twoOverPi;
  if (exponent < 0) product >>= BigInt(-exponent);
  let quotient = product >> bits;
  let fraction = product & mask;
  if (fraction >= half) {
    quotient += 1n;
    fraction -= mask + 1n;
  }
  // The fraction to 106 significant bits as two doubles, then times pi/2 as two doubles.
  const size = (fraction < 0n ? -fraction : fraction).toString(2).length;
  const shift = BigInt(Math.max(0, size - 106));
  const rounded = fraction >> shift;
  const scale = 2 ** (Number(shift) - 1280);
  const high = Number(rounded);
  const low = Number(rounded - BigInt(high));
  const sign = x < 0 ? -1 : 1;
  const f0 = high * scale * sign;
  const f1 = low * scale * sign;
  // f0 * halfPiHigh exactly, by splitting both factors (T. J. Dekker, Numer. Math. 18, 224 (1971)).
  const p = f0 * halfPiHigh;
  const a = f0 * 134217729;
  const f0High = a - (a - f0);
  const f0Low = f0 - f0High;
  const b = halfPiHigh * 134217729;
  const piHigh = b - (b - halfPiHigh);
  const piLow = halfPiHigh - piHigh;
  const error = f0High * piHigh - p + f0High * piLow + f0Low * piHigh + f0Low * piLow;
  const tail = error + (f0 * halfPiLow + f1 * halfPiHigh);
  reduced[0] = p + tail;
  reduced[1] = p - reduced[0] + tail;
  const n = Number(quotient & 3n);
  return x < 0 ? (4 - n) & 3 : n;
}
