/** What the settings of the model `graph` become where they are left out. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { graphOptions } from '../../../plugins/potentials/graph/options.ts';
import { chainInVacuum, dimerLiquid } from './synthetic.ts';

test('chains get two layers, molecules of two sites one and functions of how they lie; what is said stands', () => {
  const chain = chainInVacuum({ sites: 4, frames: 20 });
  const dimers = dimerLiquid({ molecules: 8, frames: 12 });
  const of = ({ layers, orientation, bondPoints }: ReturnType<typeof graphOptions>) => ({ layers, orientation, bondPoints });
  assert.equal(of(graphOptions(chain, {})), { layers: 2, orientation: 0, bondPoints: [] });
  assert.equal(of(graphOptions(dimers, {})), { layers: 1, orientation: 4, bondPoints: [] });
  assert.equal(of(graphOptions(dimers, { orientation: 0 })), { layers: 1, orientation: 0, bondPoints: [-0.25] });
  assert.is(graphOptions(chain, { layers: 3 }).layers, 3);
});

test.run();
