/** Finds patched templates for residues that no template fits as it is: any patches of one residue, then one of several residues. */
import type { Structure } from '../system/system.ts';
import type { BondGraph } from '../system/topology.ts';
import { choose, type Match, type ResidueShape, TemplateIndex } from './candidates.ts';
import type { ForceField, Patch, ResidueTemplate } from './description.ts';
import { noElement } from './graph.ts';
import { patched } from './patches.ts';

/**
 * The match of each residue, `null` where there is none. Patches of one residue are applied in every combination that touches no atom
 * twice; then a residue is matched together with others by a patch of several residues (as in OpenMM, at most one of those a residue).
 */
export function matchPatched(
  field: ForceField,
  shapes: readonly ResidueShape[],
  structure: Structure,
  graph: BondGraph,
  where: string,
): (Match | null)[] {
  if (field.patches.size === 0) return shapes.map(() => null);
  const wanted = new Set(shapes.map(({ graph: { labels } }) => composition(labels.map((label) => label.split('+')[0]))));
  const index = new TemplateIndex(
    field,
    field.residues.flatMap((template) => variants(template, field, wanted)),
  );
  const known = new Map<string, Match | null>();
  const matches = shapes.map((shape) => {
    let match = known.get(shape.key);
    if (match === undefined) {
      match = choose(index.fitting(shape.graph), shape, structure, where);
      known.set(shape.key, match);
    }
    return match;
  });
  for (const patch of field.patches.values()) if (patch.residues > 1) joinResidues(patch, field, wanted, shapes, matches, graph);
  return matches;
}

/** Elements and how many atoms each has. */
function composition(elements: Iterable<string>): string {
  return [...elements].sort().join(' ');
}

/**
 * The template with each allowed combination of patches of one residue, and then with `last`: those of a composition that is wanted
 * (of thousands of combinations few are ever built).
 */
function variants(
  template: ResidueTemplate,
  field: ForceField,
  wanted: ReadonlySet<string>,
  last?: { readonly patch: Patch; readonly place: number },
): ResidueTemplate[] {
  const patches = template.patches
    .map(({ name }) => field.patches.get(name))
    .filter((patch): patch is Patch => patch !== undefined && patch.residues === 1);
  const elementOf = (type: string) => field.atomTypes.get(type)?.element || noElement;
  const after = (atoms: ReadonlyMap<string, string>, patch: Patch, place: number) => {
    const changed = new Map(atoms);
    for (const atom of patch.removed) if (atom.place === place) changed.delete(atom.name);
    for (const atom of [...patch.changed[place], ...patch.added[place]]) changed.set(atom.name, elementOf(atom.type));
    return changed;
  };
  const made: ResidueTemplate[] = [];
  const extend = (chosen: readonly Patch[], atoms: ReadonlyMap<string, string>, from: number) => {
    const finished = last ? after(atoms, last.patch, last.place) : atoms;
    if ((last || chosen.length > 0) && wanted.has(composition(finished.values()))) {
      const all = [...chosen.map((patch) => ({ patch, place: 0 })), ...(last ? [last] : [])];
      const built = all.reduce<ResidueTemplate | null>((base, { patch, place }) => base && patched(base, patch, place), template);
      if (built) made.push(built);
    }
    for (let k = from; k < patches.length; k++) {
      const patch = patches[k];
      if (chosen.some(({ touched }) => overlap(touched, patch.touched))) continue;
      extend([...chosen, patch], after(atoms, patch, 0), k + 1);
    }
  };
  extend([], new Map(template.atoms.map((atom) => [atom.name, elementOf(atom.type)])), 0);
  return made;
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const item of a) if (b.has(item)) return true;
  return false;
}

/** Applies a patch of several residues wherever unmatched ones fit its places and are bonded as it says. */
function joinResidues(
  patch: Patch,
  field: ForceField,
  wanted: ReadonlySet<string>,
  shapes: readonly ResidueShape[],
  matches: (Match | null)[],
  graph: BondGraph,
): void {
  const indices = Array.from({ length: patch.residues }, (_, place) => {
    const changed = field.residues
      .filter((template) => template.patches.some((p) => p.name === patch.name && p.place === place))
      .flatMap((template) => variants(template, field, wanted, { patch, place }));
    return new TemplateIndex(field, changed);
  });
  const known = new Map<string, readonly Match[]>();
  const fitting = (shape: ResidueShape, place: number): readonly Match[] => {
    const key = `${place} ${shape.key}`;
    const found = known.get(key) ?? indices[place].fitting(shape.graph);
    known.set(key, found);
    return found;
  };
  const neighbours = new ResidueNeighbours(shapes, graph);
  const extend = (chosen: readonly { residue: number; match: Match }[]): typeof chosen | null => {
    const place = chosen.length;
    if (place === patch.residues) return chosen;
    const candidates = chosen.flatMap(({ residue }) => neighbours.of(residue)).filter((r) => matches[r] === null);
    for (const residue of new Set(candidates)) {
      if (chosen.some((one) => one.residue === residue)) continue;
      for (const match of fitting(shapes[residue], place)) {
        const more = [...chosen, { residue, match }];
        if (!bonded(patch, more, shapes, graph)) continue;
        const all = extend(more);
        if (all) return all;
      }
    }
    return null;
  };
  shapes.forEach((shape, residue) => {
    if (matches[residue]) return;
    for (const match of fitting(shape, 0)) {
      const all = extend([{ residue, match }]);
      if (!all) continue;
      for (const one of all) matches[one.residue] = one.match;
      return;
    }
  });
}

/** Whether the bonds that the patch adds between the residues chosen so far are there. */
function bonded(
  patch: Patch,
  chosen: readonly { residue: number; match: Match }[],
  shapes: readonly ResidueShape[],
  graph: BondGraph,
): boolean {
  const particle = (place: number, name: string): number => {
    const { residue, match } = chosen[place];
    return shapes[residue].first + match.map.findIndex((i) => match.template.atoms[i].name === name);
  };
  return patch.addedBonds.every(([a, b]) => {
    if (a.place === b.place || a.place >= chosen.length || b.place >= chosen.length) return true;
    const [i, j] = [particle(a.place, a.name), particle(b.place, b.name)];
    return graph.neighbours.subarray(graph.start[i], graph.start[i + 1]).includes(j);
  });
}

/** Which of the residues are bonded to each other. */
class ResidueNeighbours {
  private readonly shapes: readonly ResidueShape[];
  private readonly graph: BondGraph;
  private readonly byParticle = new Map<number, number>();

  constructor(shapes: readonly ResidueShape[], graph: BondGraph) {
    this.shapes = shapes;
    this.graph = graph;
    shapes.forEach(({ first, last }, r) => {
      for (let i = first; i < last; i++) this.byParticle.set(i, r);
    });
  }

  of(residue: number): number[] {
    const { first, last } = this.shapes[residue];
    const found: number[] = [];
    for (let k = this.graph.start[first]; k < this.graph.start[last]; k++) {
      const other = this.byParticle.get(this.graph.neighbours[k]);
      if (other !== undefined && other !== residue) found.push(other);
    }
    return found;
  }
}
