/** The section "Systems": what was simulated, as numbers and to look at. */
import { smallestWidth, type Trajectory, volume } from '../../engine/index.ts';
import { moleculeCount } from '../analysis/frames.ts';
import type { View } from './data.ts';
import { type Html, html, show, table, unit } from './html.ts';
import type { Page, Section } from './page.ts';
import { number, object, text } from './read.ts';
import { modelBehind, type RunView, type StageView } from './run.ts';
import { withTrajectory } from './trajectories.ts';
import { systemView } from './view.ts';

/** What the last frame of a simulation says of its system. */
interface SystemFacts {
  readonly particles: number;
  readonly molecules: number;
  readonly kinds: string;
  readonly frames: number;
  /** Edges of the box, or null for open boundaries. */
  readonly box: readonly number[] | null;
  readonly density: number | null;
  readonly view: View;
}

function factsOf(trajectory: Trajectory): SystemFacts {
  const { structure } = trajectory;
  const frame = trajectory.frame(trajectory.length - 1);
  const counts = new Map<string, number>();
  structure.type.forEach((type, i) => {
    const name = structure.element[i] || structure.typeNames[type];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const v = frame.box.vectors;
  const mass = structure.mass.reduce((a, b) => a + b, 0);
  const daltonPerCubicNm = 1e21 / 6.02214076e23;
  return {
    particles: structure.mass.length,
    molecules: moleculeCount(structure),
    kinds: [...counts].map(([name, count]) => `${show(count)} ${name}`).join(', '),
    frames: trajectory.length,
    box: v ? [v[0], Math.hypot(v[3], v[4]), Math.hypot(v[6], v[7], v[8])] : null,
    density:
      v && smallestWidth(frame.box) > 0 ? (mass / volume(frame.box)) * (structure.units === 'md' ? daltonPerCubicNm : 1) : null,
    view: systemView(structure, frame),
  };
}

export async function systemsSection(run: RunView, page: Page): Promise<Section[]> {
  const stages = run.stages.filter((stage) => stage.kind === 'simulate');
  const cards: Html[] = [];
  const rows: unknown[][] = [];
  for (const stage of stages) {
    const facts = await withTrajectory(stage, factsOf);
    if (facts) cards.push(card(run, stage, facts, page));
    rows.push(row(run, stage, facts));
  }
  if (rows.length === 0) return [];
  const heads = ['simulation', 'particles', 'molecules', 'box', 'density', 'temperature', 'method', 'simulated', 'frames'];
  const content = html`<p class="hint">The last configuration of each simulation. Drag to turn; each picture fits its own box.</p>
    <div class="grid systems">${cards}</div>${table(
      heads.map((head, k) => ({ head, numeric: [1, 2, 8].includes(k) })),
      rows,
    )}`;
  return [{ id: 'systems', title: 'Systems', content }];
}

function card(run: RunView, stage: StageView, facts: SystemFacts, page: Page): Html {
  const model = modelBehind(run, stage);
  const length = stage.units === 'md' ? 'nm' : '\u03c3';
  const shown = facts.view.count < facts.particles ? `, ${show(facts.view.count)} shown` : '';
  const what =
    facts.particles === facts.molecules
      ? `${show(facts.particles)} particles`
      : `${show(facts.molecules)} molecule${facts.molecules === 1 ? '' : 's'}, ${show(facts.particles)} ${model ? 'sites' : 'particles'}`;
  const box = facts.box ? `${facts.box.map((edge) => show(edge, 3)).join(' \u00d7 ')} ${length}` : 'open boundaries';
  return html`<div class="card"><h3>${stage.name}</h3>
    <p>${what}${shown}${model ? html` \u00b7 ${model} model` : ''}</p>${page.view(facts.view, `Configuration of ${stage.name}`)}<p>${box} \u00b7 ${facts.view.kinds.map(
      (kind) =>
        html`<span style="white-space:nowrap;margin-right:.7em"><span class="dot" style="color:${colourOf(kind.colour)}"></span>${kind.name}</span>`,
    )}</p></div>`;
}

function colourOf(colour: string | number): string {
  return typeof colour === 'number' ? `var(--c${colour % 6})` : colour;
}

function row(run: RunView, stage: StageView, facts: SystemFacts | null): unknown[] {
  const { summary, settings, units } = stage;
  const averages = object(summary?.averages);
  const mean = (name: string): number | null => number(object(averages[name]).mean);
  const dynamics = object(settings.dynamics);
  const thermostat = text(object(dynamics.thermostat).type);
  const steps = number(summary?.steps);
  const timestep = number(summary?.timestep) ?? number(dynamics.timestep);
  const time = steps !== null && timestep !== null ? steps * timestep : null;
  const model = modelBehind(run, stage);
  const density = mean('density') ?? facts?.density ?? null;
  return [
    html`${stage.name}${model ? html` <small>(${model})</small>` : ''}`,
    show(facts?.particles ?? number(summary?.particles)),
    show(facts?.molecules ?? number(summary?.molecules)),
    facts
      ? facts.box
        ? `${facts.box.map((edge) => show(edge, 4)).join(' \u00d7 ')} ${units === 'md' ? 'nm' : '\u03c3'}`
        : 'open'
      : '\u2013',
    density === null ? '\u2013' : `${show(density, 4)} ${units === 'md' ? unit('g/cm3') : unit('m/sigma3')}`,
    mean('temperature') === null ? '\u2013' : `${show(mean('temperature'), 4)}${units === 'md' ? ' K' : ''}`,
    [text(dynamics.integrator), thermostat].filter(Boolean).join(' + ') || '\u2013',
    time === null ? '\u2013' : `${show(time, 4)} ${units === 'md' ? 'ps' : '\u03c4'}`,
    show(facts?.frames ?? null),
  ];
}
