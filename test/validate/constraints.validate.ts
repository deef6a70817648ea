/** A million steps of rigid water: lengths, energy. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConstraintSolver } from '../../engine/dynamics/constraints/solver.ts';
import { compile, nve } from '../support/systems.ts';
import { waterBox } from '../support/water.ts';

const steps = 1_000_000;

test('rigid water keeps its lengths over a million steps, and its energy but for rounding and the timestep', async () => {
  const system = waterBox(3);
  const { structure, constraints } = system;
  assert.ok(constraints);
  const langevin = {
    integrator: 'langevin',
    timestep: 0.001,
    settings: { temperature: 300, friction: 20, timestep: 0.001 },
    thermostat: null,
    removeCenterOfMass: 0,
    seed: 3,
  };
  const warm = await compile('wasm', system, langevin);
  warm.minimise({ tolerance: 100, maxSteps: 100 });
  warm.drawVelocities(300);
  warm.advance(5000);
  const start = { ...system, positions: warm.positions.slice(), velocities: warm.velocities.slice() };
  const context = await compile('wasm double', start, { ...nve, timestep: 0.002 });
  const solver = new ConstraintSolver(constraints, structure, structure.mass, 0.002);
  const energies: number[] = [];
  let worst = 0;
  for (let s = 0; s < steps; s += 1000) {
    context.advance(1000);
    energies.push(context.observe().conserved);
    worst = Math.max(worst, solver.largestError(context.positions));
  }
  const tenth = energies.length / 10;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const change = mean(energies.slice(-tenth)) - mean(energies.slice(0, tenth));
  const degrees = 6 * 27 - 3;
  const drift = change / (0.9 * steps * 0.002 * 1e-3) / (2.494 * degrees);
  console.log(`largest relative error of a length ${worst.toExponential(2)}; drift ${drift.toExponential(2)} kT/ns/dof`);
  assert.ok(worst < 1e-9);
  assert.ok(Math.abs(drift) < 0.05);
});

test.run();
