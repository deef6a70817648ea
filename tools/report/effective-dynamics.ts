/** The section "Effective dynamics": free energy, diffusion and slowest modes of the diffusion along a variable. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import { coloured } from './legend.ts';
import type { Page, Section } from './page.ts';
import { type Columns, numbers, readColumns, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function effectiveDynamicsSection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const along = readColumns(join(stage.folder, 'effective-dynamics.csv'));
    return along?.values.diffusion ? [showDynamics(stage, along, page)] : [];
  });
  if (blocks.length === 0) return [];
  return [{ id: 'effective-dynamics', title: 'Effective dynamics', content: html`${blocks}` }];
}

function showDynamics(stage: StageView, along: Columns, page: Page): Html {
  const [name] = along.names;
  const result = readJsonObject(join(stage.folder, 'effective-dynamics.json')) ?? {};
  const times = numbers(result.times);
  const rows = numbers(result.eigenvalues).map((rate, k) => [`${k + 1}`, show(rate, 4), show(times[k], 4)]);
  const unit = text(result.unit);
  const heads = ['eigenvalue', unit ? `rate (${unit})` : 'rate', `time (${stage.units === 'md' ? 'ps' : '\u03c4'})`];
  const energyUnit = along.unit.free_energy || (stage.units === 'md' ? 'kJ/mol' : 'kT');
  const modes = along.names.filter((column) => column.startsWith('eigenfunction'));
  return html`<h3>${stage.name}</h3><p>Diffusion along ${name} by conditional averages. Its rates are never below those of the full dynamics.</p>${
    rows.length > 0
      ? table(
          heads.map((head) => ({ head, numeric: true })),
          rows,
        )
      : ''
  }<div class="grid">${draw(stage, along, ['free_energy'], `free energy (${energyUnit})`, page)}${draw(
    stage,
    along,
    ['diffusion'],
    'diffusion',
    page,
  )}${modes.length > 0 ? draw(stage, along, modes, 'eigenfunctions', page) : ''}</div>`;
}

function draw(stage: StageView, along: Columns, columns: readonly string[], label: string, page: Page): Html {
  const [name] = along.names;
  const series = columns.map((column, colour): Series => {
    const kept = Array.from({ length: along.rows }, (_, k) => k).filter((k) => Number.isFinite(along.values[column][k]));
    return {
      name: column.replace('_', ' '),
      colour,
      x: kept.map((k) => compact(along.values[name][k])),
      y: kept.map((k) => compact(along.values[column][k])),
    };
  });
  const chart: LineChart = {
    type: 'lines',
    x: { label: along.unit[name] ? `${name} (${along.unit[name]})` : name },
    y: { label },
    series,
    height: 240,
  };
  const what = columns.length > 1 ? coloured(series) : series[0].name;
  return html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${what} along ${name}</figcaption>${page.chart(chart)}</figure>`;
}
