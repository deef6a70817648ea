import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart, MapChart } from '../../../tools/report/data.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { variablesSection } from '../../../tools/report/variables.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('variables of the report');
const folder = join(scratch(), 'variables');

/** A stage with these files; what is no text is written as JSON. */
function stageOf(name: string, files: Readonly<Record<string, unknown>>, settings: object = {}): StageView {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(own, file), typeof content === 'string' ? content : JSON.stringify(content));
  return { name, folder: own, units: 'lj', kind: 'train-variable', settings, inputs: {}, status: 'done' } as unknown as StageView;
}

function show(...stages: StageView[]): { page: Page; html: string; charts: (LineChart | MapChart)[] } {
  const page = new Page();
  const [section] = variablesSection({ stages } as unknown as RunView, page);
  return { page, html: section?.content.html ?? '', charts: Object.values(page.data.charts) as (LineChart | MapChart)[] };
}

const variable = {
  learner: 'transfer-eigenfunctions',
  statistics: { names: ['x', 'y'] },
  frames: { training: 800, validation: 200, effective: 512 },
  eigenvalues: [
    { training: 0.21, validation: 0.2188, raw: { training: 0.205, validation: 0.2134 } },
    { training: 40, validation: 41.32 },
  ],
  warnings: ['the data pass between the two states 3 times'],
};
const plane = 'x,y,value0,value1,weight\n0,0,-1,0,3\n1,0,1,2,1\n0,1,-1,4,0\n1,1,1,6,4\n';

test('eigenvalues stand on validation points beside training, and before the correction for the lag where there is one', () => {
  const { html } = show(stageOf('cv', { 'variable.json': variable }));
  assert.match(html, 'transfer-eigenfunctions, from 800 points in 2 inputs (x, y); 200 more to validate');
  assert.match(html, 'validation (1/\u03c4)');
  assert.match(html, /0\.2188.*0\.2134.*0\.2100/s);
  // The generator has no lag.
  assert.match(html, /41\.32.*\u2013.*40/s);
  assert.match(html, 'Warning: the data pass between the two states 3 times.');
});

test('each component is a map over the plane: the mean of the points of a cell, empty where there are none', () => {
  const maps = show(stageOf('cv', { 'variable.json': variable, 'plane.csv': plane })).charts.filter(
    (chart) => chart.type === 'map',
  );
  const [first, second] = maps as MapChart[];
  assert.is(first.values[0][0], -1);
  assert.is(first.values[0][59], 1);
  assert.is(second.values[59][59], 6);
  assert.is(first.values[30][30], null);
  assert.equal([first.x.from, first.x.to, first.y.from, first.y.to], [0, 1, 0, 1]);
});

test('the path of a decoder lies on the maps, and on the free energy of the weighted points', () => {
  const files = {
    'variable.json': { ...variable, eigenvalues: [] },
    'plane.csv': plane,
    'decoded.csv': 'value,x,y\n-1,0,0\n1,1,1\n',
  };
  const { html, charts } = show(stageOf('ae', files));
  const maps = charts.filter((chart) => chart.type === 'map') as MapChart[];
  assert.is(maps.length, 3);
  assert.equal(maps[0].overlay?.[0].x, [0, 1]);
  // -log(w/max), and nothing where the weight is nothing.
  const energy = maps[2].values;
  assert.ok(Math.abs((energy[0][0] as number) - Math.log(4 / 3)) < 1e-4);
  assert.is(energy[59][0], null);
  assert.not.match(html, 'before correction');
});

test('losses and eigenvalues are drawn over the epochs, eigenvalues on a logarithmic axis if all are positive', () => {
  const training = 'epoch,loss,validation,eigenvalue1,eigenvalue2\n1,3,4,2,80\n2,1,2,0.3,45\n';
  const { charts } = show(stageOf('cv', { 'variable.json': variable, 'training.csv': training }));
  const lines = charts.filter((chart): chart is LineChart => chart.type === 'lines' && chart.x.label === 'epoch');
  assert.equal(
    lines.map((chart) => chart.series.map(({ name }) => name)),
    [
      ['loss', 'validation'],
      ['eigenvalue1', 'eigenvalue2'],
    ],
  );
  assert.equal(lines[1].series[1].y, [80, 45]);
  assert.is(lines[1].y.log, true);
});

test('decoded paths stand side by side, with the minimum-energy path', () => {
  const decoded = (y: number): object => ({ 'variable.json': variable, 'decoded.csv': `value,x,y\n0,0,0\n1,1,${y}\n` });
  const measures = {
    fromMinimumEnergyPath: 0.123,
    ofMinimumEnergyPath: 0.2,
    highest: -38.6,
    aboveSaddle: 2.06,
    fromSaddles: [0.31],
  };
  const paths = {
    minima: [-146.7, -108.2],
    saddles: [{ x: -0.822, y: 0.624, energy: -40.66 }],
    paths: { plain: measures, cured: { ...measures, aboveSaddle: 0.5 } },
  };
  const { html, charts } = show(
    stageOf('plain', decoded(1) as Record<string, unknown>, { plane: ['x', 'y'] }),
    stageOf('cured', decoded(2) as Record<string, unknown>, { plane: ['x', 'y'] }),
    stageOf('paths', { 'paths.json': paths, 'path.csv': 'x,y,energy\n0,0,-146.7\n1,1,-108.2\n' }),
  );
  assert.match(html, /plain.*0\.123.*\u221238\.6.*2\.06.*0\.310.*cured.*0\.500/s);
  assert.match(html, 'from the saddle at \u22120.822, 0.624');
  const chart = charts.at(-1) as LineChart;
  assert.equal(
    chart.series.map(({ name, y }) => [name, y[1]]),
    [
      ['minimum-energy path', 1],
      ['plain', 1],
      ['cured', 2],
    ],
  );
});

test('a run without variables has no such section, and a torn file is no variable', () => {
  assert.is(show(stageOf('nothing', {})).html, '');
  assert.is(show(stageOf('torn', { 'variable.json': '{"learner": "tica", ' })).html, '');
  assert.match(show(stageOf('bare', { 'variable.json': {} })).html, '<h3>bare</h3>');
});

test.run();
