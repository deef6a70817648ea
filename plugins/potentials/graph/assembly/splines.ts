/** Weights of cubic B-splines and their derivatives, and splines of four features. */
import { madd } from './network';

// @ts-ignore: decorator
@inline
const sixth: f32 = 1.0 / 6.0;

// @ts-ignore: decorator
@inline
export function outer(t: f32): f32 {
  return t * t * t * sixth;
}
// @ts-ignore: decorator
@inline
export function inner(t: f32): f32 {
  return (t * t * (3 * t - 6) + 4) * sixth;
}
// @ts-ignore: decorator
@inline
export function innerSlope(t: f32): f32 {
  return t * (<f32>1.5 * t - 2);
}

/** Four features of the spline: c points at the first of four rows. */
// @ts-ignore: decorator
@inline
export function spline(c: usize, b0: v128, b1: v128, b2: v128, b3: v128): v128 {
  return f32x4.add(
    madd(f32x4.mul(b0, v128.load(c)), b1, v128.load(c, 64)),
    madd(f32x4.mul(b2, v128.load(c, 128)), b3, v128.load(c, 192)),
  );
}
