/** Decoded paths side by side: what the stage `decoded-paths` measured, and the paths in the plane with the minimum-energy path. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import type { Page } from './page.ts';
import { isObject, list, number, numbers, object, readColumns, readJsonObject } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Null for a stage that measured no paths. */
export function decodedPaths(run: RunView, stage: StageView, page: Page): Html | null {
  const file = readJsonObject(join(stage.folder, 'paths.json'));
  if (!file || !isObject(file.paths)) return null;
  const measured = Object.entries(file.paths).map(([name, value]) => ({ name, ...object(value) }) as Record<string, unknown>);
  const saddles = list(file.saddles).map(object);
  const heads = [
    'path of',
    'rms distance from the minimum-energy path',
    'of that path from it',
    'highest energy',
    'above the saddle',
    ...saddles.map((saddle) => `from the saddle at ${show(number(saddle.x), 3)}, ${show(number(saddle.y), 3)}`),
  ];
  const rows = measured.map((each) => {
    const near = numbers(each.fromSaddles);
    return [
      String(each.name),
      ...['fromMinimumEnergyPath', 'ofMinimumEnergyPath', 'highest', 'aboveSaddle'].map((key) => show(number(each[key]), 3)),
      ...saddles.map((_, k) => show(near[k] ?? null, 3)),
    ];
  });
  return html`<h3>${stage.name}</h3>
    <p>Paths that decoders draw, beside the path of least energy between two minima. Distances are in the plane, of the parts between the minima.</p>
    ${table(
      heads.map((head, k) => ({ head, numeric: k > 0 })),
      rows,
    )}${figure(
      run,
      stage,
      measured.map(({ name }) => String(name)),
      page,
    )}`;
}

function figure(run: RunView, stage: StageView, names: readonly string[], page: Page): Html | '' {
  const reference = readColumns(join(stage.folder, 'path.csv'));
  if (!reference) return '';
  const [x, y] = reference.names;
  const line = (name: string, colour: Series['colour'], columns: typeof reference, [u, v]: readonly string[]): Series => ({
    name,
    colour,
    x: Array.from(columns.values[u], compact),
    y: Array.from(columns.values[v], compact),
  });
  const series = [{ ...line('minimum-energy path', 'reference', reference, [x, y]), dashed: true }];
  names.forEach((name, k) => {
    const own = run.stages.find((each) => each.name === name);
    const decoded = own && readColumns(join(own.folder, 'decoded.csv'));
    const plane = list(own?.settings.plane).map(String);
    if (decoded && plane.length === 2 && plane.every((feature) => decoded.values[feature]))
      series.push({ ...line(name, k, decoded, plane), dashed: false });
  });
  const chart: LineChart = { type: 'lines', x: { label: x }, y: { label: y }, series, height: 360 };
  return html`<div class="grid"><figure><figcaption><b>${stage.name}</b> \u00b7 decoded paths in the plane</figcaption>${page.chart(chart)}</figure></div>`;
}
