/** What `md run` prints at the end: each stage with its status, time and key figures, and where to look. */
import { join } from 'node:path';
import type { RunOutcome } from '../runner/run.ts';
import { duration, shown, table } from './format.ts';
import { keyFigures } from './key-figures.ts';

export function closingBlock(outcome: RunOutcome, folder: string, report: string | null): string {
  const { manifest, reused } = outcome;
  const rows = manifest.stages.map((record) => {
    const status = record.outdated ? 'outdated' : reused.includes(record.name) ? 'done earlier' : record.status;
    const time = record.wallSeconds > 0 ? duration(record.wallSeconds) : '';
    const figures = record.status === 'done' && !record.outdated ? keyFigures(join(folder, record.name), record.units) : [];
    return [record.name, status, time, figures.join(' · ')];
  });
  const lines = [
    `${manifest.name}: ${manifest.status} in ${duration(manifest.wallSeconds)}`,
    table(rows),
    `results  ${shown(folder)}`,
  ];
  if (report) lines.push(`report   ${shown(report)}`);
  return lines.join('\n');
}
