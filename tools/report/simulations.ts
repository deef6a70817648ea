/** The section "Simulations": averages, time series and, where no comparison shows them, the structure and motion of each. */
import { join } from 'node:path';
import { smallestWidth, type Trajectory } from '../../engine/index.ts';
import { diffusion } from '../analysis/diffusion.ts';
import { coordinateRanges, distributions } from '../analysis/distributions.ts';
import { chooseFrames, moleculeCount } from '../analysis/frames.ts';
import { gyration } from '../analysis/gyration.ts';
import { allRdfs, isMonatomic } from '../analysis/rdf.ts';
import { axisAround } from './axes.ts';
import type { Chart, Series } from './data.ts';
import { compact, downsample } from './downsample.ts';
import { duration, type Html, html, show, showWithError, table, unit } from './html.ts';
import { coloured } from './legend.ts';
import type { Page, Section } from './page.ts';
import { number, object, readColumns, text } from './read.ts';
import type { RunView, StageView } from './run.ts';
import { withTrajectory } from './trajectories.ts';

/** `compared` holds the stages whose structure a comparison shows already. */
export async function simulationsSection(run: RunView, page: Page, compared: ReadonlySet<string>): Promise<Section[]> {
  const blocks: Html[] = [];
  const stages = run.stages.filter((stage) => stage.kind === 'simulate');
  for (const stage of stages) blocks.push(await showSimulation(stage, page, compared.has(stage.name), compared.size === 0));
  return blocks.length === 0 ? [] : [{ id: 'simulations', title: 'Simulations', content: html`${blocks}` }];
}

async function showSimulation(stage: StageView, page: Page, compared: boolean, open: boolean): Promise<Html> {
  const { summary } = stage;
  const speed = number(summary?.nsPerDay);
  const told = [
    number(summary?.stepsPerSecond) !== null ? `${show(number(summary?.stepsPerSecond))} steps/s` : null,
    speed !== null ? `${show(speed)} ${stage.units === 'md' ? 'ns' : '\u03c4'}/day` : null,
    stage.wallSeconds !== null ? duration(stage.wallSeconds) : null,
  ].filter((part) => part !== null);
  const observed = await withTrajectory(stage, (trajectory) =>
    compared && !hasChains(trajectory) ? null : observe(stage, trajectory, page),
  );
  return html`<details class="block"${{ html: open ? ' open' : '' }}><summary>${stage.name}<small>${told.join(' \u00b7 ')}</small></summary>
    ${stage.error ? html`<p class="status-failed">${stage.error}</p>` : ''}
    <div class="grid small">${timeSeries(stage, page)}</div>${observed ?? ''}${averages(stage)}${accounts(stage)}</details>`;
}

function timeSeries(stage: StageView, page: Page): Html[] {
  const log = readColumns(join(stage.folder, 'log.csv'));
  if (!log?.values.time || log.rows < 2) return [];
  const time = `time (${stage.units === 'md' ? 'ps' : '\u03c4'})`;
  const dynamics = object(stage.settings.dynamics);
  const target = number(object(dynamics.thermostat).temperature) ?? number(dynamics.temperature);
  const chart = (name: string, values: Float64Array, label: string, rules: { y: number; label: string }[] = []): Html => {
    const { x, y, low, high } = downsample(log.values.time, values, 300);
    const series: Series[] = [{ name, colour: 0, x, y, low, high }];
    const figure: Chart = {
      type: 'lines',
      x: { label: time },
      y: { label },
      series,
      rules,
      height: 190,
      ...axisAround(low, high, rules, label),
    };
    return html`<figure><figcaption><b>${name}</b></figcaption>${page.chart(figure)}</figure>`;
  };
  const unitOf = (name: string): string => (log.unit[name] ? ` (${unit(log.unit[name])})` : '');
  const shown: Html[] = [];
  const { temperature, potential, conserved } = log.values;
  if (temperature)
    shown.push(
      chart('Temperature', temperature, `temperature${unitOf('temperature')}`, target ? [{ y: target, label: 'bath' }] : []),
    );
  if (potential) shown.push(chart('Potential energy', potential, `potential${unitOf('potential')}`));
  if (conserved)
    shown.push(
      chart(
        'Conserved energy, from its start',
        conserved.map((v) => v - conserved[0]),
        `change${unitOf('conserved')}`,
      ),
    );
  return shown;
}

function averages({ summary }: StageView): Html | '' {
  const entries = Object.entries(object(summary?.averages));
  if (entries.length === 0) return '';
  const rows = entries.map(([name, value]) => [
    name,
    showWithError(number(object(value).mean) ?? number(value), number(object(value).error)),
    unit(text(object(value).unit) ?? ''),
  ]);
  return html`<h4>Averages, with block standard errors</h4>${table([{ head: 'quantity' }, { head: 'mean', numeric: true }, { head: '' }], rows)}`;
}

/** What the run says of itself: drift, lists, and where its time went. */
function accounts({ summary }: StageView): Html | '' {
  if (!summary) return '';
  const drift = object(summary.drift);
  const tasks = Object.entries(object(summary.secondsByTask))
    .filter(([, seconds]) => typeof seconds === 'number')
    .sort(([, a], [, b]) => (b as number) - (a as number));
  const facts = [
    number(drift.perDegreeOfFreedom) !== null
      ? `energy drift ${show(number(drift.perDegreeOfFreedom), 2)} ${text(drift.unit) ?? ''}`
      : null,
    number(summary.listBuilds) !== null
      ? `${show(number(summary.listBuilds))} pair-list builds, ${show(number(summary.dangerousBuilds) ?? 0)} dangerous`
      : null,
    tasks.length > 0
      ? `time by task: ${tasks.map(([task, seconds]) => `${task} ${duration(seconds as number)}`).join(', ')}`
      : null,
  ].filter((fact) => fact !== null);
  return facts.length === 0 ? '' : html`<p class="note">${facts.join(' \u00b7 ')}</p>`;
}

