/** The particles of a list's segment (clusters.ts). */

/** Writes x, y and z of the four particles of a segment, shifted into the frame and image of its entries: three vectors of f32. */
// @ts-ignore: decorator
@inline
export function pinSegment(segment: usize, records: usize, to: usize): void {
  const own = records + <usize>load<u32>(segment);
  store<v128>(to, shifted(load<v128>(own), v128.load64_splat(segment, 24)));
  store<v128>(to, shifted(load<v128>(own, 16), v128.load64_splat(segment, 32)), 16);
  store<v128>(to, shifted(load<v128>(own, 32), v128.load64_splat(segment, 40)), 32);
}

// @ts-ignore: decorator
@inline
function shifted(x: v128, shift: v128): v128 {
  const low = f64x2.add(f64x2.promote_low_f32x4(x), shift);
  const high = f64x2.add(f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3)), shift);
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
