/** The ring of an earlier study of ring polymers: size, bonds and diffusion with useful errors; Langevin and Nosé-Hoover side by side. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { System } from '../../engine/system/system.ts';
import {
  beads,
  centreDiffusion,
  type Measured,
  measureRing,
  type RingRun,
  ring,
  ringLangevin,
  ringNoseHoover,
} from '../support/ring.ts';
import { compile, platforms } from '../support/systems.ts';

const told = ({ mean, error }: Measured) => `${mean.toFixed(5)} +- ${error.toFixed(5)}`;
function print(name: string, run: RingRun): void {
  process.stdout.write(
    `${name}: bond ${told(run.bond)}, Rg2 ${told(run.gyration)}, sd ${run.gyrationSd.toFixed(2)}, U/bead ${told(run.potentialPerBead)}, T ${told(run.temperature)}\n`,
  );
}
const agree = (what: string, a: Measured, b: Measured) =>
  assert.ok(Math.abs(a.mean - b.mean) < 3 * Math.hypot(a.error, b.error), `${what}: ${told(a)} and ${told(b)}`);

/** A ring at equilibrium, with velocities of the same ensemble. */
async function equilibrated(platform: string, seed: number): Promise<System> {
  const start = await ring();
  const context = await compile(platform, start, ringLangevin(0.01, 0.1, seed));
  context.drawVelocities(1);
  context.advance(30000);
  return { ...start, positions: context.positions.slice(), velocities: context.velocities.slice() };
}

for (const platform of platforms) {
  const runs: Record<string, RingRun> = {};

  test(`${platform}: Langevin dynamics with little friction finds the size, its spread and the bond length`, async () => {
    const context = await compile(platform, await equilibrated(platform, 31), ringLangevin(0.01, 0.1, 32));
    runs.langevin = measureRing(context, 20000, 100);
    print('Langevin, gamma 0.1', runs.langevin);
    const { gyration, gyrationSd, bond } = runs.langevin;
    // 19.9 +- 0.3 and 4.3 of that study; 0.9709 +- 0.0001 measured before.
    assert.ok(Math.abs(gyration.mean - 19.9) < 3 * Math.hypot(gyration.error, 0.3), `Rg2 ${told(gyration)}`);
    assert.ok(Math.abs(gyrationSd - 4.3) < 0.4, `sd ${gyrationSd}`);
    assert.ok(Math.abs(bond.mean - 0.9709) < 3 * Math.hypot(bond.error, 1e-4), `bond ${told(bond)}`);
  });

  test(`${platform}: the centre of mass diffuses with kT/(N m gamma)`, async () => {
    const context = await compile(platform, await equilibrated(platform, 33), ringLangevin(0.01, 1, 34));
    const run = measureRing(context, 10000, 100);
    print('Langevin, gamma 1', run);
    const found = centreDiffusion(run.centre, 5, 1, 1);
    process.stdout.write(`D ${told(found)}, expected ${(1 / beads).toFixed(5)}\n`);
    assert.ok(Math.abs(found.mean - 1 / beads) < 3 * found.error, `D ${told(found)}`);
  });

  test(`${platform}: massive Nosé-Hoover chains, started from the planar circle, agree with Langevin dynamics`, async () => {
    const context = await compile(platform, await ring(), ringNoseHoover(0.005, true, 35));
    context.drawVelocities(1);
    context.advance(60000);
    const run = measureRing(context, 6000, 200);
    print('Nosé-Hoover, massive', run);
    agree('Rg2', run.gyration, runs.langevin.gyration);
    // Velocity Verlet at 0.005 leaves bonds 0.5% too hot: 0.0047 in U a bead, 0.00007 in the bond length.
    agree('bond', run.bond, { mean: runs.langevin.bond.mean + 7e-5, error: runs.langevin.bond.error });
    const { mean, error } = runs.langevin.potentialPerBead;
    agree('U/bead', run.potentialPerBead, { mean: mean + 0.0047, error });
  });

  test(`${platform}: one Nosé-Hoover chain keeps the rotation it was given: a ring that spins as the circle did stays too wide`, async () => {
    const context = await compile(platform, await ring(), ringNoseHoover(0.005, false, 2));
    context.drawVelocities(1);
    context.advance(40000);
    const run = measureRing(context, 3000, 200);
    print('Nosé-Hoover, one chain from the circle', run);
    const { angularMomentum } = run;
    const mean = angularMomentum.reduce((a, b) => a + b) / angularMomentum.length;
    process.stdout.write(
      `|L| ${angularMomentum[0].toFixed(1)} at first, ${mean.toFixed(1)} on average, ${angularMomentum.at(-1)?.toFixed(1)} at last\n`,
    );
    assert.ok(run.gyration.mean - runs.langevin.gyration.mean > 5 * Math.hypot(run.gyration.error, runs.langevin.gyration.error));
  });
}

test.run();
