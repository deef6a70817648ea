/** The case `ethane`: liquid ethane with all atoms, flexible, as in scenarios/ethane.json: 512 molecules, 4096 atoms. */
import type { BenchCase, Size } from '../case.ts';

const edges: Readonly<Record<Size, readonly string[]>> = {
  full: ['31.9616 A', '33.7744 A', '39.864 A'],
  small: ['15.9808 A', '16.8872 A', '19.932 A'],
};

export const ethane: BenchCase = {
  name: 'ethane',
  summary: 'liquid ethane, all atoms, flexible, cut-off and reaction field as in scenarios/ethane.json',
  scenario: (size) => ({
    name: 'ethane',
    seed: 7,
    system: {
      build: 'pack',
      molecules: [{ structure: 'molecules/ethane.pdb', count: size === 'full' ? 512 : 64 }],
      box: edges[size],
      forceField: ['opls-aa-alkanes.xml'],
      nonbonded: {
        cutoff: '0.75 nm',
        lennardJones: { modifier: 'switch', switchDistance: '0.68 nm' },
        coulomb: { method: 'reaction-field' },
      },
    },
    dynamics: { integrator: 'langevin', timestep: '1 fs', temperature: '143 K', friction: '1 /ps' },
    run: { minimise: true, steps: 1 },
  }),
  equilibration: [{ steps: 3000 }],
  warmUp: 1000,
};
