/** The virial of biases on variables in periodic boxes: the derivative of the energy when box and positions are strained together. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Box,
  hasPullBack,
  InputError,
  makeStructure,
  Registry,
  type Settings,
  strainsOf,
  type Variable,
  type VariableContext,
} from '../../../engine/index.ts';
import { plugin } from '../../../plugins/collective-variables/index.ts';
import { uniform } from '../../support/trajectories.ts';

const registry = new Registry();
plugin.register(registry);
const count = 9;
const structure = makeStructure({ units: 'md', mass: Array.from({ length: count }, (_, i) => 1 + i), typeNames: ['A'] });
const draw = uniform(5);
/** All over a box of 2 x 2.2 x 2.4 and its neighbours, so that half the distances are beyond half the box. */
const positions = Float64Array.from({ length: 3 * count }, () => 5 * (draw() - 0.5));
const vectors = [2, 0, 0, 0.2, 2.2, 0, -0.3, 0.1, 2.4];

const defined = new Map<string, Variable>();
const context: VariableContext = {
  structure,
  where: 'variables.test',
  variable(name) {
    const found = defined.get(name);
    if (!found) throw new InputError('variables.test.of', `no variable "${name}"`);
    return found;
  },
  reference: Float64Array.from({ length: 3 * count }, () => draw()),
  loaded: null,
  registry,
};

function define(name: string, settings: Settings): Variable {
  const variable = registry.get('variable', settings.type as string).compile(name, settings, context);
  defined.set(name, variable);
  return variable;
}

/** Values where x' = x + strain x[row] in column: `strains` of a component is the derivative by that. */
function strained(variable: Variable, row: number, column: number, by: number): Float64Array {
  const move = (x: ArrayLike<number>) => Float64Array.from(x, (v, k) => v + (k % 3 === column ? by * x[k - column + row] : 0));
  const values = new Float64Array(variable.components.length);
  const gradients = new Float64Array(3 * values.length * variable.atoms.length);
  variable.evaluate(move(positions), { vectors: move(vectors) }, values, gradients);
  return values;
}

const groups = [[0, 3], [1, 2], 4, [5, 6, 7]] as const;
const reference = 'reference.pdb';
const variables: Readonly<Record<string, Settings>> = {
  distance: { type: 'distance', atoms: [0, 3] },
  angle: { type: 'angle', atoms: [1, 0, 4] },
  dihedral: { type: 'dihedral', atoms: [3, 7, 1, 2] },
  distanceOfGroups: { type: 'distance', atoms: [groups[0], groups[1]] },
  angleOfGroups: { type: 'angle', atoms: groups.slice(1) },
  dihedralOfGroups: { type: 'dihedral', atoms: groups },
  gyration: { type: 'gyration', atoms: [0, 1, 2, 5] },
  rmsd: { type: 'rmsd', atoms: [1, 2, 4, 6, 8], reference },
  rmsdOfOthers: { type: 'rmsd', atoms: [0, 3], fit: [1, 2, 4, 6, 8], reference },
  coordination: { type: 'coordination', atoms: [0, 1, 2], around: [2, 3, 4, 5, 6, 7, 8], distance: 0.8 },
  aligned: { type: 'aligned-positions', atoms: [1, 2, 4, 6], reference },
  combination: {
    type: 'combination',
    of: ['gyration', 'dihedralOfGroups', 'aligned'],
    coefficients: [3, 1, ...new Array(12).fill(0.7)],
    centres: new Array(14).fill(0),
  },
  expression: {
    type: 'expression',
    of: ['combination', 'coordination', 'angle'],
    value: 'combination * sin(angle) + coordination^2',
  },
  path: {
    type: 'path',
    of: ['expression', 'rmsdOfOthers'],
    lambda: 0.5,
    nodes: [
      [1, 0],
      [2, 1],
      [3, 0.5],
    ],
  },
};

for (const [name, settings] of Object.entries(variables))
  test(`${name}: its strain is the derivative by one of positions and box, beyond half the box too`, () => {
    const variable = define(name, settings);
    const box: Box = { vectors: Float64Array.from(vectors) };
    const components = variable.components.length;
    const gradients = new Float64Array(3 * components * variable.atoms.length);
    const strains = new Float64Array(9 * components);
    variable.evaluate(positions, box, new Float64Array(components), gradients);
    if (!hasPullBack(variable)) strainsOf(variable, gradients, components, positions, box, strains);
    else
      for (let c = 0; c < components; c++) {
        const slopes = new Float64Array(components);
        slopes[c] = 1;
        strainsOf(variable, variable.pullBack(slopes), 1, positions, box, strains.subarray(9 * c));
      }
    const h = 1e-6;
    for (let k = 0; k < 9; k++) {
      // Strains that keep the box lower-triangular: x from all, y from y and z, z from z.
      const [row, column] = [Math.floor(k / 3), k % 3];
      if (row < column) continue;
      const [up, down] = [h, -h].map((by) => strained(variable, row, column, by));
      for (let c = 0; c < components; c++) {
        const slope = (up[c] - down[c]) / (2 * h);
        // Rounding of values over h, and h^2 times third derivatives.
        assert.ok(
          Math.abs(slope - strains[9 * c + k]) < 1e-7 * Math.max(1, Math.abs(slope)),
          `${c} ${k}: ${slope} ${strains[9 * c + k]}`,
        );
      }
    }
  });

test('a virtual site without mass may stand beside a group; errors name the place', () => {
  const massless = { ...structure, mass: structure.mass.map((m, i) => (i === 4 ? 0 : m)) };
  const compile = (atoms: Settings['atoms']) =>
    registry.get('variable', 'distance').compile('d', { atoms }, { ...context, structure: massless });
  const variable = compile([[0, 1], 4]);
  assert.equal([...variable.atoms], [0, 1, 4]);
  const values = new Float64Array(1);
  variable.evaluate(Float64Array.of(0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0), { vectors: null }, values, new Float64Array(9));
  assert.ok(Math.abs(values[0] - 1) < 1e-14);
  assert.throws(() => compile([[0, 1], 9]), /variables\.test\.atoms\[1\]: there is no atom 9/);
});

test.run();
