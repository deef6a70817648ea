/** The section "Loops": how far each round of a loop was from the one before, and where the report of the rounds lies. */
import { join } from 'node:path';
import type { LineChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html, table } from './html.ts';
import type { Page, Section } from './page.ts';
import { has, type Json, list, number, object, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function loopSection(run: RunView, page: Page): Section[] {
  const blocks = run.stages.flatMap((stage) => {
    const loop = readJsonObject(join(stage.folder, 'loop.json'));
    return loop ? [showLoop(stage, loop, page)] : [];
  });
  if (blocks.length === 0) return [];
  return [{ id: 'loops', title: 'Loops', content: html`${blocks}` }];
}

function showLoop(stage: StageView, loop: Json, page: Page): Html {
  const rounds = list(loop.rounds).map(object);
  const count = rounds.length;
  const rows = rounds.map((round) => {
    const findings = list(round.findings).map(object);
    return [`${number(round.round) ?? ''}`, findings.map((one) => text(one.text) ?? '').join('; ') || 'nothing to compare with'];
  });
  const where = has(stage.folder, join('rounds', 'report.html'))
    ? html` <a href="${`${stage.name}/rounds/report.html`}">The report of all rounds.</a>`
    : '';
  return html`<h3>${stage.name}</h3><p>${
    loop.converged === true ? `Converged after ${count} rounds.` : `Not converged after ${count} rounds.`
  }${where}</p>${table([{ head: 'round', numeric: true }, { head: 'against the round before' }], rows)}<div class="grid">${courses(stage, rounds, page)}</div>`;
}

/** What each criterion looks at, over the rounds. */
function courses(stage: StageView, rounds: readonly Json[], page: Page): Html[] {
  const criteria = Math.max(0, ...rounds.map((round) => list(round.findings).length));
  return Array.from({ length: criteria }, (_, c) => {
    const found = rounds.flatMap((round) => {
      const value = number(object(list(round.findings)[c]).value);
      const at = number(round.round);
      return value !== null && at !== null ? [{ at, value }] : [];
    });
    const series: Series[] = [
      { name: 'value', colour: 0, points: true, x: found.map(({ at }) => at), y: found.map(({ value }) => compact(value)) },
    ];
    const chart: LineChart = {
      type: 'lines',
      x: { label: 'round', from: 1, to: Math.max(2, rounds.length) },
      y: { label: 'difference or correlation' },
      series,
      height: 200,
    };
    return found.length > 1
      ? html`<figure><figcaption><b>${stage.name}</b> \u00b7 criterion ${c + 1} over rounds</figcaption>${page.chart(chart)}</figure>`
      : html``;
  });
}
