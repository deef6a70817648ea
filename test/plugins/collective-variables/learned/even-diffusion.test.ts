/** A variable scaled by its diffusion is a length: along a double well the position itself, though the eigenfunction is a step. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openBox } from '../../../../engine/index.ts';
import { compileVariables } from '../../../../engine/variables/compile.ts';
import { correlation } from '../../../../tools/runner/convergence.ts';
import { structureOf } from '../../../support/trajectories.ts';
import { bothWells, learn, plane, registry, simulated } from './support.ts';

const interval = 0.1;
const frames = bothWells(interval);
const run = simulated(frames, interval, 1);
const structure = structureOf({ count: 1, types: ['A'] }, 'lj');
const learner = { type: 'generator-eigenfunctions' };

async function trained(scale: string) {
  const { folder } = await learn([run], { features: plane, learner, scale, training: { epochs: 20 } });
  const text = await folder.readText('variable.json');
  const read = () => Promise.resolve(text);
  const set = await compileVariables({ xi: { type: 'learned', file: 'variable.json' } }, structure, registry, read, 'variables');
  const [values, gradients] = [new Float64Array(1), new Float64Array(3)];
  return (x: number, y: number): { value: number; slope: number } => {
    set.variables[0].evaluate(Float64Array.of(x, y, 0), openBox, values, gradients);
    return { value: values[0], slope: Math.hypot(gradients[0], gradients[1]) };
  };
}

const between = Array.from({ length: 31 }, (_, k) => -1.5 + 0.1 * k);

test('along the wells it is linear in x, where the eigenfunction is flat in them', async () => {
  const [plain, even] = [await trained('variance'), await trained('diffusion')];
  const ratio = (of: typeof plain) => of(0, 0).slope / (0.5 * (of(1.2, 0).slope + of(-1.2, 0).slope));
  // The exact eigenfunction has ten times the slope at 0 of that at 1.2.
  assert.ok(ratio(plain) > 3, `${ratio(plain)}`);
  assert.ok(ratio(even) > 0.6 && ratio(even) < 1.6, `${ratio(even)}`);
  const values = Float64Array.from(between, (x) => even(x, 0).value);
  assert.ok(Math.abs(correlation(values, Float64Array.from(between))) > 0.995);
});

test('far from what was learned it ends: no bias pushes on where nothing is known', async () => {
  const even = await trained('diffusion');
  const inside = Math.abs(even(1.5, 0).value - even(-1.5, 0).value);
  assert.ok(Math.abs(even(40, 0).value - even(-40, 0).value) < 2 * inside);
});

test('it is refused for more than one component', async () => {
  try {
    await learn([run], { features: plane, learner, scale: 'diffusion', components: 2, training: { epochs: 1 } });
  } catch (error) {
    assert.match((error as Error).message, /one component; this one has 2/);
    return;
  }
  assert.unreachable();
});

test.run();
