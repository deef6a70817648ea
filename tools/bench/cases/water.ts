/** The case `water`: rigid TIP3P with particle-mesh Ewald, 7754 molecules (23 262 atoms), cut-off 0.9 nm, 2 fs, constant energy. */
import type { BenchCase } from '../case.ts';

export const water: BenchCase = {
  name: 'water',
  summary: 'rigid TIP3P water, PME, cut-off 0.9 nm, 2 fs, constant energy',
  scenario: (size) => ({
    name: 'water',
    seed: 7,
    system: {
      build: 'pack',
      molecules: [{ structure: 'molecules/water.pdb', count: size === 'full' ? 7754 : 300 }],
      density: '0.985 g/cm3',
      minimumDistance: '1.5 A',
      forceField: ['tip3p.xml'],
      nonbonded: { cutoff: '0.9 nm', coulomb: { method: 'pme' } },
      constraints: 'water',
    },
    dynamics: { integrator: 'velocity-verlet', timestep: '2 fs' },
    run: { minimise: true, temperature: '298 K', steps: 1 },
  }),
  equilibration: [
    {
      steps: 1500,
      dynamics: { integrator: 'langevin', timestep: '2 fs', temperature: '298 K', friction: '10 /ps' },
    },
  ],
  warmUp: 200,
};
