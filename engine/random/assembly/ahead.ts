/** Normal deviates of a stream that is asked step by step, for some steps at once: an eighth of the time of `Noise.normals`, and the same numbers. */
import { normalsOf, words0, words1, words2, words4 } from './deviates';

/**
 * What `Noise.normals` gives for an index, three numbers (f64) a step, for `count` steps from `first` on.
 * @param key expanded; @param first a multiple of four, as `count` is; @param out of the first step; @param pitch bytes from one step to the next
 */
export function normalsAhead(key: usize, first: f64, count: i32, index: i32, out: usize, pitch: i32): void {
  const row = <usize>pitch;
  let at = out;
  for (let k = 0; k < count; k += 4) {
    const step = <i64>first + <i64>k;
    words4(key, i32x4.add(i32x4.splat(<i32>step), i32x4(0, 1, 2, 3)), i32x4.splat(<i32>(step >> 32)), i32x4.splat(index), i32x4.splat(0));
    const x = normalsOf(words0), y = normalsOf(words1), z = normalsOf(words2);
    twoSteps(at, row, i32x4.shuffle(x, y, 0, 4, 1, 5), z);
    twoSteps(at + 2 * row, row, i32x4.shuffle(x, y, 2, 6, 3, 7), i32x4.shuffle(z, z, 2, 3, 2, 3));
    at += 4 * row;
  }
}

/** @param xy x and y of a step, then of the next; @param z of the two steps, then anything */
// @ts-ignore: decorator
@inline
function twoSteps(at: usize, row: usize, xy: v128, z: v128): void {
  const third = f64x2.promote_low_f32x4(z);
  v128.store(at, f64x2.promote_low_f32x4(xy));
  v128.store64_lane(at, third, 0, 16);
  v128.store(at + row, f64x2.promote_low_f32x4(i32x4.shuffle(xy, xy, 2, 3, 2, 3)));
  v128.store64_lane(at + row, third, 1, 16);
}
