/** Collective variables of a scenario: a column each in the log, equal to what the trajectory says. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrajectory, readLog } from '../../engine/index.ts';
import { md, write } from '../support/command.ts';
import { scratch } from '../support/fixtures.ts';

const folder = scratch();
const scenario = (variables: object) => ({
  name: 'chain',
  seed: 3,
  system: {
    build: 'ring',
    beads: 8,
    bondLength: 0.3,
    particle: { mass: 10 },
    forces: [{ type: 'harmonic-bond', length: 0.3, k: 5000 }],
  },
  dynamics: { integrator: 'langevin', timestep: '5 fs', temperature: 300, friction: '1 /ps' },
  run: { steps: 60 },
  output: { everySteps: 20, precision: 'double' },
  variables,
});

test('the log holds each variable, in its unit, at the positions of its row', async () => {
  const variables = {
    r: { type: 'distance', atoms: [0, 3] },
    phi: { type: 'dihedral', atoms: [0, 2, 4, 6] },
    mixed: { type: 'expression', of: ['r', 'phi'], value: 'r * cos(phi)' },
  };
  write(folder, 'chain.json', scenario(variables));
  const { code, err } = await md(folder, 'run', 'chain.json');
  assert.is(code, 0, err);
  const log = readLog(join(folder, 'runs', 'chain', 'simulate', 'log.csv'));
  assert.is(log.units.r, 'nm');
  assert.is(log.units.phi, 'rad');
  const trajectory = await openTrajectory(join(folder, 'runs', 'chain', 'simulate'));
  for (let f = 0; f < trajectory.length; f++) {
    const x = trajectory.frame(f).positions;
    const r = Math.hypot(x[9] - x[0], x[10] - x[1], x[11] - x[2]);
    assert.ok(Math.abs(log.values.r[f] - r) < 1e-12);
    assert.ok(Math.abs(log.values.mixed[f] - r * Math.cos(log.values.phi[f])) < 1e-12);
  }
  trajectory.close();
});

test('a variable of a variable that is not there is an error that names the nearest', async () => {
  const variables = { dist: { type: 'distance', atoms: [0, 3] }, b: { type: 'expression', of: ['dst'], value: 'dst^2' } };
  write(folder, 'bad.json', scenario(variables));
  const { code, err } = await md(folder, 'run', 'bad.json');
  assert.is(code, 2);
  assert.match(err, 'variables.b: there is no variable "dst" before "b"; did you mean "dist"?');
});

test.run();
