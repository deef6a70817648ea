/** Applying a mapping: the coarse-grained structure, and frames in which a site is the centroid of its atoms. */
import { type Frame, InputError, type Structure, type Trajectory } from '../../engine/index.ts';
import { type ForceMap, mapForces, sumForceMap } from './force-map.ts';
import { addLocalForces } from './local-fields.ts';
import { type Assignment, occupancy } from './mapping.ts';
import { type MoleculeLayout, makeWhole, moleculeLayout } from './molecules.ts';
import { siteTypes } from './site-types.ts';

/**
 * The structure of the sites: site I of molecule m is particle m * sites + I.
 *
 * Masses and charges are sums over the site's atoms; two sites are bonded if atoms of theirs are; a site's residue is that of its first
 * atom. Names are S0, S1, ...; types are shared by sites that the bond graph cannot tell apart (`siteTypes`).
 * @throws InputError if the structure holds molecules of several kinds or of another size than the mapping's.
 */
export function mapStructure(structure: Structure, mapping: Assignment): Structure {
  const layout = layoutFor(structure, mapping);
  const { sites, assignment } = mapping;
  const types = siteTypes(structure, layout, mapping);
  const typeNames = [...new Set(types)];
  const total = layout.count * sites;
  const mass = new Float64Array(total);
  const charge = new Float64Array(total);
  const residue = new Int32Array(total).fill(-1);
  const residueNames: string[] = [];
  const residueOf = new Map<number, number>();
  for (let i = 0; i < structure.mass.length; i++) {
    const site = siteOf(i, layout, mapping);
    mass[site] += structure.mass[i];
    charge[site] += structure.charge[i];
    if (residue[site] >= 0) continue;
    const old = structure.residue[i];
    if (!residueOf.has(old)) residueOf.set(old, residueNames.push(structure.residueNames[old]) - 1);
    residue[site] = residueOf.get(old) as number;
  }
  return {
    units: structure.units,
    mass,
    charge,
    type: Int32Array.from({ length: total }, (_, s) => typeNames.indexOf(types[s % sites])),
    typeNames,
    name: Array.from({ length: total }, (_, s) => `S${s % sites}`),
    element: new Array<string>(total).fill(''),
    molecule: Int32Array.from({ length: total }, (_, s) => structure.molecule[Math.floor(s / sites) * layout.atoms]),
    residue,
    residueNames,
    bonds: siteBonds(layout, assignment, sites),
  };
}

/** Pairs of sites that share an atomistic bond, for all molecules, in increasing order. */
function siteBonds(layout: MoleculeLayout, assignment: readonly number[], sites: number): Int32Array {
  const pairs = new Set<number>();
  for (let b = 0; b < layout.bonds.length; b += 2) {
    const i = assignment[layout.bonds[b]];
    const j = assignment[layout.bonds[b + 1]];
    if (i !== j) pairs.add(Math.min(i, j) * sites + Math.max(i, j));
  }
  const sorted = [...pairs].sort((p, q) => p - q);
  return Int32Array.from(
    Array.from({ length: layout.count }, (_, m) =>
      sorted.flatMap((pair) => [m * sites + Math.floor(pair / sites), m * sites + (pair % sites)]),
    ).flat(),
  );
}

/**
 * A frame of sites. Position and velocity of a site are the means over its atoms (the molecule made whole first), its force is what
 * `forceMap` says: by default the sum of its atoms' forces, an instantaneous force for which a linear centroid map is thermodynamically
 * consistent (Noid et al., J. Chem. Phys. 128, 244114, 2008; b = (E E^T)^-1 E in Wang & Gomez-Bombarelli, npj Comput. Mater. 5, 125, 2019).
 */
export function mapFrame(
  frame: Frame,
  layout: MoleculeLayout,
  mapping: Assignment,
  forceMap: ForceMap = sumForceMap(mapping),
): Frame {
  const whole = new Float64Array(frame.positions.length);
  makeWhole(layout, frame.box, frame.positions, whole);
  const forces = frame.forces && mapForces(forceMap, layout, frame.forces);
  if (frame.forces && forces && forceMap.local) addLocalForces(forceMap.local, layout, mapping, whole, frame.forces, forces);
  return {
    step: frame.step,
    time: frame.time,
    positions: perSite(whole, layout, mapping),
    velocities: frame.velocities && perSite(frame.velocities, layout, mapping),
    forces,
    box: frame.box,
  };
}

/** Means over the atoms of each site. */
function perSite(values: Float64Array, layout: MoleculeLayout, mapping: Assignment): Float64Array {
  const { sites } = mapping;
  const counts = occupancy(mapping.assignment, sites);
  const out = new Float64Array(3 * layout.count * sites);
  for (let i = 0; i < layout.count * layout.atoms; i++) {
    const site = siteOf(i, layout, mapping);
    for (let k = 0; k < 3; k++) out[3 * site + k] += values[3 * i + k];
  }
  for (let c = 0; c < out.length; c++) out[c] /= counts[Math.floor(c / 3) % sites];
  return out;
}

/** Particle index of the site that atom i of a structure belongs to. */
function siteOf(i: number, layout: MoleculeLayout, mapping: Assignment): number {
  return Math.floor(i / layout.atoms) * mapping.sites + mapping.assignment[i % layout.atoms];
}

function layoutFor(structure: Structure, mapping: Assignment): MoleculeLayout {
  const layout = moleculeLayout(structure, 'mapping');
  if (layout.atoms !== mapping.atomsPerMolecule)
    throw new InputError(
      'mapping',
      `was made for molecules of ${mapping.atomsPerMolecule} atoms, but the molecules of this run have ${layout.atoms}; ` +
        'use a mapping trained on the same molecule',
    );
  return layout;
}

/** A trajectory seen through a mapping; frames are read and mapped when they are asked for. */
export class MappedTrajectory implements Trajectory {
  readonly structure: Structure;
  readonly mapping: Assignment;
  private readonly atoms: Trajectory;
  private readonly layout: MoleculeLayout;
  private readonly forceMap: ForceMap;

  /** @throws InputError if the mapping does not fit the trajectory's molecules. */
  constructor(atoms: Trajectory, mapping: Assignment, forceMap: ForceMap = sumForceMap(mapping)) {
    this.atoms = atoms;
    this.mapping = mapping;
    this.forceMap = forceMap;
    this.layout = layoutFor(atoms.structure, mapping);
    this.structure = mapStructure(atoms.structure, mapping);
  }

  get length(): number {
    return this.atoms.length;
  }

  frame(index: number): Frame {
    return mapFrame(this.atoms.frame(index), this.layout, this.mapping, this.forceMap);
  }

  /** Closes the atomistic trajectory. */
  close(): void {
    this.atoms.close();
  }
}
