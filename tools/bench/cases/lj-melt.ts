/** The case `lj-melt`: the Lennard-Jones liquid of LAMMPS' bench/in.lj, 32 000 particles. */
import type { BenchCase, Size } from '../case.ts';

/** Density 0.8442, cut-off 2.5 without a shift, started from the fcc lattice at temperature 1.44, timestep 0.005. */
export function meltScenario(cells: number): Readonly<Record<string, unknown>> {
  return {
    name: 'lj-melt',
    units: 'lj',
    seed: 1,
    system: {
      build: 'lattice',
      lattice: 'fcc',
      density: 0.8442,
      cells: [cells, cells, cells],
      forces: [{ type: 'lennard-jones', sigma: 1, epsilon: 1 }],
      nonbonded: { cutoff: 2.5 },
    },
    dynamics: { integrator: 'velocity-verlet', timestep: 0.005 },
    run: { temperature: 1.44, rescaleVelocities: true, steps: 1 },
  };
}

/** The neighbour lists of bench/in.lj: skin 0.3, built every 20 steps whether or not anything has moved far. */
export const meltNeighbours = ['neighbor 0.3 bin', 'neigh_modify delay 0 every 20 check no'];

export const ljMelt: BenchCase = {
  name: 'lj-melt',
  summary: "Lennard-Jones melt, the setting of LAMMPS' bench/in.lj",
  scenario: (size: Size) => meltScenario(size === 'full' ? 20 : 6),
  equilibration: [{ steps: 1000 }],
  warmUp: 500,
  lammpsNeighbours: meltNeighbours,
};
