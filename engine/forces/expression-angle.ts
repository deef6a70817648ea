/** An angle whose energy is given as an expression of theta. */
import { compileBondedExpression, expressionSchema, uncompiled } from './expression.ts';
import type { BondedTerm } from './terms.ts';

const name = 'expression-angle';

export const expressionAngle: BondedTerm = {
  name,
  summary:
    'An angle whose energy is a mathjs expression of the angle theta (rad) and named parameters, differentiated symbolically.',
  status: 'validated',
  schema: expressionSchema,
  coordinate: 'angle',
  parameters: [],
  evaluate: () => uncompiled(name),
  compile: (force) => compileBondedExpression('angle', force.expression, name),
};
