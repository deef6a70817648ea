/** Random words and normal deviates of engine/random/noise.ts, for four counters at once and with the same bits: for all kernels that make noise. */
import { log } from '../../math/assembly/functions';
import {
  central, p0, p1, p2, p3, p4, p5, q0, q1, q2, q3, q4, tailP0, tailP1, tailP2, tailP3, tailQ0, tailQ1, tailQ2,
} from '../normal-coefficients';

// @ts-ignore: decorator
@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/** A word of an expanded key (`expandNoiseKey` of engine/random/noise.ts) in all lanes. */
// @ts-ignore: decorator
@inline
function word(key: usize, at: usize): v128 {
  return v128.load32_splat(key + at);
}

/** Constants in memory: a load that spreads one is a single instruction, a constant vector is several. */
const constants: usize = memory.data<f32>([
  <f32>p0, <f32>p1, <f32>p2, <f32>p3, <f32>p4, <f32>p5, <f32>q0, <f32>q1, <f32>q2, <f32>q3, <f32>q4, 1, <f32>central, 4.656612873077393e-10,
]);

// @ts-ignore: decorator
@inline
function constant(k: usize): v128 {
  return v128.load32_splat(constants + k * 4);
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Normal deviates of four words: `normalOf` of engine/random/normal.ts in each lane. */
// @ts-ignore: decorator
@inline
export function normalsOf(words: v128): v128 {
  const v = f32x4.mul(f32x4.convert_i32x4_s(v128.or(words, i32x4.splat(1))), constant(13));
  const u = f32x4.mul(f32x4.sub(constant(11), v), f32x4.add(constant(11), v));
  const p = madd(madd(madd(madd(madd(constant(5), u, constant(4)), u, constant(3)), u, constant(2)), u, constant(1)), u, constant(0));
  const q = madd(madd(madd(madd(f32x4.add(u, constant(10)), u, constant(9)), u, constant(8)), u, constant(7)), u, constant(6));
  const x = f32x4.mul(f32x4.div(p, q), v);
  const outside = f32x4.gt(f32x4.abs(v), constant(12));
  return v128.any_true(outside) ? withTails(x, words, outside) : x;
}

/** One lane in 100 is a tail. */
function withTails(x: v128, words: v128, outside: v128): v128 {
  let y = x;
  if (i32x4.extract_lane(outside, 0)) y = f32x4.replace_lane(y, 0, tail(i32x4.extract_lane(words, 0)));
  if (i32x4.extract_lane(outside, 1)) y = f32x4.replace_lane(y, 1, tail(i32x4.extract_lane(words, 1)));
  if (i32x4.extract_lane(outside, 2)) y = f32x4.replace_lane(y, 2, tail(i32x4.extract_lane(words, 2)));
  if (i32x4.extract_lane(outside, 3)) y = f32x4.replace_lane(y, 3, tail(i32x4.extract_lane(words, 3)));
  return y;
}

function tail(word: i32): f32 {
  const odd = <f64>(word | 1) * 4.656612873077393e-10;
  const t = Math.sqrt(-2 * log(1 - Math.abs(odd)));
  const x = <f32>((((tailP3 * t + tailP2) * t + tailP1) * t + tailP0) / (((t + tailQ2) * t + tailQ1) * t + tailQ0));
  return odd < 0 ? -x : x;
}

/** Results of `words4`: the four words of each of four counters, one a lane. Globals belong to a thread alone. */
export let words0: v128 = i32x4.splat(0);
export let words1: v128 = i32x4.splat(0);
export let words2: v128 = i32x4.splat(0);
export let words3: v128 = i32x4.splat(0);

/** ThreeFry-4x32-20 of four counters, given word by word: 20 rounds, with the key added every four. @param key expanded */
// @ts-ignore: decorator
@inline
export function words4(key: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  let x0 = i32x4.add(c0, word(key, 0));
  let x1 = i32x4.add(c1, word(key, 4));
  let x2 = i32x4.add(c2, word(key, 8));
  let x3 = i32x4.add(c3, word(key, 12));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, word(key, 16)); x1 = i32x4.add(x1, word(key, 20)); x2 = i32x4.add(x2, word(key, 24)); x3 = i32x4.add(x3, word(key, 28));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
  x0 = i32x4.add(x0, word(key, 32)); x1 = i32x4.add(x1, word(key, 36)); x2 = i32x4.add(x2, word(key, 40)); x3 = i32x4.add(x3, word(key, 44));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, word(key, 48)); x1 = i32x4.add(x1, word(key, 52)); x2 = i32x4.add(x2, word(key, 56)); x3 = i32x4.add(x3, word(key, 60));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
  x0 = i32x4.add(x0, word(key, 64)); x1 = i32x4.add(x1, word(key, 68)); x2 = i32x4.add(x2, word(key, 72)); x3 = i32x4.add(x3, word(key, 76));
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
  x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
  x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
  x0 = i32x4.add(x0, word(key, 80)); x1 = i32x4.add(x1, word(key, 84)); x2 = i32x4.add(x2, word(key, 88)); x3 = i32x4.add(x3, word(key, 92));
  words0 = x0;
  words1 = x1;
  words2 = x2;
  words3 = x3;
}
