import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { biasSection } from '../../../tools/report/biases.ts';
import type { LineChart, MapChart } from '../../../tools/report/data.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('biases of the report');

function sectionOf(name: string, biases: object, files: Record<string, string>): { page: Page; html: string } {
  const folder = join(scratch(), 'report-biases', name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  const page = new Page();
  const stage = { name, folder, units: 'md', settings: { biases } } as unknown as StageView;
  const [section] = biasSection({ stages: [stage] } as unknown as RunView, page);
  return { page, html: section?.content.html ?? '' };
}

const periodic = '#! FIELDS time phi meta.bias\n#! SET min_phi -pi\n#! SET max_phi pi\n';

test('metadynamics along an angle: the angle over its whole period, the bias in each quarter of the run, and heights without gamma/(gamma - 1)', () => {
  const rows = Array.from({ length: 8 }, (_, k) => `${k},${k * 10},${k % 2 === 0 ? -1 : 1},${k},0,${k}`);
  const { page, html } = sectionOf(
    'metadynamics',
    { meta: { type: 'metadynamics', variables: ['phi'], file: 'HILLS' } },
    {
      'log.csv': `step,time (ps),phi (rad),meta.bias (kJ/mol),meta.rbias (kJ/mol),meta.rct (kJ/mol)\n${rows.join('\n')}\n`,
      COLVAR: periodic,
      HILLS: '#! FIELDS time phi sigma_phi height biasf\n 1 -1 0.3 1.25 5\n 2 1 0.3 1 5\n',
    },
  );
  const [bias, heights, rct, course] = Object.values(page.data.charts) as LineChart[];
  assert.is(course.y.label, 'phi (rad)');
  assert.ok(Math.abs((course.y.to ?? 0) - Math.PI) < 1e-7 && course.y.from === -(course.y.to ?? 0));
  assert.equal(course.series[0].y, [-1, 1, -1, 1, -1, 1, -1, 1]);
  assert.ok(course.series[0].points);
  // rows 0 and 1, 2 and 3, ...: each quarter saw the bias at -1 and at 1 once
  assert.equal(
    bias.series.map((series) => series.y),
    [
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ],
  );
  assert.is(bias.y.label, 'bias (kJ/mol)');
  assert.equal(heights.series[0].y, [1, 0.8]);
  assert.equal(rct.series[0].y, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.match(html, /<h3>metadynamics<\/h3>/);
});

test('over two variables the bias is a map of what it was at the last visit', () => {
  const { page } = sectionOf(
    'plane',
    { b: { type: 'opes', variables: ['x', 'y'] } },
    { 'log.csv': 'step,time,x,y,b.bias\n0,0,0,0,-5\n1,1,1,2,-4\n2,2,0,0,-1\n' },
  );
  const map = Object.values(page.data.charts).find((chart) => chart.type === 'map') as MapChart;
  assert.is(map.values[0][0], -1);
  assert.is(map.values[47][47], -4);
  assert.is(map.values.flat().filter((v) => v !== null).length, 2);
  assert.equal([map.x.from, map.x.to, map.y.from, map.y.to], [0, 1, 0, 2]);
});

test('a bias on a path: its components by their names, and not what a bias of the same name reports', () => {
  const log = 'step,time,x,p.s,p.z,p.bias,p.rct\n0,0,5,1,0,-5,7\n1,1,6,2,4,-4,7\n2,2,5,1,0,-1,8\n';
  const whole = sectionOf('path', { p: { type: 'opes', variables: ['p'] } }, { 'log.csv': log });
  const map = Object.values(whole.page.data.charts).find((chart) => chart.type === 'map') as MapChart;
  assert.equal([map.x.label, map.x.from, map.x.to, map.y.label, map.y.to], ['p.s', 1, 2, 'p.z', 4]);
  assert.is(map.values[47][47], -4);
  for (const name of ['p.s', 'p.z']) assert.match(whole.html, `<b>${name}</b> over time`);
  assert.not.match(whole.html, '<b>p.bias</b> over time');
  const one = sectionOf('component', { p: { type: 'opes', variables: ['p.z'] } }, { 'log.csv': log });
  assert.match(one.html, '<b>p.z</b> over time');
  assert.not.match(one.html, '<b>p.s</b> over time');
  assert.match(one.html, 'energy over p.z, in each quarter of the run');
});

test('of adaptive biasing forces the grids are shown: what the forces add up to, and samples; rows of a map are values of the second variable', () => {
  const head = '# 2\n# 0 1 2 0\n# 10 2 3 0\n';
  const grid = (values: readonly number[]) =>
    head + values.map((v, k) => ` ${0.5 + Math.floor(k / 3)} ${11 + 2 * (k % 3)} ${v}`).join('\n');
  const { page, html } = sectionOf(
    'abf',
    { f: { type: 'abf', variables: ['x', 'y'] } },
    {
      'log.csv': 'step,time (ps),x (nm),y (nm),f.bias (kJ/mol)\n0,0,0,10,0\n1,1,1,12,3\n',
      // where there are no samples the file goes on with a number that says nothing
      'f.pmf': grid([0, 2, 5, 1, 6, 3]),
      'f.count': grid([100, 10, 1, 1000, 0, 10]),
    },
  );
  const [energy, samples] = Object.values(page.data.charts).filter((chart) => chart.type === 'map') as MapChart[];
  assert.equal(energy.values, [
    [5, 4],
    [3, null],
    [0, 2],
  ]);
  assert.equal([energy.x.label, energy.x.to, energy.y.from, energy.y.to], ['x (nm)', 2, 10, 16]);
  assert.equal(samples.values, [
    [2, 3],
    [1, null],
    [0, 1],
  ]);
  assert.match(html, /samples in a bin over x, y/);
});

test('with a bias factor the energy of adaptive forces is the part that they take off', () => {
  const { page } = sectionOf(
    'abf-factor',
    { f: { type: 'abf', variables: ['x'], biasFactor: 4 } },
    {
      'log.csv': 'step,time (ps),x (nm),f.bias (kJ/mol)\n0,0,0,0\n1,1,1,0\n',
      'f.pmf': '# 1\n# 0 1 3 0\n 0.5 0\n 1.5 8\n 2.5 2\n',
      'f.count': '# 1\n# 0 1 3 0\n 0.5 9\n 1.5 9\n 2.5 9\n',
    },
  );
  const [energy] = Object.values(page.data.charts) as LineChart[];
  assert.equal(energy.series[0].y, [6, 0, 4.5]);
});

test('a run without biases has no such section, and one whose log is gone neither', () => {
  assert.is(sectionOf('none', {}, { 'log.csv': 'step,time\n0,0\n1,1\n' }).html, '');
  assert.is(sectionOf('gone', { b: { type: 'umbrella', variables: ['x'] } }, {}).html, '');
});

test.run();
