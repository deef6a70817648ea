/** Holds the sites of a configuration where they are wanted, while their atoms relax or move. */
import type { CustomForce, CustomForceKind } from '../../../engine/index.ts';
import { type Assignment, occupancy } from '../mapping.ts';

/** `data` of the force `site-restraint`. */
export interface SiteRestraintData {
  readonly mapping: Assignment;
  /** Energy/length^2 of each site's displacement. */
  readonly stiffness: number;
  /** 3 x all sites, whole molecules as the atoms' positions. Read in every evaluation: whoever relaxes frame after frame writes the next one here. */
  readonly targets: Float64Array;
}

export function siteRestraint(data: SiteRestraintData): CustomForce {
  return { kind: 'custom', term: 'site-restraint', label: 'site restraint', data };
}

/** Takes the restraint's forces at `positions` off `forces` (both 3 x atoms). They are linear in the positions, so this holds for averages too. */
export function takeRestraintOff(data: SiteRestraintData, positions: Float64Array, forces: Float64Array): void {
  const { atomsPerMolecule: n, sites, assignment } = data.mapping;
  const counts = occupancy(assignment, sites);
  const off = data.targets.map((target) => -target);
  const site = (i: number) => Math.floor(i / n) * sites + assignment[i % n];
  for (let i = 0; i < positions.length / 3; i++)
    for (let k = 0; k < 3; k++) off[3 * site(i) + k] += positions[3 * i + k] / counts[assignment[i % n]];
  for (let i = 0; i < positions.length / 3; i++)
    for (let k = 0; k < 3; k++) forces[3 * i + k] += (data.stiffness * off[3 * site(i) + k]) / counts[assignment[i % n]];
}

/** E = stiffness / 2 sum over sites |z - z0|^2, z the centroid of the site's atoms: each atom gets its share of the site's force. */
export const siteRestraintForce: CustomForceKind = {
  name: 'site-restraint',
  summary: 'Harmonic restraint of the centroids of coarse-grained sites.',
  status: 'validated',
  schema: {},
  compile(description, context) {
    const { mapping, stiffness, targets } = description.data as SiteRestraintData;
    const { atomsPerMolecule: n, sites, assignment } = mapping;
    const molecules = context.system.structure.mass.length / n;
    const counts = occupancy(assignment, sites);
    const pull = new Float64Array(3 * sites);
    return {
      label: description.label ?? 'site restraint',
      compute(positions, _box, forces, virial) {
        let energy = 0;
        for (let m = 0; m < molecules; m++) {
          for (let c = 0; c < 3 * sites; c++) pull[c] = -targets[3 * m * sites + c];
          for (let i = 0; i < n; i++)
            for (let k = 0; k < 3; k++) pull[3 * assignment[i] + k] += positions[3 * (m * n + i) + k] / counts[assignment[i]];
          for (let c = 0; c < 3 * sites; c++) {
            energy += 0.5 * stiffness * pull[c] * pull[c];
            pull[c] *= -stiffness / counts[Math.floor(c / 3)];
          }
          for (let i = 0; i < n; i++)
            for (let k = 0; k < 3; k++) {
              forces[3 * (m * n + i) + k] += pull[3 * assignment[i] + k];
              // about the target, so that it does not matter where the molecule is
              for (let l = 0; l < 3; l++)
                virial[3 * l + k] +=
                  (positions[3 * (m * n + i) + l] - targets[3 * (m * sites + assignment[i]) + l]) * pull[3 * assignment[i] + k];
            }
        }
        return energy;
      },
    };
  },
};
