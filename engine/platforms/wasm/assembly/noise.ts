/** The noise of engine/random/noise.ts, for four particles at once: the same bits as `Noise.normals` gives for each. */
import { normalsOf, words0, words1, words2, words3, words4 } from '../../../random/assembly/deviates';
import { exp, log } from '../../../math/assembly/functions';
import { dimensions } from './state';

/** The words of the counters (step, index ... index + 3, attempt). */
// @ts-ignore: decorator
@inline
function wordsOf(key: usize, step: i64, index: i32, attempt: i32): void {
  words4(key, i32x4.splat(<i32>step), i32x4.splat(<i32>(step >> 32)), i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3)), i32x4.splat(attempt));
}

/** Results of `normals4`: x, y and z of four particles. */
export let noiseX: v128 = i32x4.splat(0);
export let noiseY: v128 = i32x4.splat(0);
export let noiseZ: v128 = i32x4.splat(0);

/** The noise of the particles `index` ... `index` + 3; none in coordinates that do not move. */
// @ts-ignore: decorator
@inline
export function normals4(key: usize, step: i64, index: i32): void {
  wordsOf(key, step, index, 0);
  noiseX = normalsOf(words0);
  noiseY = normalsOf(words1);
  noiseZ = normalsOf(words2);
  if (dimensions < 3) {
    noiseZ = i32x4.splat(0);
    if (dimensions < 2) noiseY = noiseZ;
  }
}

/** `Noise.normal(step)`. */
export function normal(key: usize, step: i64): f32 {
  wordsOf(key, step, 0, 0);
  return f32x4.extract_lane(normalsOf(words0), 0);
}

// @ts-ignore: decorator
@inline
function unit(words: v128): f64 {
  return (<f64>(<u32>i32x4.extract_lane(words, 0)) + 0.5) * 2.3283064365386963e-10;
}

/** `Noise.chiSquare(step, degrees)`: see engine/random/noise.ts. */
export function chiSquare(key: usize, step: i64, degrees: f64): f64 {
  if (degrees == 0) return 0;
  const shape = degrees / 2;
  const d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let attempt = 0; ; attempt++) {
    wordsOf(key, step, 0, attempt);
    const x = <f64>f32x4.extract_lane(normalsOf(words0), 0);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (log(unit(words2)) >= 0.5 * x * x + d - d * v + d * log(v)) continue;
    return 2 * (shape < 1 ? d * v * exp(log(unit(words3)) / shape) : d * v);
  }
}
