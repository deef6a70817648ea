/** The virtual sites of matched residues, with particles in the place of template atoms. */
import type { VirtualSite } from '../system/virtual-sites.ts';
import type { TemplateSite } from './description.ts';
import type { MatchedResidue } from './templates.ts';

export interface PlacedSite {
  readonly placed: VirtualSite;
  /** The particle whose exclusions the site shares. */
  readonly excludeWith: number;
}

/** In the order of the residues. */
export function placedSites(residues: readonly MatchedResidue[]): PlacedSite[] {
  const sites: PlacedSite[] = [];
  for (const { first, template, map } of residues) {
    if (template.sites.length === 0) continue;
    const particle = new Array<number>(template.atoms.length);
    map.forEach((index, k) => {
      particle[index] = first + k;
    });
    for (const site of template.sites) sites.push({ placed: place(site, particle), excludeWith: particle[site.excludeWith] });
  }
  return sites;
}

function place({ kind, site, parents, weights, frame }: TemplateSite, particle: readonly number[]): VirtualSite {
  const at = { site: particle[site], parents: parents.map((i) => particle[i]) };
  if (kind === 'localCoords' && frame) return { kind, ...at, ...frame };
  return { kind, ...at, weights } as unknown as VirtualSite;
}
