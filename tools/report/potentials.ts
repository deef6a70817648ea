/** The section "Potentials": trained potentials as curves, for models that are made of tables. */
import { evaluateTable, type Priors, readModel, type StoredModel } from '../../plugins/potentials/index.ts';
import { openStageFolder } from '../runner/stage-folder.ts';
import type { Series } from './data.ts';
import { compact } from './downsample.ts';
import { html } from './html.ts';
import type { Page, Section } from './page.ts';
import { has, isObject, list, number, object, text } from './read.ts';
import type { RunView } from './run.ts';

interface Curve {
  /** `pair CH3-CH3`, `bond CH3-CH3`, ... */
  readonly name: string;
  readonly coordinate: string;
  readonly x: number[];
  readonly energy: number[];
}

/** Draws the tables and priors of each trained model, curves of one name from several models together. */
export async function potentialsSection(run: RunView, page: Page, colourOf: (stage: string) => number): Promise<Section[]> {
  const found = new Map<string, { series: Series[]; coordinate: string }>();
  for (const stage of run.stages.filter((one) => has(one.folder, 'model.json')))
    for (const { name, coordinate, x, energy } of await curvesOf(stage.folder, stage.name)) {
      const known = found.get(name) ?? { series: [], coordinate };
      known.series.push({ name: stage.name, colour: colourOf(stage.name), x: x.map(compact), y: energy.map(compact) });
      found.set(name, known);
    }
  if (found.size === 0) return [];
  const md = run.stages.some((stage) => stage.units === 'md');
  const energy = `energy (${md ? 'kJ/mol' : '\u03b5'})`;
  const label = {
    pair: `r (${md ? 'nm' : '\u03c3'})`,
    bond: `length (${md ? 'nm' : '\u03c3'})`,
    angle: 'angle (degrees)',
    dihedral: 'dihedral (degrees)',
  };
  const figures = [...found].map(
    ([name, { series, coordinate }]) =>
      html`<figure><figcaption><b>${name}</b> \u00b7 ${series.map(
        (one) =>
          html`<span style="margin-right:.7em"><span class="dot" style="color:var(--c${(one.colour as number) % 6})"></span>${one.name}</span>`,
      )}</figcaption>${page.chart({
        type: 'lines',
        x: { label: label[coordinate as keyof typeof label] ?? coordinate },
        y: { label: energy, ...visible(series) },
        series,
        height: 250,
      })}</figure>`,
  );
  const content = html`<p>Tables and priors added up, over the range that training covered. A model of many bodies, such as the graph network, has no
    such curves.</p><div class="grid">${figures}</div>`;
  return [{ id: 'potentials', title: 'Potentials', content }];
}

/** The curves of a stored model; none if it cannot be read or has no tables. */
async function curvesOf(folder: string, name: string): Promise<Curve[]> {
  try {
    return tabulated(await readModel(openStageFolder(folder), name));
  } catch {
    return [];
  }
}

const pointsDrawn = 300;

function tabulated(model: StoredModel): Curve[] {
  const priors = object(model.description.priors) as unknown as Priors;
  return list(model.description.tables)
    .filter(isObject)
    .flatMap((entry) => {
      const [coordinate, tensor] = [text(entry.coordinate), text(entry.tensor)];
      const [start, spacing] = [number(entry.start), number(entry.spacing)];
      const values = tensor && model.weights[`${tensor}.values`]?.data;
      const derivatives = tensor && model.weights[`${tensor}.derivatives`]?.data;
      if (!coordinate || !values || !derivatives || start === null || spacing === null) return [];
      const table = { start, spacing, values: Float64Array.from(values), derivatives: Float64Array.from(derivatives) };
      const types = list(entry.types).map(String);
      const seen = rangeSeen(model, coordinate, types);
      const from = Math.max(start, seen?.[0] ?? start);
      const to = Math.min(start + spacing * (values.length - 1), seen?.[1] ?? Number.POSITIVE_INFINITY);
      const out = new Float64Array(2);
      const x = Array.from({ length: pointsDrawn }, (_, k) => from + ((to - from) * k) / (pointsDrawn - 1));
      const energy = x.map((at) => {
        evaluateTable(table, at, out);
        return out[0] + harmonic(priors, coordinate, types, at);
      });
      const scale = coordinate === 'angle' || coordinate === 'dihedral' ? 180 / Math.PI : 1;
      // a bonded energy has no zero of its own
      const lowest = coordinate === 'pair' ? 0 : Math.min(...energy);
      return [
        {
          name: `${coordinate} ${types.join('-')}`,
          coordinate,
          x: x.map((at) => at * scale),
          energy: energy.map((e) => e - lowest),
        },
      ];
    });
}

/** The core prior is zero within the range that training covered, so that only the harmonic ones count here. */
function harmonic(priors: Priors, coordinate: string, types: readonly string[], at: number): number {
  const prior = priors.harmonic?.find((one) => one.coordinate === coordinate && one.types.join(' ') === types.join(' '));
  return prior ? (prior.k / 2) * (at - prior.mean) ** 2 : 0;
}

function rangeSeen(model: StoredModel, coordinate: string, types: readonly string[]): readonly [number, number] | null {
  const same = (other: readonly string[]): boolean => other.join(' ') === types.join(' ');
  if (coordinate === 'pair') {
    const pair = model.trainingRange.pairs.find((one) => same(one.types));
    return pair ? [pair.minimum, Number.POSITIVE_INFINITY] : null;
  }
  const bonded = model.trainingRange.bonded.find((one) => one.coordinate === coordinate && same(one.types));
  return bonded ? [bonded.minimum, bonded.maximum] : null;
}

/** The wall of a pair potential would flatten its well: the axis ends at three times the well's depth, if there is a well. */
function visible(series: readonly Series[]): { from?: number; to?: number } {
  const values = series.flatMap((one) => one.y);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low < 0 && high > -4 * low ? { from: 1.15 * low, to: -3 * low } : {};
}
