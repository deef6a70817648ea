/** Every bias on every platform: its force is minus the gradient of its energy, and a run that is cut goes on to the bit. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Context, InputError } from '../../../engine/index.ts';
import { platforms } from '../../support/systems.ts';
import { all, biased, chain, plane, type Start } from './support.ts';

const test = suite('biases');

interface Case {
  readonly name: string;
  readonly start: Start;
  readonly biases: object;
  /** False where the force on the system is no gradient. */
  readonly conservative?: boolean;
}

const both = { variables: ['r', 'phi'] };
const xy = { variables: ['x', 'y'] };
const kernels = { everySteps: 5 };
const hills = { type: 'metadynamics', everySteps: 5 };

const cases: readonly Case[] = [
  { name: 'umbrella', start: chain, biases: { u: { ...both, type: 'umbrella', centre: [0.4, '170 deg'], k: [500, 30] } } },
  {
    name: 'moving-restraint',
    start: chain,
    biases: {
      m: {
        ...both,
        type: 'moving-restraint',
        schedule: [
          { time: 0, centre: [0.4, 3], k: [500, 0] },
          { time: 0.05, centre: [0.5, -3], k: [700, 50] },
          { time: 0.5, centre: [0.3, 0], k: 100 },
        ],
      },
    },
  },
  {
    name: 'umbrella',
    start: chain,
    biases: { u: { variables: ['xi', 'r'], type: 'umbrella', centre: [0.2, -0.3, 0.4], k: [20, 30, 500] } },
  },
  { name: 'eabf', start: chain, biases: { e: { variables: ['xi'], type: 'eabf', width: 0.1, sigma: 0.1, fullSamples: 2 } } },
  { name: 'eabf', start: chain, biases: { e: { variables: ['xi.1'], type: 'eabf', width: 0.1, sigma: 0.1, fullSamples: 2 } } },
  {
    name: 'umbrella',
    start: chain,
    biases: { u: { variables: ['xi.1', 'r', 'xi.0'], type: 'umbrella', centre: [0.2, 0.4, -0.3], k: [20, 500, 30] } },
  },
  {
    name: 'metadynamics',
    start: chain,
    biases: {
      m: { ...hills, variables: ['p.s'], sigma: 0.1, height: 1 },
      w: { variables: ['p.z'], type: 'upper-walls', at: -3, k: 10 },
    },
  },
  { name: 'lower-walls', start: chain, biases: { w: { variables: ['r'], type: 'lower-walls', at: 0.7, k: 300, power: 3 } } },
  { name: 'upper-walls', start: plane, biases: { w: { ...xy, type: 'upper-walls', at: [-1, 1], k: 20 } } },
  { name: 'metadynamics', start: plane, biases: { m: { ...hills, ...xy, sigma: [0.1, 0.2], height: 1, biasFactor: 8 } } },
  { name: 'metadynamics', start: chain, biases: { m: { ...hills, ...both, sigma: [0.02, 0.3], height: 1 } } },
  { name: 'metadynamics', start: chain, biases: { m: { ...hills, variables: ['phi'], sigma: 0.3, height: 1, grid: false } } },
  { name: 'opes', start: plane, biases: { o: { ...xy, ...kernels, type: 'opes', sigma: 0.1, barrier: 10 } } },
  {
    name: 'opes',
    start: chain,
    biases: { o: { variables: ['phi'], ...kernels, type: 'opes', sigma: 0.3, barrier: 30, biasFactor: 'infinite' } },
  },
  {
    name: 'opes',
    start: chain,
    biases: {
      o: { ...both, ...kernels, type: 'opes', sigma: 'adaptive', adaptiveSteps: 20, sigmaMin: [0.001, 0.05], barrier: 20 },
    },
  },
  {
    name: 'opes-explore',
    start: chain,
    biases: { o: { ...both, ...kernels, type: 'opes-explore', sigma: [0.02, 0.3], barrier: 20 } },
  },
  {
    name: 'abf',
    start: plane,
    biases: { a: { ...xy, type: 'abf', width: 0.2, fullSamples: 2 } },
    conservative: false,
  },
  {
    name: 'abf',
    start: chain,
    biases: { a: { variables: ['phi', 'psi'], type: 'abf', width: 0.5, fullSamples: 2 } },
    conservative: false,
  },
  {
    name: 'eabf',
    start: chain,
    biases: { e: { ...both, type: 'eabf', width: [0.02, 0.5], sigma: [0.02, 0.4], fullSamples: 2 } },
  },
  {
    name: 'metadynamics',
    start: chain,
    biases: {
      m: { ...hills, variables: ['phi'], sigma: 0.3, height: 1 },
      n: { ...hills, variables: ['r'], sigma: 0.02, height: 1, file: 'HILLS.r', biasFactor: 5 },
      u: { ...both, type: 'umbrella', centre: [0.4, 1], k: [500, 3] },
    },
  },
];

