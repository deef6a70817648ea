/** Gives a structure the types, charges and forces of a force field. */
import { InputError } from '../errors.ts';
import type { ForceDescription } from '../forces/description.ts';
import type { Box } from '../system/box.ts';
import type { NonbondedSettings } from '../system/nonbonded-settings.ts';
import { particleLabel } from '../system/structure.ts';
import type { Structure } from '../system/system.ts';
import { anglesFromBonds, bondGraph, dihedralsFromBonds, impropersFromBonds, moleculesFromBonds } from '../system/topology.ts';
import type { VirtualSite } from '../system/virtual-sites.ts';
import type { AssignContext, ForceField, TemplateAtom } from './description.ts';
import { exclusionBonds } from './exclusions.ts';
import { parseForceField } from './ffxml.ts';
import { checkCovered } from './matching.ts';
import { forceTags } from './tags/tags.ts';
import { type MatchedResidue, matchTemplates } from './templates.ts';
import { placedSites } from './virtual-sites.ts';

export interface Assignment {
  /** With types, masses and charges of the field; `typeNames` are the types that occur, in the order of their first particle. */
  readonly structure: Structure;
  readonly forces: ForceDescription[];
  /** Particles of mass 0 that residue templates place; none if absent. */
  readonly virtualSites?: readonly VirtualSite[];
}

/**
 * Finds the template of each residue, and the parameters of every bond, angle, torsion and pair.
 *
 * @param fieldTexts the force-field files, which make one field
 * @param where JSON path of the force field in the scenario
 * @throws InputError at `file:line` for what cannot be read, at `where` for a residue without template or a missing parameter (naming
 * types and particles), for units that differ, and for a periodic box without cut-off
 */
export function assignForceField(
  fieldTexts: readonly { readonly name: string; readonly text: string }[],
  structure: Structure,
  box: Box,
  nonbonded: NonbondedSettings,
  where: string,
): Assignment {
  const field = parseForceField(fieldTexts);
  if (field.units !== structure.units)
    throw new InputError(
      where,
      `the force field is in ${field.units} units, but the system in ${structure.units} units (see "units" of the scenario)`,
    );
  const particles = structure.mass.length;
  const graph = bondGraph(particles, structure.bonds);
  const residues = matchTemplates(field, structure, graph, where);
  const { atoms, indices } = templateAtoms(residues, particles);
  const sites = placedSites(residues);
  const typed = withTypes(structure, field, atoms, where);
  const angles = anglesFromBonds(graph);
  const dihedrals = dihedralsFromBonds(graph);
  const context: AssignContext = {
    field,
    structure: typed,
    graph,
    exclusionGraph: sites.length === 0 ? graph : bondGraph(particles, exclusionBonds(structure.bonds, sites)),
    nonbonded,
    templateValues: (i) => atoms[i].values,
    templateIndex: (i) => indices[i],
    bonds: typed.bonds,
    angles,
    dihedrals,
    impropers: impropersFromBonds(graph),
    covered: {
      bonds: new Uint8Array(typed.bonds.length / 2),
      angles: new Uint8Array(angles.length / 3),
      dihedrals: new Uint8Array(dihedrals.length / 4),
    },
    where,
  };
  const forces: ForceDescription[] = [];
  let { charge } = typed;
  for (const tag of forceTags.values()) {
    const elements = field.forces.get(tag.tag);
    if (!elements) continue;
    const assigned = tag.assign(elements, context);
    forces.push(...assigned.forces);
    charge = assigned.charge ?? charge;
  }
  checkComplete(context);
  for (const force of forces)
    if (force.kind === 'nonbonded' && box.vectors && !Number.isFinite(force.cutoff))
      throw new InputError(
        where,
        'pair interactions in a periodic box need a cut-off; give "nonbonded": { "cutoff": ... } beside the force field',
      );
  checkTotalCharge({ ...typed, charge }, where);
  const virtualSites = sites.map(({ placed }) => placed);
  const molecule = sites.length === 0 ? typed.molecule : moleculesWithSites(structure.bonds, virtualSites, particles);
  return { structure: { ...typed, charge, molecule }, forces, virtualSites };
}

