/** The model `graph`: its loss gradient is right, it learns, it learns the same for the same seed, and it runs as a force of the engine. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Box,
  type CustomForce,
  Interrupted,
  type KernelContext,
  orthorhombic,
  Registry,
  type Settings,
  type Structure,
} from '../../../engine/index.ts';
import { selectBackend } from '../../../plugins/learning/index.ts';
import { type FilterShape, TrainableNetwork } from '../../../plugins/potentials/graph/filters.ts';
import { graphPotential } from '../../../plugins/potentials/graph/force.ts';
import { ForceMatching } from '../../../plugins/potentials/graph/matching.ts';
import { graphModel } from '../../../plugins/potentials/graph/model.ts';
import { referenceKernel } from '../../../plugins/potentials/graph/reference.ts';
import type { TrainedModel, TrainingContext } from '../../../plugins/potentials/model.ts';
import { compilePriors, fitPriors, type Priors } from '../../../plugins/potentials/priors.ts';
import { compileSplines, splineModel } from '../../../plugins/potentials/spline/spline.ts';
import { exclusionsAlongBonds } from '../../../plugins/potentials/topology.ts';
import { allPairs } from './graph-support.ts';
import { dimerLiquid, dimers, generator } from './synthetic.ts';

const test = suite('graph model');

interface Log {
  readonly rows: Readonly<Record<string, number>>[];
  readonly context: TrainingContext;
}

function training(seed: number, signal = new AbortController().signal): Log {
  const rows: Readonly<Record<string, number>>[] = [];
  const folder = { path: '', exists: () => false } as unknown as TrainingContext['folder'];
  const progress = { update: () => {}, note: () => {} };
  return { rows, context: { seed, registry: new Registry(), progress, signal, folder, record: (row) => rows.push(row) } };
}

const small: Settings = {
  base: 'priors',
  features: 16,
  layers: 2,
  radialFunctions: 20,
  filterWidth: 16,
  cutoff: 2.4,
  steps: 1000,
  batch: 2,
  learningRate: 0.004,
};

const liquid = dimerLiquid({ frames: 200 });

for (const whitening of [
  undefined,
  {
    sites: 2,
    transform: Float64Array.of(1.2, 0.7, 0.7, 1.1),
    covariance: new Float64Array(4),
    bonds: Int32Array.of(0, 1),
    along: Float64Array.of(0.3),
  },
])
  test(`the gradient of the ${whitening ? 'whitened ' : ''}loss equals finite differences for every variable that is trained`, async () => {
    const { tf } = await selectBackend(['cpu']);
    const { structure } = liquid;
    const bonded = exclusionsAlongBonds(structure, 1);
    const grid = { cutoff: 2.4, intervals: 40 };
    const architecture = {
      species: 1,
      features: 16,
      layers: 2,
      nonbonded: grid,
      bonded: { ...grid, cutoff: 1.4 },
      energyScale: 2,
    };
    const shape = (from: number, to: number, g: FilterShape['grid']): FilterShape => ({
      grid: g,
      from,
      to,
      radialFunctions: 8,
      hidden: 6,
      scale: 0.3,
    });
    const shapes = { nonbonded: shape(0.8, 2.4, grid), bonded: shape(0.6, 1, architecture.bonded) };
    const network = new TrainableNetwork(tf, architecture, shapes, seedrandom('gradient'));
    const kernel = referenceKernel(architecture, { species: structure.type, bonded });
    const priors = compilePriors(fitPriors(liquid, 1), structure);
    const matching = new ForceMatching(whitening ? { ...liquid, whitening } : liquid, architecture, kernel, priors, bonded);
    const frames = [liquid.training[3], liquid.training[40]];
    const loss = (): number => {
      matching.setNetwork(network.parameters(), network.tables());
      return matching.errors(frames).weighted;
    };
    matching.setNetwork(network.parameters(), network.tables());
    const value = matching.gradient(frames);
    assert.ok(Math.abs(value - loss()) < 1e-12 * value);
    const gradients = network.gradients(matching.parameterGradient, matching.tableGradient);
    const saved = network.save();
    const random = seedrandom('directions');
    gradients.forEach((gradient, group) => {
      // Along a random direction and along the gradient itself; tfjs is f32, hence the step and the tolerance.
      const norm = Math.hypot(...gradient);
      assert.ok(norm > 0, `group ${group} has a gradient`);
      const chance = gradient.map(() => random() - 0.5);
      for (const direction of [chance, gradient.map((g) => g / norm)]) {
        const along = (h: number): number => {
          network.load(saved.map((values, k) => (k === group ? values.map((x, n) => x + h * direction[n]) : values)));
          return loss();
        };
        const h = 0.01;
        const slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
        const analytic = gradient.reduce((sum, g, k) => sum + g * direction[k], 0);
        assert.ok(Math.abs(slope - analytic) < 2e-3 * norm, `group ${group}: ${analytic} against ${slope}, norm ${norm}`);
      }
    });
    network.dispose();
  });

let trained: TrainedModel;

test('it learns a liquid of anharmonic dimers far beyond its priors', async () => {
  const { rows, context } = training(1);
  trained = await graphModel.train(liquid, small, context);
  const addPriors = compilePriors((trained.description as unknown as { priors: Priors }).priors, liquid.structure);
  let [square, count] = [0, 0];
  for (const frame of liquid.validation) {
    const forces = liquid.forces(frame).map((f) => -f);
    addPriors(liquid.positions(frame), liquid.box(frame), forces);
    for (const f of forces) square += f * f;
    count += forces.length;
  }
  const untrained = square / count;
  assert.ok(untrained > 20, 'the priors alone leave much to learn');
  // What remains is the repulsion at distances that hardly occurred in 160 frames.
  assert.ok(trained.errors.validation < 0.05 * untrained, `${trained.errors.validation} of ${untrained}`);
  assert.ok(trained.errors.training < 0.02 * untrained, `${trained.errors.training} of ${untrained}`);
  assert.ok(rows.length >= 20 && rows.every((row) => Object.values(row).every(Number.isFinite)));
});

test('equal seeds give equal weights to the bit; another seed gives others', async () => {
  const short = { ...small, steps: 12, evaluations: 3 };
  const [a, b, c] = [
    await graphModel.train(liquid, short, training(5).context),
    await graphModel.train(liquid, short, training(5).context),
    await graphModel.train(liquid, short, training(6).context),
  ];
  assert.equal(a.weights.tables.data, b.weights.tables.data);
  assert.equal(a.errors, b.errors);
  assert.not.equal(a.weights.tables.data, c.weights.tables.data);
});

test('an aborted training throws Interrupted', async () => {
  const controller = new AbortController();
  controller.abort();
  try {
    await graphModel.train(liquid, small, training(1, controller.signal).context);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, Interrupted);
  }
});

test('a training that diverges says so, and what to do', async () => {
  try {
    await graphModel.train(liquid, { ...small, learningRate: 1e12 }, training(1).context);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /diverged at step \d+: its loss is .*; lower model\.learningRate/);
  }
});

test('settings that cannot be used are named', async () => {
  for (const [settings, message] of [
    [{ ...small, features: 20 }, /model\.features: is 20; it must be a multiple of 16/],
    [{ ...small, cutoff: 3 }, /model\.cutoff: is 3, but the box of the training run allows at most 2\.5/],
  ] as const) {
    try {
      await graphModel.train(liquid, settings, training(1).context);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, message);
    }
  }
});

/** Pairs of the reference kind: all but the excluded, without cut-off. */
function contextOf(structure: Structure, box: Box): KernelContext {
  return {
    system: { structure, box, forces: [] },
    pairList: (_cutoff, exclusions = new Int32Array(0)) => ({ ...allPairs(structure.mass.length, exclusions), version: 1 }),
  };
}

