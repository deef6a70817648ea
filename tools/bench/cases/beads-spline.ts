/** The case `beads-spline`: ethane as two sites a molecule with a stored spline potential, 4096 molecules. */
import { join } from 'node:path';
import { packageRoot } from '../../runner/package-root.ts';
import type { BenchCase } from '../case.ts';

/** Trained by the stage `spline` of scenarios/ethane.json; a model folder is all that a simulation needs of a training. */
const model = join(packageRoot, 'tools', 'bench', 'data', 'ethane-spline');

export const beadsSpline: BenchCase = {
  name: 'beads-spline',
  summary: 'coarse-grained ethane with a potential found by force matching, as scenarios/ethane.json trains it',
  scenario: (size) => ({
    name: 'beads-spline',
    seed: 7,
    system: { from: model, replicate: size === 'full' ? [4, 4, 4] : [2, 2, 2] },
    dynamics: { integrator: 'langevin', timestep: '4 fs', temperature: '143 K', friction: '1 /ps' },
    run: { steps: 1 },
  }),
  equilibration: [{ steps: 1000 }],
  warmUp: 500,
};
