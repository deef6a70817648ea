/** The case `kremer-grest`: a melt of bead-spring chains in the setting of LAMMPS' bench/in.chain, 320 chains of 100 beads. */
import type { BenchCase } from '../case.ts';

export const kremerGrest: BenchCase = {
  name: 'kremer-grest',
  summary: "melt of FENE chains with WCA repulsion, the setting of LAMMPS' bench/in.chain",
  scenario: (size) => ({
    name: 'kremer-grest',
    units: 'lj',
    seed: 1,
    system: {
      build: 'chain',
      ...(size === 'full' ? { beads: 100, count: 320 } : { beads: 20, count: 15 }),
      bondLength: 0.97,
      density: 0.8442,
      forceField: ['kremer-grest.xml'],
    },
    // LAMMPS' damping time of 10 tau.
    dynamics: { integrator: 'langevin', timestep: 0.012, temperature: 1, friction: 0.1 },
    run: { minimise: { tolerance: 5, maxSteps: 300 }, steps: 1 },
  }),
  // Chains are grown at random, nearer to each other than in the melt: the heat of that is taken out first.
  equilibration: [
    { steps: 1000, dynamics: { integrator: 'langevin', timestep: 0.004, temperature: 1, friction: 2 } },
    { steps: 1000 },
  ],
  warmUp: 500,
  lammpsNeighbours: ['neighbor 0.4 bin', 'neigh_modify every 1 delay 1'],
};
