/**
 * The pair potentials as evaluators: pure functions of a distance, its inverse square and the parameters of the pair, over vectors of
 * either precision. Slopes are -(dE/dr)/r as in engine/forces. `inverse` is 0 for pairs that do not interact, and slopes that then are 0
 * `vanish` and need no mask; `r` is there for slopes that are `rooted`, and with energies. `a` ... `d` are the parameters of the pair (a row's vectors, or splats of the only type's); slopes that read c
 * or d are `wide`. Constants of the whole potential are `prepare`d in memory, from where they load as fast as from a register, of which
 * there are few. The loop that calls them (pairs.ts) is written once.
 */
import { ewaldCells, ewaldCoefficients, ewaldLinesAt, tableWidth } from './layout';

/** Vectors for constants: eight of the pair potential, then those of the Coulomb function. */
export const constantVectors: usize = 12 + ewaldCoefficients;

/** Where the parameters of a pair come from: one set for all, rows by the type of i and the particle j, or there is no pair potential. */
// @ts-ignore: decorator
@unmanaged
export class Uniform {
  // @ts-ignore: decorator
  @inline rows(): bool { return false; }
  // @ts-ignore: decorator
  @inline none(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class Rows {
  // @ts-ignore: decorator
  @inline rows(): bool { return true; }
  // @ts-ignore: decorator
  @inline none(): bool { return false; }
}
// @ts-ignore: decorator
@unmanaged
export class Nothing {
  // @ts-ignore: decorator
  @inline rows(): bool { return false; }
  // @ts-ignore: decorator
  @inline none(): bool { return true; }
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
  @inline rooted(): bool { return false; }
  // @ts-ignore: decorator
  @inline wide(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
}

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
  @inline rooted(): bool { return true; }
  // @ts-ignore: decorator
  @inline wide(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, k0: f64, k1: f64): void { }
  // @ts-ignore: decorator
  @inline slope(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.add(v.mul(v.sub(r, b), c), v.splat(1));
    const m = v.max(v.splat(0), v.min(v.floor(u), d));
    const t = v.sub(u, m);
    const cell = v.add(a, m);
    const c1 = coefficient<V>(table, cell, 1);
    const c2 = coefficient<V>(table, cell, 2);
    const c3 = coefficient<V>(table, cell, 3);
    const rise = v.add(c1, v.mul(t, v.add(v.add(c2, c2), v.mul(v.mul(t, v.splat(3)), c3))));
    return v.mul(v.mul(v.sub(v.splat(0), rise), c), v.mul(r, inverse));
  }
  // @ts-ignore: decorator
  @inline energy(r: v128, inverse: v128, a: v128, b: v128, c: v128, d: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.add(v.mul(v.sub(r, b), c), v.splat(1));
    const m = v.max(v.splat(0), v.min(v.floor(u), d));
    const t = v.sub(u, m);
    const cell = v.add(a, m);
    const c1 = coefficient<V>(table, cell, 1);
    const c2 = coefficient<V>(table, cell, 2);
    const c3 = coefficient<V>(table, cell, 3);
    return v.add(coefficient<V>(table, cell, 0), v.mul(t, v.add(c1, v.mul(t, v.add(c2, v.mul(t, c3))))));
  }
}

/** 2^23 - 1/2 */
const wholeMaker: f64 = 8388607.5;
/** Place of the constants of the lines among those of a potential. */
const ewaldLineAt: usize = 144 + 16 * ewaldCoefficients;
/** Bits of the number 2^23 as they are when cells of eight bytes are counted, and where the first line is in the table. */
const firstLine: u32 = ewaldLinesAt * 4 - (0x4b000000 << 3);

/** Address of the line whose number is in the last bits of a float. */
// @ts-ignore: decorator
@inline
function line(table: usize, bits: u32): usize {
  return table + firstLine + (bits << 3);
}

// @ts-ignore: decorator
@unmanaged
export class NoCoulomb<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return false; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, c0: f64, c1: f64, table: usize): void { }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    return i32x4.splat(0);
  }
}

/** qq (1/r + c0 r^2 - c1); plain Coulomb with both zero. */
// @ts-ignore: decorator
@unmanaged
export class ReactionField<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return false; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, c0: f64, c1: f64, table: usize): void {
    const v = changetype<V>(0);
    v.set(constants + 128, -2 * c0);
    v.set(constants + 144, c0);
    v.set(constants + 160, c1);
  }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    return v.mul(qq, v.madd(r, v.mul(inverse, inverse), load<v128>(constants, 128)));
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    return v.mul(qq, v.sub(v.add(v.mul(r, inverse), v.mul(load<v128>(constants, 144), v.mul(r, r))), load<v128>(constants, 160)));
  }
}

