/** Figures of a mapping: its matrix and the course of it, the scan of numbers of sites and weights, and what decoding gave. */
import { join } from 'node:path';
import type { LineChart, MatrixChart, Series } from './data.ts';
import { type Html, html, show, table } from './html.ts';
import type { Page } from './page.ts';
import { isObject, type Json, list, number, numbers, object, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function encoderChart(
  mapping: Json,
  assignment: readonly number[],
  atoms: readonly string[],
  siteNames: readonly string[],
): MatrixChart {
  const stored = list(mapping.encoder).map(numbers);
  const values =
    stored.length === siteNames.length && stored.every((row) => row.length === assignment.length)
      ? stored
      : siteNames.map((_, s) => assignment.map((site) => (site === s ? 1 / assignment.filter((t) => t === s).length : 0)));
  // a thin space and the index keep names apart that occur twice; the script cuts them off again
  const columns = assignment.map((_, i) => `${atoms[i] || i}\u2009${i}`);
  return { type: 'matrix', rows: siteNames, columns, rowLabel: 'site', columnLabel: 'atom', values };
}

/** The encoder of the best seed at a few epochs, soft as it was. */
export function courseFigures(stage: StageView, atoms: readonly string[], assignment: readonly number[], page: Page): Html | '' {
  const snapshots = list(readJsonObject(join(stage.folder, 'encoder-course.json'))?.snapshots).filter(isObject);
  const columns = assignment.map((_, i) => `${atoms[i] || i}\u2009${i}`);
  const figures = snapshots.flatMap((snapshot) => {
    const values = list(snapshot.encoder).map(numbers);
    if (values.length === 0 || values.some((row) => row.length !== columns.length)) return [];
    const rows = values.map((_, s) => `S${s}`);
    const chart = page.chart({ type: 'matrix', rows, columns, rowLabel: 'site', columnLabel: 'atom', values });
    return [
      html`<figure><figcaption>epoch ${show(number(snapshot.epoch))}, temperature ${show(number(snapshot.temperature))}</figcaption>${chart}</figure>`,
    ];
  });
  if (figures.length === 0) return '';
  return html`<details><summary>The encoder in the course of its training</summary><div class="grid">${figures}</div></details>`;
}

/** Error and force against the number of sites and against the weight of the forces; the point that was chosen in a table with all. */
export function scanFigures(mapping: Json, square: string, page: Page): Html | '' {
  const scan = object(mapping.scan);
  const points = list(scan.points).filter(isObject);
  if (points.length === 0) return '';
  const chosen = object(scan.chosen);
  const weights = distinct(points, 'forceWeight');
  const siteNumbers = distinct(points, 'sitesRequested');
  return html`<h4>Numbers of sites and weights of the forces</h4>
    <p>Chosen: ${show(number(chosen.sitesPerMolecule))} sites, force weight ${show(number(chosen.forceWeight))} (${text(chosen.because) ?? ''}).</p>
    <div class="grid">${siteNumbers.length > 1 ? alongSites(points, weights, square, page) : ''}${weights.length > 1 ? alongWeights(points, siteNumbers, square, page) : ''}</div>
    ${scanTable(points, chosen, square)}`;
}

function distinct(points: readonly Json[], key: string): number[] {
  return [...new Set(points.map((point) => number(point[key]) ?? 0))].sort((a, b) => a - b);
}

/** A curve with its points; nothing where a value is missing throughout. */
function curve(name: string, colour: Series['colour'], points: readonly Json[], x: string, y: string, dashed = false): Series[] {
  const known = points.flatMap((point) => {
    const [a, b] = [number(point[x]), number(point[y])];
    return a === null || b === null ? [] : [[a, b]];
  });
  if (known.length === 0) return [];
  const shared = { name, colour, x: known.map(([a]) => a), y: known.map(([, b]) => b) };
  return dashed ? [{ ...shared, dashed }] : [shared, { ...shared, points: true }];
}

function alongSites(points: readonly Json[], weights: readonly number[], square: string, page: Page): Html {
  const of = (weight: number) => points.filter((point) => number(point.forceWeight) === weight);
  const first = of(weights[0]);
  const named = (weight: number) => (weights.length > 1 ? `force weight ${weight}` : 'learned');
  const figure = (title: string, y: string, label: string, extra: readonly Series[]): Html | '' => {
    const series = [...weights.flatMap((weight, k) => curve(named(weight), k, of(weight), 'sitesRequested', y)), ...extra];
    if (series.length === 0) return '';
    const chart: LineChart = {
      type: 'lines',
      x: { label: 'sites a molecule' },
      y: { label, log: positive(series) },
      series,
      height: 240,
    };
    return html`<figure><figcaption><b>${title}</b></figcaption>${page.chart(chart)}</figure>`;
  };
  const yardsticks = [
    ...curve('PCA bound', 'reference', first, 'sitesRequested', 'pcaBound', true),
    ...curve('equal blocks', 'faint', first, 'sitesRequested', 'equalBlocks', true),
  ];
  return html`${figure('Reconstruction against sites (dashed: the PCA bound, and equal blocks of atoms)', 'reconstruction', `error a coordinate (${square})`, yardsticks)}${figure('Mean square force a site', 'force', 'mean square force', [])}`;
}

function alongWeights(points: readonly Json[], siteNumbers: readonly number[], square: string, page: Page): Html {
  const figure = (y: string, label: string): Html | '' => {
    const series = siteNumbers.flatMap((sites, k) =>
      curve(
        `${sites} sites`,
        k,
        points.filter((point) => number(point.sitesRequested) === sites),
        'forceWeight',
        y,
      ),
    );
    if (series.length === 0) return '';
    const chart: LineChart = {
      type: 'lines',
      x: { label: 'force weight' },
      y: { label, log: positive(series) },
      series,
      height: 240,
    };
    return html`<figure><figcaption><b>${label}</b> against the weight of the forces</figcaption>${page.chart(chart)}</figure>`;
  };
  return html`${figure('reconstruction', `Error a coordinate (${square})`)}${figure('force', 'Mean square force a site')}`;
}

function positive(series: readonly Series[]): boolean {
  return series.every((one) => one.y.every((y) => y > 0));
}

function scanTable(points: readonly Json[], chosen: Json, square: string): Html {
  const rows = points.map((point) => {
    const seeds = list(point.seeds).length;
    const isChosen = point.sitesRequested === chosen.sitesPerMolecule && point.forceWeight === chosen.forceWeight;
    const occupied = numbers(point.occupancy);
    return [
      `${show(number(point.sitesRequested))}${isChosen ? ' \u2190' : ''}`,
      show(number(point.forceWeight)),
      show(number(point.sites)),
      show(number(point.reconstruction), 4),
      show(number(point.pcaBound), 4),
      show(number(point.equalBlocks), 4),
      show(number(point.force), 4),
      String(numbers(point.fragments).reduce((sum, count) => sum + count, 0)),
      occupied.length > 0 ? `${Math.min(...occupied)}\u2013${Math.max(...occupied)}` : '\u2013',
      `${show(number(point.agreeing))} of ${seeds}`,
    ];
  });
  const heads = [
    'sites',
    'force weight',
    'used',
    `reconstruction (${square})`,
    'PCA bound',
    'equal blocks',
    'mean square force a site',
    'connected pieces',
    'atoms a site',
    'seeds that agree',
  ];
  return table(
    heads.map((head) => ({ head, numeric: true })),
    rows,
  );
}

/** What the stages `decode` of a run gave back. */
export function decodingTable(run: RunView): Html | '' {
  const rows = run.stages.flatMap((stage) => {
    const report = readJsonObject(join(stage.folder, 'decode.json'));
    if (!report) return [];
    const error = object(report.reconstruction);
    return [
      [
        stage.name,
        stage.inputs.from ?? '\u2013',
        text(report.mapping) ?? '\u2013',
        text(report.decoder) ?? '\u2013',
        show(number(report.sites)),
        show(number(report.frames)),
        show(number(error.decoded), 4),
        show(number(error.relaxed), 4),
        show(number(report.energy), 4),
        show(number(report.notConverged)),
      ],
    ];
  });
  if (rows.length === 0) return '';
  const heads = [
    'decoded',
    'of',
    'mapping',
    'decoder',
    'sites',
    'frames',
    'error a coordinate',
    'relaxed',
    'energy relaxed',
    'not converged',
  ];
  return html`<h3>Atoms from sites</h3><p>Frames of sites turned back into atoms; errors are known where the frames are those of the atoms themselves.</p>${table(
    heads.map((head, k) => ({ head, numeric: k > 3 })),
    rows,
  )}`;
}