/** Particle-frames that the report spends on a quantity; more would keep a reader waiting. */
const workLimit = 4e5;

function observe(stage: StageView, whole: Trajectory, page: Page): Html {
  // a run that was not equilibrated still remembers how it began
  const trajectory = number(object(stage.settings.run).equilibrate) ? whole : laterHalf(whole);
  const { structure } = trajectory;
  const length = stage.units === 'md' ? 'nm' : '\u03c3';
  const few = chooseFrames(trajectory, { frames: Math.max(10, Math.min(400, Math.floor(workLimit / structure.mass.length))) });
  const figures: Html[] = [];
  const rows: unknown[][] = [];
  const { box } = few.frame(0);
  if (box.vectors && moleculeCount(structure) > 1) {
    const rmax = Math.min(stage.units === 'md' ? 1.2 : 3.5, smallestWidth(box) / 2);
    const found = allRdfs(few, { rmax, bins: 120 }).filter((one) => !isMonatomic(structure) || one.pair !== 'centre-centre');
    const series = found
      .slice(0, 6)
      .map((one, k): Series => ({ name: one.pair, colour: k, x: Array.from(one.r, compact), y: Array.from(one.g, compact) }));
    const chart: Chart = {
      type: 'lines',
      x: { label: `r (${length})`, from: 0, to: rmax },
      y: { label: 'g(r)' },
      series,
      height: 220,
    };
    figures.push(
      html`<figure><figcaption><b>g(r)</b> between molecules: ${coloured(series)}</figcaption>${page.chart(chart)}</figure>`,
    );
  }
  const bonds = distributions(few, 'bonds', coordinateRanges(few, 'bonds'), 100);
  for (const bond of bonds) rows.push([`bond length ${bond.name}`, showWithError(bond.mean, bond.meanError), length]);
  if (bonds.length > 0) {
    const series = bonds.slice(0, 6).map(
      (one, k): Series => ({
        name: one.name,
        colour: k,
        x: Array.from(one.x, compact),
        y: Array.from(one.density, compact),
        area: true,
      }),
    );
    const chart: Chart = {
      type: 'lines',
      x: { label: `length (${length})` },
      y: { label: 'probability density' },
      series,
      height: 220,
    };
    figures.push(html`<figure><figcaption><b>Bond lengths</b>: ${coloured(series)}</figcaption>${page.chart(chart)}</figure>`);
  }
  if (hasChains(trajectory)) gyrationOf(stage, trajectory, page, figures, rows);
  const moved = diffusion(few);
  if (moved)
    rows.push([
      'diffusion coefficient of molecules',
      showWithError(moved.coefficient, moved.error),
      stage.units === 'md' ? 'nm\u00b2/ps' : '\u03c3\u00b2/\u03c4',
    ]);
  return html`<div class="grid">${figures}</div>${
    rows.length > 0
      ? html`<h4>Measured on ${trajectory === whole ? 'the trajectory' : 'the second half of the trajectory, as the run was not equilibrated before'}</h4>${table([{ head: 'quantity' }, { head: 'mean', numeric: true }, { head: '' }], rows)}`
      : ''
  }`;
}

/** Molecules long enough for their size to be of interest, which no comparison shows over time. */
function hasChains({ structure }: Trajectory): boolean {
  return structure.mass.length >= 10 * moleculeCount(structure);
}

function laterHalf(trajectory: Trajectory): Trajectory {
  const skipped = Math.floor(trajectory.length / 2);
  return {
    structure: trajectory.structure,
    length: trajectory.length - skipped,
    frame: (index) => trajectory.frame(index + skipped),
    close: () => trajectory.close(),
  };
}

function gyrationOf(stage: StageView, trajectory: Trajectory, page: Page, figures: Html[], rows: unknown[][]): void {
  const many = chooseFrames(trajectory, {
    frames: Math.max(100, Math.floor((10 * workLimit) / trajectory.structure.mass.length)),
  });
  const found = gyration(many);
  const [square, time] = stage.units === 'md' ? ['nm\u00b2', 'ps'] : ['\u03c3\u00b2', '\u03c4'];
  rows.push(['mean square radius of gyration', showWithError(found.mean, found.error), square]);
  rows.push(['its standard deviation', show(found.sd), square]);
  if (found.autocorrelationTime !== null)
    rows.push(['its integrated autocorrelation time', show(found.autocorrelationTime), time]);
  const { x, y, low, high } = downsample(found.time, found.series, 300);
  const chart: Chart = {
    type: 'lines',
    x: { label: `time (${time})` },
    y: { label: `Rg\u00b2 (${square})` },
    series: [{ name: 'Rg\u00b2', colour: 0, x, y, low, high }],
    height: 220,
  };
  figures.push(
    html`<figure><figcaption><b>Radius of gyration</b>, squared, mean over molecules</figcaption>${page.chart(chart)}</figure>`,
  );
}
