/** Which templates fit a residue, and which of several to take. */
import { InputError } from '../errors.ts';
import type { Structure } from '../system/system.ts';
import type { ForceField, ResidueTemplate } from './description.ts';
import { type Graph, isomorphism, refine, signature, templateGraph } from './graph.ts';
import { residueLabel } from './mismatch.ts';

/** A residue of the structure; residues of equal `key` fit the same templates in the same way. */
export interface ResidueShape {
  readonly first: number;
  readonly last: number;
  readonly name: string;
  readonly key: string;
  readonly graph: Graph;
}

/** A template that fits, and the template atom of each atom of the residue. */
export interface Match {
  readonly template: ResidueTemplate;
  readonly map: readonly number[];
}

/** Templates by what can be told of them at a glance; graphs are made when they are asked for. */
export class TemplateIndex {
  private readonly field: ForceField;
  private readonly bySignature = new Map<string, { template: ResidueTemplate; graph: Graph; colours?: string[] }[]>();

  constructor(field: ForceField, templates: readonly ResidueTemplate[]) {
    this.field = field;
    for (const template of templates) {
      const graph = templateGraph(template, this.field.atomTypes);
      const key = signature(graph);
      const alike = this.bySignature.get(key);
      if (alike) alike.push({ template, graph });
      else this.bySignature.set(key, [{ template, graph }]);
    }
  }

  /** Every template that fits, in the order in which they were given. */
  fitting(shape: Graph): Match[] {
    const found: Match[] = [];
    const candidates = this.bySignature.get(signature(shape));
    if (!candidates) return found;
    const colours = refine(shape);
    for (const candidate of candidates) {
      candidate.colours ??= refine(candidate.graph);
      const map = isomorphism(shape, colours, candidate.graph, candidate.colours);
      if (map) found.push({ template: candidate.template, map });
    }
    return found;
  }
}

/** Of templates that fit, the one to take: all the same if they agree, else the one that is called like the residue. */
export function choose(found: readonly Match[], shape: ResidueShape, structure: Structure, where: string): Match | null {
  if (found.length === 0) return null;
  if (found.every((match) => agree(match, found[0]))) return found[0];
  const called = found.filter(({ template }) => template.name === shape.name || template.name.startsWith(`${shape.name}-`));
  if (called.length > 0 && called.every((match) => agree(match, called[0]))) return called[0];
  const names = (called.length > 0 ? called : found).map(({ template }) => `"${template.name}"`);
  throw new InputError(
    where,
    `several templates that differ in types or charges fit ${residueLabel(structure, shape)}: ${names.join(', ')}. ` +
      (called.length > 0 ? 'Keep one of them' : 'Call the residue like the one that is meant, or keep one of them'),
  );
}

/** Whether two matches give every atom the same type and attributes, and the residue the same virtual sites. */
function agree(a: Match, b: Match): boolean {
  if (a.template.sites.length !== b.template.sites.length) return false;
  if (a.template.sites.length > 0 && a.template !== b.template) return false;
  return a.map.every((i, k) => {
    const [x, y] = [a.template.atoms[i], b.template.atoms[b.map[k]]];
    if (x.type !== y.type || x.values.size !== y.values.size) return false;
    for (const [name, value] of x.values) if (y.values.get(name) !== value) return false;
    return true;
  });
}
