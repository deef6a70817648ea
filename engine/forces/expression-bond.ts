/** A bond whose energy is given as an expression of r. */
import { compileBondedExpression, expressionSchema, uncompiled } from './expression.ts';
import type { BondedTerm } from './terms.ts';

const name = 'expression-bond';

export const expressionBond: BondedTerm = {
  name,
  summary: 'A bond whose energy is a mathjs expression of the distance r and named parameters, differentiated symbolically.',
  status: 'validated',
  schema: expressionSchema,
  coordinate: 'distance',
  parameters: [],
  evaluate: () => uncompiled(name),
  compile: (force) => compileBondedExpression('distance', force.expression, name),
};
