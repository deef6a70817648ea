/** Coulomb functions: qq is the product of the charges times Coulomb's constant. */
import { ewaldCells, ewaldCoefficients, ewaldLinesAt } from '../layout';
import { coefficient } from './table';

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
