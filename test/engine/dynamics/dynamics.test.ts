/** Integrators and thermostats against closed forms: frequencies, distributions, diffusion, conservation, and restarts to the bit. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DynamicsDescription } from '../../../engine/dynamics/dynamics.ts';
import { erfc } from '../../../engine/math/functions.ts';
import type { Context } from '../../../engine/platforms/platform.ts';
import { openBox } from '../../../engine/system/box.ts';
import type { System } from '../../../engine/system/system.ts';
import { compile, ljMelt, nve, particles, platforms, system } from '../../support/systems.ts';

const thermostatted = (type: string, temperature: number, time: number, timestep = 0.005): DynamicsDescription => ({
  ...nve,
  timestep,
  thermostat: { type, settings: { temperature, time } },
});

const langevin = (temperature: number, friction: number, timestep: number, integrator = 'langevin'): DynamicsDescription => ({
  integrator,
  timestep,
  settings: { temperature, friction, timestep },
  thermostat: null,
  removeCenterOfMass: 0,
  seed: 11,
});

/** n free particles, or n bound to nothing: one pair interaction too weak to matter keeps the system legal. */
function idealGas(n: number): System {
  const x = Float64Array.from({ length: 3 * n }, (_, k) => k);
  return system(particles(n), x, openBox, [
    { kind: 'pair-list', atoms: Int32Array.of(0, 1), parameters: Float64Array.of(0.1, 0, 0) },
  ]);
}

/** n independent dumb-bells along x. */
function dumbBells(n: number, k: number): System {
  const x = new Float64Array(6 * n);
  for (let b = 0; b < n; b++) x.set([10 * b, 0, 0, 10 * b + 1.1, 0, 0], 6 * b);
  return system(particles(2 * n), x, openBox, [
    {
      kind: 'bonded',
      term: 'harmonic-bond',
      atoms: Int32Array.from({ length: 2 * n }, (_, i) => i),
      parameters: Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? k : 1)),
    },
  ]);
}

