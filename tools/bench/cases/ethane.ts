/** The cases `ethane` and `ethane-4096`: liquid ethane with all atoms, flexible, as in scenarios/ethane.json: 512 and 4096 molecules. */
import type { BenchCase, Size } from '../case.ts';

/** Edges of the box of 64 molecules, in angstrom. */
const edges = [15.9808, 16.8872, 19.932];

function liquidEthane(name: string, summary: string, copies: Readonly<Record<Size, number>>): BenchCase {
  return {
    name,
    summary,
    scenario: (size) => ({
      name,
      seed: 7,
      system: {
        build: 'pack',
        molecules: [{ structure: 'molecules/ethane.pdb', count: 64 * copies[size] ** 3 }],
        box: edges.map((edge) => `${edge * copies[size]} A`),
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
}

export const ethane = liquidEthane(
  'ethane',
  'liquid ethane, all atoms, flexible, cut-off and reaction field as in scenarios/ethane.json',
  { full: 2, small: 1 },
);

/** Eight times as many: what coarse-grained ethane of 4096 molecules is measured against. */
export const ethane4096: BenchCase = {
  ...liquidEthane('ethane-4096', 'the same liquid, 4096 molecules', { full: 4, small: 2 }),
  equilibration: [{ steps: 500 }],
  warmUp: 200,
};
