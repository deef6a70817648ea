/** The force `field`: every particle in an external potential. */
import { InputError } from '../errors.ts';
import type { CustomForceKind, FieldTerm } from './terms.ts';

/** What a custom force `field` is made of. */
export interface FieldData {
  readonly field: FieldTerm;
  readonly parameters: Float64Array;
  readonly expression?: { readonly energy: string; readonly names: readonly string[] };
}

export const field: CustomForceKind = {
  name: 'field',
  summary: 'An external potential that acts on every particle; `md list field` names those that there are.',
  status: 'validated',
  schema: {},
  compile(description, context) {
    const { field: term, parameters, expression } = description.data as FieldData;
    const { dimensions = 3, structure } = context.system;
    const evaluate = term.compile ? term.compile(expression) : term.evaluate;
    if (term.dimensions > dimensions && !term.compile)
      throw new InputError(
        'system.dimensions',
        `is ${dimensions}, but ${term.name} depends on ${term.dimensions} coordinates; they must be able to move`,
      );
    const particles = structure.mass.length;
    const out = new Float64Array(4);
    return {
      label: description.label ?? term.name,
      compute(positions, _box, forces) {
        let energy = 0;
        for (let k = 0; k < 3 * particles; k += 3) {
          evaluate(positions[k], positions[k + 1], positions[k + 2], parameters, 0, out);
          energy += out[0];
          forces[k] -= out[1];
          if (dimensions > 1) forces[k + 1] -= out[2];
          if (dimensions > 2) forces[k + 2] -= out[3];
        }
        return energy;
      },
    };
  },
};
