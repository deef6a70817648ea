/** What a thread knows of the network: sizes and addresses, set on all threads by the loader (`simd.ts`). */
import { points, rangeFirst, ranges } from '../../assembly/tiles';

/** Blocks of 16 features, and rows of one layer's table. */
export let blocks: i32 = 0;
export let rows: i32 = 0;
/** Sites rounded up to even: the length of the arrays. */
export let padded: i32 = 0;
export let energyScale: f64 = 1;

/** f64: 3 a site; virial 9; extremes 9; an energy a range. */
export let positions: usize = 0;
export let forces: usize = 0;
export let direction: usize = 0;
export let virial: usize = 0;
export let extremes: usize = 0;
export let energies: usize = 0;
/** i32 a site. */
export let species: usize = 0;
/** f32: dense parameters, the same with transposed matrices, filter tables, and the gradients of both. */
export let weights: usize = 0;
export let transposed: usize = 0;
export let tables: usize = 0;
export let weightGradient: usize = 0;
export let tableGradient: usize = 0;

// @ts-ignore: decorator
@inline
export function tableOf(layer: i32, block: i32): usize {
  return <usize>(layer * blocks + block) * <usize>(rows << 6);
}

/** Bytes from one block of an array to the next. */
// @ts-ignore: decorator
@inline
export function stride(): usize {
  return <usize>(padded << 6);
}

/** Where a range begins in a block of an array, and its length, in bytes. */
// @ts-ignore: decorator
@inline
export function rangeAt(range: i32): usize {
  return <usize>rangeFirst(range) << 6;
}

// @ts-ignore: decorator
@inline
export function rangeBytes(range: i32): usize {
  return <usize>((range + 1 == ranges ? padded : rangeFirst(range + 1)) - rangeFirst(range)) << 6;
}

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(a, f32x4.mul(b, c));
}

// @ts-ignore: decorator
@inline
export function sum(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}
