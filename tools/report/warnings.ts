/** What a reader must know before trusting a run: stages that did not finish, late pair lists, drift, unproven methods. */
import { join } from 'node:path';
import { type Html, html, show } from './html.ts';
import { list, number, object, readJsonObject } from './read.ts';
import type { RunView, StageView } from './run.ts';

/** Drift of the conserved energy (kT a ns, or tau, and degree of freedom) above which a reader is warned ... */
const driftLimit = { md: 0.1, lj: 1e-3 } as const;
/** ... if the whole run has gained or lost this much (kT a degree of freedom): the slope of a short run is noise. */
const changeLimit = 0.01;

function driftsTooMuch(stage: StageView, drift: number | null): drift is number {
  if (drift === null || Math.abs(drift) <= driftLimit[stage.units]) return false;
  const [steps, timestep] = [number(stage.summary?.steps), number(stage.summary?.timestep)];
  if (steps === null || timestep === null) return true;
  const duration = steps * timestep * (stage.units === 'md' ? 1e-3 : 1);
  return Math.abs(drift) * duration > changeLimit;
}

/** One sentence each. `experimental` are the things used that are not validated, with their status. */
export function findWarnings(run: RunView, experimental: readonly string[]): string[] {
  const found: string[] = [];
  for (const stage of run.stages) {
    if (stage.status === 'failed') found.push(`The stage ${stage.name} failed${stage.error ? `: ${stage.error}` : '.'}`);
    else if (stage.status === 'interrupted')
      found.push(`The stage ${stage.name} was interrupted; continue it with md run --continue.`);
    else if (stage.status === 'pending' || stage.status === 'running')
      found.push(`The stage ${stage.name} is not finished (${stage.status}).`);
    const dangerous = number(stage.summary?.dangerousBuilds);
    if (dangerous)
      found.push(
        `${stage.name}: ${show(dangerous)} dangerous pair-list builds; forces were missing at times. Use a larger buffer.`,
      );
    const remarks = [stage.summary, readJsonObject(join(stage.folder, 'free-energy.json'))].flatMap((each) =>
      list(each?.remarks),
    );
    for (const remark of remarks) found.push(`${stage.name}: ${String(remark)}.`);
    const drift = number(object(stage.summary?.drift).perDegreeOfFreedom);
    if (driftsTooMuch(stage, drift))
      found.push(
        `${stage.name}: the conserved energy drifts by ${show(drift, 2)} kT per ${stage.units === 'md' ? 'ns' : '\u03c4'} and degree of freedom; ` +
          'a shorter timestep or a smoother cut-off would lower it.',
      );
  }
  for (const entry of experimental) found.push(`${entry}.`);
  return found;
}

export function showWarnings(warnings: readonly string[]): Html | '' {
  if (warnings.length === 0) return '';
  return html`<div class="warnings" role="note"><b>Before you rely on this</b><ul>${warnings.map((w) => html`<li>${w}</li>`)}</ul></div>`;
}
