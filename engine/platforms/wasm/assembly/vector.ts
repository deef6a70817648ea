/** The two precisions of the pair kernels as vectors with the same methods: four f32 lanes, or two f64 lanes (half a cluster). */

/** Four lanes of f32. */
// @ts-ignore: decorator
@unmanaged
export class Single {
  // @ts-ignore: decorator
  @inline isDouble(): bool { return false; }
  // @ts-ignore: decorator
  @inline splat(x: f64): v128 { return f32x4.splat(<f32>x); }
  // @ts-ignore: decorator
  @inline add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
  // @ts-ignore: decorator
  @inline sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
  // @ts-ignore: decorator
  @inline mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
  // @ts-ignore: decorator
  @inline div(a: v128, b: v128): v128 { return f32x4.div(a, b); }
  // @ts-ignore: decorator
  @inline sqrt(a: v128): v128 { return f32x4.sqrt(a); }
  // @ts-ignore: decorator
  @inline max(a: v128, b: v128): v128 { return f32x4.pmax(a, b); }
  // @ts-ignore: decorator
  @inline min(a: v128, b: v128): v128 { return f32x4.pmin(a, b); }
  // @ts-ignore: decorator
  @inline le(a: v128, b: v128): v128 { return f32x4.le(a, b); }
  // @ts-ignore: decorator
  @inline gt(a: v128, b: v128): v128 { return f32x4.gt(a, b); }
  // @ts-ignore: decorator
  @inline floor(a: v128): v128 { return f32x4.floor(a); }
  /**
   * All lanes x, by way of memory: V8 would move the conversion and the broadcast of a constant into the loop that uses it, but a load
   * stays where it is.
   */
  // @ts-ignore: decorator
  @inline pinned(x: f64, at: usize): v128 {
    store<f32>(at, <f32>x);
    return v128.load_splat<f32>(at);
  }
  /** Writes x for `unpin`, which loads it to all lanes. */
  // @ts-ignore: decorator
  @inline pin(at: usize, x: f64): void { store<f32>(at, <f32>x); }
  // @ts-ignore: decorator
  @inline unpin(at: usize): v128 { return v128.load_splat<f32>(at); }
  // @ts-ignore: decorator
  @inline real(at: usize): f64 { return <f64>load<f32>(at); }
  /** Bytes of a number of all four particles of a cluster. */
  // @ts-ignore: decorator
  @inline stride(): usize { return 16; }
  /** Writes x to all lanes at an address. */
  // @ts-ignore: decorator
  @inline set(at: usize, x: f64): void { store<v128>(at, f32x4.splat(<f32>x)); }
  /** a b + c; one rounding in the relaxed build. */
  // @ts-ignore: decorator
  @inline madd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
    return f32x4.add(f32x4.mul(a, b), c);
  }
  /** c - a b */
  // @ts-ignore: decorator
  @inline nmadd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
    return f32x4.sub(c, f32x4.mul(a, b));
  }
  /** The sum of all lanes, in every lane. */
  // @ts-ignore: decorator
  @inline spread(a: v128): v128 {
    const b = f32x4.add(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
    return f32x4.add(b, i32x4.shuffle(b, b, 1, 0, 3, 2));
  }
  // @ts-ignore: decorator
  @inline sum(a: v128): f64 {
    const b = f32x4.add(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
    return <f64>(f32x4.extract_lane(b, 0) + f32x4.extract_lane(b, 1));
  }
  /** The second, third and fourth vector of a record of four particles. */
  // @ts-ignore: decorator
  @inline second(at: usize): v128 { return load<v128>(at, 16); }
  // @ts-ignore: decorator
  @inline third(at: usize): v128 { return load<v128>(at, 32); }
  // @ts-ignore: decorator
  @inline fourth(at: usize): v128 { return load<v128>(at, 48); }
  // @ts-ignore: decorator
  @inline storeSecond(at: usize, a: v128): void { store<v128>(at, a, 16); }
  // @ts-ignore: decorator
  @inline storeThird(at: usize, a: v128): void { store<v128>(at, a, 32); }
}

/** Two lanes of f64. */
// @ts-ignore: decorator
@unmanaged
export class Double {
  // @ts-ignore: decorator
  @inline isDouble(): bool { return true; }
  // @ts-ignore: decorator
  @inline splat(x: f64): v128 { return f64x2.splat(x); }
  // @ts-ignore: decorator
  @inline add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
  // @ts-ignore: decorator
  @inline sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
  // @ts-ignore: decorator
  @inline mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
  // @ts-ignore: decorator
  @inline div(a: v128, b: v128): v128 { return f64x2.div(a, b); }
  // @ts-ignore: decorator
  @inline sqrt(a: v128): v128 { return f64x2.sqrt(a); }
  // @ts-ignore: decorator
  @inline max(a: v128, b: v128): v128 { return f64x2.pmax(a, b); }
  // @ts-ignore: decorator
  @inline min(a: v128, b: v128): v128 { return f64x2.pmin(a, b); }
  // @ts-ignore: decorator
  @inline le(a: v128, b: v128): v128 { return f64x2.le(a, b); }
  // @ts-ignore: decorator
  @inline gt(a: v128, b: v128): v128 { return f64x2.gt(a, b); }
  // @ts-ignore: decorator
  @inline floor(a: v128): v128 { return f64x2.floor(a); }
  /**
   * All lanes x, by way of memory: V8 would move the conversion and the broadcast of a constant into the loop that uses it, but a load
   * stays where it is.
   */
  // @ts-ignore: decorator
  @inline pinned(x: f64, at: usize): v128 {
    store<f64>(at, x);
    return v128.load_splat<f64>(at);
  }
  // @ts-ignore: decorator
  @inline pin(at: usize, x: f64): void { store<f64>(at, x); }
  // @ts-ignore: decorator
  @inline unpin(at: usize): v128 { return v128.load_splat<f64>(at); }
  // @ts-ignore: decorator
  @inline real(at: usize): f64 { return load<f64>(at); }
  // @ts-ignore: decorator
  @inline stride(): usize { return 32; }
  // @ts-ignore: decorator
  @inline set(at: usize, x: f64): void { store<v128>(at, f64x2.splat(x)); }
  // @ts-ignore: decorator
  @inline madd(a: v128, b: v128, c: v128): v128 { return f64x2.add(f64x2.mul(a, b), c); }
  // @ts-ignore: decorator
  @inline nmadd(a: v128, b: v128, c: v128): v128 { return f64x2.sub(c, f64x2.mul(a, b)); }
  /** The sum of both lanes, in both. */
  // @ts-ignore: decorator
  @inline spread(a: v128): v128 { return f64x2.add(a, i64x2.shuffle(a, a, 1, 0)); }
  // @ts-ignore: decorator
  @inline sum(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }
  /** The second, third and fourth vector of a record of four particles. */
  // @ts-ignore: decorator
  @inline second(at: usize): v128 { return load<v128>(at, 32); }
  // @ts-ignore: decorator
  @inline third(at: usize): v128 { return load<v128>(at, 64); }
  // @ts-ignore: decorator
  @inline fourth(at: usize): v128 { return load<v128>(at, 96); }
  // @ts-ignore: decorator
  @inline storeSecond(at: usize, a: v128): void { store<v128>(at, a, 32); }
  // @ts-ignore: decorator
  @inline storeThird(at: usize, a: v128): void { store<v128>(at, a, 64); }
}