/** The template atom of each particle, and its index in the template. */
function templateAtoms(residues: readonly MatchedResidue[], particles: number): { atoms: TemplateAtom[]; indices: Int32Array } {
  const atoms = new Array<TemplateAtom>(particles);
  const indices = new Int32Array(particles);
  for (const { first, template, map } of residues)
    map.forEach((index, k) => {
      atoms[first + k] = template.atoms[index];
      indices[first + k] = index;
    });
  return { atoms, indices };
}

/** A virtual site belongs to the molecule of its parents, to which no bond ties it. */
function moleculesWithSites(bonds: Int32Array, sites: readonly VirtualSite[], particles: number): Int32Array {
  return moleculesFromBonds(particles, Int32Array.from([...bonds, ...sites.flatMap(({ site, parents }) => [site, parents[0]])]));
}

/** Rounded charges of templates add up to so much of an elementary charge at most. */
const chargeTolerance = 0.01;

/** In md units a total charge that is no whole number means that something is missing: a terminal group, a patch, an atom's charge. */
function checkTotalCharge(structure: Structure, where: string): void {
  if (structure.units !== 'md') return;
  const fraction = (q: number) => Math.abs(q - Math.round(q));
  const total = structure.charge.reduce((sum, q) => sum + q, 0);
  const tolerance = chargeTolerance + 1e-6 * structure.charge.length;
  if (fraction(total) <= tolerance) return;
  const residues = new Float64Array(structure.residueNames.length);
  structure.charge.forEach((q, i) => {
    residues[structure.residue[i]] += q;
  });
  const odd = [...residues.entries()].filter(([, q]) => fraction(q) > chargeTolerance);
  const named = odd.slice(0, 5).map(([r, q]) => `${structure.residueNames[r]} ${r} (${q.toFixed(4)} e)`);
  throw new InputError(
    where,
    `the charges add up to ${total.toFixed(4)} e, which is no whole number. ` +
      `${odd.length} ${odd.length === 1 ? 'residue has' : 'residues have'} a broken charge${odd.length > 0 ? `: ${named.join(', ')}${odd.length > 5 ? ', ...' : ''}` : ''}. ` +
      'Check the charges of these templates, and whether residues of different force fields are joined',
  );
}

function withTypes(structure: Structure, field: ForceField, matched: readonly TemplateAtom[], where: string): Structure {
  const typeNames = [...new Set(matched.map((atom) => atom.type))];
  const index = new Map(typeNames.map((name, t) => [name, t]));
  const mass = Float64Array.from(matched, (atom) => field.atomTypes.get(atom.type)?.mass ?? Number.NaN);
  structure.mass.forEach((given, i) => {
    // Where no element tells a mass, the one that the structure states was meant.
    if (structure.element[i] === '' && given !== mass[i] && mass[i] !== 0)
      throw new InputError(
        where,
        `particle ${particleLabel(structure, i)} has mass ${given}, but ${mass[i]} in the force field (type "${matched[i].type}"); make them equal`,
      );
  });
  return { ...structure, mass, type: Int32Array.from(matched, (atom) => index.get(atom.type) ?? 0), typeNames };
}

/**
 * Every bond must have parameters; every angle and torsion too if the field has a tag for such at all
 * (a field without, such as Kremer and Grest's, means flexible chains).
 */
function checkComplete(context: AssignContext): void {
  for (const kind of ['bonds', 'angles', 'dihedrals'] as const) {
    const tags = [...forceTags.values()].filter((tag) => tag.covers === kind && !tag.partial);
    const present = tags.filter((tag) => context.field.forces.has(tag.tag));
    if (kind === 'bonds' || present.length > 0)
      checkCovered(
        context,
        kind,
        (present.length > 0 ? present : tags).map((tag) => tag.tag),
      );
  }
}
