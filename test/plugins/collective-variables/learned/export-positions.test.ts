/**
 * Exported variables of superposed positions and radii of gyration, evaluated in plain code as the other programs do it, for a molecule that is turned,
 * moved and wrapped into a box.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, openBox, type Settings } from '../../../../engine/index.ts';
import { compileFeatures } from '../../../../plugins/collective-variables/learned/data/features.ts';
import { colvarsFiles } from '../../../../plugins/collective-variables/learned/export/colvars.ts';
import { checkInputs } from '../../../../plugins/collective-variables/learned/export/inputs.ts';
import { plumedFiles } from '../../../../plugins/collective-variables/learned/export/plumed.ts';
import { learnedVariable } from '../../../../plugins/collective-variables/learned/learned.ts';
import type { VariableFile } from '../../../../plugins/collective-variables/learned/variable-file.ts';
import { normal, structureOf, uniform } from '../../../support/trajectories.ts';
import { registry } from './support.ts';

type Point = readonly number[];

const gauss = normal(uniform(21));
const masses = [12, 1, 16, 14, 32, 1, 19];
/** Two molecules of seven atoms; the variable is of the second. */
const md = structureOf({ count: 2, types: ['A', 'A', 'A', 'A', 'A', 'A', 'A'], masses });
const superposed = [8, 9, 11, 12, 13];
const gyrating = [7, 8, 10, 13];
const draw = (count: number, scale = 1): number[] => Array.from({ length: count }, () => scale * gauss());
const reference = draw(42, 0.2);
/** The position comes after the superposition, which must not touch it. */
const features = (weights: string): Record<string, Settings> => ({
  'on first': { type: 'aligned-positions', atoms: superposed },
  rg: { type: 'gyration', atoms: gyrating, weights },
  z: { type: 'position', atoms: [7], axis: 'z' },
});
const inputs = 3 * superposed.length + 2;
const hidden = 4;
const network = {
  sizes: [inputs, hidden, 1],
  activations: ['tanh', 'linear'],
  weights: [Array.from({ length: hidden }, () => draw(inputs, 0.3)), [draw(hidden)]],
  biases: [draw(hidden), draw(1)],
};

function variableFile(units: 'md' | 'lj', weights: string): VariableFile {
  return {
    units,
    softmax: false,
    particles: 14,
    features: { variables: features(weights), inputs: ['on first', 'rg', 'z'], references: { 'on first': reference } },
    statistics: {
      mean: new Array(inputs).fill(0),
      deviation: new Array(inputs).fill(1),
      minimum: new Array(inputs).fill(-10),
      maximum: new Array(inputs).fill(10),
    },
    network,
  } as unknown as VariableFile;
}

/** A distorted copy of the reference, turned and moved. */
const turned = ((): Float64Array => {
  const [a, b] = [1.9, -0.8];
  const rows = [
    [Math.cos(a), -Math.sin(a) * Math.cos(b), Math.sin(a) * Math.sin(b)],
    [Math.sin(a), Math.cos(a) * Math.cos(b), -Math.cos(a) * Math.sin(b)],
    [0, Math.sin(b), Math.cos(b)],
  ];
  return Float64Array.from({ length: 42 }, (_, k) => {
    const x = reference.slice(k - (k % 3), k - (k % 3) + 3);
    return 0.9 + 0.02 * Math.sin(7 * k) + rows[k % 3].reduce((sum, r, c) => sum + r * x[c], 0);
  });
})();
const edge = 2;

function engineValue(file: VariableFile): number {
  const structure = { ...md, units: file.units };
  const variable = learnedVariable('xi', file, compileFeatures(file.features, structure, registry, 'features'));
  const values = new Float64Array(1);
  variable.evaluate(turned, openBox, values, new Float64Array(3 * variable.atoms.length));
  return values[0];
}

const at = (x: ArrayLike<number>, number: number): Point => [0, 1, 2].map((c) => x[3 * (number - 1) + c]);
const mean = (points: readonly Point[], weights: readonly number[] = points.map(() => 1)): Point =>
  [0, 1, 2].map((c) => points.reduce((sum, p, k) => sum + weights[k] * p[c], 0) / weights.reduce((p, q) => p + q));
const minus = (a: Point, b: Point): Point => a.map((v, c) => v - b[c]);

