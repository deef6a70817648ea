/** Tabulated pair potential: cubic Hermite interpolation of energy and slope on a uniform grid of distances. */
import { InputError } from '../errors.ts';
import type { PairPotential } from './description.ts';
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
    return (r2, p, o, out) => {
      const { start, spacing, values, derivatives } = tables[p[o]];
      const r = Math.sqrt(r2);
      const last = values.length - 1;
      const u = (r - start) / spacing;
      if (u <= 0) {
        out[0] = values[0] + derivatives[0] * (r - start);
        out[1] = -derivatives[0] / r;
        return;
      }
      if (u >= last) {
        out[0] = values[last];
        out[1] = 0;
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
      out[1] = -(d0 + t * (2 * c2 + 3 * t * c3)) / (spacing * r);
    };
  },
};
