/** Claims about the benchmarks themselves: each case runs, is what it says, and gives the same bits twice. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orthorhombic } from '../../../engine/index.ts';
import { buildCase, choosePlatform } from '../../../tools/bench/build.ts';
import { cases, findCase } from '../../../tools/bench/cases.ts';
import { type Measurement, measure } from '../../../tools/bench/measure.ts';
import { prepare } from '../../../tools/bench/prepare.ts';
import { atStartState, writeStartState } from '../../../tools/bench/start-state.ts';
import { scratch } from '../../support/fixtures.ts';
import { particles, registry, system } from '../../support/systems.ts';

const test = suite('bench');

async function run(name: string, platform: string | undefined, steps: number): Promise<Measurement[]> {
  const choice = await choosePlatform({ platform, threads: 1, set: [] });
  const state = join(scratch(), 'state');
  await prepare({ do: 'prepare', case: name, size: 'small', state, ...choice });
  const again = () => measure({ do: 'measure', case: name, size: 'small', state, steps, seconds: 1, ...choice });
  return [await again(), await again()];
}

for (const { name } of cases) {
  test(`${name}: a small one runs its steps, accounts for its time, builds no list too late and gives the same bits twice`, async () => {
    const [first, second] = await run(name, undefined, 40);
    assert.is(first.steps, 40);
    assert.ok(Math.abs(first.stepsPerSecond * first.seconds - 40) < 1e-9);
    assert.ok(Math.abs(first.matomStepsPerSecond * 1e6 - first.stepsPerSecond * first.particles) < 1e-3);
    assert.ok(first.neighboursPerParticle > 0);
    assert.is(first.dangerousBuilds, 0);
    assert.ok(Number.isFinite(first.startPotential) && Number.isFinite(first.drift ?? Number.NaN));
    const known = Object.values(first.secondsByTask).reduce((sum, value) => sum + value, 0);
    // Clocks of the kernels are read at other moments than ours.
    assert.ok(known > 0 && known < 1.2 * first.seconds + 0.01, `${known} of ${first.seconds} s`);
    assert.ok(first.memory.peak > 2e7);
    assert.is(second.stateHash, first.stateHash);
    assert.is(second.startPotential, first.startPotential);
  });
}

for (const platform of registry().names('platform')) {
  test(`${platform}: lj-melt starts from a liquid of temperature 0.7 that keeps its energy`, async () => {
    const [{ temperature, startPotential, particles: n, drift }] = await run('lj-melt', platform, 100);
    // LAMMPS' melt has 0.757 after 100 steps; 864 particles fluctuate by 0.02.
    assert.ok(temperature > 0.62 && temperature < 0.85, `${temperature}`);
    // The crystal has -6.77, LAMMPS' melt -5.76.
    assert.ok(startPotential / n > -6 && startPotential / n < -5.5, `${startPotential / n}`);
    // The unshifted cut-off makes the energy of 864 particles wander by some 1e-3 a tau, which is no drift.
    assert.ok(Math.abs(drift ?? 1) < 1e-2, `${drift}`);
  });
}

test('the full cases have the sizes that their names are known by', async () => {
  const sizes: Record<string, number> = { 'lj-melt': 32_000, ethane: 4096, ring: 70, 'beads-spline': 8192 };
  for (const [name, size] of Object.entries(sizes)) {
    const { system: built } = await buildCase(findCase(name), 'full');
    assert.is(built.structure.mass.length, size, name);
  }
  const { system: chains } = await buildCase(findCase('kremer-grest'), 'full');
  assert.equal([chains.structure.mass.length, chains.structure.molecule.at(-1)], [32_000, 319]);
  const density = chains.structure.mass.length / (chains.box.vectors ?? [Number.NaN])[0] ** 3;
  assert.ok(Math.abs(density - 0.8442) < 1e-9);
});

test('a starting state comes back from its file to the bit, with and without a box', () => {
  const path = join(scratch(), 'state');
  for (const box of [orthorhombic(3, 4, 5), { vectors: null }]) {
    const one = system(particles(2), Float64Array.of(0.1, 0.2, 0.3, -1 / 3, 5, 6), box, []);
    const moving = { ...one, velocities: Float64Array.of(1, 2, 3, 4, 5, 1e-300) };
    writeStartState(path, moving);
    const { positions, velocities, box: read } = atStartState({ ...one, positions: new Float64Array(6) }, path);
    assert.equal([positions, velocities, read], [moving.positions, moving.velocities, box]);
  }
});

test('an unknown case, platform or setting is bad input, with the nearest name or all', async () => {
  assert.throws(() => findCase('lj-mlet'), /no benchmark "lj-mlet"; did you mean "lj-melt"\?/);
  const choose = (platform: string, set: string[]) =>
    choosePlatform({ platform, threads: 1, set }).then(
      () => 'accepted',
      (error: Error) => `${error.name} ${error.message}`,
    );
  assert.match(await choose('referense', []), /^InputError --platform: .*did you mean "reference"/);
  assert.match(await choose('reference', ['speed=11']), /^InputError --set: the platform reference has no setting "speed"/);
});

test.run();
