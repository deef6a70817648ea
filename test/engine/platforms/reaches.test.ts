/** Inner lists made for foreseen paths: no pair is missed, however wrong the foresight. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { System } from '../../../engine/system/system.ts';
import { compile, ljMelt, nve } from '../../support/systems.ts';
import { chains, langevin, rigidWater } from '../../support/threads.ts';

/** A missed pair at the cut-off of 2.5 is worth 0.016; pairs in single precision change an energy of some thousand by less than 0.002. */
const lessThanAPair = 0.006;

const melt = { make: () => ljMelt(6), temperature: 1.44, tolerance: lessThanAPair };
const cases = [
  { name: 'a melt', ...melt, dynamics: nve },
  { name: 'a melt of ten times the temperature', ...melt, temperature: 14.4, dynamics: { ...nve, timestep: 0.002 } },
  {
    name: 'a melt whose velocities say nothing',
    ...melt,
    dynamics: { ...langevin, integrator: 'overdamped-langevin', timestep: 1e-4 },
  },
  { name: 'chains in a heat bath', make: () => chains(6, 96), temperature: 1, tolerance: lessThanAPair, dynamics: langevin },
];

/** Least distance from the cut-off among those from particle i: single precision takes pairs within 1e-6 of it for either side. */
function distanceFromCutoff({ box }: System, positions: Float64Array, i: number): number {
  const edge = box.vectors?.[0] ?? Number.POSITIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (let j = 0; 3 * j < positions.length; j++) {
    if (j === i) continue;
    const along = [0, 1, 2].map((d) => positions[3 * i + d] - positions[3 * j + d]);
    const r = Math.hypot(...along.map((x) => x - edge * Math.round(x / edge)));
    least = Math.min(least, Math.abs(r - 2.5));
  }
  return least;
}

for (const { name, make, temperature, dynamics, tolerance } of cases) {
  test(`${name} has in every step the energy and the forces that the reference platform finds there`, async () => {
    const system = make();
    const context = await compile('wasm', system, dynamics);
    context.drawVelocities(temperature);
    for (let step = 0; step < 60; step++) {
      context.advance(1);
      const fresh = await compile('reference', { ...system, positions: context.positions.slice() });
      const { potential } = context.observe();
      const exact = fresh.observe().potential;
      assert.ok(Math.abs(potential - exact) < tolerance, `step ${step}: ${potential}, reference ${exact}`);
      // Forces tell of pairs whose energy ends at 0: at the cut-off they pull with 0.039.
      const off = context.forces.findIndex((f, k) => Math.abs(f - fresh.forces[k]) > 0.02);
      if (off >= 0) {
        const away = distanceFromCutoff(system, context.positions, Math.floor(off / 3));
        assert.ok(away < 1e-6, `step ${step}: a force is off, and no partner is at the cut-off (nearest by ${away})`);
      }
    }
    const { listPrunes, listBuilds, dangerousBuilds } = context.statistics();
    assert.ok(listPrunes + listBuilds > 3, `${listPrunes} prunes and ${listBuilds} builds: lists were hardly renewed`);
    assert.is(dangerousBuilds, 0);
  });
}

test('rigid water, whose forces do not tell its paths, has the energy of the reference platform after many lists', async () => {
  const system = rigidWater();
  const context = await compile('wasm', system, { ...nve, timestep: 0.002 });
  context.drawVelocities(300);
  context.advance(100);
  const fresh = await compile('reference', { ...system, positions: context.positions.slice() });
  const { potential } = context.observe();
  const exact = fresh.observe().potential;
  // Single precision and the mesh.
  assert.ok(Math.abs(potential / exact - 1) < 1e-5, `${potential}, reference ${exact}`);
});

test('most reaches are a part of the longest, so that lists of a melt hold few pairs beyond the cut-off', async () => {
  const context = await compile('wasm', ljMelt(10), nve);
  context.drawVelocities(1.44);
  context.advance(300);
  const { neighboursPerParticle } = context.statistics();
  // Within the cut-off 55 (density times volume); groups of four add some three; reaches of 0.06 each, eight.
  assert.ok(neighboursPerParticle > 55 && neighboursPerParticle < 70, `${neighboursPerParticle} neighbours`);
});

test.run();