test('all biases are tried', () => {
  for (const name of all.names('bias'))
    assert.ok(
      cases.some((each) => each.name === name),
      name,
    );
});

function state(context: Context) {
  const { conserved, terms } = context.observe();
  const { positions, velocities, forces } = context;
  return {
    step: context.step,
    positions: positions.slice(),
    velocities: velocities.slice(),
    forces: forces.slice(),
    conserved,
    terms,
  };
}

cases.forEach(({ name, start, biases, conservative = true }, n) => {
  if (conservative)
    test(`${name} (${n}): the force is minus the gradient of the energy`, async () => {
      const made = await biased(start, biases);
      made.context.drawVelocities(start === plane ? 1 : 300);
      made.context.advance(200);
      const { force } = made;
      const x = made.context.positions.slice();
      const { box } = made.context;
      const energy = (at: Float64Array) => force.compute(at, box, new Float64Array(at.length), new Float64Array(9));
      const forces = new Float64Array(x.length);
      assert.is.not(force.compute(x, box, forces, new Float64Array(9)), 0);
      const h = 1e-6;
      for (let k = 0; k < x.length; k++) {
        if (start === plane && k % 3 === 2) continue;
        const moved = (d: number) => x.map((value, j) => (j === k ? value + d : value));
        const expected = (energy(moved(-h)) - energy(moved(h))) / (2 * h);
        // Central differences: h^2 times third derivatives, and rounding of the energy by h.
        assert.ok(
          Math.abs(forces[k] - expected) < 1e-6 * Math.max(1, Math.abs(expected)) + 1e-5,
          `${k}: ${forces[k]} ${expected}`,
        );
      }
    });

  for (const platform of platforms) {
    test(`${platform}, ${name} (${n}): cut anywhere, saved and loaded, it goes on to the bit`, async () => {
      const whole = (await biased(start, biases, platform)).context;
      whole.drawVelocities(1);
      whole.advance(60);
      const cut = (await biased(start, biases, platform)).context;
      cut.drawVelocities(1);
      for (const steps of [1, 9, 2, 21]) cut.advance(steps);
      const saved = cut.save();
      cut.advance(5);
      const next = (await biased(start, biases, platform)).context;
      next.load(saved);
      next.advance(27);
      assert.equal(state(next), state(whole));
    });
  }

  test(`${name} (${n}): platforms agree`, async () => {
    const contexts = await Promise.all(platforms.map(async (platform) => (await biased(start, biases, platform)).context));
    for (const context of contexts) {
      context.drawVelocities(1);
      context.advance(40);
    }
    const [expected, ...others] = contexts.map(state);
    // All forces here are double on both: what is left is the order of sums, which forty steps have made grow.
    for (const found of others)
      found.positions.forEach((x, k) => {
        assert.ok(Math.abs(x - expected.positions[k]) < 1e-9);
      });
  });
});

test('a bias of one component of a variable sees that one: on p.z a wall, along xi.1 a spring, of both xi in another order', async () => {
  const { force, context, variables } = await biased(chain, {
    w: { variables: ['p.z'], type: 'upper-walls', at: -3, k: 10 },
    one: { variables: ['xi.1'], type: 'umbrella', centre: 0.5, k: 2 },
    both: { variables: ['xi.1', 'xi.0'], type: 'umbrella', centre: [0.1, 0.2], k: [3, 4] },
  });
  const values = variables.evaluate(context.positions, context.box);
  const value = (name: string): number => values[variables.components.findIndex((component) => component.name === name)];
  const size = context.positions.length;
  force.compute(context.positions, context.box, new Float64Array(size), new Float64Array(9));
  const [w, one, two] = force.report();
  assert.ok(value('p.z') > -3);
  const expected = [
    5 * (value('p.z') + 3) ** 2,
    (value('xi.1') - 0.5) ** 2,
    1.5 * (value('xi.1') - 0.1) ** 2 + 2 * (value('xi.0') - 0.2) ** 2,
  ];
  [w, one, two].forEach(
    (energy, k) => void assert.ok(Math.abs(energy - expected[k]) < 1e-12 * expected[k], `${energy} ${expected[k]}`),
  );
});

