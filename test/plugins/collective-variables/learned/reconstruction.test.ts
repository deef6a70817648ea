/** What autoencoders give back, against the best line, which is known for Gaussian points. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readVariable } from '../../../../plugins/collective-variables/index.ts';
import { normal, uniform } from '../../../support/trajectories.ts';
import { learn, plane, simulated } from './support.ts';

const gauss = normal(uniform(4));
const frames = Array.from({ length: 3000 }, () => {
  const t = gauss();
  return Float64Array.of(t, t + 0.3 * gauss(), 0);
});
const run = simulated(frames, 1, 1);
/** Of two standardised inputs with correlation r the best line leaves a mean square of (1 - r)/2 an input, and the mean alone 1. */
const bestLine = (1 - 1 / Math.sqrt(1.09)) / 2;

async function trained(learner: { type: string; contraction?: number }) {
  const settings = { features: plane, learner, training: { epochs: 60 }, copies: 1, expectStates: false };
  const { folder } = await learn([run], settings);
  const file = readVariable(await folder.readText('variable.json'), 'variable.json');
  const [head, ...rows] = (await folder.readText('training.csv')).trim().split('\n');
  const last = rows[rows.length - 1].split(',').map(Number);
  const column = (name: string): number => last[head.split(',').indexOf(name)];
  return { file, column };
}

test('an autoencoder gives points back about as well as the best line', async () => {
  const { file, column } = await trained({ type: 'autoencoder' });
  // 600 validation points know a mean square to 6 %; a curve may do a little better on points it saw, and a training stops short of the best.
  const loss = file.details.validationLoss as number;
  assert.ok(loss > 0.8 * bestLine && loss < 1.4 * bestLine, `${loss}, best line ${bestLine}`);
  assert.is(file.decoder?.sizes[file.decoder.sizes.length - 1], 2);
  assert.ok(column('reconstruction') < 0.05);
});

test('a contractive autoencoder has a smaller Jacobian, and still gives points back', async () => {
  const [free, contracted] = [
    await trained({ type: 'contractive-autoencoder', contraction: 0 }),
    await trained({ type: 'contractive-autoencoder', contraction: 0.1 }),
  ];
  const [before, after] = [free.column('jacobian'), contracted.column('jacobian')];
  assert.ok(after > 0 && after < 0.5 * before, `${after} ${before}`);
  assert.ok(contracted.column('reconstruction') < 0.2, `${contracted.column('reconstruction')}`);
  assert.ok(free.column('reconstruction') < 1.4 * bestLine, `${free.column('reconstruction')}`);
});

test.run();
