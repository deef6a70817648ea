/** Choosing frames of a trajectory, and the centres of molecules in them. */
import { type Frame, particleLabel, SimulationError, type Structure, type Trajectory } from '../../engine/index.ts';

export interface FrameChoice {
  /** Use every `stride`-th frame; chosen so that at most `frames` are used when absent. */
  readonly stride?: number | undefined;
  /** At most this many frames, evenly spaced over the whole run. */
  readonly frames?: number | undefined;
}

/** Positions kept in memory up to this many bytes; longer selections are read again at each pass. */
const memoryLimit = 256 * 2 ** 20;

/**
 * The chosen frames as a trajectory of their own, evenly spaced so that time correlations stay meaningful. Positions are kept in
 * memory if they fit in 256 MiB, so that several observables can pass over it; velocities and forces are left out.
 */
export function chooseFrames(trajectory: Trajectory, choice: FrameChoice = {}): Trajectory {
  const most = choice.frames ?? trajectory.length;
  const stride = Math.max(1, choice.stride ?? Math.ceil(trajectory.length / Math.max(1, most)));
  const length = Math.min(Math.ceil(trajectory.length / stride), Math.max(1, most));
  const cached = new Map<number, Frame>();
  const keep = length * trajectory.structure.mass.length * 24 <= memoryLimit;
  return {
    structure: trajectory.structure,
    length,
    frame(index: number): Frame {
      const known = cached.get(index);
      if (known) return known;
      const { step, time, positions, box } = trajectory.frame(index * stride);
      checkFinite(positions, index * stride, trajectory.structure);
      const frame: Frame = { step, time, positions, box, velocities: null, forces: null };
      if (keep) cached.set(index, frame);
      return frame;
    },
    close: () => trajectory.close(),
  };
}

/** Number of molecules of a structure. */
export function moleculeCount(structure: Structure): number {
  return structure.molecule.length === 0 ? 0 : structure.molecule[structure.molecule.length - 1] + 1;
}

/** @throws SimulationError for a position that is not finite: it would fall out of every histogram in silence */
function checkFinite(positions: Float64Array, frame: number, structure: Structure): void {
  const bad = positions.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return;
  throw new SimulationError(
    `frame ${frame} has the position ${positions[bad]} along ${'xyz'[bad % 3]} for particle ${particleLabel(structure, Math.floor(bad / 3))}: ` +
      'the run that made it has failed there; repeat it with a shorter timestep',
  );
}

/** Mass of each molecule (Da, or reduced). */
export function moleculeMasses(structure: Structure): Float64Array {
  const masses = new Float64Array(moleculeCount(structure));
  for (let i = 0; i < structure.mass.length; i++) masses[structure.molecule[i]] += structure.mass[i];
  return masses;
}

/** Centres of mass of the molecules, 3 x molecules, from positions in which molecules are whole. */
export function moleculeCentres(structure: Structure, positions: Float64Array): Float64Array {
  const masses = moleculeMasses(structure);
  const centres = new Float64Array(3 * masses.length);
  for (let i = 0; i < structure.mass.length; i++) {
    const m = structure.molecule[i];
    const weight = structure.mass[i] / masses[m];
    for (let k = 0; k < 3; k++) centres[3 * m + k] += weight * positions[3 * i + k];
  }
  return centres;
}
