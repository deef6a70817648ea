/**
 * ThreeFry-4x32-20: a counter-based generator; the same counter and key give the same 128 bits on every machine, in any order.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
 * Twenty rounds of add, rotate, exclusive-or on four 32-bit words; a word of the key (and its parity word) is added every four rounds.
 */

/** The parity constant of the key schedule (Skein 1.3, 32-bit form). */
const parity = 0x1bd11bda;

/**
 * Writes the four words for the counter `c0..c3` under the key `key[0..3]` to `out[0..3]`. Allocates nothing.
 * @param key five words: four of the key and `keyParity` of them
 */
export function threefry4x32(key: Int32Array, c0: number, c1: number, c2: number, c3: number, out: Uint32Array): void {
  let [k0, k1, k2, k3, k4] = [key[0], key[1], key[2], key[3], key[4]];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  let x2 = (c2 + k2) | 0;
  let x3 = (c3 + k3) | 0;
  // Four rounds, then one addition of the key; five times. Odd rounds pair word 0 with 3 and 2 with 1. Rotations (SC11, table 2) repeat every eight rounds.
  for (let block = 1; ; block += 2) {
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, 10) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, 26) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, 11) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, 21) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, 13) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, 27) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, 23) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, 5) ^ x2;
    x0 = (x0 + k1) | 0;
    x1 = (x1 + k2) | 0;
    x2 = (x2 + k3) | 0;
    x3 = (x3 + k4 + block) | 0;
    if (block === 5) break;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, 6) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, 20) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, 17) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, 11) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, 25) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, 10) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, 18) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, 20) ^ x2;
    x0 = (x0 + k2) | 0;
    x1 = (x1 + k3) | 0;
    x2 = (x2 + k4) | 0;
    x3 = (x3 + k0 + block + 1) | 0;
    // Two additions on, the words of the key are two places on.
    [k0, k1, k2, k3, k4] = [k2, k3, k4, k0, k1];
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** The key schedule of four 32-bit words. */
export function threefryKey(k0: number, k1: number, k2: number, k3: number): Int32Array {
  return Int32Array.of(k0, k1, k2, k3, parity ^ k0 ^ k1 ^ k2 ^ k3);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
