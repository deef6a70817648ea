/** Collects a page's charts and views while its sections are written, and puts the one file together. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Chart, PageData, View } from './data.ts';
import { embeddedJson, escapeHtml, type Html, html } from './html.ts';
import { style } from './style.ts';

/** What sections add to. Charts and views are drawn where the returned markup stands. */
export class Page {
  private readonly charts: Record<string, Chart> = {};
  private readonly views: Record<string, View> = {};

  chart(chart: Chart): Html {
    const id = `chart-${Object.keys(this.charts).length}`;
    this.charts[id] = chart;
    return html`<div class="plot" data-chart="${id}" style="min-height:${roomFor(chart)}px"></div>`;
  }

  view(view: View, label: string): Html {
    const id = `view-${Object.keys(this.views).length}`;
    this.views[id] = view;
    return html`<canvas data-view="${id}" role="img" aria-label="${label}"></canvas>`;
  }

  get data(): PageData {
    return { charts: this.charts, views: this.views };
  }
}

/** Pixels kept free for a chart until it is drawn. */
function roomFor(chart: Chart): number {
  switch (chart.type) {
    case 'lines':
      return chart.height ?? 240;
    case 'map':
      return chart.height ?? 300;
    case 'matrix':
      return 62 + 34 * chart.rows.length;
    default:
      return chart satisfies never;
  }
}

/** A named part of the page; sections without content are left out. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** The complete document: style, libraries, data and scripts inline, nothing loaded from anywhere. */
export function assemble(title: string, header: Html, sections: readonly Section[], data: PageData): string {
  const navigation = html`<nav aria-label="Contents">${sections.map((s) => html`<a href="#${s.id}">${s.title}</a>`)}</nav>`;
  const body = html`${header}${navigation}<main>${sections.map(
    (s) => html`<section id="${s.id}"><h2>${s.title}</h2>${s.content}</section>`,
  )}</main>`;
  const scripts = ['plots.js', 'viewer.js'].map((file) => `<script type="module">${ownScript(file)}</script>`);
  const libraries = [library('d3', 'd3.min.js'), library('@observablehq/plot', 'plot.umd.min.js')];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title><style>${style}</style></head>`,
    `<body>${body.html}`,
    '<noscript><p class="note">The figures of this page need JavaScript; its tables do not.</p></noscript>',
    `<script type="application/json" id="report-data">${embeddedJson(data)}</script>`,
    ...libraries.map((code) => `<script>${code}</script>`),
    ...scripts,
    '</body></html>\n',
  ].join('\n');
}

/** A page script as compiled, beside this file. */
function ownScript(file: string): string {
  const code = readFileSync(new URL(`./browser/${file}`, import.meta.url), 'utf8');
  return inlineable(code.replace(/^export \{\};?$/m, '').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}

/** The browser build of a package, in the folder `dist` of where it is installed. */
function library(name: string, file: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      return inlineable(readFileSync(join(folder, 'dist', file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
    } catch (error) {
      if (dirname(folder) === folder) throw error;
      folder = dirname(folder);
    }
  }
}

/** Code must not close the element that it stands in. */
function inlineable(code: string): string {
  return code.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}
