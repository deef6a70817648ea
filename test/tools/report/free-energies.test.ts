import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart, MapChart } from '../../../tools/report/data.ts';
import { freeEnergySection } from '../../../tools/report/free-energies.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('free energies of the report');
const folder = join(scratch(), 'free-energies');

function sectionOf(csv: string): { page: Page; html: string } {
  mkdirSync(join(folder, 'profile'), { recursive: true });
  writeFileSync(join(folder, 'profile', 'free-energy.csv'), csv);
  const stage = { name: 'profile', folder: join(folder, 'profile'), units: 'md' } as StageView;
  const page = new Page();
  const [section] = freeEnergySection({ stages: [stage] } as unknown as RunView, page);
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

test('a run without such a file has no such section', () => {
  const none = { stages: [{ name: 'a', folder: join(folder, 'nowhere'), units: 'lj' }] } as unknown as RunView;
  assert.equal(freeEnergySection(none, new Page()), []);
});

test.run();
