/** The variable `combination`: a weighted sum of other variables. */
import { difference, InputError, parseQuantity, type VariableKind } from '../../engine/index.ts';
import { Parts } from './parts.ts';

export const combination: VariableKind = {
  name: 'combination',
  summary: 'A weighted sum of components of variables defined before it, sum_k c_k (x_k - centre_k).',
  status: 'validated',
  schema: {
    required: ['of', 'coefficients'],
    properties: {
      of: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'names of the variables it is made of' },
      coefficients: {
        type: 'array',
        items: { type: 'number' },
        minItems: 1,
        description: 'one for each component of those variables, in order',
      },
      centres: {
        type: 'array',
        items: { type: ['number', 'string'] },
        description:
          'subtracted from each component, the shortest way round where it is periodic; needed for periodic ones, else 0; with units or in those of the component',
      },
    },
  },
  compile(name, settings, { structure, where, variable }) {
    const of = new Parts((settings.of as string[]).map(variable));
    const coefficients = Float64Array.from(settings.coefficients as number[]);
    const given = settings.centres as (number | string)[] | undefined;
    const { components } = of;
    for (const [what, list] of [['coefficients', coefficients] as const, ['centres', given] as const])
      if (list && list.length !== components.length)
        throw new InputError(
          `${where}.${what}`,
          `has ${list.length} numbers; the variables have ${components.length} components: ${components.map((c) => c.name).join(', ')}`,
        );
    const centres = given?.map((centre, k) =>
      parseQuantity(centre, components[k].dimension, structure.units, `${where}.centres[${k}]`),
    );
    const periodic = components.find((component) => component.period);
    if (periodic && !centres)
      throw new InputError(
        `${where}.centres`,
        `is missing: "${periodic.name}" is periodic, and a sum of it jumps; give centres from which differences are taken`,
      );
    const dimensions = new Set(components.map((component) => component.dimension));
    return {
      name,
      components: [{ name, dimension: dimensions.size === 1 ? components[0].dimension : 'dimensionless', period: null }],
      atoms: of.atoms,
      strain: of.strain,
      evaluate(positions, box, values, gradients) {
        of.evaluate(positions, box);
        let sum = 0;
        for (let k = 0; k < coefficients.length; k++)
          sum += coefficients[k] * difference(of.values[k], centres ? centres[k] : 0, components[k].period);
        values[0] = sum;
        of.chain(coefficients, gradients);
      },
    };
  },
};
