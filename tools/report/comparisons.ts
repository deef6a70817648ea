/** The comparisons of a run, grouped by their reference, and the section that shows them. */
import { join } from 'node:path';
import type { ComparedDistribution, ComparedNumber, ComparedRdf, Comparison, MsdCurve } from '../analysis/comparison.ts';
import { memoryFigure, torsionMaps } from './comparison-figures.ts';
import type { Colour, LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, show, showWithError, table, unit } from './html.ts';
import type { Page, Section } from './page.ts';
import { isObject, list, readJsonObject } from './read.ts';
import { modelBehind, type RunView } from './run.ts';

/** One reference and everything that was held against it. */
export interface ComparisonGroup {
  readonly reference: string;
  readonly candidates: readonly {
    readonly stage: string;
    readonly name: string;
    readonly label: string;
    readonly colour: number;
    readonly comparison: Comparison;
  }[];
}

/** Reads every `compare.json` of the run; those that cannot be read are left out. */
export function readComparisons(run: RunView): ComparisonGroup[] {
  const groups = new Map<string, ComparisonGroup['candidates'][number][]>();
  let colour = 0;
  for (const stage of run.stages) {
    const content = readJsonObject(join(stage.folder, 'compare.json'));
    if (!content || !isObject(content.diffusion) || !isObject(content.speed)) continue;
    const names = ['rdf', 'bonds', 'angles', 'dihedrals', 'notes'].map((key) => [key, list(content[key])]);
    const comparison = { ...content, ...Object.fromEntries(names) } as unknown as Comparison;
    const reference = String(comparison.reference ?? stage.inputs.reference ?? 'reference');
    const name = String(comparison.candidate ?? stage.inputs.candidate ?? stage.name);
    const simulated = run.stages.find((one) => one.name === name);
    const model = simulated ? modelBehind(run, simulated) : null;
    const group = groups.get(reference) ?? [];
    group.push({ stage: stage.name, name, label: model ? `${name} (${model})` : name, colour: colour++, comparison });
    groups.set(reference, group);
  }
  return [...groups].map(([reference, candidates]) => ({ reference, candidates }));
}

/** A ratio of two numbers, and not of a number and a rounding error: a thermostat that conserves momentum lets no single molecule diffuse. */
export function isMeaningful(ratio: number | null | undefined): ratio is number {
  return typeof ratio === 'number' && Math.abs(ratio) >= 1e-3;
}

/** The section "Side by side". */
export function comparisonSection(groups: readonly ComparisonGroup[], page: Page): Section[] {
  if (groups.length === 0) return [];
  return [{ id: 'comparison', title: 'Side by side', content: html`${groups.map((group) => showGroup(group, page))}` }];
}

function showGroup(group: ComparisonGroup, page: Page): Html {
  const { comparison } = group.candidates[0];
  const mapped = comparison.mapping ? html` seen through the mapping <i>${comparison.mapping}</i>` : '';
  return html`<h3>Reference: ${group.reference}</h3>
    <p>${group.reference}${mapped} and ${group.candidates.map((c) => c.label).join(', ')}, with
    ${show(comparison.frames.reference)} and ${show(comparison.frames.candidate)} frames. Bands are block standard errors.</p>
    ${legend([{ name: group.reference, colour: 'reference' }, ...group.candidates.map((c) => ({ name: c.label, colour: c.colour }))])}
    ${rdfFigures(group, page)}
    ${dynamics(group, page)}
    ${torsionMaps(group, page)}
    ${notes(group)}`;
}

export function legend(entries: readonly { readonly name: string; readonly colour: Colour }[]): Html {
  return html`<div class="legend">${entries.map(
    ({ name, colour }) =>
      html`<span><span class="key" style="color:var(--${typeof colour === 'number' ? `c${colour % 6}` : colour})"></span>${name}</span>`,
  )}</div>`;
}

