/**
 * The pair potentials as evaluators: pure functions of a squared distance and its parameters, over vectors of either precision. Slopes are -(dE/dr)/r as in engine/forces. `a` ... `d` are the parameters of the pair (a row's vectors, or splats
 * of the only type's); k0 and k1 constants of the whole potential. The loop that calls them (pairs.ts) is written once.
 */
import { tableWidth } from './layout';

/** Where the parameters of a pair come from: one set for all, or rows by the type of i and the particle j. */
// @ts-ignore: decorator
@unmanaged
export class Uniform {
  // @ts-ignore: decorator
  @inline rows(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class Rows {
  // @ts-ignore: decorator
  @inline rows(): bool { return true; }
}

/** Whether a pass over the pairs sums energy and virial. */
// @ts-ignore: decorator
@unmanaged
export class ForcesOnly {
  // @ts-ignore: decorator
  @inline on(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class WithEnergy {
  // @ts-ignore: decorator
  @inline on(): bool { return true; }
}

/** No pair potential: charges alone. */
// @ts-ignore: decorator
@unmanaged
export class NoPair<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 { return i32x4.splat(0); }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 { return i32x4.splat(0); }
}

/**
 * With u = a/r^2, a = 2^(1/3) sigma^2, so that u^3 = 2 (sigma/r)^6, and b = 12 epsilon/a: E = epsilon u^3 (u^3 - 2) - c and
 * -(dE/dr)/r = b u^4 (u^3 - 1); c is the energy at the cut-off or 0. Two constants leave the loop a register more.
 */
// @ts-ignore: decorator
@unmanaged
export class LennardJones<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.div(a, r2);
    const u3 = v.mul(v.mul(u, u), u);
    const u4 = v.mul(u3, u);
    return v.mul(b, v.sub(v.mul(u4, u3), u4));
  }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.div(a, r2);
    const u3 = v.mul(v.mul(u, u), u);
    return v.sub(v.mul(v.mul(v.mul(a, b), v.splat(1.0 / 12.0)), v.mul(u3, v.sub(u3, v.splat(2)))), c);
  }
}

/** With c = E(rc) and d = E'(rc): E - c - (r - rc) d; k0 = rc. */
// @ts-ignore: decorator
@unmanaged
export class LennardJonesForceShift<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    return v.add(changetype<LennardJones<V>>(0).slope(r2, a, b, c, d, k0, k1, table), v.mul(d, v.sqrt(v.div(v.splat(1), r2))));
  }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const r = v.mul(r2, v.sqrt(v.div(v.splat(1), r2)));
    return v.sub(changetype<LennardJones<V>>(0).energy(r2, a, b, c, d, k0, k1, table), v.mul(v.sub(r, k0), d));
  }
}

/** E S(x), x = (r - k0) k1, S = 1 - 10 x^3 + 15 x^4 - 6 x^5, S' = -30 x^2 (1 - x)^2. */
// @ts-ignore: decorator
@unmanaged
export class LennardJonesSwitch<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const one = v.splat(1);
    const inverse = v.div(one, r2);
    const root = v.sqrt(inverse);
    const x = v.max(v.splat(0), v.min(one, v.mul(v.sub(v.mul(r2, root), k0), k1)));
    const x2 = v.mul(x, x);
    const s = v.add(one, v.mul(v.mul(x2, x), v.add(v.splat(-10), v.mul(x, v.sub(v.splat(15), v.mul(v.splat(6), x))))));
    const fall = v.sub(x, x2);
    const u = v.mul(a, inverse);
    const u3 = v.mul(v.mul(u, u), u);
    const bu3 = v.mul(b, u3);
    // 30 E k1/(r b u^3) = 30 a k1 (u^3 - 2)/(12 r)
    const tail = v.mul(v.mul(v.mul(a, k1), root), v.mul(v.splat(2.5), v.sub(u3, v.splat(2))));
    return v.mul(bu3, v.add(v.mul(v.mul(u, v.sub(u3, one)), s), v.mul(v.mul(fall, fall), tail)));
  }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const x = v.max(v.splat(0), v.min(v.splat(1), v.mul(v.sub(v.mul(r2, v.sqrt(v.div(v.splat(1), r2))), k0), k1)));
    const x2 = v.mul(x, x);
    const s = v.add(v.splat(1), v.mul(v.mul(x2, x), v.add(v.splat(-10), v.mul(x, v.sub(v.splat(15), v.mul(v.splat(6), x))))));
    return v.mul(changetype<LennardJones<V>>(0).energy(r2, a, b, c, d, k0, k1, table), s);
  }
}

/** Lennard-Jones as far as it repels, u^3 > 1, raised by epsilon: E = epsilon (u^3 - 1)^2. */
// @ts-ignore: decorator
@unmanaged
export class Wca<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.div(a, r2);
    const u3 = v.mul(v.mul(u, u), u);
    const u4 = v.mul(u3, u);
    return v.mul(b, v.max(v.splat(0), v.sub(v.mul(u4, u3), u4)));
  }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.div(a, r2);
    const above = v.max(v.splat(0), v.sub(v.mul(v.mul(u, u), u), v.splat(1)));
    return v.mul(v.mul(v.mul(a, b), v.splat(1.0 / 12.0)), v.mul(above, above));
  }
}

/** Address of the cell of each lane: `first` + cell index, in coefficients of tableWidth numbers. */
// @ts-ignore: decorator
@inline
function cellAddress(table: usize, index: f64, bytes: usize): usize {
  return table + <usize>(<i32>index) * (<usize>tableWidth * bytes);
}

