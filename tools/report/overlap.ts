/** How far the windows of a free energy overlap: the matrix that WHAM and MBAR leave in `overlap.csv`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MatrixChart } from './data.ts';
import { type Html, html, show } from './html.ts';
import type { Page } from './page.ts';
import { list, number, object, readJsonObject } from './read.ts';
import type { StageView } from './run.ts';

export function overlapFigure(stage: StageView, page: Page): Html | '' {
  const chart = readMatrix(join(stage.folder, 'overlap.csv'));
  if (!chart) return '';
  const overlap = object(readJsonObject(join(stage.folder, 'free-energy.json'))?.overlap);
  const weakest = number(overlap.weakest);
  const sets = list(overlap.sets).map((set) => list(set).map(String).join(', '));
  const apart = sets.length > 1 ? html`; sets that do not overlap: ${sets.join(' | ')}` : '';
  return html`<figure><figcaption><b>${stage.name}</b> \u00b7 overlap of the windows: how likely samples of one are found in another${
    weakest === null ? '' : html`; ${show(weakest, 2)} where it is weakest (0.03 is wanted)`
  }${apart}</figcaption>${page.chart(chart)}</figure>`;
}

/** `window,a,b,...`, then a row a window. Null if there is no such file. */
function readMatrix(path: string): MatrixChart | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const [head, ...lines] = text.trim().split('\n');
  const names = head.split(',').slice(1);
  const values = lines.map((line) => line.split(',').slice(1).map(Number));
  if (values.length < 2 || values.some((row) => row.length !== names.length)) return null;
  // a thin space and the number keep windows apart that are named twice, as in all matrices of the page
  const columns = names.map((name, k) => `${name}\u2009${k}`);
  return { type: 'matrix', rows: names, columns, rowLabel: 'window', columnLabel: 'found in', values };
}
