/** Piecewise cubic functions on a uniform grid, given by value and derivative at the nodes; and bonded terms made of them. */
import { type BondedForce, type BondedTerm, InputError, type Table } from '../../engine/index.ts';

/** Writes value and derivative at x to out[0], out[1]. Beyond the ends the function goes on as a straight line. */
export function evaluateTable(table: Table, x: number, out: Float64Array): void {
  const { start, spacing, values, derivatives } = table;
  const last = values.length - 1;
  const u = (x - start) / spacing;
  if (u <= 0 || u >= last) {
    const end = u <= 0 ? 0 : last;
    out[0] = values[end] + derivatives[end] * (x - start - end * spacing);
    out[1] = derivatives[end];
    return;
  }
  const m = Math.floor(u);
  const t = u - m;
  const rise = values[m + 1] - values[m];
  const d0 = spacing * derivatives[m];
  const d1 = spacing * derivatives[m + 1];
  const c2 = 3 * rise - 2 * d0 - d1;
  const c3 = d0 + d1 - 2 * rise;
  out[0] = values[m] + t * (d0 + t * (c2 + t * c3));
  out[1] = (d0 + t * (2 * c2 + 3 * t * c3)) / spacing;
}

function tabulated(name: string, coordinate: 'distance' | 'angle' | 'dihedral', of: string): BondedTerm {
  return {
    name,
    summary: `Tabulated function of the ${of}: cubic Hermite between the nodes, a straight line beyond the first and the last.`,
    status: 'validated',
    schema: {},
    coordinate,
    parameters: [{ name: 'table', dimension: 'dimensionless', description: 'index of the table' }],
    evaluate() {
      throw new InputError('', `a force of the term "${name}" must be compiled with its tables`);
    },
    compile(force: BondedForce) {
      const tables = force.tables ?? [];
      for (const index of force.parameters)
        if (!(index in tables))
          throw new InputError('', `"${name}" refers to table ${index}, but the force has ${tables.length}; tables count from 0`);
      return (x, p, o, out) => {
        evaluateTable(tables[p[o]], x, out);
        return true;
      };
    },
  };
}

/** Dihedral tables cover [-pi, pi] and have equal ends. */
export const tabulatedTerms: readonly BondedTerm[] = [
  tabulated('tabulated-bond', 'distance', 'distance of two particles'),
  tabulated('tabulated-angle', 'angle', 'angle between three particles'),
  tabulated('tabulated-dihedral', 'dihedral', 'dihedral angle of four particles, from -pi to pi'),
];
