/** Small structures and in-memory trajectories for the tests of coarse-graining. */
import { type Box, type Frame, openBox, type Structure, type Trajectory } from '../../../engine/index.ts';
import type { Covariances } from '../../../plugins/coarse-graining/covariance.ts';
import { normal, uniform } from '../../support/trajectories.ts';

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

/**
 * Exact covariances of a ring of n beads joined by harmonic springs, kT = k = 1: <x x^T> is the pseudo-inverse of the ring's
 * Laplacian L and <f f^T> is L.
 */
export function gaussianRing(n: number): Covariances {
  const positions = new Float64Array(n * n);
  const forces = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    forces[i * n + i] += 2;
    forces[i * n + ((i + 1) % n)] -= 1;
    forces[i * n + ((i + n - 1) % n)] -= 1;
    for (let j = 0; j < n; j++)
      for (let k = 1; k < n; k++)
        positions[i * n + j] += Math.cos((2 * Math.PI * k * (i - j)) / n) / (4 * n * Math.sin((Math.PI * k) / n) ** 2);
  }
  return { atoms: n, positions, forces, masses: new Float64Array(n).fill(1), frames: 1, molecules: 1 };
}

/**
 * Exact covariances of three rigid hexagons of radius 1 on a string: their centres are independent with variance 1 a
 * coordinate, each turns freely with `turning` of the variance of a free one, and forces are those of springs, 3 within a hexagon and 1 between.
 */
export function threeHexagons(turning: number): Covariances {
  const n = 18;
  const springs: [number, number, number][] = [
    [0, 6, 1],
    [6, 12, 1],
  ];
  for (const first of [0, 6, 12]) for (let i = 0; i < 6; i++) springs.push([first + i, first + ((i + 1) % 6), 3]);
  const forces = new Float64Array(n * n);
  for (const [i, j, k] of springs) {
    forces[i * n + i] += k;
    forces[j * n + j] += k;
    forces[i * n + j] -= k;
    forces[j * n + i] -= k;
  }
  // centres about the centroid: 1 - 1/3 for a hexagon with itself, -1/3 with another
  const positions = Float64Array.from({ length: n * n }, (_, c) => {
    const [i, j] = [Math.floor(c / n), c % n];
    const same = Math.floor(i / 6) === Math.floor(j / 6);
    return (same ? 1 + turning * Math.cos(((i - j) * Math.PI) / 3) : 0) - 1 / 3;
  });
  return { atoms: n, positions, forces, masses: new Float64Array(n).fill(1), frames: 1, molecules: 1 };
}

/** Spread of the atoms of a blob about its centre, length units a coordinate. */
export const jitter = 0.05;

/**
 * One molecule of two blobs of four atoms: the distance between the blobs' centres is normal with sd 1 a coordinate, the atoms scatter
 * by `jitter` about their centre. Forces of sd 10 act within a blob and add up to zero there; one of sd 1 acts between the blobs.
 * @param belongs the blob (0 or 1) of each of the eight atoms
 */
export function twoBlobs(frames: number, seed: number, belongs: readonly number[]): Trajectory {
  const gauss = normal(uniform(seed));
  const members = [0, 1].map((blob) => belongs.flatMap((b, i) => (b === blob ? [i] : [])));
  const rows = Array.from({ length: frames }, () => {
    const positions = new Float64Array(3 * belongs.length);
    const forces = new Float64Array(3 * belongs.length);
    for (let k = 0; k < 3; k++) {
      const half = 0.5 * gauss();
      const between = gauss();
      for (const [blob, atoms] of members.entries()) {
        const sign = blob === 0 ? -1 : 1;
        const inner = atoms.map(() => 10 * gauss());
        const mean = inner.reduce((sum, f) => sum + f, 0) / atoms.length;
        atoms.forEach((i, a) => {
          positions[3 * i + k] = 7 + sign * half + jitter * gauss();
          forces[3 * i + k] = inner[a] - mean + (sign * between) / atoms.length;
        });
      }
    }
    return frameOf(positions, forces);
  });
  const chains = members.flatMap((atoms) => atoms.slice(1).map((i): [number, number] => [atoms[0], i]));
  const link = [members[0][0], members[1][0]].sort((i, j) => i - j) as [number, number];
  const molecule = { elements: belongs.map(() => 'C'), masses: belongs.map(() => 12), bonds: [...chains, link] };
  return inMemory(copies(molecule, 1), rows);
}
