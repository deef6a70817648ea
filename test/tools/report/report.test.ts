import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Comparison } from '../../../tools/analysis/comparison.ts';
import { torsionMaps } from '../../../tools/report/comparison-figures.ts';
import type { LineChart, MapChart, PageData } from '../../../tools/report/data.ts';
import { renderReport, writeReport } from '../../../tools/report/index.ts';
import { Page } from '../../../tools/report/page.ts';
import { writeFakeRun } from '../../support/fake-run.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('report');
const run = join(scratch(), 'ethane');
let page = '';

test.before(async () => {
  await writeFakeRun(run, 3, 30);
  page = readFileSync(await writeReport(run), 'utf8');
});

function dataOf(html: string): PageData {
  const found = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html);
  if (!found) throw new Error('the page has no data');
  return JSON.parse(found[1]) as PageData;
}

/** The page without its scripts and style: what is read without JavaScript. */
function words(html: string): string {
  return html
    .replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('it is one file: nothing is loaded from a network or from beside it', () => {
  assert.not.match(page, /<(script|img|iframe|source|audio|video|embed)\b[^>]*\bsrc\s*=/i);
  assert.not.match(page, /<link\b/i);
  assert.not.match(page.replace(/<script.*?<\/script>/gs, ''), /@import|url\(\s*['"]?https?:/i);
  assert.not.match(page, /(src=["']http|\bimport\s*\(\s*["']http|fetch\(\s*["']http)/);
  assert.not.match(page, /sourceMappingURL/);
});

test('each script element ends where it should, and the page scripts are complete programs', async () => {
  const opened = page.match(/<script\b/g)?.length;
  assert.is(page.match(/<\/script>/g)?.length, opened);
  assert.is(opened, 5);
  const own = [...page.matchAll(/<script type="module">(.*?)<\/script>/gs)].map((match) => match[1]);
  assert.is(own.length, 2);
  for (const code of own) {
    assert.not.match(code, /^\s*(import|export)\b/m);
    assert.not.throws(() => new Function(code));
  }
});

test('every figure has its data and all of it is finite', () => {
  const data = dataOf(page);
  const charts = [...page.matchAll(/data-chart="([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(charts), new Set(Object.keys(data.charts)));
  assert.equal(
    [...page.matchAll(/data-view="([^"]+)"/g)].map((match) => match[1]),
    Object.keys(data.views),
  );
  for (const chart of Object.values(data.charts)) {
    if (chart.type !== 'lines') continue;
    for (const series of chart.series) {
      assert.is(series.x.length, series.y.length);
      for (const list of [series.x, series.y, series.low ?? [], series.high ?? []])
        assert.ok(list.every(Number.isFinite), `${chart.y.label} of ${series.name}`);
      assert.ok(series.x.length <= 500, `${chart.y.label} has ${series.x.length} points`);
    }
  }
});

test('g(r) of the reference and of every candidate are on top of each other, with error bands and the difference below', () => {
  const charts = Object.values(dataOf(page).charts).filter((chart): chart is LineChart => chart.type === 'lines');
  const rdf = charts.filter((chart) => chart.y.label === 'g(r)' && chart.series.length === 3);
  assert.is(rdf.length, 2);
  assert.equal(
    rdf[0].series.map((series) => series.name),
    ['atoms', 'beads (graph)', 'beads-spline (spline)'],
  );
  assert.ok(rdf[0].series.every((series) => series.low && series.high));
  assert.is(charts.filter((chart) => chart.y.label === '|\u0394g|').length, 2);
});

test('training curves show the noise floor as a line on a logarithmic axis', () => {
  const charts = Object.values(dataOf(page).charts);
  const training = charts.filter(
    (chart): chart is LineChart => chart.type === 'lines' && (chart.rules ?? []).some((r) => r.label === 'noise floor'),
  );
  assert.is(training.length, 2);
  for (const chart of training) {
    assert.is(chart.y.log, true);
    assert.is(chart.rules?.[0].y, 8.1e4);
  }
});

test('the mapping is drawn as its encoder matrix and as the molecule coloured by site', () => {
  const data = dataOf(page);
  const matrix = Object.values(data.charts).find((chart) => chart.type === 'matrix');
  assert.ok(matrix?.type === 'matrix' && matrix.values.length === 2 && matrix.columns.length === 8);
  const molecule = Object.values(data.views).find((view) => view.labels);
  assert.ok(molecule && molecule.count === 8 && molecule.bonds);
  const places = Buffer.from(molecule.kind, 'base64');
  assert.equal(
    [...places].map((kind) => molecule.kinds[kind].colour),
    [0, 1, 0, 0, 0, 1, 1, 1],
  );
});

test('a molecule lies on top of its sites and of what the decoder makes of them', () => {
  const superposed = Object.values(dataOf(page).views).find((view) => view.kinds.some((kind) => kind.opacity !== undefined));
  assert.ok(superposed && superposed.count === 8 + 2 + 8);
  const at = new Int16Array(Uint8Array.from(Buffer.from(superposed.positions, 'base64')).buffer);
  const point = (i: number) => [...at.subarray(3 * i, 3 * i + 3)];
  // the decoder of this run puts every atom onto its site
  [0, 1, 0, 0, 0, 1, 1, 1].forEach((site, atom) => {
    const [site3, decoded] = [point(8 + site), point(10 + atom)];
    for (let k = 0; k < 3; k++) assert.ok(Math.abs(site3[k] - decoded[k]) <= 1);
  });
});

test('a scan is drawn against sites and against the weight of the forces, and the chosen point is marked', () => {
  const charts = Object.values(dataOf(page).charts).filter((chart): chart is LineChart => chart.type === 'lines');
  const sites = charts.filter((chart) => chart.x.label === 'sites a molecule');
  assert.is(sites.length, 2);
  assert.ok(sites[0].series.some((series) => series.name === 'PCA bound' && series.x.join() === '1,2,3'));
  assert.is(charts.filter((chart) => chart.x.label === 'force weight').length, 2);
  assert.match(words(page), /Chosen: 2 sites, force weight 0\.0500 \(number of sites: the knee of the error\)/);
  assert.match(words(page), /2 \u2190/);
});

test('the course of the encoder is a row of matrices', () => {
  const matrices = Object.values(dataOf(page).charts).filter((chart) => chart.type === 'matrix');
  assert.is(matrices.length, 1 + 3);
  assert.match(words(page), /epoch 2.000, temperature 1\.33/);
});

test('a packed view gives the positions back to a thirty-thousandth of its size', () => {
  const view = Object.values(dataOf(page).views)[0];
  const packed = new Int16Array(Uint8Array.from(Buffer.from(view.positions, 'base64')).buffer);
  assert.is(packed.length, 3 * view.count);
  // the first molecule's two carbon atoms are a bond apart
  const length = view.unit * Math.hypot(packed[0] - packed[3], packed[1] - packed[4], packed[2] - packed[5]);
  assert.ok(Math.abs(length - 0.153) < 0.012, `${length}`);
});

test('its tables can be read without JavaScript: verdict, systems, speeds, stages, seeds', () => {
  const text = words(page);
  for (const part of [
    'beads against atoms: g(r) differs by',
    'noise floor',
    '27 molecules',
    'ns/day x molecules',
    'train-mapping',
    '12345',
  ])
    assert.ok(text.includes(part), part);
  assert.not.match(text, /\b(undefined|NaN|null|\[object)\b/);
});

test('what a scenario says is shown as text, never as markup', async () => {
  const folder = join(scratch(), 'hostile');
  mkdirSync(folder);
  const name = '</script><script>alert(1)</script>';
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({
      name,
      status: 'done',
      scenario: { name },
      stages: [{ name: '<b>x</b>', do: 'simulate', status: 'failed', error: name }],
    }),
  );
  const html = await renderReport(folder);
  assert.not.match(html, /<script>alert|<b>x<\/b>/);
});

test('a run that failed half-way still has a report, which says what failed and why', async () => {
  const folder = join(scratch(), 'half');
  await writeFakeRun(folder, 3, 12);
  for (const gone of ['graph', 'beads', 'beads-large', 'compare-beads', 'compare-beads-spline', 'mapping/training.csv'])
    rmSync(join(folder, gone), { recursive: true });
  writeFileSync(join(folder, 'spline', 'model.json'), '{"type": "spline", "noise'); // torn
  writeFileSync(join(folder, 'beads-spline', 'trajectory.h5'), 'not HDF5');
  const manifest = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  manifest.status = 'failed';
  manifest.stages[3] = { ...manifest.stages[3], status: 'failed', error: 'the loss became NaN in epoch 3' };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(manifest));
  const text = words(await renderReport(folder));
  assert.match(text, /The stage graph failed: the loss became NaN in epoch 3/);
  assert.match(text, /Mapping/);
  assert.not.match(text, /Side by side/);
});

test('a run of simulations only shows what was measured on each trajectory', async () => {
  const folder = join(scratch(), 'only');
  await writeFakeRun(folder, 3, 30);
  const manifest = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  manifest.stages = manifest.stages.filter((stage: { name: string }) => stage.name === 'beads');
  writeFileSync(join(folder, 'run.json'), JSON.stringify(manifest));
  const html = await renderReport(folder);
  assert.match(words(html), /bond length CH3-CH3/);
  assert.match(words(html), /diffusion coefficient of molecules/);
  assert.match(html, /<details class="block" open>/);
});

test('a stage of an unknown kind is shown by its settings, and a folder without run.json by what lies in it', async () => {
  const folder = join(scratch(), 'unknown');
  mkdirSync(join(folder, 'fes'), { recursive: true });
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ name: 'x', stages: [{ name: 'fes', do: 'reweight', status: 'done', settings: { bandwidth: 0.125 } }] }),
  );
  assert.match(words(await renderReport(folder)), /Stage fes \(reweight\).*0\.125/);
  await writeFakeRun(folder, 3, 12);
  rmSync(join(folder, 'run.json'));
  assert.match(words(await renderReport(folder)), /beads-large/);
});

test('dangerous builds, drift and unfinished stages are called out', async () => {
  const folder = join(scratch(), 'danger');
  mkdirSync(join(folder, 'a'), { recursive: true });
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ name: 'x', stages: [{ name: 'a', do: 'simulate', status: 'interrupted' }] }),
  );
  writeFileSync(
    join(folder, 'a', 'summary.json'),
    JSON.stringify({
      dangerousBuilds: 3,
      drift: { perDegreeOfFreedom: -0.7 },
      remarks: ['the variable xi: was evaluated outside what its training saw in 20 % of 100 evaluations'],
    }),
  );
  writeFileSync(
    join(folder, 'a', 'free-energy.json'),
    JSON.stringify({ remarks: ['the windows fall into 2 sets that do not overlap'] }),
  );
  const text = words(await renderReport(folder));
  assert.match(text, /a: the windows fall into 2 sets that do not overlap\./);
  assert.match(text, /a was interrupted; continue it with md run --continue/);
  assert.match(text, /3 dangerous pair-list builds/);
  assert.match(text, /a: the variable xi: was evaluated outside what its training saw in 20 %/);
  assert.match(text, /drifts by \u22120\.70 kT per ns/);
});

test('joint torsions are shown as free energies in kT above the lowest cell, the reference beside the candidate', () => {
  const shown = new Page();
  const density = Array.from({ length: 4 }, (_, k) => [0, 1, Math.E, 0][k]);
  const one = {
    name: 'Ramachandran',
    axes: ['a', 'b'],
    bins: 2,
    reference: density,
    candidate: density,
    overlap: 1,
    jensenShannon: 0,
  };
  const comparison = { maps: [one] } as unknown as Comparison;
  const text = torsionMaps(
    { reference: 'atoms', candidates: [{ stage: 's', name: 'beads', label: 'beads', colour: 0, comparison }] },
    shown,
  );
  assert.match((text as { html: string }).html, /Ramachandran<\/b> \u00b7 beads \u00b7 overlap 1\.000/);
  const charts = Object.values(shown.data.charts);
  assert.is(charts.length, 2);
  assert.equal((charts[1] as MapChart).values, [
    [null, 1],
    [0, null],
  ]);
});

test.run();
