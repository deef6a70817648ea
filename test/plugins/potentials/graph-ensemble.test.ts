/** Ensembles of graph networks: several trainings, the best drives, and the spread of all is stored and found again at run time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findingsOf } from '../../../engine/forces/terms.ts';
import { type CustomForce, Registry } from '../../../engine/index.ts';
import { type EnsembleReport, variance } from '../../../plugins/potentials/graph/ensemble.ts';
import { type GraphPotentialData, graphPotential } from '../../../plugins/potentials/graph/force.ts';
import { graphModel } from '../../../plugins/potentials/graph/model.ts';
import type { TrainedModel, TrainingContext } from '../../../plugins/potentials/model.ts';
import { allPairs } from './graph-support.ts';
import { dimerLiquid } from './synthetic.ts';

const test = suite('ensembles of graph networks');
const liquid = dimerLiquid({ frames: 60 });
const frame = liquid.validation[0];
const settings = {
  base: 'priors',
  features: 16,
  layers: 1,
  filterWidth: 16,
  cutoff: 2.4,
  steps: 60,
  batch: 2,
  learningRate: 0.004,
};

function train(extra: object): Promise<TrainedModel> {
  const context = {
    seed: 3,
    registry: new Registry(),
    progress: { update: () => {}, note: () => {} },
    signal: new AbortController().signal,
    folder: { path: '', exists: () => false } as unknown as TrainingContext['folder'],
    record: () => {},
  };
  return graphModel.train(liquid, { ...settings, ...extra }, context);
}

function networkForces(model: TrainedModel, change: Partial<GraphPotentialData> = {}) {
  const box = liquid.box(frame);
  const force = graphModel.forces(model, liquid.structure, box).find((f) => f.label === 'graph') as CustomForce;
  const pairList = () => ({ ...allPairs(liquid.structure.mass.length, liquid.structure.bonds), version: 1 });
  const system = { structure: liquid.structure, box, forces: [], positions: liquid.positions(frame), velocities: null };
  const data = { ...(force.data as GraphPotentialData), ...change };
  const kernel = graphPotential.compile({ ...force, data }, { system, pairList } as never);
  const forces = new Float64Array(liquid.positions(frame).length);
  kernel.compute(liquid.positions(frame), box, forces, new Float64Array(9));
  return { forces, kernel, data };
}

const alone = await train({});
const several = await train({ ensemble: 3 });
const report = several.description.ensemble as EnsembleReport;

test('the first member is the training alone, and the one with the least validation error is chosen', () => {
  assert.is(alone.description.ensemble, undefined);
  assert.is(report.members.length, 3);
  assert.is(new Set(report.members.map(({ seed }) => seed)).size, 3);
  assert.is(report.members[report.chosen].validation, Math.min(...report.members.map(({ validation }) => validation)));
  const first = report.chosen === 0 ? '' : 'member0.';
  assert.equal(several.weights[`${first}tables`].data, alone.weights.tables.data);
});

test('at run time all members are looked at, and the spread found is that of their forces', () => {
  const { forces, kernel, data } = networkForces(several);
  const others = data.ensemble?.others ?? [];
  assert.is(others.length, 2);
  const all = [forces, ...others.map((other) => networkForces(several, { ...other, ensemble: undefined }).forces)];
  const expected = Math.sqrt(variance(all) / forces.length);
  assert.ok(expected > 0, 'members differ');
  const found = findingsOf([kernel]).findings?.graph ?? {};
  assert.ok(Math.abs(found['ensemble spread of a force component'] - expected) < 1e-9 * expected);
  const largest = Math.max(
    ...Array.from({ length: forces.length / 3 }, (_, i) => variance(all.map((f) => f.subarray(3 * i, 3 * i + 3)))),
  );
  assert.ok(Math.abs(found['largest ensemble spread of a force'] - Math.sqrt(largest)) < 1e-9);
});

test('looking changes no force, and a training alone has no findings', () => {
  const { forces } = networkForces(several);
  const unwatched = networkForces(several, { ensemble: undefined });
  assert.equal(forces, unwatched.forces);
  assert.is(findingsOf([unwatched.kernel]).findings, undefined);
});

test.run();
