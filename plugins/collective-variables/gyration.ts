/** The variable `gyration`: the radius of gyration of a group of atoms. */
import type { VariableKind } from '../../engine/index.ts';
import { type AtomName, atomsSchema, findAtoms } from './atoms.ts';

export const gyration: VariableKind = {
  name: 'gyration',
  summary: 'Radius of gyration of a group of atoms, weighted by mass or all alike; the group must be whole, as molecules are.',
  status: 'validated',
  schema: {
    required: ['atoms'],
    properties: {
      atoms: atomsSchema(null, 'the atoms of the group'),
      weights: {
        enum: ['mass', 'equal'],
        default: 'mass',
        description: '"mass", as with PLUMED\'s MASS_WEIGHTED, or "equal", as in Colvars and PLUMED without it',
      },
    },
  },
  compile(name, settings, { structure, where }) {
    const atoms = findAtoms(settings.atoms as AtomName[], structure, `${where}.atoms`);
    const share = (i: number): number => (settings.weights === 'equal' ? 1 : structure.mass[i]);
    const total = atoms.reduce((sum, i) => sum + share(i), 0);
    const weights = Float64Array.from(atoms, (i) => share(i) / total);
    const centre = new Float64Array(3);
    return {
      name,
      components: [{ name, dimension: 'length', period: null }],
      atoms,
      unwrapped: true,
      evaluate(positions, _box, values, gradients) {
        centre.fill(0);
        for (let a = 0; a < atoms.length; a++) for (let c = 0; c < 3; c++) centre[c] += weights[a] * positions[3 * atoms[a] + c];
        let square = 0;
        for (let a = 0; a < atoms.length; a++) {
          for (let c = 0; c < 3; c++) {
            const x = positions[3 * atoms[a] + c] - centre[c];
            gradients[3 * a + c] = weights[a] * x;
            square += weights[a] * x * x;
          }
        }
        const radius = Math.sqrt(square);
        values[0] = radius;
        for (let k = 0; k < 3 * atoms.length; k++) gradients[k] /= Math.max(radius, 1e-300);
      },
    };
  },
};
