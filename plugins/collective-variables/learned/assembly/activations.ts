/**
 * Activations of two or four numbers at once, from operations that every machine rounds alike.
 *
 * Kinds: 0 linear, 1 tanh, 2 sigmoid, 3 elu, 4 relu. Curvatures follow from value and slope.
 */

// @ts-ignore: decorator
@inline
function splat<T>(x: f64): v128 {
  return v128.splat<T>(<T>x);
}

/** e^x for |x| below 80 (f32) or 700 (f64); relative error below 2e-7 or 3e-16. */
// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  if (sizeof<T>() == 4) {
    const k = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
    const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693145751953125))), f32x4.mul(k, f32x4.splat(1.428606765330187e-6)));
    let y = f32x4.splat(1.0 / 5040);
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 720));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 120));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 24));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.0 / 6));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.5));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1));
    y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1));
    return f32x4.mul(y, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23));
  } else {
    const k = f64x2.nearest(f64x2.mul(x, f64x2.splat(1.4426950408889634)));
    const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(0.6931471803691238))), f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)));
    const r2 = f64x2.mul(r, r);
    const r4 = f64x2.mul(r2, r2);
    // The coefficients of engine/math/functions.ts, in groups for instruction-level parallelism.
    const a = f64x2.add(
      f64x2.add(f64x2.splat(0.5), f64x2.mul(r, f64x2.splat(0.16666666666666666))),
      f64x2.mul(r2, f64x2.add(f64x2.splat(0.04166666666666668), f64x2.mul(r, f64x2.splat(0.008333333333333333)))),
    );
    const b = f64x2.add(
      f64x2.add(f64x2.splat(0.0013888888888879073), f64x2.mul(r, f64x2.splat(0.00019841269841263298))),
      f64x2.mul(r2, f64x2.add(f64x2.splat(2.4801587336442236e-5), f64x2.mul(r, f64x2.splat(2.755731924721873e-6)))),
    );
    const c = f64x2.add(
      f64x2.add(f64x2.splat(2.75572632790885e-7), f64x2.mul(r, f64x2.splat(2.505207109429355e-8))),
      f64x2.mul(r2, f64x2.add(f64x2.splat(2.0918137737642736e-9), f64x2.mul(r, f64x2.splat(1.608662795678037e-10)))),
    );
    const y = f64x2.add(
      f64x2.splat(1),
      f64x2.add(r, f64x2.mul(r2, f64x2.add(a, f64x2.mul(r4, f64x2.add(b, f64x2.mul(r4, c)))))),
    );
    const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
    return f64x2.mul(y, i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52));
  }
}

// @ts-ignore: decorator
@inline
function clamp<T>(x: v128, bound: f64): v128 {
  return v128.max<T>(v128.min<T>(x, splat<T>(bound)), splat<T>(-bound));
}

/** 1 - 2/(e^2x + 1) in single precision; in double precision `tanh2`. */
// @ts-ignore: decorator
@inline
export function tanh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return tanh2(x);
  const e = exp<T>(v128.mul<T>(clamp<T>(x, 20), splat<T>(2)));
  return v128.sub<T>(splat<T>(1), v128.div<T>(splat<T>(2), v128.add<T>(e, splat<T>(1))));
}

/** Twice each; a load costs less than a constant, which the compiler of the machine makes anew in every round of a loop. */
const twice = memory.data<f64>([
  20, 20, -20, -20, 2.8853900817779268, 2.8853900817779268, 6755399441055744, 6755399441055744, 0.34657359027997264, 0.34657359027997264, 945, 945, 105, 105,
  420, 420, 15, 15,
]);

/**
 * x = k ln2/2 + y, and tanh y = u/q by its continued fraction to y^2/9, which leaves 3e-15 of it at most; e^2y is (q + u)/(q - u) then, so that one
 * division does all. Good to 4e-16, near 0 in relation to itself; 1 beyond 20.
 */
// @ts-ignore: decorator
@inline
function tanh2(x: v128): v128 {
  const rounder = v128.load(twice, 48);
  const c = f64x2.pmax(v128.load(twice, 16), f64x2.pmin(v128.load(twice), x));
  const t = f64x2.add(f64x2.mul(c, v128.load(twice, 32)), rounder);
  const y = f64x2.sub(c, f64x2.mul(f64x2.sub(t, rounder), v128.load(twice, 64)));
  const z = f64x2.mul(y, y);
  const u = f64x2.mul(y, f64x2.add(v128.load(twice, 80), f64x2.mul(z, f64x2.add(v128.load(twice, 96), z))));
  const q = f64x2.add(v128.load(twice, 80), f64x2.mul(z, f64x2.add(v128.load(twice, 112), f64x2.mul(z, v128.load(twice, 128)))));
  // The last bits of t are k: they go into the exponent.
  const a = i64x2.add(f64x2.add(q, u), i64x2.shl(t, 52));
  const b = f64x2.sub(q, u);
  return f64x2.div(f64x2.sub(a, b), f64x2.add(a, b));
}

// @ts-ignore: decorator
@inline
export function valueOf<T>(kind: i32, z: v128): v128 {
  if (kind == 1) return tanh<T>(z);
  if (kind == 2) return v128.div<T>(splat<T>(1), v128.add<T>(splat<T>(1), exp<T>(clamp<T>(v128.neg<T>(z), 40))));
  if (kind == 3) return v128.bitselect(z, v128.sub<T>(exp<T>(clamp<T>(v128.min<T>(z, splat<T>(0)), 40)), splat<T>(1)), v128.gt<T>(z, splat<T>(0)));
  if (kind == 4) return v128.max<T>(z, splat<T>(0));
  return z;
}

// @ts-ignore: decorator
@inline
export function slopeOf<T>(kind: i32, a: v128): v128 {
  if (kind == 1) return v128.sub<T>(splat<T>(1), v128.mul<T>(a, a));
  if (kind == 2) return v128.mul<T>(a, v128.sub<T>(splat<T>(1), a));
  if (kind == 3) return v128.min<T>(v128.add<T>(a, splat<T>(1)), splat<T>(1));
  if (kind == 4) return v128.and(splat<T>(1), v128.gt<T>(a, splat<T>(0)));
  return splat<T>(1);
}

// @ts-ignore: decorator
@inline
export function curvatureOf<T>(kind: i32, a: v128, s: v128): v128 {
  if (kind == 1) return v128.mul<T>(v128.mul<T>(splat<T>(-2), a), s);
  if (kind == 2) return v128.mul<T>(s, v128.sub<T>(splat<T>(1), v128.add<T>(a, a)));
  if (kind == 3) return v128.and(s, v128.lt<T>(a, splat<T>(0)));
  return splat<T>(0);
}
