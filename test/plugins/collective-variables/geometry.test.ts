/** Geometric variables: known values, and gradients against finite differences. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Box,
  difference,
  InputError,
  makeStructure,
  openBox,
  orthorhombic,
  Registry,
  type Settings,
  type Structure,
  type Variable,
  type VariableContext,
  wrapped,
} from '../../../engine/index.ts';
import { Alignment, plugin } from '../../../plugins/collective-variables/index.ts';
import { normal, uniform } from '../../support/trajectories.ts';

const registry = new Registry();
plugin.register(registry);

const count = 7;
const structure: Structure = {
  ...makeStructure({
    units: 'md',
    mass: Array.from({ length: count }, (_, i) => 1 + i),
    typeNames: ['A'],
    name: ['N', 'CA', 'C', 'O', 'CB', 'H', 'HA'],
  }),
  residue: new Int32Array(count),
  residueNames: ['ALA'],
};
const gauss = normal(uniform(11));
const positions = Float64Array.from({ length: 3 * count }, () => 0.3 * gauss());
const reference = Float64Array.from({ length: 3 * count }, () => 0.3 * gauss());

const defined = new Map<string, Variable>();
const context: VariableContext = {
  structure,
  where: 'variables.test',
  variable: (name) => {
    const found = defined.get(name);
    if (!found) throw new InputError('variables.test.of', `no variable "${name}"`);
    return found;
  },
  reference,
  loaded: null,
  registry,
};

function compile(kind: string, settings: Settings): Variable {
  const variable = registry.get('variable', kind).compile(kind, settings, context);
  defined.set(kind, variable);
  return variable;
}

function valueAt(variable: Variable, at: Float64Array, box: Box = openBox, component = 0): number {
  const count = variable.components.length;
  const values = new Float64Array(count);
  variable.evaluate(at, box, values, new Float64Array(3 * count * variable.atoms.length));
  return values[component];
}

const kinds: readonly (readonly [string, Settings])[] = [
  ['distance', { atoms: [0, 3] }],
  [
    'distance',
    {
      atoms: [
        [0, 1, 2],
        [2, 4],
      ],
    },
  ],
  ['angle', { atoms: [1, [0, 5], [4, 6]] }],
  ['dihedral', { atoms: [[0, 6], 1, [2, 4, 5], 3] }],
  ['distance', { atoms: [0, 3] }],
  ['angle', { atoms: [1, 0, 4] }],
  ['dihedral', { atoms: [0, 1, 2, 3] }],
  ['position', { atoms: [2], axis: 'y' }],
  ['gyration', { atoms: [0, 1, 2, 4, 6] }],
  ['rmsd', { atoms: [0, 1, 2, 3, 5], reference: 'reference.pdb' }],
  ['rmsd', { atoms: [1, 4, 6], fit: [0, 1, 2, 3, 5], reference: 'reference.pdb' }],
  ['coordination', { atoms: [0, 1], around: [2, 3, 4], distance: 0.35 }],
  ['coordination', { atoms: [0, 1], around: [2, 3, 4, 5], distance: 0.2, d0: 0.3, cutoff: 0.7 }],
  ['aligned-positions', { atoms: [0, 1, 2, 4, 5], reference: 'reference.pdb' }],
  ['combination', { of: ['distance', 'dihedral', 'angle'], coefficients: [2, -1, 0.5], centres: [0, 3, 1] }],
  [
    'path',
    {
      of: ['distance', 'dihedral'],
      nodes: [
        [0.2, 3],
        [0.5, -2.5],
        [0.6, -1],
        [0.3, 1],
      ],
    },
  ],
  ['expression', { of: ['distance', 'dihedral'], value: 'distance^2 * cos(dihedral) + exp(-distance)' }],
];

/** What is said of settings that are refused; nothing of others. */
function message(settings: Settings, kind = 'distance'): string {
  try {
    compile(kind, settings);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as Error).message;
  }
  return '';
}

for (const [kind, settings] of kinds) {
  test(`${kind}: the gradient is that of the value`, () => {
    for (const box of [openBox, orthorhombic(3, 4, 5)]) {
      const variable = compile(kind, settings);
      const size = 3 * variable.atoms.length;
      const gradients = new Float64Array(size * variable.components.length);
      variable.evaluate(positions, box, new Float64Array(variable.components.length), gradients);
      const h = 1e-5;
      variable.components.forEach(({ period }, component) => {
        for (let k = 0; k < size; k++) {
          const at = 3 * variable.atoms[Math.floor(k / 3)] + (k % 3);
          const moved = positions.slice();
          moved[at] += h;
          const up = valueAt(variable, moved, box, component);
          moved[at] -= 2 * h;
          const slope = difference(up, valueAt(variable, moved, box, component), period) / (2 * h);
          const found = gradients[component * size + k];
          // The error of the central difference is h^2 times a third derivative, here up to about 1e3.
          assert.ok(Math.abs(slope - found) < 1e-7 * Math.max(1, Math.abs(slope)), `${component} ${k}: ${slope} ${found}`);
        }
      });
    }
  });
}

