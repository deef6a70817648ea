/** The cases `alanine-vacuum` and `alanine-water`: alanine dipeptide with AMBER99SB-ILDN, bonds of hydrogens rigid, 2 fs. */
import type { BenchCase } from '../case.ts';

const dynamics = { integrator: 'langevin', timestep: '2 fs', temperature: '300 K', friction: '1 /ps' };

export const alanineVacuum: BenchCase = {
  name: 'alanine-vacuum',
  summary: 'alanine dipeptide in vacuum, AMBER99SB-ILDN, 22 atoms, all pairs, bonds of hydrogens rigid, 2 fs, Langevin',
  scenario: () => ({
    name: 'alanine-vacuum',
    seed: 7,
    system: {
      build: 'file',
      structure: 'molecules/alanine-dipeptide.pdb',
      forceField: ['amber99sb-ildn.xml'],
      nonbonded: { cutoff: 'none', coulomb: { method: 'cutoff' } },
      constraints: 'hydrogens',
    },
    dynamics,
    run: { minimise: true, steps: 1 },
  }),
  equilibration: [{ steps: 10_000 }],
  warmUp: 10_000,
};

export const alanineWater: BenchCase = {
  name: 'alanine-water',
  summary:
    'alanine dipeptide in TIP3P water, AMBER99SB-ILDN, PME, cut-off 0.9 nm, bonds of hydrogens rigid, 2 fs, constant energy',
  scenario: (size) => ({
    name: 'alanine-water',
    seed: 7,
    system: {
      build: 'pack',
      molecules: [
        { structure: 'molecules/alanine-dipeptide.pdb', count: 1 },
        { structure: 'molecules/water.pdb', count: size === 'full' ? 700 : 300 },
      ],
      density: '0.99 g/cm3',
      minimumDistance: '1.5 A',
      forceField: ['amber99sb-ildn.xml', 'tip3p.xml'],
      nonbonded: { cutoff: '0.9 nm', coulomb: { method: 'pme' } },
      constraints: 'hydrogens',
    },
    dynamics: { integrator: 'velocity-verlet', timestep: '2 fs' },
    run: { minimise: true, temperature: '300 K', steps: 1 },
  }),
  equilibration: [{ steps: 3000, dynamics: { ...dynamics, friction: '10 /ps' } }],
  warmUp: 1000,
};
