/**
 * Forces along hidden motions, which have no mean: subtracted from mapped forces they take away noise that no sum of atomic forces can.
 *
 * The mean force on a site is <f . q + kT div q | X> for any field q of displacements that moves the site and no other (Ciccotti, Kapral &
 * Vanden-Eijnden, ChemPhysChem 6, 1809, 2005). So a field that moves no site and has no divergence gives a force whose mean is zero for
 * every X, and any multiple of it, also one that depends on X, can be added to a mapped force: a control variate. A site is the centroid of
 * its group of atoms. Three kinds of fields leave all centroids in place and have no divergence:
 *
 *   an atom against another of its group:          g = f_a - f_b
 *   the same along a bond between sites, n:        g = n n . (f_a - f_b)
 *   a group turned about its centroid:             g = (tau x n)/L,  tau = sum over its atoms of (r_a - X) x f_a
 *
 * In the first n = 1; in the others n and the length L of the bond depend on X alone, and since the group's shifts (or arms) sum to zero,
 * so does the divergence that this brings. Where bonds within a group are rigid, atoms that they hold together move as one unit: units are shifted
 * against each other, the group is turned, and so is each unit about its own centroid. The flow along such a field, X being constant on it, moves
 * rigid units as a whole, so it keeps the constraints and the metric that they bring, and forces of constraints do no work along it. Together with sums of forces they make up the torque on a molecule, in which the stiff forces inside it
 * cancel: for ethane in two sites the mean square force across the bond falls from 104 000 to 4500 (kJ/mol/nm)^2.
 */
import { InputError, type Trajectory } from '../../engine/index.ts';
import { type ForceMap, mapForces } from './force-map.ts';
import { type Assignment, occupancy } from './mapping.ts';
import { factorise, solveRows } from './matrix.ts';
import { type MoleculeLayout, makeWhole } from './molecules.ts';

/** One control variate. Sites and atoms are those of a molecule; the bond runs from site i to site j. An atom stands for the rigid unit that it is the first of. */
export type LocalField =
  | { readonly kind: 'shift'; readonly atom: number; readonly against: number }
  | {
      readonly kind: 'shift-along';
      readonly atom: number;
      readonly against: number;
      readonly i: number;
      readonly j: number;
    }
  | { readonly kind: 'turn'; readonly group: number; readonly i: number; readonly j: number }
  | { readonly kind: 'turn-unit'; readonly atom: number; readonly i: number; readonly j: number };

/** What is added to the force on each site of a molecule. */
export interface LocalFields {
  /** The first atom of the rigid unit of each atom of a molecule. */
  readonly units: readonly number[];
  /** For each site its fields, and the factor of each. */
  readonly fields: readonly (readonly LocalField[])[];
  readonly weights: readonly Float64Array[];
}

/** Frames and molecules that the weights are fitted over, at most: a few dozen weights need no more. */
const mostMolecules = 60000;

/** Ridge as a part of the mean diagonal: fields of equivalent atoms are nearly dependent. */
const relativeRidge = 1e-7;

/**
 * The fields that can lower the noise of each site's force: those of its own group and of the groups that it is bonded to.
 * @param units the first atom of the rigid unit of each atom; a unit lies in one site
 */
export function localFields(
  mapping: Assignment,
  siteBonds: Int32Array,
  units: readonly number[] = flexible(mapping),
): LocalField[][] {
  const { sites, assignment } = mapping;
  const members: number[][] = Array.from({ length: sites }, () => []);
  assignment.forEach((site, atom) => {
    if (units[atom] === atom) members[site].push(atom);
  });
  const sizes = occupancy(units, units.length);
  const counts = occupancy(assignment, sites);
  return Array.from({ length: sites }, (_, site) => {
    const partners: number[] = [];
    for (let b = 0; b < siteBonds.length; b += 2) {
      if (siteBonds[b] === site) partners.push(siteBonds[b + 1]);
      if (siteBonds[b + 1] === site) partners.push(siteBonds[b]);
    }
    const fields: LocalField[] = [];
    for (const group of [site, ...partners])
      for (const atom of members[group].slice(1)) fields.push({ kind: 'shift', atom, against: members[group][0] });
    for (const j of partners)
      for (const group of [site, j]) {
        for (const atom of members[group].slice(1))
          fields.push({ kind: 'shift-along', atom, against: members[group][0], i: site, j });
        if (counts[group] > 1) fields.push({ kind: 'turn', group, i: site, j });
        for (const atom of members[group])
          if (sizes[atom] > 1 && sizes[atom] < counts[group]) fields.push({ kind: 'turn-unit', atom, i: site, j });
      }
    return fields;
  });
}

