/** Networks on pairs of different molecules alone: what is within a molecule is left to what they add to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Box, type CustomForce, orthorhombic, Registry } from '../../../engine/index.ts';
import { edgePairs } from '../../../plugins/potentials/graph/edge-pairs.ts';
import { type GraphPotentialData, graphPotential } from '../../../plugins/potentials/graph/force.ts';
import { graphModel } from '../../../plugins/potentials/graph/model.ts';
import type { TrainingContext } from '../../../plugins/potentials/model.ts';
import { compilePriors, type Priors } from '../../../plugins/potentials/priors.ts';
import { chainInVacuum, dimerLiquid } from './synthetic.ts';

const test = suite('networks between molecules');
const liquid = dimerLiquid({ frames: 60 });
const { structure } = liquid;
const context = {
  seed: 3,
  registry: new Registry(),
  progress: { update: () => {}, note: () => {} },
  signal: new AbortController().signal,
  folder: { path: '', exists: () => false } as unknown as TrainingContext['folder'],
  record: () => {},
};
const settings = { base: 'priors', features: 16, layers: 2, filterWidth: 16, cutoff: 2.4, steps: 60, batch: 2 };
const model = await graphModel.train(liquid, { ...settings, edges: 'between-molecules' }, context);

function networkForces(positions: Float64Array, box: Box, precision: 'fast' | 'reference'): Float64Array {
  const force = graphModel.forces(model, structure, box).find((f) => f.label === 'graph') as CustomForce;
  const system = { structure, box, forces: [], positions, velocities: null };
  const data = { ...(force.data as GraphPotentialData), precision };
  const everyPair = (_reach: number, excluded: Int32Array) => listWithout(excluded);
  const kernel = graphPotential.compile({ ...force, data }, { system, pairList: everyPair } as never);
  const forces = new Float64Array(positions.length);
  kernel.compute(positions, box, forces, new Float64Array(9));
  return forces;
}

function listWithout(excluded: Int32Array) {
  const sites = structure.mass.length;
  const out = new Set(Array.from({ length: excluded.length / 2 }, (_, k) => excluded[2 * k] * sites + excluded[2 * k + 1]));
  const partners = Array.from({ length: sites }, (_, i) =>
    Array.from({ length: sites - i - 1 }, (_, k) => i + 1 + k).filter((j) => !out.has(i * sites + j)),
  );
  const start = Int32Array.from([
    0,
    ...partners.map((_, i) => partners.slice(0, i + 1).reduce((sum, list) => sum + list.length, 0)),
  ]);
  return { version: 1, start, neighbours: Int32Array.from(partners.flat()) };
}

test('no pair of a molecule is an edge', () => {
  const chain = chainInVacuum({ sites: 5, frames: 20 }).structure;
  assert.equal([...edgePairs(chain, 2).bonded], [0, 1, 0, 2, 1, 2, 1, 3, 2, 3, 2, 4, 3, 4]);
  const { bonded, unlisted } = edgePairs(chain, 2, 'between-molecules');
  assert.is(bonded.length, 0);
  assert.is(unlisted.length / 2, (5 * 4) / 2);
  assert.equal([...edgePairs(structure, 1, 'between-molecules').unlisted], [...structure.bonds]);
});

for (const precision of ['fast', 'reference'] as const)
  test(`${precision}: molecules far from each other feel nothing of the network, whatever their bonds`, () => {
    const positions = new Float64Array(3 * structure.mass.length);
    for (let m = 0; m < positions.length / 6; m++) {
      positions[6 * m] = 10 * m;
      positions[6 * m + 3] = 10 * m + 0.6 + 0.02 * m;
    }
    const forces = networkForces(positions, orthorhombic(400, 400, 400), precision);
    assert.ok(forces.every((f) => f === 0));
  });

test('what runs is what was trained: the validation error comes out of the forces', () => {
  const base = compilePriors(model.description.priors as Priors, structure);
  for (const precision of ['fast', 'reference'] as const) {
    let square = 0;
    for (const frame of liquid.validation) {
      const forces = networkForces(liquid.positions(frame), liquid.box(frame), precision);
      assert.ok(forces.some((f) => Math.abs(f) > 1e-3));
      base(liquid.positions(frame), liquid.box(frame), forces);
      square += liquid.forces(frame).reduce((sum, f, k) => sum + (f - forces[k]) ** 2, 0) / forces.length;
    }
    const found = square / liquid.validation.length;
    // Single precision in the trained kernel.
    assert.ok(Math.abs(found / model.errors.validation - 1) < 1e-4, `${precision}: ${found}, ${model.errors.validation}`);
  }
});

test.run();
