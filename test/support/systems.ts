/** Small systems for tests, made without scenarios or files. */
import seedrandom from 'seedrandom';
import { registerEngine } from '../../engine/builtin.ts';
import type { DynamicsDescription } from '../../engine/dynamics/dynamics.ts';
import type { CutoffModifier, ForceDescription } from '../../engine/forces/description.ts';
import type { Context } from '../../engine/platforms/platform.ts';
import { Registry } from '../../engine/registry.ts';
import type { Box } from '../../engine/system/box.ts';
import { orthorhombic } from '../../engine/system/box.ts';
import type { Structure, System } from '../../engine/system/system.ts';

/** Every platform that must pass the same tests; a second word is a precision. */
export const platforms = ['reference', 'wasm', 'wasm double'];

export function registry(): Registry {
  const all = new Registry();
  registerEngine(all);
  return all;
}

/** n particles of one type in lj units, each its own molecule. */
export function particles(n: number, changes: Partial<Structure> = {}): Structure {
  return {
    units: 'lj',
    mass: new Float64Array(n).fill(1),
    charge: new Float64Array(n),
    type: new Int32Array(n),
    typeNames: ['A'],
    name: new Array<string>(n).fill('A'),
    element: new Array<string>(n).fill(''),
    molecule: Int32Array.from({ length: n }, (_, i) => i),
    residue: new Int32Array(n),
    residueNames: ['A'],
    bonds: new Int32Array(0),
    ...changes,
  };
}

export function system(structure: Structure, positions: Float64Array, box: Box, forces: ForceDescription[]): System {
  return { structure, positions, velocities: null, box, forces };
}

export const nve: DynamicsDescription = {
  integrator: 'velocity-verlet',
  timestep: 0.005,
  settings: { timestep: 0.005 },
  thermostat: null,
  removeCenterOfMass: 100,
  seed: 1,
};

export async function compile(platform: string, of: System, dynamics: DynamicsDescription = nve): Promise<Context> {
  const all = registry();
  const [name, precision] = platform.split(' ');
  // On one thread: files of tests run side by side, and have the cores for themselves already.
  return all.get('platform', name).compile(of, dynamics, all, { threads: 1, ...(precision ? { precision } : {}) });
}

/** Uniform random positions, 3n, in a cube of the given edge. */
export function randomPositions(n: number, edge: number, seed: string): Float64Array {
  const random = seedrandom(seed);
  return Float64Array.from({ length: 3 * n }, () => edge * random());
}

/** The face-centred cubic start of LAMMPS' bench/in.lj: density 0.8442, cut-off 2.5, unshifted; `cells`^3 unit cells of four atoms. */
export function ljMelt(cells: number, density = 0.8442, modifier: CutoffModifier = 'none'): System {
  const a = (4 / density) ** (1 / 3);
  const positions: number[] = [];
  for (let x = 0; x < cells; x++)
    for (let y = 0; y < cells; y++)
      for (let z = 0; z < cells; z++)
        for (const [u, v, w] of [
          [0, 0, 0],
          [0.5, 0.5, 0],
          [0.5, 0, 0.5],
          [0, 0.5, 0.5],
        ])
          positions.push(a * (x + u), a * (y + v), a * (z + w));
  return system(particles(4 * cells ** 3), Float64Array.from(positions), orthorhombic(a * cells, a * cells, a * cells), [
    {
      kind: 'nonbonded',
      cutoff: 2.5,
      pair: { term: 'lennard-jones', parameters: Float64Array.of(1, 1), width: 2, modifier },
      coulomb: null,
      exclusions: new Int32Array(0),
    },
  ]);
}
