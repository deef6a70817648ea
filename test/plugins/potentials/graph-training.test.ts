/** The model `graph`: its loss gradient is right, it learns, it learns the same for the same seed, and it runs as a force of the engine. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, Interrupted, orthorhombic, Registry, type Settings, type Structure } from '../../../engine/index.ts';
import { selectBackend } from '../../../plugins/learning/index.ts';
import { type FilterShape, TrainableNetwork } from '../../../plugins/potentials/graph/filters.ts';
import { ForceMatching } from '../../../plugins/potentials/graph/matching.ts';
import { graphModel } from '../../../plugins/potentials/graph/model.ts';
import { learningRateAt } from '../../../plugins/potentials/graph/train.ts';
import { referenceKernel } from '../../../plugins/potentials/graph/reference.ts';
import type { TrainedModel, TrainingContext } from '../../../plugins/potentials/model.ts';
import { compilePriors, fitPriors, type Priors } from '../../../plugins/potentials/priors.ts';
import { exclusionsAlongBonds } from '../../../plugins/potentials/topology.ts';
import { dimerLiquid } from './synthetic.ts';

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

const small: Settings = { features: 16, layers: 2, radialFunctions: 20, filterWidth: 16, cutoff: 2.4, steps: 1500, batch: 2 };

const liquid = dimerLiquid({ frames: 200 });

test('the gradient of the loss equals finite differences for every variable that is trained', async () => {
  const { tf } = await selectBackend(['cpu']);
  const { structure } = liquid;
  const bonded = exclusionsAlongBonds(structure, 1);
  const grid = { cutoff: 2.4, intervals: 40 };
  const architecture = { species: 1, features: 16, layers: 2, nonbonded: grid, bonded: { ...grid, cutoff: 1.4 }, energyScale: 2 };
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
  const matching = new ForceMatching(liquid, architecture, kernel, priors, bonded);
  const frames = [liquid.training[3], liquid.training[40]];
  const loss = (): number => {
    matching.setNetwork(network.parameters(), network.tables());
    return matching.errors(frames).meanSquare;
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
  const addPriors = compilePriors((trained.description as { priors: Priors }).priors, liquid.structure);
  let [square, count] = [0, 0];
  for (const frame of liquid.validation) {
    const forces = liquid.forces(frame).map((f) => -f);
    addPriors(liquid.positions(frame), liquid.box(frame), forces);
    for (const f of forces) square += f * f;
    count += forces.length;
  }
  const untrained = square / count;
  console.log({ untrained, ...trained.errors }, rows.at(-1));
  assert.ok(trained.errors.validation < 0.02 * untrained, `${trained.errors.validation} of ${untrained}`);
  assert.ok(rows.length >= 20 && rows.every((row) => Object.values(row).every(Number.isFinite)));
});

test.run();
