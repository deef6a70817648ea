/** The section "Variables": what a learned variable looks like over two coordinates, the path its decoder draws, and its eigenvalues in training. */
import { join } from 'node:path';
import { weightChart } from './convergence.ts';
import type { LineChart, MapChart, Series } from './data.ts';
import { decodedPaths } from './decoded-paths.ts';
import { compact, downsample } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import type { Page, Section } from './page.ts';
import { type Columns, type Json, list, number, object, readColumns, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Cells of a map along each axis. */
const cells = 60;

export function variablesSection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const file = readJsonObject(join(stage.folder, 'variable.json'));
    return file ? [showVariable(run, stage, file, page)] : (decodedPaths(run, stage, page) ?? []);
  });
  if (blocks.length === 0) return [];
  return [{ id: 'variables', title: 'Variables', content: html`${blocks}` }];
}

function showVariable(run: RunView, stage: StageView, file: Json, page: Page): Html {
  const names = list(object(file.statistics).names).map(String);
  const frames = object(file.frames);
  const plane = readColumns(join(stage.folder, 'plane.csv'));
  const training = readColumns(join(stage.folder, 'training.csv'));
  const effective = number(frames.effective);
  const warnings = list(file.warnings).map(String);
  return html`<h3>${stage.name}</h3>
    <p>${text(file.learner) ?? ''}, from ${show(number(frames.training), 5)} points in ${names.length} inputs${
      names.length <= 6 ? ` (${names.join(', ')})` : ''
    }; ${show(number(frames.validation), 5)} more to validate.</p>
    ${warnings.map((line) => html`<p class="note">Warning: ${line}.</p>`)}${eigenvalueTable(stage, file)}
    <div class="grid">${plane ? maps(stage, plane, page) : ''}${plane ? courses(run, stage, plane, page) : ''}${
      plane && effective !== null ? weightChart(stage.name, plane.values.weight, effective, page) : ''
    }${training ? curves(stage, training, page) : ''}</div>`;
}

function eigenvalueTable(stage: StageView, file: Json): Html | '' {
  const rows = list(file.eigenvalues).map((entry, k) => {
    const { training, validation, raw } = object(entry);
    const before = number(object(raw).validation);
    return [`${k + 1}`, show(number(validation), 4), before === null ? '\u2013' : show(before, 4), show(number(training), 4)];
  });
  if (rows.length === 0) return '';
  const unit = stage.units === 'md' ? '1/ps' : '1/\u03c4';
  const heads = ['eigenvalue', `validation (${unit})`, 'before correction for the lag', 'training'];
  return table(
    heads.map((head) => ({ head, numeric: true })),
    rows,
  );
}

