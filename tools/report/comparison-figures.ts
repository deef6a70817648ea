/** Figures of a comparison beside its curves by distance: joint torsions as free-energy maps, and how long molecules keep their size. */
import type { ComparedMap, MemoryCurve } from '../analysis/comparison.ts';
import type { ComparisonGroup } from './comparisons.ts';
import type { Colour, MapChart, Series } from './data.ts';
import { compact } from './downsample.ts';
import { type Html, html } from './html.ts';
import type { Page } from './page.ts';

/** Autocorrelation of Rg^2 of the reference and all candidates; nothing for molecules too small to have one. */
export function memoryFigure(group: ComparisonGroup, page: Page): Html | '' {
  const { units, gyrationMemory } = group.candidates[0].comparison;
  const curve = (name: string, colour: Colour, one: MemoryCurve | null | undefined): Series[] =>
    one ? [{ name, colour, x: one.time, y: one.correlation }] : [];
  const series = [
    ...curve(group.reference, 'reference', gyrationMemory?.curves.reference),
    ...group.candidates.flatMap((c) => curve(c.label, c.colour, c.comparison.gyrationMemory?.curves.candidate)),
  ];
  if (series.length === 0) return '';
  const chart = page.chart({
    type: 'lines',
    x: { label: `time (${units === 'md' ? 'ps' : '\u03c4'})` },
    y: { label: 'autocorrelation of Rg\u00b2' },
    series,
    height: 240,
  });
  return html`<figure><figcaption><b>Memory of the radius of gyration</b> of a molecule.</figcaption>${chart}</figure>`;
}

/** Free energies over two dihedrals, the reference beside every candidate, in kT above the lowest cell. */
export function torsionMaps(group: ComparisonGroup, page: Page): Html | '' {
  const names = [...new Set(group.candidates.flatMap((c) => (c.comparison.maps ?? []).map((one) => one.name)))];
  if (names.length === 0) return '';
  const figures = names.flatMap((name) => {
    const found = group.candidates.flatMap((c) => {
      const one = c.comparison.maps.find((map) => map.name === name);
      return one ? [{ ...c, one }] : [];
    });
    const [first] = found;
    return [
      html`<figure><figcaption><b>${name}</b> \u00b7 ${group.reference}</figcaption>${page.chart(freeEnergy(first.one, 'reference'))}</figure>`,
      ...found.map(
        (c) =>
          html`<figure><figcaption><b>${name}</b> \u00b7 ${c.label} \u00b7 overlap ${c.one.overlap.toFixed(3)}</figcaption>${page.chart(freeEnergy(c.one, 'candidate'))}</figure>`,
      ),
    ];
  });
  return html`<h4>Joint torsions</h4><div class="grid">${figures}</div>`;
}

/** Shown up to this many kT: what lies higher was hardly sampled. */
const highest = 8;

function freeEnergy(map: ComparedMap, side: 'reference' | 'candidate'): MapChart {
  const density = map[side];
  const largest = Math.max(...density);
  const values = Array.from({ length: map.bins }, (_, r) =>
    density.slice(r * map.bins, (r + 1) * map.bins).map((p) => (p > 0 ? compact(Math.log(largest / p)) : null)),
  );
  const [x, y] = map.axes.map((label) => ({ label: `${label} (degrees)`, from: -180, to: 180 }));
  return { type: 'map', x, y, values, label: 'free energy (kT)', range: [0, highest], height: 300 };
}
