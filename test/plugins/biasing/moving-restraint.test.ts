/** The work of a moving restraint, against closed forms. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { biased, plane, report } from './support.ts';

const [kWell, kMoving, distance] = [10, 10, 1];
/** Of a spring whose end moves by `distance`, on a particle that another spring holds. */
const freeEnergy = 0.5 * ((kWell * kMoving) / (kWell + kMoving)) * distance ** 2;
const timestep = 0.01;

/** Two springs along x (the field is nothing: a system needs one), the second at rest until `wait` and drawn from 0 to `distance` in `pull`. */
async function works(pull: number, friction: number, seeds: number): Promise<number[]> {
  const wait = 3;
  const start = {
    ...plane,
    units: 'lj',
    system: { ...plane.system, start: [[0, 0]] as typeof plane.system.start, forces: [{ type: 'mueller-brown', scale: 1e-12 }] },
    dynamics: { integrator: 'langevin', timestep, temperature: 1, friction },
  };
  const well = { type: 'umbrella', variables: ['x', 'y'], centre: [0, 0], k: kWell };
  const moving = {
    type: 'moving-restraint',
    variables: ['x'],
    schedule: [
      { time: 0, centre: 0, k: kMoving },
      { time: wait, centre: 0, k: kMoving },
      { time: wait + pull, centre: distance, k: kMoving },
    ],
  };
  const found: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const made = await biased(start as typeof plane, { well, moving }, 'reference', {}, seed);
    made.context.drawVelocities(1);
    made.context.advance(Math.round(wait / timestep));
    assert.is(report(made)['moving.work'], 0);
    made.context.advance(Math.round(pull / timestep));
    const { 'moving.work': work, 'moving.x_centre': centre } = report(made);
    assert.ok(Math.abs(centre - distance) < 1e-12, `${centre}`);
    found.push(work);
  }
  return found;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('drawn slowly, the work is the difference of free energies', async () => {
  // Dissipation is friction (k c / (k + kWell))^2 / pull = 2 x 0.25 / 50 = 0.01, and its variance 2 kT of that: 0.14 each, 0.06 for six.
  const found = mean(await works(50, 2, 6));
  assert.ok(Math.abs(found - freeEnergy - 0.01) < 3 * 0.06, `${found}, expected ${freeEnergy} and 0.01`);
});

test("drawn fast, the mean work is higher and Jarzynski's average is the difference of free energies", async () => {
  const found = await works(1, 2, 400);
  const average = mean(found);
  const variance = mean(found.map((w) => (w - average) ** 2));
  // Works on a harmonic system are Gaussian with variance 2 kT (mean - difference).
  assert.ok(average > freeEnergy + 0.1, `${average}`);
  assert.ok(Math.abs(variance / (2 * (average - freeEnergy)) - 1) < 0.5, `${variance} ${average}`);
  const boltzmann = found.map((w) => Math.exp(-w));
  const jarzynski = -Math.log(mean(boltzmann));
  const error = Math.sqrt(mean(boltzmann.map((b) => (b / mean(boltzmann) - 1) ** 2)) / found.length);
  assert.ok(error < 0.1 && Math.abs(jarzynski - freeEnergy) < 3 * error, `${jarzynski} +- ${error}, expected ${freeEnergy}`);
});

test.run();
