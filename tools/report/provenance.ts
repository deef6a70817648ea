/** The section "Provenance": stages with their status and time, versions, seeds, and the scenario as it was resolved. */
import { duration, type Html, html, show, table } from './html.ts';
import type { Section } from './page.ts';
import { number, object, text } from './read.ts';
import type { RunView, StageView } from './run.ts';

export function provenanceSection(run: RunView): Section {
  const { manifest } = run;
  const rows = run.stages.map((stage) => [
    stage.name,
    stage.kind,
    html`<span class="status-${stage.status}">${stage.status}</span>`,
    Object.entries(stage.inputs)
      .map(([property, from]) => `${property}: ${from}`)
      .join(', ') || '\u2013',
    duration(stage.wallSeconds),
    show(stage.threads),
    stage.seed === null ? '\u2013' : String(stage.seed),
    stage.version ?? '\u2013',
  ]);
  const heads = ['stage', 'kind', 'status', 'made from', 'wall time', 'threads', 'seed', 'md'];
  const machine = object(manifest.machine);
  const versions = Object.entries(object(manifest.versions)).map(([name, version]) => [name, String(version)]);
  const facts = [
    ['seed of the scenario', number(manifest.seed) === null ? '\u2013' : String(manifest.seed)],
    ['started', when(manifest.startedAt)],
    ['finished', when(manifest.finishedAt)],
    [
      'machine',
      [
        text(machine.processor),
        number(machine.cores) ? `${machine.cores} cores` : null,
        number(machine.memoryGiB) ? `${show(number(machine.memoryGiB))} GiB` : null,
      ]
        .filter(Boolean)
        .join(', ') || '\u2013',
    ],
    ...versions,
  ];
  const content = html`${table(
    heads.map((head, k) => ({ head, numeric: k === 4 || k === 5 || k === 6 })),
    rows,
  )}${table([{ head: 'recorded' }, { head: '' }], facts)}
  ${manifest.scenario === undefined ? '' : folded('The scenario as resolved: units read, defaults filled in', manifest.scenario)}
  ${manifest.given === undefined ? '' : folded('The scenario as given', manifest.given)}
  ${run.stages.filter((stage) => !knownKinds.has(stage.kind)).map(showUnknown)}`;
  return { id: 'provenance', title: 'Provenance', content };
}

const knownKinds = new Set(['simulate', 'train-mapping', 'decode', 'train-potential', 'compare']);

/** A stage of a kind that the report has no section for: its summary as it stands. */
function showUnknown(stage: StageView): Html {
  return folded(`Stage ${stage.name} (${stage.kind})`, {
    settings: stage.settings,
    ...(stage.summary ? { summary: stage.summary } : {}),
  });
}

function folded(title: string, content: unknown): Html {
  return html`<details><summary>${title}</summary><pre>${JSON.stringify(content, null, 2)}</pre></details>`;
}

export function when(value: unknown): string {
  const at = new Date(text(value) ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? '\u2013' : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
