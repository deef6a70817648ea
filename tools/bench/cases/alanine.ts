/** The cases `alanine-vacuum`, `alanine-learned` and `alanine-water`: alanine dipeptide with AMBER99SB-ILDN, bonds of hydrogens rigid, 2 fs. */
import type { BenchCase } from '../case.ts';

const dynamics = { integrator: 'langevin', timestep: '2 fs', temperature: '300 K', friction: '1 /ps' };

/** @param more sections of the scenario beside system, dynamics and run */
const inVacuum = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
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
  ...more,
});

export const alanineVacuum: BenchCase = {
  name: 'alanine-vacuum',
  summary: 'alanine dipeptide in vacuum, AMBER99SB-ILDN, 22 atoms, all pairs, bonds of hydrogens rigid, 2 fs, Langevin',
  scenario: () => inVacuum('alanine-vacuum'),
  equilibration: [{ steps: 10_000 }],
  warmUp: 10_000,
};

/** Its steps take longer than those of `alanine-vacuum` by what the variable and its bias cost. */
export const alanineLearned: BenchCase = {
  name: 'alanine-learned',
  summary:
    'alanine-vacuum with eABF along a learned variable: positions of ten atoms, superposed, network 30-20-20-20-2 (two eigenfunctions)',
  scenario: () =>
    inVacuum('alanine-learned', {
      variables: { xi: { type: 'learned', file: 'tools/bench/data/alanine-variable.json' } },
      biases: { eabf: { type: 'eabf', variables: ['xi'], width: 0.2, sigma: 0.2 } },
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
