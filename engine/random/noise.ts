/** Random numbers that depend only on (seed, purpose, step, index): nothing to checkpoint, no dependence on threads or order. */
import { exp, log } from '../math/functions.ts';
import { normalOf } from './normal.ts';
import { threefry4x32, threefryKey } from './threefry.ts';

const two32 = 4294967296;

/**
 * Independent streams of noise, one a (seed, purpose). Every call with the same arguments gives the same numbers.
 * `step` may be any integer below 2^53; `index` (usually the particle) any integer below 2^32. No call allocates.
 *
 * A normal deviate is a number of single precision, made from one word of 32 bits (normal.ts): Phi of it is off by 1.3e-7 at most, and
 * none exceeds 6.24 in magnitude (a probability of 5e-10 is cut off).
 */
export class Noise {
  private readonly key: Int32Array;
  private readonly words = new Uint32Array(4);

  constructor(seed: number, purpose: string) {
    this.key = noiseKey(seed, purpose);
  }

  /** Three independent normal deviates (mean 0, variance 1) in out[offset .. offset + 2], the noise of one particle, or the first of them. */
  normals(step: number, index: number, out: Float64Array, offset: number, count = 3): void {
    const { words } = this;
    this.draw(step, index, 0);
    out[offset] = normalOf(words[0]);
    if (count > 1) out[offset + 1] = normalOf(words[1]);
    if (count > 2) out[offset + 2] = normalOf(words[2]);
  }

  /** One normal deviate; the first of those that `normals` gives for the same arguments. */
  normal(step: number, index = 0): number {
    this.draw(step, index, 0);
    return normalOf(this.words[0]);
  }

  /** Four independent uniform deviates in the open interval (0, 1), in out[offset .. offset + 3]. */
  uniforms(step: number, index: number, out: Float64Array, offset: number): void {
    this.draw(step, index, 0);
    for (let k = 0; k < 4; k++) out[offset + k] = unit(this.words[k]);
  }

  /** One uniform deviate in (0, 1). */
  uniform(step: number, index = 0): number {
    this.draw(step, index, 0);
    return unit(this.words[0]);
  }

  /**
   * A deviate of the chi-squared distribution: the sum of the squares of `degrees` normals (any real number > 0; 0 gives 0).
   * Twice a gamma deviate of shape degrees/2.
   */
  chiSquare(step: number, degrees: number, index = 0): number {
    return degrees === 0 ? 0 : 2 * this.gamma(step, degrees / 2, index);
  }

  /**
   * A gamma deviate of the given shape and scale 1, by squeeze and rejection from a cubed normal.
   * G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26, 363 (2000); shapes below 1 are raised by one and scaled back by u^(1/shape).
   */
  gamma(step: number, shape: number, index = 0): number {
    const raised = shape < 1 ? shape + 1 : shape;
    const d = raised - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    // The draws of one deviate have counters 0, 1, 2, ... in the last word; each try accepts with more than 95 %.
    for (let attempt = 0; ; attempt++) {
      this.draw(step, index, attempt);
      const x = normalOf(this.words[0]);
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (log(unit(this.words[2])) >= 0.5 * x * x + d - d * v + d * log(v)) continue;
      return shape < 1 ? d * v * exp(log(unit(this.words[3])) / shape) : d * v;
    }
  }

  private draw(step: number, index: number, attempt: number): void {
    threefry4x32(this.key, step | 0, Math.floor(step / two32) | 0, index | 0, attempt, this.words);
  }
}

/** The key of the noise of a (seed, purpose), for platforms that make the same noise in kernels of their own. */
export function noiseKey(seed: number, purpose: string): Int32Array {
  return threefryKey(seed | 0, Math.floor(seed / two32) | 0, hash(purpose, 0x811c9dc5), hash(purpose, 0x2f0b4a27));
}

/**
 * What is added to the counter before the first round and after every four: six times four words, the last one of each with the number of
 * rounds done over four. For kernels that make the same noise.
 */
export function expandNoiseKey(key: Int32Array): Int32Array {
  return Int32Array.from({ length: 24 }, (_, k) => key[((k >> 2) + (k & 3)) % 5] + ((k & 3) === 3 ? k >> 2 : 0));
}

/** The centre of one of 2^32 equal parts of (0, 1). */
function unit(word: number): number {
  return (word + 0.5) / two32;
}

/** FNV-1a over UTF-16 code units, from a given basis. */
function hash(text: string, basis: number): number {
  let h = basis | 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h = Math.imul(h ^ (code & 0xff), 0x01000193);
    h = Math.imul(h ^ (code >>> 8), 0x01000193);
  }
  return h;
}