/** The rotation that fits points about their centre to a reference about its own: the quaternion by power iteration (Horn 1987). */
function rotation(points: readonly Point[], onto: readonly Point[]): (p: Point) => Point {
  const s = (i: number, j: number): number => points.reduce((sum, p, k) => sum + p[i] * onto[k][j], 0);
  const n = [
    [s(0, 0) + s(1, 1) + s(2, 2), s(1, 2) - s(2, 1), s(2, 0) - s(0, 2), s(0, 1) - s(1, 0)],
    [0, s(0, 0) - s(1, 1) - s(2, 2), s(0, 1) + s(1, 0), s(2, 0) + s(0, 2)],
    [0, 0, s(1, 1) - s(0, 0) - s(2, 2), s(1, 2) + s(2, 1)],
    [0, 0, 0, s(2, 2) - s(0, 0) - s(1, 1)],
  ];
  const shift = n.flat().reduce((sum, v) => sum + Math.abs(v), 0);
  let q = [1, 0.1, 0.2, 0.3];
  for (let k = 0; k < 3000; k++) {
    const next = q.map((own, i) => shift * own + q.reduce((sum, v, j) => sum + n[Math.min(i, j)][Math.max(i, j)] * v, 0));
    const size = Math.hypot(...next);
    q = next.map((v) => v / size);
  }
  const [w, ...v] = q;
  const cross = (a: Point, b: Point): Point => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return (p) => {
    const t = cross(v, p).map((value) => 2 * value);
    const u = cross(v, t);
    return p.map((value, c) => value + w * t[c] + u[c]);
  };
}

/** `1-3,5` as numbers. */
const numbers = (text: string): number[] =>
  text.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, k) => from + k);
  });

/** plumed.dat line by line, as PLUMED goes through it: what moves atoms moves them for the lines below. */
function plumed(files: Readonly<Record<string, string>>, wrapped: Float64Array, scale: number): number {
  const x = wrapped.slice();
  const values = new Map<string, number>();
  const text = files['plumed.dat'];
  const word = (line: string, key: string): string => new RegExp(`${key}=(\\S+)`).exec(line)?.[1] ?? '';
  for (const line of text.slice(0, text.indexOf('xi: ANN')).split('\n')) {
    const label = /^(\w+):/.exec(line)?.[1] ?? '';
    if (line.startsWith('WHOLEMOLECULES')) {
      numbers(word(line, 'ENTITY0')).reduce((before, atom) => {
        for (let c = 0; c < 3; c++)
          x[3 * atom - 3 + c] -= edge * Math.round((x[3 * atom - 3 + c] - x[3 * before - 3 + c]) / edge);
        return atom;
      });
    } else if (line.startsWith('FIT_TO_TEMPLATE')) {
      const rows = files[word(line, 'REFERENCE')].split('\n').filter((row) => row.startsWith('ATOM'));
      const atoms = rows.map((row) => Number(row.slice(6, 11)));
      const template = rows.map((row) => [30, 38, 46].map((from) => scale * Number(row.slice(from, from + 8))));
      const own = atoms.map((atom) => at(x, atom));
      const [from, to] = [mean(own), mean(template)];
      const turn = rotation(
        own.map((p) => minus(p, from)),
        template.map((p) => minus(p, to)),
      );
      for (let i = 1; i <= x.length / 3; i++)
        x.set(
          turn(minus(at(x, i), from)).map((v, c) => v + to[c]),
          3 * i - 3,
        );
    } else if (line.includes(': POSITION')) {
      at(x, Number(word(line, 'ATOM'))).forEach((v, c) => void values.set(`${label}.${'xyz'[c]}`, v));
    } else if (line.includes(': GYRATION')) {
      const atoms = numbers(word(line, 'ATOMS'));
      const weights = atoms.map((atom) => (line.includes(' MASS_WEIGHTED') ? masses[(atom - 1) % 7] : 1));
      values.set(label, gyrationOf(atoms, weights, x));
    } else assert.ok(line === '' || line.startsWith('#') || line === 'UNITS NATURAL', line);
  }
  const list = (key: string): number[] => word(text, key).split(',').map(Number);
  const first = /ARG=(\S+)/.exec(text.slice(text.indexOf('xi: ANN')))?.[1].split(',') ?? [];
  let layer = first.map((name) => values.get(name) ?? Number.NaN);
  for (const k of [0, 1]) {
    const weights = list(`WEIGHTS${k}`);
    layer = list(`BIASES${k}`).map((b, o) => layer.reduce((sum, v, i) => sum + weights[o * layer.length + i] * v, b));
    if (k === 0) layer = layer.map(Math.tanh);
  }
  return layer[0];
}

function gyrationOf(atoms: readonly number[], weights: readonly number[], x: ArrayLike<number>): number {
  const points = atoms.map((atom) => at(x, atom));
  const centre = mean(points, weights);
  const total = weights.reduce((a, b) => a + b);
  return Math.sqrt(points.reduce((sum, p, k) => sum + weights[k] * Math.hypot(...minus(p, centre)) ** 2, 0) / total);
}

