/** The case `ring`: one ring polymer of 70 beads in open space, as in scenarios/ring-polymer.json: what a step costs at least. */
import type { BenchCase } from '../case.ts';

export const ring: BenchCase = {
  name: 'ring',
  summary: 'one Kremer-Grest ring of 70 beads in open space',
  scenario: () => ({
    name: 'ring',
    units: 'lj',
    seed: 5,
    system: { build: 'ring', beads: 70, bondLength: 0.97, forceField: ['kremer-grest.xml'] },
    dynamics: { integrator: 'langevin', timestep: 0.01, temperature: 1, friction: 1 },
    run: { steps: 1 },
  }),
  equilibration: [{ steps: 20_000 }],
  warmUp: 20_000,
};
