/** The section "Training": how the potentials came about. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact, downsample } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import type { Page, Section } from './page.ts';
import { type Columns, type Json, number, object, readColumns, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function trainingSection(run: RunView, page: Page, colourOf: (stage: string) => number): Section[] {
  const models = run.stages.flatMap((stage) => {
    const model = readJsonObject(join(stage.folder, 'model.json'));
    return model || stage.kind === 'train-potential' ? [{ stage, model }] : [];
  });
  if (models.length === 0) return [];
  const squared = models[0].stage.units === 'md' ? '(kJ/mol/nm)\u00b2' : '(\u03b5/\u03c3)\u00b2';
  const rows = models.map(({ stage, model }) => {
    const floor = noiseFloorOf(model);
    const validation = meanSquare(model?.validation);
    return [
      html`<span class="dot" style="color:var(--c${colourOf(stage.name) % 6})"></span>${stage.name}`,
      text(model?.type) ?? text(object(stage.settings.model).type) ?? '\u2013',
      show(number(model?.meanSquareForce), 5),
      show(meanSquare(model?.training), 5),
      show(validation, 5),
      show(floor, 5),
      validation !== null && floor ? show(validation / floor, 4) : '\u2013',
    ];
  });
  const heads = ['potential', 'model', 'force itself', 'training', 'validation', 'noise floor', 'validation / floor'];
  const content = html`<p>Each potential was fitted to the forces of the atoms, summed over the atoms of each site. Part of that force is
    noise that no function of the sites can predict: the noise floor. A model is done when its validation error comes down to it.
    Mean squares of a force component, ${squared}; validation uses blocks of time that training never saw.</p>
    ${table(
      heads.map((head, k) => ({ head, numeric: k > 1 })),
      rows,
    )}<div class="grid">${models.map(({ stage, model }) => trainingFigures(stage, noiseFloorOf(model), page, colourOf(stage.name)))}</div>`;
  return [{ id: 'training', title: 'Training', content }];
}

function meanSquare(value: unknown): number | null {
  return number(value) ?? number(object(value).meanSquare) ?? number(object(value).value);
}

function noiseFloorOf(model: Json | null): number | null {
  return meanSquare(model?.noiseFloor);
}

const progressColumns = ['epoch', 'step', 'iteration', 'blocks', 'frames', 'row'];
const secondary = /^(seed|tau|temperature|noise_?floor|learning|rate|seconds|time|weight)/i;

/** The columns of `training.csv` as curves: losses on one chart with the noise floor as a line. */
export function trainingFigures(stage: StageView, floor: number | null, page: Page, colour = 0): Html | '' {
  const columns = readColumns(join(stage.folder, 'training.csv'));
  if (!columns || columns.rows < 2) return '';
  const along = progressColumns.find((name) => columns.names.includes(name)) ?? columns.names[0];
  const losses = columns.names.filter((name) => name !== along && !secondary.test(name) && hasNumbers(columns.values[name]));
  const seeds = columns.names.includes('seed') ? [...new Set(columns.values.seed)] : [null];
  // a loss beside a validation error is the same error on the training blocks
  const training = losses.includes('training') ? 'training' : 'loss';
  const together = losses.includes('validation') ? [training, 'validation'].filter((name) => losses.includes(name)) : [];
  const apart = losses.filter((name) => !together.includes(name)).slice(0, 4);
  return html`${[...(together.length > 0 ? [together] : []), ...apart.map((name) => [name])].map((names) => {
    const shared = names === together;
    const series = names.flatMap((name, k) =>
      seeds.map((seed, s) => trainingCurve(columns, along, name, seed, seeds.length > 1 ? s : colour, shared && k > 0)),
    );
    const chart: LineChart = {
      type: 'lines',
      x: { label: along },
      y: { label: shared ? 'mean square error' : names[0], log: shared || spansDecades(series) },
      series,
      height: shared ? 240 : 200,
      ...(floor && shared ? { rules: [{ y: floor, label: 'noise floor' }] } : {}),
    };
    const dashed = shared && names.length > 1 ? ` (${names[1]} dashed)` : '';
    return html`<figure><figcaption><b>${stage.name}</b> \u00b7 ${names.join(', ')}${dashed}${
      seeds.length > 1 ? ` of ${seeds.length} seeds` : ''
    }</figcaption>${page.chart(chart)}</figure>`;
  })}`;
}

/** A logarithmic axis helps where positive values differ by more than a factor of twenty, and not by so much that they are zero. */
function spansDecades(series: readonly Series[]): boolean {
  const values = series.flatMap((one) => one.y);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high > 20 * low && high < 1e6 * low;
}

function hasNumbers(values: Float64Array): boolean {
  return values.some((v) => Number.isFinite(v));
}

function trainingCurve(
  columns: Columns,
  along: string,
  name: string,
  seed: number | null,
  colour: number,
  dashed: boolean,
): Series {
  const rows = Array.from({ length: columns.rows }, (_, k) => k).filter((k) => seed === null || columns.values.seed[k] === seed);
  const { x, y } = downsample(
    rows.map((k) => columns.values[along][k]),
    rows.map((k) => columns.values[name][k]),
    300,
  );
  return { name: seed === null ? name : `${name}, seed ${seed}`, colour, x: x.map(compact), y, dashed };
}