/** Each component over the plane, and minus the logarithm of the density; a decoded path on top where it lies in the plane. */
function maps(stage: StageView, plane: Columns, page: Page): Html {
  const [x, y] = plane.names;
  const decoded = readColumns(join(stage.folder, 'decoded.csv'));
  const path: Series[] =
    decoded?.values[x] && decoded.values[y]
      ? [
          {
            name: 'decoded path',
            colour: 'reference',
            x: Array.from(decoded.values[x], compact),
            y: Array.from(decoded.values[y], compact),
          },
        ]
      : [];
  const grid = binned(plane, x, y);
  const components = plane.names.filter((name) => name.startsWith('value'));
  const chart = (values: (number | null)[][], label: string): MapChart => ({
    type: 'map',
    x: { label: x, from: compact(grid.x.from), to: compact(grid.x.to) },
    y: { label: y, from: compact(grid.y.from), to: compact(grid.y.to) },
    values,
    label,
    ...(path.length > 0 ? { overlay: path } : {}),
    height: 320,
  });
  const withPath = path.length > 0 ? ', with the path that its decoder draws' : '';
  return html`${components.map((name, k) => {
    const what = components.length > 1 ? `component ${k + 1}` : 'variable';
    return html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${what} over ${x}, ${y}${withPath}</figcaption>${page.chart(
      chart(grid.mean(name), what),
    )}</figure>`;
  })}${
    path.length > 0
      ? html`<figure><figcaption><b>${stage.name}</b> \u00b7 decoded path over the free energy of the points</figcaption>${page.chart(
          chart(grid.energy(), 'free energy (kT)'),
        )}</figure>`
      : ''
  }`;
}

function binned(plane: Columns, x: string, y: string) {
  const axis = (name: string) => {
    const values = plane.values[name].filter(Number.isFinite);
    const [from, to] = values.reduce(
      ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
      [Number.POSITIVE_INFINITY, -Number.POSITIVE_INFINITY],
    );
    return { from, to: to > from ? to : from + 1 };
  };
  const [ax, ay] = [axis(x), axis(y)];
  const cell = (value: number, { from, to }: { from: number; to: number }): number =>
    Math.min(cells - 1, Math.floor((cells * (value - from)) / (to - from)));
  const weight = plane.values.weight;
  const place = Array.from(weight, (_, p) => cell(plane.values[y][p], ay) * cells + cell(plane.values[x][p], ax));
  const total = new Float64Array(cells * cells);
  const count = new Float64Array(cells * cells);
  place.forEach((k, p) => {
    total[k] += weight[p];
    count[k]++;
  });
  const rows = (value: (k: number) => number | null): (number | null)[][] =>
    Array.from({ length: cells }, (_, r) => Array.from({ length: cells }, (__, c) => value(r * cells + c)));
  return {
    x: ax,
    y: ay,
    mean(name: string) {
      const sum = new Float64Array(cells * cells);
      place.forEach((k, p) => {
        sum[k] += plane.values[name][p];
      });
      return rows((k) => (count[k] > 0 ? compact(sum[k] / count[k]) : null));
    },
    energy() {
      const largest = total.reduce((a, b) => Math.max(a, b), 0);
      return rows((k) => (total[k] > 0 ? compact(-Math.log(total[k] / largest)) : null));
    },
  };
}

/** Loss and eigenvalues over epochs. */
function curves(stage: StageView, training: Columns, page: Page): Html {
  const eigenvalues = training.names.filter((name) => name.startsWith('eigenvalue'));
  const others = ['loss', 'validation'].filter((name) => training.names.includes(name));
  const draw = (names: readonly string[], label: string, log: boolean): Html => {
    const series = names.map((name, k): Series => {
      const { x, y } = downsample(Array.from(training.values.epoch), Array.from(training.values[name]), 300);
      return { name, colour: k, x: x.map(compact), y };
    });
    const chart: LineChart = { type: 'lines', x: { label: 'epoch' }, y: { label, log }, series, height: 220 };
    return html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${names.join(', ')}</figcaption>${page.chart(chart)}</figure>`;
  };
  const positive = eigenvalues.every((name) => training.values[name].every((v) => v > 0));
  return html`${draw(others, 'loss', false)}${eigenvalues.length > 0 ? draw(eigenvalues, 'eigenvalues, validation points', positive) : ''}`;
}

/**
 * Components over the time of the run that they were learned from. Rows of `plane.csv` are in the order of time; whoever learned from several runs,
 * or from copies in one, has no such picture.
 */
function courses(run: RunView, stage: StageView, plane: Columns, page: Page): Html | '' {
  const { from, copies } = stage.settings;
  const source = run.stages.find((each) => each.name === (stage.inputs.from ?? text(from)));
  const log = typeof from === 'string' && (copies ?? 1) === 1 && source ? readColumns(join(source.folder, 'log.csv')) : null;
  const end = log?.values.time?.[log.rows - 1];
  if (end === undefined || plane.rows < 2) return '';
  const stride = Math.max(1, Math.ceil(plane.rows / 1500));
  const kept = Array.from({ length: Math.ceil(plane.rows / stride) }, (_, k) => k * stride);
  const time = kept.map((p) => compact((end * p) / (plane.rows - 1)));
  const components = plane.names.filter((name) => name.startsWith('value'));
  return html`${components.map((name, k) => {
    const what = components.length > 1 ? `component ${k + 1}` : 'variable';
    const series: Series[] = [
      { name: what, colour: k, points: true, x: time, y: kept.map((p) => compact(plane.values[name][p])) },
    ];
    const chart: LineChart = {
      type: 'lines',
      x: { label: `time in ${source?.name} (${stage.units === 'md' ? 'ps' : '\u03c4'})` },
      y: { label: what },
      series,
      height: 220,
    };
    return html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${what} over time</figcaption>${page.chart(chart)}</figure>`;
  })}`;
}
