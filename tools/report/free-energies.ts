/** The section "Free energies": every `free-energy.csv` of a run, as a curve with its error or as a map. */
import { join } from 'node:path';
import { median } from '../analysis/statistics.ts';
import { convergenceFigures, regionTable, weightFigure } from './convergence.ts';
import type { LineChart, MapChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show } from './html.ts';
import { coloured } from './legend.ts';
import { overlapFigure } from './overlap.ts';
import type { Page, Section } from './page.ts';
import { type Columns, readColumns } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Columns that are no variable. */
const results = new Set(['free_energy', 'error']);

export function freeEnergySection(run: RunView, page: Page): Section[] {
  const found = run.stages.flatMap((stage) => {
    const table = readColumns(join(stage.folder, 'free-energy.csv'));
    return table?.values.free_energy ? [{ stage, table }] : [];
  });
  if (found.length === 0) return [];
  const blocks = found.map(({ stage, table }) => [
    showFreeEnergy(stage, table, page),
    overlapFigure(stage, page),
    ...convergenceFigures(stage, page),
    weightFigure(stage, page),
  ]);
  const together = overlays(found, page);
  return [
    {
      id: 'free-energies',
      title: 'Free energies',
      content: html`${regionTable(found.map(({ stage }) => stage))}${
        together.length > 0 ? html`<div class="grid">${together}</div>` : ''
      }<div class="grid">${blocks}</div>`,
    },
  ];
}

function showFreeEnergy(stage: StageView, table: Columns, page: Page): Html {
  const variables = variablesOf(table);
  const errors = table.values.error?.filter(Number.isFinite) ?? new Float64Array(0);
  const typical = errors.length > 0 ? ` \u00b7 standard error ${show(median(errors), 2)} ${unitOf(stage, table)} (median)` : '';
  const caption = html`<b>${stage.name}</b> over ${variables.join(', ')}${typical}`;
  if (variables.length === 1)
    return html`<figure><figcaption>${caption}</figcaption>${page.chart(curves([{ stage, table }], variables[0]))}</figure>`;
  if (variables.length !== 2)
    return html`<figure><figcaption>${caption}</figcaption><p class="note">${variables.length} variables: see free-energy.csv.</p></figure>`;
  const drawn = page.chart(map(stage, table, variables, 'free_energy'));
  const error = errors.some((v) => v > 0)
    ? html`<figure><figcaption><b>${stage.name}</b> \u00b7 standard error over ${variables.join(', ')}</figcaption>${page.chart(
        map(stage, table, variables, 'error'),
      )}</figure>`
    : '';
  return html`<figure><figcaption>${caption}</figcaption>${drawn}</figure>${error}`;
}

interface Found {
  readonly stage: StageView;
  readonly table: Columns;
}

function variablesOf({ names }: Columns): string[] {
  return names.filter((name) => !results.has(name));
}

/** Free energies over the same one variable, in one picture. */
function overlays(found: readonly Found[], page: Page): Html[] {
  const groups = new Map<string, Found[]>();
  for (const each of found) {
    const variables = variablesOf(each.table);
    if (variables.length !== 1) continue;
    const key = `${variables[0]} ${unitOf(each.stage, each.table)}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const [name] = variablesOf(group[0].table);
      const chart = curves(group, name);
      return html`<figure><figcaption><b>Over ${name}</b>: ${coloured(
        group.map(({ stage }, colour) => ({ name: stage.name, colour })),
      )}</figcaption>${page.chart(chart)}</figure>`;
    });
}

function curves(found: readonly Found[], name: string): LineChart {
  const [{ stage, table }] = found;
  return {
    type: 'lines',
    x: { label: table.unit[name] ? `${name} (${table.unit[name]})` : name },
    y: { label: `free energy (${unitOf(stage, table)})` },
    series: found.flatMap((each, colour) => pieces(each, name, colour)),
    height: 260,
  };
}

/** A curve for each stretch of bins that were visited: no line over what was not. */
function pieces({ stage, table: { values } }: Found, name: string, colour: number): Series[] {
  const x = values[name];
  const kept = Array.from(x.keys()).filter((k) => Number.isFinite(values.free_energy[k]));
  const step = spacing(kept.map((k) => x[k]));
  const stretches: number[][] = [];
  kept.forEach((k, i) => {
    if (i === 0 || x[k] - x[kept[i - 1]] > 1.5 * step) stretches.push([]);
    stretches[stretches.length - 1].push(k);
  });
  return stretches.map((stretch): Series => {
    const y = stretch.map((k) => compact(values.free_energy[k]));
    const error = stretch.map((k) => values.error?.[k] ?? Number.NaN);
    const band = error.every(Number.isFinite) && { low: y.map((v, k) => v - error[k]), high: y.map((v, k) => v + error[k]) };
    return { name: stage.name, colour, x: stretch.map((k) => compact(x[k])), y, ...band };
  });
}

/** Smallest distance of values in ascending order; bins are as wide. */
function spacing(values: readonly number[]): number {
  const steps = values.slice(1).map((v, k) => v - values[k]);
  return steps.filter((step) => step > 0).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

/** Rows of the file may come in any order; cells that it lacks, whole columns of them too, stay empty. */
function map(stage: StageView, table: Columns, names: readonly string[], what: 'free_energy' | 'error'): MapChart {
  const { values, unit } = table;
  const axes = names.map((name) => {
    const sorted = [...new Set(values[name])].sort((a, b) => a - b);
    const step = sorted.length > 1 ? spacing(sorted) : 1;
    const count = Math.round((sorted[sorted.length - 1] - sorted[0]) / step) + 1;
    return { first: sorted[0], step, count, label: unit[name] ? `${name} (${unit[name]})` : name };
  });
  const [xs, ys] = axes;
  const cells: (number | null)[][] = Array.from({ length: ys.count }, () => new Array(xs.count).fill(null));
  values[what].forEach((energy, k) => {
    const [column, row] = axes.map(({ first, step }, axis) => Math.round((values[names[axis]][k] - first) / step));
    if (Number.isFinite(energy)) cells[row][column] = compact(energy);
  });
  const [x, y] = axes.map(({ first, step, count, label }) => ({
    label,
    from: compact(first - step / 2),
    to: compact(first + (count - 0.5) * step),
  }));
  return {
    type: 'map',
    x,
    y,
    values: cells,
    label: `${what === 'error' ? 'standard error' : 'free energy'} (${unitOf(stage, table)})`,
    height: 340,
  };
}

function unitOf(stage: StageView, { unit }: Columns): string {
  return unit.free_energy || (stage.units === 'md' ? 'kJ/mol' : 'kT');
}
