import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart, MapChart, MatrixChart } from '../../../tools/report/data.ts';
import { freeEnergySection } from '../../../tools/report/free-energies.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('free energies of the report');
const folder = join(scratch(), 'free-energies');

function sectionOf(
  csv: string,
  others: Readonly<Record<string, string>> = {},
  names = ['profile'],
): { page: Page; html: string } {
  const stages = names.map((name) => {
    const own = join(folder, `${names.length}-${Object.keys(others).length}`, name);
    mkdirSync(own, { recursive: true });
    for (const [file, content] of Object.entries({ 'free-energy.csv': csv, ...others })) writeFileSync(join(own, file), content);
    return { name, folder: own, units: 'md' } as StageView;
  });
  const page = new Page();
  const [section] = freeEnergySection({ stages } as unknown as RunView, page);
  return { page, html: section?.content.html ?? '' };
}

test('over one variable it is a curve with its error as a band; empty cells are left out', () => {
  const { page, html } = sectionOf('phi (rad),free_energy (kJ/mol),error (kJ/mol)\n-1,0,0.5\n0,,\n1,4,0.25\n');
  const chart = page.data.charts['chart-0'] as LineChart;
  assert.is(chart.x.label, 'phi (rad)');
  assert.equal(chart.series[0].x, [-1, 1]);
  assert.equal(chart.series[0].high, [0.5, 4.25]);
  assert.match(html, /profile<\/b> over phi \u00b7 standard error 0\.38 kJ\/mol \(median\)/);
});

test('over two variables it is a map, whatever the order of the rows; what was never visited is empty', () => {
  const { page } = sectionOf('x,y,free_energy,error\n0.5,2,3,0\n0,1,0,0\n0.5,1,1,0\n');
  const chart = page.data.charts['chart-0'] as MapChart;
  assert.equal(chart.values, [
    [0, 1],
    [null, 3],
  ]);
  assert.equal([chart.x.from, chart.x.to, chart.y.from, chart.y.to], [-0.25, 0.75, 0.5, 2.5]);
});

test('no line is drawn over bins of one variable that were not visited', () => {
  const { page } = sectionOf('x,free_energy\n0,0\n1,2\n2,3\n5,4\n6,1\n');
  const chart = page.data.charts['chart-0'] as LineChart;
  assert.equal(
    chart.series.map((series) => series.x),
    [
      [0, 1, 2],
      [5, 6],
    ],
  );
});

test('a whole column of a map that was not visited stays empty instead of closing up', () => {
  const { page } = sectionOf('x,y,free_energy,error\n0,0,1,0.5\n1,0,2,0.25\n4,1,3,\n');
  const [energy, error] = Object.values(page.data.charts) as MapChart[];
  assert.equal(energy.values, [
    [1, 2, null, null, null],
    [null, null, null, null, 3],
  ]);
  assert.equal([energy.x.from, energy.x.to], [-0.5, 4.5]);
  assert.equal(error.values[0], [0.5, 0.25, null, null, null]);
  assert.equal([energy.label, error.label], ['free energy (kJ/mol)', 'standard error (kJ/mol)']);
});

test('convergence ends at the final value with its error; weights are spread over their logarithms', () => {
  const regions = {
    a: { freeEnergy: 0, error: 0, probability: 0.8 },
    b: { freeEnergy: 3, error: 0.5, probability: 0.2 },
  };
  const { page, html } = sectionOf('x,free_energy\n0,0\n1,2\n', {
    'convergence.csv': 'time (ps),distance (kJ/mol),a (kJ/mol),b (kJ/mol)\n10,2,0,\n20,1,0,4\n30,0,0,3\n',
    'free-energy.json': JSON.stringify({ method: 'reweight', unit: 'kJ/mol', effectiveRows: 1.8, regions }),
    'weights.csv': `step,weight\n0,1\n1,3\n`,
  });
  const [, distance, convergence, weights] = Object.values(page.data.charts) as LineChart[];
  assert.equal(distance.series[0].y, [2, 1, 0]);
  const [course, end] = convergence.series;
  assert.equal(
    [course.x, course.y],
    [
      [20, 30],
      [4, 3],
    ],
  );
  assert.equal(
    [end.x, end.y, end.low, end.high],
    [
      [10, 30],
      [3, 3],
      [2.5, 2.5],
      [3.5, 3.5],
    ],
  );
  const [rows, weight] = weights.series;
  assert.equal([rows.y[0], rows.y[39], weight.y[0], weight.y[39]], [0.5, 0.5, 0.25, 0.75]);
  assert.match(html, /b above a<\/td><td class="number">3\.00 \u00b1 0\.50<\/td><td>kJ\/mol/);
  assert.match(html, /2 rows, worth 1\.80 of equal weight/);
});

test('free energies over the same variable also stand in one picture', () => {
  const { page, html } = sectionOf('x,free_energy\n0,0\n1,2\n', {}, ['first', 'second']);
  const chart = Object.values(page.data.charts).at(-1) as LineChart;
  assert.equal(
    chart.series.map(({ name, colour }) => [name, colour]),
    [
      ['first', 0],
      ['second', 1],
    ],
  );
  assert.match(html, /Over x<\/b>/);
});

test('a run without such a file has no such section', () => {
  const none = { stages: [{ name: 'a', folder: join(folder, 'nowhere'), units: 'lj' }] } as unknown as RunView;
  assert.equal(freeEnergySection(none, new Page()), []);
});

test('of windows put together the overlap is shown as a matrix, with the sets that nothing ties together', () => {
  const { page, html } = sectionOf('x,free_energy\n0,0\n1,2\n', {
    'overlap.csv': 'window,left,right\nleft,0.99,0.01\nright,0.02,0.98\n',
    'free-energy.json': JSON.stringify({ overlap: { weakest: 0.01, sets: [['left'], ['right']] } }),
  });
  const matrix = Object.values(page.data.charts).find(({ type }) => type === 'matrix') as MatrixChart;
  assert.equal(matrix.values, [
    [0.99, 0.01],
    [0.02, 0.98],
  ]);
  assert.equal(matrix.rows, ['left', 'right']);
  assert.match(html, /0\.010 where it is weakest \(0\.03 is wanted\); sets that do not overlap: left \| right/);
});

test.run();