/** qq h(r)/r, h = erfc(alpha r) as cubics over `c1` + 1 intervals of 1/c0, so that the force is the exact derivative of the energy. */
// @ts-ignore: decorator
@unmanaged
export class EwaldReal<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, c0: f64, c1: f64, table: usize): void {
    const v = changetype<V>(0);
    v.set(constants + 128, c0);
    v.set(constants + 144, c1);
  }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.mul(r, load<v128>(constants, 128));
    const m = v.max(v.splat(0), v.min(v.floor(u), load<v128>(constants, 144)));
    const t = v.sub(u, m);
    const h1 = coefficient<V>(table, m, 1);
    const h2 = coefficient<V>(table, m, 2);
    const h3 = coefficient<V>(table, m, 3);
    const h = v.add(coefficient<V>(table, m, 0), v.mul(t, v.add(h1, v.mul(t, v.add(h2, v.mul(t, h3))))));
    const rise = v.mul(v.add(h1, v.mul(t, v.add(v.add(h2, h2), v.mul(v.mul(t, v.splat(3)), h3)))), load<v128>(constants, 128));
    return v.mul(v.mul(qq, inverse), v.sub(v.mul(h, v.mul(r, inverse)), rise));
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const u = v.mul(r, load<v128>(constants, 128));
    const m = v.max(v.splat(0), v.min(v.floor(u), load<v128>(constants, 144)));
    const t = v.sub(u, m);
    const h1 = coefficient<V>(table, m, 1);
    const h2 = coefficient<V>(table, m, 2);
    const h3 = coefficient<V>(table, m, 3);
    const h = v.add(coefficient<V>(table, m, 0), v.mul(t, v.add(h1, v.mul(t, v.add(h2, v.mul(t, h3))))));
    return v.mul(v.mul(qq, h), v.mul(r, inverse));
  }
}

/**
 * qq (1/r - P(t)), t = c0 r^2 - 1, where P is a polynomial for erf(alpha r)/r up to the cut-off. Its slope is qq (1/r^2 - G(r))/r, where
 * G = -dP/dr comes from a table of ewaldCells straight lines over equal parts of the cut-off, c1 a unit of length: of all that was tried
 * (two polynomials among it) this takes the fewest instructions for four lanes. The coefficients and the lines are in the Coulomb table.
 */
// @ts-ignore: decorator
@unmanaged
export class EwaldPolynomial<V> {
  // @ts-ignore: decorator
  @inline charged(): bool { return true; }
  // @ts-ignore: decorator
  @inline vanishes(): bool { return true; }
  // @ts-ignore: decorator
  @inline prepare(constants: usize, c0: f64, c1: f64, table: usize): void {
    const v = changetype<V>(0);
    v.set(constants + 128, c0);
    for (let k: usize = 0; k < <usize>ewaldCoefficients; k++) v.set(constants + 144 + 16 * k, v.real(table + k * (v.stride() >> 2)));
    v.set(constants + ewaldLineAt, c1);
    v.set(constants + ewaldLineAt + 16, <f64>ewaldCells + 0.25);
    v.set(constants + ewaldLineAt + 32, wholeMaker);
  }
  // @ts-ignore: decorator
  @inline slope(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    // u + 2^23 - 1/2 has no room for a fraction: its last bits are the number of the line.
    const u = f32x4.pmin(f32x4.mul(r, load<v128>(constants, ewaldLineAt)), load<v128>(constants, ewaldLineAt + 16));
    const maker = load<v128>(constants, ewaldLineAt + 32);
    const whole = f32x4.add(u, maker);
    const t = f32x4.sub(u, f32x4.sub(whole, maker));
    const first = i64x2.extract_lane(whole, 0);
    const second = i64x2.extract_lane(whole, 1);
    const p = v128.load64_lane(line(table, <u32>(first >> 32)), v128.load64_zero(line(table, <u32>first)), 1);
    const q = v128.load64_lane(line(table, <u32>(second >> 32)), v128.load64_zero(line(table, <u32>second)), 1);
    const g = f32x4.add(i32x4.shuffle(p, q, 0, 2, 4, 6), f32x4.mul(t, i32x4.shuffle(p, q, 1, 3, 5, 7)));
    return f32x4.mul(f32x4.mul(qq, f32x4.mul(r, inverse)), f32x4.sub(inverse, g));
  }
  // @ts-ignore: decorator
  @inline energy(qq: v128, r: v128, inverse: v128, constants: usize, table: usize): v128 {
    const v = changetype<V>(0);
    const t = v.sub(v.mul(v.mul(r, r), load<v128>(constants, 128)), v.splat(1));
    const t2 = v.mul(t, t);
    let even = load<v128>(constants, 368);
    even = v.madd(even, t2, load<v128>(constants, 336));
    even = v.madd(even, t2, load<v128>(constants, 304));
    even = v.madd(even, t2, load<v128>(constants, 272));
    even = v.madd(even, t2, load<v128>(constants, 240));
    even = v.madd(even, t2, load<v128>(constants, 208));
    even = v.madd(even, t2, load<v128>(constants, 176));
    even = v.madd(even, t2, load<v128>(constants, 144));
    let odd = load<v128>(constants, 352);
    odd = v.madd(odd, t2, load<v128>(constants, 320));
    odd = v.madd(odd, t2, load<v128>(constants, 288));
    odd = v.madd(odd, t2, load<v128>(constants, 256));
    odd = v.madd(odd, t2, load<v128>(constants, 224));
    odd = v.madd(odd, t2, load<v128>(constants, 192));
    odd = v.madd(odd, t2, load<v128>(constants, 160));
    return v.mul(qq, v.sub(v.mul(r, inverse), v.madd(odd, t, even)));
  }
}
