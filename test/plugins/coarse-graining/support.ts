/** Small structures and in-memory trajectories for the tests of coarse-graining. */
import { type Box, type Frame, openBox, type Structure, type Trajectory } from '../../../engine/index.ts';

export interface Molecule {
  readonly elements: readonly string[];
  readonly masses: readonly number[];
  readonly bonds: readonly (readonly [number, number])[];
}

/** Two carbons with three hydrogens each; the atoms in the order C C H H H H H H. */
export const ethane: Molecule = {
  elements: ['C', 'C', 'H', 'H', 'H', 'H', 'H', 'H'],
  masses: [12.011, 12.011, 1.008, 1.008, 1.008, 1.008, 1.008, 1.008],
  bonds: [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [1, 5],
    [1, 6],
    [1, 7],
  ],
};

/** n beads of mass 1 bonded in a ring. */
export function ring(n: number): Molecule {
  return {
    elements: new Array<string>(n).fill(''),
    masses: new Array<number>(n).fill(1),
    bonds: Array.from({ length: n }, (_, i): [number, number] => (i + 1 < n ? [i, i + 1] : [0, i])),
  };
}

/** `count` copies of a molecule, each a residue of its own. */
export function copies(molecule: Molecule, count: number): Structure {
  const n = molecule.elements.length;
  const of = <T>(values: readonly T[]) => Array.from({ length: count }, () => values).flat() as T[];
  const typeNames = [...new Set(molecule.elements.map((element) => element || 'bead'))];
  const index = Array.from({ length: n * count }, (_, i) => Math.floor(i / n));
  return {
    units: 'md',
    mass: Float64Array.from(of(molecule.masses)),
    charge: new Float64Array(n * count),
    type: Int32Array.from(of(molecule.elements.map((element) => typeNames.indexOf(element || 'bead')))),
    typeNames,
    name: of(molecule.elements.map((element, i) => `${element || 'B'}${i}`)),
    element: of(molecule.elements),
    molecule: Int32Array.from(index),
    residue: Int32Array.from(index),
    residueNames: new Array<string>(count).fill('MOL'),
    bonds: Int32Array.from(Array.from({ length: count }, (_, m) => molecule.bonds.flat().map((i) => i + m * n)).flat()),
  };
}

export function frameOf(positions: Float64Array, forces: Float64Array | null, box: Box = openBox): Frame {
  return { step: 0, time: 0, positions, velocities: null, forces, box };
}

export function inMemory(structure: Structure, frames: readonly Frame[]): Trajectory {
  return { structure, length: frames.length, frame: (index) => frames[index], close: () => {} };
}

/** The error that `action` throws, to be looked at; fails if it throws none. */
export async function failure(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, but there was none');
}