function rdfFigures(group: ComparisonGroup, page: Page): Html | '' {
  const pairs = [...new Set(group.candidates.flatMap((c) => c.comparison.rdf.map((one) => one.pair)))];
  if (pairs.length === 0) return '';
  const length = group.candidates[0].comparison.units === 'md' ? 'nm' : '\u03c3';
  const figures = pairs.map((pair) => {
    const found = group.candidates.flatMap((c) => {
      const rdf = c.comparison.rdf.find((one) => one.pair === pair);
      return rdf ? [{ ...c, rdf }] : [];
    });
    const [first] = found;
    const series: Series[] = [curve(group.reference, 'reference', first.rdf.r, first.rdf.reference, first.rdf.referenceError)];
    for (const c of found) series.push(curve(c.label, c.colour, c.rdf.r, c.rdf.candidate, c.rdf.candidateError));
    const to = first.rdf.r[first.rdf.r.length - 1];
    const axis = { label: `r (${length})`, from: 0, to };
    const difference: Series[] = found.map((c) => ({
      name: c.label,
      colour: c.colour,
      x: c.rdf.r,
      y: c.rdf.r.map((_, k) => compact(Math.abs(c.rdf.candidate[k] - c.rdf.reference[k]))),
      area: true,
    }));
    return html`<figure><figcaption><b>${pair}</b> \u00b7 mean |\u0394g| ${found.map(
      (c, k) =>
        html`${k > 0 ? ', ' : ''}<span style="color:var(--c${c.colour % 6})">${c.rdf.meanAbsoluteError.toFixed(3)}</span>${expected(c.rdf)}`,
    )}</figcaption>
      ${page.chart({ type: 'lines', x: { ...axis, label: '' }, y: { label: 'g(r)' }, series, height: 270 })}
      ${page.chart({ type: 'lines', x: axis, y: { label: '|\u0394g|' }, series: difference, height: 120 })}</figure>`;
  });
  const rows = group.candidates.flatMap((c) =>
    c.comparison.rdf.map((one) => [
      one.pair,
      c.label,
      one.meanAbsoluteError.toFixed(4),
      one.expectedFromNoise === null || one.expectedFromNoise === undefined ? '\u2013' : one.expectedFromNoise.toFixed(4),
      `${one.firstPeak.reference.r.toFixed(3)}, ${one.firstPeak.reference.height.toFixed(2)}`,
      `${one.firstPeak.candidate.r.toFixed(3)}, ${one.firstPeak.candidate.height.toFixed(2)}`,
    ]),
  );
  const columns = [
    'pair',
    'candidate',
    'mean |\u0394g|',
    'noise alone',
    `first peak, reference (${length}, height)`,
    'candidate',
  ];
  return html`<h4>Radial distribution functions between molecules</h4><div class="grid">${figures}</div>
    ${table(
      columns.map((head, k) => ({ head, numeric: k > 1 })),
      rows,
    )}`;
}

function expected(rdf: ComparedRdf): string {
  return rdf.expectedFromNoise === null || rdf.expectedFromNoise === undefined
    ? ''
    : ` (noise alone ${rdf.expectedFromNoise.toFixed(3)})`;
}

function curve(
  name: string,
  colour: Colour,
  x: readonly number[],
  y: readonly number[],
  error: readonly number[] | null | undefined,
  area = false,
): Series {
  const band = error ? { low: y.map((v, k) => compact(v - error[k])), high: y.map((v, k) => compact(v + error[k])) } : {};
  return { name, colour, x, y, area, ...band };
}

const degrees = 180 / Math.PI;

function distributionFigures(group: ComparisonGroup, kind: 'bonds' | 'angles' | 'dihedrals', page: Page): Html[] {
  const names = [...new Set(group.candidates.flatMap((c) => c.comparison[kind].map((one) => one.name)))];
  const { units } = group.candidates[0].comparison;
  const angular = kind !== 'bonds';
  const scale = angular ? degrees : 1;
  const label =
    kind === 'bonds' ? `length (${units === 'md' ? 'nm' : '\u03c3'})` : `${kind === 'angles' ? 'angle' : 'dihedral'} (degrees)`;
  const title = { bonds: 'Bond', angles: 'Angle', dihedrals: 'Dihedral' }[kind];
  return names.map((name) => {
    const found = group.candidates.flatMap((c) => {
      const one = c.comparison[kind].find((d) => d.name === name);
      return one ? [{ ...c, one }] : [];
    });
    const series = found.flatMap((c, k) => scaledCurves(c.one, c.label, c.colour, group.reference, scale, k === 0));
    return html`<figure><figcaption><b>${title} ${name}</b> \u00b7 overlap ${found.map(
      (c, k) =>
        html`${k > 0 ? ', ' : ''}<span style="color:var(--c${c.colour % 6})">${c.one.overlap.toFixed(3)}</span>${fromNoise(c.one)}`,
    )} \u00b7 Jensen\u2013Shannon ${found.map((c) => show(c.one.jensenShannon, 2)).join(', ')}</figcaption>
      ${page.chart({ type: 'lines', x: { label }, y: { label: 'probability density' }, series, height: 230 })}</figure>`;
  });
}

function fromNoise({ overlapFromNoise }: ComparedDistribution): string {
  return overlapFromNoise == null ? '' : ` (noise alone ${overlapFromNoise.toFixed(3)})`;
}

