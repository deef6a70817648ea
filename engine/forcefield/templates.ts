/** Finds the template of each residue by its graph of elements and bonds; names decide only between templates that fit equally. */
import { InputError } from '../errors.ts';
import type { Structure } from '../system/system.ts';
import type { BondGraph } from '../system/topology.ts';
import { choose, type Match, type ResidueShape, TemplateIndex } from './candidates.ts';
import type { ForceField, ResidueTemplate } from './description.ts';
import { residueGraph } from './graph.ts';
import { noTemplate } from './mismatch.ts';
import { matchPatched } from './patched.ts';

/** The atoms first ... last - 1 of the structure, and the template atom that each of them is. */
export interface MatchedResidue {
  readonly first: number;
  readonly last: number;
  readonly template: ResidueTemplate;
  readonly map: readonly number[];
}

/**
 * The template of each residue, in order; patches are tried where no template fits as it is.
 * @throws InputError at `where` for a residue that nothing fits, saying which templates came nearest and what differs, and for one that
 * several templates fit that differ in types or attributes, none of which has its name
 */
export function matchTemplates(field: ForceField, structure: Structure, graph: BondGraph, where: string): MatchedResidue[] {
  const templates = new TemplateIndex(field, field.residues);
  const matched: MatchedResidue[] = [];
  const open: { shape: ResidueShape; at: number }[] = [];
  // A liquid has thousands of residues that are alike: each shape is matched once.
  const known = new Map<string, Match | null>();
  for (const shape of residueShapes(structure, graph)) {
    let match = known.get(shape.key);
    if (match === undefined) {
      match = choose(templates.fitting(shape.graph), shape, structure, where);
      known.set(shape.key, match);
    }
    if (match) matched.push({ first: shape.first, last: shape.last, ...match });
    else {
      open.push({ shape, at: matched.length });
      matched.push({ first: shape.first, last: shape.last, template: placeholder, map: [] });
    }
  }
  if (open.length === 0) return matched;
  const found = matchPatched(
    field,
    open.map(({ shape }) => shape),
    structure,
    graph,
    where,
  );
  open.forEach(({ shape, at }, k) => {
    const match = found[k];
    if (!match) throw new InputError(where, noTemplate(structure, shape, field));
    matched[at] = { first: shape.first, last: shape.last, ...match };
  });
  return matched;
}

const placeholder: ResidueTemplate = {
  name: '',
  atoms: [],
  bonds: [],
  externalBonds: [],
  sites: [],
  patches: [],
  override: 0,
  where: '',
};

/** Consecutive atoms of equal residue index. */
function* residueShapes(structure: Structure, graph: BondGraph): Generator<ResidueShape> {
  const particles = structure.mass.length;
  for (let first = 0; first < particles; ) {
    let last = first + 1;
    while (last < particles && structure.residue[last] === structure.residue[first]) last++;
    const shape = residueGraph(structure, graph, first, last);
    const name = structure.residueNames[structure.residue[first]];
    const key = `${name} ${shape.labels.join(' ')} ${shape.neighbours.map((list) => list.join(',')).join(';')}`;
    yield { first, last, name, key, graph: shape };
    first = last;
  }
}