test('values by hand: a distance across the box, a right angle, a cis and a trans dihedral', () => {
  const flat = Float64Array.of(0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  assert.ok(Math.abs(valueAt(compile('angle', { atoms: [0, 1, 2] }), flat) - Math.PI / 2) < 1e-15);
  assert.ok(Math.abs(valueAt(compile('dihedral', { atoms: [0, 1, 2, 3] }), flat)) < 1e-15);
  flat[10] = -1;
  assert.ok(Math.abs(Math.abs(valueAt(compile('dihedral', { atoms: [0, 1, 2, 3] }), flat)) - Math.PI) < 1e-15);
  const apart = new Float64Array(21);
  apart[9] = 2.8;
  assert.ok(Math.abs(valueAt(compile('distance', { atoms: [0, 3] }), apart, orthorhombic(3, 3, 3)) - 0.2) < 1e-15);
});

test('a list in place of an atom is the centre of mass: of the whole, by hand; atoms may be in two groups', () => {
  const x = Float64Array.from({ length: 21 }, (_, k) => (k % 3 === 0 ? k : 0));
  // Masses 1 to 7 at x = 0, 3, 6, ...: (0 + 2 * 3 + 3 * 6)/6 = 4 and (4 * 9 + 5 * 12)/9 = 32/3.
  assert.ok(
    Math.abs(
      valueAt(
        compile('distance', {
          atoms: [
            [0, 1, 2],
            [3, 4],
          ],
        }),
        x,
      ) -
        (32 / 3 - 4),
    ) < 1e-14,
  );
  assert.ok(Math.abs(valueAt(compile('distance', { atoms: [[0, 1, 2], 2] }), x) - 2) < 1e-14);
  assert.equal(
    [
      ...compile('distance', {
        atoms: [
          ['1:N', '1:CA'],
          ['1:CA', 2],
        ],
      }).atoms,
    ],
    [0, 1, 2],
  );
  const refused = (atoms: unknown, pattern: RegExp): void => {
    assert.throws(
      () => compile('distance', { atoms: atoms as number[] }),
      (error: Error) => {
        assert.instance(error, InputError);
        assert.match(error.message, pattern);
        return true;
      },
    );
  };
  refused([[0, 0], 1], /variables\.test\.atoms\[0\]: names an atom twice/);
  refused(
    [
      [0, 1],
      [1, 0],
    ],
    /variables\.test\.atoms\[1\]: is the same as variables\.test\.atoms\[0\]/,
  );
  refused([0, [1, 9]], /variables\.test\.atoms\[1\]\[1\]: there is no atom 9/);
});

test('coordination: 1 up to d0, n/m at d0 + r0, and 0 from the cut-off on', () => {
  const at = (r: number, settings: Settings = {}): number => {
    const x = new Float64Array(21);
    x[3] = r;
    return valueAt(compile('coordination', { atoms: [0], around: [1], distance: 0.2, d0: 0.3, ...settings }), x);
  };
  assert.is(at(0.25), 1);
  assert.ok(Math.abs(at(0.5) - 0.5) < 1e-12);
  assert.ok(at(0.9) > 1e-3);
  assert.is(at(0.9, { cutoff: 0.9 }), 0);
  assert.is(at(0.25, { cutoff: 0.9 }), 1);
  const rest = (1 - 3 ** 6) / (1 - 3 ** 12);
  assert.ok(Math.abs(at(0.5, { cutoff: 0.9 }) - (0.5 - rest) / (1 - rest)) < 1e-12);
  assert.throws(() => at(0.5, { cutoff: 0.3 }), /cutoff: is 0\.3 and must be larger than d0 = 0\.3/);
});

test('a superposed copy has no deviation, wherever it is turned and moved to', () => {
  const variable = compile('rmsd', { atoms: [0, 1, 2, 3, 4, 5, 6], reference: 'reference.pdb' });
  const [c, s] = [Math.cos(2.1), Math.sin(2.1)];
  const turned = reference.slice();
  for (let i = 0; i < count; i++) {
    const [x, y, z] = reference.subarray(3 * i, 3 * i + 3);
    turned.set([c * x - s * z + 1, y - 2, s * x + c * z + 3], 3 * i);
  }
  assert.ok(valueAt(variable, turned) < 1e-7);
  // Turning and moving the points does not change a deviation that is not zero.
  const before = valueAt(variable, positions);
  const after = positions.slice();
  for (let i = 0; i < count; i++) {
    const [x, y, z] = positions.subarray(3 * i, 3 * i + 3);
    after.set([c * x - s * y, s * x + c * y, z + 5], 3 * i);
  }
  assert.ok(Math.abs(valueAt(variable, after) - before) < 1e-12);
});

test('fitted on some atoms and measured on others: what moved alone is seen by that alone', () => {
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const moved = reference.slice();
  moved[18] += 0.3;
  moved[20] -= 0.4;
  for (let i = 0; i < count; i++) {
    const [x, y, z] = moved.subarray(3 * i, 3 * i + 3);
    moved.set([c * x - s * z + 1, y - 2, s * x + c * z + 3], 3 * i);
  }
  const fit = [0, 1, 2, 3, 4, 5];
  const value = (settings: Settings): number => valueAt(compile('rmsd', { reference: 'reference.pdb', ...settings }), moved);
  assert.ok(Math.abs(value({ atoms: [6], fit }) - 0.5) < 1e-12);
  assert.ok(Math.abs(value({ atoms: [0, 6], fit }) - 0.5 / Math.sqrt(2)) < 1e-12);
  assert.ok(value({ atoms: [0, 2], fit }) < 1e-12);
  // Without "fit" it is the root of a difference of squares: 1e-15 of them.
  assert.ok(Math.abs(value({ atoms: fit, fit }) - value({ atoms: fit })) < 1e-7);
  // All atoms in another order, with a file of the whole system: that has the system's.
  assert.ok(valueAt(compile('rmsd', { reference: 'reference.pdb', atoms: [6, 5, 4, 3, 2, 1, 0] }), reference) < 1e-7);
  assert.throws(
    () => value({ atoms: [6], fit: [0, 1] }),
    /variables\.test\.fit: has 2 atoms; superposition takes at least three/,
  );
  assert.throws(() => value({ atoms: [6, 6], fit }), /variables\.test\.atoms: names an atom twice/);
});

test('aligned positions: turned by a rotation, and the derivative of any function of them is exact', () => {
  const weights = Float64Array.from({ length: count }, (_, i) => 1 + (i % 3));
  const alignment = new Alignment(reference, weights);
  const aligned = new Float64Array(3 * count);
  const target = Float64Array.from({ length: 3 * count }, () => gauss());
  const f = (x: Float64Array): number => {
    alignment.align(x, aligned);
    return aligned.reduce((sum, value, k) => sum + Math.sin(target[k] * value) + target[k] * value * value, 0);
  };
  f(positions);
  const r = alignment.rotation;
  const determinant =
    r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
  assert.ok(Math.abs(determinant - 1) < 1e-13);
  const g = aligned.map((value, k) => target[k] * Math.cos(target[k] * value) + 2 * target[k] * value);
  const gradient = new Float64Array(3 * count);
  alignment.pullBack(g, gradient);
  const h = 1e-6;
  for (let k = 0; k < 3 * count; k++) {
    const moved = positions.slice();
    moved[k] += h;
    const up = f(moved);
    moved[k] -= 2 * h;
    const slope = (up - f(moved)) / (2 * h);
    assert.ok(Math.abs(slope - gradient[k]) < 1e-7 * Math.max(1, Math.abs(slope)), `${k}: ${slope} ${gradient[k]}`);
  }
});

test('a path of nodes: s counts them from 1, z is the squared distance', () => {
  compile('distance', { atoms: [0, 3] });
  const value = valueAt(defined.get('distance') as Variable, positions);
  const node = (k: number): number[] => [value + k];
  // The squared distance of neighbouring nodes is 1: at lambda 40 the others count e^-40 of the nearest.
  const variable = compile('path', { of: ['distance'], nodes: [-2, -1, 0, 1].map((k) => node(k + 0.1)), lambda: 40 });
  assert.ok(Math.abs(valueAt(variable, positions) - 3) < 1e-12);
  assert.ok(Math.abs(valueAt(variable, positions, openBox, 1) - 0.01) < 1e-12);
});

test('a path of distances from structures is that of their squares', () => {
  const far = compile('distance', { atoms: [0, 3] });
  defined.set('a', far);
  defined.set('b', compile('expression', { of: ['distance'], value: 'distance + 1' }));
  const variable = compile('path', { of: ['a', 'b'], lambda: 2 });
  const d = valueAt(far, positions);
  const [p, q] = [Math.exp(-2 * d * d), Math.exp(-2 * (d + 1) ** 2)];
  assert.ok(Math.abs(valueAt(variable, positions) - (p + 2 * q) / (p + q)) < 1e-12);
});

/** A point that goes around the z axis in 50 steps a turn, three turns and a half, as two coordinates. */
function turning(settings: Settings): Variable {
  defined.set('x', registry.get('variable', 'position').compile('x', { atoms: [0], axis: 'x' }, context));
  defined.set('y', registry.get('variable', 'position').compile('y', { atoms: [0], axis: 'y' }, context));
  const variable = compile('expression', { of: ['x', 'y'], ...settings });
  for (let k = 0; k < 175; k++) {
    const angle = (2 * Math.PI * (k + 0.5)) / 50;
    valueAt(variable, Float64Array.of(Math.cos(angle), Math.sin(angle), 0));
  }
  return variable;
}

test('a formula that jumps while a run goes on says so at its end, unless it has the period', () => {
  for (const value of ['2*atan(y/(x+sqrt(x^2+y^2)))', 'atan2(y, x)']) {
    const [line, ...more] = turning({ value }).remarks?.() ?? [];
    assert.is(more.length, 0);
    assert.match(line, /^jumped 3 times, by 6\.28319 at most, .*give it "period": \[from, to\]/);
    assert.equal(turning({ value, dimension: 'angle', period: ['-180 deg', '180 deg'] }).remarks?.(), []);
  }
  const wrong = turning({ value: 'atan2(y, x)', period: [0, 4] }).remarks?.()[0] ?? '';
  assert.match(wrong, /^jumped 3 times.* is no whole number of its periods: correct "period"/);
});

test('what is steep, has kinks or is looked at rarely is not taken for a jump', () => {
  // The first goes from 0 to 1 in a thousandth of a step, the last from one extreme to the other in each.
  for (const value of ['1/(1 + exp(-1e4*y))', 'abs(y) + max(x, y)', 'cos(25*(atan(y/(2 + x)) + x))'])
    assert.equal(turning({ value }).remarks?.(), [], value);
});

test('centres, nodes and periods take units', () => {
  compile('dihedral', { atoms: [0, 1, 2, 3] });
  compile('distance', { atoms: [0, 3] });
  const same = (kind: string, plain: Settings, withUnits: Settings): void => {
    const [a, b] = [compile(kind, plain), compile(kind, withUnits)];
    assert.ok(Math.abs(valueAt(a, positions) - valueAt(b, positions)) < 1e-12);
  };
  const of = ['distance', 'dihedral'];
  same(
    'combination',
    { of, coefficients: [1, 1], centres: [0.3, Math.PI / 2] },
    { of, coefficients: [1, 1], centres: ['3 A', '90 deg'] },
  );
  same(
    'path',
    {
      of,
      nodes: [
        [0.2, 0],
        [0.5, 1.5 * Math.PI],
      ],
    },
    {
      of,
      nodes: [
        ['2 A', 0],
        ['0.5 nm', '270 deg'],
      ],
    },
  );
  assert.match(message({ of, coefficients: [1, 1], centres: ['3 A', '1 nm'] }, 'combination'), /variables\.test\.centres\[1\]/);
  assert.match(
    message(
      {
        of,
        nodes: [
          ['3 A', '1 ps'],
          [1, 1],
        ],
      },
      'path',
    ),
    /variables\.test\.nodes\[0\]\[1\]/,
  );
  const period = ['-180 deg', '180 deg'];
  assert.match(message({ of, value: 'dihedral', period }, 'expression'), /variables\.test\.period\[0\]/);
});

test('periodic differences take the shortest way round', () => {
  const period = { from: -Math.PI, to: Math.PI };
  assert.ok(Math.abs(difference(3, -3, period) - (6 - 2 * Math.PI)) < 1e-15);
  assert.ok(Math.abs(wrapped(4, period) - (4 - 2 * Math.PI)) < 1e-15);
  assert.is(difference(3, -3, null), 6);
});

test('atoms go by index or by residue and name; what there is not is an error that says what there is', () => {
  assert.equal([...compile('dihedral', { atoms: ['1:N', '1:CA', '1:C', 3] }).atoms], [0, 1, 2, 3]);
  assert.match(message({ atoms: [0, 9] }), 'variables.test.atoms[1]: there is no atom 9; the system has the atoms 0 to 6');
  assert.match(message({ atoms: ['1:N', '1:CX'] }), /has no atom "CX"; did you mean "C[A-Z]?"/);
  assert.match(message({ atoms: ['2:N', 0] }), 'there is no residue 2');
  assert.match(message({ atoms: [3, 3] }), 'names an atom twice');
  assert.match(
    message({ of: ['dihedral'], coefficients: [1, 2] }, 'combination'),
    'has 2 numbers; the variables have 1 components',
  );
  assert.match(message({ of: ['dihedral'], coefficients: [1] }, 'combination'), '"dihedral" is periodic, and a sum of it jumps');
  assert.match(message({ of: ['distance'], nodes: [[1], [2, 3]] }, 'path'), 'variables.test.nodes[1]: has 2 numbers');
  assert.match(message({ of: ['a', 'b'] }, 'path'), 'variables.test.lambda: is missing');
  assert.match(message({ atoms: [0, 1], reference: 'x' }, 'rmsd'), 'superposition takes at least three');
});

test.run();
