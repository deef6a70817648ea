/** Tabulated pair potential: cubic Hermite interpolation of energy and slope on a uniform grid of distances. */
import { InputError } from '../errors.ts';
import type { PairPotential, Table } from './description.ts';
import type { PairTerm } from './terms.ts';

/**
 * E(r) between two nodes is the cubic with the nodes' values and derivatives, so that the force is its exact derivative and both are
 * continuous. Nearer than the first node the energy goes on as a straight line; beyond the last it is that of the last.
 */
export const tabulatedPair: PairTerm = {
  name: 'tabulated-pair',
  summary: 'Pair potential given by a table: cubic Hermite interpolation of values and derivatives on a uniform grid.',
  status: 'validated',
  schema: {},
  parameters: [{ name: 'table', dimension: 'dimensionless', description: 'index of the table' }],
  evaluate() {
    throw new InputError('', 'a pair potential of the term "tabulated-pair" must be compiled with its tables');
  },
  compile(potential: PairPotential) {
    const tables = potential.tables ?? [];
    for (const index of potential.parameters) {
      if (!(index in tables))
        throw new InputError(
          '',
          `"tabulated-pair" refers to table ${index}, but there are ${tables.length}; tables count from 0`,
        );
    }
    const pieces = tables.map(polynomials);
    return (r2, p, o, out) => {
      const { start, inverse, last, coefficients } = pieces[p[o]];
      const r = Math.sqrt(r2);
      const u = (r - start) * inverse;
      if (u >= last) {
        out[0] = coefficients[4 * last];
        out[1] = 0;
        return;
      }
      if (u <= 0) {
        out[0] = coefficients[0] + coefficients[1] * u;
        out[1] = (-coefficients[1] * inverse) / r;
        return;
      }
      const m = Math.floor(u);
      const t = u - m;
      const c1 = coefficients[4 * m + 1];
      const c2 = coefficients[4 * m + 2];
      const c3 = coefficients[4 * m + 3];
      out[0] = coefficients[4 * m] + t * (c1 + t * (c2 + t * c3));
      out[1] = (-(c1 + t * (2 * c2 + 3 * t * c3)) * inverse) / r;
    };
  },
};

/** The cubics of a table, four coefficients an interval in powers of (r - node) / spacing, and the last value. */
function polynomials({ start, spacing, values, derivatives }: Table) {
  const last = values.length - 1;
  const coefficients = new Float64Array(4 * last + 1);
  for (let m = 0; m < last; m++) {
    const rise = values[m + 1] - values[m];
    const d0 = spacing * derivatives[m];
    const d1 = spacing * derivatives[m + 1];
    coefficients.set([values[m], d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise], 4 * m);
  }
  coefficients[4 * last] = values[last];
  return { start, inverse: 1 / spacing, last, coefficients };
}
