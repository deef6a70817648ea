/** The sections "Mapping" and "Training": how the coarse-grained model came about. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact, downsample } from './downsample.ts';
import { type Html, html, show, table } from './html.ts';
import type { Page, Section } from './page.ts';
import { type Columns, isObject, type Json, list, number, numbers, object, readColumns, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';
import { withTrajectory } from './trajectories.ts';
import { moleculeView } from './view.ts';

export async function mappingSections(run: RunView, page: Page): Promise<Section[]> {
  const parts: Html[] = [];
  for (const stage of run.stages) {
    const mapping = readJsonObject(join(stage.folder, 'mapping.json'));
    if (mapping) parts.push(await showMapping(run, stage, mapping, page));
  }
  return parts.length === 0 ? [] : [{ id: 'mapping', title: 'Mapping', content: html`${parts}` }];
}

async function showMapping(run: RunView, stage: StageView, mapping: Json, page: Page): Promise<Html> {
  const assignment = numbers(mapping.assignment);
  const atoms = list(mapping.atoms).map((atom) => text(object(atom).name) ?? '');
  const sites = number(mapping.sites) ?? Math.max(0, ...assignment) + 1;
  const types = list(mapping.siteTypes).map((name) => String(name));
  const siteNames = Array.from({ length: sites }, (_, s) => `S${s}${types[s] ? ` ${types[s]}` : ''}`);
  const square = stage.units === 'md' ? 'nm\u00b2' : '\u03c3\u00b2';
  const view = await moleculeOf(run, stage, assignment, siteNames);
  const [reconstruction, bound] = [number(mapping.reconstruction), number(mapping.pcaBound)];
  const excess = reconstruction !== null && bound !== null && bound > 0 ? reconstruction / bound - 1 : null;
  const least = `the least that any linear map to as many sites can reach (${show(bound)} ${square})`;
  const above = excess === null ? '' : excess < 1e-3 ? `: ${least}` : `, ${show(100 * excess, 2)}\u202f% above ${least}`;
  return html`<h3>${stage.name}</h3>
    <p>An autoencoder was given ${atoms.length || assignment.length} atoms a molecule and ${sites} sites, and chose which atom belongs to which
    site. The positions it gives back differ by ${show(reconstruction)} ${square} a coordinate${above}.</p>
    <div class="grid">${
      view
        ? html`<figure class="molecule">${page.view(view, `Molecule coloured by site, ${stage.name}`)}<figcaption>One molecule; colour is the site that an atom was given to. ${siteNames
            .slice(0, 12)
            .map(
              (name, s) =>
                html`<span style="white-space:nowrap;margin-left:.6em"><span class="dot" style="color:var(--c${s % 6})"></span>${name}</span>`,
            )}</figcaption></figure>`
        : ''
    }
    <figure>${page.chart(encoderChart(mapping, assignment, atoms, siteNames))}<figcaption><b>Encoder matrix</b>: the weight of each atom in the position
    of each site. Rows add up to 1.</figcaption></figure>
    </div>${seedTable(mapping, square)}<div class="grid small">${trainingFigures(stage, null, page)}</div>`;
}

/** The first molecule of the run that the mapping was trained on, at its end. */
async function moleculeOf(run: RunView, stage: StageView, assignment: readonly number[], siteNames: readonly string[]) {
  const source = run.stages.find((one) => one.name === (stage.inputs.from ?? text(stage.settings.from)));
  if (!source || assignment.length === 0) return null;
  return withTrajectory(source, (trajectory) =>
    moleculeView(trajectory.structure, trajectory.frame(trajectory.length - 1), assignment, siteNames),
  );
}

function encoderChart(mapping: Json, assignment: readonly number[], atoms: readonly string[], siteNames: readonly string[]) {
  const stored = list(mapping.encoder).map(numbers);
  const values =
    stored.length === siteNames.length && stored.every((row) => row.length === assignment.length)
      ? stored
      : siteNames.map((_, s) => assignment.map((site) => (site === s ? 1 / assignment.filter((t) => t === s).length : 0)));
  // a thin space and the index keep names apart that occur twice; the script cuts them off again
  const columns = assignment.map((_, i) => `${atoms[i] || i}\u2009${i}`);
  return { type: 'matrix', rows: siteNames, columns, rowLabel: 'site', columnLabel: 'atom', values } as const;
}

function seedTable(mapping: Json, square: string): Html | '' {
  const seeds = list(mapping.seeds).filter(isObject);
  if (seeds.length === 0) return '';
  const force = (value: unknown): string => show(number(value), 4);
  const rows = seeds.map((seed) => [
    show(number(seed.seed)),
    shortAssignment(numbers(seed.assignment)),
    show(number(seed.sites)),
    show(number(seed.reconstruction), 4),
    show(number(seed.pcaBound), 4),
    force(seed.force),
  ]);
  const heads = [
    'seed',
    'site of each atom',
    'sites used',
    `reconstruction (${square})`,
    `PCA bound (${square})`,
    'mean square force a site',
  ];
  return html`<h4>From ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}</h4>${table(
    heads.map((head, k) => ({ head, numeric: k !== 1 })),
    rows,
  )}`;
}

function shortAssignment(assignment: readonly number[]): string {
  const words = assignment.join(' ');
  return words.length > 60 ? `${words.slice(0, 57)}\u2026` : words;
}

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
function trainingFigures(stage: StageView, floor: number | null, page: Page, colour = 0): Html | '' {
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
