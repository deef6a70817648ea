import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart } from '../../../tools/report/data.ts';
import { impliedTimesSection } from '../../../tools/report/implied-times.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('implied times of the report');

test('times stand against the lag with their errors as bands, beside known ones and the line below which they say nothing', () => {
  const folder = join(scratch(), 'times');
  mkdirSync(folder, { recursive: true });
  const file = {
    length: 2000,
    longest: 100,
    functions: 24,
    blocks: 10,
    reference: [1600, 73],
    lags: [
      { lag: 2, times: [entry(57.2, 48.5, 64.4), entry(3, 0, 3.4)] },
      { lag: 20, times: [entry(70, 56, 81), { time: null, low: 0, high: 0 }] },
    ],
  };
  writeFileSync(join(folder, 'implied-times.json'), JSON.stringify(file));
  const page = new Page();
  const [section] = impliedTimesSection(
    { stages: [{ name: 'it', folder, units: 'md' } as StageView] } as unknown as RunView,
    page,
  );
  const { html } = section.content;
  assert.match(html, /57\.2 \(48\.5 to 64\.4\)/);
  assert.match(html, 'too fast');
  assert.match(html, /Times beyond 100 ps[^.]*fewer than ten times/);
  assert.match(html, 'Known: 1\u202f600, 73 ps.');
  const chart = page.data.charts['chart-0'] as LineChart;
  assert.equal(
    chart.series.map(({ name, x }) => [name, x]),
    [
      ['time 1', [2, 20]],
      ['time 2', [2]],
      ['as fast as the lag', [2, 20]],
    ],
  );
  assert.equal(chart.series[0].high, [64.4, 81]);
  // 0 has no logarithm.
  assert.ok((chart.series[1].low?.[0] ?? 0) > 0);
  assert.equal(
    chart.rules?.map(({ y }) => y),
    [1600, 73],
  );
});

function entry(time: number, low: number, high: number) {
  return { time, low, high };
}

test.run();