/** colvars.in component by component; its hosts hand it whole molecules. */
function colvars(files: Readonly<Record<string, string>>, x: Float64Array): number {
  const found = files['colvars.in'].split('\n').flatMap((line): { name: string; value: number }[] => {
    const name = / name (i\d+) /.exec(line)?.[1];
    if (!name) return [];
    const first = Number(/main \{ atomNumbers (\d+)/.exec(line)?.[1]);
    const axis = (/axis \(([^)]*)\)/.exec(line)?.[1] ?? '').split(',').map(Number);
    if (line.includes(' gyration {')) {
      const atoms = (/atomNumbers ([\d ]+)/.exec(line)?.[1] ?? '').trim().split(' ').map(Number);
      return [
        {
          name,
          value: gyrationOf(
            atoms,
            atoms.map(() => 1),
            x,
          ),
        },
      ];
    }
    let point = at(x, first);
    const fit = /fittingGroup \{ atomNumbers ([\d ]+)\} refPositions (.*?)\) \}/.exec(line);
    if (fit) {
      const own = fit[1]
        .trim()
        .split(' ')
        .map((atom) => at(x, Number(atom)));
      const onto = `${fit[2]})`.match(/\([^)]*\)/g)?.map((triple) => triple.slice(1, -1).split(',').map(Number)) ?? [];
      const [from, to] = [mean(own), mean(onto)];
      const turn = rotation(
        own.map((p) => minus(p, from)),
        onto.map((p) => minus(p, to)),
      );
      point = turn(minus(point, from)).map((v, c) => v + to[c]);
    }
    return [{ name, value: point.reduce((sum, v, c) => sum + v * axis[c], 0) }];
  });
  const sorted = found.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ value }) => value);
  const read = (name: string): number[] => files[name].trim().split(/\s+/).map(Number);
  const dense = (input: number[], k: number): number[] =>
    read(`layer${k}.biases`).map((b, o) =>
      input.reduce((sum, v, i) => sum + read(`layer${k}.weights`)[o * input.length + i] * v, b),
    );
  return dense(dense(sorted, 1).map(Math.tanh), 2)[0];
}

/** All atoms but that whose position is an input into the box that begins in the middle of the molecule. */
const wrappedIn = (x: Float64Array): Float64Array =>
  x.map((v, k) => (Math.floor(k / 3) === 7 ? v : v - edge * Math.floor((v - 0.9) / edge)));

for (const units of ['md', 'lj'] as const)
  for (const weights of ['mass', 'equal'])
    test(`PLUMED, ${units} units, ${weights}: superposed positions and the radius of gyration of a molecule that its host wraps`, () => {
      const file = variableFile(units, weights);
      const files = plumedFiles(file, { ...md, units });
      const wrapped = wrappedIn(turned);
      assert.ok(
        wrapped.some((v, k) => k >= 21 && Math.abs(v - turned[k]) > 1),
        'nothing was wrapped',
      );
      assert.match(files['plumed.dat'], /WHOLEMOLECULES ENTITY0=8-14\n/);
      assert.match(files['plumed.dat'].split('\n')[0], units === 'lj' ? 'sigma (lj units)' : 'in nm');
      assert.is(files['plumed.dat'].includes('UNITS NATURAL'), units === 'lj');
      // PDB has six digits: 5e-5 Angstrom, or 5e-5 sigma, a coordinate of the reference.
      const rounding = units === 'lj' ? 5e-5 : 5e-6;
      const [theirs, ours] = [plumed(files, wrapped, units === 'lj' ? 1 : 0.1), engineValue(file)];
      assert.ok(Math.abs(theirs - ours) < 10 * rounding, `${theirs} ${ours}`);
    });

test('Colvars: the same of superposed positions and its own radius of gyration, to rounding', () => {
  for (const units of ['md', 'lj'] as const) {
    const file = variableFile(units, 'equal');
    const files = colvarsFiles(file, { ...md, units });
    assert.match(files['colvars.in'].split('\n')[0], units === 'lj' ? 'sigma (lj units)' : 'in nm');
    const [theirs, ours] = [colvars(files, turned), engineValue(file)];
    assert.ok(Math.abs(theirs - ours) < 1e-10, `${theirs} ${ours}`);
  }
});

test('a radius of gyration weighted by mass is not handed to Colvars, which would take another', () => {
  checkInputs(features('mass'), ['rg'], 'PLUMED', 'export');
  checkInputs(features('equal'), ['rg'], 'Colvars', 'export');
  try {
    checkInputs(features('mass'), ['rg'], 'Colvars', 'export');
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, 'set "weights": "equal" in the feature');
  }
});

test.run();
