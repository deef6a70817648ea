/**
 * `<CMAPTorsionForce> <Map>energies</Map> <Torsion map class1..5/>`: an energy map over two dihedrals that share three atoms.
 * The n x n numbers of a map run over the first angle fastest, from 0 in steps of 2 pi / n.
 */
import { InputError } from '../../errors.ts';
import type { CmapData } from '../../forces/cmap-torsion.ts';
import type { AssignContext, ForceTag } from '../description.ts';
import { fits, type Rule, readRule, typesOf } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute, type XmlElement } from '../xml.ts';

export const cmapTorsionTag: ForceTag = {
  tag: 'CMAPTorsionForce',
  covers: 'dihedrals',
  partial: true,
  assign(elements, context) {
    const maps: CmapData['maps'][number][] = [];
    const rules: { rule: Rule; map: number }[] = [];
    for (const element of elements) {
      checkAttributes(element, []);
      checkChildren(element, ['Map', 'Torsion']);
      // Maps are counted over all files, as OpenMM does.
      for (const child of element.children) if (child.tag === 'Map') maps.push(readMap(child));
      for (const child of element.children)
        if (child.tag === 'Torsion')
          rules.push({ rule: readRule(child, 5, ['map'], context), map: readIndex(child, maps.length) });
    }
    const atoms: number[] = [];
    const map: number[] = [];
    const known = new Map<string, { map: number; reversed: boolean } | null>();
    for (const chain of chainsOfFive(context)) {
      const types = typesOf(context, chain);
      const key = types.join('\n');
      let found = known.get(key);
      if (found === undefined) {
        found = find(rules, types);
        known.set(key, found);
      }
      if (!found) continue;
      const [a, b, c, d, e] = found.reversed ? chain.toReversed() : chain;
      atoms.push(a, b, c, d, b, c, d, e);
      map.push(found.map);
    }
    if (map.length === 0) return { forces: [] };
    const data: CmapData = { atoms: Int32Array.from(atoms), map: Int32Array.from(map), maps };
    return { forces: [{ kind: 'custom', term: 'cmap-torsion', data }] };
  },
};

function readMap(element: XmlElement): CmapData['maps'][number] {
  checkAttributes(element, []);
  const energy = Float64Array.from(element.text.split(/\s+/).filter(Boolean), Number);
  const size = Math.round(Math.sqrt(energy.length));
  if (size * size !== energy.length || size < 3 || !energy.every(Number.isFinite))
    throw new InputError(
      element.where,
      `<Map> holds ${energy.length} values${energy.every(Number.isFinite) ? '' : ', not all of them numbers'}; it needs n x n numbers with n of at least 3`,
    );
  return { size, energy };
}

function readIndex(element: XmlElement, maps: number): number {
  const index = numberAttribute(element, 'map');
  if (!Number.isInteger(index) || index < 0 || index >= maps)
    throw new InputError(element.where, `map="${index}" names no <Map>: there are ${maps} so far, counted from 0`);
  return index;
}

/** Atoms bonded in a row, each row once; in the direction in which its first atom comes before its last. */
function* chainsOfFive({ graph, dihedrals }: AssignContext): Generator<number[]> {
  for (let t = 0; t < dihedrals.length; t += 4) {
    const [a, b, c, d] = dihedrals.subarray(t, t + 4);
    // Every row of five holds two rows of four: it is made from the one at its smaller end.
    for (const [head, rest] of [
      [a, [b, c, d]],
      [d, [c, b, a]],
    ] as const) {
      for (let k = graph.start[head]; k < graph.start[head + 1]; k++) {
        const end = graph.neighbours[k];
        if (end === rest[0] || end === rest[1]) continue;
        if (end < rest[2]) yield [end, head, ...rest];
      }
    }
  }
}

/** The first rule without wildcards that fits, in either direction, else the first with them. */
function find(
  rules: readonly { rule: Rule; map: number }[],
  types: readonly string[],
): { map: number; reversed: boolean } | null {
  const back = types.toReversed();
  let best: { map: number; reversed: boolean } | null = null;
  for (const { rule, map } of rules) {
    const forward = fits(rule, types);
    if (!forward && !fits(rule, back)) continue;
    if (!rule.hasWildcard) return { map, reversed: !forward };
    best ??= { map, reversed: !forward };
  }
  return best;
}
