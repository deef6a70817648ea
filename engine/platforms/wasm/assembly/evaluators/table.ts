/** Tabulated pair potentials. */
import { tableWidth } from '../layout';

/** Address of the cell of each lane: `first` + cell index, in coefficients of tableWidth numbers. */
// @ts-ignore: decorator
@inline
function cellAddress(table: usize, index: f64, bytes: usize): usize {
  return table + <usize>(<i32>index) * (<usize>tableWidth * bytes);
}

/** Coefficient `k` of the cells of all lanes, where `cell` holds whole numbers. */
// @ts-ignore: decorator
@inline
export function coefficient<V>(table: usize, cell: v128, k: usize): v128 {
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
