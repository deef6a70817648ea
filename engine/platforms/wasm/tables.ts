/** Functions as the kernels read them: tables with the four coefficients of a cubic a cell, in the fraction of the cell, or a polynomial. */
import type { Table } from '../../forces/description.ts';
import { cos } from '../../math/functions.ts';

/**
 * Cells of a Hermite table: first the straight line before the first node, then the intervals, last what is beyond the last node.
 * @param beyond `flat`: the energy of the last node; `line`: the straight line through it
 */
export function tableCells(table: Table, beyond: 'flat' | 'line'): Float64Array {
  const { spacing, values, derivatives } = table;
  const last = values.length - 1;
  const cells = new Float64Array(4 * (last + 2));
  const first = spacing * derivatives[0];
  cells.set([values[0] - first, first, 0, 0], 0);
  for (let m = 0; m < last; m++) {
    const rise = values[m + 1] - values[m];
    const d0 = spacing * derivatives[m];
    const d1 = spacing * derivatives[m + 1];
    cells.set([values[m], d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise], 4 * (m + 1));
  }
  cells.set([values[last], beyond === 'line' ? spacing * derivatives[last] : 0, 0, 0], 4 * (last + 1));
  return cells;
}

/** Cells of a smooth function on `intervals` equal parts of [0, end], without the cells beyond. */
export function functionCells(
  value: (x: number) => number,
  derivative: (x: number) => number,
  end: number,
  intervals: number,
): Float64Array {
  const spacing = end / intervals;
  const nodes = Array.from({ length: intervals + 1 }, (_, k) => k * spacing);
  const table: Table = {
    start: 0,
    spacing,
    values: Float64Array.from(nodes, value),
    derivatives: Float64Array.from(nodes, derivative),
  };
  return tableCells(table, 'flat').subarray(4, 4 * (intervals + 1));
}

/** Coefficients, in powers of t, of the polynomial that agrees with a function of t on the `count` Chebyshev nodes of [-1, 1]. */
export function chebyshevInterpolation(value: (t: number) => number, count: number): Float64Array {
  const angles = Array.from({ length: count }, (_, k) => (Math.PI * (k + 0.5)) / count);
  const values = angles.map((angle) => value(cos(angle)));
  const powers = new Float64Array(count);
  // T_m in powers of t, by T_m = 2 t T_(m - 1) - T_(m - 2).
  let last = new Float64Array(count);
  let current = new Float64Array(count);
  current[0] = 1;
  for (let m = 0; m < count; m++) {
    const weight = (m === 0 ? 1 : 2) / count;
    const amount = weight * values.reduce((sum, f, k) => sum + f * cos(m * angles[k]), 0);
    for (let k = 0; k < count; k++) powers[k] += amount * current[k];
    const next = current.map((_, k) => (m === 0 ? 1 : 2) * (k > 0 ? current[k - 1] : 0) - last[k]);
    last = current;
    current = next;
  }
  return powers;
}