function graphForce(structure: Structure, box: Box): CustomForce {
  const found = graphModel.forces(trained, structure, box).find((force) => force.kind === 'custom');
  return found as CustomForce;
}

test('the trained network as a force of the engine gives the forces that it was trained to give', () => {
  const frame = liquid.validation[0];
  const [positions, box] = [liquid.positions(frame), liquid.box(frame)];
  const kernel = graphPotential.compile(graphForce(liquid.structure, box), contextOf(liquid.structure, box));
  const forces = new Float64Array(positions.length);
  kernel.compute(positions, box, forces, new Float64Array(9));
  compilePriors((trained.description as unknown as { priors: Priors }).priors, liquid.structure)(positions, box, forces);
  const error = Math.sqrt(forces.reduce((sum, f, k) => sum + (f - liquid.forces(frame)[k]) ** 2, 0) / forces.length);
  const size = Math.sqrt(liquid.forces(frame).reduce((sum, f) => sum + f * f, 0) / forces.length);
  assert.ok(error < 0.25 * size, `error ${error}, forces ${size}`);
});

test('a box doubled in each direction has eight times the energy', () => {
  const frame = liquid.validation[0];
  const [positions, box] = [liquid.positions(frame), liquid.box(frame)];
  const energy = (structure: Structure, x: Float64Array, cell: Box): number =>
    graphPotential
      .compile(graphForce(structure, cell), contextOf(structure, cell))
      .compute(x, cell, new Float64Array(x.length), new Float64Array(9));
  const edge = (box.vectors as Float64Array)[0];
  const copies: number[] = [];
  for (let c = 0; c < 8; c++) copies.push(...positions.map((x, k) => x + edge * ((c >> (k % 3)) & 1)));
  const eight = energy(dimers(8 * 27), Float64Array.from(copies), orthorhombic(2 * edge, 2 * edge, 2 * edge));
  const one = energy(liquid.structure, positions, box);
  assert.ok(Math.abs(eight - 8 * one) < 1e-5 * Math.abs(eight), `${eight} against 8 x ${one}`);
});