/** Every atom a unit of its own. */
function flexible({ assignment }: Assignment): number[] {
  return assignment.map((_, atom) => atom);
}

/** Centroid and torque of each part of a molecule. `part` has the part of each atom. */
class Parts {
  readonly centre: Float64Array;
  readonly torque: Float64Array;
  private readonly counts: readonly number[];
  private readonly part: readonly number[];

  constructor(part: readonly number[], parts: number) {
    this.part = part;
    this.counts = occupancy(part, parts);
    this.centre = new Float64Array(3 * parts);
    this.torque = new Float64Array(3 * parts);
  }

  /** @param at offset of the molecule's first coordinate; positions whole */
  read(positions: Float64Array, forces: Float64Array, at: number): void {
    const { centre, torque, counts, part } = this;
    centre.fill(0);
    torque.fill(0);
    for (let a = 0; a < part.length; a++)
      for (let c = 0; c < 3; c++) centre[3 * part[a] + c] += positions[at + 3 * a + c] / counts[part[a]];
    for (let a = 0; a < part.length; a++) {
      const [s, o] = [3 * part[a], at + 3 * a];
      const [x, y, z] = [positions[o] - centre[s], positions[o + 1] - centre[s + 1], positions[o + 2] - centre[s + 2]];
      torque[s] += y * forces[o + 2] - z * forces[o + 1];
      torque[s + 1] += z * forces[o] - x * forces[o + 2];
      torque[s + 2] += x * forces[o + 1] - y * forces[o];
    }
  }
}

/** What a molecule's fields are made of: positions of its sites, torques on its groups and rigid units, forces on these. */
class MoleculeForces {
  private readonly groups: Parts;
  /** Null where every atom is a unit. */
  private readonly rigid: Parts | null;
  private readonly units: readonly number[];
  private readonly sizes: readonly number[];
  private readonly bond = new Float64Array(3);
  /** Mean force on the atoms of each unit, at its first atom. */
  private readonly force: Float64Array;

  constructor({ sites, assignment }: Assignment, units: readonly number[]) {
    this.groups = new Parts(assignment, sites);
    this.rigid = units.some((first, atom) => first !== atom) ? new Parts(units, units.length) : null;
    this.units = units;
    this.sizes = occupancy(units, units.length);
    this.force = new Float64Array(3 * units.length);
  }

  /** @param at offset of the molecule's first coordinate; positions whole */
  read(positions: Float64Array, forces: Float64Array, at: number): void {
    this.groups.read(positions, forces, at);
    this.rigid?.read(positions, forces, at);
    this.force.fill(0);
    this.units.forEach((first, atom) => {
      for (let c = 0; c < 3; c++) this.force[3 * first + c] += forces[at + 3 * atom + c] / this.sizes[first];
    });
  }

  /** The force along a field, into `out` from `to`. */
  along(field: LocalField, out: Float64Array, to: number): void {
    const { force, groups, bond: n } = this;
    if (field.kind === 'shift') {
      for (let c = 0; c < 3; c++) out[to + c] = force[3 * field.atom + c] - force[3 * field.against + c];
      return;
    }
    for (let c = 0; c < 3; c++) n[c] = groups.centre[3 * field.j + c] - groups.centre[3 * field.i + c];
    const length = Math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    if (field.kind === 'shift-along') {
      let dot = 0;
      for (let c = 0; c < 3; c++) dot += n[c] * (force[3 * field.atom + c] - force[3 * field.against + c]);
      for (let c = 0; c < 3; c++) out[to + c] = (dot * n[c]) / (length * length);
      return;
    }
    const [parts, part] = field.kind === 'turn' ? [groups, field.group] : [this.rigid as Parts, field.atom];
    const t = parts.torque.subarray(3 * part, 3 * part + 3);
    for (let c = 0; c < 3; c++) {
      const [d, e] = [(c + 1) % 3, (c + 2) % 3];
      out[to + c] = (t[d] * n[e] - t[e] * n[d]) / (length * length);
    }
  }
}

