/** The minimum-energy path of the Mueller-Brown potential, distances of paths, and the stage that holds decoded paths against it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, type StageContext } from '../../../../engine/index.ts';
import { decodedPaths } from '../../../../plugins/collective-variables/paths/decoded-paths.ts';
import { distance, measurePath } from '../../../../plugins/collective-variables/paths/measures.ts';
import { minimumEnergyPath } from '../../../../plugins/collective-variables/paths/string.ts';
import { openStageFolder } from '../../../../tools/runner/stage-folder.ts';
import { scratch } from '../../../support/fixtures.ts';
import { muellerBrown, registry } from '../learned/support.ts';

const near = (a: number, b: number, tolerance: number): void =>
  assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b} +- ${tolerance}`);
const path = minimumEnergyPath(muellerBrown, [-0.5, 1.5], [0.6, 0]);

test('the minimum-energy path ends in the minima and crosses the two saddles that are known', () => {
  // Stationary points by Newton's method in another program.
  near(path.x[0], -0.558224, 1e-4);
  near(path.y[0], 1.441726, 1e-4);
  near(path.energy[path.energy.length - 1], -108.16672, 1e-4);
  assert.is(path.saddles.length, 2);
  const known = [
    [-0.822002, 0.624313, -40.66484],
    [0.212487, 0.292988, -72.24894],
  ];
  path.saddles.forEach(({ x, y, energy }, k) => {
    near(x, known[k][0], 1e-5);
    near(y, known[k][1], 1e-5);
    near(energy, known[k][2], 1e-4);
  });
});

test('along the path the force has no part across it', () => {
  const gradient = new Float64Array(2);
  for (let k = 1; k < path.x.length - 1; k++) {
    const [tx, ty] = [path.x[k + 1] - path.x[k - 1], path.y[k + 1] - path.y[k - 1]];
    muellerBrown(path.x[k], path.y[k], gradient);
    const across = Math.abs(gradient[0] * ty - gradient[1] * tx) / Math.hypot(tx, ty);
    // Straight lines between 200 images cut corners: forces along the path reach 100, and its tangent turns by some per cent from one to the next.
    assert.ok(across < 6, `${k}: ${across}`);
  }
});

test('a path that is the minimum-energy path has no distance from it, a straight line has, and crosses higher energies', () => {
  const same = measurePath(path, path, muellerBrown);
  near(same.fromMinimumEnergyPath, 0, 1e-12);
  near(same.ofMinimumEnergyPath, 0, 1e-12);
  near(same.aboveSaddle, 0, 0.01);
  // A path from one minimum to the other and beyond: what lies beyond does not count.
  const part = (k: number): number => (k - 20) / 60;
  const line = {
    x: Float64Array.from({ length: 101 }, (_, k) => -0.558224 + 1.181723 * part(k)),
    y: Float64Array.from({ length: 101 }, (_, k) => 1.441726 - 1.413688 * part(k)),
  };
  const straight = measurePath(line, path, muellerBrown);
  assert.ok(straight.fromMinimumEnergyPath > 0.2 && straight.ofMinimumEnergyPath > 0.2);
  const gradient = new Float64Array(2);
  const along = Array.from({ length: 1001 }, (_, k) =>
    muellerBrown(-0.558224 + (1.181723 * k) / 1000, 1.441726 - (1.413688 * k) / 1000, gradient),
  );
  near(straight.highest, Math.max(...along), 0.5);
  near(straight.fromSaddles[0], distance({ x: line.x.slice(20, 81), y: line.y.slice(20, 81) }, -0.822002, 0.624313), 1e-5);
  near(distance({ x: Float64Array.of(0, 2), y: Float64Array.of(0, 0) }, 1, 3), 3, 1e-15);
  near(distance({ x: Float64Array.of(0, 2), y: Float64Array.of(0, 0) }, 5, 4), 5, 1e-15);
});

/** A finished autoencoder with a decoded path, of a run of the potential. */
async function finished(csv: string | null, system: object) {
  const folder = openStageFolder(scratch());
  if (csv !== null) await folder.write('decoded.csv', csv);
  const run = { name: 'walk', kind: 'simulate', units: 'lj', settings: { system }, folder, inputs: {} };
  return { name: 'ae', kind: 'train-variable', units: 'lj', settings: { plane: ['x', 'y'] }, folder, inputs: { from: run } };
}

async function judged(csv: string | null, system: object): Promise<Record<string, unknown>> {
  const folder = openStageFolder(scratch());
  const context = {
    where: 'stages[1]',
    units: 'lj',
    seed: 1,
    settings: {
      from: ['ae'],
      between: [
        [-0.56, 1.44],
        [0.62, 0.03],
      ],
    },
    inputs: { 'from[0]': await finished(csv, system) },
    folder,
    registry,
    progress: { note: () => undefined, update: () => undefined },
    readText: () => Promise.reject(new Error('there are no files')),
  } as unknown as StageContext;
  await decodedPaths.run(context);
  return JSON.parse(await folder.readText('paths.json')) as Record<string, unknown>;
}

const model = { build: 'model', start: [[0, 0]], dimensions: 2, copies: 1, forces: [{ type: 'mueller-brown', scale: 1 }] };

test('the stage reads decoded paths and the potential of the run behind them', async () => {
  const rows = Array.from(path.x, (x, k) => `${k},${x},${path.y[k]}`);
  const { saddles, paths } = (await judged(`value,x,y\n${rows.join('\n')}\n`, model)) as {
    saddles: object[];
    paths: { ae: { fromMinimumEnergyPath: number; aboveSaddle: number } };
  };
  assert.is(saddles.length, 2);
  near(paths.ae.fromMinimumEnergyPath, 0, 1e-4);
  near(paths.ae.aboveSaddle, 0, 0.01);
});

test('variables without a decoded path, and runs that are no model, are told', async () => {
  const message = async (csv: string | null, system: object): Promise<string> => {
    try {
      await judged(csv, system);
    } catch (error) {
      assert.instance(error, InputError);
      return (error as Error).message;
    }
    return '';
  };
  assert.match(await message(null, model), '"ae" has no decoded path: it is no autoencoder of one component');
  assert.match(await message('value,u,v\n0,1,2\n', model), '"ae" has no "plane" of two of its inputs');
  assert.match(await message('value,x,y\n0,1,2\n', { build: 'file' }), '"ae" was not learned of a model');
});

test.run();
