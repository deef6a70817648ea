/** The variable `expression`: a formula of other variables. */
import { compileExpression, type Dimension, InputError, type Variable, type VariableKind } from '../../engine/index.ts';

export const expression: VariableKind = {
  name: 'expression',
  summary: "A formula of variables defined before it, in mathjs' notation, differentiated symbolically.",
  status: 'validated',
  schema: {
    required: ['of', 'value'],
    properties: {
      of: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'names of the variables it is made of' },
      value: { type: 'string', description: 'the formula, for example "cos(phi) - 0.5 * r"' },
      period: {
        type: 'array',
        items: { type: 'number' },
        minItems: 2,
        maxItems: 2,
        description: 'ends of the interval that repeats, if the formula is periodic',
      },
      dimension: {
        enum: ['length', 'angle', 'energy', 'dimensionless'],
        default: 'dimensionless',
        description: 'what it measures',
      },
    },
  },
  compile(name, settings, { where, variable }) {
    const parts = (settings.of as string[]).map((part) => scalar(variable(part), `${where}.of`));
    const names = parts.map((part) => part.name);
    const compiled = compileExpression(settings.value as string, names, []);
    const period = settings.period as [number, number] | undefined;
    if (period && !(period[1] > period[0])) throw new InputError(`${where}.period`, 'must end after it begins');
    const atoms = Int32Array.from(new Set(parts.flatMap((part) => [...part.atoms])));
    const place = new Map(Array.from(atoms, (i, k) => [i, k]));
    const targets = parts.map((part) => Int32Array.from(part.atoms, (i) => place.get(i) as number));
    const inputs = new Float64Array(parts.length);
    const out = new Float64Array(1 + parts.length);
    const value = new Float64Array(1);
    const own = parts.map((part) => new Float64Array(3 * part.atoms.length));
    return {
      name,
      components: [
        {
          name,
          dimension: ((settings.dimension as Dimension | undefined) ?? 'dimensionless') as Dimension,
          period: period ? { from: period[0], to: period[1] } : null,
        },
      ],
      atoms,
      evaluate(positions, box, values, gradients) {
        parts.forEach((part, k) => {
          part.evaluate(positions, box, value, own[k]);
          inputs[k] = value[0];
        });
        compiled.evaluate(inputs, out);
        values[0] = out[0];
        gradients.fill(0, 0, 3 * atoms.length);
        targets.forEach((target, k) => {
          for (let a = 0; a < target.length; a++)
            for (let c = 0; c < 3; c++) gradients[3 * target[a] + c] += out[1 + k] * own[k][3 * a + c];
        });
      },
    };
  },
};

function scalar(variable: Variable, where: string): Variable {
  if (variable.components.length === 1) return variable;
  throw new InputError(
    where,
    `"${variable.name}" has ${variable.components.length} components; a formula takes variables of one`,
  );
}
