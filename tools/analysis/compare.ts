/** Two trajectories side by side: the numbers and curves of `compare.json`. */
import type { Trajectory, UnitSystem } from '../../engine/index.ts';
import { InputError } from '../../engine/index.ts';
import { compareDiffusion, compareGyration, comparePressure, type PressureAverage, ratioOf } from './compare-dynamics.ts';
import { compareDistributions, compareRdfs } from './compare-structure.ts';
import type { ComparedDistribution, Comparison } from './comparison.ts';
import { chooseFrames, type FrameChoice, moleculeCount } from './frames.ts';
import type { CoordinateKind } from './internal-coordinates.ts';
import { withCommonKinds } from './kinds.ts';
import { compareMaps, type TorsionMap } from './torsion-maps.ts';
import { verdict } from './verdict.ts';

export interface CompareOptions extends FrameChoice {
  /** Largest distance of g(r); 1.2 nm, or 3.5 in reduced units. Half the smallest box width bounds it. */
  readonly rmax?: number | undefined;
  readonly bins?: number | undefined;
  /** Pairs of dihedrals whose joint distributions are compared. */
  readonly torsionMaps?: readonly TorsionMap[] | undefined;
}

/** One side of a comparison. */
export interface Side {
  readonly name: string;
  readonly trajectory: Trajectory;
  /** Simulated time x molecules per wall time, if the run told. */
  readonly speed: number | null;
  /** Mean pressure of the run and its block error, if the run told and its box is periodic. */
  readonly pressure?: PressureAverage | null;
}

/** Frames of each run that are used when a scenario does not say: more of small systems, which have little to average over in each. */
export function defaultFrames(particles: number): number {
  return Math.max(500, Math.min(5000, Math.floor(5e5 / particles)));
}
export const defaultBins = 120;
const defaultRmax: Readonly<Record<UnitSystem, number>> = { md: 1.2, lj: 3.5 };

/**
 * Compares two trajectories of the same kinds of particles (types, or elements where types have other names); boxes and numbers of
 * molecules may differ.
 * Throws InputError if they have no kind of particle in common or use different units.
 */
export function compareTrajectories(
  reference: Side,
  candidate: Side,
  options: CompareOptions = {},
  mapping: string | null = null,
  progress: (done: number, total: number, text: string) => void = () => {},
): Comparison {
  checkComparable(reference, candidate);
  const choose = ({ trajectory }: Side): Trajectory => {
    const most = options.stride ? undefined : defaultFrames(trajectory.structure.mass.length);
    return chooseFrames(trajectory, { stride: options.stride, frames: options.frames ?? most });
  };
  const notes: string[] = [];
  const [a, b] = withCommonKinds(
    { name: reference.name, trajectory: choose(reference) },
    { name: candidate.name, trajectory: choose(candidate) },
    notes,
  );
  const { units } = a.structure;
  const bins = options.bins ?? defaultBins;
  progress(0, 4, 'radial distribution functions');
  const { rdf, rmax } = compareRdfs(a, b, options.rmax ?? defaultRmax[units], bins, notes);
  progress(1, 4, 'bonds, angles and dihedrals');
  const bonded = (kind: CoordinateKind): ComparedDistribution[] => compareDistributions(a, b, kind, Math.ceil(bins / 2), notes);
  const [bonds, angles, dihedrals] = [bonded('bonds'), bonded('angles'), bonded('dihedrals')];
  progress(2, 4, 'diffusion');
  const moved = compareDiffusion(a, b, notes);
  progress(3, 4, 'radius of gyration');
  const { gyration, gyrationMemory } = compareGyration(a, b);
  const result: Comparison = {
    reference: reference.name,
    candidate: candidate.name,
    mapping,
    units,
    verdict: '',
    molecules: { reference: moleculeCount(a.structure), candidate: moleculeCount(b.structure) },
    frames: { reference: a.length, candidate: b.length },
    rmax,
    rdf,
    bonds,
    angles,
    dihedrals,
    maps: compareMaps(a, b, options.torsionMaps ?? []),
    gyration,
    gyrationMemory,
    pressure: comparePressure(reference.pressure ?? null, candidate.pressure ?? null, units),
    diffusion: moved,
    speed: {
      ...ratioOf(reference.speed, candidate.speed),
      unit: units === 'md' ? 'ns/day x molecules' : 'tau/day x molecules',
      description: 'simulated time per wall time, times the number of molecules',
    },
    notes,
  };
  progress(4, 4, 'done');
  return { ...result, verdict: verdict(result) };
}

function checkComparable(reference: Side, candidate: Side): void {
  const a = reference.trajectory.structure;
  const b = candidate.trajectory.structure;
  if (a.units !== b.units)
    throw new InputError(
      '',
      `cannot compare "${reference.name}" in ${a.units} units with "${candidate.name}" in ${b.units} units`,
    );
  for (const side of [reference, candidate])
    if (side.trajectory.length === 0)
      throw new InputError(
        '',
        `"${side.name}" holds no frames to compare; let it run longer or store frames more often (output.every)`,
      );
}
