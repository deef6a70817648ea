/** What a free energy finds in a finished run. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { intervalsOf } from '../../../plugins/biasing/regions.ts';
import { biasComponents, loadRun } from '../../../plugins/biasing/runs.ts';
import { openStageFolder } from '../../../tools/runner/stage-folder.ts';
import { scratch } from '../../support/fixtures.ts';
import { all } from './support.ts';

test('a bias may have the name of a variable of several components, and act on one of them', async () => {
  const folder = openStageFolder(scratch());
  const rows = Array.from({ length: 12 }, (_, k) => k);
  await folder.write('COLVAR', `#! FIELDS time p.s p.z p.bias p.rct\n${rows.map((k) => `${k} 1 2 3 4\n`).join('')}`);
  await folder.write('log.csv', `step,time,p.s,p.z,p.bias,p.rct\n${rows.map((k) => `${k},${k},1,2,3,4\n`).join('')}`);
  const biases = { p: { type: 'opes', variables: ['p'] }, q: { type: 'upper-walls', variables: ['p.z'] } };
  const settings = { dynamics: { integrator: 'langevin', timestep: 1, temperature: 1, friction: 1 }, biases };
  const run = await loadRun({ name: 'a', kind: 'simulate', units: 'lj', settings, folder, inputs: {} }, 0, all, 'from');
  assert.equal([...run.components.keys()], ['p.s', 'p.z']);
  assert.equal(biasComponents(run, biases.p), ['p.s', 'p.z']);
  assert.equal(biasComponents(run, biases.q), ['p.z']);
});

test('regions and ranges take units', async () => {
  const folder = openStageFolder(scratch());
  const rows = Array.from({ length: 12 }, (_, k) => k);
  const ends = '#! SET min_phi -pi\n#! SET max_phi pi\n';
  await folder.write('COLVAR', `#! FIELDS time phi r\n${ends}${rows.map((k) => `${k} 1 2\n`).join('')}`);
  await folder.write('log.csv', `step,time (ps),phi (rad),r (nm)\n${rows.map((k) => `${k},${k},1,2\n`).join('')}`);
  const settings = { dynamics: { integrator: 'langevin', timestep: 1, temperature: 300, friction: 1 } };
  const run = await loadRun({ name: 'a', kind: 'simulate', units: 'md', settings, folder, inputs: {} }, 0, all, 'from');
  const { phi, r } = intervalsOf({ phi: ['90 deg', 4], r: ['3 A', '1 nm'] }, run, 'regions.a');
  assert.ok(Math.abs(phi[0] - Math.PI / 2) < 1e-14 && phi[1] === 4);
  assert.equal(r, [0.3, 1]);
  assert.throws(() => intervalsOf({ r: ['3 deg', 1] }, run, 'regions.a'), /regions\.a\.r/);
  assert.throws(() => intervalsOf({ x: [0, 1] }, run, 'regions.a'), /has no variable "x"; it has phi, r/);
});

test.run();
