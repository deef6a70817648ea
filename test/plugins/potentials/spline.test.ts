import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BondedForce,
  makeStructure,
  type NonbondedForce,
  openBox,
  Registry,
  registerEngine,
  type Table,
} from '../../../engine/index.ts';
import { coordinateFunctions } from '../../../plugins/potentials/coordinates.ts';
import { evaluateTable, tabulatedTerms } from '../../../plugins/potentials/hermite-table.ts';
import { plugin } from '../../../plugins/potentials/index.ts';
import type { TrainedModel, TrainingContext, TrainingSet } from '../../../plugins/potentials/model.ts';
import { splineColumns, splineDerivatives, splineGrid, splineTable } from '../../../plugins/potentials/spline/b-spline.ts';
import { estimateNoiseFloor, matchForces, splineOptions } from '../../../plugins/potentials/spline/fit.ts';
import { splineModel } from '../../../plugins/potentials/spline/spline.ts';
import { trainingSet } from '../../../plugins/potentials/training-set.ts';
import { bondPotential, cutoff, dimerLiquid, generator, pairPotential } from './synthetic.ts';

const rows: Record<string, number>[] = [];
const context = {
  seed: 1,
  registry: new Registry(),
  progress: { update() {}, note() {} },
  signal: new AbortController().signal,
  record: (row: Record<string, number>) => rows.push(row),
} as unknown as TrainingContext;

const clean = dimerLiquid();
const noisy = dimerLiquid({ noise: 20, seed: 7 });
const out = new Float64Array(2);

function tables(model: TrainedModel, set: TrainingSet): { pair: Table; bond: (r: number) => number } {
  const forces = splineModel.forces(model, set.structure, set.box(0));
  const bonded = (label: string): BondedForce => forces.find((f) => f.label === label) as BondedForce;
  const pairs = (label: string): NonbondedForce => forces.find((f) => f.label === label) as NonbondedForce;
  const [prior, bond] = [bonded('prior-bond'), bonded('spline-bond')];
  return {
    pair: pairs('spline-pair').pair?.tables?.[0] as Table,
    bond: (r) => {
      evaluateTable(bond.tables?.[0] as Table, r, out);
      return -out[1] - prior.parameters[1] * (r - prior.parameters[0]);
    },
  };
}

function rms(low: number, high: number, difference: (r: number) => number): number {
  const points = Array.from({ length: 101 }, (_, k) => low + ((high - low) * k) / 100);
  return Math.sqrt(points.reduce((sum, r) => sum + difference(r) ** 2, 0) / points.length);
}

function tableForce(table: Table, r: number): number {
  evaluateTable(table, r, out);
  return -out[1];
}

test('a spline and its table are the same function', () => {
  for (const end of ['free', 'zero', 'periodic'] as const) {
    const grid = splineGrid(0.5, 2, 0.1, end);
    const { normal } = generator(2);
    const c = Float64Array.from({ length: splineColumns(grid) }, () => normal());
    const table = splineTable(grid, c);
    const basis = new Float64Array(4);
    for (let r = 0.501; r < 2; r += 0.0173) {
      const m = splineDerivatives(grid, r, basis);
      let slope = 0;
      for (let k = 0; k < 4; k++) slope += basis[k] * ((end === 'periodic' ? c[(m + k) % c.length] : c[m + k]) ?? 0);
      assert.ok(Math.abs(slope + tableForce(table, r)) < 1e-11);
    }
    if (end === 'periodic') assert.ok(Math.abs(table.values[0] - table.values[grid.intervals]) < 1e-14);
  }
});

test('a table force is minus the derivative of its energy, inside and beyond its ends', () => {
  const { normal } = generator(4);
  const table = {
    start: 0.2,
    spacing: 0.1,
    values: Float64Array.from({ length: 9 }, normal),
    derivatives: Float64Array.from({ length: 9 }, normal),
  };
  const force = {
    kind: 'bonded',
    term: 'tabulated-bond',
    atoms: Int32Array.of(0, 1),
    parameters: Float64Array.of(0),
    tables: [table],
  } as const;
  const evaluate = tabulatedTerms[0].compile?.(force);
  assert.ok(evaluate);
  const energy = (x: number): number => {
    evaluate(x, force.parameters, 0, out);
    return out[0];
  };
  for (const x of [0.05, 0.1999, 0.25, 0.3337, 0.71, 0.9999, 1.2]) {
    evaluate(x, force.parameters, 0, out);
    const slope = out[1];
    assert.ok(Math.abs((energy(x + 1e-6) - energy(x - 1e-6)) / 2e-6 - slope) < 1e-7, `${x}`);
  }
  assert.throws(
    () => tabulatedTerms[0].compile?.({ ...force, parameters: Float64Array.of(1) }),
    /refers to table 1, but the force has 1/,
  );
});

