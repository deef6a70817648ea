/** The names of curves in their colours, for the caption of a figure. */
import type { Series } from './data.ts';
import { type Html, html } from './html.ts';

export function coloured(series: readonly Pick<Series, 'name' | 'colour'>[]): Html[] {
  return series.map(
    ({ name, colour }) =>
      html`<span style="white-space:nowrap;margin-right:.7em"><span class="dot" style="color:var(--${
        typeof colour === 'number' ? `c${colour % 6}` : colour
      })"></span>${name}</span>`,
  );
}
