/** An external potential given as an expression of x, y and z. */
import { InputError } from '../../errors.ts';
import { compileExpression } from '../../math/expression.ts';
import { expressionSchema, uncompiled } from '../expression.ts';
import type { FieldTerm } from '../terms.ts';

const name = 'expression-field';

export const expressionField: FieldTerm = {
  name,
  summary: 'A potential that is a mathjs expression of x, y, z and named parameters, differentiated symbolically.',
  status: 'validated',
  schema: expressionSchema,
  dimensions: 3,
  parameters: [],
  evaluate: () => uncompiled(name),
  compile(expression) {
    if (!expression) throw new InputError('', `${name} needs the energy as an expression, for example "energy": "(x^2 - 1)^2"`);
    const compiled = compileExpression(expression.energy, ['x', 'y', 'z'], expression.names);
    const inputs = new Float64Array(3 + expression.names.length);
    return (x, y, z, p, o, out) => {
      inputs[0] = x;
      inputs[1] = y;
      inputs[2] = z;
      for (let k = 3; k < inputs.length; k++) inputs[k] = p[o + k - 3];
      compiled.evaluate(inputs, out);
    };
  },
};
