/** Bonds as they count for exclusions where there are virtual sites: a site has the bonds of the atom that it stands beside, and one to it. */
import type { PlacedSite } from './virtual-sites.ts';

/** @returns flat pairs, each once: the bonds, those of the sites, and those between sites of bonded atoms */
export function exclusionBonds(bonds: Int32Array, sites: readonly PlacedSite[]): Int32Array {
  const beside = new Map<number, number[]>();
  for (const { placed, excludeWith } of sites) beside.set(excludeWith, [...(beside.get(excludeWith) ?? []), placed.site]);
  const all: number[] = [];
  for (let b = 0; b < bonds.length; b += 2) {
    const left = [bonds[b], ...(beside.get(bonds[b]) ?? [])];
    const right = [bonds[b + 1], ...(beside.get(bonds[b + 1]) ?? [])];
    for (const i of left) for (const j of right) all.push(i, j);
  }
  for (const [parent, children] of beside) for (const child of children) all.push(parent, child);
  return Int32Array.from(all);
}