/** Coefficient `k` of the cells of all lanes, where `cell` holds whole numbers. */
// @ts-ignore: decorator
@inline
function coefficient<V>(table: usize, cell: v128, k: usize): v128 {
  if (changetype<V>(0).isDouble()) {
    return f64x2(
      load<f64>(cellAddress(table, f64x2.extract_lane(cell, 0), 8) + 8 * k),
      load<f64>(cellAddress(table, f64x2.extract_lane(cell, 1), 8) + 8 * k),
    );
  }
  const index = i32x4.trunc_sat_f32x4_s(cell);
  return f32x4(
    load<f32>(table + <usize>i32x4.extract_lane(index, 0) * 16 + 4 * k),
    load<f32>(table + <usize>i32x4.extract_lane(index, 1) * 16 + 4 * k),
    load<f32>(table + <usize>i32x4.extract_lane(index, 2) * 16 + 4 * k),
    load<f32>(table + <usize>i32x4.extract_lane(index, 3) * 16 + 4 * k),
  );
}

/**
 * Tables of cubics: a the number of the table's first cell (that left of its first node), b the distance of the first node,
 * c intervals per length, d the number of its last cell (beyond the last node), counted from the first.
 */
// @ts-ignore: decorator
@unmanaged
export class Table<V> {
  // @ts-ignore: decorator
  @inline slope(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const root = v.sqrt(v.div(v.splat(1), r2));
    const u = v.add(v.mul(v.sub(v.mul(r2, root), b), c), v.splat(1));
    const m = v.max(v.splat(0), v.min(v.floor(u), d));
    const t = v.sub(u, m);
    const cell = v.add(a, m);
    const c1 = coefficient<V>(table, cell, 1);
    const c2 = coefficient<V>(table, cell, 2);
    const c3 = coefficient<V>(table, cell, 3);
    const rise = v.add(c1, v.mul(t, v.add(v.add(c2, c2), v.mul(v.mul(t, v.splat(3)), c3))));
    return v.mul(v.mul(v.sub(v.splat(0), rise), c), root);
  }
  // @ts-ignore: decorator
  @inline energy(r2: v128, a: v128, b: v128, c: v128, d: v128, k0: v128, k1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.add(v.mul(v.sub(v.mul(r2, v.sqrt(v.div(v.splat(1), r2))), b), c), v.splat(1));
    const m = v.max(v.splat(0), v.min(v.floor(u), d));
    const t = v.sub(u, m);
    const cell = v.add(a, m);
    const c1 = coefficient<V>(table, cell, 1);
    const c2 = coefficient<V>(table, cell, 2);
    const c3 = coefficient<V>(table, cell, 3);
    return v.add(coefficient<V>(table, cell, 0), v.mul(t, v.add(c1, v.mul(t, v.add(c2, v.mul(t, c3))))));
  }
}

// @ts-ignore: decorator
@unmanaged
export class NoCoulomb<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return false; }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 { return i32x4.splat(0); }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 { return i32x4.splat(0); }
}

/** qq (1/r + c0 r^2 - c1); plain Coulomb with both zero. */
// @ts-ignore: decorator
@unmanaged
export class ReactionField<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return true; }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const inverse = v.div(v.splat(1), r2);
    return v.mul(qq, v.sub(v.mul(v.sqrt(inverse), inverse), v.add(c0, c0)));
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    return v.mul(qq, v.sub(v.add(v.sqrt(v.div(v.splat(1), r2)), v.mul(c0, r2)), c1));
  }
}

/** qq h(r)/r, h = erfc(alpha r) as cubics over `c1` + 1 intervals of 1/c0, so that the force is the exact derivative of the energy. */
// @ts-ignore: decorator
@unmanaged
export class EwaldReal<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return true; }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const inverse = v.div(v.splat(1), r2);
    const root = v.sqrt(inverse);
    const u = v.mul(v.mul(r2, root), c0);
    const m = v.max(v.splat(0), v.min(v.floor(u), c1));
    const t = v.sub(u, m);
    const h1 = coefficient<V>(table, m, 1);
    const h2 = coefficient<V>(table, m, 2);
    const h3 = coefficient<V>(table, m, 3);
    const h = v.add(coefficient<V>(table, m, 0), v.mul(t, v.add(h1, v.mul(t, v.add(h2, v.mul(t, h3))))));
    const rise = v.mul(v.add(h1, v.mul(t, v.add(v.add(h2, h2), v.mul(v.mul(t, v.splat(3)), h3)))), c0);
    return v.mul(v.mul(qq, inverse), v.sub(v.mul(h, root), rise));
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r2: v128, c0: v128, c1: v128, table: usize): v128 {
    const v = changetype<V>(0);
    const root = v.sqrt(v.div(v.splat(1), r2));
    const u = v.mul(v.mul(r2, root), c0);
    const m = v.max(v.splat(0), v.min(v.floor(u), c1));
    const t = v.sub(u, m);
    const h1 = coefficient<V>(table, m, 1);
    const h2 = coefficient<V>(table, m, 2);
    const h3 = coefficient<V>(table, m, 3);
    const h = v.add(coefficient<V>(table, m, 0), v.mul(t, v.add(h1, v.mul(t, v.add(h2, v.mul(t, h3))))));
    return v.mul(v.mul(qq, h), root);
  }
}
