/** Motion of the centre of mass that a system brings along: taken off before the first step where it does not count. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile, ljMelt, nve, platforms } from '../../support/systems.ts';

for (const platform of platforms) {
  test(`${platform}: given velocities lose their common motion at once, so that no energy is lost later`, async () => {
    const melt = ljMelt(4, 0.8442, 'switch');
    const still = await compile(platform, melt, { ...nve, timestep: 0.002 });
    still.drawVelocities(1);
    const drifting = { ...melt, velocities: still.velocities.map((v, k) => v + (k % 3 === 1 ? 0.3 : 0)) };
    const context = await compile(platform, drifting, { ...nve, timestep: 0.002 });
    const start = context.observe();
    assert.ok(Math.abs(start.kinetic - still.observe().kinetic) < 1e-6 * start.kinetic, `kinetic energy ${start.kinetic}`);
    context.advance(90);
    const before = context.observe().conserved;
    context.advance(20);
    const jump = Math.abs(context.observe().conserved - before);
    // The common motion is worth 256 * 0.3^2/2 = 11.5.
    assert.ok(jump < 0.2, `the energy jumped by ${jump}`);
  });

  test(`${platform}: the common motion stays where it counts as a degree of freedom`, async () => {
    const melt = ljMelt(4);
    const velocities = new Float64Array(3 * 256).fill(0.5);
    const context = await compile(platform, { ...melt, velocities }, { ...nve, removeCenterOfMass: 0 });
    assert.ok(Math.abs(context.observe().kinetic - 0.5 * 256 * 0.75) < 1e-9);
  });
}

test.run();
