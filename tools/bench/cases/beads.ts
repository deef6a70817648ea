/** The cases `beads-spline` and `beads-graph`: ethane as two sites a molecule with stored potentials, 4096 molecules. */
import { join } from 'node:path';
import { packageRoot } from '../../runner/package-root.ts';
import type { BenchCase } from '../case.ts';

function beads(name: string, summary: string, model: string, steps: { equilibration: number; warmUp: number }): BenchCase {
  return {
    name,
    summary,
    scenario: (size) => ({
      name,
      seed: 7,
      // A model folder is all that a simulation needs of a training.
      system: { from: join(packageRoot, 'tools', 'bench', 'data', model), replicate: size === 'full' ? [4, 4, 4] : [2, 2, 2] },
      dynamics: { integrator: 'langevin', timestep: '10 fs', temperature: '143 K', friction: '1 /ps' },
      run: { steps: 1 },
    }),
    equilibration: [{ steps: steps.equilibration }],
    warmUp: steps.warmUp,
    beside: 'ethane-4096',
  };
}

/** Trained by the stages `spline` and `graph` of scenarios/ethane.json. */
export const beadsSpline = beads(
  'beads-spline',
  'coarse-grained ethane with splines found by force matching, as scenarios/ethane.json trains and runs them',
  'ethane-spline',
  { equilibration: 1000, warmUp: 500 },
);

export const beadsGraph = beads(
  'beads-graph',
  'coarse-grained ethane with a graph network on splines, as scenarios/ethane.json trains and runs it',
  'ethane-graph',
  { equilibration: 100, warmUp: 50 },
);
