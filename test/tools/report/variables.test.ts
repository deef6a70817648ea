import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart } from '../../../tools/report/data.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { variablesSection } from '../../../tools/report/variables.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('variables of the report');

/** A variable of two components learned from a run of 30 ps, of which the page draws the figures. */
function figuresOf(name: string, settings: object): { charts: LineChart[]; html: string } {
  const folder = join(scratch(), 'report-variables', name);
  for (const stage of ['walk', 'cv']) mkdirSync(join(folder, stage), { recursive: true });
  writeFileSync(join(folder, 'walk', 'log.csv'), 'step,time (ps)\n0,0\n1,15\n2,30\n');
  const file = {
    learner: 'tica',
    statistics: { names: ['x'] },
    frames: { training: 4, validation: 0, effective: 2.5 },
    eigenvalues: [],
  };
  writeFileSync(join(folder, 'cv', 'variable.json'), JSON.stringify(file));
  writeFileSync(join(folder, 'cv', 'plane.csv'), 'x,y,value0,value1,weight\n0,0,1,5,1\n1,0,2,6,1\n0,1,3,7,4\n1,1,4,8,1\n');
  const stages = [
    { name: 'walk', folder: join(folder, 'walk'), units: 'md', settings: {}, inputs: {} },
    { name: 'cv', folder: join(folder, 'cv'), units: 'md', settings, inputs: { from: 'walk' } },
  ] as unknown as StageView[];
  const page = new Page();
  const [section] = variablesSection({ stages } as unknown as RunView, page);
  return { charts: Object.values(page.data.charts).filter((chart) => chart.type === 'lines'), html: section.content.html };
}

test('each component is drawn over the time of the run that it was learned from, and the weights of the points as they are spread', () => {
  const { charts, html } = figuresOf('one', { from: 'walk' });
  const [first, second, weights] = charts;
  assert.equal(
    [first.series[0].x, first.series[0].y],
    [
      [0, 10, 20, 30],
      [1, 2, 3, 4],
    ],
  );
  assert.equal(second.series[0].y, [5, 6, 7, 8]);
  assert.is(first.x.label, 'time in walk (ps)');
  assert.is(weights.series[0].name, 'rows');
  assert.match(html, /4 rows, worth 2\.50 of equal weight/);
});

test('points of several copies or runs are in no order of time, and are not drawn over it', () => {
  for (const settings of [{ from: 'walk', copies: 'particles' }, { from: ['walk', 'other'] }])
    assert.not.match(figuresOf('several', settings).html, /over time/);
});

test.run();
