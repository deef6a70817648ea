/** From the virtual sites of a system to the kernels that move them. */
import type { VirtualSite } from '../../system/virtual-sites.ts';
import * as layout from './assembly/layout.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';

const recordWidth = 6;

/**
 * Places the sites in the memory, molecule by molecule; returns the address of their set, or 0 where there are none.
 * @param molecule one a particle; @param shares how many the sites are divided into: no molecule is cut
 */
export function createSiteSet(kernel: Kernel, sites: readonly VirtualSite[], molecule: Int32Array, shares: number): number {
  if (sites.length === 0) return 0;
  const sorted = [...sites].sort((a, b) => molecule[a.site] - molecule[b.site]); // keeps the order within a molecule
  const records: number[] = [];
  const parents: number[] = [];
  const numbers: number[] = [];
  for (const site of sorted) {
    records.push(kindOf(site), site.site, parents.length, site.parents.length, numbers.length, 0);
    parents.push(...site.parents);
    numbers.push(...(site.kind === 'localCoords' ? [...site.origin, ...site.x, ...site.y, ...site.position] : site.weights));
  }
  const starts = [0];
  for (let p = 1; p < shares; p++) {
    let first = Math.floor((p * sorted.length) / shares);
    while (first > 0 && molecule[sorted[first].site] === molecule[sorted[first - 1].site]) first--;
    starts.push(first);
  }
  starts.push(sorted.length);
  const set = kernel.createSites(sorted.length, parents.length, numbers.length);
  intsAt(kernel, kernel.siteRecords(set), recordWidth * sorted.length).set(records);
  intsAt(kernel, kernel.siteParents(set), parents.length).set(parents);
  doublesAt(kernel, kernel.siteNumbers(set), numbers.length).set(numbers);
  intsAt(kernel, kernel.siteStarts(set), starts.length).set(starts);
  kernel.addSites(set);
  return set;
}

function kindOf({ kind }: VirtualSite): number {
  switch (kind) {
    case 'average2':
    case 'average3':
      return layout.siteAverage;
    case 'outOfPlane':
      return layout.siteOutOfPlane;
    case 'localCoords':
      return layout.siteInFrame;
  }
}
