/** Which combination of its molecule's atomic forces is the force on a site: the plain sum, or the one with the least noise. */
import { InputError, type Structure, type Trajectory } from '../../engine/index.ts';
import { checkFinite, forceMoments } from './covariance.ts';
import type { LocalFields } from './local-fields.ts';
import { type Assignment, occupancy } from './mapping.ts';
import { factorise, multiply, multiplyByTranspose, solveRows } from './matrix.ts';
import { type MoleculeLayout, moleculeLayout } from './molecules.ts';

/** F = W f within every molecule, and forces along hidden motions on top. */
export interface ForceMap {
  readonly atoms: number;
  readonly sites: number;
  /** Row-major sites x atoms. */
  readonly weights: Float64Array;
  readonly local?: LocalFields;
}

/** Frames that the covariance of the forces is averaged over, at most: weights change by little more than their statistical error beyond. */
const mostFrames = 1000;

/** Ridge on the covariance as a part of its mean diagonal: keeps the solution where atoms' forces are linearly dependent. */
const relativeRidge = 1e-9;

/** The sum of the forces of a site's atoms: with a map by centroids the simplest that is thermodynamically consistent (Noid et al. 2008). */
export function sumForceMap({ atomsPerMolecule: atoms, sites, assignment }: Assignment): ForceMap {
  const weights = new Float64Array(sites * atoms);
  assignment.forEach((site, atom) => {
    weights[site * atoms + atom] = 1;
  });
  return { atoms, sites, weights };
}

/**
 * The statistically optimal linear force map (Kraemer, Durumeric, Charron, Chen, Clementi & Noe, J. Phys. Chem. Lett. 14, 3970, 2023).
 *
 * Any W with W M^T = 1, M the map of the positions (a site is the mean of its atoms), gives the same mean force; they differ in the
 * noise of single frames. Of these, W minimises <|W f|^2> = tr(W Cf W^T): row by row a generalised least-squares problem,
 * W = (M Cf^-1 M^T)^-1 M Cf^-1. Atoms held together by rigid constraints must share one weight, since the constraint forces are not in f:
 * they enter as one atom whose force is the sum.
 * @param covariance <f f^T>, row-major atoms x atoms
 * @param rigid flat pairs of atoms of a molecule whose distance is constrained
 * @throws InputError where constraints leave no consistent map
 */
export function optimalForceMap(mapping: Assignment, covariance: Float64Array, rigid: Int32Array = new Int32Array(0)): ForceMap {
  const { atomsPerMolecule: atoms, sites, assignment } = mapping;
  const group = rigidGroups(atoms, rigid);
  const groups = Math.max(...group) + 1;
  const moments = new Float64Array(groups * groups);
  for (let i = 0; i < atoms; i++)
    for (let j = 0; j < atoms; j++) moments[group[i] * groups + group[j]] += covariance[i * atoms + j];
  const counts = occupancy(assignment, sites);
  const map = new Float64Array(sites * groups);
  assignment.forEach((site, atom) => {
    map[site * groups + group[atom]] += 1 / counts[site];
  });
  let mean = 0;
  for (let g = 0; g < groups; g++) mean += moments[g * groups + g] / groups;
  for (let g = 0; g < groups; g++) moments[g * groups + g] += relativeRidge * mean;
  factorise(moments, groups);
  const solved = map.slice(); // M Cf^-1
  solveRows(moments, solved, groups, sites);
  const normal = multiplyByTranspose(solved, map, sites, groups, sites, new Float64Array(sites * sites));
  const scale = Math.max(...normal);
  factorise(normal, sites);
  if (Array.from({ length: sites }, (_, s) => normal[s * sites + s]).some((pivot) => !(pivot * pivot > 1e-10 * scale)))
    throw new InputError(
      'mapping',
      'two sites hold nothing but atoms of the same rigid groups, so no force map can tell them apart; put atoms that constraints hold together ' +
        'into one site, or run the atoms without these constraints',
    );
  const inverse = Float64Array.from({ length: sites * sites }, (_, k) => (k % (sites + 1) === 0 ? 1 : 0));
  solveRows(normal, inverse, sites, sites);
  const grouped = multiply(inverse, solved, sites, sites, groups, new Float64Array(sites * groups));
  const weights = Float64Array.from(
    { length: sites * atoms },
    (_, k) => grouped[Math.floor(k / atoms) * groups + group[k % atoms]],
  );
  return { atoms, sites, weights };
}