/**
 * The weights that minimise the mean square of each site's force, by least squares.
 * @param siteBonds flat pairs of the sites of one molecule
 * @param units the first atom of the rigid unit of each atom of a molecule (`rigidUnits`); a unit lies in one site
 */
export function fitLocalFields(
  atoms: Trajectory,
  layout: MoleculeLayout,
  mapping: Assignment,
  base: ForceMap,
  siteBonds: Int32Array,
  units: readonly number[] = flexible(mapping),
): LocalFields {
  const fields = localFields(mapping, siteBonds, units);
  const { sites } = mapping;
  const normal = fields.map((own) => new Float64Array(own.length * own.length));
  const right = fields.map((own) => new Float64Array(own.length));
  const molecule = new MoleculeForces(mapping, units);
  const g = new Float64Array(3 * Math.max(0, ...fields.map((own) => own.length)));
  const stride = Math.max(1, Math.floor((atoms.length * layout.count) / mostMolecules));
  for (let index = 0; index < atoms.length; index += stride) {
    const frame = atoms.frame(index);
    if (!frame.forces) throw new InputError('', 'the run stored no forces; run it again with forces in the output');
    const whole = new Float64Array(frame.positions.length);
    makeWhole(layout, frame.box, frame.positions, whole);
    const forces = mapForces(base, layout, frame.forces);
    for (let m = 0; m < layout.count; m++) {
      const at = 3 * m * layout.atoms;
      molecule.read(whole, frame.forces, at);
      for (let s = 0; s < sites; s++) {
        const own = fields[s];
        own.forEach((field, k) => {
          molecule.along(field, g, 3 * k);
        });
        accumulate(normal[s], right[s], g, forces, 3 * (m * sites + s), own.length);
      }
    }
  }
  const weights = fields.map((own, s) => {
    const n = own.length;
    if (n === 0) return right[s];
    let trace = 0;
    for (let k = 0; k < n; k++) trace += normal[s][k * n + k];
    for (let k = 0; k < n; k++) normal[s][k * n + k] += (relativeRidge * trace) / n + Number.MIN_VALUE;
    factorise(normal[s], n);
    solveRows(normal[s], right[s], n, 1);
    return right[s];
  });
  return { units, fields, weights };
}

/** Adds the three components of one site to its normal equations: g w = -force. */
function accumulate(
  normal: Float64Array,
  right: Float64Array,
  g: Float64Array,
  force: Float64Array,
  at: number,
  n: number,
): void {
  for (let a = 0; a < n; a++) {
    const [x, y, z] = [g[3 * a], g[3 * a + 1], g[3 * a + 2]];
    right[a] -= x * force[at] + y * force[at + 1] + z * force[at + 2];
    for (let b = 0; b < n; b++) normal[a * n + b] += x * g[3 * b] + y * g[3 * b + 1] + z * g[3 * b + 2];
  }
}

/** Adds the weighted fields to the forces on the sites. Positions and forces are those of the atoms, molecules whole. */
export function addLocalForces(
  { units, fields, weights }: LocalFields,
  layout: MoleculeLayout,
  mapping: Assignment,
  positions: Float64Array,
  forces: Float64Array,
  out: Float64Array,
): void {
  const molecule = new MoleculeForces(mapping, units);
  const g = new Float64Array(3);
  for (let m = 0; m < layout.count; m++) {
    const at = 3 * m * layout.atoms;
    molecule.read(positions, forces, at);
    for (let s = 0; s < mapping.sites; s++) {
      const to = 3 * (m * mapping.sites + s);
      fields[s].forEach((field, k) => {
        molecule.along(field, g, 0);
        for (let c = 0; c < 3; c++) out[to + c] += weights[s][k] * g[c];
      });
    }
  }
}
