/** A pair potential whose energy is given as an expression of r. */
import { compilePairExpression, expressionSchema, uncompiled } from './expression.ts';
import type { PairTerm } from './terms.ts';

const name = 'expression-pair';

export const expressionPair: PairTerm = {
  name,
  summary:
    'A pair potential whose energy is a mathjs expression of the distance r and named parameters, differentiated symbolically.',
  status: 'validated',
  schema: expressionSchema,
  parameters: [],
  evaluate: () => uncompiled(name),
  compile: (potential) => compilePairExpression(potential.expression, name),
};
