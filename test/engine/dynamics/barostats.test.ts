/** Barostats against closed forms: the volume distribution of an ideal gas, mean pressures, conserved quantities, restarts, messages. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import { openBox, orthorhombic, volume } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { compile, ljMelt, nve, particles, platforms, randomPositions, system } from '../../support/systems.ts';

type Settings = Readonly<Record<string, unknown>>;
const monteCarlo = (pressure: number, more: Settings = {}) => ({
  type: 'monte-carlo',
  settings: { pressure, every: 1, ...more },
});
const rescaling = (pressure: number, more: Settings = {}) => ({
  type: 'stochastic-cell-rescaling',
  settings: { pressure, time: 0.5, compressibility: 1 / pressure, every: 1, ...more },
});

const isobaric = (temperature: number, timestep: number, barostat: DynamicsDescription['barostat']): DynamicsDescription => ({
  ...nve,
  timestep,
  thermostat: { type: 'velocity-rescaling', settings: { temperature, time: 20 * timestep } },
  ...(barostat ? { barostat } : {}),
});

/** n free particles in a periodic box; a pair without energy keeps the system legal. */
function idealGas(n: number, edge: number): System {
  return system(particles(n), randomPositions(n, edge, 'gas'), orthorhombic(edge, edge, edge), [
    { kind: 'pair-list', atoms: Int32Array.of(0, 1), parameters: Float64Array.of(0.1, 0, 0) },
  ]);
}

for (const platform of platforms as readonly string[]) {
  for (const [name, barostat, apart] of [
    ['monte-carlo', monteCarlo(1), 60],
    ['monte-carlo, anisotropic', monteCarlo(1, { coupling: 'anisotropic' }), 120],
    ['stochastic-cell-rescaling', rescaling(1), 50],
    ['stochastic-cell-rescaling, semi-isotropic', rescaling(1, { coupling: 'semi-isotropic' }), 50],
    ['stochastic-cell-rescaling, anisotropic', rescaling(1, { coupling: 'anisotropic' }), 50],
  ] as const) {
    test(`${platform}: volumes of an ideal gas have the Gamma distribution (${name})`, async () => {
      const n = 20;
      const context = await compile(platform, idealGas(n, 2.7), isobaric(1, 0.02, barostat));
      context.drawVelocities(1);
      context.advance(2000);
      const values: number[] = [];
      for (let s = 0; s < 500; s++) {
        context.advance(apart);
        values.push(volume(context.box));
      }
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length;
      // V^N exp(-P V/kT): shape N + 1. Samples are a relaxation time apart or more: half of them count as independent. Three errors.
      const shape = n + 1;
      const count = values.length / 2;
      assert.ok(Math.abs(mean - shape) < 3 * Math.sqrt(shape / count), `mean ${mean}, exact ${shape}`);
      assert.ok(Math.abs(variance / shape - 1) < 3 * Math.sqrt(2.5 / count), `variance ${variance}, exact ${shape}`);
    });
  }

  for (const [name, barostat] of [
    ['monte-carlo', monteCarlo(2, { every: 5 })],
    ['stochastic-cell-rescaling', rescaling(2, { every: 5, time: 1, compressibility: 0.1 })],
  ] as const) {
    test(`${platform}: the mean pressure of a Lennard-Jones fluid, from its virial, is that of the barostat (${name})`, async () => {
      const context = await compile(platform, ljMelt(4, 0.75, 'switch'), isobaric(1.5, 0.004, barostat));
      context.drawVelocities(1.5);
      context.advance(1000);
      const blocks: number[] = [];
      const conserved = context.observe().conserved;
      let worst = 0;
      for (let b = 0; b < 10; b++) {
        let sum = 0;
        for (let s = 0; s < 15; s++) {
          context.advance(20);
          const now = context.observe();
          sum += now.pressure / 15;
          worst = Math.max(worst, Math.abs(now.conserved - conserved));
        }
        blocks.push(sum);
      }
      const mean = blocks.reduce((a, b) => a + b) / 10;
      const error = Math.sqrt(blocks.reduce((a, b) => a + (b - mean) ** 2, 0) / 90);
      assert.ok(error < 0.15 && Math.abs(mean - 2) < 3 * error + 0.01, `mean pressure ${mean} +- ${error}`);
      // 256 particles; the integrator's own error at this timestep is near 1e-3 a particle.
      assert.ok(worst / 256 < 5e-3, `the conserved energy moved by ${worst / 256} a particle`);
    });
  }

  test(`${platform}: at constant pressure, saved and loaded, a simulation goes on to the bit`, async () => {
    for (const barostat of [
      monteCarlo(2, { every: 5, coupling: 'anisotropic' }),
      rescaling(2, { every: 5, compressibility: 0.1, coupling: 'semi-isotropic' }),
    ]) {
      const dynamics = isobaric(1.5, 0.004, barostat);
      const melt = ljMelt(4, 0.75, 'switch');
      const whole = await compile(platform, melt, dynamics);
      whole.drawVelocities(1.5);
      whole.advance(83);
      const snapshot = whole.save();
      whole.advance(60);
      const again = await compile(platform, melt, dynamics);
      again.load(snapshot);
      again.advance(60);
      const bits = (context: typeof whole) => [
        ...new BigUint64Array(
          Float64Array.from([...context.positions, ...context.velocities, ...(context.box.vectors ?? [])]).buffer,
        ),
      ];
      assert.equal(bits(again), bits(whole), barostat.type);
      assert.is(again.observe().conserved, whole.observe().conserved, barostat.type);
      assert.is.not(volume(whole.box), volume(melt.box));
    }
  });

  test(`${platform}: open boundaries, no heat bath, and a box that shrinks too far are errors that say what to do`, async () => {
    const message = (of: System, dynamics: DynamicsDescription, steps = 0) =>
      compile(platform, of, dynamics)
        .then((context) => {
          context.drawVelocities(0.1);
          context.advance(steps);
        })
        .then(String, (error: Error) => `${error.name}: ${error.message}`);
    const open = { ...idealGas(10, 3), box: openBox };
    assert.match(await message(open, isobaric(1, 0.01, monteCarlo(1))), /InputError: dynamics\.barostat: needs a periodic box/);
    assert.match(
      await message(idealGas(10, 3), { ...nve, barostat: monteCarlo(1) }),
      /InputError: dynamics\.barostat: needs constant temp/,
    );
    const thin = ljMelt(3, 0.2);
    assert.match(
      await message(thin, isobaric(0.5, 0.004, monteCarlo(50)), 3000),
      /SimulationError: At step \d+ the barostat has shrunk the box to a width of/,
    );
  });
}

test.run();
