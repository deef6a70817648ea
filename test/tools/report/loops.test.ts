import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LineChart } from '../../../tools/report/data.ts';
import { effectiveDynamicsSection } from '../../../tools/report/effective-dynamics.ts';
import { loopSection } from '../../../tools/report/loops.ts';
import { Page } from '../../../tools/report/page.ts';
import type { RunView, StageView } from '../../../tools/report/run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('loops and effective dynamics of the report');

function runWith(name: string, files: Readonly<Record<string, string>>): RunView {
  const folder = join(scratch(), 'report-loops', name);
  mkdirSync(join(folder, 'rounds'), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return { stages: [{ name, folder, units: 'lj' } as StageView] } as unknown as RunView;
}

test('a loop shows what each round found against the one before, and leads to the report of its rounds', () => {
  const finding = (value: number, met: boolean) => ({ met, value, text: `F differs by ${value} kT` });
  const rounds = [
    { round: 1, findings: [] },
    { round: 2, findings: [finding(0.8, false)] },
    { round: 3, findings: [finding(0.1, true)] },
  ];
  const page = new Page();
  const run = runWith('improve', { 'loop.json': JSON.stringify({ converged: true, rounds }), 'rounds/report.html': '' });
  const html = loopSection(run, page)[0].content.html;
  const [chart] = Object.values(page.data.charts) as LineChart[];
  assert.equal(
    [chart.series[0].x, chart.series[0].y],
    [
      [2, 3],
      [0.8, 0.1],
    ],
  );
  assert.match(html, /Converged after 3 rounds/);
  assert.match(html, /href="improve\/rounds\/report\.html"/);
  assert.match(html, /F differs by 0\.1 kT/);
});

test('effective dynamics show their rates with times, and free energy, diffusion and eigenfunctions along the variable', () => {
  const page = new Page();
  const run = runWith('slow', {
    'effective-dynamics.csv': 'y,free_energy (kT),diffusion,drift,eigenfunction1\n0,0,1,0,-1\n1,2,1.5,0.2,1\n',
    'effective-dynamics.json': JSON.stringify({ variable: 'y', unit: '', eigenvalues: [0.25], times: [4] }),
  });
  const html = effectiveDynamicsSection(run, page)[0].content.html;
  const [energy, diffusion, modes] = Object.values(page.data.charts) as LineChart[];
  assert.is(energy.y.label, 'free energy (kT)');
  assert.equal(diffusion.series[0].y, [1, 1.5]);
  assert.equal(modes.series[0].y, [-1, 1]);
  assert.match(html, /<td class="number">0\.2500<\/td><td class="number">4<\/td>/);
});

test('a run with neither has no such sections', () => {
  const run = runWith('nothing', {});
  assert.equal([loopSection(run, new Page()), effectiveDynamicsSection(run, new Page())], [[], []]);
});

test.run();