/** <F^2> a component of the mapped forces, averaged over sites. */
export function meanSquareMapped({ atoms, sites, weights }: ForceMap, covariance: Float64Array): number {
  const product = multiply(weights, covariance, sites, atoms, atoms, new Float64Array(sites * atoms));
  let sum = 0;
  for (let k = 0; k < product.length; k++) sum += product[k] * weights[k];
  return sum / sites;
}

/** <f f^T> of the atoms of a molecule over at most a thousand frames, spread evenly. @throws InputError without forces or frames */
export function forceCovariance(trajectory: Trajectory, where: string): Float64Array {
  const layout = moleculeLayout(trajectory.structure, where);
  if (trajectory.length === 0) throw new InputError(where, 'the trajectory holds no frames; run it longer or store more often');
  const stride = Math.max(1, Math.floor(trajectory.length / mostFrames));
  const frames = Array.from({ length: Math.ceil(trajectory.length / stride) }, (_, k) => k * stride);
  return forceMoments(layout, frames, (index) => {
    const { forces } = trajectory.frame(index);
    if (!forces) throw new InputError(where, 'the run stored no forces; run it again with forces in the output');
    checkFinite(forces, 'force', index, trajectory, where);
    return forces;
  });
}

/** F = W f for all molecules of a frame, without local fields; `forces` is 3N of the atoms. */
export function mapForces({ atoms, sites, weights }: ForceMap, layout: MoleculeLayout, forces: Float64Array): Float64Array {
  const out = new Float64Array(3 * layout.count * sites);
  for (let m = 0; m < layout.count; m++)
    for (let s = 0; s < sites; s++) {
      const to = 3 * (m * sites + s);
      for (let j = 0; j < atoms; j++) {
        const w = weights[s * atoms + j];
        if (w === 0) continue;
        const from = 3 * (m * atoms + j);
        for (let k = 0; k < 3; k++) out[to + k] += w * forces[from + k];
      }
    }
  return out;
}

/** The pairs of the first molecule that a run's setting `constraints` holds rigid, flat. */
export function rigidPairs(structure: Structure, constraints: unknown): Int32Array {
  const { bonds } = moleculeLayout(structure);
  const { element } = structure;
  const pairs: number[] = [];
  for (let b = 0; b < bonds.length; b += 2) {
    const hydrogen = element[bonds[b]] === 'H' || element[bonds[b + 1]] === 'H';
    if (constraints === 'bonds' || (constraints === 'hydrogens' && hydrogen)) pairs.push(bonds[b], bonds[b + 1]);
  }
  return Int32Array.from(pairs);
}

/** The first atom of the rigid unit of each atom: of those that `rigid`, flat pairs, holds together. */
export function rigidUnits(atoms: number, rigid: Int32Array): number[] {
  const root = Array.from({ length: atoms }, (_, i) => i);
  const find = (i: number): number => (root[i] === i ? i : find(root[i]));
  for (let k = 0; k < rigid.length; k += 2) {
    const [a, b] = [find(rigid[k]), find(rigid[k + 1])];
    root[Math.max(a, b)] = Math.min(a, b);
  }
  return root.map((_, i) => find(i));
}

/** The number of the rigid group of each atom, groups counted in the order of their first atoms. */
function rigidGroups(atoms: number, rigid: Int32Array): number[] {
  const number = new Map<number, number>();
  return rigidUnits(atoms, rigid).map((first) => {
    if (!number.has(first)) number.set(first, number.size);
    return number.get(first) as number;
  });
}