test('components that there are not, or that are named twice, are refused by name', async () => {
  const refused = async (names: readonly string[], pattern: RegExp) => {
    try {
      await biased(chain, { u: { variables: names, type: 'umbrella', centre: 0, k: 1 } });
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, pattern);
      return;
    }
    assert.unreachable(`${pattern}`);
  };
  await refused(['r', 'p.q'], /biases\.u\.variables\[1\]: "p" has no component "p\.q"; it has p\.s, p\.z/);
  await refused(['p', 'p.s'], /biases\.u\.variables\[1\]: names "p\.s" twice/);
});

for (const type of ['abf', 'eabf'])
  test(`${type}: where its bins end there is no force, and the user is told; without ends they are extended`, async () => {
    const settings = { variables: ['y'], type, width: 0.02, fullSamples: 2, ...(type === 'eabf' ? { sigma: 0.03 } : {}) };
    const ended = await biased(plane, { a: { ...settings, from: 1.4, to: 1.46 } });
    ended.context.drawVelocities(1);
    ended.context.advance(3000);
    assert.match(
      ended.biases.notes[0],
      /^a: at time [\d.]+ the bins were left \(y 1\.[\d]+\): beyond their ends there is no biasing force along what left them, /,
    );
    assert.is(ended.biases.notes.length, 1);
    assert.match(ended.force.results()['a.count'].split('\n')[1], /^# 1\.4 0\.02\d* 3 0$/);
    const open = await biased(plane, { a: settings });
    open.context.drawVelocities(1);
    open.context.advance(3000);
    assert.is(open.biases.notes.length, 0);
    const [, width, count] = open.force.results()['a.count'].split('\n')[1].slice(2).split(' ').map(Number);
    assert.ok(Math.abs(width - 0.02) < 1e-12 && count > 10);
    const counts = open.force.results()['a.count'].trim().split('\n').slice(2);
    // Every step is in some bin.
    assert.is(
      counts.reduce((sum, line) => sum + Number(line.trim().split(' ')[1] ?? 0), 0),
      3000,
    );
  });

// Of k = 4 a quarter is left: x has the variance 1, with an error of 3 % where x^2 forgets within two time units. An extended variable of spring K = 100
// keeps a quarter of k K/(k + K), and x lies around K/(k + K) of it.
for (const { type, own, expected } of [
  { type: 'abf', own: {}, expected: 1 },
  { type: 'eabf', own: { sigma: 0.1, time: 0.5, friction: 1 }, expected: (1.04 * 100 ** 2) / 104 ** 2 + 1 / 104 },
])
  test(`${type}: with a bias factor the variable is distributed as p^(1/gamma)`, async () => {
    const start = {
      system: {
        ...plane.system,
        particle: { mass: 1 },
        start: [[0, 0]],
        forces: [{ type: 'expression-field', energy: '2 * (x^2 + y^2)' }],
      },
      // kT = 1 kJ/mol
      dynamics: { integrator: 'langevin', timestep: '10 fs', temperature: '120.27 K', friction: '2 /ps' },
      variables: plane.variables,
    };
    const settings = { type, variables: ['x'], width: 0.1, fullSamples: 20, biasFactor: 4, ...own };
    const { context } = await biased(start, { a: settings }, 'wasm');
    context.drawVelocities(1);
    context.advance(50000);
    let sum = 0;
    for (let k = 0; k < 24000; k++) {
      context.advance(25);
      sum += context.positions[0] ** 2;
    }
    assert.ok(Math.abs(sum / 24000 / expected - 1) < 0.12, `${sum / 24000}, expected ${expected}`);
  });

test.run();
