/** The force map that a potential is trained with, chosen by the setting `forceMap`, and what is reported of it. */
import { type FinishedStage, InputError, type Settings, type Trajectory } from '../../engine/index.ts';
import {
  type ForceMap,
  forceCovariance,
  type Mapping,
  meanSquareMapped,
  optimalForceMap,
  rigidPairs,
  sumForceMap,
} from '../coarse-graining/index.ts';

export type ForceMapType = 'sum' | 'optimal';

/** In `model.json`. */
export interface ForceMapReport {
  readonly type: ForceMapType;
  /** <F^2> a component of the mapped forces, (energy/length)^2, under either map: the mean force is the same, the rest is noise. */
  readonly meanSquare: Readonly<Record<ForceMapType, number>>;
  /** W, sites x atoms of a molecule: F = W f. */
  readonly weights: readonly (readonly number[])[];
}

/**
 * @param from the stage that made the trajectory: its constraints decide which atoms must share a weight
 * @throws InputError for a sum over atoms of which some are held rigidly to atoms of another site: the constraint forces are not stored
 */
export function chooseForceMap(
  type: ForceMapType,
  atoms: Trajectory,
  mapping: Mapping,
  from: FinishedStage,
  where: string,
): { map: ForceMap; report: ForceMapReport; line: string } {
  const rigid = rigidPairs(atoms.structure, (from.settings.system as Settings | undefined)?.constraints);
  for (let k = 0; k < rigid.length; k += 2) {
    const [i, j] = [rigid[k], rigid[k + 1]];
    if (type === 'sum' && mapping.assignment[i] !== mapping.assignment[j])
      throw new InputError(
        where,
        `atoms ${i} (${atoms.structure.name[i]}) and ${j} (${atoms.structure.name[j]}) are held at a fixed distance but belong to different ` +
          'sites: a plain sum would miss the force of the constraint. Use "forceMap": "optimal", or a mapping that keeps them together',
      );
  }
  const covariance = forceCovariance(atoms, where);
  const maps = { sum: sumForceMap(mapping), optimal: optimalForceMap(mapping, covariance, rigid) };
  const meanSquare = { sum: meanSquareMapped(maps.sum, covariance), optimal: meanSquareMapped(maps.optimal, covariance) };
  const map = maps[type];
  const weights = Array.from({ length: map.sites }, (_, s) => [...map.weights.subarray(s * map.atoms, (s + 1) * map.atoms)]);
  const line =
    `force map: ${type}; mean square mapped force a component ${meanSquare.sum.toPrecision(5)} with plain sums, ` +
    `${meanSquare.optimal.toPrecision(5)} with the optimal map`;
  return { map, report: { type, meanSquare, weights }, line };
}
