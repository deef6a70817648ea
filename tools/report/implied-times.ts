/** The section "Implied times": relaxation times of slow processes against the lag that they were seen at, with errors, beside known ones. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import { coloured } from './legend.ts';
import type { Page, Section } from './page.ts';
import { isObject, type Json, list, number, numbers, object, readJsonObject } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function impliedTimesSection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const file = readJsonObject(join(stage.folder, 'implied-times.json'));
    return file && list(file.lags).length > 0 ? [showTimes(stage, file, page)] : [];
  });
  if (blocks.length === 0) return [];
  return [{ id: 'implied-times', title: 'Implied times', content: html`${blocks}` }];
}

function showTimes(stage: StageView, file: Json, page: Page): Html {
  const unit = stage.units === 'md' ? 'ps' : '\u03c4';
  const found = list(file.lags)
    .filter(isObject)
    .map(({ lag, times }) => ({ lag: number(lag) ?? Number.NaN, times: list(times).map(object) }));
  const count = Math.max(...found.map(({ times }) => times.length));
  const reference = numbers(file.reference);
  const cell = (time: Json | undefined): string => {
    const value = number(time?.time);
    return value === null ? 'too fast' : `${show(value)} (${show(number(time?.low))} to ${show(number(time?.high))})`;
  };
  const rows = found.map(({ lag, times }) => [show(lag), ...Array.from({ length: count }, (_, n) => cell(times[n]))]);
  const heads = [`lag (${unit})`, ...Array.from({ length: count }, (_, n) => `time ${n + 1} (${unit})`)];
  return html`<h3>${stage.name}</h3>
    <p>From ${show(number(file.length))} ${unit} without bias, in the span of ${show(number(file.functions))} functions; in brackets where
    two thirds of resampled runs of ${show(number(file.blocks))} blocks lie. Times beyond ${show(number(file.longest))} ${unit} a run of this length
    shows fewer than ten times, and those of states that it never enters not at all; times below the lag say nothing.${
      reference.length > 0 ? ` Known: ${reference.map((time) => show(time)).join(', ')} ${unit}.` : ''
    }</p>${table(
      heads.map((head) => ({ head, numeric: true })),
      rows,
    )}<div class="grid">${figure(stage, found, count, reference, unit, page)}</div>`;
}

function figure(
  stage: StageView,
  found: readonly { readonly lag: number; readonly times: readonly Json[] }[],
  count: number,
  reference: readonly number[],
  unit: string,
  page: Page,
): Html {
  const series = Array.from({ length: count }, (_, n): Series => {
    const known = found.flatMap(({ lag, times }) => {
      const [time, low, high] = ['time', 'low', 'high'].map((key) => number(times[n]?.[key]));
      return time !== null && time > 0 ? [{ lag, time, low: low ?? time, high: high ?? time }] : [];
    });
    // Zero, too fast to show, has no place on a logarithmic axis.
    const floor = 0.3 * Math.min(...known.map(({ time }) => time));
    return {
      name: `time ${n + 1}`,
      colour: n,
      x: known.map(({ lag }) => compact(lag)),
      y: known.map(({ time }) => compact(time)),
      low: known.map(({ time, low }) => compact(Math.max(floor, Math.min(low, time)))),
      high: known.map(({ time, high }) => compact(Math.max(high, time))),
    };
  }).filter(({ x }) => x.length > 0);
  const lags = found.map(({ lag }) => compact(lag));
  const equal: Series = { name: 'as fast as the lag', colour: 'faint', x: lags, y: lags, dashed: true };
  const chart: LineChart = {
    type: 'lines',
    x: { label: `lag (${unit})`, log: true },
    y: { label: `implied time (${unit})`, log: true },
    series: [...series, equal],
    rules: reference.map((time) => ({ y: compact(time), label: `known: ${show(time)}` })),
    height: 320,
  };
  return html`<figure><figcaption><b>${stage.name}</b> \u00b7 implied times against the lag: ${coloured([...series, equal])}</figcaption>${page.chart(chart)}</figure>`;
}
