import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BondedForce, NonbondedForce } from '../../../engine/index.ts';
import { compilePriors, fitPriors, priorForces } from '../../../plugins/potentials/priors.ts';
import { measureTrainingRange } from '../../../plugins/potentials/training-range.ts';
import { dimerLiquid, generator, kT } from './synthetic.ts';

const set = dimerLiquid({ frames: 60 });
const priors = fitPriors(set);

function bondLengths(): number[] {
  return set.training.flatMap((f) => {
    const x = set.positions(f);
    return Array.from({ length: x.length / 6 }, (_, m) => Math.hypot(...[0, 1, 2].map((c) => x[6 * m + 3 + c] - x[6 * m + c])));
  });
}

test('a bond prior has the mean and the inverse variance of the training frames', () => {
  const lengths = bondLengths();
  const mean = lengths.reduce((s, r) => s + r, 0) / lengths.length;
  const variance = lengths.reduce((s, r) => s + (r - mean) ** 2, 0) / (lengths.length - 1);
  assert.is(priors.harmonic.length, 1);
  assert.ok(Math.abs(priors.harmonic[0].mean - mean) < 1e-12);
  assert.ok(Math.abs(priors.harmonic[0].k / (kT / variance) - 1) < 1e-9);
});

test('the range names the extremes and where they are in the stored run', () => {
  const range = measureTrainingRange(set);
  const lengths = bondLengths();
  assert.ok(Math.abs(range.bonded[0].minimum - Math.min(...lengths)) < 1e-12);
  assert.ok(Math.abs(range.bonded[0].maximum - Math.max(...lengths)) < 1e-12);
  const { frame, time, sites } = range.pairs[0].minimumAt;
  assert.is(frame % 10, 0);
  assert.ok(Math.abs((time as number) - frame / 100) < 1e-9);
  const x = set.positions(frame / 10);
  const d = [0, 1, 2].map((c) => x[3 * sites[1] + c] - x[3 * sites[0] + c]).map((e) => e - 5 * Math.round(e / 5));
  assert.ok(Math.abs(Math.hypot(...d) - range.pairs[0].minimum) < 1e-12);
});

test('the core is exactly zero on the training frames and steep below', () => {
  const add = compilePriors({ ...priors, harmonic: priors.harmonic.map((p) => ({ ...p, k: 0 })) }, set.structure);
  for (const f of set.training) {
    const forces = new Float64Array(3 * set.structure.mass.length);
    assert.is(add(set.positions(f), set.box(f), forces), 0);
    assert.ok(forces.every((force) => force === 0));
  }
  const x = new Float64Array(3 * set.structure.mass.length).map((_, k) => 0.9 * Math.floor(k / 6) + (k % 6 >= 3 ? 0.46 : 0));
  const minimum = measureTrainingRange(set).pairs[0].minimum;
  x.set([0, 0, 0, 0, 0, 0.8]);
  for (let k = 6; k < x.length; k++) x[k] = 100 + 10 * Math.floor(k / 6);
  x.set([0.9 * minimum, 0, 0, 50, 50, 50], 6);
  const energy = add(x, { vectors: null }, new Float64Array(x.length));
  assert.ok(energy > 10 * kT && energy < 40 * kT, `${energy}`);
});

test('forces of the priors are minus the gradient of their energy', () => {
  const { uniform } = generator(5);
  const add = compilePriors(priors, set.structure);
  // Squeezed, so that cores overlap and bonds are strained.
  const x = set.positions(0).map((p) => 0.9 * p + 0.02 * uniform());
  const box = { vectors: (set.box(0).vectors as Float64Array).map((e) => 0.9 * e) };
  const forces = new Float64Array(x.length);
  assert.ok(add(x, box, forces) > 0);
  const h = 1e-6;
  const energy = (k: number, by: number): number =>
    add(
      x.map((p, i) => (i === k ? p + by : p)),
      box,
      new Float64Array(x.length),
    );
  const largest = forces.reduce((m, f) => Math.max(m, Math.abs(f)), 0);
  for (let k = 0; k < x.length; k += 7) {
    const expected = -(energy(k, h) - energy(k, -h)) / (2 * h);
    assert.ok(Math.abs(forces[k] - expected) < 1e-7 * largest, `${k}: ${forces[k]} ${expected}`);
  }
});

test('as forces of the engine they carry the same numbers for every copy of a molecule', () => {
  const [bond, core] = priorForces(priors, set.structure) as [BondedForce, NonbondedForce];
  assert.is(bond.term, 'harmonic-bond');
  assert.is(bond.atoms.length / 2, 27);
  assert.equal([...bond.parameters.subarray(52)], [priors.harmonic[0].mean, priors.harmonic[0].k]);
  assert.is(core.pair?.term, 'wca');
  assert.equal([...(core.pair?.parameters ?? [])], [priors.core[0].sigma, priors.core[0].epsilon]);
  assert.is(core.exclusions.length / 2, 27);
});

test.run();
