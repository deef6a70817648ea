/** Lennard-Jones in its forms. */

/**
 * a = 48 epsilon sigma^12 and b = -24 epsilon sigma^6: -(dE/dr)/r = (a/r^6 + b)/r^8 and E = (a/r^6 + 2 b)/(12 r^6) - c; c is the energy at
 * the cut-off or 0.
 */
// @ts-ignore: decorator
@unmanaged
export class LennardJones<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return false; }
  // @ts-ignore: decorator
  @inline wide(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const i4 = v.mul(inverse, inverse);
    return v.mul(v.mul(i4, i4), v.madd(a, v.mul(i4, inverse), b));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const i6 = v.mul(v.mul(inverse, inverse), inverse);
    return v.sub(v.mul(v.mul(i6, v.splat(1.0 / 12.0)), v.madd(a, i6, v.add(b, b))), c);
  }
}

/** With c = E(rc) and d = E'(rc): E - c - (r - rc) d; k0 = rc. */
// @ts-ignore: decorator
@unmanaged
export class LennardJonesForceShift<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return true; }
  // @ts-ignore: decorator
  @inline wide(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { changetype<V>(0).set(constants, k0); }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    return v.add(changetype<LennardJones<V>>(0).slope(r, inverse, a, b, c, d, constants, table), v.mul(d, v.mul(r, inverse)));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const energy = changetype<LennardJones<V>>(0).energy(r, inverse, a, b, c, d, constants, table);
    return v.sub(energy, v.mul(v.sub(r, load<v128>(constants)), d));
  }
}

/** E S(x), x = (r - k0) k1, S = 1 - 10 x^3 + 15 x^4 - 6 x^5, S' = -30 x^2 (1 - x)^2. */
// @ts-ignore: decorator
@unmanaged
export class LennardJonesSwitch<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return true; }
  // @ts-ignore: decorator
  @inline wide(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void {
    const v = changetype<V>(0);
    v.set(constants, -k0 * k1);
    v.set(constants + 16, k1);
    v.set(constants + 32, 6);
    v.set(constants + 48, 15);
    v.set(constants + 64, 10);
    v.set(constants + 80, 1);
    v.set(constants + 96, 2.5 * k1);
  }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const x = v.max(i32x4.splat(0), v.madd(r, load<v128>(constants, 16), load<v128>(constants)));
    const x2 = v.mul(x, x);
    const fall = v.sub(x, x2);
    const p = v.madd(load<v128>(constants, 32), x2, v.nmadd(load<v128>(constants, 48), x, load<v128>(constants, 64)));
    const s = v.nmadd(v.mul(x2, x), p, load<v128>(constants, 80));
    const i4 = v.mul(inverse, inverse);
    const force = v.madd(a, v.mul(i4, inverse), b);
    const tail = v.mul(v.mul(r, load<v128>(constants, 96)), v.mul(fall, fall));
    return v.mul(v.mul(i4, i4), v.madd(force, s, v.mul(v.add(force, b), tail)));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const x = v.max(i32x4.splat(0), v.madd(r, load<v128>(constants, 16), load<v128>(constants)));
    const x2 = v.mul(x, x);
    const p = v.madd(load<v128>(constants, 32), x2, v.nmadd(load<v128>(constants, 48), x, load<v128>(constants, 64)));
    const s = v.nmadd(v.mul(x2, x), p, load<v128>(constants, 80));
    return v.mul(changetype<LennardJones<V>>(0).energy(r, inverse, a, b, c, d, constants, table), s);
  }
}

/** Beyond k0 the force is that of Lennard-Jones + c x^2 + d x^3, x = r - k0, up to k0 + 1/k1; the energy is its integral. */
// @ts-ignore: decorator
@unmanaged
export class LennardJonesForceSwitch<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return true; }
  // @ts-ignore: decorator
  @inline wide(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void {
    const v = changetype<V>(0);
    const cutoff = k0 + 1 / k1;
    v.set(constants, k0);
    v.set(constants + 16, 1 / k1);
    v.set(constants + 32, 1 / (cutoff * cutoff * cutoff * cutoff * cutoff * cutoff));
  }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const x = v.max(i32x4.splat(0), v.sub(r, load<v128>(constants)));
    const change = v.mul(v.mul(x, x), v.madd(d, x, c));
    return v.madd(change, v.mul(r, inverse), changetype<LennardJones<V>>(0).slope(r, inverse, a, b, c, d, constants, table));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const third = v.mul(c, v.splat(1.0 / 3.0));
    const fourth = v.mul(d, v.splat(0.25));
    const x = v.max(i32x4.splat(0), v.sub(r, load<v128>(constants)));
    const range = load<v128>(constants, 16);
    const i6 = load<v128>(constants, 32);
    const atEnd = v.mul(v.mul(i6, v.splat(1.0 / 12.0)), v.madd(a, i6, v.add(b, b)));
    const change = v.mul(v.mul(v.mul(x, x), x), v.madd(fourth, x, third));
    const whole = v.mul(v.mul(v.mul(range, range), range), v.madd(fourth, range, third));
    const energy = changetype<LennardJones<V>>(0).energy(r, inverse, a, b, i32x4.splat(0), d, constants, table);
    return v.sub(energy, v.add(atEnd, v.sub(change, whole)));
  }
}

/** Lennard-Jones as far as it repels, raised by epsilon = -c. */
// @ts-ignore: decorator
@unmanaged
export class Wca<V> {
  // @ts-ignore: decorator
  @inline rooted(): bool { return false; }
  // @ts-ignore: decorator
  @inline wide(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const i4 = v.mul(inverse, inverse);
    return v.mul(v.mul(i4, i4), v.max(i32x4.splat(0), v.madd(a, v.mul(i4, inverse), b)));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const energy = changetype<LennardJones<V>>(0).energy(r, inverse, a, b, c, d, constants, table);
    const i6 = v.mul(v.mul(inverse, inverse), inverse);
    return v128.and(v.gt(v.madd(a, i6, b), i32x4.splat(0)), energy);
  }
}
