/** The force map that a potential is trained with, chosen by the setting `forceMap`, and what is reported of it. */
import { type FinishedStage, InputError, type Settings, type Trajectory } from '../../engine/index.ts';
import {
  type ForceMap,
  fitLocalFields,
  forceCovariance,
  type LocalField,
  MappedTrajectory,
  type Mapping,
  mapStructure,
  meanSquareMapped,
  moleculeLayout,
  optimalForceMap,
  rigidPairs,
  rigidUnits,
  sumForceMap,
} from '../coarse-graining/index.ts';

export type ForceMapType = 'sum' | 'optimal' | 'local';

/** In `model.json`. */
export interface ForceMapReport {
  readonly type: ForceMapType;
  /** <F^2> a component of the mapped forces, (energy/length)^2, under each map: the mean force is the same, the rest is noise. */
  readonly meanSquare: Readonly<Partial<Record<ForceMapType, number>>>;
  /** The noise in it: the mean square less that of the mean force, which all maps share; an upper bound as `noiseFloor`. */
  readonly noiseFloor?: Readonly<Partial<Record<ForceMapType, number>>>;
  /** W, sites x atoms of a molecule: F = W f. */
  readonly weights: readonly (readonly number[])[];
  /** What is added for each site of a molecule: forces along fields that move no site, and their factors. */
  readonly fields?: readonly (readonly (LocalField & { readonly weight: number })[])[];
}

/** The noise floors of all force maps from that of the one in use: mean squares differ by nothing else. */
export function withNoiseFloors(report: ForceMapReport, floor: number): ForceMapReport {
  const own = report.meanSquare[report.type] as number;
  const noiseFloor = Object.fromEntries(
    Object.entries(report.meanSquare).map(([name, value]) => [name, floor + value - own]),
  ) as ForceMapReport['noiseFloor'];
  return { ...report, ...(noiseFloor && { noiseFloor }) };
}

/** 'sum 87 800, optimal 55 900': for a line of the log. */
export function floorsInWords({ noiseFloor }: ForceMapReport): string {
  return Object.entries(noiseFloor ?? {})
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(', ');
}

/** `local` where it is valid: instantaneous frames without rigid bonds between sites. */
export function usualForceMap(atoms: Trajectory, mapping: Mapping, from: FinishedStage): ForceMapType {
  return from.kind === 'simulate' && across(rigidPairs(atoms.structure, constraintsOf(from)), mapping).length === 0
    ? 'local'
    : 'optimal';
}

/** Those of the rigid pairs whose atoms belong to different sites, flat. */
function across(rigid: Int32Array, { assignment }: Mapping): number[] {
  const found: number[] = [];
  for (let k = 0; k < rigid.length; k += 2)
    if (assignment[rigid[k]] !== assignment[rigid[k + 1]]) found.push(rigid[k], rigid[k + 1]);
  return found;
}

function constraintsOf(from: FinishedStage): unknown {
  return (from.settings.system as Settings | undefined)?.constraints;
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
  const rigid = rigidPairs(atoms.structure, constraintsOf(from));
  if (type === 'local' && from.kind !== 'simulate')
    throw new InputError(
      where,
      'holds averages: the torques that the force map "local" needs do not follow from mean positions and mean forces. Use "forceMap": "optimal"',
    );
  const [i, j] = across(rigid, mapping);
  if (i !== undefined && type !== 'optimal')
    throw new InputError(
      where,
      `atoms ${i} (${atoms.structure.name[i]}) and ${j} (${atoms.structure.name[j]}) are held at a fixed distance but belong to different ` +
        `sites: ${type === 'sum' ? 'a plain sum would miss the force of the constraint' : 'the hidden motions that the force map "local" subtracts would stretch it'}. ` +
        'Use "forceMap": "optimal", or a mapping that keeps them together',
    );
  const covariance = forceCovariance(atoms, where);
  const maps = { sum: sumForceMap(mapping), optimal: optimalForceMap(mapping, covariance, rigid) };
  const meanSquare: Partial<Record<ForceMapType, number>> = {
    sum: meanSquareMapped(maps.sum, covariance),
    optimal: meanSquareMapped(maps.optimal, covariance),
  };
  const map = type === 'local' ? withLocalFields(atoms, mapping, maps.optimal, rigid) : maps[type];
  if (map.local) meanSquare.local = meanSquareOf(new MappedTrajectory(atoms, mapping, map));
  const weights = Array.from({ length: map.sites }, (_, s) => [...map.weights.subarray(s * map.atoms, (s + 1) * map.atoms)]);
  const words = { sum: 'with plain sums', optimal: 'with the optimal linear map', local: 'less forces along hidden motions' };
  const figures = Object.entries(meanSquare).map(([name, value]) => `${value.toPrecision(5)} ${words[name as ForceMapType]}`);
  const line = `force map: ${type}; mean square mapped force a component ${figures.join(', ')}`;
  const { local } = map;
  const fields = local?.fields.map((own, s) => own.map((field, k) => ({ ...field, weight: local.weights[s][k] })));
  return { map, report: { type, meanSquare, weights, ...(fields && { fields }) }, line };
}

function withLocalFields(atoms: Trajectory, mapping: Mapping, base: ForceMap, rigid: Int32Array): ForceMap {
  const layout = moleculeLayout(atoms.structure, 'mapping');
  const { bonds } = mapStructure(atoms.structure, mapping);
  const ofFirst = bonds.subarray(0, bonds.length / layout.count);
  return { ...base, local: fitLocalFields(atoms, layout, mapping, base, ofFirst, rigidUnits(layout.atoms, rigid)) };
}

/** Mean square force a component over some hundred frames. */
function meanSquareOf(trajectory: Trajectory): number {
  const stride = Math.max(1, Math.floor(trajectory.length / 200));
  let [sum, count] = [0, 0];
  for (let f = 0; f < trajectory.length; f += stride)
    for (const force of trajectory.frame(f).forces ?? []) {
      sum += force * force;
      count++;
    }
  return sum / count;
}
