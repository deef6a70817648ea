/** The head of the page: what was run, what came out, and what to be careful about. */
import { type ComparisonGroup, isMeaningful } from './comparisons.ts';
import { duration, type Html, html, show } from './html.ts';
import { when } from './provenance.ts';
import { number, object, text } from './read.ts';
import type { RunView, StageView } from './run.ts';
import { showWarnings } from './warnings.ts';

export function overview(run: RunView, groups: readonly ComparisonGroup[], warnings: readonly string[]): Html {
  const { manifest } = run;
  const computing = run.stages.reduce((sum, stage) => sum + (stage.wallSeconds ?? 0), 0);
  const verdicts = groups.flatMap((group) => group.candidates.map((c) => c.comparison.verdict).filter(Boolean));
  const tiles = groups.length > 0 ? comparisonTiles(groups) : simulationTiles(run);
  const status = run.status === 'done' ? '' : html` \u00b7 <span class="status-${run.status}">${run.status}</span>`;
  return html`<header class="top"><div class="kicker">Molecular dynamics run \u00b7 ${when(manifest.startedAt)} \u00b7 ${duration(computing)} of computing${status}</div>
    <h1>${run.name}</h1><p class="lead">${story(run)}</p>
    ${verdicts.length > 0 ? html`<div class="verdict">${verdicts.map((verdict) => html`<p>${verdict}</p>`)}</div>` : ''}
    ${tiles.length > 0 ? html`<div class="tiles">${tiles}</div>` : ''}${showWarnings(warnings)}</header>`;
}

/** What was run, in a sentence or two. */
function story(run: RunView): string {
  const of = (kind: string) => run.stages.filter((stage) => stage.kind === kind);
  const simulations = of('simulate');
  const beads = simulations.filter((stage) => stage.inputs['system.from']);
  const atoms = simulations.filter((stage) => !stage.inputs['system.from']);
  const models = of('train-potential').map((stage) => text(object(stage.settings.model).type));
  const named = (stage: StageView): string => {
    const molecules = number(stage.summary?.molecules);
    const word = molecules === number(stage.summary?.particles) ? 'particles' : 'molecules';
    return molecules !== null && molecules > 1 ? `${stage.name} (${show(molecules)} ${word})` : stage.name;
  };
  const parts: string[] = [];
  if (atoms.length > 0)
    parts.push(`${beads.length > 0 ? 'Simulated atom by atom' : 'Simulated'}: ${atoms.map(named).join(', ')}.`);
  if (of('train-mapping').length > 0) parts.push('A mapping from atoms to sites was learned.');
  if (models.length > 0)
    parts.push(
      `Potentials for the sites were trained on the forces of the atoms: ${models.map((type) => type ?? 'default').join(', ')}.`,
    );
  if (beads.length > 0) parts.push(`Simulated with them: ${beads.map(named).join(', ')}.`);
  if (parts.length === 0) return `A run of ${run.stages.length} stage${run.stages.length === 1 ? '' : 's'}.`;
  return parts.join(' ');
}

function tile(label: string, values: readonly Html[]): Html {
  return html`<div class="tile"><div class="label">${label}</div>${values.map((value) => html`<div class="value">${value}</div>`)}</div>`;
}

function comparisonTiles(groups: readonly ComparisonGroup[]): Html[] {
  const all = groups.flatMap((group) => group.candidates);
  const each = (value: (c: (typeof all)[number]) => string | null): Html[] =>
    all.flatMap((c) => {
      const found = value(c);
      return found === null
        ? []
        : [
            html`<span class="dot" style="color:var(--c${c.colour % 6})"></span>${found} <small>${all.length > 1 ? c.label : ''}</small>`,
          ];
    });
  const worst = (values: readonly number[], pick: (...v: number[]) => number): string | null =>
    values.length > 0 ? pick(...values).toFixed(3) : null;
  const times = (value: number | null | undefined): string | null =>
    typeof value === 'number' ? `${show(value, 2)}\u00d7` : null;
  return [
    [
      'Mean |\u0394g(r)|, worst pair',
      each((c) =>
        worst(
          c.comparison.rdf.map((one) => one.meanAbsoluteError),
          Math.max,
        ),
      ),
    ],
    [
      'Overlap of bond distributions, worst',
      each((c) =>
        worst(
          c.comparison.bonds.map((one) => one.overlap),
          Math.min,
        ),
      ),
    ],
    ['Simulated time per wall time and molecule', each((c) => times(c.comparison.speed.ratio))],
    [
      'Diffusion against the reference',
      each((c) => times(isMeaningful(c.comparison.diffusion.ratio) ? c.comparison.diffusion.ratio : null)),
    ],
  ].flatMap(([label, values]) => ((values as Html[]).length > 0 ? [tile(label as string, values as Html[])] : []));
}

function simulationTiles(run: RunView): Html[] {
  return run.stages
    .filter((stage) => stage.kind === 'simulate' && stage.summary)
    .slice(0, 4)
    .map((stage) => {
      const temperature = number(object(object(stage.summary?.averages).temperature).mean);
      const perDay = number(stage.summary?.nsPerDay);
      return tile(stage.name, [
        html`${show(perDay)} <small>${stage.units === 'md' ? 'ns/day' : '\u03c4/day'}</small>`,
        html`${show(temperature, 4)} <small>${stage.units === 'md' ? 'K' : ''} mean temperature</small>`,
      ]);
    });
}
