/** The noise of engine/random/noise.ts: ThreeFry-4x32-20 and Box-Muller, the same bits. */
import { cos, cosine, log, sincos, sine } from './math';

let key0: i32 = 0;
let key1: i32 = 0;
let key2: i32 = 0;
let key3: i32 = 0;
let key4: i32 = 0;

export function setNoiseKey(a: i32, b: i32, c: i32, d: i32, e: i32): void {
  key0 = a;
  key1 = b;
  key2 = c;
  key3 = d;
  key4 = e;
}

export let normal0: f64 = 0;
export let normal1: f64 = 0;
export let normal2: f64 = 0;

const twoPi: f64 = 2 * 3.141592653589793;

// @ts-ignore: decorator
@inline
function unit(word: i32): f64 {
  return (<f64>(<u32>word) + 0.5) / 4294967296.0;
}

/** Sets normal0 ... normal2 to the noise of a particle in a step. */
export function normals(step: i64, index: i32): void {
  let x0 = <i32>step + key0;
  let x1 = <i32>(step >> 32) + key1;
  let x2 = index + key2;
  let x3 = key3;
  // Two passes of the eight rounds and half a pass, with the key added every four rounds.
  x0 += x1; x1 = rotl<i32>(x1, 10) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 26) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 11) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 21) ^ x2;
  x0 += x1; x1 = rotl<i32>(x1, 13) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 27) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 23) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 5) ^ x2;
  x0 += key1; x1 += key2; x2 += key3; x3 += key4 + 1;
  x0 += x1; x1 = rotl<i32>(x1, 6) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 20) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 17) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 11) ^ x2;
  x0 += x1; x1 = rotl<i32>(x1, 25) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 10) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 18) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 20) ^ x2;
  x0 += key2; x1 += key3; x2 += key4; x3 += key0 + 2;
  x0 += x1; x1 = rotl<i32>(x1, 10) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 26) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 11) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 21) ^ x2;
  x0 += x1; x1 = rotl<i32>(x1, 13) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 27) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 23) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 5) ^ x2;
  x0 += key3; x1 += key4; x2 += key0; x3 += key1 + 3;
  x0 += x1; x1 = rotl<i32>(x1, 6) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 20) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 17) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 11) ^ x2;
  x0 += x1; x1 = rotl<i32>(x1, 25) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 10) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 18) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 20) ^ x2;
  x0 += key4; x1 += key0; x2 += key1; x3 += key2 + 4;
  x0 += x1; x1 = rotl<i32>(x1, 10) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 26) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 11) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 21) ^ x2;
  x0 += x1; x1 = rotl<i32>(x1, 13) ^ x0; x2 += x3; x3 = rotl<i32>(x3, 27) ^ x2;
  x0 += x3; x3 = rotl<i32>(x3, 23) ^ x0; x2 += x1; x1 = rotl<i32>(x1, 5) ^ x2;
  x0 += key0; x1 += key1; x2 += key2; x3 += key3 + 5;
  const a = Math.sqrt(-2 * log(unit(x0)));
  sincos(twoPi * unit(x1));
  normal0 = a * cosine;
  normal1 = a * sine;
  normal2 = Math.sqrt(-2 * log(unit(x2))) * cos(twoPi * unit(x3));
}
