/** Energy terms given as expressions: from the text of a formula to the evaluators that the loops call. */
import { InputError } from '../errors.ts';
import { compileExpression } from '../math/expression.ts';
import type { Schema } from '../scenario/schema.ts';
import type { BondedTerm, PairTerm } from './terms.ts';

/** The variable of an expression over each internal coordinate. */
export const expressionVariables = { distance: 'r', angle: 'theta', dihedral: 'phi' } as const;

/** The energy of a force as an expression, and the names of its parameters in their order. */
export interface ExpressionEnergy {
  readonly energy: string;
  readonly names: readonly string[];
}

/** Settings of an expression term in a scenario: the energy and a number for each name in it. */
export const expressionSchema: Schema = {
  type: 'object',
  required: ['energy'],
  properties: {
    energy: { type: 'string', description: 'The energy as a function of the coordinate and of the other properties.' },
  },
  additionalProperties: { type: 'number', description: 'A parameter of the expression, in the units of the scenario.' },
};

/**
 * The evaluator of an energy over a distance r, an angle theta or a dihedral phi (rad), with its exact symbolic derivative.
 * It returns false where energy or derivative is not finite.
 * @throws InputError naming what in the expression cannot be used
 */
export function compileBondedExpression(
  coordinate: keyof typeof expressionVariables,
  expression: ExpressionEnergy | undefined,
  term: string,
): BondedTerm['evaluate'] {
  const { energy, names } = given(expression, term);
  const compiled = compileExpression(energy, [expressionVariables[coordinate]], names);
  const inputs = new Float64Array(1 + names.length);
  return (x, p, o, out) => {
    inputs[0] = x;
    for (let k = 1; k < inputs.length; k++) inputs[k] = p[o + k - 1];
    compiled.evaluate(inputs, out);
    // The difference of a number that is not finite with itself is NaN.
    return out[0] - out[0] === 0 && out[1] - out[1] === 0;
  };
}

/** The evaluator of a pair potential as a function of the distance r. @throws InputError as above */
export function compilePairExpression(expression: ExpressionEnergy | undefined, term: string): PairTerm['evaluate'] {
  const { energy, names } = given(expression, term);
  const compiled = compileExpression(energy, ['r'], names);
  const inputs = new Float64Array(1 + names.length);
  return (r2, p, o, out) => {
    const r = Math.sqrt(r2);
    inputs[0] = r;
    for (let k = 1; k < inputs.length; k++) inputs[k] = p[o + k - 1];
    compiled.evaluate(inputs, out);
    out[1] = -out[1] / r;
  };
}

function given(expression: ExpressionEnergy | undefined, term: string): ExpressionEnergy {
  if (!expression) throw new InputError('', `${term} needs the energy as an expression, for example "energy": "k/2*(r - r0)^2"`);
  return expression;
}

/** The evaluator of a term that must be compiled first. */
export function uncompiled(term: string): never {
  throw new Error(`${term} has no formula of its own; call compile() with the force`);
}