for (const platform of platforms) {
  test(`${platform}: a harmonic bond oscillates at the analytic frequency`, async () => {
    const k = 50;
    const dt = 0.002;
    const context = await compile(platform, dumbBells(1, k), { ...nve, timestep: dt, removeCenterOfMass: 0 });
    const stretch = () => context.positions[3] - context.positions[0] - 1;
    let crossings = 0;
    let first = 0;
    let last = 0;
    for (let s = 0, before = stretch(); s < 20000; s++) {
      context.advance(1);
      const now = stretch();
      if (before < 0 && now >= 0) {
        const at = (s + before / (before - now)) * dt;
        if (crossings++ === 0) first = at;
        last = at;
      }
      before = now;
    }
    const measured = (2 * Math.PI * (crossings - 1)) / (last - first);
    const omega = Math.sqrt(k / 0.5); // reduced mass 1/2
    // Velocity Verlet's own frequency: sin(omega' dt/2) = omega dt/2.
    const shifted = (2 / dt) * Math.asin((omega * dt) / 2);
    assert.ok(Math.abs(measured / shifted - 1) < 1e-6, `measured ${measured}, Verlet ${shifted}, exact ${omega}`);
  });

  test(`${platform}: the fluctuation of the NVE energy falls fourfold when the timestep is halved (switched cut-off)`, async () => {
    const hot = await compile(platform, ljMelt(5, 0.8442, 'switch'));
    hot.drawVelocities(1.44);
    hot.advance(600);
    const start = { ...ljMelt(5, 0.8442, 'switch'), positions: hot.positions.slice(), velocities: hot.velocities.slice() };
    const fluctuation = async (timestep: number, steps: number) => {
      const context = await compile(platform, start, { ...nve, timestep });
      const energies: number[] = [];
      for (let s = 0; s < steps; s++) {
        context.advance(1);
        energies.push(context.observe().conserved);
      }
      const mean = energies.reduce((a, b) => a + b) / steps;
      return Math.sqrt(energies.reduce((a, e) => a + (e - mean) ** 2, 0) / steps);
    };
    const [coarse, middle, fine] = [await fluctuation(0.004, 200), await fluctuation(0.002, 400), await fluctuation(0.001, 800)];
    for (const ratio of [coarse / middle, middle / fine]) assert.ok(Math.abs(ratio - 4) < 0.4, `ratio ${ratio}`);
  });

  for (const [name, dynamics] of [
    ['nose-hoover', thermostatted('nose-hoover', 0.8, 0.3)],
    ['velocity-rescaling', thermostatted('velocity-rescaling', 0.8, 0.1)],
    ['langevin', langevin(0.8, 1, 0.005)],
  ] as const) {
    test(`${platform}: ${name} keeps its conserved energy and its temperature`, async () => {
      const context = await compile(platform, ljMelt(4, 0.8442, 'switch'), dynamics);
      context.drawVelocities(1.6);
      context.advance(1000);
      const start = context.observe().conserved;
      let temperature = 0;
      const samples = 400;
      let worst = 0;
      for (let s = 0; s < samples; s++) {
        context.advance(10);
        const now = context.observe();
        temperature += now.temperature / samples;
        worst = Math.max(worst, Math.abs(now.conserved - start));
      }
      // 256 particles, 20 time units: sd of T is 0.8 sqrt(2/768) = 0.041, more than 20 independent values.
      assert.ok(Math.abs(temperature - 0.8) < 0.03, `temperature ${temperature}`);
      // The Verlet energy error of this melt is near 1e-3 epsilon a particle at dt 0.005.
      assert.ok(worst / 256 < 4e-3, `conserved energy moved by ${worst / 256} a particle`);
    });
  }

  test(`${platform}: Langevin kinetic energies follow the Gamma distribution, and Berendsen's do not`, async () => {
    const p = async (dynamics: DynamicsDescription, apart: number) => {
      const context = await compile(platform, ljMelt(3, 0.8442, 'switch'), dynamics);
      context.drawVelocities(1);
      context.advance(1500);
      const values: number[] = [];
      for (let s = 0; s < 300; s++) {
        context.advance(apart);
        values.push(context.observe().kinetic);
      }
      const dof = dynamics.removeCenterOfMass > 0 ? 321 : 324;
      return kolmogorovSmirnov(values, dof / 2, 1);
    };
    const good = await p(langevin(1, 5, 0.004), 60);
    assert.ok(good > 0.01, `Langevin p ${good}`);
    const stochastic = await p(thermostatted('velocity-rescaling', 1, 0.05, 0.004), 60);
    assert.ok(stochastic > 0.01, `velocity rescaling p ${stochastic}`);
    const bad = await p(thermostatted('berendsen', 1, 0.05, 0.004), 60);
    assert.ok(bad < 1e-6, `Berendsen p ${bad}: the test has no power`);
  });

  test(`${platform}: Langevin dynamics reports the temperature of its bath for bonds so stiff that velocities read (omega dt)^2/4 too cold`, async () => {
    const n = 800;
    // Reduced mass 1/2, so omega = sqrt(2 k); omega dt = 0.8: a sixth of the motion, the distance, is too cold by 16 %.
    const context = await compile(platform, dumbBells(n, 32), langevin(1.3, 2, 0.1));
    context.drawVelocities(1.3);
    context.advance(100);
    let reported = 0;
    let stored = 0;
    const samples = 150;
    for (let s = 0; s < samples; s++) {
      context.advance(7);
      reported += context.observe().temperature / samples;
      stored += context.velocities.reduce((sum, v) => sum + v * v, 0) / (6 * n * samples);
    }
    // Standard errors: 1.3 sqrt(2/(4800 samples)), and twice that for what successive samples share: 0.003.
    assert.ok(Math.abs(reported - 1.3) < 0.006, `reported ${reported}`);
    assert.ok(Math.abs(stored - 1.3 * (1 - 0.16 / 6)) < 0.006, `of the velocities ${stored}`);
  });

  test(`${platform}: free particles diffuse with kT/(m gamma)`, async () => {
    for (const [integrator, settle] of [
      ['langevin', 400],
      ['overdamped-langevin', 0],
    ] as const) {
      const n = 4000;
      const gamma = 2;
      const kT = 1.5;
      const dt = 0.02;
      const context = await compile(platform, idealGas(n), langevin(kT, gamma, dt, integrator));
      context.drawVelocities(kT);
      context.advance(settle);
      const from = context.positions.slice();
      const steps = 1000;
      context.advance(steps);
      let square = 0;
      for (let k = 0; k < 3 * n; k++) square += (context.positions[k] - from[k]) ** 2;
      const t = steps * dt;
      // Ornstein-Uhlenbeck: <x^2> = 2 D (t - (1 - exp(-gamma t))/gamma); overdamped: 2 D t.
      const time = integrator === 'langevin' ? t - 1 / gamma : t;
      const diffusion = square / (3 * n) / (2 * time);
      const expected = kT / gamma;
      assert.ok(
        Math.abs(diffusion / expected - 1) < 4 * Math.sqrt(2 / (3 * n)),
        `${integrator}: D ${diffusion}, expected ${expected}`,
      );
    }
  });

  test(`${platform}: overdamped and Langevin dynamics sample the Boltzmann distribution of a harmonic bond`, async () => {
    for (const integrator of ['langevin', 'overdamped-langevin']) {
      const k = 100;
      const context = await compile(
        platform,
        dumbBells(500, k),
        langevin(1, 1, integrator === 'langevin' ? 0.02 : 0.0005, integrator),
      );
      context.drawVelocities(1);
      let sum = 0;
      let count = 0;
      context.advance(2000);
      for (let s = 0; s < 40; s++) {
        context.advance(100);
        sum += context.observe().potential;
        count += 500;
      }
      // <E> by quadrature of r^2 exp(-k (r - 1)^2/2) at k 100.
      const expected = quadrature(k);
      const tolerance = integrator === 'langevin' ? 0.02 : 0.035; // Euler-Maruyama: bias of order dt
      assert.ok(Math.abs(sum / count - expected) < tolerance, `${integrator}: <E> ${sum / count}, exact ${expected}`);
    }
  });

  test(`${platform}: a simulation that is saved and loaded goes on to the bit, with every integrator`, async () => {
    for (const dynamics of [
      nve,
      thermostatted('nose-hoover', 1, 0.3),
      thermostatted('velocity-rescaling', 1, 0.1),
      thermostatted('berendsen', 1, 0.1),
      langevin(1, 1, 0.005),
      langevin(1, 1, 0.0001, 'overdamped-langevin'),
    ]) {
      const melt = ljMelt(4);
      const whole = await compile(platform, melt, dynamics);
      whole.drawVelocities(1.44);
      whole.advance(83);
      const snapshot = whole.save();
      whole.advance(120);
      const again = await compile(platform, melt, dynamics);
      again.load(snapshot);
      again.advance(120);
      const label = dynamics.thermostat?.type ?? dynamics.integrator;
      assert.equal(bits(again), bits(whole), `${label}: another state`);
      assert.is(again.observe().conserved, whole.observe().conserved, `${label}: another conserved energy`);
    }
  });
}

