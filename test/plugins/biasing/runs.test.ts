/** What a free energy finds in a finished run. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
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

test.run();