test('velocity Verlet with the trained potential conserves energy', () => {
  const { structure } = liquid;
  const frame = liquid.validation[0];
  const box = liquid.box(frame);
  const x = liquid.positions(frame).slice();
  const kernel = graphPotential.compile(graphForce(structure, box), contextOf(structure, box));
  const addPriors = compilePriors((trained.description as unknown as { priors: Priors }).priors, structure);
  const { normal } = generator(4);
  const v = x.map(() => normal());
  const f = new Float64Array(x.length);
  const virial = new Float64Array(9);
  const potential = (): number => kernel.compute(x, box, f.fill(0), virial) + addPriors(x, box, f);
  const fluctuation = (dt: number, steps: number): number => {
    const [x0, v0] = [x.slice(), v.slice()];
    let energy = potential();
    const totals: number[] = [];
    for (let step = 0; step < steps; step++) {
      for (let k = 0; k < x.length; k++) {
        v[k] += 0.5 * dt * f[k];
        x[k] += dt * v[k];
      }
      energy = potential();
      for (let k = 0; k < x.length; k++) v[k] += 0.5 * dt * f[k];
      totals.push(energy + 0.5 * v.reduce((sum, u) => sum + u * u, 0));
    }
    x.set(x0);
    v.set(v0);
    const mean = totals.reduce((a, b) => a + b) / totals.length;
    return Math.sqrt(totals.reduce((sum, e) => sum + (e - mean) ** 2, 0) / totals.length);
  };
  const [coarse, fine] = [fluctuation(0.002, 400), fluctuation(0.001, 800)];
  // Kinetic energy is about 81; the error of velocity Verlet falls with the square of the timestep if forces are the gradient.
  assert.ok(coarse < 0.2, `fluctuation ${coarse}`);
  assert.ok(coarse / fine > 3.4 && coarse / fine < 4.6, `ratio ${coarse / fine}`);
});

test('on splines, with points on bonds, it learns what splines leave, and engine and training agree on the forces', async () => {
  const settings = { ...small, base: 'splines', orientation: 0, bondPoints: [-0.25], layers: 1, cutoff: 2, steps: 300 };
  const { context } = training(2);
  const model = await graphModel.train(liquid, settings, context);
  const { description } = await splineModel.train(liquid, {}, { ...context, record: () => {} });
  assert.equal(model.description.base, description);
  const frame = liquid.validation[0];
  const [positions, box] = [liquid.positions(frame), liquid.box(frame)];
  const described = graphModel.forces(model, liquid.structure, box);
  assert.equal(described.map((f) => f.label).sort(), ['graph', 'prior-bond', 'spline-bond', 'spline-pair']);
  const network = described.find((force) => force.kind === 'custom') as CustomForce;
  const forces = new Float64Array(positions.length);
  const context2 = contextOf(liquid.structure, box);
  graphPotential.compile(network, context2).compute(positions, box, forces, new Float64Array(9));
  compileSplines(
    { description: model.description.base as TrainedModel['description'], weights: model.weights },
    liquid.structure,
  )(positions, box, forces);
  const error = Math.sqrt(forces.reduce((sum, f, k) => sum + (f - liquid.forces(frame)[k]) ** 2, 0) / forces.length);
  const size = Math.sqrt(liquid.forces(frame).reduce((sum, f) => sum + f * f, 0) / forces.length);
  assert.ok(error < 0.1 * size, `error ${error}, forces ${size}`);
});

test('on splines of orientation, the default for molecules of two sites, points are left out and the energy is one of both', async () => {
  const { context } = training(2);
  const model = await graphModel.train(liquid, { ...small, base: 'splines', layers: 1, steps: 40 }, context);
  const { options, base } = model.description as unknown as {
    options: { orientation: number; bondPoints: number[] };
    base: { bondPairs: { degree: number } };
  };
  assert.is(options.orientation, 4);
  assert.equal(options.bondPoints, []);
  assert.is(base.bondPairs.degree, 4);
  const labels = graphModel.forces(model, liquid.structure, liquid.box(0)).map((f) => f.label);
  assert.equal(labels.sort(), ['bond-pairs', 'graph', 'prior-bond', 'prior-core', 'spline-bond']);
});

test('another system than the network was made for is refused', () => {
  const box = liquid.box(0);
  const other = { ...dimers(27), typeNames: ['B'] };
  assert.throws(() => graphModel.forces(trained, other, box), /knows no (site of type "B"|bond B-B)/);
  const force = graphForce(liquid.structure, box);
  const narrow = orthorhombic(4, 9, 9);
  assert.throws(
    () => graphPotential.compile(force, contextOf(liquid.structure, narrow)),
    /system\.box: its smallest width is 4.*needs at least 4\.8/,
  );
});

test.run();