test('exact forces of a known liquid give back its pair and bond forces', async () => {
  const model = await splineModel.train(clean, { cutoff }, context);
  const { pair, bond } = tables(model, clean);
  // Forces are piecewise parabolas between knots 0.04 apart; LJ's third derivative of the force at 0.95 allows about 0.1 there.
  assert.ok(rms(0.95, 2.3, (r) => tableForce(pair, r) + pairPotential(r)[1]) < 0.05);
  assert.ok(rms(0.7, 0.95, (r) => bond(r) + bondPotential(r)[1]) < 0.01);
  assert.ok(model.errors.validation < 1e-3, `${model.errors.validation}`);
  assert.ok(rows.length === 8 && 'validation' in rows[0]);
});

test('the error of the splines falls as the knots get denser', async () => {
  const coarse = await splineModel.train(clean, { cutoff, pairSpacing: 0.08 }, context);
  const fine = await splineModel.train(clean, { cutoff, pairSpacing: 0.04 }, context);
  // A force of third order: half the spacing leaves 1/64 of the mean square error once it is resolved.
  assert.ok(coarse.errors.training / fine.errors.training > 16);
});

test('the pair table ends smoothly at the cut-off and is ever more repulsive towards zero', async () => {
  const model = await splineModel.train(noisy, { cutoff }, context);
  const { pair } = tables(model, noisy);
  evaluateTable(pair, cutoff, out);
  assert.equal([Math.abs(out[0]), Math.abs(out[1])], [0, 0]);
  assert.ok(Math.abs(tableForce(pair, cutoff - 1e-3)) < 1e-2);
  let last = 0;
  for (let r = 0.88; r > 0.5; r -= 0.01) {
    const force = tableForce(pair, r);
    assert.ok(force > last, `${r}: ${force} after ${last}`);
    last = force;
  }
});

test('with noise the splines still agree within the error that the noise allows, and errors are those of the noise', async () => {
  const model = await splineModel.train(noisy, { cutoff }, context);
  const { pair, bond } = tables(model, noisy);
  assert.ok(rms(1, 2.3, (r) => tableForce(pair, r) + pairPotential(r)[1]) < 1.5);
  assert.ok(rms(0.72, 0.92, (r) => bond(r) + bondPotential(r)[1]) < 1.5);
  assert.ok(model.errors.training < model.errors.validation * 1.05);
  // Gaussian noise of standard deviation 20: mean absolute value 20 sqrt(2 / pi) = 15.96.
  assert.ok(Math.abs((model.errors.validationMeanAbsolute ?? 0) / (20 * Math.sqrt(2 / Math.PI)) - 1) < 0.04);
});

test('the noise floor is the variance of the noise', async () => {
  const floor = await estimateNoiseFloor(noisy, splineOptions(noisy, { cutoff }));
  // 19440 components: the sample variance of the noise itself scatters by 1% (one standard error); the estimate says about that.
  assert.ok(Math.abs(floor.value - 400) < 4 * floor.error, `${floor.value} +- ${floor.error}`);
  assert.ok(floor.error > 1 && floor.error < 12, `${floor.error}`);
  assert.ok(Math.abs(floor.fromTraining - floor.fromValidation) < floor.error);
  const none = await estimateNoiseFloor(clean, splineOptions(clean, { cutoff }));
  assert.ok(Math.abs(none.value) < 2e-3, `${none.value}`);
});

test('in the engine the model has the errors that training reported', async () => {
  const model = await splineModel.train(noisy, { cutoff }, context);
  const registry = new Registry();
  registerEngine(registry);
  plugin.register(registry);
  const { structure } = noisy;
  const forces = splineModel.forces(model, structure, noisy.box(0));
  const dynamics = {
    integrator: 'velocity-verlet',
    timestep: 0.001,
    settings: {},
    thermostat: null,
    removeCenterOfMass: 0,
    seed: 1,
  };
  let [sum, count] = [0, 0];
  for (const frame of noisy.validation) {
    const system = { structure, positions: noisy.positions(frame), velocities: null, box: noisy.box(frame), forces };
    const running = await registry.get('platform', 'reference').compile(system, dynamics, registry);
    running.observe();
    const stored = noisy.forces(frame);
    running.forces.forEach((force, k) => {
      sum += (force - stored[k]) ** 2;
    });
    count += stored.length;
  }
  // The same sums in another order; pairs nearer than any well sampled distance follow the continued core instead of the spline.
  assert.ok(Math.abs(sum / count / model.errors.validation - 1) < 1e-3, `${sum / count} ${model.errors.validation}`);
});

