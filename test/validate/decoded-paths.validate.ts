/**
 * Decoded paths of autoencoders on the Mueller-Brown potential (unscaled, kT 15), beside the minimum-energy path: the plain autoencoder, and the one
 * whose bottleneck carries an eigenfunction, gamma1 0 and 0.1 (Zhang & Schuette, Entropy 25, 844, 2023). Five seeds, each with points of its own:
 * drawn at kT 15, and drawn at kT 40 with weights.
 *
 * `node dist/test/validate/decoded-paths.validate.js`
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../engine/index.ts';
import { outputsAt } from '../../plugins/collective-variables/learned/forms.ts';
import type { NetworkDescription } from '../../plugins/collective-variables/learned/network/description.ts';
import { PointNetwork } from '../../plugins/collective-variables/learned/network/point-network.ts';
import { planeTables } from '../../plugins/collective-variables/learned/plane.ts';
import { measurePath, type PathMeasures } from '../../plugins/collective-variables/paths/measures.ts';
import { minimumEnergyPath } from '../../plugins/collective-variables/paths/string.ts';
import { muellerBrown, registry, unwatched } from '../plugins/collective-variables/learned/support.ts';
import { type Model, modelData } from '../support/model-points.ts';

const test = suite('decoded paths');
const reference = minimumEnergyPath(muellerBrown, [-0.56, 1.44], [0.62, 0.03]);

const learners: readonly (readonly [string, string, Settings])[] = [
  ['autoencoder', 'autoencoder', {}],
  ['gamma1 0', 'regularised-autoencoder', { gamma1: 0, gamma2: 0.1 }],
  ['gamma1 0.1', 'regularised-autoencoder', { gamma1: 0.1, gamma2: 0.1 }],
];

async function judge(drawn: number, type: string, settings: Settings, seed: number): Promise<PathMeasures> {
  const model: Model = {
    field: 'mueller-brown',
    parameters: [1],
    kT: 15,
    drawn,
    low: [-2, -1],
    high: [1.6, 2.5],
    lag: 1,
    steps: 2,
  };
  const { data, statistics } = modelData(model, registry, 30000, seed, false);
  const { encoder, decoder } = await registry.get('learner', type).learn(data, settings, unwatched(1, 40, seed));
  const all = Int32Array.from({ length: data.count }, (_, p) => p);
  const values = outputsAt(new PointNetwork(encoder), data, all);
  const points = { count: 0, plane: new Float64Array(0), weights: new Float64Array(0) } as unknown as Parameters<
    typeof planeTables
  >[0];
  const { 'decoded.csv': csv } = planeTables(points, [], values, decoder as NetworkDescription, statistics);
  const rows = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const path = { x: Float64Array.from(rows, (row) => row[1]), y: Float64Array.from(rows, (row) => row[2]) };
  return measurePath(path, reference, muellerBrown);
}

const show = (values: readonly number[]): string => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const error = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length * (values.length - 1)));
  return `${mean.toPrecision(3)}(${error.toPrecision(2)})`;
};

for (const drawn of [15, 40])
  for (const [name, type, settings] of learners)
    test(`points drawn at kT ${drawn}, ${name}`, async () => {
      const found: PathMeasures[] = [];
      for (let seed = 1; seed <= 5; seed++) found.push(await judge(drawn, type, settings, seed));
      const of = (pick: (measures: PathMeasures) => number): string => show(found.map(pick));
      console.log(
        `drawn at kT ${drawn}, ${name}: rms ${of((m) => m.fromMinimumEnergyPath)} from the path, ${of((m) => m.ofMinimumEnergyPath)} of it, highest ` +
          `${of((m) => m.aboveSaddle)} above the saddle, ${of((m) => m.fromSaddles[0])} and ${of((m) => m.fromSaddles[1])} from the saddles; each: ` +
          found.map((m) => m.aboveSaddle.toFixed(1)).join(' '),
      );
      for (const measures of found) assert.ok(Number.isFinite(measures.aboveSaddle) && measures.fromMinimumEnergyPath > 0);
    });

test.run();
