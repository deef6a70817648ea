/** The two matrices that a linear coarse-graining model learns from: how the atoms of a molecule move together, and how their forces do. */
import { InputError, type Trajectory } from '../../engine/index.ts';
import { type MoleculeLayout, makeWhole, moleculeLayout } from './molecules.ts';

/** Second moments between the atoms of a molecule, averaged over frames, molecules and the three coordinates. */
export interface Covariances {
  /** Atoms of a molecule. */
  readonly atoms: number;
  /** Row-major atoms x atoms: <x x^T>, length^2, positions relative to the molecule's centroid. */
  readonly positions: Float64Array;
  /** Row-major atoms x atoms: <f f^T>, (energy/length)^2; `null` if the trajectory holds no forces. */
  readonly forces: Float64Array | null;
  /** Of the atoms of a molecule. */
  readonly masses: Float64Array;
  /** The first atom of the unit of each atom: atoms that share a site whatever the loss says. Absent: each is its own. */
  readonly units?: readonly number[];
  readonly frames: number;
  readonly molecules: number;
}

/** Frames between calls of `every`. */
const breath = 50;

/**
 * Accumulates the covariances of a trajectory of identical molecules, one frame in memory at a time.
 *
 * Each molecule is made whole and its centroid is taken out, so translation costs a map nothing. That leaves rank atoms - 1, and the
 * sites of any map whose weights add up to 1 over the sites have one linear dependence: n sites carry n - 1 coordinates. Orientation is
 * not taken out: a linear map acts on the atom index alone, so it commutes with rotations.
 * @param where the stage the frames come from, for messages
 * @param every called with the number of frames done, from time to time
 * @throws InputError for no frames, several kinds of molecules, or a value that is not a finite number (naming frame and atom).
 */
export async function covariances(
  trajectory: Trajectory,
  where: string,
  every: (done: number) => Promise<void> | void = () => {},
): Promise<Covariances> {
  const layout = moleculeLayout(trajectory.structure, where);
  if (trajectory.length === 0) throw new InputError(where, 'the trajectory holds no frames; run it longer or store more often');
  const n = layout.atoms;
  const positions = new Float64Array(n * n);
  const forces = trajectory.frame(0).forces ? new Float64Array(n * n) : null;
  const whole = new Float64Array(3 * n * layout.count);
  for (let t = 0; t < trajectory.length; t++) {
    if (t % breath === 0) await every(t);
    const frame = trajectory.frame(t);
    checkFinite(frame.positions, 'position', t, trajectory, where);
    makeWhole(layout, frame.box, frame.positions, whole);
    removeCentroids(layout, whole);
    addMoments(layout, whole, positions);
    if (!forces) continue;
    if (!frame.forces)
      throw new InputError(where, `frame ${t} holds no forces although the first does; the trajectory is damaged`);
    checkFinite(frame.forces, 'force', t, trajectory, where);
    addMoments(layout, frame.forces, forces);
  }
  const samples = 3 * layout.count * trajectory.length;
  symmetrise(positions, n, samples);
  if (forces) symmetrise(forces, n, samples);
  const masses = trajectory.structure.mass.slice(0, n);
  return { atoms: n, positions, forces, masses, frames: trajectory.length, molecules: layout.count };
}

/** <f f^T> of the forces that `of` gives for each of `frames`, row-major atoms x atoms. */
export function forceMoments(
  layout: MoleculeLayout,
  frames: readonly number[],
  of: (frame: number) => Float64Array,
): Float64Array {
  const sums = new Float64Array(layout.atoms * layout.atoms);
  for (const frame of frames) addMoments(layout, of(frame), sums);
  symmetrise(sums, layout.atoms, 3 * layout.count * frames.length);
  return sums;
}

/** Throws InputError naming frame, atom and component of a value that is not a finite number. */
export function checkFinite(values: Float64Array, what: string, frame: number, trajectory: Trajectory, where: string): void {
  for (let c = 0; c < values.length; c++) {
    if (Number.isFinite(values[c])) continue;
    const atom = Math.floor(c / 3);
    throw new InputError(
      where,
      `frame ${frame}, atom ${atom} (${trajectory.structure.name[atom]}): the ${'xyz'[c % 3]} component of its ${what} is ${values[c]}; ` +
        'training needs finite numbers: the run that wrote them failed there, repeat it with a smaller timestep or from another start',
    );
  }
}

function removeCentroids(layout: MoleculeLayout, positions: Float64Array): void {
  for (let m = 0; m < layout.count; m++) {
    const start = 3 * m * layout.atoms;
    for (let k = 0; k < 3; k++) {
      let mean = 0;
      for (let i = 0; i < layout.atoms; i++) mean += positions[start + 3 * i + k];
      mean /= layout.atoms;
      for (let i = 0; i < layout.atoms; i++) positions[start + 3 * i + k] -= mean;
    }
  }
}

/** Adds the products of all molecules to the upper triangle. */
function addMoments(layout: MoleculeLayout, values: Float64Array, sums: Float64Array): void {
  const n = layout.atoms;
  for (let m = 0; m < layout.count; m++) {
    const start = 3 * m * n;
    for (let i = 0; i < n; i++) {
      const a = start + 3 * i;
      const x = values[a];
      const y = values[a + 1];
      const z = values[a + 2];
      for (let j = i, b = a; j < n; j++, b += 3) sums[i * n + j] += x * values[b] + y * values[b + 1] + z * values[b + 2];
    }
  }
}

function symmetrise(sums: Float64Array, n: number, samples: number): void {
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) {
      sums[i * n + j] /= samples;
      sums[j * n + i] = sums[i * n + j];
    }
}
