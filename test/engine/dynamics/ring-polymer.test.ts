/** Short checks of the Kremer-Grest ring; its averages are in test/validate/ring-polymer.validate.ts. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { beads, centreDiffusion, measureRing, ring, ringLangevin, ringNoseHoover } from '../../support/ring.ts';
import { compile, platforms } from '../../support/systems.ts';

for (const platform of platforms) {
  test(`${platform}: bonds of the ring are 0.971 long, and its centre of mass diffuses with kT/(N m gamma)`, async () => {
    const context = await compile(platform, await ring(), ringLangevin(0.01, 1, 3));
    context.drawVelocities(1);
    context.advance(3000);
    const run = measureRing(context, 800, 100);
    assert.ok(Math.abs(run.bond.mean - 0.9709) < 0.001, `bond ${run.bond.mean}`);
    const { mean, error } = centreDiffusion(run.centre, 4, 1, 1);
    assert.ok(Math.abs(mean - 1 / beads) < 4 * error, `D ${mean} +- ${error}, expected ${1 / beads}`);
    assert.ok(error < 0.12 / beads, 'too short to tell');
  });
}

test('a massive Nosé-Hoover thermostat conserves its energy and thermalises the rotation; a single chain does not', async () => {
  const start = await ring();
  const rotation = async (massive: boolean) => {
    const context = await compile('reference', start, ringNoseHoover(0.0025, massive, 1));
    context.drawVelocities(1);
    context.advance(4000);
    const conserved = context.observe().conserved;
    const { angularMomentum, temperature } = measureRing(context, 400, 80);
    const change = Math.abs(context.observe().conserved - conserved) / beads;
    // Measured 0.0016 a bead in 50 tau at this timestep, 0.01 at twice and 0.023 at four times it.
    assert.ok(change < 0.005, `massive ${massive}: conserved energy moved by ${change} a bead`);
    assert.ok(Math.abs(temperature.mean - 1) < 0.03, `massive ${massive}: temperature ${temperature.mean}`);
    const mean = angularMomentum.reduce((a, b) => a + b) / 400;
    return Math.sqrt(angularMomentum.reduce((a, l) => a + (l - mean) ** 2, 0) / 400) / mean;
  };
  const [massive, single] = [await rotation(true), await rotation(false)];
  // The size of a thermal vector of three components has a relative spread of 0.42.
  assert.ok(massive > 0.25, `massive: relative spread of |L| ${massive}`);
  assert.ok(single < 0.15, `single chain: relative spread of |L| ${single}`);
});

test.run();
