/** Draws the page's charts with Observable Plot, again when the width or the colour scheme changes. Runs in the browser. */
import type * as PlotModule from '@observablehq/plot';
import type { Axis, Chart, Colour, LineChart, MapChart, MatrixChart, PageData, Series } from '../data.ts';

declare const Plot: typeof PlotModule;

const data = JSON.parse(document.getElementById('report-data')?.textContent ?? '{}') as PageData;
const paletteSize = 6;

function paint(colour: Colour): string {
  return typeof colour === 'number' ? `var(--c${colour % paletteSize})` : `var(--${colour})`;
}

interface Point {
  x: number;
  y: number;
  low: number;
  high: number;
}

function points(series: Series): Point[] {
  return series.x.map((x, k) => ({
    x,
    y: series.y[k],
    low: series.low?.[k] ?? series.y[k],
    high: series.high?.[k] ?? series.y[k],
  }));
}

function lines(chart: LineChart, width: number): Element {
  const marks: PlotModule.Markish[] = [];
  if (!chart.y.log) marks.push(Plot.ruleY([0], { stroke: 'var(--rule)' }));
  for (const rule of chart.rules ?? []) {
    marks.push(Plot.ruleY([rule.y], { stroke: 'var(--muted)', strokeDasharray: '5 4' }));
    marks.push(
      Plot.text([rule], {
        y: 'y',
        text: 'label',
        frameAnchor: 'left',
        dx: 8,
        dy: -8,
        fill: 'var(--muted)',
        stroke: 'var(--page)',
        strokeWidth: 3,
      }),
    );
  }
  for (const series of chart.series) {
    const fill = paint(series.colour);
    if (series.low) marks.push(Plot.areaY(points(series), { x: 'x', y1: 'low', y2: 'high', fill, fillOpacity: 0.2 }));
    if (series.area) marks.push(Plot.areaY(points(series), { x: 'x', y: 'y', fill, fillOpacity: 0.12 }));
  }
  for (const series of chart.series) {
    const stroke = paint(series.colour);
    const options = { x: 'x', y: 'y', stroke, strokeWidth: 1.75, ...(series.dashed ? { strokeDasharray: '5 3' } : {}) };
    marks.push(
      series.points ? Plot.dot(points(series), { x: 'x', y: 'y', fill: stroke, r: 2.5 }) : Plot.line(points(series), options),
    );
  }
  const all = chart.series.flatMap((series) => points(series).map((p) => ({ ...p, name: series.name })));
  if (chart.series.some((series) => series.x.length > 1))
    marks.push(
      Plot.tip(
        all,
        Plot.pointer({
          x: 'x',
          y: 'y',
          title: (p: Point & { name: string }) => `${p.name}\n${short(p.x)}, ${short(p.y)}`,
          fill: 'var(--page)',
        }),
      ),
    );
  const domain = (axis: LineChart['x']) =>
    axis.from !== undefined && axis.to !== undefined ? { domain: [axis.from, axis.to] } : {};
  return Plot.plot({
    width,
    height: chart.height ?? 240,
    marginLeft: leftMargin(all),
    marginRight: 20,
    marginTop: 14,
    marginBottom: 38,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '12px', overflow: 'visible' },
    x: {
      label: chart.x.label,
      labelAnchor: 'center',
      labelOffset: 33,
      labelArrow: 'none',
      ticks: Math.max(3, Math.floor(width / 90)),
      tickFormat: short,
      ...(chart.x.log ? { type: 'log' as const, ...logTicks(all.map((p) => p.x)) } : {}),
      ...domain(chart.x),
    },
    y: {
      label: chart.y.label,
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: Math.max(2, Math.floor((chart.height ?? 240) / 48)),
      tickFormat: short,
      ...(chart.y.log
        ? { type: 'log' as const, ...logTicks([...all.map((p) => p.y), ...(chart.rules ?? []).map((rule) => rule.y)]) }
        : { nice: true }),
      ...domain(chart.y),
    },
    marks,
  });
}

/** Room for the labels of the vertical axis: powers of ten are long. Charts above each other keep one margin. */
function leftMargin(shown: readonly Point[]): number {
  const largest = Math.max(...shown.map((p) => Math.abs(p.y)));
  if (largest >= 1e4 || largest < 5e-3) return 84;
  return largest >= 1000 ? 68 : 58;
}

function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e4 && size >= 1e-3) return String(Number(value.toPrecision(4))).replace('-', '\u2212');
  const [mantissa, exponent] = value.toExponential(2).split('e');
  const raised = [...String(Number(exponent))].map((c) =>
    c === '-' ? '\u207b' : '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(c)],
  );
  const factor = Number(mantissa);
  return `${factor === 1 ? '' : `${String(factor).replace('-', '\u2212')}\u00d7`}10${raised.join('')}`;
}

/** Values of a logarithmic axis: 1, 2 and 5 of each decade, or the decades alone where there are many. */
function logTicks(values: readonly number[]): { ticks: number[]; domain: [number, number] } {
  const positive = values.filter((v) => v > 0 && Number.isFinite(v));
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const room = (high / low) ** 0.06;
  const domain: [number, number] = [low / room, high * room];
  const decades = Math.log10(domain[1] / domain[0]);
  const steps = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : decades > 0.6 ? [1, 2, 3, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(domain[0])); power <= Math.log10(domain[1]); power++)
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= domain[0] && tick <= domain[1]) ticks.push(tick);
    }
  return { ticks, domain };
}

