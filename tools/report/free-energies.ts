/** The section "Free energies": every `free-energy.csv` of a run, as a curve with its error or as a map. */
import { join } from 'node:path';
import { median } from '../analysis/statistics.ts';
import type { Chart, MapChart } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show } from './html.ts';
import type { Page, Section } from './page.ts';
import { type Columns, readColumns } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Columns that are no variable. */
const results = new Set(['free_energy', 'error']);

export function freeEnergySection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const table = readColumns(join(stage.folder, 'free-energy.csv'));
    return table?.values.free_energy ? [showFreeEnergy(stage, table, page)] : [];
  });
  if (blocks.length === 0) return [];
  return [{ id: 'free-energies', title: 'Free energies', content: html`<div class="grid">${blocks}</div>` }];
}

function showFreeEnergy(stage: StageView, table: Columns, page: Page): Html {
  const variables = table.names.filter((name) => !results.has(name));
  const errors = table.values.error?.filter(Number.isFinite) ?? new Float64Array(0);
  const typical = errors.length > 0 ? ` \u00b7 standard error ${show(median(errors), 2)} ${unitOf(stage, table)} (median)` : '';
  const chart =
    variables.length === 1 ? curve(stage, table, variables[0]) : variables.length === 2 ? map(stage, table, variables) : null;
  const drawn = chart ? page.chart(chart) : html`<p class="note">${variables.length} variables: see free-energy.csv.</p>`;
  return html`<figure><figcaption><b>${stage.name}</b> over ${variables.join(', ')}${typical}</figcaption>${drawn}</figure>`;
}

function curve(stage: StageView, table: Columns, name: string): Chart {
  const { values, unit } = table;
  const kept = Array.from(values[name].keys()).filter((k) => Number.isFinite(values.free_energy[k]));
  const y = kept.map((k) => compact(values.free_energy[k]));
  const error = kept.map((k) => values.error?.[k] ?? Number.NaN);
  const band = error.every(Number.isFinite) && { low: y.map((v, k) => v - error[k]), high: y.map((v, k) => v + error[k]) };
  return {
    type: 'lines',
    x: { label: unit[name] ? `${name} (${unit[name]})` : name },
    y: { label: `free energy (${unitOf(stage, table)})` },
    series: [{ name: stage.name, colour: 0, x: kept.map((k) => compact(values[name][k])), y, ...band }],
    height: 260,
  };
}

/** Rows of the file may come in any order; cells that it lacks stay empty. */
function map(stage: StageView, table: Columns, names: readonly string[]): MapChart {
  const { values, unit } = table;
  const [xs, ys] = names.map((name) => [...new Set(values[name])].sort((a, b) => a - b));
  const [column, row] = [xs, ys].map((grid) => new Map(grid.map((v, k) => [v, k])));
  const cells: (number | null)[][] = ys.map(() => xs.map(() => null));
  values.free_energy.forEach((energy, k) => {
    if (Number.isFinite(energy)) cells[row.get(values[names[1]][k]) ?? 0][column.get(values[names[0]][k]) ?? 0] = compact(energy);
  });
  const axis = (name: string, grid: readonly number[]) => {
    const half = grid.length > 1 ? (grid[1] - grid[0]) / 2 : 0.5;
    return {
      label: unit[name] ? `${name} (${unit[name]})` : name,
      from: compact(grid[0] - half),
      to: compact(grid[grid.length - 1] + half),
    };
  };
  return {
    type: 'map',
    x: axis(names[0], xs),
    y: axis(names[1], ys),
    values: cells,
    label: `free energy (${unitOf(stage, table)})`,
    height: 340,
  };
}

function unitOf(stage: StageView, { unit }: Columns): string {
  return unit.free_energy || (stage.units === 'md' ? 'kJ/mol' : 'kT');
}
