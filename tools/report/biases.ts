/** The section "Biases": where the biased variables went, the bias that was deposited, and how it grew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Axis, LineChart, MapChart, Series } from './data.ts';
import { compact, downsample } from './downsample.ts';
import { forceGrids } from './force-grids.ts';
import { type Html, html } from './html.ts';
import type { Page, Section } from './page.ts';
import { type Columns, list, number, object, readColumns, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Cells of a map along each axis, and bins of a curve. */
const cells = 48;
const mostPoints = 1500;

export function biasSection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const biases = Object.entries(object(stage.settings.biases));
    const log = biases.length > 0 ? readColumns(join(stage.folder, 'log.csv')) : null;
    return log?.values.time && log.rows > 1 ? [html`<h3>${stage.name}</h3>${showBiases(stage, biases, log, page)}`] : [];
  });
  if (blocks.length === 0) return [];
  return [{ id: 'biases', title: 'Biases', content: html`${blocks}` }];
}

function showBiases(stage: StageView, biases: readonly (readonly [string, unknown])[], log: Columns, page: Page): Html {
  const periods = readPeriods(join(stage.folder, 'COLVAR'));
  // Variables stand before what biases report, which may have a variable's name.
  const reports = log.names.indexOf(`${biases[0][0]}.bias`);
  const logged = reports < 0 ? log.names : log.names.slice(0, reports);
  const shown = biases.map(([name, settings]) => {
    const variables = columnsOf(list(object(settings).variables).map(String), logged);
    const labels = variables.map((variable) => withUnit(variable, log));
    const { biasFactor } = object(settings);
    const grids = forceGrids(stage, name, labels, number(biasFactor), page);
    const bias = grids.length > 0 ? grids : [deposited(stage, name, variables, log, periods, page)];
    return { variables, pictures: [...bias, ...growth(stage, name, object(settings), log, page)] };
  });
  const variables = [...new Set(shown.flatMap((each) => each.variables))];
  const courses = variables.map((name) => course(stage, name, log, periods, page));
  return html`<div class="grid">${courses}${shown.flatMap((each) => each.pictures)}</div>`;
}

/** Columns that hold these variables: the name itself, else its components, such as `xi.0`, `path.s`. */
function columnsOf(names: readonly string[], logged: readonly string[]): string[] {
  return names.flatMap((name) => (logged.includes(name) ? [name] : logged.filter((head) => head.startsWith(`${name}.`))));
}

/** Ends of periodic variables, from the header of COLVAR. */
function readPeriods(path: string): ReadonlyMap<string, readonly [number, number]> {
  const ends = new Map<string, [number, number]>();
  for (const [, end, name, value] of headOf(path).matchAll(/^#! SET (min|max)_(\S+) (\S+)$/gm)) {
    const known = ends.get(name) ?? [Number.NaN, Number.NaN];
    known[end === 'min' ? 0 : 1] = value === 'pi' ? Math.PI : value === '-pi' ? -Math.PI : Number(value);
    ends.set(name, known);
  }
  return new Map([...ends].filter(([, [from, to]]) => to > from));
}

function headOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, 20000);
  } catch {
    return '';
  }
}

const timeAxis = (stage: StageView): Axis => ({ label: `time (${stage.units === 'md' ? 'ps' : '\u03c4'})` });

function withUnit(name: string, log: Columns): string {
  return log.unit[name] ? `${name} (${log.unit[name]})` : name;
}

/** A variable over time as points, so that a jump over the end of a period draws no line. */
function course(
  stage: StageView,
  name: string,
  log: Columns,
  periods: ReadonlyMap<string, readonly [number, number]>,
  page: Page,
): Html {
  const stride = Math.max(1, Math.ceil(log.rows / mostPoints));
  const kept = Array.from({ length: log.rows }, (_, r) => r).filter(
    (r) => r % stride === 0 && Number.isFinite(log.values[name][r]),
  );
  const period = periods.get(name);
  const chart: LineChart = {
    type: 'lines',
    x: timeAxis(stage),
    y: { label: withUnit(name, log), ...(period ? { from: compact(period[0]), to: compact(period[1]) } : {}) },
    series: [
      {
        name,
        colour: 0,
        points: true,
        x: kept.map((r) => compact(log.values.time[r])),
        y: kept.map((r) => compact(log.values[name][r])),
      },
    ],
    height: 240,
  };
  return html`<figure><figcaption><b>${name}</b> over time</figcaption>${page.chart(chart)}</figure>`;
}

