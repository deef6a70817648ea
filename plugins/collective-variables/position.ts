/** The variable `position`: a Cartesian coordinate of an atom, as models in the plane have it. */

import type { VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';

export const position: VariableKind = {
  name: 'position',
  summary: 'A Cartesian coordinate of an atom; for particles in external fields.',
  status: 'validated',
  schema: {
    required: ['axis'],
    properties: {
      atoms: { ...atomsSchema(1, 'the atom'), default: [0] },
      axis: { enum: ['x', 'y', 'z'], description: 'which coordinate' },
    },
  },
  compile(name, settings, { structure, where }) {
    const atoms = findAtoms((settings.atoms ?? [0]) as AtomName[], structure, `${where}.atoms`);
    const axis = 'xyz'.indexOf(settings.axis as string);
    const at = 3 * atoms[0] + axis;
    return {
      name,
      components: [{ name, dimension: 'length', period: null }],
      atoms,
      evaluate(positions, _box, values, gradients) {
        values[0] = positions[at];
        gradients.fill(0, 0, 3);
        gradients[axis] = 1;
      },
      displacement: {
        atoms,
        evaluate(_positions, _box, field) {
          field.fill(0);
          field[axis] = 1;
          return 0;
        },
      },
    };
  },
};
