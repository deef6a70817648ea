/**
 * The case `polyethylene`: molten C24H50 with L-OPLS, 48 chains (3552 atoms), PME, bonds of hydrogens rigid, 2 fs, constant energy.
 * Straight chains fill a box to half the density of the melt; a barostat at 500 bar then brings them together.
 */
import type { BenchCase } from '../case.ts';

const bath = { integrator: 'langevin', timestep: '2 fs', temperature: '450 K', friction: '5 /ps' };

export const polyethylene: BenchCase = {
  name: 'polyethylene',
  summary: 'molten C24H50 at 450 K, L-OPLS, PME, cut-off 1.1 nm, bonds of hydrogens rigid, 2 fs, constant energy',
  scenario: (size) => ({
    name: 'polyethylene',
    seed: 7,
    system: {
      build: 'pack',
      molecules: [{ structure: 'molecules/tetracosane.pdb', count: size === 'full' ? 48 : 24 }],
      density: '0.3 g/cm3',
      forceField: ['l-opls.xml'],
      nonbonded: { cutoff: '1.1 nm', coulomb: { method: 'pme' } },
      constraints: 'hydrogens',
    },
    dynamics: { integrator: 'velocity-verlet', timestep: '2 fs' },
    run: { minimise: true, temperature: '450 K', steps: 1 },
  }),
  equilibration: [
    {
      steps: 15_000,
      dynamics: { ...bath, barostat: { type: 'stochastic-cell-rescaling', pressure: '500 bar', time: '1 ps' } },
    },
    { steps: 5000, dynamics: bath },
  ],
  warmUp: 500,
};