function scaledCurves(
  one: ComparedDistribution,
  label: string,
  colour: number,
  referenceName: string,
  scale: number,
  withReference: boolean,
): Series[] {
  const x = one.x.map((v) => compact(v * scale));
  const density = (values: readonly number[]): number[] => values.map((v) => compact(v / scale));
  const candidate = curve(label, colour, x, density(one.candidate), one.candidateError && density(one.candidateError));
  if (!withReference) return [candidate];
  return [
    curve(referenceName, 'reference', x, density(one.reference), one.referenceError && density(one.referenceError), true),
    candidate,
  ];
}

function dynamics(group: ComparisonGroup, page: Page): Html {
  const { units } = group.candidates[0].comparison;
  const rows = group.candidates.flatMap((c) =>
    (
      [
        ['diffusion of molecules', c.comparison.diffusion],
        ['mean square radius of gyration', c.comparison.gyration ?? null],
        ['its autocorrelation time', c.comparison.gyrationMemory ?? null],
        ['pressure', c.comparison.pressure ?? null],
        ['speed', c.comparison.speed],
      ] as [string, ComparedNumber | null][]
    )
      .filter(([, one]) => one !== null && (one.reference !== null || one.candidate !== null))
      .map(([name, one]) => [
        name,
        c.label,
        unit(one?.unit ?? ''),
        showWithError(one?.reference ?? null, one?.referenceError),
        showWithError(one?.candidate ?? null, one?.candidateError),
        isMeaningful(one?.ratio) ? `\u00d7\u2009${show(one?.ratio, 3)}` : '\u2013',
      ]),
  );
  const columns = ['', 'candidate', 'unit', group.reference, 'candidate', 'ratio'].map((head, k) => ({ head, numeric: k > 2 }));
  const series = displacementSeries(group);
  const chart: LineChart = {
    type: 'lines',
    x: { label: `time (${units === 'md' ? 'ps' : '\u03c4'})`, log: true },
    y: { label: `mean-square displacement (${units === 'md' ? 'nm\u00b2' : '\u03c3\u00b2'})`, log: true },
    series,
    height: 240,
  };
  const figure = html`<figure><figcaption><b>Mean-square displacement</b> of molecules, centre-of-mass drift removed. Dashed: the
    straight line 6Dt where it was fitted.</figcaption>${series.length > 0 ? page.chart(chart) : ''}</figure>`;
  const shapes = (['bonds', 'angles', 'dihedrals'] as const).flatMap((kind) => distributionFigures(group, kind, page));
  return html`<h4>Shape of the molecules, and how they move</h4>
    <div class="grid">${shapes}${series.length > 0 ? figure : ''}${memoryFigure(group, page)}</div>${table(columns, rows)}
    <p class="note">Speed is simulated time per day of wall time, times the number of molecules. Coarse-grained dynamics is expected to be
    faster than that of the atoms: friction and mass of the sites set its clock.</p>`;
}

function displacementSeries(group: ComparisonGroup): Series[] {
  const lines = (name: string, colour: Colour, one: MsdCurve | null | undefined, coefficient: number | null): Series[] => {
    if (!one) return [];
    const positive = one.time.map((_, k) => k).filter((k) => one.time[k] > 0 && one.displacement[k] > 0);
    const found: Series = { name, colour, x: positive.map((k) => one.time[k]), y: positive.map((k) => one.displacement[k]) };
    const last = positive[positive.length - 1];
    if (coefficient === null || last === undefined) return [found];
    const offset = one.displacement[last] - 6 * coefficient * one.time[last];
    const fit = one.fit.map((t) => compact(6 * coefficient * t + offset));
    return fit.every((v) => v > 0) ? [found, { name: `${name}, fit`, colour, x: one.fit, y: fit, dashed: true }] : [found];
  };
  const first = group.candidates[0].comparison.diffusion;
  const all = [
    ...lines(group.reference, 'reference', first.curves?.reference, first.reference),
    ...group.candidates.flatMap((c) =>
      lines(c.label, c.colour, c.comparison.diffusion.curves?.candidate, c.comparison.diffusion.candidate),
    ),
  ];
  const largest = Math.max(0, ...all.flatMap((series) => series.y));
  return all.filter((series) => Math.max(...series.y) > 1e-8 * largest);
}

function notes(group: ComparisonGroup): Html | '' {
  const all = [...new Set(group.candidates.flatMap((c) => c.comparison.notes))];
  return all.length === 0 ? '' : html`<p class="note">${all.map((note) => html`${note}. `)}</p>`;
}
