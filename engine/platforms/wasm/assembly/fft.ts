/**
 * Complex Fourier transforms of several lines at once, one in each lane of a vector: Stockham's passes of radix 2, 3, 4, 5, 7 and 8.
 *
 * An element is 32 bytes, a vector of real parts and one of imaginary parts: four lines in f32, or two in f64. Transforms are not scaled.
 * The inverse is the same code with real and imaginary parts exchanged.
 * C. Van Loan, Computational Frameworks for the Fast Fourier Transform (1992), section 1.7.
 */
import { pass2, pass3, pass4, pass5, pass7, pass8 } from './butterflies';
import { cosine, sincos, sine } from '../../../math/assembly/functions';
import { allocate } from '../../../threads/assembly/memory';
import { doublePrecision } from './state';

/** Bytes of an element. */
// @ts-ignore: decorator
@inline
export const elementBytes: usize = 32;

/** A length, its radices, and for each pass the twiddle factors of its butterflies. */
// @ts-ignore: decorator
@unmanaged
export class Transform {
  length: i32;
  passes: i32;
  /** i32 a pass. */
  radices: usize;
  /** u32 a pass: address of radix - 1 factors (cosine, sine; f32 or f64) for each butterfly of the pass. */
  twiddles: usize;
}

export function createTransform(length: i32): Transform {
  const plan = changetype<Transform>(allocate(offsetof<Transform>()));
  plan.length = length;
  plan.radices = allocate(32 * 4);
  plan.twiddles = allocate(32 * 4);
  let rest = length;
  let first = length;
  // Large radices need fewer passes; radix 8 is worth it only where it leaves no single 2.
  while (rest > 1) {
    let radix = 2;
    if (rest % 7 == 0) radix = 7;
    else if (rest % 5 == 0) radix = 5;
    else if (rest % 3 == 0) radix = 3;
    else if (rest % 8 == 0 && rest != 16) radix = 8;
    else if (rest % 4 == 0) radix = 4;
    store<i32>(plan.radices + <usize>plan.passes * 4, radix);
    const parts = first / radix;
    store<u32>(plan.twiddles + <usize>plan.passes * 4, <u32>factors(first, radix, parts));
    plan.passes++;
    rest /= radix;
    first = parts;
  }
  return plan;
}

function factors(length: i32, radix: i32, parts: i32): usize {
  const real: usize = doublePrecision ? 8 : 4;
  const table = allocate(<usize>(parts * (radix - 1)) * 2 * real);
  let at = table;
  for (let p = 0; p < parts; p++) {
    for (let j = 1; j < radix; j++) {
      sincos((-2 * Math.PI * <f64>((p * j) % length)) / <f64>length);
      if (doublePrecision) {
        store<f64>(at, cosine);
        store<f64>(at, sine, 8);
      } else {
        store<f32>(at, <f32>cosine);
        store<f32>(at, <f32>sine, 4);
      }
      at += 2 * real;
    }
  }
  return table;
}

/**
 * Transforms a line of elements `fromStep` bytes apart into one of elements `toStep` bytes apart; both may be the same line.
 * `work` has room for two lines without gaps. `re` and `im` are 0 and 16 for the forward transform, 16 and 0 for the inverse.
 */
export function transformLine<V>(plan: Transform, from: usize, fromStep: usize, to: usize, toStep: usize, work: usize, re: usize, im: usize): void {
  let m = plan.length;
  let s = 1;
  let at = from;
  let step = fromStep;
  const last = plan.passes - 1;
  for (let k = 0; k <= last; k++) {
    const radix = load<i32>(plan.radices + <usize>k * 4);
    const twiddle = <usize>load<u32>(plan.twiddles + <usize>k * 4);
    m /= radix;
    const out = k == last ? to : work + <usize>((k & 1) * plan.length) * elementBytes;
    const outStep = k == last ? toStep : elementBytes;
    switch (radix) {
      case 2: pass2<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
      case 3: pass3<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
      case 4: pass4<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
      case 5: pass5<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
      case 7: pass7<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
      default: pass8<V>(m, s, at, step, out, outStep, twiddle, re, im); break;
    }
    s *= radix;
    at = out;
    step = outStep;
  }
}