function matrix(chart: MatrixChart, width: number): Element {
  const cells = chart.values.flatMap((row, r) =>
    row.map((value, c) => ({ row: chart.rows[r], column: chart.columns[c], value, site: r })),
  );
  const few = chart.columns.length <= 24;
  const left = 24 + 7 * Math.max(...chart.rows.map((name) => name.length));
  const cell = Math.min(46, (width - left - 12) / chart.columns.length);
  return Plot.plot({
    width: Math.min(width, left + 12 + 46 * chart.columns.length),
    height: 62 + chart.rows.length * Math.max(18, Math.min(40, cell)),
    marginLeft: left,
    marginBottom: 38,
    padding: 0.04,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '12px' },
    x: {
      label: chart.columnLabel,
      labelAnchor: 'center',
      labelArrow: 'none',
      domain: chart.columns,
      tickFormat: (name: string) => (few ? name.split('\u2009')[0] : ''),
    },
    y: { label: null, domain: chart.rows, labelArrow: 'none' },
    marks: [
      Plot.cell(cells, { x: 'column', y: 'row', fill: 'var(--rule)', fillOpacity: 0.35 }),
      Plot.cell(cells, {
        x: 'column',
        y: 'row',
        fill: (d: { site: number }) => paint(d.site),
        fillOpacity: (d: { value: number }) => opacity(d.value, chart),
      }),
      ...(few && cell > 26
        ? [
            Plot.text(cells, {
              x: 'column',
              y: 'row',
              text: (d: { value: number }) => (d.value > 0.005 ? d.value.toFixed(2) : ''),
              fill: 'var(--on-colour)',
            }),
          ]
        : []),
    ],
    color: { type: 'identity' },
    opacity: { type: 'identity' },
  });
}

function opacity(value: number, chart: MatrixChart): number {
  const largest = Math.max(...chart.values.flat());
  return largest > 0 ? Math.sqrt(Math.max(0, value) / largest) : 0;
}

/** Colours of a function of two coordinates, cell by cell, with curves on top. */
function map(chart: MapChart, width: number): Element {
  const values = chart.values.flatMap((row) => row.map((value) => value ?? Number.NaN));
  const finite = values.filter(Number.isFinite);
  const ends = (axis: Axis): [number, number] => [axis.from ?? 0, axis.to ?? 1];
  const [x1, x2] = ends(chart.x);
  const [y1, y2] = ends(chart.y);
  const axis = (of: Axis) => ({
    label: of.label,
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
    domain: ends(of),
    tickFormat: short,
  });
  const overlay = (chart.overlay ?? []).map((series) => {
    const stroke = paint(series.colour);
    return series.points
      ? Plot.dot(points(series), { x: 'x', y: 'y', fill: stroke, r: 2.5 })
      : Plot.line(points(series), {
          x: 'x',
          y: 'y',
          stroke,
          strokeWidth: 2,
          curve: 'linear',
          ...(series.dashed ? { strokeDasharray: '5 3' } : {}),
        });
  });
  return Plot.plot({
    width,
    height: chart.height ?? 300,
    marginLeft: 58,
    marginBottom: 38,
    style: { background: 'none', fontFamily: 'inherit', fontSize: '12px' },
    x: { ...axis(chart.x), labelOffset: 33 },
    y: axis(chart.y),
    color: {
      scheme: 'viridis',
      label: chart.label,
      legend: true,
      domain: chart.range ? [...chart.range] : [Math.min(...finite), Math.max(...finite)],
      clamp: true,
      tickFormat: short,
    },
    marks: [
      Plot.raster(values, {
        width: chart.values[0].length,
        height: chart.values.length,
        x1,
        x2,
        y1,
        y2,
        imageRendering: 'pixelated',
      }),
      ...overlay,
    ],
  });
}

function draw(chart: Chart, width: number): Element {
  switch (chart.type) {
    case 'map':
      return map(chart, width);
    case 'lines':
      return lines(chart, width);
    case 'matrix':
      return matrix(chart, width);
    default:
      return chart satisfies never;
  }
}

const drawn = new WeakMap<Element, number>();

function show(place: HTMLElement, width: number): void {
  const chart = data.charts[place.dataset.chart ?? ''];
  if (!chart || width < 80 || Math.abs((drawn.get(place) ?? 0) - width) < 2) return;
  drawn.set(place, width);
  place.replaceChildren(draw(chart, width));
}

// A figure in a closed block has no width until the block is opened; drawing changes heights, so not within the observer's own round.
const observer = new ResizeObserver((entries) => {
  requestAnimationFrame(() => {
    for (const { target, contentRect } of entries) show(target as HTMLElement, Math.floor(contentRect.width));
  });
});
for (const place of document.querySelectorAll<HTMLElement>('[data-chart]')) {
  show(place, place.clientWidth);
  observer.observe(place);
}
