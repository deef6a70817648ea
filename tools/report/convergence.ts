/** How well free energies are known: how they settled over the run, regions with their errors, and how the weights of rows are spread. */
import { join } from 'node:path';
import { axisAround } from './axes.ts';
import type { LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show, showWithError, table } from './html.ts';
import { coloured } from './legend.ts';
import type { Page } from './page.ts';
import { number, object, readColumns, readJsonObject, text } from './read.ts';
import type { StageView } from './run.ts';

/** Regions relative to the first of each free energy, with errors; one table for all that have some. */
export function regionTable(stages: readonly StageView[]): Html | '' {
  const rows = stages.flatMap((stage) => {
    const result = readJsonObject(join(stage.folder, 'free-energy.json')) ?? {};
    const [first, ...others] = Object.entries(object(result.regions));
    return others.map(([name, region]) => {
      const { freeEnergy, error, probability } = object(region);
      const value = number(freeEnergy);
      return [
        stage.name,
        text(result.method) ?? '',
        `${name} above ${first[0]}`,
        value === null ? 'not visited' : showWithError(value, number(error)),
        text(result.unit) ?? '',
        show(number(probability), 3),
      ];
    });
  });
  if (rows.length === 0) return '';
  const heads = [
    { head: 'free energy' },
    { head: 'method' },
    { head: 'region' },
    { head: 'difference', numeric: true },
    { head: '' },
    { head: 'probability', numeric: true },
  ];
  return table(heads, rows);
}

/** Distance to the final profile, and regions relative to the first, after each part of the run; dashed what they end at, with its error. */
export function convergenceFigures(stage: StageView, page: Page): Html[] {
  const course = readColumns(join(stage.folder, 'convergence.csv'));
  if (!course?.values.time || course.rows < 2) return [];
  const result = readJsonObject(join(stage.folder, 'free-energy.json')) ?? {};
  const time = Array.from(course.values.time, compact);
  const axis = { label: `time (${stage.units === 'md' ? 'ps' : '\u03c4'})` };
  const known = (name: string, colour: number): Series => {
    const kept = time.map((_, k) => k).filter((k) => Number.isFinite(course.values[name][k]));
    return { name, colour, x: kept.map((k) => time[k]), y: kept.map((k) => compact(course.values[name][k])) };
  };
  const unit = course.unit.distance || text(result.unit) || '';
  const figures: Html[] = [];
  const draw = (caption: Html, name: string, series: readonly Series[], y: object = {}): void => {
    if (!series.some((each) => each.x.length > 1)) return;
    const chart: LineChart = { type: 'lines', x: axis, y: { label: `${name} (${unit})` }, series, height: 220, ...y };
    figures.push(html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${caption}</figcaption>${page.chart(chart)}</figure>`);
  };
  if (course.values.distance) draw(html`distance to the final free energy`, 'rms difference', [known('distance', 0)]);
  const [first, ...others] = Object.keys(object(result.regions)).filter((name) => course.values[name]);
  const curves = others.map(known);
  const ends = others.flatMap((name, colour): Series[] => {
    const { freeEnergy, error } = object(object(result.regions)[name]);
    const [value, spread] = [number(freeEnergy), number(error)];
    if (value === null) return [];
    const level = (shift: number) => [value + shift, value + shift].map(compact);
    const band = spread === null ? {} : { low: level(-spread), high: level(spread) };
    return [{ name: `${name}, final`, colour, dashed: true, x: [time[0], time[time.length - 1]], y: level(0), ...band }];
  });
  draw(
    html`convergence, above ${first ?? ''}: ${coloured(curves)}`,
    'difference',
    [...curves, ...ends],
    around([...curves, ...ends], `difference (${unit})`),
  );
  return figures;
}

/** Room for curves and for the bands of their ends, without the axis having to begin at 0. */
function around(series: readonly Series[], label: string) {
  const values = series.flatMap(({ y, low, high }) => [...y, ...(low ?? []), ...(high ?? [])]);
  return axisAround(values, values, [], label);
}

const weightBins = 40;

/**
 * How rows and their weight are spread over ln(w/mean): where the weight lies among few rows, the average is theirs.
 * Nothing where all weights are equal.
 */
export function weightFigure(stage: StageView, page: Page): Html | '' {
  const effective = number(readJsonObject(join(stage.folder, 'free-energy.json'))?.effectiveRows);
  const weights = readColumns(join(stage.folder, 'weights.csv'))?.values.weight;
  if (effective === null || !weights) return '';
  return weightChart(stage.name, weights, effective, page);
}

/** The same for any weights; `effective` is the number that they are worth. */
export function weightChart(name: string, weights: Float64Array, effective: number, page: Page): Html | '' {
  const positive = weights.filter((w) => w > 0 && Number.isFinite(w));
  const total = positive.reduce((a, b) => a + b, 0);
  const logs = positive.map((w) => Math.log((w * positive.length) / total));
  // beyond e^-12 of the mean a row says nothing; one bin holds them all
  const from = Math.max(
    -12,
    logs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  );
  const to = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!(to - from > 1e-6)) return '';
  const rows = new Float64Array(weightBins);
  const weight = new Float64Array(weightBins);
  logs.forEach((value, k) => {
    const bin = Math.max(0, Math.min(weightBins - 1, Math.floor((weightBins * (value - from)) / (to - from))));
    rows[bin] += 1 / positive.length;
    weight[bin] += positive[k] / total;
  });
  const x = Array.from(rows, (_, k) => compact(from + ((k + 0.5) * (to - from)) / weightBins));
  const series: Series[] = [
    { name: 'rows', colour: 0, x, y: Array.from(rows, compact), area: true },
    { name: 'weight', colour: 1, x, y: Array.from(weight, compact), area: true },
  ];
  const chart: LineChart = {
    type: 'lines',
    x: { label: 'ln(weight / mean weight)' },
    y: { label: 'fraction' },
    series,
    height: 220,
  };
  return html`<figure><figcaption><b>${name}</b> \u00b7 ${show(positive.length)} rows, worth ${show(
    effective,
  )} of equal weight: ${coloured(series)}</figcaption>${page.chart(chart)}</figure>`;
}
