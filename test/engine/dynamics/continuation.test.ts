/** Every integrator and thermostat on every platform: saved and loaded it goes on to the bit, however it is cut, and as the reference does. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import type { ForceDescription } from '../../../engine/forces/description.ts';
import type { Context } from '../../../engine/platforms/platform.ts';
import { openBox } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { compile, ljMelt, particles, platforms, registry, system } from '../../support/systems.ts';

const test = suite('continuation');

/** A liquid of two masses, and an odd number of beads in a chain, which leaves lanes of the kernels empty. */
const melt: System = { ...ljMelt(4, 0.8, 'switch') };
const masses = Float64Array.from({ length: 256 }, (_, i) => (i % 3 === 0 ? 2.5 : 1));
const liquid: System = { ...melt, structure: { ...melt.structure, mass: masses } };

function chain(beads: number): System {
  const atoms = Int32Array.from({ length: 2 * (beads - 1) }, (_, k) => (k >> 1) + (k & 1));
  const springs: ForceDescription = {
    kind: 'bonded',
    term: 'harmonic-bond',
    atoms,
    parameters: Float64Array.from({ length: atoms.length }, (_, k) => (k % 2 === 0 ? 1 : 50)),
  };
  const positions = Float64Array.from({ length: 3 * beads }, (_, k) =>
    k % 3 === 0 ? 0.98 * Math.floor(k / 3) : 0.05 * Math.sin(k),
  );
  return system(particles(beads), positions, openBox, [springs]);
}

function verlet(thermostat: { type: string; [setting: string]: unknown } | null, removeCenterOfMass = 10): DynamicsDescription {
  return {
    integrator: 'velocity-verlet',
    timestep: 0.004,
    settings: { timestep: 0.004 },
    thermostat: thermostat && { type: thermostat.type, settings: thermostat },
    removeCenterOfMass,
    seed: 5,
  };
}

function stochastic(integrator: string, friction: number, timestep: number): DynamicsDescription {
  return { ...verlet(null, 0), integrator, timestep, settings: { timestep, temperature: 1, friction } };
}

const cases: readonly (readonly [string, DynamicsDescription])[] = [
  ['velocity-verlet', verlet(null)],
  ['berendsen', verlet({ type: 'berendsen', temperature: 0.8, time: 0.1 })],
  ['velocity-rescaling', verlet({ type: 'velocity-rescaling', temperature: 0.8, time: 0.1 })],
  ['nose-hoover', verlet({ type: 'nose-hoover', temperature: 0.8, time: 0.2 })],
  ['nose-hoover, chain of one', verlet({ type: 'nose-hoover', temperature: 0.8, time: 0.2, chain: 1 })],
  ['nose-hoover, massive', verlet({ type: 'nose-hoover', temperature: 0.8, time: 0.2, massive: true }, 0)],
  ['langevin', stochastic('langevin', 0.7, 0.004)],
  ['langevin with removal', { ...stochastic('langevin', 0.7, 0.004), removeCenterOfMass: 7 }],
  ['overdamped-langevin', stochastic('overdamped-langevin', 10, 0.0005)],
];

test('all integrators and thermostats are tried', () => {
  const tried = cases.map(([name]) => name.split(/,| with/)[0]);
  for (const kind of ['integrator', 'thermostat'] as const)
    for (const name of registry().names(kind)) assert.ok(tried.includes(name), name);
});

for (const platform of platforms) {
  test(`${platform}: an integrator of a plugin, composed of the engine's pieces, does what the engine's own does`, async () => {
    const all = registry();
    all.add('integrator', { ...all.get('integrator', 'velocity-verlet'), name: 'of-a-plugin' });
    const [name, precision] = platform.split(' ');
    const compiled = await Promise.all(
      ['velocity-verlet', 'of-a-plugin'].map((integrator) =>
        all.get('platform', name).compile(liquid, { ...verlet(null), integrator }, all, precision ? { precision } : {}),
      ),
    );
    for (const context of compiled) {
      context.drawVelocities(0.9);
      context.advance(40);
    }
    assert.equal(state(compiled[1]), state(compiled[0]));
  });
}

async function start(platform: string, of: System, dynamics: DynamicsDescription): Promise<Context> {
  const context = await compile(platform, of, dynamics);
  context.drawVelocities(0.9);
  return context;
}

function state(context: Context) {
  const { conserved, kinetic } = context.observe();
  return {
    step: context.step,
    positions: context.positions.slice(),
    velocities: context.velocities.slice(),
    forces: context.forces.slice(),
    conserved,
    kinetic,
  };
}

for (const [name, dynamics] of cases) {
  for (const [what, of] of [
    ['a liquid', liquid],
    ['a chain of 9', chain(9)],
  ] as const) {
    for (const platform of platforms) {
      test(`${platform}, ${name}, ${what}: cut anywhere, saved and loaded, it goes on to the bit`, async () => {
        const whole = await start(platform, of, dynamics);
        whole.advance(60);
        const cut = await start(platform, of, dynamics);
        for (const steps of [1, 9, 2, 21]) cut.advance(steps);
        const next = await compile(platform, of, dynamics);
        next.load(cut.save());
        for (const steps of [1, 25, 1]) next.advance(steps);
        assert.equal(state(next), state(whole));
        assert.equal(next.save().integrator, whole.save().integrator);
      });
    }
    test(`wasm double, ${name}, ${what}: does what the reference does, and conserves the same energy`, async () => {
      const [expected, got] = await Promise.all(['reference', 'wasm double'].map((platform) => start(platform, of, dynamics)));
      for (const context of [expected, got]) context.advance(50);
      const [a, b] = [state(expected), state(got)];
      for (const key of ['positions', 'velocities'] as const) {
        const worst = a[key].reduce((most, x, k) => Math.max(most, Math.abs(x - b[key][k])), 0);
        // Rounding of 50 steps, which collisions make a thousand times larger.
        assert.ok(worst < 1e-9, `${key} differ by ${worst}`);
      }
      assert.ok(Math.abs(a.conserved - b.conserved) < 1e-9 * Math.abs(a.kinetic) * 10, `${a.conserved}, ${b.conserved}`);
    });
  }
}

test.run();
