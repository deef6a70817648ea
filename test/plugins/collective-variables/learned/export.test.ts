/** Learned variables in other programs' formats, read back by readers that share nothing with the writers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, openBox, type Settings } from '../../../../engine/index.ts';
import { readVariable } from '../../../../plugins/collective-variables/index.ts';
import { compileFeatures } from '../../../../plugins/collective-variables/learned/data/features.ts';
import { learnedVariable } from '../../../../plugins/collective-variables/learned/learned.ts';
import { normal, structureOf, uniform } from '../../../support/trajectories.ts';
import { learn, registry, simulated } from './support.ts';

const gauss = normal(uniform(8));
const atoms = 5;
const base = Float64Array.from({ length: 3 * atoms }, () => gauss());
const frames = Array.from({ length: 200 }, () => base.map((x) => x + 0.4 * gauss()));
const run = simulated(frames, 1, 1);
const structure = structureOf({ count: atoms, types: ['A'] }, 'lj');
const features: Readonly<Record<string, Settings>> = {
  r: { type: 'distance', atoms: [0, 3] },
  'a b': { type: 'angle', atoms: [0, 1, 2] },
  phi: { type: 'dihedral', atoms: [1, 2, 3, 4] },
};
const settings = {
  features,
  learner: { type: 'autoencoder' },
  components: 2,
  copies: 1,
  training: { epochs: 3 },
  network: { hidden: [6, 4] },
};

/** Inputs at a frame by plain vectors: r, angle, cos phi, sin phi. */
function inputsOf(x: Float64Array): number[] {
  const p = (i: number): number[] => [...x.subarray(3 * i, 3 * i + 3)];
  const sub = (a: number[], b: number[]): number[] => a.map((v, k) => v - b[k]);
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, k) => sum + v * b[k], 0);
  const cross = (a: number[], b: number[]): number[] => [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
  const size = (a: number[]): number => Math.sqrt(dot(a, a));
  const [u, v] = [sub(p(0), p(1)), sub(p(2), p(1))];
  const [b1, b2, b3] = [sub(p(2), p(1)), sub(p(3), p(2)), sub(p(4), p(3))];
  const [n1, n2] = [cross(b1, b2), cross(b2, b3)];
  const phi = Math.atan2(dot(cross(n1, n2), b2) / size(b2), dot(n1, n2));
  return [size(sub(p(3), p(0))), Math.acos(dot(u, v) / (size(u) * size(v))), Math.cos(phi), Math.sin(phi)];
}

const functions: Readonly<Record<string, (z: number) => number>> = { tanh: Math.tanh, linear: (z) => z };

/** A dense network from flat lists, as both programs compute it. */
function propagate(x: number[], layers: readonly { weights: number[]; biases: number[]; f: (z: number) => number }[]): number[] {
  return layers.reduce(
    (input, { weights, biases, f }) =>
      biases.map((b, o) => f(input.reduce((sum, value, i) => sum + weights[o * input.length + i] * value, b))),
    x,
  );
}

async function exported(formats: readonly string[]) {
  const { folder } = await learn([run], { ...settings, export: formats });
  const file = readVariable(await folder.readText('variable.json'), '');
  const variable = learnedVariable('xi', file, compileFeatures(file.features, structure, registry, 'features'));
  const ours = (x: Float64Array): number[] => {
    const values = new Float64Array(2);
    variable.evaluate(x, openBox, values, new Float64Array(2 * 3 * variable.atoms.length));
    return [...values];
  };
  return { folder, ours };
}

const same = (a: readonly number[], b: readonly number[]): void =>
  a.forEach((value, k) => {
    assert.ok(Math.abs(value - b[k]) < 1e-10 * Math.max(1, Math.abs(value)), `${value} ${b[k]}`);
  });

test("PLUMED's ANN reads the same function: keywords, order of inputs, weights row by row", async () => {
  const { folder, ours } = await exported(['plumed']);
  const text = await folder.readText('plumed.dat');
  assert.match(text, 'r: DISTANCE ATOMS=1,4');
  assert.match(text, 'a_b: ANGLE ATOMS=1,2,3');
  assert.match(text, 'phi: TORSION ATOMS=2,3,4,5');
  assert.match(text, 'phi_sin: CUSTOM ARG=phi FUNC=sin(x) PERIODIC=NO');
  const words = new Map(
    text.split(/\s+/).flatMap((word) => (word.includes('=') ? [word.split(/=(.*)/s).slice(0, 2) as [string, string]] : [])),
  );
  const inputNames = [...text.matchAll(/ARG=(\S*,\S*)/g)][0][1];
  assert.is(inputNames, 'r,a_b,phi_cos,phi_sin');
  assert.is(words.get('NUM_NODES'), '4,6,4,2');
  assert.is(words.get('NUM_LAYERS'), '4');
  const names = (words.get('ACTIVATIONS') as string).split(',').map((name) => name.toLowerCase());
  const layers = names.map((name, k) => ({
    weights: (words.get(`WEIGHTS${k}`) as string).split(',').map(Number),
    biases: (words.get(`BIASES${k}`) as string).split(',').map(Number),
    f: functions[name],
  }));
  for (const x of frames.slice(0, 5)) same(propagate(inputsOf(x), layers), ours(x));
});

test("Colvars' neuralNetwork reads the same function: a file of weights a layer, a line an output", async () => {
  const { folder, ours } = await exported(['colvars']);
  const text = await folder.readText('colvars.in');
  assert.is([...text.matchAll(/output_component/g)].length, 2);
  assert.match(
    text,
    'dihedral { name d group1 { atomNumbers 2 } group2 { atomNumbers 3 } group3 { atomNumbers 4 } group4 { atomNumbers 5 } }',
  );
  const layers = [];
  for (let k = 1; ; k++) {
    const entry = new RegExp(`layer${k}_WeightsFile (\\S+)\\s+layer${k}_BiasesFile (\\S+)\\s+layer${k}_activation (\\S+)`).exec(
      text,
    );
    if (!entry) break;
    const weights = (await folder.readText(entry[1]))
      .trim()
      .split('\n')
      .flatMap((line) => line.split(' ').map(Number));
    const biases = (await folder.readText(entry[2])).trim().split('\n').map(Number);
    layers.push({ weights, biases, f: functions[entry[3]] });
  }
  assert.is(layers.length, 3);
  for (const x of frames.slice(0, 5)) same(propagate(inputsOf(x), layers), ours(x));
});

test('what cannot be handed on is said before anything is trained', () => {
  const stage = registry.get('stage', 'train-variable');
  const check = (changed: Settings): string => {
    try {
      stage.check?.(
        { ...settings, network: { hidden: [4], activation: 'tanh' }, export: ['plumed'], ...changed },
        'stages[1]',
        registry,
        'lj',
      );
    } catch (error) {
      assert.instance(error, InputError);
      return (error as Error).message;
    }
    return '';
  };
  assert.is(check({}), '');
  assert.match(
    check({ features: { c: { type: 'coordination' } } }),
    'the feature "c" is a coordination, which is not written for PLUMED',
  );
  assert.match(check({ network: { hidden: [4], activation: 'relu' } }), 'knows the activations Tanh and Linear, not relu');
  assert.match(check({ learner: { type: 'vampnet' } }), 'has no softmax');
});

test.run();