function bits(context: Context): bigint[] {
  return [...new BigUint64Array(Float64Array.from([...context.positions, ...context.velocities, ...context.forces]).buffer)];
}

function quadrature(k: number): number {
  let weight = 0;
  let energy = 0;
  for (let r = 0.0005; r < 3; r += 0.001) {
    const e = 0.5 * k * (r - 1) ** 2;
    const w = r * r * Math.exp(-e);
    weight += w;
    energy += w * e;
  }
  return energy / weight;
}

/** p-value of the Kolmogorov-Smirnov test of `values` against Gamma(shape, scale); normal quantiles by Wilson & Hilferty (shape > 100). */
function kolmogorovSmirnov(values: number[], shape: number, scale: number): number {
  const cdf = (x: number) => {
    const z = ((x / (scale * shape)) ** (1 / 3) - 1 + 1 / (9 * shape)) * 3 * Math.sqrt(shape);
    return 0.5 * erfc(-z / Math.SQRT2);
  };
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  let d = 0;
  sorted.forEach((x, i) => {
    d = Math.max(d, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n));
  });
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * d;
  let p = 0;
  for (let j = 1; j < 100; j++) p += 2 * (-1) ** (j - 1) * Math.exp(-2 * j * j * lambda * lambda);
  return Math.max(0, Math.min(1, p));
}

test.run();
