/** A torsion whose energy is given as an expression of phi. */
import { compileBondedExpression, expressionSchema, uncompiled } from './expression.ts';
import type { BondedTerm } from './terms.ts';

const name = 'expression-torsion';

export const expressionTorsion: BondedTerm = {
  name,
  summary:
    'A torsion whose energy is a mathjs expression of the dihedral angle phi (rad, trans = pi) and named parameters, differentiated symbolically.',
  status: 'validated',
  schema: expressionSchema,
  coordinate: 'dihedral',
  parameters: [],
  evaluate: () => uncompiled(name),
  compile: (force) => compileBondedExpression('dihedral', force.expression, name),
};
