/**
 * ThreeFry-4x32-20: a counter-based generator; the same counter and key give the same 128 bits on every machine, in any order.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
 * Twenty rounds of add, rotate, exclusive-or on four 32-bit words; a word of the key (and its parity word) is added every four rounds.
 */

/** The parity constant of the key schedule (Skein 1.3, 32-bit form). */
const parity = 0x1bd11bda;

/** Rotations of the two mixes of a round; the table repeats every eight rounds (SC11, table 2). */
const rotations = Int32Array.of(10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20);

/**
 * Writes the four words for the counter `c0..c3` under the key `key[0..3]` to `out[0..3]`. Allocates nothing.
 * @param key five words: four of the key and `keyParity` of them
 */
export function threefry4x32(key: Int32Array, c0: number, c1: number, c2: number, c3: number, out: Uint32Array): void {
  let x0 = (c0 + key[0]) | 0;
  let x1 = (c1 + key[1]) | 0;
  let x2 = (c2 + key[2]) | 0;
  let x3 = (c3 + key[3]) | 0;
  // Four rounds, then one addition of the key; five times. Odd rounds pair word 0 with 3 and 2 with 1.
  for (let block = 0; block < 5; block++) {
    const r = (block & 1) << 3;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[r]) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, rotations[r + 1]) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, rotations[r + 2]) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, rotations[r + 3]) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[r + 4]) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = rotate(x3, rotations[r + 5]) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = rotate(x3, rotations[r + 6]) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = rotate(x1, rotations[r + 7]) ^ x2;
    const injection = block + 1;
    x0 = (x0 + key[injection % 5]) | 0;
    x1 = (x1 + key[(injection + 1) % 5]) | 0;
    x2 = (x2 + key[(injection + 2) % 5]) | 0;
    x3 = (x3 + key[(injection + 3) % 5] + injection) | 0;
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