test('only splines that the structure has are fitted, once for each set', async () => {
  const options = splineOptions(clean, { cutoff });
  const match = await matchForces(clean, options);
  assert.is(match, await matchForces(clean, options));
  assert.equal(
    match.design.channels.map((c) => c.coordinate),
    ['bond', 'pair'],
  );
  assert.is(match.training.length, 8);
  assert.is(match.validation.length, 2);
});

test('an aborted training stops', async () => {
  const set = dimerLiquid({ frames: 60 });
  try {
    await splineModel.train(set, { cutoff }, { ...context, signal: AbortSignal.abort() });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, 'Interrupted');
  }
});

/** Single chains of four sites in the open, with known angle and dihedral energies and nothing else but stiff bonds. */
function chains(): TrainingSet {
  const { normal, uniform } = generator(9);
  const structure = makeStructure({ units: 'lj', mass: [1, 1, 1, 1], bonds: [0, 1, 1, 2, 2, 3] });
  const slopes = {
    bond: (x: number) => 300 * (x - 1),
    angle: (x: number) => 40 * (x - 1.9),
    dihedral: (x: number) => -3 * Math.sin(x) + 1.5 * Math.cos(2 * x),
  };
  const tuples = {
    bond: [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
    angle: [
      [0, 1, 2],
      [1, 2, 3],
    ],
    dihedral: [[0, 1, 2, 3]],
  };
  const frames = Array.from({ length: 1500 }, () => {
    const positions = new Float64Array(12);
    const phi = 2 * Math.PI * uniform();
    const [theta, other] = [1.9 + 0.15 * normal(), 1.9 + 0.15 * normal()];
    const length = (): number => 1 + 0.05 * normal();
    positions.set([length(), 0, 0], 3);
    const second = length();
    positions.set([positions[3] - second * Math.cos(theta), second * Math.sin(theta), 0], 6);
    const third = length();
    // Turn of the last bond about the middle one.
    const axis = [1, 2, 3].map((_, c) => (positions[6 + c] - positions[3 + c]) / second);
    const normalVector = [axis[1], -axis[0], 0];
    const along = -Math.cos(other) * third;
    const across = Math.sin(other) * third;
    for (let c = 0; c < 3; c++)
      positions[9 + c] =
        positions[6 + c] + along * axis[c] + across * (Math.cos(phi) * normalVector[c] + (c === 2 ? Math.sin(phi) : 0));
    const forces = new Float64Array(12);
    const gradient = new Float64Array(12);
    for (const coordinate of ['bond', 'angle', 'dihedral'] as const) {
      for (const tuple of tuples[coordinate]) {
        const x = coordinateFunctions[coordinate](positions, openBox, Int32Array.from(tuple), 0, gradient);
        tuple.forEach((site, a) => {
          for (let c = 0; c < 3; c++) forces[3 * site + c] -= slopes[coordinate](x) * gradient[3 * a + c];
        });
      }
    }
    return { positions, forces, box: openBox };
  });
  return trainingSet(structure, frames, { temperature: 1, blocks: 10, validationFraction: 0.2 });
}

test('angles and dihedrals are recovered where molecules have them', async () => {
  const set = chains();
  const model = await splineModel.train(set, { cutoff: 4, excludedBonds: 3 }, context);
  const squares = set.validation.flatMap((f) => [...set.forces(f)].map((x) => x * x));
  const meanSquare = squares.reduce((a, b) => a + b, 0) / squares.length;
  assert.ok(model.errors.validation < 1e-5 * meanSquare, `${model.errors.validation} of ${meanSquare}`);
  const dihedral = splineModel.forces(model, set.structure, openBox).find((f) => f.label === 'spline-dihedral') as BondedForce;
  const table = dihedral.tables?.[0] as Table;
  const energy = (x: number): number => 3 * Math.cos(x) + 0.75 * Math.sin(2 * x);
  const at = (x: number): number => {
    evaluateTable(table, x, out);
    return out[0] - energy(x);
  };
  const offset = at(0.3);
  assert.ok(rms(-Math.PI, Math.PI, (x) => at(x) - offset) < 0.02);
});

test.run();