/** The bias as the run felt it: what it was at the last visit to each bin. */
function deposited(
  stage: StageView,
  name: string,
  variables: readonly string[],
  log: Columns,
  periods: ReadonlyMap<string, readonly [number, number]>,
  page: Page,
): Html | '' {
  const energy = log.values[`${name}.bias`];
  if (!energy?.some((v) => v !== energy[0]) || variables.length > 2 || variables.length === 0) return '';
  const axes = variables.map((variable) => axisOf(log.values[variable], periods.get(variable)));
  const label = `bias (${log.unit[`${name}.bias`] || (stage.units === 'md' ? 'kJ/mol' : 'kT')})`;
  const binOf = (r: number): number =>
    variables.reduceRight((bin, variable, k) => bin * cells + placeIn(axes[k], log.values[variable][r]), 0);
  const chart = variables.length === 1 ? curves() : surface();
  const when = variables.length === 1 ? 'in each quarter of the run' : 'at the last visit to each place';
  return html`<figure><figcaption><b>${name}</b> \u00b7 energy over ${variables.join(', ')}, ${when}</figcaption>${page.chart(chart)}</figure>`;

  function curves(): LineChart {
    const series = [0, 1, 2, 3].map((quarter): Series => {
      const sum = new Float64Array(cells);
      const count = new Float64Array(cells);
      for (let r = Math.floor((quarter * log.rows) / 4); r < ((quarter + 1) * log.rows) / 4; r++) {
        sum[binOf(r)] += energy[r];
        count[binOf(r)]++;
      }
      const known = Array.from(count.keys()).filter((k) => count[k] > 0);
      const width = (axes[0].to - axes[0].from) / cells;
      return {
        name: `quarter ${quarter + 1}`,
        colour: quarter === 3 ? 'reference' : quarter,
        x: known.map((k) => compact(axes[0].from + (k + 0.5) * width)),
        y: known.map((k) => compact(sum[k] / count[k])),
      };
    });
    const drawn = series.filter((each) => each.x.length > 0);
    return { type: 'lines', x: { label: withUnit(variables[0], log) }, y: { label }, series: drawn, height: 260 };
  }

  function surface(): MapChart {
    const last: (number | null)[] = new Array(cells * cells).fill(null);
    for (let r = 0; r < log.rows; r++) if (Number.isFinite(energy[r])) last[binOf(r)] = compact(energy[r]);
    const values = Array.from({ length: cells }, (_, row) => last.slice(row * cells, (row + 1) * cells));
    const [x, y] = variables.map((variable, k) => ({ label: withUnit(variable, log), ...axes[k] }));
    return { type: 'map', x, y, values, label, height: 300 };
  }
}

interface Ends {
  readonly from: number;
  readonly to: number;
}

function axisOf(values: Float64Array, period: readonly [number, number] | undefined): Ends {
  if (period) return { from: compact(period[0]), to: compact(period[1]) };
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of values) {
    if (v < from) from = v;
    if (v > to) to = v;
  }
  return { from: compact(from), to: to > from ? compact(to) : compact(from + 1) };
}

function placeIn({ from, to }: Ends, value: number): number {
  return Math.max(0, Math.min(cells - 1, Math.floor((cells * (value - from)) / (to - from))));
}

/** What changes slowly in a bias with a memory: the heights of its hills, c(t), the number of its kernels, the work done. */
const reported: Readonly<Record<string, string>> = {
  rct: 'mean of the bias, c(t)',
  neff: 'effective number of samples',
  kernels: 'number of kernels',
  work: 'work done',
};

function growth(stage: StageView, name: string, settings: Readonly<Record<string, unknown>>, log: Columns, page: Page): Html[] {
  const shown: Html[] = [];
  const draw = (caption: string, label: string, time: ArrayLike<number>, values: ArrayLike<number>): void => {
    const { x, y, low, high } = downsample(time, values, 300);
    if (x.length < 2) return;
    const series: Series[] = [{ name: caption, colour: 0, x, y, low, high }];
    const chart: LineChart = { type: 'lines', x: timeAxis(stage), y: { label }, series, height: 220 };
    shown.push(html`<figure><figcaption><b>${name}</b> \u00b7 ${caption}</figcaption>${page.chart(chart)}</figure>`);
  };
  const energyUnit = stage.units === 'md' ? 'kJ/mol' : 'kT';
  if (settings.type === 'metadynamics') {
    const hills = readHills(join(stage.folder, text(settings.file) ?? 'HILLS'));
    const inherited = hills.time.some((time) => time < 0) ? ' (before 0: those it began with)' : '';
    draw(`height of the hills as they were added${inherited}`, `height (${energyUnit})`, hills.time, hills.height);
  }
  for (const [what, caption] of Object.entries(reported)) {
    const column = `${name}.${what}`;
    if (log.values[column])
      draw(caption, withUnit(what, { ...log, unit: { [what]: log.unit[column] } }), log.values.time, log.values[column]);
  }
  return shown;
}

/** Times and heights of the hills of a file; those of well-tempered runs stand times gamma/(gamma - 1) there, and are given without it. */
function readHills(path: string): { time: number[]; height: number[] } {
  const time: number[] = [];
  const height: number[] = [];
  let fields: string[] = [];
  let content = '';
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return { time, height };
  }
  for (const line of content.split('\n')) {
    if (line.startsWith('#! FIELDS')) fields = line.split(/\s+/).slice(2);
    if (line.startsWith('#') || line.trim() === '') continue;
    const row = line.trim().split(/\s+/).map(Number);
    if (row.length !== fields.length) continue;
    const factor = row[fields.indexOf('biasf')];
    time.push(row[fields.indexOf('time')]);
    height.push(row[fields.indexOf('height')] * (factor > 1 ? 1 - 1 / factor : 1));
  }
  return { time, height };
}
