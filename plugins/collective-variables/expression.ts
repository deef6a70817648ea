/** The variable `expression`: a formula of other variables. */
import {
  compileExpression,
  type Dimension,
  InputError,
  parseQuantity,
  type Variable,
  type VariableKind,
} from '../../engine/index.ts';
import { Jumps } from './jumps.ts';
import { Parts } from './parts.ts';

export const expression: VariableKind = {
  name: 'expression',
  summary: "A formula of variables defined before it, in mathjs' notation, differentiated symbolically.",
  status: 'validated',
  schema: {
    required: ['of', 'value'],
    properties: {
      of: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'names of the variables it is made of' },
      value: { type: 'string', description: 'the formula, for example "cos(phi) - 0.5 * r" or "atan2(y, x)"' },
      period: {
        type: 'array',
        items: { type: ['number', 'string'] },
        minItems: 2,
        maxItems: 2,
        description: 'ends of the interval that repeats, if the formula is periodic; with units or in those of "dimension"',
      },
      dimension: {
        enum: ['length', 'angle', 'energy', 'dimensionless'],
        default: 'dimensionless',
        description: 'what it measures',
      },
    },
  },
  compile(name, settings, { structure, where, variable }) {
    const parts = (settings.of as string[]).map((part) => scalar(variable(part), `${where}.of`));
    const names = parts.map((part) => part.name);
    const compiled = compileExpression(settings.value as string, names, []);
    const dimension = (settings.dimension as Dimension | undefined) ?? 'dimensionless';
    const period = (settings.period as (number | string)[] | undefined)?.map((end, k) =>
      parseQuantity(end, dimension, structure.units, `${where}.period[${k}]`),
    );
    if (period && !(period[1] > period[0])) throw new InputError(`${where}.period`, 'must end after it begins');
    checkPeriods(parts, (inputs, out) => compiled.evaluate(inputs, out), period ? period[1] - period[0] : null, where);
    const of = new Parts(parts);
    const out = new Float64Array(1 + parts.length);
    const interval = period ? { from: period[0], to: period[1] } : null;
    const jumps = new Jumps(
      compiled,
      of.components.map((component) => component.period),
      interval,
    );
    return {
      name,
      components: [{ name, dimension, period: interval }],
      atoms: of.atoms,
      strain: of.strain,
      evaluate(positions, box, values, gradients) {
        of.evaluate(positions, box);
        compiled.evaluate(of.values, out);
        values[0] = out[0];
        of.chain(out, gradients, 0, 1);
        jumps.see(of.values, out);
      },
      remarks() {
        if (jumps.count === 0) return [];
        const times = jumps.count === 1 ? 'once' : `${jumps.count} times`;
        const cure = period
          ? 'is no whole number of its periods: correct "period"'
          : 'is what the formula repeats by: give it "period": [from, to]';
        return [
          `jumped ${times}, by ${jumps.largest.toPrecision(6)} at most, between evaluations whose derivatives know nothing of it; biases and free energies take a jump ` +
            `for a distance. Perhaps it ${cure}. Otherwise use a formula without the jump`,
        ];
      },
    };
  },
};

/**
 * A formula of a periodic variable must have the same value at both ends of the period, or jump by a whole number of periods of its own.
 * @throws InputError at `where` otherwise: biases and free energies would take the jump for a distance
 */
function checkPeriods(
  parts: readonly Variable[],
  evaluate: (inputs: Float64Array, out: Float64Array) => void,
  length: number | null,
  where: string,
): void {
  const out = new Float64Array(1 + parts.length);
  parts.forEach((part, k) => {
    const { period } = part.components[0];
    if (!period) return;
    for (const other of [0.3, 1.1]) {
      const at = (x: number) => {
        evaluate(
          Float64Array.from(parts, (_, j) => (j === k ? x : other)),
          out,
        );
        return out[0];
      };
      const jump = at(period.to) - at(period.from);
      const rest = length === null ? jump : jump - length * Math.round(jump / length);
      // A formula that is not defined there says nothing.
      if (!(Math.abs(rest) > 1e-9 * Math.max(1, Math.abs(jump)))) continue;
      throw new InputError(
        where,
        `jumps by ${jump.toPrecision(6)} where "${part.name}" passes the ends of its period: ` +
          (length === null
            ? 'say that it is periodic, with "period": [from, to], or use a formula without the jump, such as cos'
            : 'that is no whole number of its own periods; correct "period", or use a formula without the jump, such as cos'),
      );
    }
  });
}

function scalar(variable: Variable, where: string): Variable {
  if (variable.components.length === 1) return variable;
  throw new InputError(
    where,
    `"${variable.name}" has ${variable.components.length} components; a formula takes variables of one`,
  );
}
