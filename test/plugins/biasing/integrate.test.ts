/** Energies from mean forces: what is known is integrated, and files go on with finite numbers where nothing was sampled. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forceFiles } from '../../../plugins/biasing/adaptive-force.ts';
import { ForceBins } from '../../../plugins/biasing/force-bins.ts';
import { connected, continued, integrate } from '../../../plugins/biasing/integrate.ts';
import { readMulticolumn } from '../../../plugins/biasing/weights.ts';

const line = (count: number, periodic = false) => ({ start: 0, width: 1, count, periodic });
const unknown = Number.NaN;
const component = (name: string) => ({ name, dimension: 'dimensionless', period: null }) as const;

test('beyond what was sampled the energy goes on with half a step of the last slope, then flat; past a gap with the slopes there', () => {
  const slopes = [0, 0, 2, 2, 0, 0, 4, 4];
  const samples = slopes.map((slope) => (slope === 0 ? 0 : 5));
  const known = Float64Array.of(unknown, unknown, 0, 2, unknown, unknown, unknown, unknown);
  const axes = [line(8)];
  const gradient = (bin: number) => slopes[bin];
  assert.equal([...integrate(axes, gradient, (bin) => samples[bin])].map(String), [...known].map(String));
  assert.equal([...continued(axes, known, gradient)], [-1, -1, 0, 2, 3, 3, 5, 9]);
  assert.equal([...connected(axes, (bin) => samples[bin])], [0, 0, 1, 1, 0, 0, 0, 0]);
});

test('around a period both ends meet in their mean; in two dimensions every bin is reached; without samples all is 0', () => {
  const flat = () => 0;
  assert.equal([...continued([line(5, true)], Float64Array.of(0, unknown, unknown, unknown, 4), flat)], [0, 0, 2, 4, 4]);
  const corner = new Float64Array(9).fill(unknown);
  corner[0] = 1;
  assert.equal([...continued([line(3), line(3)], corner, flat)], new Array(9).fill(1));
  assert.equal([...continued([line(3)], new Float64Array(3).fill(unknown), flat)], [0, 0, 0]);
});

test('files of adaptive biasing forces hold finite numbers in every bin', () => {
  const bins = new ForceBins([component('x'), component('y')], [line(4), line(5)], '');
  for (const [bin, force] of [
    [5, 1],
    [6, 2],
    [14, 3],
  ])
    bins.add(bin, [force, -force]);
  const files = forceFiles('abf', bins);
  assert.equal(Object.keys(files), ['abf.grad', 'abf.count', 'abf.pmf']);
  for (const [file, text] of Object.entries(files)) {
    assert.not.match(text, /[a-df-z]/i, file);
    for (const column of readMulticolumn(text).values) assert.ok(column.every(Number.isFinite), file);
  }
  const [energy] = readMulticolumn(files['abf.pmf']).values;
  assert.is(energy[5] - energy[6], 1.5);
});

test.run();
