/** Pictures of the grids that adaptive biasing forces leave (`name.count`, `name.pmf`): how often each bin was sampled, and what the forces add up to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chart } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html } from './html.ts';
import type { Page } from './page.ts';
import type { StageView } from './run.ts';

interface Grid {
  readonly axes: readonly { readonly start: number; readonly width: number; readonly count: number }[];
  /** The last axis fastest. */
  readonly values: readonly number[];
}

/**
 * Samples (their decimal logarithm) and minus the integrated mean force, from 0 at its lowest: the energy that the bias amounts to where it acts in full.
 *
 * @param labels of the axes, by variable
 * @param biasFactor gamma, where only 1 - 1/gamma of a mean force is taken off
 */
export function forceGrids(
  stage: StageView,
  name: string,
  labels: readonly string[],
  biasFactor: number | null,
  page: Page,
): Html[] {
  const energyUnit = stage.units === 'md' ? 'kJ/mol' : 'kT';
  const over = labels.map((label) => label.replace(/ \(.*\)$/, '')).join(', ');
  const read = (suffix: string): Grid | null => {
    const grid = readGrid(join(stage.folder, `${name}${suffix}`));
    return grid?.axes.length === labels.length ? grid : null;
  };
  const figure = (grid: Grid | null, caption: string, label: string, value: (grid: Grid, k: number) => number): Html | '' => {
    if (!grid) return '';
    const values = grid.values.map((_, k) => value(grid, k)).map((v) => (Number.isFinite(v) ? compact(v) : null));
    const chart = chartOf(grid, values, labels, label);
    return chart
      ? html`<figure><figcaption><b>${name}</b> \u00b7 ${caption} over ${over}</figcaption>${page.chart(chart)}</figure>`
      : '';
  };
  const part = biasFactor === null ? 1 : 1 - 1 / biasFactor;
  const samples = read('.count');
  const bias = read('.pmf');
  // Where nothing was sampled the file goes on with numbers that mean nothing.
  const known = bias && { ...bias, values: bias.values.map((v, k) => (samples?.values[k] === 0 ? Number.NaN : v)) };
  const highest = ({ values }: Grid): number => values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
  return [
    figure(known, 'energy of the bias', `bias (${energyUnit})`, (grid, k) => part * (highest(grid) - grid.values[k])),
    figure(samples, 'samples in a bin', 'log10(samples)', (grid, k) => Math.log10(grid.values[k])),
  ].filter((drawn) => drawn !== '');
}

function chartOf({ axes }: Grid, values: readonly (number | null)[], labels: readonly string[], label: string): Chart | null {
  const [a, b] = axes;
  if (axes.length === 1) {
    const kept = values.flatMap((v, k) => (v === null ? [] : [k]));
    const series = [
      { name: label, colour: 0, x: kept.map((k) => compact(a.start + (k + 0.5) * a.width)), y: kept.map((k) => values[k] ?? 0) },
    ];
    return { type: 'lines', x: { label: labels[0] }, y: { label }, series, height: 240 };
  }
  if (axes.length !== 2) return null;
  const ends = ({ start, width, count }: Grid['axes'][number]) => ({ from: compact(start), to: compact(start + count * width) });
  const rows = Array.from({ length: b.count }, (_, r) => Array.from({ length: a.count }, (__, c) => values[c * b.count + r]));
  return {
    type: 'map',
    x: { label: labels[0], ...ends(a) },
    y: { label: labels[1], ...ends(b) },
    values: rows,
    label,
    height: 300,
  };
}

/** A multicolumn file of one value a bin: `# d`, `# start width count periodic` for each axis, rows of middles and the value. Null if it is not one. */
function readGrid(path: string): Grid | null {
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').split('\n');
  } catch {
    return null;
  }
  const head = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim().split(/\s+/).map(Number));
  const axes = head.slice(1).map(([start, width, count]) => ({ start, width, count }));
  const values = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => Number(line.trim().split(/\s+/)[axes.length]));
  const total = axes.reduce((product, { count }) => product * count, 1);
  return axes.length === head[0]?.[0] && values.length === total ? { axes, values } : null;
}
